"""The share link: settings as versioned JSON in the address, checked field by field. It carries no data and no code."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from copy import deepcopy
from typing import Any

from app.data.choices import BASES, DESIGNS, NOISE, SPLITS
from app.data.settings import SettingError
from app.out import shapes
from app.out.shapes import Shape, ShapeError, among, flag, many, table, text
from app.session import STAGES, Session

VERSION = 1
LONGEST = 4000  # characters in the address
UNPACKED = 20_000  # bytes of the settings


class LinkError(SettingError):
    """A link cannot be read; the message says why and what to do."""


def within(low: float, high: float, whole: bool = False) -> Shape:
    """A number from `low` to `high`."""

    def check(value: Any, at: str) -> None:
        (shapes.whole if whole else shapes.number)(value, at)
        if not low <= value <= high:
            raise ShapeError(f"'{at}' should lie between {low:g} and {high:g}, but {value!r} came")

    return check


def short(value: Any, at: str) -> None:
    text(value, at)
    if len(value) > 200:
        raise ShapeError(f"'{at}' is longer than 200 characters")


def ends(value: Any, at: str) -> None:
    many(within(-1e300, 1e300), 2)(value, at)
    if len(value) != 2:
        raise ShapeError(f"'{at}' should be two numbers")


FIELDS: dict[str, Shape] = {
    # where the data come from; a table stays with whoever has it
    "kind": among("law", "formula"),
    "entry": short,
    "nature": flag,
    "formula": lambda value, at: text(value[:2001] if isinstance(value, str) else value, at),
    "ranges": table(ends),
    "spreads": table(among("uniform", "log-uniform", "normal", "integer")),
    "points": within(10, 100_000, whole=True),
    "noise": within(0, 1e300),
    "noise_kind": among(*NOISE),
    "outliers": within(0, 0.5),
    "known": flag,
    "design": among(*DESIGNS),
    "seed": within(0, 10_000, whole=True),
    "split": among(*SPLITS),
    # how a network is fitted and a law looked for
    "widths": short,
    "grids": short,
    "steps": within(1, 1000, whole=True),
    "start": within(0, 10_000, whole=True),
    "sparsity": within(0, 10),
    "restarts": within(1, 20, whole=True),
    "basis": among(*BASES),
    "tolerance": within(0, 0.2),
    "budget": within(1, 3600, whole=True),
    # where to look
    "stage": among(*STAGES),
    "hypothesis": short,
}
_FRESH = Session(())
PLAIN: dict[str, Any] = {name: getattr(_FRESH, name) for name in FIELDS}  # the settings as they come
DATA = tuple(FIELDS)[: tuple(FIELDS).index("widths")]


def known(source: dict[str, Any]) -> dict[str, Any]:
    """The settings of the data panel that a dataset came from: of a law or a formula, where every field is right."""
    settings = {name: value for name, value in source.items() if name in DATA}
    try:
        _check(settings)
    except ShapeError:
        return {}
    return _as_kept(settings) if "kind" in settings else {}


def encode(s: Session) -> str:
    """The settings of a session for the address: those that are not as they come, and of a table none."""
    names = [name for name in FIELDS if name not in DATA or s.kind in ("law", "formula")]
    if s.kind == "law":
        names = [name for name in names if name not in ("formula", "ranges", "spreads")]
    settings = {name: getattr(s, name) for name in names if name == "kind" or getattr(s, name) != PLAIN[name]}
    packed = zlib.compress(json.dumps({"v": VERSION, **settings}, separators=(",", ":"), allow_nan=False).encode(), 9)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def decode(address: str) -> dict[str, Any]:
    """The settings in an address, each checked, and as they come where it says nothing. Raises LinkError."""
    if len(address) > LONGEST:
        raise LinkError(
            f"A link's settings have at most {LONGEST} characters, but {len(address)} came. Ask for it anew."
        )
    try:
        packed = base64.b64decode(address + "=" * (-len(address) % 4), altchars=b"-_", validate=True)
        unpack = zlib.decompressobj()
        found = unpack.decompress(packed, UNPACKED)
        settings = json.loads(found) if unpack.eof else None
    except (binascii.Error, zlib.error, ValueError, RecursionError):
        settings = None
    if not isinstance(settings, dict):
        raise LinkError("This link was cut or changed on its way: its settings cannot be read. Ask for it anew.")
    version = settings.pop("v", None)
    if version != VERSION:
        raise LinkError(f"This link is of version {str(version)[:20]}, and version {VERSION} is known here.")
    unknown = [name for name in settings if name not in FIELDS]
    if unknown:
        raise LinkError(f"A link sets what the page has, but there is no {unknown[0][:40]!r}. Ask for the link anew.")
    try:
        _check(settings)
    except ShapeError as error:
        raise LinkError(f"This link cannot be followed: {error}.") from error
    plain = {name: deepcopy(PLAIN[name]) for name in FIELDS if name not in DATA or "kind" in settings}
    return plain | _as_kept(settings)


def _check(settings: dict[str, Any]) -> None:
    for name, value in settings.items():
        FIELDS[name](value, name)


def _as_kept(settings: dict[str, Any]) -> dict[str, Any]:
    """JSON has lists for the pairs that a session keeps."""
    if "ranges" not in settings:
        return settings
    return {**settings, "ranges": {name: (float(low), float(high)) for name, (low, high) in settings["ranges"].items()}}

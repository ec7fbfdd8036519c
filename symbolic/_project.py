"""A project in one file: a zip of JSON and safetensors with the laws, the data and the network. Never a pickle.

The members are stored without compression, so that equal projects give equal bytes and no small file can unpack to a
large one; the zip's checksums catch damage. `network.kan` is a whole file of `KAN.to_bytes`, checked by kan_core.
"""

from __future__ import annotations

import io
import json
import math
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, get_args

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError

from datasets import DataError, Dataset, Split
from symbolic._errors import SymbolicError
from symbolic._law import Discovery, Law, Status

if TYPE_CHECKING:
    from kan_core import KAN

FORMAT, VERSION = "KANvas project", 1
STRUCTURE, NUMBERS, NETWORK = "project.json", "data.safetensors", "network.kan"
BESIDE = "beside/"  # members of a program that keeps more with a project, such as its history
LARGEST = 1 << 30  # bytes of a file
DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip knows: a file does not tell when it was saved
_ARRAYS = {"X": "<f8", "y": "<f8", "sigma": "<f8", "train": "<i8", "validation": "<i8", "test": "<i8"}

# What zipfile, json and safetensors raise at bytes that are no such file.
_MALFORMED = (
    zipfile.BadZipFile,
    zlib.error,
    SafetensorError,
    ValueError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    EOFError,
    OSError,
    OverflowError,
    RecursionError,
    RuntimeError,  # an encrypted member; a compression that is not known is a NotImplementedError, one of these
)


@dataclass(frozen=True, eq=False)
class Project:
    """What a search found, the data it found it in, and the seed. `found.model` is read from `network` on demand.

    `beside` holds what a program keeps with it, by name: these bytes are neither read nor checked here.
    """

    found: Discovery
    data: Dataset
    seed: int = 0
    network: bytes | None = None
    beside: Mapping[str, bytes] = field(default_factory=dict)

    @cached_property
    def model(self) -> KAN | None:
        """The network, where there is one. Raises TrainingError where its bytes are damaged."""
        if self.network is None:
            return self.found.model
        from kan_core import KAN

        return KAN.from_bytes(self.network)

    def to_bytes(self) -> bytes:
        """Return the project as the bytes of one file; equal projects give equal bytes."""
        return to_bytes(self)

    @classmethod
    def from_bytes(cls, data: bytes) -> Project:
        """Return the project of such bytes. Raises SymbolicError where they are damaged or of a newer version."""
        return from_bytes(data)


def to_bytes(project: Project) -> bytes:
    """Return the bytes of a project's file; equal projects give equal bytes."""
    found, data = project.found, project.data
    structure = {
        "format": FORMAT,
        "version": VERSION,
        "seed": project.seed,
        "status": found.status,
        "best": None if found.best is None else found.best.to_dict(),
        "front": [law.to_dict() for law in found.front],
        "evidence": list(found.evidence),
        "seconds": found.seconds,
        "data": {
            "names": list(data.names),
            "target": data.target,
            "units": data.units,
            "digits": list(data.digits),
            "provenance": list(data.provenance),
        },
    }
    arrays = {"X": data.X, "y": data.y, **{name: getattr(data.split, name) for name in ("train", "validation", "test")}}
    arrays |= {} if data.sigma is None else {"sigma": data.sigma}
    plain = {name: np.ascontiguousarray(array, dtype=_ARRAYS[name]) for name, array in arrays.items()}
    network = project.network if found.model is None else _network(found.model)
    members = {
        STRUCTURE: json.dumps(_finite(structure), sort_keys=True, allow_nan=False).encode(),
        NUMBERS: safetensors.numpy.save(plain),
        **({} if network is None else {NETWORK: network}),
        **{f"{BESIDE}{name}": content for name, content in project.beside.items()},
    }
    return _zipped(members)


def _network(model: KAN) -> bytes:
    from kan_core import TrainingError

    try:
        return model.to_bytes()
    except TrainingError as error:
        raise SymbolicError(str(error)) from error


def _zipped(members: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, DATE)
            entry.create_system, entry.external_attr = 3, 0o600 << 16  # the same on every system
            archive.writestr(entry, content)
    if packed.tell() > LARGEST:
        raise SymbolicError(f"This project takes {packed.tell() >> 20} MB; a file holds at most {LARGEST >> 20}.")
    return packed.getvalue()


def _finite(value: Any) -> Any:
    """Return JSON-able values in which NaN and infinity, which JSON lacks, are null."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def from_bytes(data: bytes) -> Project:
    """Return the project of such bytes. Raises SymbolicError where they are damaged or of a newer version."""
    if len(data) > LARGEST:
        raise SymbolicError(f"A project has at most {LARGEST >> 20} MB; this has {len(data) >> 20}.")
    try:
        members = _members(bytes(data))
        structure = json.loads(members[STRUCTURE], parse_constant=_refuse)
        if structure["format"] != FORMAT:
            raise ValueError(f"it says that it is a {structure['format']!r}")
        if structure["version"] != VERSION:
            raise SymbolicError(
                f"This project is of version {structure['version']!r}, and version {VERSION} is known here. "
                "Open it with the KANvas that wrote it, or a newer one."
            )
        arrays = _arrays(members[NUMBERS])
        beside = {name.removeprefix(BESIDE): part for name, part in members.items() if name.startswith(BESIDE)}
        return Project(_found(structure), _dataset(structure["data"], arrays), int(structure["seed"]),
                       members.get(NETWORK), beside)  # fmt: skip
    except SymbolicError:
        raise
    except (DataError, *_MALFORMED) as error:
        said = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise SymbolicError(f"This is no saved project, or it is damaged: {said}. Save it again.") from error


def _members(data: bytes) -> dict[str, bytes]:
    """The members, whose names and sizes are checked before anything is read."""
    if not (data.startswith(b"PK\x03\x04") and data[-22:].startswith(b"PK\x05\x06")):
        raise ValueError("it does not begin and end as a zip does")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        own = [name for name in names if not name.startswith(BESIDE)]
        doubled = len(set(names)) < len(names)
        if doubled or own not in ([STRUCTURE, NUMBERS], [STRUCTURE, NUMBERS, NETWORK]):
            raise ValueError(f"it holds {', '.join(map(repr, names[:5]))}, not {STRUCTURE!r} and {NUMBERS!r}")
        for entry in entries:
            if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size:
                raise ValueError(f"{entry.filename} is compressed")
            if entry.file_size > len(data):
                raise ValueError(f"{entry.filename} says that it is larger than the file")
        return {entry.filename: archive.read(entry) for entry in entries}  # checks their CRC-32


def _arrays(data: bytes) -> dict[str, np.ndarray]:
    arrays = safetensors.numpy.load(data)
    for name, array in arrays.items():
        if name not in _ARRAYS or array.dtype != np.dtype(_ARRAYS[name]):
            raise ValueError(f"{name} holding {array.dtype} has no place in it")
    return {name: array.copy() for name, array in arrays.items()}


def _found(structure: Mapping[str, Any]) -> Discovery:
    if structure["status"] not in get_args(Status):
        raise ValueError(f"there is no status {structure['status']!r}")
    best = None if structure["best"] is None else Law.from_dict(structure["best"])
    # The best law is one of the front, not a copy of it.
    front = tuple(best if best == law else law for law in map(Law.from_dict, structure["front"]))
    evidence = tuple(map(str, structure["evidence"]))
    return Discovery(best, front, structure["status"], evidence, float(structure["seconds"]))


def _dataset(plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Dataset:
    return Dataset(
        X=arrays["X"],
        y=arrays["y"],
        names=tuple(map(str, plain["names"])),
        target=str(plain["target"]),
        units=None if plain["units"] is None else {str(k): str(v) for k, v in plain["units"].items()},
        sigma=arrays.get("sigma"),
        split=Split(*(arrays[name] for name in ("train", "validation", "test"))),
        digits=tuple(None if count is None else int(count) for count in plain["digits"]),
        provenance=tuple(map(str, plain["provenance"])),
    )


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")


def save_project(path: str | os.PathLike[str], project: Project) -> None:
    """Write a project to a file, whole or not at all."""
    write(path, to_bytes(project))


def load_project(path: str | os.PathLike[str]) -> Project:
    """Return the project in a file. Nothing in the file is run."""
    try:
        with Path(path).open("rb") as file:
            return from_bytes(file.read(LARGEST + 1))
    except OSError as error:
        raise SymbolicError(f"{path} cannot be read: {error.strerror}.") from error


def write(path: str | os.PathLike[str], data: bytes) -> None:
    """Put bytes into a file, whole or not at all."""
    place = Path(path)
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.replace(place)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise SymbolicError(f"{place} cannot be written: {error.strerror}.") from error

"""Names of columns from the headings of a file: units taken off, nothing invisible, no name twice."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from datasets.tables._grid import Column
from datasets.tables._layout import is_unit

_NAME_LENGTH = 60
_HEADING_LENGTH = 300

_SPEEDS = ("m/s", "km/h", "km/s", "cm/s", "mm/s", "rad/s", "J/s", "kg/s", "L/s", "mol/L")  # units, not "name / unit"
_UNIT = re.compile(
    r"(?P<name>.*\S)(?:\s*\[(?P<square>[^\[\]]{1,30})\]|\s+\((?P<round>[^()]{1,30})\)|\((?P<tight>[^()]{2,30})\)"
    r"|\s+/\s+(?P<slash>\S.{0,29}))"
)


def named(columns: Sequence[Column]) -> tuple[tuple[str, ...], tuple[Column, ...], tuple[str, ...]]:
    """Returns the names of the columns (units taken off, gaps filled, no name twice), the columns, and notes."""
    names: list[str] = []
    clean: list[Column] = []
    notes: list[str] = []
    for k, column in enumerate(columns, start=1):
        heading = printable(column.heading[: 4 * _HEADING_LENGTH])[:_HEADING_LENGTH]
        bare, unit = split_unit(heading)
        bare = bare if len(bare) <= _NAME_LENGTH else bare[: _NAME_LENGTH - 1].rstrip() + "…"
        name = unique(bare or f"column_{k}", names)
        if bare and name != bare:
            notes.append(f"Column {k} is called '{name}', since '{bare}' was taken.")
        names.append(name)
        below = _bare_unit(column.unit) if column.unit else None
        clean.append(replace(column, heading=heading, unit=unit or below))
    return tuple(names), tuple(clean), tuple(notes)


def unique(name: str, taken: Sequence[str]) -> str:
    """Returns the name, or the first of name_2, name_3, … that is free."""
    doubles = (f"{name}_{count}" for count in itertools.count(2))
    return name if name not in taken else next(double for double in doubles if double not in taken)


def printable(text: str) -> str:
    """Collapses white space and takes out control characters and marks that turn the direction of writing."""
    spaced = " ".join(text.split())
    return spaced if spaced.isascii() and spaced.isprintable() else "".join(
        sign for sign in spaced if unicodedata.category(sign)[0] != "C"
    )  # fmt: skip


def split_unit(heading: str) -> tuple[str, str | None]:
    """Splits "mass (kg)", "mass [kg]" or "mass / kg" into name and unit. "f(x)" and "a / b" have none."""
    match = _UNIT.fullmatch(heading)
    if match is None:
        return heading, None
    unit = match["square"] or match["round"]
    if unit is None:
        unit = match["tight"] or match["slash"]
        if not is_unit(unit) or (match["slash"] and f"{match['name']}/{unit}" in _SPEEDS):
            return heading, None
    return match["name"], unit.strip()


def _bare_unit(cell: str) -> str | None:
    bare = cell.strip()
    while (bare[:1], bare[-1:]) in (("(", ")"), ("[", "]")):
        bare = bare[1:-1].strip()
    return "1" if bare in ("-", "–", "—") else printable(bare)[:30] or None

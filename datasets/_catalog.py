"""The catalogue of laws and real data: rows of the files in `catalog/`, loaded and searched on request."""

from __future__ import annotations

import csv
import dataclasses
import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import sympy

from datasets._dataset import Dataset
from datasets._errors import DataError, did_you_mean
from datasets._noise import Noise
from datasets._ranges import Range, checked_ranges
from datasets._sample import sample, sample_values
from datasets._special import FUNCTIONS
from datasets.formulas._formula import parse_formula
from datasets.tables._table import read_table

_FOLDER = Path(__file__).parent / "catalog"
_LISTS = ("laws.json", "measured.json", "classroom.json", "kan.json", "special.json")  # in the order of the menu
_FEYNMAN = (
    "S.-M. Udrescu and M. Tegmark, AI Feynman, Science Advances 6, eaay2631 (2020): "
    "R. P. Feynman, Lectures on Physics, {}"
)
_FEYNMAN_BONUS = "S.-M. Udrescu and M. Tegmark, AI Feynman, Science Advances 6, eaay2631 (2020), bonus laws: {}"
_FREE = "A law of nature and ranges of numbers: nothing in it is protected."

COLLECTIONS = ("classroom", "measured", "kan", "special", "feynman")


@dataclass(frozen=True)
class Realistic:
    """A law with its constants put in, in the ranges nature has it in; at times solved for another variable."""

    formula: str
    ranges: Mapping[str, Range]
    units: Mapping[str, str]


@dataclass(frozen=True)
class CatalogueEntry:
    """A law to find again: sampled from its formula or function, or measured and kept as a table.

    `kind` is "formula" (then `formula` and `ranges` are set), "function" (`function` names one that no formula stands
    for, and `ranges`) or "table" (`file`, `target` and `inputs`). `difficulty` runs from 1 to 3; `widths` is a network
    that suits it, a pair meaning (sums, products). `collection` is one of COLLECTIONS; `aliases` are its names
    elsewhere; `terms` say who may use the data. `units_consistent` tells whether the formula keeps to the units with
    its numbers taken for measured constants. `digits` corrects what the printed numbers say of their precision.
    """

    key: str
    title: str
    story: str
    source: str
    kind: str
    difficulty: int
    field: str
    widths: tuple[int | tuple[int, int], ...]
    formula: str | None = None
    ranges: Mapping[str, Range] = dataclasses.field(default_factory=dict)
    units: Mapping[str, str] = dataclasses.field(default_factory=dict)
    file: str | None = None
    target: str | None = None
    inputs: tuple[str, ...] = ()
    collection: str = "classroom"
    function: str | None = None
    aliases: tuple[str, ...] = ()
    terms: str = _FREE
    digits: tuple[int | None, ...] = ()
    units_consistent: bool = True
    realistic: Realistic | None = None

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the inputs."""
        return tuple(self.ranges) or self.inputs

    @property
    def law(self) -> sympy.Expr | None:
        """The law as an expression; None for measurements and for functions that SymPy lacks."""
        if self.formula is not None:
            return parse_formula(self.formula, self.ranges)
        build = FUNCTIONS[self.function].law if self.function else None
        return build(self.variables) if build else None

    @property
    def written(self) -> str:
        """The law as one would type it, or the usual sign of a function; empty for measurements."""
        return self.formula or (FUNCTIONS[self.function].text if self.function else "")

    def load(
        self,
        seed: int = 0,
        n: int = 1000,
        noise: float | Noise = 0.0,
        *,
        ranges: str = "usual",
        design: str = "random",
        split: str = "random",
    ) -> Dataset:
        """Returns the data: n points with this noise from a formula, or the table as it was measured.

        A measured table has its own rows and its own noise, so `n`, `noise` and `design` only concern formulas.

        Args:
            ranges: "usual", or "realistic" where the entry has such a set: constants at their values, magnitudes as in
                nature.
            design, split: as in `sample`.

        Raises:
            DataError: there is no such set of ranges, or a setting is out of bounds.
        """
        formula, bounds, units = self._set(ranges)
        if formula is not None:
            data = sample(formula, bounds, n=n, noise=noise, seed=seed, design=design, split=split)
        elif self.function is not None:
            row = FUNCTIONS[self.function]
            target = next(name for name in ("y", "z", "f") if name not in bounds)
            settings = {"design": design, "split": split, "law": self.law, "title": row.text}
            data = sample_values(row.values, bounds, n, noise, seed, target, **settings)  # type: ignore[arg-type]
        else:
            data = self._measured(seed, split)
        origin = f"{self.title}: {self.source}."
        return dataclasses.replace(data, units={**(data.units or {}), **units}, provenance=(origin, *data.provenance))

    def _set(self, ranges: str) -> tuple[str | None, Mapping[str, Range], Mapping[str, str]]:
        if ranges == "usual":
            return self.formula, self.ranges, self.units
        if ranges != "realistic":
            raise DataError(f"Ranges are 'usual' or 'realistic', but '{ranges}' came. Choose one.")
        if self.realistic is None:
            raise DataError(
                f"Realistic ranges are there for the Feynman laws, but '{self.key}' has none. Leave it out."
            )
        return self.realistic.formula, self.realistic.ranges, self.realistic.units

    def _measured(self, seed: int, split: str) -> Dataset:
        assert self.file is not None
        assert self.target is not None
        data = read_table(_FOLDER / self.file).to_dataset(self.target, self.inputs or None, seed=seed)
        data = data if split == "random" else data.with_split(split, seed)
        return dataclasses.replace(data, digits=self.digits) if self.digits else data


def catalogue(
    search: str = "",
    *,
    field: str | None = None,
    n_variables: int | tuple[int, int] | None = None,
    difficulty: int | None = None,
    kind: str | None = None,
    collection: str | None = None,
) -> list[CatalogueEntry]:
    """Returns the entries that fit, the first ones to try first; all of them without an argument.

    Args:
        search: words that all occur in the key, title, story, source, field, names or aliases; case does not matter.
        field: such as "optics".
        n_variables: number of inputs, or (fewest, most).
        difficulty: 1, 2 or 3.
        kind: "formula", "function" or "table".
        collection: "classroom", "measured", "kan", "special" or "feynman".

    Examples:
        >>> [entry.key for entry in catalogue("planet year")]
        ['kepler']
    """
    words = search.casefold().split()
    fewest, most = n_variables if isinstance(n_variables, tuple) else (n_variables, n_variables)
    wanted = {"field": field, "difficulty": difficulty, "kind": kind, "collection": collection}
    return [
        entry
        for entry in _entries()
        if all(value is None or getattr(entry, name) == value for name, value in wanted.items())
        and (fewest is None or most is None or fewest <= len(entry.variables) <= most)
        and all(word in _haystack(entry) for word in words)
    ]


def catalogue_entry(key: str) -> CatalogueEntry:
    """Returns the entry of a key or of one of its aliases, such as "kepler", "I.8.14" or "feynman_I_8_14".

    Raises:
        DataError: there is none.
    """
    found = _by_name().get(key)
    if found is None:
        guess = did_you_mean(key, _by_name())
        raise DataError(f"An entry of the catalogue has a key, but there is no '{key}'. {guess}".rstrip())
    return found


@functools.lru_cache(maxsize=1)
def _by_name() -> dict[str, CatalogueEntry]:
    named = {alias: one for one in _entries() for alias in one.aliases}
    return named | {one.key: one for one in _entries()}


@functools.lru_cache(maxsize=1024)
def _haystack_of(key: str) -> str:
    one = _by_name()[key]
    parts = (one.key, one.title, one.story, one.source, one.field, one.target or "", one.formula or "")
    return " ".join((*parts, *one.variables, *one.aliases)).casefold()


def _haystack(one: CatalogueEntry) -> str:
    return _haystack_of(one.key)


@functools.lru_cache(maxsize=1)
def _entries() -> tuple[CatalogueEntry, ...]:
    listed = [_entry(row) for name in _LISTS for row in json.loads((_FOLDER / name).read_text(encoding="utf-8"))]
    return (*listed, *_feynman())


def _entry(row: dict[str, Any]) -> CatalogueEntry:
    widths = tuple(tuple(width) if isinstance(width, list) else width for width in row["widths"])
    ranges: dict[str, Range] = checked_ranges(row["ranges"]) if "ranges" in row else {}
    units: dict[str, str] = row.get("units", {})
    clean: dict[str, Any] = {name: tuple(row[name]) for name in ("inputs", "digits", "aliases") if name in row}
    clean |= {"widths": widths, "ranges": MappingProxyType(ranges), "units": MappingProxyType(units)}
    return CatalogueEntry(**(row | clean))


def _feynman() -> Iterator[CatalogueEntry]:
    realistic = {row["key"]: _realistic(row) for row in _rows("feynman_realistic.csv")}
    for row in _rows("feynman.csv"):
        number = row["key"].removeprefix("feynman_")
        lecture = row["reference"].removeprefix("Lectures ")
        source = (_FEYNMAN_BONUS if number.startswith("test_") else _FEYNMAN).format(lecture)
        formula, ranges, units = _sampled(row)
        yield CatalogueEntry(
            key=row["key"],
            title=f"{row['title']} ({number.replace('test_', 'bonus ')})",
            story=row["story"],
            source=source,
            kind="formula",
            difficulty=int(row["difficulty"]),
            field=row["field"],
            widths=tuple(int(width) for width in row["widths"].split()),
            formula=formula,
            ranges=ranges,
            units=units,
            collection="feynman",
            aliases=tuple(name for name in (number, row["srbench"], row["srsd"]) if name),
            units_consistent=row["units_consistent"] == "1",
            realistic=realistic[row["key"]],
        )


def _realistic(row: Mapping[str, str]) -> Realistic:
    return Realistic(*_sampled(row))


def _sampled(row: Mapping[str, str]) -> tuple[str, Mapping[str, Range], Mapping[str, str]]:
    """Formula, ranges and units of a row whose cells hold one item a variable, between semicolons."""
    names = row["variables"].split(";")
    cells = {key: row[key].split(";") for key in ("low", "high", "units", "distribution", "sign") if key in row}
    ranges = {}
    for k, name in enumerate(names):
        kind = cells["distribution"][k] if "distribution" in cells else "uniform"
        ranges[name] = Range(
            float(cells["low"][k]),
            float(cells["high"][k]),
            distribution="uniform" if kind == "integer" else kind,
            integer=kind == "integer",
            sign=cells["sign"][k] if "sign" in cells else "+",
        )
    target = row["formula"].split("=")[0].strip()
    units = {**dict(zip(names, cells["units"], strict=True)), target: row["target_unit"]}
    return row["formula"], MappingProxyType(ranges), MappingProxyType(units)


def _rows(name: str) -> list[dict[str, str]]:
    lines = (_FOLDER / name).read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))

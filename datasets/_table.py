"""Tables from files: each column reported on, and turned into a Dataset on request."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datasets._dataset import Array, Dataset, Split
from datasets._errors import DataError, counted, did_you_mean, listed
from datasets._table_text import MISSING, TableSource, TextTable, read_text

MIN_ROWS = 3
_PRINTED_SAMPLE = 1000  # cells looked at for the printed precision

_UNIT = re.compile(r"(?P<name>.*\S)(?:\s*\[(?P<square>[^\[\]]{1,30})\]|\s+\((?P<round>[^()]{1,30})\))")
_DIGITS = re.compile(r"[+-]?(\d*)[.,]?(\d*)(?:[eE][+-]?\d+)?")


@dataclass(frozen=True)
class ColumnReport:
    """What a column holds. Rows are counted as a spreadsheet counts them: by lines of the file, from 1.

    `heading` is the name as the file has it, unit and all. `kind` is "number", "constant" (one number throughout),
    "text" (some cell is no number) or "empty". `digits` is the largest number of significant digits printed in the
    column, None where all are whole numbers: those may be exact counts.
    """

    name: str
    heading: str
    unit: str | None
    kind: str
    missing: tuple[int, ...]
    words: tuple[int, ...]
    infinite: tuple[int, ...]
    minimum: float | None
    maximum: float | None
    digits: int | None
    example: str = ""

    @property
    def usable(self) -> bool:
        """Tells whether the column can be an input as it stands."""
        return self.kind == "number" and not self.missing and not self.infinite

    def complaint(self) -> str:
        """Says what keeps the column from being used; empty where nothing does."""
        fault = self._fault()
        return f"Column '{self.name}' {fault}" if fault else ""

    def _fault(self) -> str:
        if self.kind == "empty":
            return "is empty. Choose another column."
        if self.words:
            cells = f"{counted(len(self.words), 'cell')} that {'is' if len(self.words) == 1 else 'are'} not a number"
            return f"has {cells} ({_rows(self.words)}), such as '{self.example}'. Correct them or leave the column out."
        if self.missing:
            cells = counted(len(self.missing), "empty cell")
            return f"has {cells} ({_rows(self.missing)}). Fill them or drop the rows."
        if self.infinite:
            values = counted(len(self.infinite), "infinite value")
            return f"has {values} ({_rows(self.infinite)}). Correct them or drop the rows."
        if self.kind == "constant":
            return f"is {self.minimum:g} in every row, so no law can be read from it. Choose another column."
        return ""


def _rows(rows: Sequence[int]) -> str:
    return f"{'row' if len(rows) == 1 else 'rows'} {listed(rows)}"


@dataclass(frozen=True, eq=False)
class Table:
    """A table as read: numbers as float64 with NaN in the gaps, everything else as text; a report on each column."""

    frame: pd.DataFrame
    columns: tuple[ColumnReport, ...]
    name: str
    comments: tuple[str, ...] = ()
    provenance: tuple[str, ...] = ()

    def to_dataset(
        self, target: str, inputs: Sequence[str] | None = None, sigma: str | None = None, seed: int = 0
    ) -> Dataset:
        """Returns the columns as a Dataset.

        Args:
            target: the column to be explained.
            inputs: the columns to explain it with; by default all others that are complete, numeric and vary. What is
                left out is said in the provenance.
            sigma: the column with the target's standard errors.
            seed: for the split into training, validation and test rows.

        Raises:
            DataError: a column is unknown or unusable, or there are fewer than three rows.
        """
        reports = {report.name: report for report in self.columns}
        target, sigma = self._known(target), None if sigma is None else self._known(sigma)
        inputs = None if inputs is None else [self._known(name) for name in inputs]
        named = (target, *(inputs or ()), *(() if sigma is None else (sigma,)))
        _check_roles(named, inputs)
        if len(self.frame) < MIN_ROWS:
            rows = counted(len(self.frame), "row")
            raise DataError(
                f"A law needs at least {MIN_ROWS} rows, since any line meets two, but {self._title} has {rows}."
            )
        for name in named:
            if (complaint := reports[name].complaint()) and not (name == sigma and reports[name].kind == "constant"):
                raise DataError(complaint)
        others = [report for report in self.columns if report.name not in (target, sigma)]
        chosen = tuple(inputs) if inputs is not None else tuple(report.name for report in others if report.usable)
        if not chosen:
            reasons = " ".join(report.complaint() for report in others) or "It has no other column."
            raise DataError(f"A law needs an input, but {self._title} has none beside '{target}'. {reasons}")
        left_out = [report for report in others if inputs is None and not report.usable]
        units = {
            report.name: report.unit for report in self.columns if report.unit and report.name in (*chosen, target)
        }
        return Dataset(
            X=self.frame[list(chosen)].to_numpy(dtype=np.float64),
            y=self.frame[target].to_numpy(dtype=np.float64),
            names=chosen,
            target=target,
            units=units,
            sigma=None if sigma is None else self.frame[sigma].to_numpy(dtype=np.float64),
            split=Split.seeded(len(self.frame), seed),
            digits=tuple(reports[name].digits for name in (*chosen, target)),
            provenance=(*self.provenance, *(f"Left out: {report.complaint()}" for report in left_out)),
        )

    @property
    def _title(self) -> str:
        return f"'{self.name}'" if self.name else "the table"

    def _known(self, name: str) -> str:
        """Returns the name of a column, given as it is or as the file heads it."""
        names = [report.name for report in self.columns]
        if name in names:
            return name
        for report in self.columns:
            if report.heading == name:
                return report.name
        guess = f" {did_you_mean(name, names)}".rstrip()
        rule = "A column is called as in the table"
        raise DataError(f"{rule}, but there is no '{name}'.{guess} There are: {listed(names)}.")


def read_table(source: TableSource, name: str = "") -> Table:
    """Reads CSV, TSV or white-space separated text from a path, bytes or an open file.

    Encoding (UTF-8, UTF-16, Latin-1), delimiter, decimal comma and header are recognised; lines beginning with `#` at
    the top are comments; a unit in a header such as `mass (kg)` or `mass [kg]` is taken off the name.

    Args:
        name: what to call the table in messages; by default the file's name.

    Raises:
        DataError: the file is missing, too large, empty, binary, ragged, or has only a header.

    Examples:
        >>> read_table(b"a [m],T (s)\\n1,2.0\\n2,2.8\\n3,3.5").to_dataset("T").units
        {'a': 'm', 'T': 's'}
    """
    name, text = read_text(source, name)
    headings = text.header or ("",) * len(text.cells)
    values: dict[str, Array | NDArray[np.object_]] = {}
    reports: list[ColumnReport] = []
    for (title, unit), heading, cells in zip(_titles(headings), headings, text.cells, strict=True):
        numbers, words = _numbers(cells, text.decimal)
        report = _report((title, heading, unit), cells, numbers, words, text.lines)
        values[title] = cells if report.kind == "text" else numbers
        reports.append(report)
    return Table(pd.DataFrame(values), tuple(reports), name, text.comments, (_origin(name, text),))


def _origin(name: str, text: TextTable) -> str:
    rows = counted(len(text.lines), "row")
    comma = ", decimal comma" if text.decimal == "," else ""
    title = f"'{name}'" if name else "a table"
    return f"Read from {title}: {rows}, separated by {text.delimiter}{comma}, {text.encoding}."


def _titles(headings: Sequence[str]) -> list[tuple[str, str | None]]:
    """Returns (name, unit) of each column: units taken off, gaps filled, no name twice."""
    titles: list[tuple[str, str | None]] = []
    taken: set[str] = set()
    for k, cell in enumerate(headings, start=1):
        text = " ".join(cell.split())
        match = _UNIT.fullmatch(text)
        name, unit = (match["name"], match["square"] or match["round"]) if match else (text, None)
        name = name or f"column_{k}"
        doubles = (f"{name}_{count}" for count in itertools.count(2))
        unique = name if name not in taken else next(double for double in doubles if double not in taken)
        taken.add(unique)
        titles.append((unique, unit.strip() if unit else None))
    return titles


def _numbers(cells: NDArray[np.object_], decimal: str) -> tuple[Array, NDArray[np.bool_]]:
    """Reads the cells as numbers: NaN in gaps and at words, and where the words are."""
    if decimal == ",":
        cells = np.array([cell.replace(",", ".") for cell in cells], dtype=object)
    together = "".join(cells)
    if together.isascii() and "_" not in together:  # the common case: a column of numbers, read in one go
        with contextlib.suppress(ValueError):
            numbers = cells.astype(np.float64)
            return numbers, np.zeros(len(cells), dtype=np.bool_)
    missing = np.array([cell.casefold() in MISSING for cell in cells])
    numbers = np.full(len(cells), np.nan)
    numbers[~missing] = [_number(cell) for cell in cells[~missing]]
    return numbers, np.isnan(numbers) & ~missing


def _number(cell: str) -> float:
    """Reads one cell; NaN for a word. float() alone would take "1_000", and digits of any script."""
    try:
        return float(cell) if cell.isascii() and "_" not in cell else np.nan
    except ValueError:
        return np.nan


def _report(
    title: tuple[str, str, str | None],
    cells: NDArray[np.object_],
    numbers: Array,
    words: NDArray[np.bool_],
    lines: NDArray[np.intp],
) -> ColumnReport:
    finite = numbers[np.isfinite(numbers)]
    kind = "number" if len(finite) == 0 or finite.min() < finite.max() else "constant"
    infinite = np.isinf(numbers)
    missing = np.isnan(numbers) & ~words
    if words.any() or missing.all():
        kind = "text" if words.any() else "empty"
    return ColumnReport(
        name=title[0],
        heading=title[1],
        unit=title[2],
        kind=kind,
        missing=tuple(lines[missing].tolist()),
        words=tuple(lines[words].tolist()),
        infinite=tuple(lines[infinite].tolist()),
        minimum=float(finite.min()) if len(finite) else None,
        maximum=float(finite.max()) if len(finite) else None,
        digits=_printed_digits(cells[np.isfinite(numbers)]),
        example=str(cells[words][0])[:40] if words.any() else "",
    )


def _printed_digits(cells: NDArray[np.object_]) -> int | None:
    step = max(1, len(cells) // _PRINTED_SAMPLE)
    matches = [_DIGITS.fullmatch(cell) for cell in cells[::step] if not cell.lstrip("+-").isdigit()]
    return max((len((match[1] + match[2]).lstrip("0")) for match in matches if match), default=None)


def _check_roles(named: Sequence[str], inputs: Sequence[str] | None) -> None:
    doubled = [name for name in named if named.count(name) > 1]
    if doubled:
        advice = "Name it once among target, inputs and sigma."
        raise DataError(f"A column has one part to play, but '{doubled[0]}' came twice. {advice}")
    if inputs is not None and not len(inputs):
        raise DataError("A law needs an input, but the list of inputs is empty. Name one, or pass none to take all.")

"""Tables on their way from a file or the keyboard to a dataset: read, repaired step by step, reported on."""

from __future__ import annotations

import csv
import io
import zlib
from collections.abc import Sequence
from typing import Any

from app.data.settings import Grid

BY_HAND = 500  # rows that can still be edited in the page
SPARK = 60  # values of a column's small picture
TYPED = "typed data"
BLANK = 4  # empty rows that invite to type


def read(name: str, content: bytes, sheet: str | None, steps: Sequence[dict[str, Any]]) -> Any:
    """The `datasets.Table` of a file with these repairs made one after another. Raises DataError."""
    from datasets import read_table

    table = read_table(content, name, sheet)
    for step in steps:
        table = table.repair(step["name"], step["column"], **step["options"])
    return table


def headings(line: str) -> list[str]:
    """The names of columns written in one line, with commas between them. Raises DataError.

    >>> headings('t [s], "speed, mean [m/s]"')
    ['t [s]', 'speed, mean [m/s]']
    """
    from datasets import DataError

    names = [name.strip() for name in next(csv.reader([line], skipinitialspace=True), []) if name.strip()]
    if len(names) < 2:
        raise DataError(f"A table has at least two columns, but {len(names)} came. Name them as in: t [s], T [K].")
    doubled = [name for name in names if names.count(name) > 1]
    if doubled:
        raise DataError(f"Columns have different names, but '{doubled[0]}' came twice. Rename one of them.")
    return names


def line_of(names: Sequence[str]) -> str:
    """The names of columns in one line, as `headings` reads them."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(names)
    return line.getvalue().replace(",", ", ") if not any("," in name for name in names) else line.getvalue()


def filled(rows: Grid, width: int) -> Grid:
    """Rows of one width, without those where nothing stands."""
    wide = [[*row[:width], *[""] * (width - len(row))] for row in rows]
    return [row for row in wide if any(cell.strip() for cell in row)]


def written(line: str, rows: Grid) -> bytes:
    """What was typed, as a file. Raises DataError where the names cannot be read or there is no row."""
    from datasets import DataError

    names = headings(line)
    cells = filled(rows, len(names))
    if not cells:
        raise DataError("A law needs some rows, but none is typed yet. Type or paste at least three.")
    file = io.StringIO()
    csv.writer(file, delimiter="\t", lineterminator="\n").writerows([names, *cells])
    return file.getvalue().encode()


def by_hand(table: Any) -> tuple[str, Grid]:
    """A table as names and cells for the editor; numbers keep all their digits."""
    names = [f"{one.name} [{one.unit}]" if one.unit else one.name for one in table.columns]
    columns = [[_cell(value) for value in table.frame[one.name]] for one in table.columns]
    return line_of(names), [list(row) for row in zip(*columns, strict=True)]


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if value != value else repr(float(value)).removesuffix(".0")
    return "" if value is None else str(value)


def mark(content: bytes) -> str:
    """Tells files apart that bear the same name."""
    return f"{len(content)}-{zlib.crc32(content):08x}"


def report(table: Any, units: dict[str, str]) -> list[dict[str, Any]]:
    """One row a column for the page: what it holds and how it looks."""
    return [
        {
            "Column": one.name,
            "Unit": units.get(one.name, one.unit or ""),
            "Shape": _spark(table.frame[one.name]) if one.minimum is not None else None,
            "From": one.minimum,
            "To": one.maximum,
            "Gaps": len(one.missing) + len(one.words) + len(one.infinite) or None,
            "Outliers": len(one.outliers) or None,
            "Digits": one.digits,
            "Kind": one.role or one.kind,
        }
        for one in table.columns
    ]


def _spark(series: Any) -> list[float] | None:
    """The column from top to bottom in few numbers."""
    import numpy as np

    if series.dtype.kind != "f":
        return None
    values = series.to_numpy()
    values = values[np.isfinite(values)]
    return [float(f"{v:.4g}") for v in values[np.linspace(0, len(values) - 1, min(SPARK, len(values))).astype(int)]]


def troubles(table: Any) -> dict[str, tuple[str, ...]]:
    """What is wrong with or remarkable about each column, in sentences, by name; the gravest first."""
    said = {one.name: (*filter(None, [one.complaint()]), *one.remarks()) for one in table.columns}
    grave = [one.name for one in table.columns if said[one.name] and not one.usable]
    return {name: said[name] for name in [*grave, *said] if said[name]}


def unit_troubles(units: dict[str, str]) -> list[str]:
    """A sentence on each unit that cannot be read, or should be looked at."""
    from datasets import DataError, read_unit

    found = []
    for name, text in units.items():
        try:
            note = read_unit(text).note
        except DataError as error:
            note = str(error)
        if note:
            found.append(f"'{name}': {note}")
    return found

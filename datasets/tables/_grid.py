"""What every reader hands over: named columns of texts or numbers, and the line each row came from."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datasets._errors import DataError

MAX_BYTES = 256 * 2**20
MAX_UNPACKED = 256 * 2**20
MAX_ROWS = 2_000_000
MAX_COLUMNS = 1000
MAX_CELLS = 40_000_000

TableSource = str | os.PathLike[str] | bytes | bytearray | IO[Any]


Cells = Any  # an Arrow array of texts or a float64 array: Arrow comes without types
Texts = Any


@dataclass(frozen=True, eq=False)
class Column:
    """A column as the file has it: trimmed texts ("" in gaps) as an Arrow array, or float64 with NaN in gaps.

    `digits` is for numbers only, where their texts are gone: significant digits, None for whole numbers.
    """

    heading: str
    cells: Cells
    unit: str | None = None
    digits: int | None = None

    @property
    def is_text(self) -> bool:
        return not isinstance(self.cells, np.ndarray)


@dataclass(frozen=True, eq=False)
class Grid:
    """The columns of a file, the line of the file each row came from, and what the reader saw on the way.

    `manner` says how the file is written ("separated by comma, utf-8"); `notes` are whole sentences.
    """

    columns: tuple[Column, ...]
    lines: NDArray[np.intp]
    manner: str
    decimal: str = "."
    comments: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def texts(cells: Sequence[str]) -> Texts:
    """Returns Python texts as an Arrow array."""
    return pa.array(cells, type=pa.large_string())


def without_blanks(grid: Grid) -> Grid:
    """Leaves out rows without any entry and nameless columns without any entry: margins of the sheet, not data."""
    empty = [pc.equal(column.cells, "") if column.is_text else None for column in grid.columns]
    if empty and all(mask is not None and pc.any(mask).as_py() for mask in empty):
        blank = empty[0]
        for mask in empty[1:]:
            blank = pc.and_(blank, mask)
        if pc.any(blank).as_py():
            kept = pc.invert(blank)
            columns = tuple(replace(column, cells=column.cells.filter(kept)) for column in grid.columns)
            grid = replace(grid, columns=columns, lines=grid.lines[kept.to_numpy(zero_copy_only=False)])
    columns = tuple(column for column in grid.columns if column.heading or not _is_blank(column))
    return grid if len(columns) in (0, len(grid.columns)) else replace(grid, columns=columns)


def _is_blank(column: Column) -> bool:
    return column.is_text and bool(pc.all(pc.equal(column.cells, "")).as_py())


def check_size(rows: int, columns: int, name: str) -> None:
    """Raises DataError for a table beyond the limits."""
    if rows > MAX_ROWS or columns > MAX_COLUMNS:
        size = f"{rows} rows of {columns}"
        raise DataError(
            f"A table has at most {MAX_ROWS} rows of {MAX_COLUMNS} cells, but {name} has {size}. Thin it out."
        )
    if rows * columns > MAX_CELLS:
        raise DataError(
            f"A table has at most {MAX_CELLS} cells, but {name} has {rows} × {columns}. Leave out rows or columns."
        )


def check_unpacked(size: int, name: str) -> None:
    """Raises DataError where a packed file says that it unpacks to more than the limit."""
    if size > MAX_UNPACKED:
        most, found = MAX_UNPACKED >> 20, size >> 20
        raise DataError(f"A table unpacks to at most {most} MiB, but {name} would to {found} MiB. Thin it out.")

"""Excel workbooks (.xlsx) to a grid of cells, by openpyxl: values as they were saved, formulas never computed."""

from __future__ import annotations

import datetime
import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np

from datasets._errors import DataError, counted, did_you_mean, listed
from datasets.tables._grid import MAX_CELLS, MAX_COLUMNS, Column, Grid, check_size, texts, without_blanks
from datasets.tables._layout import SAMPLE, find_layout

_LAST_ROW = 2**20  # a sheet has no more
_BROKEN = (  # what openpyxl raises on a file that is none of Excel's, read from its source
    ValueError, KeyError, TypeError, AttributeError, IndexError, OSError, EOFError, SyntaxError, RuntimeError,
    NotImplementedError, AssertionError, OverflowError, struct.error, zipfile.BadZipFile, zlib.error,
)  # fmt: skip

Rows = list[list[str]]


def read_workbook(content: bytes, name: str, sheet: str | None = None) -> Grid:
    """Reads a sheet: the one named, or the first with any entry.

    Raises:
        DataError: the workbook is broken or empty, there is no such sheet, or its formulas were never computed.
    """
    _check_parts(content, name)
    try:
        title, rows, lines, others = _sheet(content, name, sheet)
        if not rows:
            where = f"sheet '{sheet}' of {name}" if sheet else name
            if _has_formulas(content):
                raise _uncomputed(where)
            raise DataError(f"A table has rows, but {where} is empty. Choose a file with data.")
    except DataError:
        raise
    except _BROKEN:
        raise DataError(
            f"A workbook is a complete file, but {name} is broken. Open it in Excel and save it anew."
        ) from None
    grid = _grid(rows, lines, name)
    blank = [column.heading for column in grid.columns if column.heading and not any(column.cells[:SAMPLE].to_pylist())]
    notes = [*grid.notes]
    if blank and _has_formulas(content):
        held = f"Column '{blank[0]}' may hold formulas whose values were never saved."
        notes.append(f"{held} Open the workbook in Excel, save it, and read it again.")
    if others:
        notes.append(f"Other sheets were not read: {listed([repr(other) for other in others], 5)}.")
    manner = f"Excel sheet '{title}'"
    return Grid(grid.columns, grid.lines, manner, grid.decimal, notes=tuple(notes))


def sheet_names(content: bytes) -> tuple[str, ...]:
    """Returns the sheets of a workbook in their order; none where the bytes are no workbook that can be opened."""
    from openpyxl import load_workbook

    if not content.startswith(b"PK"):
        return ()
    try:
        _check_parts(content, "the workbook")
        book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    except (DataError, *_BROKEN):
        return ()
    return tuple(sheet.title for sheet in book.worksheets)


def _uncomputed(where: str) -> DataError:
    advice = "Open it in Excel, save it, and read it again."
    return DataError(f"Formulas are read as the values saved with them, but {where} has none saved. {advice}")


def _check_parts(content: bytes, name: str) -> None:
    """Refuses XML that declares entities: they can be made to unfold without end."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for member in archive.infolist():
            if member.filename.endswith((".xml", ".rels")):
                try:
                    start = archive.open(member).read(2**16).replace(b"\0", b"")
                except _BROKEN:
                    raise DataError(
                        f"A workbook is a complete file, but {name} is broken. Open it in Excel and save it anew."
                    ) from None
                if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
                    raise DataError(f"A workbook holds plain cells, but {name} declares entities. Save it as CSV.")


def _sheet(content: bytes, name: str, wanted: str | None) -> tuple[str, Rows, list[int], list[str]]:
    """The title, the rows that are not blank, their numbers, and the titles of the other sheets."""
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and validations, which do not concern the values
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheets = {sheet.title: sheet for sheet in book.worksheets}
        if wanted is not None and wanted not in sheets:
            guess = f" {did_you_mean(wanted, sheets)}".rstrip()
            rule = "A sheet is called as in the workbook"
            raise DataError(f"{rule}, but {name} has no '{wanted}'.{guess} There are: {listed([*sheets])}.")
        title = ""
        rows: Rows = []
        lines: list[int] = []
        for title in [wanted] if wanted is not None else sheets:
            sheets[title].reset_dimensions()
            rows, lines = _filled_rows(sheets[title].iter_rows(max_row=_LAST_ROW, values_only=True), name)
            if rows:
                break
    return title, rows, lines, [other for other in sheets if other != title]


def _filled_rows(sheet: Iterable[tuple[Any, ...]], name: str) -> tuple[Rows, list[int]]:
    rows: Rows = []
    lines: list[int] = []
    cells = 0
    for line, row in enumerate(sheet, start=1):
        cells += len(row)
        if cells > MAX_CELLS:
            raise DataError(f"A table has at most {MAX_CELLS} cells, but {name} has more. Leave out rows or columns.")
        filled = next((k for k in range(len(row), 0, -1) if row[k - 1] is not None and row[k - 1] != ""), 0)
        if filled > MAX_COLUMNS:
            check_size(line, filled, name)
        if filled:
            rows.append([_text(cell) for cell in row[:filled]])
            lines.append(line)
    return rows, lines


def _text(cell: Any) -> str:
    """A cell as text: numbers with the fewest digits that say them, dates as ISO 8601."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(" ")
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    if isinstance(cell, datetime.timedelta):
        return repr(cell.total_seconds())
    return str(cell).strip()


def _grid(rows: Rows, lines: list[int], name: str) -> Grid:
    width = max(len(row) for row in rows)
    check_size(len(rows), width, name)
    layout = find_layout(rows[: SAMPLE + 20], width)
    body = [[*row, *[""] * (width - len(row))] for row in rows[layout.first :]]
    if not body:
        raise DataError(f"A table has rows below its header, but {name} has only a header. Add the data.")
    header, units = layout.header or ("",) * width, layout.units or ("",) * width
    columns = tuple(
        Column(heading, texts(cells), unit or None)
        for heading, unit, cells in zip(header, units, zip(*body, strict=True), strict=True)
    )
    notes: tuple[str, ...] = ()
    if layout.titles:
        shown = " / ".join(" ".join(cell for cell in row if cell) for row in rows[: layout.titles])[:80]
        notes = (f"Skipped {counted(layout.titles, 'row')} above the table: '{shown}'.",)
    return without_blanks(
        Grid(columns, np.array(lines[layout.first :], dtype=np.intp), "", layout.decimal, notes=notes)
    )


def _has_formulas(content: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [one for one in archive.namelist() if one.startswith("xl/worksheets/") and one.endswith(".xml")]
        return any(b"<f>" in archive.read(one) or b"<f " in archive.read(one) for one in sheets)

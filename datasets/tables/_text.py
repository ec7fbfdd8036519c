"""From a text file's bytes to a grid of cells: encoding, comments, delimiter, rows."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
from numpy.typing import NDArray

from datasets._errors import DataError, counted, listed
from datasets.tables._encoding import utf8
from datasets.tables._grid import Column, Grid, Texts, check_size, texts, without_blanks
from datasets.tables._layout import SAMPLE, Layout, common_width, find_layout, word_cuts
from datasets.tables._numbers import is_number

_DELIMITERS = {"\t": "tab", ";": "semicolon", "|": "bar", ",": "comma", " ": "white space"}  # in order of preference
_COMMENT = ("#", "%", "//", "!")  # at the top of a file; further down only the first
_CELL_OF_WORDS = re.compile(r'"(?:[^"]|"")*"|\S+')
_SAMPLE_CHARACTERS = 2**17

Line = tuple[int, str]


def read_text(content: bytes | str, name: str) -> Grid:
    """Cuts a text into cells; `name` is what messages call it.

    Raises:
        DataError: the text is empty, binary, ragged, too large, or has only a header.
    """
    body, encoding = utf8(content.encode("utf-8", "replace") if isinstance(content, str) else content, name)
    body = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in body else body
    comments, start, line = _comments(body)
    head, is_whole = _head(body, start, line)
    if not head:
        raise DataError(f"A table has rows, but {name} is empty. Choose a file with data.")
    delimiter = _delimiter([text for _, text in head])
    rows, lines = _head_rows(head, delimiter, name, is_whole)
    width = common_width(rows)
    delimiter, rows, width = _decimal_commas(rows, delimiter, width)
    check_size(len(rows), width, name)
    rows = _joined_header(rows, head, width) if delimiter == " " else rows
    layout = find_layout(rows, width, delimiter, comments)
    _check_header(rows, lines, layout, name)
    if layout.first >= len(rows):
        raise DataError(f"A table has rows below its header, but {name} has only a header. Add the data.")
    begin = _Begin(start, line, lines[layout.first], lines[layout.header_at or 0 if layout.header else layout.first])
    grid = _grid(body, begin, layout, delimiter, name)
    notes = [*grid.notes]
    if layout.titles:
        notes.append(f"Skipped {counted(layout.titles, 'line')} above the table: '{_shown(rows[: layout.titles])}'.")
    comma = ", decimal comma" if layout.decimal == "," else ""
    by = "one column" if width == 1 else f"separated by {_DELIMITERS[delimiter]}"
    return without_blanks(
        Grid(grid.columns, grid.lines, f"{by}{comma}, {encoding}", layout.decimal, comments, tuple(notes))
    )


@dataclass(frozen=True)
class _Begin:
    """Where the body starts (byte and line, after the comments), and the lines of its first data row and its header."""

    byte: int
    line: int
    data: int
    header: int


def _shown(rows: Sequence[Sequence[str]]) -> str:
    text = " / ".join(" ".join(cell for cell in row if cell) for row in rows)
    return text if len(text) <= 80 else text[:79] + "…"


def _lines(body: bytes, start: int, line: int) -> Iterator[tuple[int, int, str]]:
    """Yields (offset behind it, number, text) of each line from `start` on, the first being number `line`."""
    while start < len(body):
        end = body.find(b"\n", start)
        end = len(body) if end < 0 else end
        yield end + 1, line, body[start:end].decode(errors="replace")
        start, line = end + 1, line + 1


def _comments(body: bytes) -> tuple[tuple[str, ...], int, int]:
    """The comments on top, and the offset and number of the line behind them."""
    found: list[str] = []
    start, number = 0, 1
    for behind, line, text in _lines(body, 0, 1):
        bare = text.strip()
        if bare.startswith(_COMMENT):
            found.append(bare.lstrip("#%!/").strip())
        elif bare:
            break
        start, number = behind, line + 1
    return tuple(found), start, number


def _head(body: bytes, start: int, line: int) -> tuple[list[Line], bool]:
    """The first lines that are not blank, and whether these are all."""
    found: list[Line] = []
    size = 0
    for _, number, text in _lines(body, start, line):
        if len(found) > 3 and (len(found) > SAMPLE or size > _SAMPLE_CHARACTERS):
            return found, False
        if text.strip() and not (found and text.lstrip().startswith("#")):
            found.append((number, text))
            size += len(text)
    return found, True


def _delimiter(lines: Sequence[str]) -> str:
    """Picks the delimiter that cuts most lines into equally many cells and most cells into numbers."""
    scores = {delimiter: _score(lines, delimiter) for delimiter in _DELIMITERS}
    best = max(scores, key=lambda delimiter: scores[delimiter])  # the first of equals
    return best if scores[best] > 0 else ","


def _score(lines: Sequence[str], delimiter: str) -> float:
    try:
        rows = [row for row in _reader((_tabbed(line, delimiter) for line in lines), delimiter) if any(row)]
    except csv.Error:
        return 0.0
    width = common_width(rows) if rows else 0
    if width < 2:
        return 0.0
    often = sum(len(row) == width for row in rows)
    cells = [cell.strip() for row in rows for cell in row]
    numbers = sum(is_number(cell, "." if delimiter == "," else "") for cell in cells)
    return often / len(rows) + numbers / max(len(cells), 1)


def _tabbed(line: str, delimiter: str) -> str:
    """Runs of white space become one tab, for readers that know single delimiters only."""
    return "\t".join(_CELL_OF_WORDS.findall(line)) if delimiter == " " else line


def _reader(lines: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    return csv.reader(lines, delimiter="\t" if delimiter == " " else delimiter, skipinitialspace=True)


def _rows(lines: Sequence[Line], delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yields the line each row begins on and its trimmed cells. A quoted cell may run over several lines."""
    reader = csv.reader(
        (f"{_tabbed(text, delimiter)}\n" for _, text in lines),
        delimiter="\t" if delimiter == " " else delimiter,
        skipinitialspace=True,
    )
    begin = 0
    try:
        for row in reader:
            yield lines[begin][0], [cell.strip() for cell in row]
            begin = reader.line_num
    except csv.Error as error:
        line = lines[min(begin, len(lines) - 1)][0]
        raise DataError(f"Cells are short texts, but line {line} of {name} cannot be cut ({error}).") from None


def _head_rows(head: Sequence[Line], delimiter: str, name: str, is_whole: bool) -> tuple[list[list[str]], list[int]]:
    found = [(line, row) for line, row in _rows(head, delimiter, name) if any(row)]
    found = found if is_whole or len(found) < 2 else found[:-1]  # the last may go on below
    return [row for _, row in found] or [[""]], [line for line, _ in found] or [head[0][0]]


def _decimal_commas(rows: list[list[str]], delimiter: str, width: int) -> tuple[str, list[list[str]], int]:
    """A header of one name above "1,5", "2,25": one column with decimal commas, not two."""
    is_named = delimiter == "," and width == 2 and len(rows[0]) == 1 and rows[0][0] and len(rows) > 1
    if is_named and all(len(row) == 2 and row[0].lstrip("+-").isdigit() and row[1].isdigit() for row in rows[1:]):
        return ";", [rows[0], *([",".join(row)] for row in rows[1:])], 1
    return delimiter, rows, width


def _joined_header(rows: list[list[str]], head: Sequence[Line], width: int) -> list[list[str]]:
    """Cuts a header at white space so that it fits the data: "time (s)" is one name."""
    if len(rows[0]) <= width:
        return rows
    fitting = [cut for cut in word_cuts(head[0][1]) if len(cut) == width]
    return [fitting[0], *rows[1:]] if fitting else rows


def _check_header(rows: Sequence[Sequence[str]], lines: Sequence[int], layout: Layout, name: str) -> None:
    """Refuses a header of another length than the data; empty cells at the end are no difference."""
    if layout.header is None or layout.header_at is None:
        return
    given, data = rows[layout.header_at], rows[layout.first :]
    cut_off, lacking = any(given[layout.width :]), range(len(given), layout.width)
    is_row_names = len(lacking) == 1 and layout.header[0] == "" and layout.header[1:] == tuple(given)
    if cut_off or (not is_row_names and any(len(row) > k and row[k] for row in data for k in lacking)):
        other = lines[layout.first] if layout.first < len(lines) else lines[-1]
        raise _ragged(lines[layout.header_at], len(given), layout.width, other, name)


def _ragged(line: int, fields: int, width: int, like: int, name: str) -> DataError:
    found, advice = counted(fields, "field"), f"Mend this line of {name}."
    return DataError(f"Line {line} has {found}, but {width} are expected, as in line {like}. {advice}")


def _grid(body: bytes, begin: _Begin, layout: Layout, delimiter: str, name: str) -> Grid:
    """Cuts the data rows by Arrow where the text is regular, else row by row with the line of every fault."""
    cells, lines, notes = _cut_fast(body, begin, layout, delimiter) or _cut_carefully(
        body, begin, layout, delimiter, name
    )
    check_size(len(lines), layout.width, name)
    header = layout.header or ("",) * layout.width
    units = layout.units or ("",) * layout.width
    columns = (
        Column(heading, column, unit or None) for heading, unit, column in zip(header, units, cells, strict=True)
    )
    return Grid(tuple(columns), lines, "", notes=notes)


Cut = tuple[list[Texts], NDArray[np.intp], tuple[str, ...]]


def _cut_fast(body: bytes, begin: _Begin, layout: Layout, delimiter: str) -> Cut | None:
    """Cuts by Arrow's reader; None where the text has comments, quotes over lines, or ragged rows."""
    if layout.width < 2 or _is_irregular(body, start := _offset(body, begin), delimiter):
        return None
    data = pa.py_buffer(body).slice(start)
    if delimiter == " ":
        data = pa.py_buffer(b"\n".join(b"\t".join(line.split()) for line in body[start:].split(b"\n")))
    names = [str(k) for k in range(layout.width)]
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(data),
            arrow_csv.ReadOptions(column_names=names, block_size=2**24),
            arrow_csv.ParseOptions(delimiter="\t" if delimiter == " " else delimiter),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid:
        return None
    lines = _filled_lines(body, data, begin, table.num_rows)
    if table.num_rows != len(lines):
        return None
    cells = table.columns
    if not body.isascii() or b" " in body or b"\t" in body:
        cells = [pc.utf8_trim_whitespace(column) for column in cells]
    return cells, lines, ()


def _offset(body: bytes, begin: _Begin) -> int:
    """The byte at which the first data row starts."""
    offset = begin.byte
    for _ in range(begin.data - begin.line):
        offset = body.index(b"\n", offset) + 1
    return offset


def _is_irregular(body: bytes, start: int, delimiter: str) -> bool:
    """Tells what Arrow's reader would take otherwise: comments, quotes behind a blank, other line breaks."""
    if b"\f" in body or b"\v" in body or (b"#" in body and (b"\n#" in body or b"\n #" in body)):
        return True
    return body.find(b'"', start) >= 0 and (delimiter == " " or b'" ' in body or b' "' in body)


def _filled_lines(body: bytes, data: pa.Buffer, begin: _Begin, rows: int) -> NDArray[np.intp]:
    """The numbers of the lines that are not blank; `rows` of them are expected."""
    if body.count(b"\n", _offset(body, begin)) + (not body.endswith(b"\n")) == rows:  # the fast way: none is blank
        return np.arange(begin.data, begin.data + rows)
    ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord("\n"))
    ends = ends if body.endswith(b"\n") else np.append(ends, len(data))
    return np.flatnonzero(np.diff(ends, prepend=-1) > 1) + begin.data


def _cut_carefully(body: bytes, begin: _Begin, layout: Layout, delimiter: str, name: str) -> Cut:
    numbered = [
        (line, text) for _, line, text in _lines(body, begin.byte, begin.line) if line >= begin.data and text.strip()
    ]
    skipped = [line for line, text in numbered if text.lstrip().startswith("#")]
    left_out = set(skipped)
    numbered = [(line, text) for line, text in numbered if line not in left_out]
    if body.count(b'"') % 2:
        numbered = _closed(numbered, delimiter, name)
    rows: list[list[str]] = []
    lines: list[int] = []
    for line, row in _rows(numbered, delimiter, name):
        if len(row) != layout.width:
            if not any(row):
                continue
            if len(row) < layout.width or any(row[layout.width :]):
                raise _ragged(line, len(row), layout.width, begin.header, name)
        rows.append(row[: layout.width])
        lines.append(line)
    cells = [texts(column) for column in zip(*rows, strict=True)] or [texts(())] * layout.width
    note = f"Skipped {counted(len(skipped), 'comment')} among the rows (lines {listed(skipped)})." if skipped else ""
    return cells, np.array(lines, dtype=np.intp), (note,) if note else ()


def _closed(lines: list[Line], delimiter: str, name: str) -> list[Line]:
    """Raises DataError where a cell opens a quote that nothing closes."""
    begin = 0
    reader = csv.reader((f"{text}\n" for _, text in lines), delimiter="\t" if delimiter == " " else delimiter,
                        skipinitialspace=True, strict=True)  # fmt: skip
    try:
        for _ in reader:
            begin = reader.line_num
    except csv.Error as error:
        if "unexpected end" in str(error):
            line = lines[min(begin, len(lines) - 1)][0]
            found = f"the one opened in line {line} of {name} is never closed"
            raise DataError(f"Quotes come in pairs, but {found}. Close or remove it.") from None
    return lines

"""From a file's bytes to a rectangle of texts: encoding, delimiter, decimal sign, header, lines."""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datasets._errors import DataError, counted

MAX_BYTES = 100 * 2**20
MAX_ROWS = 2_000_000
MAX_COLUMNS = 1000
_SAMPLE = 100  # lines looked at to guess the layout

TableSource = str | os.PathLike[str] | bytes | bytearray | IO[Any]

_MARKS = {  # byte order marks, the longer first
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_FOREIGN = {  # how other kinds of files begin
    b"PK\x03\x04": "an Excel workbook or a zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x1f\x8b": "a compressed file",
    b"\x89HDF": "an HDF5 file",
    b"PAR1": "a Parquet file",
}
_DELIMITERS = {"\t": "tab", ";": "semicolon", "|": "bar", ",": "comma", " ": "white space"}  # in order of preference
_CELL_OF_WORDS = re.compile(r'"(?:[^"]|"")*"|\S+')
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_COMMA_NUMBER = re.compile(r"[+-]?(?:\d+,\d+|,\d+)(?:[eE][+-]?\d+)?")
MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "-", "--", "?", "."})


@dataclass(frozen=True, eq=False)
class TextTable:
    """The cells of a file as texts, with the line of the file each row came from (counted from 1)."""

    cells: list[NDArray[np.object_]]  # one array a column
    header: tuple[str, ...] | None
    lines: NDArray[np.intp]
    comments: tuple[str, ...]
    encoding: str
    delimiter: str
    decimal: str


def read_text(source: TableSource, name: str) -> tuple[str, TextTable]:
    """Reads a path, bytes or a file; returns its name and its cells.

    Raises:
        DataError: the file is missing, too large, empty, binary, ragged, or has only a header.
    """
    content, title = _content(source, name)
    name = f"'{title}'" if title else "the table"
    if len(content) > MAX_BYTES:
        raise DataError(f"A table has at most {MAX_BYTES >> 20} MiB, but {name} has more. Thin it out.")
    text, encoding = (content, "text") if isinstance(content, str) else _decoded(content, name)
    lines = [(k, line) for k, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1) if line.strip()]
    comments = _comments(lines)
    lines = lines[len(comments) :]
    if not lines:
        raise DataError(f"A table has rows, but {name} is empty. Choose a file with data.")
    delimiter = _delimiter([line for _, line in lines[:_SAMPLE]])
    lines = [(k, _tabbed(line, delimiter)) for k, line in lines if line.strip(delimiter + " ")]
    separator = "\t" if delimiter == " " else delimiter
    numbers = _checked_rows(lines, separator, name)
    cells = _cells("\n".join(line for _, line in lines), separator, name)
    decimal = _decimal(cells, delimiter)
    header = _header(cells, decimal)
    if header is not None:
        cells, numbers = [column[1:] for column in cells], numbers[1:]
    if not len(numbers):
        raise DataError(f"A table has rows below its header, but {name} has only a header. Add the data.")
    return title, TextTable(cells, header, numbers, comments, encoding, _DELIMITERS[delimiter], decimal)


def _content(source: TableSource, name: str) -> tuple[bytes | str, str]:
    if isinstance(source, bytes | bytearray):
        content: bytes | str = bytes(source)
    elif isinstance(source, str | os.PathLike):
        content = _file_bytes(source)
        name = name or Path(source).name
    elif hasattr(source, "read"):
        content = source.read(MAX_BYTES + 1)
        name = name or Path(str(getattr(source, "name", ""))).name
    else:
        raise DataError(f"A table is read from a path, bytes or a file, but a {type(source).__name__} came.")
    return content, name


def _file_bytes(path: str | os.PathLike[str]) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise DataError(f"A table is a file that exists, but there is no '{path}'. Check the path.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"A table is a file that can be read, but '{path}' cannot: {reason}. Check the path.") from None


def _decoded(content: bytes, name: str) -> tuple[str, str]:
    """Tries the byte order mark, UTF-8, UTF-16 without a mark, then Windows' and ISO's Latin-1."""
    for start, kind in _FOREIGN.items():
        if content.startswith(start):
            raise DataError(f"A table is text, but {name} looks like {kind}. Save it as CSV.")
    marked = [encoding for mark, encoding in _MARKS.items() if content.startswith(mark)]
    zeros = content[:4096].count(0)
    unmarked = ["utf-16-le" if content[1:4096:2].count(0) > zeros / 2 else "utf-16-be"] if zeros else []
    for encoding in marked or unmarked or ["utf-8", "cp1252", "latin-1"]:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not _is_binary(text):
            return text, encoding
    raise DataError(f"A table is text, but {name} is binary or in an unknown encoding. Save it as CSV in UTF-8.")


def _is_binary(text: str) -> bool:
    return any((character < " " and character not in "\t\n\r\f\v") or character == "\x7f" for character in set(text))


def _comments(lines: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    found: list[str] = []
    for _, line in lines:
        if not line.lstrip().startswith("#"):
            break
        found.append(line.lstrip().lstrip("#").strip())
    return tuple(found)


def _tabbed(line: str, delimiter: str) -> str:
    """Runs of white space become one tab, for readers that know single delimiters only."""
    return "\t".join(_CELL_OF_WORDS.findall(line)) if delimiter == " " else line


def _reader(lines: Iterator[str], separator: str) -> Iterator[list[str]]:
    return csv.reader(lines, delimiter=separator, skipinitialspace=True)


def _delimiter(lines: Sequence[str]) -> str:
    """Picks the delimiter that cuts most lines into equally many cells and most cells into numbers."""
    scores = {delimiter: _score(lines, delimiter) for delimiter in _DELIMITERS}
    best = max(scores, key=lambda delimiter: scores[delimiter])  # the first of equals
    return best if scores[best] > 0 else ","


def _score(lines: Sequence[str], delimiter: str) -> float:
    try:
        rows = list(_reader((_tabbed(line, delimiter) for line in lines), "\t" if delimiter == " " else delimiter))
    except csv.Error:
        return 0.0
    width, often = Counter(map(len, rows)).most_common(1)[0]
    if width < 2:
        return 0.0
    cells = [cell.strip() for row in rows for cell in row]
    is_number = [_is_number(cell, "." if delimiter == "," else "") for cell in cells]
    return often / len(rows) + sum(is_number) / max(len(cells), 1)


def _is_number(cell: str, decimal: str) -> bool:
    """Tells whether a text is a number, with the decimal sign given or (for "") either."""
    point = decimal != "," and _NUMBER.fullmatch(cell) is not None
    return point or (decimal != "." and (_COMMA_NUMBER.fullmatch(cell) or re.fullmatch(r"[+-]?\d+", cell)) is not None)


def _checked_rows(lines: Sequence[tuple[int, str]], separator: str, name: str) -> NDArray[np.intp]:
    """Checks that every row has as many cells as the first; returns the line of the file each begins on."""
    reader = csv.reader((f"{line}\n" for _, line in lines), delimiter=separator, skipinitialspace=True)
    starts: list[int] = []
    width = 0
    begin = 0
    try:
        for row in reader:
            width = width or len(row)
            line = lines[begin][0]
            if len(row) != width:
                fields, first = counted(len(row), "field"), lines[0][0]
                advice = f"Mend this line of {name}."
                raise DataError(f"Line {line} has {fields}, but {width} are expected, as in line {first}. {advice}")
            starts.append(line)
            begin = reader.line_num
    except csv.Error as error:
        raise DataError(
            f"Cells are short texts, but line {lines[begin][0]} of {name} cannot be cut ({error})."
        ) from None
    if width > MAX_COLUMNS or len(starts) > MAX_ROWS:
        size = f"{len(starts)} rows of {width}"
        raise DataError(
            f"A table has at most {MAX_ROWS} rows of {MAX_COLUMNS} cells, but {name} has {size}. Thin it out."
        )
    return np.array(starts, dtype=np.intp)


def _cells(body: str, separator: str, name: str) -> list[NDArray[np.object_]]:
    try:
        frame = pd.read_csv(
            io.StringIO(body),
            sep=separator,
            header=None,
            dtype=object,
            na_filter=False,
            skipinitialspace=True,
            engine="c",
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise DataError(f"A table has equally long rows, but {name} cannot be read ({error}).") from None
    columns = [frame[k].to_numpy(dtype=object) for k in frame]
    return [np.array([cell.strip() for cell in column], dtype=object) for column in columns]


def _decimal(cells: Sequence[NDArray[np.object_]], delimiter: str) -> str:
    """Decides for the comma where it is in numbers and no number has a point."""
    if delimiter == ",":
        return "."
    looked_at = [cell for column in cells for cell in column[:_SAMPLE]]
    commas = any(_COMMA_NUMBER.fullmatch(cell) for cell in looked_at)
    return "," if commas and not any("." in cell and _NUMBER.fullmatch(cell) for cell in looked_at) else "."


def _header(cells: Sequence[NDArray[np.object_]], decimal: str) -> tuple[str, ...] | None:
    """Takes the first row for a header where it puts text on top of numbers, or has no number at all."""
    first = [column[0] for column in cells]
    is_text = [not _is_number(cell, decimal) and cell.casefold() not in MISSING for cell in first]
    on_numbers = [_mostly_numbers(column[1 : _SAMPLE + 1], decimal) for column in cells]
    contrast = any(text and below for text, below in zip(is_text, on_numbers, strict=True))
    return tuple(first) if contrast or not any(_is_number(cell, decimal) for cell in first) else None


def _mostly_numbers(cells: NDArray[np.object_], decimal: str) -> bool:
    present = [cell for cell in cells if cell.casefold() not in MISSING]
    return 2 * sum(_is_number(cell, decimal) for cell in present) > len(present)

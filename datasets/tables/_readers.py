"""Which kind of file it is, told by its first bytes, and the reader for it. Nothing in a file is run or unpickled."""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from datasets._errors import DataError
from datasets.tables._grid import MAX_BYTES, Grid, TableSource, check_unpacked
from datasets.tables._text import read_text

MAX_MEMBERS = 10_000


@dataclass(frozen=True)
class _Source:
    """What a reader gets: the bytes, what to call the file in messages, and the sheet asked for."""

    content: bytes
    name: str
    sheet: str | None


def read_grid(source: TableSource, name: str = "", sheet: str | None = None) -> tuple[str, Grid]:
    """Reads a path, bytes or an open file of any known kind; returns its title and its cells.

    Raises:
        DataError: the file is missing, too large, of another kind, or broken.
    """
    content, title = _content(source, name)
    name = f"'{title}'" if title else "the table"
    if len(content) > MAX_BYTES:
        raise DataError(f"A table has at most {MAX_BYTES >> 20} MiB, but {name} has more. Thin it out.")
    if isinstance(content, str):
        return title, _read_any_text(content, _Source(b"", name, sheet))
    for start, read in _READERS.items():
        if content.startswith(start):
            return title, read(_Source(content, name, sheet))
    for start, (kind, advice) in _REFUSED.items():
        if content.startswith(start):
            raise DataError(f"A table is text or a workbook, but {name} looks like {kind}. {advice}")
    return title, _read_any_text(content, _Source(content, name, sheet))


def _content(source: TableSource, name: str) -> tuple[bytes | str, str]:
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source), name
    if isinstance(source, str | os.PathLike):
        return _file_bytes(source), name or Path(source).name
    if hasattr(source, "read"):
        content: bytes | str = source.read(MAX_BYTES + 1)
        return content, name or Path(str(getattr(source, "name", ""))).name
    raise DataError(f"A table is read from a path, bytes or a file, but a {type(source).__name__} came.")


def _file_bytes(path: str | os.PathLike[str]) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise DataError(f"A table is a file that exists, but there is no '{path}'. Check the path.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"A table is a file that can be read, but '{path}' cannot: {reason}. Check the path.") from None


def _read_any_text(content: bytes | str, source: _Source) -> Grid:
    start = content[:1000].decode("latin-1") if isinstance(content, bytes) else content[:1000]
    start = start.removeprefix("ï»¿").lstrip().lower()
    if start.startswith(("<!doctype html", "<html", "<head", "<body", "<script")):
        advice = "Perhaps it is the page of a login or an error: download the file again."
        raise DataError(f"A table is text or a workbook, but {source.name} is a web page. {advice}")
    if start.startswith("<?xml"):
        raise DataError(f"A table is text or a workbook, but {source.name} is XML. Save it as CSV.")
    if start.startswith(("{", "[")):
        from datasets.tables._json import read_json

        grid = read_json(content, source.name)
        if grid is not None:
            return grid
    return read_text(content, source.name)


def _read_zip(source: _Source) -> Grid:
    """A workbook or an archive of arrays, by what is inside; refused where the sizes declared are beyond the limit."""
    try:
        with zipfile.ZipFile(io.BytesIO(source.content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError, NotImplementedError):
        raise DataError(
            f"A workbook is a complete file, but {source.name} is broken. Download or save it again."
        ) from None
    names = {member.filename for member in members}
    if len(members) > MAX_MEMBERS:
        raise DataError(f"A packed table has at most {MAX_MEMBERS} parts, but {source.name} has {len(members)}.")
    if any(member.flag_bits & 1 for member in members):
        raise DataError(f"A table is open to read, but {source.name} has a password. Save it without one.")
    check_unpacked(sum(member.file_size for member in members), source.name)
    if "[Content_Types].xml" in names and any(name.endswith("workbook.xml") for name in names):
        from datasets.tables._excel import read_workbook

        return read_workbook(source.content, source.name, source.sheet)
    if names and all(name.endswith(".npy") for name in names):
        from datasets.tables._numpy import read_archive

        return read_archive(source.content, source.name)
    kind, advice = next(
        (found for mark, found in _ZIPPED.items() if any(name.endswith(mark) for name in names)),
        ("a zip archive", "Unpack it and choose the table inside."),
    )
    raise DataError(f"A table is text or a workbook, but {source.name} looks like {kind}. {advice}")


def _read_array(source: _Source) -> Grid:
    from datasets.tables._numpy import read_array

    return read_array(source.content, source.name)


def _read_parquet(source: _Source) -> Grid:
    from datasets.tables._parquet import read_parquet

    return read_parquet(source.content, source.name)


_READERS: dict[bytes, Callable[[_Source], Grid]] = {
    b"PK\x03\x04": _read_zip,
    b"PK\x05\x06": _read_zip,  # an empty archive
    b"\x93NUMPY": _read_array,
    b"PAR1": _read_parquet,
}
_SAVE = "Save it as CSV."
_UNPACK = "Unpack it first."
_ZIPPED = {
    "xl/workbook.bin": ("a binary Excel workbook (.xlsb)", "Save it as .xlsx or CSV."),
    "word/document.xml": ("a Word document", "Put its table into a workbook, and save that as .xlsx or CSV."),
    "content.xml": ("an OpenDocument file", "Save it as .xlsx or CSV."),
}
_REFUSED = {  # how other kinds of files begin
    b"\xd0\xcf\x11\xe0": (
        "an old Excel workbook (.xls) or one with a password",
        "Save it as .xlsx without one, or as CSV.",
    ),
    b"%PDF": ("a PDF", "Copy its table into a workbook, and save that as .xlsx or CSV."),
    b"\x89PNG": ("a picture", "Choose the file with the numbers."),
    b"\xff\xd8\xff": ("a picture", "Choose the file with the numbers."),
    b"GIF8": ("a picture", "Choose the file with the numbers."),
    b"\x1f\x8b": ("a compressed file", _UNPACK),
    b"BZh": ("a compressed file", _UNPACK),
    b"\xfd7zXZ": ("a compressed file", _UNPACK),
    b"\x28\xb5\x2f\xfd": ("a compressed file", _UNPACK),
    b"7z\xbc\xaf": ("a compressed file", _UNPACK),
    b"\x89HDF": ("an HDF5 file", _SAVE),
    b"CDF\x01": ("a netCDF file", _SAVE),
    b"CDF\x02": ("a netCDF file", _SAVE),
    b"SIMPLE  =": ("a FITS file", _SAVE),
    b"MATLAB 5.0": ("a MATLAB file", _SAVE),
    b"ARROW1": ("a Feather file", "Save it as Parquet or CSV."),
    b"SQLite format": ("a database", "Save the table from it as CSV."),
    b"{\\rtf": ("a text document with formatting", "Save it as plain text."),
    b"\x80\x02": ("a Python pickle", "A pickle can run code and is never opened: save the table as CSV or .npz."),
    b"\x80\x03": ("a Python pickle", "A pickle can run code and is never opened: save the table as CSV or .npz."),
    b"\x80\x04": ("a Python pickle", "A pickle can run code and is never opened: save the table as CSV or .npz."),
    b"\x80\x05": ("a Python pickle", "A pickle can run code and is never opened: save the table as CSV or .npz."),
    b"\x7fELF": ("a program", "Choose the file with the numbers."),
    b"MZ\x90": ("a program", "Choose the file with the numbers."),
}  # fmt: skip

"""Files that can be trusted with numbers: a zip of named members, stored as they are, and strict JSON. Never a pickle.

Without compression equal content gives equal bytes everywhere, and no small file can unpack to a large one; the zip's
checksums catch damage. Imports no torch. Formats: PKWARE's APPNOTE.TXT 6.3.10; safetensors, whose loader checks every
offset against the data before it is used (https://github.com/huggingface/safetensors).
"""

from __future__ import annotations

import io
import json
import os
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from safetensors import SafetensorError

DATE = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip knows: a file does not tell when it was saved

# What zipfile, json and safetensors raise at bytes that are no such file.
MALFORMED = (
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


def sealed(members: Mapping[str, bytes]) -> bytes:
    """The bytes of one file with these members, in their order."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, DATE)
            entry.create_system, entry.external_attr = 3, 0o600 << 16  # the same on every system
            archive.writestr(entry, content)
    return packed.getvalue()


def opened(data: bytes, suits: Callable[[list[str]], bool]) -> dict[str, bytes]:
    """The members of such a file, whose names and sizes are checked before anything is read.

    Raises one of `MALFORMED`, a ValueError with the reason where the rule is ours.
    """
    if not (data.startswith(b"PK\x03\x04") and data[-22:].startswith(b"PK\x05\x06")):
        raise ValueError("it does not begin and end as a zip does")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        names = [entry.filename for entry in entries]
        if len(set(names)) < len(names) or not suits(names):
            raise ValueError(f"it holds {', '.join(map(repr, names[:5]))}, which is not what such a file holds")
        if entries[0].header_offset:
            raise ValueError("something stands before it")
        for entry in entries:
            if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size:
                raise ValueError(f"{entry.filename} is compressed")
            if entry.file_size > len(data):
                raise ValueError(f"{entry.filename} says that it is larger than the file")
        return {entry.filename: archive.read(entry) for entry in entries}  # checks their CRC-32


def said(error: BaseException) -> str:
    """What is wrong with a malformed file, in one line."""
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


def parsed(text: bytes) -> Any:
    """The value of a JSON text. Raises ValueError at the NaN and Infinity that Python's parser would let pass."""
    return json.loads(text, parse_constant=_refuse)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")


def write(path: str | os.PathLike[str], data: bytes, raises: type[ValueError]) -> None:
    """Puts bytes into a file, whole or not at all."""
    place = Path(path)
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        part.write_bytes(data)
        part.replace(place)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise raises(f"{place} cannot be written: {error.strerror}.") from error


def read(path: str | os.PathLike[str], largest: int, raises: type[ValueError]) -> bytes:
    """The bytes of a file; of one that is too large, one more than `largest`."""
    try:
        with Path(path).open("rb") as file:
            return file.read(largest + 1)
    except OSError as error:
        raise raises(f"{path} cannot be read: {error.strerror}.") from error

"""Bytes of a text file as UTF-8, whatever they were."""

from __future__ import annotations

import codecs

from datasets._errors import DataError

_MARKS = {  # byte order marks
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_CONTROL = bytes({*range(32), 127} - set(b"\t\n\r\f\v"))


def utf8(content: bytes, name: str) -> tuple[bytes, str]:
    """Tries the byte order mark, UTF-8, UTF-16 without a mark, then Windows' and ISO's Latin-1."""
    marked = [encoding for mark, encoding in _MARKS.items() if content.startswith(mark)]
    zeros = content[:4096].count(0)
    is_wide = 5 * zeros > len(content[:4096])  # of Latin letters in UTF-16 every second byte is zero
    unmarked = ["utf-16-le" if content[1:4096:2].count(0) > zeros / 2 else "utf-16-be"] if is_wide else []
    if not marked and not is_wide and content.isascii():
        return _checked_text(content, name), "utf-8"
    for encoding in marked or unmarked or ["utf-8", "cp1252", "latin-1"]:
        try:
            return _checked_text(content.decode(encoding).encode(), name), encoding
        except UnicodeError:
            continue
    raise DataError(f"A table is text, but {name} is binary or in an unknown encoding. Save it as CSV in UTF-8.")


def _checked_text(body: bytes, name: str) -> bytes:
    """Lets text pass; names the first NUL of what is otherwise text."""
    found = [code for code in _CONTROL if code in body]
    if found == [0]:
        line = body.count(b"\n", 0, body.index(0)) + 1
        raise DataError(
            f"A table is text, but {name} has NUL bytes, first in line {line}. Remove them or save it anew."
        )
    if found:
        raise DataError(f"A table is text, but {name} is binary or in an unknown encoding. Save it as CSV in UTF-8.")
    return body

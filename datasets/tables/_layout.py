"""Where a table's parts are: titles, header, units and data, told from the first rows of cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from datasets.tables._numbers import decimal_sign, is_missing, is_number

SAMPLE = 100  # rows looked at

Row = Sequence[str]

# Symbols as people write them under a header; what they mean is for others to say.
_SYMBOL = (
    r"(?:[fpnuµμmckMGTdh]?(?:m|s|g|A|K|N|J|W|V|F|Hz|Pa|eV|mol|L|l|Ω|Ohm|ohm|T|C|H|S|rad|bar|cal|Wb|lm|lx|cd|Bq|Sv|Gy|sr)"
    r"|min|hr?|hours?|d|days?|yr|years?|a|sec|seconds?|degC?|°[CF]?|%|‰|ppm|ppb|AU|au|pc|ly|kpc|Mpc|Å|t|u|Da|atm|mmHg|Torr"
    r"|psi|ft|in|lb|mi|mph|rpm|dB|arb\.|a\.u\.|arb\. units?|counts|1|-|–|—|[€$£])"
)
_POWER = r"(?:\^?\(?[-+−]?\d+(?:[./]\d+)?\)?|[⁻⁺]?[¹²³⁴⁵⁶⁷⁸⁹⁰]+)?"
_ONE_UNIT = rf"(?:10\^[-+]?\d+\s*)?{_SYMBOL}{_POWER}"
_UNIT = re.compile(rf"\(?{_ONE_UNIT}(?:\s*[*/·. ]\s*\(?{_ONE_UNIT}\)?)*\)?")
_BRACKETED = re.compile(r"\[[^\[\]]*\]|\([^()]*\)")
_RULE = re.compile(r":?[-=]{2,}:?")
_LIKE_DATA = re.compile(
    r"[(<>~≈≤≥$€£+\-\u2212]*\s*\d+(?:[.,]\d+)*\s*(?:[%°€$£]|[A-Za-zµ]{1,3})?\)?|\d{1,4}[-/.:]\d{1,2}[-/.:]\d.*"
)


@dataclass(frozen=True)
class Layout:
    """The parts of a table: rows[:first] are titles, header and units; the data follow, `width` cells in a row."""

    first: int
    width: int
    decimal: str
    header: tuple[str, ...] | None = None
    header_at: int | None = None
    units: tuple[str, ...] = ()
    titles: int = 0


def find_layout(rows: Sequence[Row], width: int, delimiter: str = "", comments: Sequence[str] = ()) -> Layout:
    """Finds the parts from the first rows, trimmed cells each.

    Titles are leading rows that stay in the left half of the table and hold no number, or a row of merged groups above
    the names. The header is the first row after them where it puts text on top of numbers or holds nothing like data;
    else the last comment that has as many words as the data have cells (as numpy.savetxt writes it). The units are a
    row of unit symbols below the header.
    """
    titles = _titles(rows, width)
    body = [_fitted(row, width) for row in rows[titles : titles + SAMPLE]]
    decimal = decimal_sign((cell for row in body for cell in row), delimiter)
    if _is_grouping(body, decimal):
        titles, body = titles + 1, body[1:]
    if not _is_header(body, decimal):
        header, units = _from_comments(comments, width, delimiter)
        return Layout(titles, width, decimal, header, None, units, titles)
    header = tuple(body[0])
    if 0 < len(rows[titles]) == width - 1 and _counts_or_names([row[0] for row in body[1:]], decimal):
        header = ("", *rows[titles])  # as R writes row names
    first = titles + 1
    if len(body) > 1 and _is_rule(body[1]):
        first, body = first + 1, body[1:]
    units = tuple(body[1]) if len(body) > 1 and _is_units(body[1], body[2:], decimal) else ()
    return Layout(first + bool(units), width, decimal, header, titles, units, titles)


def common_width(rows: Sequence[Row]) -> int:
    """Returns the number of cells that most rows have; the larger of equals."""
    counts = Counter(len(row) for row in rows)
    return max(counts, key=lambda width: (counts[width], width))


def _titles(rows: Sequence[Row], width: int) -> int:
    """Counts the leading rows that are titles."""
    found = 0
    for row in rows[: len(rows) - 1]:
        extent = max((k for k, cell in enumerate(row, start=1) if cell), default=0)
        if 2 * extent > width or (len(row) == width and any(is_number(cell) for cell in row)):
            break
        found += 1
    return found


def _filled(row: Row) -> int:
    return sum(bool(cell) for cell in row)


def _fitted(row: Row, width: int) -> list[str]:
    """Cuts cells beyond the width, and fills up to it."""
    return [*row[:width], *[""] * (width - len(row))]


def _from_comments(
    comments: Sequence[str], width: int, delimiter: str
) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """Names, and units where a last comment of nothing but units follows them."""
    cuts = [next((cut for cut in _cuts(line, delimiter) if len(cut) == width), ()) for line in comments[-2:]]
    names = [tuple(cut) for cut in cuts if cut and any(cut) and not _has_data(cut)]
    if len(names) == 2 and all(is_unit(cell) for cell in names[1]) and not all(is_unit(cell) for cell in names[0]):
        return names[0], names[1]
    return (names[-1] if names and cuts[-1] else None), ()


def _cuts(line: str, delimiter: str) -> Iterator[list[str]]:
    for sign in dict.fromkeys([delimiter.strip() or "\t", "\t", ",", ";"]):
        yield [cell.strip() for cell in line.split(sign)]
    yield from word_cuts(line)


def word_cuts(line: str) -> Iterator[list[str]]:
    """The ways to cut a header at white space: at every space, with brackets kept to their name, at wide gaps."""
    yield line.split()
    yield [cell.replace("\0", " ") for cell in re.sub(r"\s+(?=[\[(])", "\0", line).split()]
    yield re.split(r"\s{2,}|\t", line.strip())


def _is_header(body: Sequence[Row], decimal: str) -> bool:
    return _has_contrast(body, decimal) or not _has_data(body[0])


def _has_contrast(body: Sequence[Row], decimal: str) -> bool:
    """Tells whether the first row puts a text on top of numbers."""
    return any(
        not is_number(first, decimal) and not is_missing(first) and _mostly_numbers(below, decimal)
        for first, *below in zip(*body, strict=True)
    )


def _is_grouping(body: Sequence[Row], decimal: str) -> bool:
    """Tells a row of merged groups above the names: fewer cells filled than in the header below it."""
    if len(body) < 3 or _filled(body[0]) >= _filled(body[1]) or _has_data(body[0]):
        return False
    return _has_contrast(body[1:], decimal)


def _has_data(row: Row) -> bool:
    return any(is_number(cell) or _LIKE_DATA.fullmatch(cell) for cell in row)


def _mostly_numbers(cells: Sequence[str], decimal: str) -> bool:
    present = [cell for cell in cells if not is_missing(cell)]
    return 2 * sum(is_number(cell, decimal) for cell in present) > len(present)


def _counts_or_names(cells: Sequence[str], decimal: str) -> bool:
    """Tells row names: texts throughout, or 1, 2, 3, …"""
    counted = list(cells) == [str(k + 1) for k in range(len(cells))]
    return counted or not any(is_number(cell, decimal) or is_missing(cell) for cell in cells)


def _is_rule(row: Row) -> bool:
    """Tells a line drawn below the header, as Markdown has it."""
    return any(row) and all(_RULE.fullmatch(cell) for cell in row if cell)


def _is_units(row: Row, below: Sequence[Row], decimal: str) -> bool:
    """Tells a row of units: no number in it, and a unit or nothing on top of every column of numbers."""
    if any(is_number(cell, decimal) for cell in row if cell != "1") or not any(row):
        return False
    columns = zip(row, *below, strict=True)
    on_top = [cell for cell, *cells in columns if below and _mostly_numbers(cells, decimal) and any(cells)]
    real = [cell for cell in on_top if not is_missing(cell) and cell != "1"]
    return bool(real) and all(is_unit(cell) for cell in real)


def is_unit(cell: str) -> bool:
    """Tells whether a cell looks like a unit: known symbols with powers, or anything short in brackets."""
    return len(cell) <= 30 and bool(_UNIT.fullmatch(cell) or _BRACKETED.fullmatch(cell))

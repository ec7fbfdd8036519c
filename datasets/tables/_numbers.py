"""Texts to numbers: what is read as it stands, with which decimal sign, and how precisely it was printed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datasets._dataset import Array
from datasets.tables._grid import Texts

_PRINTED_SAMPLE = 1000  # cells looked at for the printed precision

_WORDS = {"na", "n/a", "n.a.", "#n/a", "#na", "<na>", "nan", "-nan", "null", "nil", "none", "nat", "missing", "n.d."}
_SIGNS = {"", "-", "--", "---", "–", "—", "?", ".", "..", "...", "…"}
_EXCEL = {"#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!"}
MISSING = frozenset(_WORDS | _SIGNS | _EXCEL)

_MINUS = "\u2212\u2013"  # the minus sign proper, and the dash that typesetters take for it
_SPACES = " \u00a0\u2009\u202f"
_EXPONENT = r"(?:[eE][+-]?[0-9]+)?"
_PLAIN = {
    ".": rf"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+){_EXPONENT}",
    ",": rf"[+-]?(?:[0-9]+,?[0-9]*|,[0-9]+){_EXPONENT}",
}
_ENDLESS = r"[+-]?(?i:inf|infinity)"
_MANTISSA = re.compile(r"[+-]?([0-9]*)[.,]?([0-9]*)(?:[eEdD][+-]?[0-9]+)?")


@dataclass(frozen=True)
class Form:
    """A way to write a number beyond the plain one: which texts are meant, and what to replace in them."""

    pattern: str  # these run in Arrow (RE2) and in Python alike
    old: str
    new: str
    says: str


def _grouped(marks: str, decimal: str, called: str) -> Form:
    pattern = f"[+-]?[0-9]{{1,3}}(?:[{marks}][0-9]{{3}})+(?:[{decimal}][0-9]*)?"
    return Form(pattern, f"[{marks}]", "", f"thousands separated by {called}")


_ANY_SIGN = (
    Form(f"[{_MINUS}][0-9.,]*[0-9][.,]?(?:[eE][+-]?[0-9]+)?", f"[{_MINUS}]", "-", "typographic minus signs"),
    Form(r"[+-]?(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)[dD][+-]?[0-9]+", "[dD]", "e", "Fortran's exponents (1.5D+03)"),
    Form("[+-]?∞", "∞", "inf", "the sign ∞"),
)
_BY_SPACES = {sign: _grouped(_SPACES, sign, "spaces") for sign in ".,"}
_BY_APOSTROPHES = {sign: _grouped("'’", sign, "apostrophes") for sign in ".,"}
FORMS = {
    ".": (*_ANY_SIGN, _grouped(",", ".", "commas"), _BY_APOSTROPHES["."], _BY_SPACES["."]),
    ",": (*_ANY_SIGN, _grouped(".", ",", "points"), _BY_APOSTROPHES[","], _BY_SPACES[","]),
}
_NUMBER = {
    sign: re.compile("|".join([_PLAIN[sign], *(form.pattern for form in forms)])) for sign, forms in FORMS.items()
}


@dataclass(frozen=True, eq=False)
class Numbers:
    """A column read as numbers: NaN in gaps and at words, where the words are, and the unusual forms met."""

    values: Array
    words: NDArray[np.bool_]
    forms: tuple[str, ...] = ()


def read_numbers(cells: Texts, decimal: str = ".") -> Numbers:
    """Reads texts (trimmed, "" in gaps) as numbers. Digits of other scripts, "1_000" and "0x10" are words."""
    try:  # the common case: a column of plain numbers, read in one go
        return Numbers(_floats(_with_points(cells, decimal)), np.zeros(len(cells), dtype=np.bool_))
    except pa.ArrowInvalid:
        pass
    missing = pc.is_in(pc.utf8_lower(cells), pa.array(sorted(MISSING)))
    known = pc.or_(missing, pc.match_substring_regex(cells, f"^(?:{_PLAIN[decimal]}|{_ENDLESS})$"))
    clean, forms = cells, []
    for form in FORMS[decimal]:
        if pc.all(known).as_py():
            break
        met = pc.and_not(pc.match_substring_regex(clean, f"^(?:{form.pattern})$"), known)
        if pc.any(met).as_py():
            clean = pc.if_else(met, pc.replace_substring_regex(clean, form.old, form.new), clean)
            known = pc.or_(known, pc.match_substring_regex(clean, f"^(?:{_PLAIN[decimal]}|{_ENDLESS})$"))
            forms.append(form.says)
    clean = pc.if_else(pc.and_not(known, missing), clean, "nan")
    clean = pc.replace_substring(clean, ",", ".") if decimal == "," else clean
    return Numbers(_floats(clean), ~known.to_numpy(zero_copy_only=False), tuple(forms))


def _with_points(cells: Texts, decimal: str) -> Texts:
    """The texts with decimal points. Where a comma is the decimal sign, a point means something else: not plain."""
    if decimal == ",":
        if pc.any(pc.match_substring(cells, ".")).as_py():
            raise pa.ArrowInvalid("points beside decimal commas")
        return pc.replace_substring(cells, ",", ".")
    return cells


def _floats(cells: Texts) -> Array:
    numbers: Array = cells.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return numbers


def is_number(cell: str, decimal: str = "") -> bool:
    """Tells whether a text is a number with this decimal sign ("" for either), plain or in one of the `FORMS`."""
    return any(_NUMBER[sign].fullmatch(cell) is not None for sign in decimal or ".,")


def is_missing(cell: str) -> bool:
    """Tells whether a text stands for a gap."""
    return cell.casefold() in MISSING


def _telling(mark: str, groups: str) -> re.Pattern[str]:
    """Numbers that settle the decimal sign: groups without or before it, or not just three digits behind it."""
    return re.compile(
        rf"[+-]?(?:[0-9]{{1,3}}(?:{groups}[0-9]{{3}}){{2,}}|[0-9]{{1,3}}(?:(?:{groups}|['’{_SPACES}])[0-9]{{3}})+{mark}[0-9]*"
        rf"|[0-9]*{mark}(?:[0-9]{{1,2}}|[0-9]{{4,}})|0*{mark}[0-9]+|[0-9]{{4,}}{mark}[0-9]*|[0-9]+{mark}"
        rf"|[0-9]+{mark}[0-9]*(?=[eEdD]))(?:[eEdD][+-]?[0-9]+)?"
    )


_TELLING = {".": _telling(r"\.", ","), ",": _telling(",", r"\.")}
_OPEN_COMMA = re.compile(r"[+-]?[0-9]{1,3},[0-9]{3}")
_OPEN_POINT = re.compile(r"[+-]?[0-9]{1,3}\.[0-9]{3}")


def decimal_sign(cells: Iterable[str], delimiter: str = "") -> str:
    """Decides between point and comma by the majority of the numbers that tell them apart.

    Where nothing but "1,234" came, commas are thousands if they also cut the cells, else decimals.
    """
    cells = list(cells)
    points, commas = (sum(_TELLING[sign].fullmatch(cell) is not None for cell in cells) for sign in ".,")
    if points or commas:
        return "," if commas > points else "."
    open_points = any(_OPEN_POINT.fullmatch(cell) for cell in cells)
    return "," if delimiter != "," and not open_points and any(_OPEN_COMMA.fullmatch(cell) for cell in cells) else "."


def printed_digits(cells: Sequence[str], decimal: str = ".") -> int | None:
    """Returns the largest number of significant digits printed, None where all are whole numbers."""
    groups = str.maketrans("", "", f"'’{_SPACES}" + ("," if decimal == "." else "."))
    plain = [cell.translate(groups).lstrip(f"+-{_MINUS}") for cell in cells]
    matches = [_MANTISSA.fullmatch(cell) for cell in plain if not cell.isdigit()]
    return max((len((match[1] + match[2]).lstrip("0")) for match in matches if match), default=None)


def spread_sample(where: NDArray[np.bool_], most: int = _PRINTED_SAMPLE) -> NDArray[np.intp]:
    """Returns the positions of at most about `most` true entries, spread evenly over all of them."""
    found = np.flatnonzero(where)
    return found[:: max(1, len(found) // most)]


def is_telling(cell: str, sign: str) -> bool:
    """Tells whether a number can only be meant with this decimal sign."""
    return _TELLING[sign].fullmatch(cell) is not None

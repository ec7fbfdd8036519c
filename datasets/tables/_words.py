"""Cells that are not plain numbers but can be: "12,5 kg", "<0.1", "1.23 ± 0.05", yes and no, dates."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from datasets._dataset import Array
from datasets.tables._layout import is_unit
from datasets.tables._numbers import FORMS, is_missing, is_telling

_LONGEST = 60
_MINUS = "+\\-\u2212\u2013"
_DIGITS = r"(?:[0-9]{1,3}(?:[,.'’ \u00a0\u2009\u202f][0-9]{3})+(?:[.,][0-9]*)?|[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)"
_NEARLY = re.compile(
    rf"(?P<open>\()?\s*(?P<bound>[<>]=?|[≤≥])?\s*(?:~|≈|ca?\.|approx\.)?\s*(?P<sign>[{_MINUS}]?)\s*(?P<money>[$€£¥])?\s*"
    rf"(?P<number>{_DIGITS})(?P<exponent>[eEdD][{_MINUS}]?[0-9]+)?"
    rf"(?:\((?P<last>[0-9]{{1,4}})\)|\s*(?:±|\+/-|\+-)\s*(?P<error>{_DIGITS}(?:[eE][{_MINUS}]?[0-9]+)?))?"
    rf"(?:\s*[×x·*]\s*10\s*\^?\s*(?P<power>[{_MINUS}]?[0-9]+|[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+))?"
    r"\s*(?P<unit>[^\W\d_%‰°$€£¥Å](?:[^()*†‡§±<>]|\([^()]*\)|\*(?=\w)){0,29}?|[%‰°$€£¥Å][^\s()*†‡§±<>]{0,11}?)?"
    r"\s*(?P<close>\))?\s*[*†‡§]*"
)
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_TRUTH = ({"true", "false"}, {"yes", "no"}, {"y", "n"}, {"t", "f"}, {"on", "off"}, {"ja", "nein"}, {"oui", "non"})
TRUE = frozenset({"true", "yes", "y", "t", "on", "ja", "oui"})


@dataclass(frozen=True)
class Nearly:
    """A number found in a cell: as plain text with a decimal point, "" where the cell only gives a bound."""

    text: str
    unit: str | None = None
    error: str | None = None
    bound: bool = False


def nearly(cell: str, decimal: str = ".") -> Nearly | None:
    """Finds the one number of a cell with its unit and its error; None where there is none, or more."""
    match = _NEARLY.fullmatch(cell.strip()) if len(cell) <= _LONGEST else None
    if match is None or bool(match["open"]) != bool(match["close"]):
        return None
    unit = match["unit"].strip() if match["unit"] else None
    if unit and not (is_unit(unit) or (len(unit) <= 10 and re.fullmatch(r"[^\W\d_][\w^*/·.-]*", unit))):
        return None
    number = _plain(match["number"], decimal)
    if number is None or (match["open"] and match["sign"]):
        return None
    sign = "-" if match["open"] or match["sign"] in ("-", "\u2212", "\u2013") else ""
    exponent = match["power"].translate(_RAISED) if match["power"] else (match["exponent"] or "e")[1:]
    exponent = f"e{exponent.replace(chr(0x2212), '-').replace(chr(0x2013), '-')}" if exponent else ""
    if match["power"] and match["exponent"]:
        return None
    error = _plain_error(match["error"], decimal) if match["error"] else _last_digits(number, match["last"])
    if match["bound"]:
        return Nearly("", unit, bound=True)
    if error is not None and exponent and "e" not in error:
        error += exponent
    return Nearly(f"{sign}{number}{exponent}", unit, error)


def _plain(number: str, decimal: str) -> str | None:
    """The digits with a decimal point. The other sign is believed where it cannot mean anything else."""
    for sign in (decimal, "," if decimal == "." else "."):
        if sign != decimal and not is_telling(number, sign):
            continue
        for form in FORMS[sign]:
            if re.fullmatch(form.pattern, number):
                number = re.sub(form.old, form.new, number)
        if re.fullmatch(rf"[0-9]*[{sign}]?[0-9]*", number):
            return number.replace(",", ".")
    return None


def _plain_error(error: str, decimal: str) -> str | None:
    mantissa, mark, exponent = re.sub("[E]", "e", error).partition("e")
    number = _plain(mantissa, decimal)
    return None if number is None else number + mark + exponent.replace("\u2212", "-").replace("\u2013", "-")


def _last_digits(number: str, last: str | None) -> str | None:
    """The error of "1.234(12)": 0.012."""
    if last is None:
        return None
    places = len(number.partition(".")[2])
    return f"{int(last) / 10**places:.{places}f}"


def is_truth(words: Sequence[str]) -> bool:
    """Tells whether the words are of a pair such as yes and no."""
    found = {word.casefold() for word in words}
    return bool(found) and any(found <= pair for pair in _TRUTH)


_TIMES = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f")
_DAYS = ("%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d",
         "%d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y")  # fmt: skip
ISO = "ISO8601"
_ISO = re.compile(r"\d{4}-\d\d?(?:-\d\d?)?(?:[T ]\d\d?:\d\d(?::\d\d(?:[.,]\d+)?)?)?\s?(?:Z|UTC|[+-]\d\d:?\d\d)?")
_FORMATS = (*(day + time for day in _DAYS for time in _TIMES), "%H:%M:%S", "%H:%M", "%H:%M:%S.%f")
_LIKE_DATE = re.compile(  # a cheap test before the formats are tried
    r"\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{1,4})?(?:[T ].{4,24})?|\d{1,2}:\d\d.{0,13}"
    r"|(?:\d{1,2}[ -])?[^\W\d_]{3,9}\.?[ -]\d{1,4}.{0,26}"
)
ORDERS = {"day first": "%d", "month first": "%m"}


def date_formats(words: Sequence[str]) -> tuple[str, ...]:
    """Returns the formats that read every one of the texts as a date or a time of day; none, one, or two orders."""
    present = [word for word in words if not is_missing(word)]
    if not present or not all(_LIKE_DATE.fullmatch(word) for word in present):
        return ()
    if all(_ISO.fullmatch(word) for word in present):
        return (ISO,) if read_dates(present, ISO).notna().all() else ()
    likely = [form for form in _FORMATS if _is_date(present[0], form)]
    return tuple(form for form in likely if read_dates(present, form).notna().all())


def _is_date(word: str, form: str) -> bool:
    try:
        datetime.datetime.strptime(word, form)
    except ValueError:
        return False
    return True


def read_dates(words: Sequence[str], form: str) -> pd.Series:
    """Reads texts as dates in UTC; NaT for a text that is none."""
    dates: pd.Series = pd.to_datetime(pd.Series(list(words), dtype=object), format=form, errors="coerce", utc=True)
    return dates


def is_time_of_day(form: str) -> bool:
    return form.startswith("%H")


def seconds_since_first(dates: pd.Series) -> Array:
    """Seconds since the earliest date, NaN where there is none."""
    return (dates - dates.min()).dt.total_seconds().to_numpy(dtype=np.float64)


def decimal_years(dates: pd.Series) -> Array:
    """The year with its part elapsed: 2024.5 is the middle of 2024."""
    year = dates.dt.year
    begin = pd.to_datetime(pd.DataFrame({"year": year.fillna(2000), "month": 1, "day": 1}), utc=True)
    length = np.where(dates.dt.is_leap_year, 366.0, 365.0)
    return (year + (dates - begin).dt.total_seconds() / (86400 * length)).to_numpy(dtype=np.float64)

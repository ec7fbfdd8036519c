"""What the repairs of a table do: pure functions from columns to columns, and a sentence on what was done."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datasets._dataset import Array
from datasets._errors import DataError, counted, listed
from datasets.tables._grid import Column, texts
from datasets.tables._names import unique
from datasets.tables._numbers import is_missing, read_numbers
from datasets.tables._report import ColumnReport, in_rows
from datasets.tables._words import (
    ORDERS,
    TRUE,
    date_formats,
    decimal_years,
    is_time_of_day,
    nearly,
    read_dates,
    seconds_since_first,
)


@dataclass(frozen=True, eq=False)
class Parts:
    """What a repair works on: the columns by name, the line of the file each row came from, the decimal sign."""

    columns: Mapping[str, Column]
    lines: NDArray[np.intp]
    decimal: str
    reports: Mapping[str, ColumnReport]

    def numbers(self, name: str) -> Array:
        """The column as numbers, NaN in gaps and at words."""
        cells = self.columns[name].cells
        return read_numbers(cells, self.decimal).values if self.columns[name].is_text else cells

    def words(self, name: str) -> list[str]:
        """The cells as texts."""
        found: list[str] = self.columns[name].cells.to_pylist()
        return found

    def with_column(self, name: str, column: Column) -> Parts:
        return replace(self, columns={**self.columns, name: column})

    def only(self, kept: NDArray[np.bool_]) -> Parts:
        """The rows where `kept` is true."""
        mask = pa.array(kept)
        columns = {
            name: replace(column, cells=column.cells.filter(mask) if column.is_text else column.cells[kept])
            for name, column in self.columns.items()
        }
        return replace(self, columns=columns, lines=self.lines[kept])


Outcome = tuple[Parts, str]
Options = Mapping[str, Any]


def _dropped(parts: Parts, bad: NDArray[np.bool_], why: str) -> Outcome:
    rows = parts.lines[bad].tolist()
    if not rows:
        return parts, f"Dropped no row: none {why}."
    return parts.only(~bad), f"Dropped {counted(len(rows), 'row')} that {why} ({in_rows(rows)})."


def _quoted(names: Sequence[str]) -> str:
    return listed([f"'{name}'" for name in names], 5)


def drop_gaps(parts: Parts, names: Sequence[str], _: Options) -> Outcome:
    bad = np.zeros(len(parts.lines), dtype=np.bool_)
    for name in names:
        bad |= _gaps(parts, name)
    return _dropped(parts, bad, f"had a gap in {_quoted(names)}" if names else "had a gap")


def _gaps(parts: Parts, name: str) -> NDArray[np.bool_]:
    column = parts.columns[name]
    if not column.is_text:
        return np.isnan(column.cells)
    read = read_numbers(column.cells, parts.decimal)
    return np.isnan(read.values) & ~read.words


def drop_infinite(parts: Parts, names: Sequence[str], _: Options) -> Outcome:
    bad = np.zeros(len(parts.lines), dtype=np.bool_)
    for name in names:
        bad |= np.isinf(parts.numbers(name))
    return _dropped(parts, bad, f"had an infinite value in {_quoted(names)}" if names else "had an infinite value")


def drop_listed(attribute: str, why: str) -> Callable[[Parts, Sequence[str], Options], Outcome]:
    """Drops the rows that a report lists under `attribute`."""

    def act(parts: Parts, names: Sequence[str], _: Options) -> Outcome:
        rows = [row for name in names for row in getattr(parts.reports[name], attribute)]
        return _dropped(parts, np.isin(parts.lines, rows), f"{why} in {_quoted(names)}" if names else why)

    return act


def drop_duplicates(parts: Parts, _names: Sequence[str], _: Options) -> Outcome:
    return _dropped(parts, duplicated(parts.columns), "repeated an earlier row")


def duplicated(columns: Mapping[str, Column]) -> NDArray[np.bool_]:
    """Tells the rows that are in every cell like an earlier one."""
    cells = {name: one.cells.to_pandas() if one.is_text else one.cells for name, one in columns.items()}
    found: NDArray[np.bool_] = pd.DataFrame(cells, copy=False).duplicated().to_numpy()
    return found


def filled_with(kind: str) -> Callable[[Parts, Sequence[str], Options], Outcome]:
    def act(parts: Parts, names: Sequence[str], options: Options) -> Outcome:
        said = []
        for name in names:
            values = parts.numbers(name).copy()
            gaps = np.isnan(values)
            filling, words = _FILLINGS[kind](values, options)
            values[gaps] = filling[gaps] if isinstance(filling, np.ndarray) else filling
            column = replace(parts.columns[name], cells=values, digits=parts.reports[name].digits)
            parts = parts.with_column(name, column)
            said.append(f"Filled {counted(int(gaps.sum()), 'gap')} in '{name}' with {words}.")
        return parts, " ".join(said)

    return act


def _constant(_: Array, options: Options) -> tuple[float, str]:
    value = options["value"]
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise DataError(f"Gaps are filled with a number, but {value!r} came. Pass value=0.0, say.")
    return float(value), f"{value:g}"


def _mean(values: Array, _: Options) -> tuple[float, str]:
    mean = float(np.mean(values[np.isfinite(values)]))
    return mean, f"the mean, {mean:.6g}"


def _median(values: Array, _: Options) -> tuple[float, str]:
    median = float(np.median(values[np.isfinite(values)]))
    return median, f"the median, {median:.6g}"


def _interpolated(values: Array, _: Options) -> tuple[Array, str]:
    rows, known = np.arange(len(values)), np.isfinite(values)
    line = np.interp(rows, rows[known], values[known])
    return line, "the straight line between the rows before and after (at the ends the nearest value)"


def _above(values: Array, _: Options) -> tuple[Array, str]:
    known = ~np.isnan(values)
    last = np.maximum.accumulate(np.where(known, np.arange(len(values)), -1))
    first = int(np.argmax(known))
    return values[np.where(last < 0, first, last)], "the value above (below, at the top)"


_FILLINGS: dict[str, Callable[[Array, Options], tuple[float | Array, str]]] = {
    "mean": _mean, "median": _median, "constant": _constant, "interpolated": _interpolated, "above": _above,
}  # fmt: skip


def _rewrite(parts: Parts, name: str, change: Callable[[str], str | None]) -> tuple[Parts, int]:
    """Changes the words of a column text by text, each distinct one once; returns how many cells changed."""
    cells = parts.columns[name].cells
    words = cells.filter(pa.array(read_numbers(cells, parts.decimal).words))
    new = {word: changed for word in pc.unique(words).to_pylist() if (changed := change(word)) is not None}
    if not new:
        return parts, 0
    old, fresh = texts(list(new)), texts(list(new.values()))
    where = pc.index_in(cells, old)
    column = replace(parts.columns[name], cells=pc.coalesce(fresh.take(where), cells))
    return parts.with_column(name, column), len(cells) - where.null_count


def _in_sign(parts: Parts, text: str) -> str:
    return text.replace(".", ",") if parts.decimal == "," else text


def read_text(parts: Parts, names: Sequence[str], _: Options) -> Outcome:
    (name,) = names
    found = {
        word: one for word in _distinct_words(parts, name) if (one := nearly(word, parts.decimal)) and not one.error
    }
    units = sorted({one.unit for one in found.values() if one.unit})
    if len(units) > 1:
        raise DataError(f"A column has one unit, but '{name}' has {listed(units)}. Convert them before.")
    unit, heading = units[0] if units else None, parts.columns[name].unit
    if unit and heading and unit != heading:
        raise DataError(f"A column has one unit, but '{name}' has {heading} in its heading and {unit} in its cells.")
    bounds = sum(one.bound for one in found.values())
    bare = int(np.isfinite(parts.numbers(name)).sum())
    changed, count = _rewrite(parts, name, lambda word: _in_sign(parts, found[word].text) if word in found else None)
    said = f"Read {counted(count, 'cell')} of '{name}' as numbers"
    said += f" in {unit}" if unit else ""
    said += f"; {counted(bare, 'number')} without a unit taken to be alike" if unit and bare else ""
    if bounds:
        example = next(word for word, one in found.items() if one.bound)
        said += f"; {counted(bounds, 'bound')} such as '{example}' became gaps"
    changed = changed.with_column(name, replace(changed.columns[name], unit=heading or unit))
    return changed, f"{said}."


def _distinct_words(parts: Parts, name: str) -> list[str]:
    cells = parts.columns[name].cells
    words: list[str] = pc.unique(cells.filter(pa.array(read_numbers(cells, parts.decimal).words))).to_pylist()
    return words


def split_errors(parts: Parts, names: Sequence[str], _: Options) -> Outcome:
    (name,) = names
    found = [nearly(cell, parts.decimal) for cell in parts.words(name)]
    kept = [cell if one is None or one.error is None else _in_sign(parts, one.text)
            for cell, one in zip(parts.words(name), found, strict=True)]  # fmt: skip
    errors = ["" if one is None or one.error is None else _in_sign(parts, one.error) for one in found]
    unit = next((one.unit for one in found if one and one.unit), None)
    column = replace(parts.columns[name], cells=texts(kept), unit=parts.columns[name].unit or unit)
    other = unique(f"{name}_err", [*parts.columns])
    parts = parts.with_column(name, column).with_column(other, Column(other, texts(errors), column.unit))
    return (
        parts,
        f"Split {counted(sum(map(bool, errors)), 'cell')} of '{name}' into value and standard error, '{other}'.",
    )


def truth(parts: Parts, names: Sequence[str], _: Options) -> Outcome:
    (name,) = names
    changed, count = _rewrite(parts, name, lambda word: "1" if word.casefold() in TRUE else "0")
    return changed, f"Wrote {counted(count, 'cell')} of '{name}' as 1 (yes) and 0 (no)."


def words_to_gaps(parts: Parts, names: Sequence[str], _: Options) -> Outcome:
    (name,) = names
    changed, count = _rewrite(parts, name, lambda _: "")
    return changed, f"Made {counted(count, 'cell')} of '{name}' that held words gaps."


def codes_to_gaps(parts: Parts, names: Sequence[str], _: Options) -> Outcome:
    (name,) = names
    values, code = parts.numbers(name), parts.reports[name].code
    column = replace(
        parts.columns[name], cells=np.where(values == code, np.nan, values), digits=parts.reports[name].digits
    )
    return parts.with_column(
        name, column
    ), f"Made {counted(int((values == code).sum()), 'cell')} of '{name}' with {code:g} gaps."


def log(parts: Parts, names: Sequence[str], _: Options) -> Outcome:
    (name,) = names
    values, unit = parts.numbers(name), parts.columns[name].unit
    rows = parts.lines[values <= 0].tolist()
    if rows:
        where = f"{'row' if len(rows) == 1 else 'rows'} {listed(rows)}"
        raise DataError(
            f"A logarithm is of positive numbers, but '{name}' has others ({where}). Drop these rows first."
        )
    new = unique(f"log_{name}", [*parts.columns])
    column = Column(new, np.log(values))
    columns = {new if key == name else key: column if key == name else old for key, old in parts.columns.items()}
    return replace(
        parts, columns=columns
    ), f"Took the natural logarithm of '{name}'{f' in {unit}' if unit else ''}: '{new}'."


def exclude(parts: Parts, names: Sequence[str], _: Options) -> Outcome:
    (name,) = names
    return replace(
        parts, columns={key: old for key, old in parts.columns.items() if key != name}
    ), f"Left out column '{name}'."


def dates_to(unit: str) -> Callable[[Parts, Sequence[str], Options], Outcome]:
    def act(parts: Parts, names: Sequence[str], options: Options) -> Outcome:
        (name,) = names
        words = ["" if is_missing(word) else word for word in parts.words(name)]
        form = _date_format(name, words, parts.reports[name].dates, options["order"])
        dates = read_dates(words, form)
        bad = dates.isna().to_numpy() & np.array([bool(word) for word in words])
        if bad.any():
            row = parts.lines[bad].tolist()
            odd = words[int(np.argmax(bad))][:40]
            raise DataError(f"Dates are written alike, but row {row[0]} of '{name}' has '{odd}'. Correct it.")
        if unit == "yr":
            if is_time_of_day(form):
                raise DataError(f"Years are counted from dates, but '{name}' has only times of day. Take seconds.")
            values, said = decimal_years(dates), "decimal years"
        else:
            start = dates.min()
            since = "midnight" if is_time_of_day(form) else f"{start:%Y-%m-%d %H:%M:%S}"
            values = seconds_since_first(dates) if not is_time_of_day(form) else _seconds_of_day(dates)
            values, said = (
                (values / 86400, f"days since {since}") if unit == "d" else (values, f"seconds since {since}")
            )
        how = "" if form == "ISO8601" else f" (read as {_spelled(form)})"
        return parts.with_column(
            name, replace(parts.columns[name], cells=values, unit=unit)
        ), f"Turned the dates of '{name}'{how} into {said}."

    return act


def _seconds_of_day(dates: pd.Series) -> Array:
    return (dates - dates.dt.normalize()).dt.total_seconds().to_numpy(dtype=np.float64)


def _date_format(name: str, words: Sequence[str], formats: Sequence[str], order: str | None) -> str:
    """The one format that all rows agree on; where two remain, the one of the order asked for."""
    if len(formats) > 1:
        formats = [one for one in formats if one in date_formats(list(dict.fromkeys(words)))] or list(formats)
    if len(formats) > 1 and order is not None:
        if order not in ORDERS:
            raise DataError(f"An order is 'day first' or 'month first', but {order!r} came. Pass one of these.")
        formats = [one for one in formats if one.startswith(ORDERS[order])] or list(formats)
    if len(formats) > 1:
        example = next(word for word in words if word)[:40]
        raise DataError(f"Dates are read in one way, but '{example}' in '{name}' could be day first or month first. "
                        "Pass order='day first' or order='month first'.")  # fmt: skip
    return formats[0]


def _spelled(form: str) -> str:
    return re.sub(r"%[A-Za-z]", lambda match: _CALLED[match[0]], form)


_CALLED = {
    "%d": "day", "%m": "month", "%Y": "year", "%y": "year", "%b": "month", "%B": "month", "%H": "hour", "%M": "minute",
    "%S": "second", "%f": "fraction",
}  # fmt: skip

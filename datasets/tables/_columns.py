"""From cells to values and a report on each column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datasets._dataset import Array
from datasets.tables._grid import Cells, Column, Texts
from datasets.tables._names import printable
from datasets.tables._numbers import printed_digits, read_numbers, spread_sample
from datasets.tables._report import ColumnReport
from datasets.tables._roles import related
from datasets.tables._words import date_formats, is_truth, nearly

_WORDS_SAMPLE = 200
_QUARTILES_SAMPLE = 50_000
_CODES = (9.0, 99.0, 999.0, 9999.0, 99999.0, 999999.0, 32768.0, 1e20, 1e30, 1e36, 9.969209968386869e36)


def describe(
    names: Sequence[str], columns: Sequence[Column], lines: NDArray[np.intp], decimal: str
) -> tuple[dict[str, Cells], tuple[ColumnReport, ...]]:
    """Returns the values of each column (float64, or texts where some cell is no number) and the report on it."""
    values: dict[str, Cells] = {}
    reports: list[ColumnReport] = []
    for name, column in zip(names, columns, strict=True):
        values[name], report = _described(name, column, lines, decimal)
        reports.append(report)
    numbers = {report.name: values[report.name] for report in reports if report.kind in ("number", "constant")}
    return values, related(reports, numbers)


def _described(name: str, column: Column, lines: NDArray[np.intp], decimal: str) -> tuple[Cells, ColumnReport]:
    if column.is_text:
        read = read_numbers(column.cells, decimal)
        numbers, words, forms = read.values, read.words, read.forms
    else:
        numbers, words, forms = column.cells, np.zeros(len(column.cells), dtype=np.bool_), ()
    finite = np.isfinite(numbers)
    is_whole = bool(finite.all())
    clean = numbers if is_whole else numbers[finite]
    infinite, missing = (words, words) if is_whole else (np.isinf(numbers), np.isnan(numbers) & ~words)
    low, high = (float(clean.min()), float(clean.max())) if len(clean) else (None, None)
    kind = "number" if low is None or low != high else "constant"
    report = ColumnReport(
        name=name, heading=column.heading, unit=column.unit, kind=kind,
        missing=_where(missing, lines), words=_where(words, lines), infinite=_where(infinite, lines),
        minimum=low, maximum=high, digits=column.digits, forms=forms,
    )  # fmt: skip
    if column.is_text:
        sample = column.cells.take(pa.array(spread_sample(finite))).to_pylist()
        report = replace(report, digits=printed_digits(sample, decimal))
    if report.words:
        return column.cells, _on_words(report, column.cells, words, len(clean), decimal)
    if missing.all():
        return numbers, replace(report, kind="empty")
    return numbers, _on_numbers(report, numbers, clean, lines)


def _where(mask: NDArray[np.bool_], lines: NDArray[np.intp]) -> tuple[int, ...]:
    return tuple(lines[mask].tolist()) if mask.any() else ()


def _on_words(
    report: ColumnReport, cells: Texts, words: NDArray[np.bool_], n_numbers: int, decimal: str
) -> ColumnReport:
    sample: list[str] = cells.take(pa.array(spread_sample(words, _WORDS_SAMPLE))).to_pylist()
    example = printable(sample[0])[:40]
    formats = () if n_numbers else date_formats(sample)
    if formats:
        return replace(report, kind="date", words=(), dates=formats, example=example)
    found = [(word, one) for word in sample if (one := nearly(word, decimal)) is not None]
    shown = ""
    if 2 * len(found) > len(sample):
        word, one = found[0]
        error = f" ± {one.error}" if one.error else ""
        number = (
            "a gap, since it is only a bound" if one.bound else one.text + error + (f" {one.unit}" if one.unit else "")
        )
        shown, example = number, printable(word)[:40]
    distinct = pc.unique(cells.filter(pa.array(words))).to_pylist()[:5] if not n_numbers else sample
    return replace(report, kind="text", example=example, nearly=shown, is_truth=is_truth(distinct))


def _on_numbers(report: ColumnReport, numbers: Array, clean: Array, lines: NDArray[np.intp]) -> ColumnReport:
    code = _code(clean)
    if code is not None:
        report = replace(report, code=code, coded=_where(numbers == code, lines))
        clean = clean[clean != code]
    low, high = fences(clean)
    with np.errstate(invalid="ignore"):
        far = (numbers < low) | (numbers > high)
    far &= np.isfinite(numbers) & (numbers != code)
    many = np.count_nonzero(far)
    return replace(report, outliers=_where(far, lines)) if 0 < many <= max(3, len(clean) // 50) else report


def _code(clean: Array) -> float | None:
    """Finds a number like -999 at one end, further from all others than they are from each other."""
    if len(clean) < 3:
        return None
    for end in (clean.min(), clean.max()):
        if abs(end) in _CODES or abs(end) + 1 in _CODES:
            rest = clean[clean != end]
            if len(rest) > 1 and np.abs(rest - end).min() > 2 * np.ptp(rest) > 0:
                return float(end)
    return None


def fences(clean: Array) -> tuple[float, float]:
    """Tukey's outer fences, three interquartile ranges beyond the quartiles; for positive data on whichever of the two
    scales, linear or logarithmic, they are wider. Below eight values everything is inside."""
    if len(clean) < 8:
        return -np.inf, np.inf
    low, high = _fences(clean)
    if clean.min() > 0:
        if clean.min() >= low and clean.max() <= high:
            return low, high
        log_low, log_high = _fences(np.log(clean))
        low, high = min(low, float(np.exp(log_low))), max(high, float(np.exp(min(log_high, 700.0))))
    return low, high


def _fences(values: Array) -> tuple[float, float]:
    values = values[:: max(1, len(values) // _QUARTILES_SAMPLE)]  # a long column's quartiles need not every value
    n = len(values)
    ranks = (n // 4, (3 * n) // 4)
    q1, q3 = np.partition(values, ranks)[list(ranks)]
    width = 3 * (q3 - q1)
    return (float(q1 - width), float(q3 + width)) if width > 0 else (-np.inf, np.inf)

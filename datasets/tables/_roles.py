"""What part a column seems to play: row number, identifier, standard errors of another, a copy."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from datasets._dataset import Array
from datasets.tables._report import ColumnReport

_ROW_NUMBER = re.compile(
    r"(unnamed: ?\d+|index|idx|#|n°|(row|line|obs|observation|record|lfd|serial)?[ ._]*(nr|no|num|number)?[ .]*|row"
    r"|line|obs\.?|observation|record|id)"
)
_IDENTIFIER = re.compile(r"(.*[ _.-])?(id|ids|uuid|guid|serial|barcode|isbn|ident|identifier|zip|phone)|.*[a-z](Id|ID)")


def related(reports: Sequence[ColumnReport], numbers: Mapping[str, Array]) -> tuple[ColumnReport, ...]:
    """Sees what only several columns show: errors of others, copies of others, row numbers."""
    with_names = any(report.heading for report in reports)
    errors = _error_names(reports, numbers)
    found: list[ColumnReport] = []
    for k, report in enumerate(reports):
        values = numbers.get(report.name)
        if values is not None:
            report = _with_role(report, values, with_names, is_first=k == 0)
            of, sure = _error_of(k, reports, numbers, errors)
            if of is not None:
                report = replace(report, role="standard error", of=of, sure=sure)
            if report.kind == "number":
                report = replace(report, same_as=_copied(report, values, found, numbers))
        elif report.kind == "text" and _IDENTIFIER.fullmatch(report.name):
            report = replace(report, role="identifier", sure=True)
        found.append(report)
    return tuple(found)


def _with_role(report: ColumnReport, values: Array, with_names: bool, is_first: bool) -> ColumnReport:
    if report.missing or report.infinite or report.digits is not None or len(values) < 3:
        return report
    steps = values[1:] - values[:-1] if np.array_equal(values[1:3] - values[:2], [1, 1]) else np.zeros(1)
    called = report.name.strip().casefold()
    if bool(np.all(steps == 1)):
        nameless = not report.heading and with_names
        sure = nameless or (bool(report.heading) and bool(called) and _ROW_NUMBER.fullmatch(called) is not None)
        perhaps = is_first and len(values) >= 10 and values[0] in (0, 1)
        return replace(report, role="row number", sure=sure) if sure or perhaps else report
    if _IDENTIFIER.fullmatch(report.name.strip()) and len(np.unique(values)) == len(values):
        return replace(report, role="identifier", sure=True)
    return report


def _copied(
    report: ColumnReport, values: Array, earlier: Sequence[ColumnReport], numbers: Mapping[str, Array]
) -> str | None:
    ends = (report.minimum, report.maximum)
    alike = (one.name for one in earlier if one.kind == "number" and (one.minimum, one.maximum) == ends)
    return next((name for name in alike if np.array_equal(numbers[name], values, equal_nan=True)), None)


_SURELY_ERROR = (
    "sigma_{}", "{}_sigma", "sigma({})", "σ_{}", "σ{}", "σ({})", "{}_err", "err_{}", "{}err", "{}_error", "error_{}",
    "{}_errors", "{}_std", "std_{}", "{}_stdev", "{}_sd", "sd_{}", "{}_se", "se_{}", "{}_stderr", "stderr_{}", "{}_unc",
    "unc_{}", "{}_uncertainty", "uncertainty_{}", "uncertainty_in_{}", "error_in_{}", "u({})", "±{}", "±_{}", "{}_±",
    "{}±", "+-{}", "+/-{}", "{}_+-", "{}_+/-", "{}_pm", "δ({})",
)  # fmt: skip
_PERHAPS_ERROR = ("d{}", "d_{}", "e_{}", "u_{}", "s_{}", "delta_{}", "{}_delta", "δ{}", "δ_{}", "sigma{}", "s({})")
_SURELY_OF_PREVIOUS = ("±", "+-", "+/-", "uncertainty", "unc", "standard_error", "std_error", "stderr", "std_err")
_PERHAPS_OF_PREVIOUS = ("sigma", "σ", "err", "error", "std", "sd", "se", "std_dev", "standard_deviation")


def _tidy(name: str) -> str:
    return re.sub(r"[\s.-]+", "_", name.strip()).strip("_") if name.strip("+-/ ") else name.strip()


def _error_names(reports: Sequence[ColumnReport], numbers: Mapping[str, Array]) -> dict[str, tuple[str, bool]]:
    """What the standard errors of each column may be called, and whether that name leaves no doubt."""
    others = [one.name for one in reports if one.name in numbers and one.kind == "number"]
    sets = ((_PERHAPS_ERROR, False), (_SURELY_ERROR, True))
    return {
        pattern.format(fold(_tidy(name))): (name, sure)
        for patterns, sure in sets
        for fold in (str.casefold, str)  # of T and t, the one written alike has the last word
        for name in others
        for pattern in patterns
    }


def _error_of(
    k: int, reports: Sequence[ColumnReport], numbers: Mapping[str, Array], errors: Mapping[str, tuple[str, bool]]
) -> tuple[str | None, bool]:
    """The column whose standard errors column k holds, by its name, and whether the name leaves no doubt."""
    report = reports[k]
    if report.minimum is None or report.minimum < 0 or report.maximum == 0:
        return None, False
    name = _tidy(report.name).casefold()
    known = errors.get(_tidy(report.name)) or errors.get(name)
    of: str | None = known[0] if known else None
    sure = known is not None and known[1]
    if of is None:
        stem = re.sub(r"_\d+$", "", name)
        if stem in (*_SURELY_OF_PREVIOUS, *_PERHAPS_OF_PREVIOUS):
            of = next((one.name for one in reversed(reports[:k]) if one.name in numbers), None)
            sure = stem in _SURELY_OF_PREVIOUS
    if of is None or of == report.name or not (sure or _is_small(numbers[report.name], numbers[of])):
        return None, False
    return of, sure


def _is_small(errors: Array, values: Array) -> bool:
    """Tells whether errors are below the size or spread of the values: what a column of errors should be."""
    return bool(np.nanmedian(errors) < max(float(np.nanmedian(np.abs(values))), float(np.nanstd(values))))

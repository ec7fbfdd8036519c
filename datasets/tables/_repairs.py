"""Repairs of a table, one click each: what they are called, which columns they suit, what they do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from datasets._errors import DataError, did_you_mean, listed
from datasets.tables import _acts as acts
from datasets.tables._acts import Options, Outcome, Parts
from datasets.tables._report import ColumnReport
from datasets.tables._words import is_time_of_day


@dataclass(frozen=True)
class Repair:
    """A repair by name: what it does in a sentence, which columns it suits, its options with their defaults.

    `scope` is "column", "table", or "either": then it works on one column, or on all that it suits.
    """

    name: str
    says: str
    suits: Callable[[ColumnReport], bool]
    act: Callable[[Parts, Sequence[str], Options], Outcome]
    scope: str = "column"
    options: Mapping[str, Any] = field(default_factory=dict)


def suitable(report: ColumnReport) -> tuple[str, ...]:
    """Returns the names of the repairs that suit a column."""
    return tuple(repair.name for repair in REPAIRS.values() if repair.scope != "table" and repair.suits(report))


def repaired(parts: Parts, name: str, column: str | None, options: Options) -> Outcome:
    """Applies a repair.

    Raises:
        DataError: there is no such repair or option, it needs a column, does not suit it, or leaves no row.
    """
    if name not in REPAIRS:
        guess = f" {did_you_mean(name, REPAIRS)}".rstrip()
        raise DataError(
            f"A repair is called as in the list, but there is no '{name}'.{guess} There are: {listed([*REPAIRS], 30)}."
        )
    repair = REPAIRS[name]
    unknown = next((key for key in options if key not in repair.options), None)
    if unknown is not None:
        known = listed([*repair.options]) or "none"
        raise DataError(f"'{name}' has other options, but '{unknown}' came. It has: {known}.")
    if column is None and repair.scope == "column":
        raise DataError(f"'{name}' works on a column, but none came. Name one.")
    if column is not None and not repair.suits(parts.reports[column]):
        state = parts.reports[column].complaint() or f"Column '{column}' needs none."
        raise DataError(f"'{name}' suits other columns than '{column}'. {state}")
    chosen = [column] if column is not None else [one.name for one in parts.reports.values() if repair.suits(one)]
    changed, said = repair.act(parts, chosen, {**repair.options, **options})
    if not len(changed.lines):
        raise DataError(f"A table keeps some rows, but '{name}' would leave none. Leave out a column instead.")
    if not changed.columns:
        raise DataError(f"A table keeps some columns, but '{name}' would leave none.")
    return changed, said


def _has_numbers(report: ColumnReport) -> bool:
    return report.minimum is not None


def _has_gaps(report: ColumnReport) -> bool:
    return bool(report.missing) and report.kind in ("number", "constant")


def _is_positive(report: ColumnReport) -> bool:
    positive = report.minimum is not None and report.minimum > 0
    return report.kind == "number" and positive and not report.infinite


def _is_date(report: ColumnReport) -> bool:
    return report.kind == "date"


def _has_days(report: ColumnReport) -> bool:
    return _is_date(report) and not all(is_time_of_day(form) for form in report.dates)


_ORDER = {"order": None}
_ALL = (  # in the order in which they are proposed
    Repair(
        "read text as numbers",
        "Reads cells such as '12,5 kg', '(3.1)' or '45 %' as numbers; a bound such as '<0.1' becomes a gap.",
        lambda report: bool(report.nearly) and "±" not in report.nearly,
        acts.read_text,
    ),
    Repair(
        "split off the errors",
        "Splits cells such as '1.23 ± 0.05' or '1.23(5)' into the value and its standard error.",
        lambda report: "±" in report.nearly,
        acts.split_errors,
    ),
    Repair(
        "yes and no to 1 and 0",
        "Writes yes, true and on as 1, and no, false and off as 0.",
        lambda report: report.is_truth,
        acts.truth,
    ),
    Repair(
        "words to gaps",
        "Empties the cells that are not numbers.",
        lambda report: bool(report.words) and _has_numbers(report),
        acts.words_to_gaps,
    ),
    Repair(
        "drop rows that are no numbers",
        "Drops the rows where the cell is no number.",
        lambda report: bool(report.words) and _has_numbers(report),
        acts.drop_listed("words", "held a word"),
    ),
    Repair(
        "codes to gaps",
        "Empties the cells with a number that stands for a gap, such as -999.",
        lambda report: report.code is not None,
        acts.codes_to_gaps,
    ),
    Repair(
        "drop rows with gaps",
        "Drops the rows where the cell is empty; without a column, where any is.",
        lambda report: bool(report.missing) and report.kind != "empty",
        acts.drop_gaps,
        scope="either",
    ),
    Repair(
        "fill gaps by interpolation",
        "Fills gaps on the straight line between the rows before and after.",
        _has_gaps,
        acts.filled_with("interpolated"),
    ),
    Repair(
        "fill gaps with the value above",
        "Fills gaps with the last value above, as merged cells mean it.",
        _has_gaps,
        acts.filled_with("above"),
    ),
    Repair(
        "fill gaps with the median",
        "Fills gaps with the median of the column.",
        _has_gaps,
        acts.filled_with("median"),
    ),
    Repair(
        "fill gaps with the mean",
        "Fills gaps with the mean of the column.",
        _has_gaps,
        acts.filled_with("mean"),
    ),
    Repair(
        "fill gaps with a constant",
        "Fills gaps with a number you choose.",
        _has_gaps,
        acts.filled_with("constant"),
        options={"value": 0.0},
    ),
    Repair(
        "drop rows with infinite values",
        "Drops the rows where the value is infinite; without a column, where any is.",
        lambda report: bool(report.infinite),
        acts.drop_infinite,
        scope="either",
    ),
    Repair(
        "drop outlier rows",
        "Drops the few rows far from all others; without a column, of every column.",
        lambda report: bool(report.outliers),
        acts.drop_listed("outliers", "lay far from all others"),
        scope="either",
    ),
    Repair(
        "dates to seconds",
        "Turns dates into seconds since the first one, and times of day into seconds since midnight.",
        _is_date,
        acts.dates_to("s"),
        options=_ORDER,
    ),
    Repair("dates to days", "Turns dates into days since the first one.", _is_date, acts.dates_to("d"), options=_ORDER),
    Repair(
        "dates to decimal years",
        "Turns dates into years and their parts: the middle of 2024 is 2024.5.",
        _has_days,
        acts.dates_to("yr"),
        options=_ORDER,
    ),
    Repair("take the logarithm", "Replaces the column by its natural logarithm.", _is_positive, acts.log),
    Repair("exclude column", "Leaves the column out.", lambda _: True, acts.exclude),
    Repair(
        "drop duplicate rows",
        "Drops the rows that are in every cell like an earlier one.",
        lambda _: False,
        acts.drop_duplicates,
        scope="table",
    ),
)
REPAIRS: dict[str, Repair] = {repair.name: repair for repair in _ALL}

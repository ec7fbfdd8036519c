"""New rows through the law of a saved project: a table with a column of predictions and what to think of each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from datasets import DataError, Table, conversion, read_unit
from symbolic._errors import SymbolicError

if TYPE_CHECKING:
    from symbolic.laws._law import Law
    from symbolic.out._project import Project

Array = NDArray[np.float64]


def predictions(project: Project, table: Table) -> tuple[str, tuple[str, ...]]:
    """Return the table as CSV with the law's values beside each row, and notes in sentences.

    The new columns are `<target> predicted`, `outside` (whether the row lies outside the ranges the law was found in)
    and, where the project knows them, `<target> standard error` (of the law) and `<target> low` and `high` (95 % for a
    new measurement). A column with another unit than the law's is converted. Rows with gaps have no prediction.

    Raises SymbolicError where the project holds no law, DataError where a column is missing or is no number.
    """
    law = project.found.best
    if law is None:
        raise SymbolicError("A prediction needs a law, but this project holds none. Search again with a larger budget.")
    X, notes = _matrix(law, project.data.units or {}, table)
    columns: dict[str, NDArray[Any]] = {}
    if law.uncertainty is None:
        columns["predicted"] = law.predict(X)
    else:
        band = law.predict(X, band=True)
        columns |= {"predicted": band.values, "standard error": band.stderr, "low": band.low, "high": band.high}
    outside = law.outside(X)
    new = {f"{law.target} {name}": values for name, values in columns.items()} | {"outside": outside}
    notes += _notes(outside, columns["predicted"])
    return _csv(table, new), tuple(notes)


def _matrix(law: Law, units: dict[str, str], table: Table) -> tuple[Array, list[str]]:
    """Return the law's columns (n, d) from the table. One that the law does not use may be missing."""
    used = {symbol.name for symbol in law.expr.free_symbols}
    known = {report.name for report in table.columns} | {report.heading for report in table.columns}
    rows, notes = len(table.frame), []
    columns = []
    for variable in law.variables:
        if variable.name not in known and variable.symbol not in used and law.domain is not None:
            columns.append(np.full(rows, float(np.mean(law.domain[variable.name]))))
            continue
        report = table[variable.name]
        values = table.frame[report.name]
        if values.dtype.kind != "f":
            raise DataError(f"The law needs numbers in column '{report.name}', but it holds {report.kind}. Correct it.")
        column: Array = values.to_numpy(dtype=np.float64)
        old, new = report.unit, units.get(variable.name)
        if old and new and old != new:
            factor, offset = conversion(read_unit(old), read_unit(new))
            column = column * factor + offset
            notes.append(f"Converted '{report.name}' from {old} to {new}.")
        columns.append(column)
    return np.stack(columns, axis=1) if columns else np.empty((rows, 0)), notes


def _notes(outside: NDArray[np.bool_], values: Array) -> list[str]:
    rows, gaps = len(values), int(np.isnan(values).sum())
    notes = [f"{int(outside.sum())} of {rows} rows lie outside the data behind the law."] if outside.any() else []
    return [*notes, *([f"{gaps} of {rows} rows have no prediction: a gap, or no value of the law."] if gaps else [])]


def _csv(table: Table, new: dict[str, NDArray[Any]]) -> str:
    taken = [report.name for report in table.columns]
    names = [_free(name, taken) for name in new]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*(_heading(report.name, report.unit) for report in table.columns), *names])
    old = [table.frame[name].tolist() for name in taken]
    writer.writerows(map(_cells, zip(*old, *(values.tolist() for values in new.values()), strict=True)))
    return text.getvalue()


def _heading(name: str, unit: str | None) -> str:
    return f"{name} [{unit}]" if unit else name


def _free(name: str, taken: list[str]) -> str:
    number, choice = 2, name
    while choice in taken:
        number, choice = number + 1, f"{name} {number}"
    return choice


def _cells(row: Iterable[Any]) -> list[str]:
    return ["" if cell is None or cell != cell else _cell(cell) for cell in row]


def _cell(cell: Any) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return repr(cell).removesuffix(".0") if isinstance(cell, float) else str(cell)

"""Tables from files: each column reported on, mended on request, and turned into a Dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from datasets._dataset import Array, Dataset, Split
from datasets._errors import DataError, counted, did_you_mean, listed
from datasets.tables._acts import Parts, duplicated
from datasets.tables._columns import describe
from datasets.tables._grid import Cells, Column, TableSource
from datasets.tables._names import named
from datasets.tables._readers import read_grid
from datasets.tables._repairs import REPAIRS, repaired, suitable
from datasets.tables._report import ColumnReport as ColumnReport
from datasets.tables._report import in_rows

MIN_ROWS = 3


@dataclass(frozen=True, eq=False)
class Table:
    """A table as read: numbers as float64 with NaN in the gaps, everything else as text; a report on each column.

    `lines` are the lines of the file (or rows of the sheet) that the rows came from. `notes` say what concerns the
    whole table, `provenance` what was read and repaired.
    """

    frame: pd.DataFrame
    columns: tuple[ColumnReport, ...]
    name: str
    lines: NDArray[np.intp]
    decimal: str = "."
    comments: tuple[str, ...] = ()
    provenance: tuple[str, ...] = ()

    def __getitem__(self, column: str) -> ColumnReport:
        """Returns the report on a column, by its name or its heading."""
        name = self._known(column)
        return next(report for report in self.columns if report.name == name)

    @cached_property
    def duplicates(self) -> tuple[int, ...]:
        """The lines of the rows that are in every cell like an earlier one."""
        return tuple(self.lines[duplicated(self._parts().columns)].tolist())

    @cached_property
    def repairs(self) -> tuple[str, ...]:
        """The names of the repairs that suit the table as a whole."""
        suited = {name for report in self.columns for name in report.repairs}
        return tuple(
            name
            for name, repair in REPAIRS.items()
            if (repair.scope == "either" and name in suited) or (repair.scope == "table" and self.duplicates)
        )

    def repair(self, name: str, column: str | None = None, **options: Any) -> Table:
        """Returns the table with a repair applied and said in the provenance.

        Args:
            name: one of `REPAIRS`; `ColumnReport.repairs` and `Table.repairs` propose those that suit.
            column: the column to repair. Those that drop rows work on all columns without one.
            options: of the repair, such as `value=0.0` or `order="day first"`.

        Raises:
            DataError: there is no such repair, column or option, it does not suit the column, or would leave nothing.

        Examples:
            >>> table = read_table(b"t,T\\n1,20.5\\n2,\\n3,21.5")
            >>> table["T"].repairs[:2]
            ('drop rows with gaps', 'fill gaps by interpolation')
            >>> mended = table.repair("fill gaps by interpolation", "T")
            >>> mended.frame["T"].tolist(), mended.provenance[-1][:22]
            ([20.5, 21.0, 21.5], "Filled 1 gap in 'T' wi")
        """
        known = None if column is None else self._known(column)
        parts, said = repaired(self._parts(), name, known, options)
        names, columns = tuple(parts.columns), tuple(parts.columns.values())
        return _made(self, names, columns, parts.lines, (*self.provenance, said))

    def replicates(self, inputs: Sequence[str]) -> NDArray[np.intp]:
        """Returns for each row the number of its group of rows with equal inputs; -1 where a row stands alone."""
        frame = self.frame[list(inputs)]
        together = frame.duplicated(keep=False).to_numpy()
        groups = np.full(len(frame), -1, dtype=np.intp)
        if together.any():
            groups[together] = frame[together].groupby(list(inputs), sort=False, dropna=False).ngroup().to_numpy()
        return groups

    def sigma_of(self, column: str) -> str | None:
        """Returns the column that seems to hold the standard errors of this one."""
        name = self._known(column)
        found = [report for report in self.columns if report.role == "standard error" and report.of == name]
        return min(found, key=lambda report: not report.sure).name if found else None

    def to_dataset(
        self, target: str, inputs: Sequence[str] | None = None, sigma: str | None = None, seed: int = 0
    ) -> Dataset:
        """Returns the columns as a Dataset.

        Args:
            target: the column to be explained.
            inputs: the columns to explain it with; by default all others that are complete, numeric and vary, but no
                row numbers, standard errors or copies. What is left out is said in the provenance.
            sigma: the column with the target's standard errors, in units of the target or in percent of it.
            seed: for the split into training, validation and test rows.

        Raises:
            DataError: a column is unknown or unusable, or there are fewer than three rows.
        """
        target, sigma = self._known(target), None if sigma is None else self._known(sigma)
        inputs = None if inputs is None else [self._known(name) for name in inputs]
        roles = (target, *(inputs or ()), *(() if sigma is None else (sigma,)))
        _check_roles(roles, inputs)
        if len(self.frame) < MIN_ROWS:
            rows = counted(len(self.frame), "row")
            raise DataError(
                f"A law needs at least {MIN_ROWS} rows, since any line meets two, but {self._title} has {rows}."
            )
        for name in roles:
            if (complaint := self[name].complaint()) and not (name == sigma and self[name].kind == "constant"):
                raise DataError(complaint)
        chosen, left_out = self._inputs(target, inputs, sigma)
        y: Array = self.frame[target].to_numpy(dtype=np.float64)
        errors, on_errors = self._errors(sigma, target, y)
        units = {name: unit for name in (*chosen, target) if (unit := self[name].unit)}
        return Dataset(
            X=self.frame[list(chosen)].to_numpy(dtype=np.float64),
            y=y,
            names=chosen,
            target=target,
            units=units,
            sigma=errors,
            split=Split.seeded(len(self.frame), seed),
            digits=tuple(self[name].digits for name in (*chosen, target)),
            provenance=(*self.provenance, *left_out, *on_errors, *self._on_replicates(chosen, target, y)),
        )

    def _inputs(
        self, target: str, inputs: Sequence[str] | None, sigma: str | None
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The inputs, and what is left out and why. Row numbers and copies are left out only beside other columns."""
        if inputs is not None:
            return tuple(inputs), ()
        others = [report for report in self.columns if report.name not in (target, sigma)]
        usable = [report for report in others if report.usable]
        chosen = [one for one in usable if one.proposed or (one.same_as == target and not one.sure)] or usable
        if not chosen:
            reasons = " ".join(report.complaint() for report in others) or "It has no other column."
            raise DataError(f"A law needs an input, but {self._title} has none beside '{target}'. {reasons}")
        left_out = [report for report in others if report not in chosen]
        reasons_why = [report.complaint() or report.remarks()[0] for report in left_out]
        return tuple(report.name for report in chosen), tuple(f"Left out: {reason}" for reason in reasons_why)

    def _errors(self, sigma: str | None, target: str, y: Array) -> tuple[Array | None, tuple[str, ...]]:
        """The standard errors in units of the target, and what to say of them."""
        if sigma is None:
            return None, ()
        errors: Array = self.frame[sigma].to_numpy(dtype=np.float64)
        if (errors <= 0).any():
            where = in_rows(self.lines[errors <= 0].tolist())
            raise DataError(
                f"Standard errors are positive, but '{sigma}' has others ({where}). Correct or drop the rows."
            )
        if self[sigma].unit == "%" and self[target].unit != "%":
            errors = errors / 100 * np.abs(y)
            if not errors.all():
                raise DataError(f"Errors in percent need a value to be a part of, but '{target}' is zero in some row.")
            return errors, (f"Standard errors of '{target}' from '{sigma}', in percent of the value.",)
        return errors, (f"Standard errors of '{target}' from '{sigma}'.",)

    def _on_replicates(self, chosen: Sequence[str], target: str, y: Array) -> tuple[str, ...]:
        groups = self.replicates(chosen)
        again = groups >= 0
        if not again.any():
            return ()
        group, values = groups[again], y[again]
        counts = np.bincount(group)
        means = np.bincount(group, weights=values) / counts
        freedom = len(values) - len(counts)
        spread = float(np.sqrt(np.sum((values - means[group]) ** 2) / freedom))
        rows = f"{len(values)} rows repeat the inputs of others ({counted(len(counts), 'group')})"
        return (f"Replicates: {rows}; within a group '{target}' has a standard deviation of {spread:.3g}.",)

    def _parts(self) -> Parts:
        columns = {
            report.name: Column(report.heading, _cells(self.frame[report.name]), report.unit, report.digits)
            for report in self.columns
        }
        return Parts(columns, self.lines, self.decimal, {report.name: report for report in self.columns})

    @property
    def _title(self) -> str:
        return f"'{self.name}'" if self.name else "the table"

    def _known(self, name: str) -> str:
        """Returns the name of a column, given as it is or as the file heads it."""
        names = [report.name for report in self.columns]
        if name in names:
            return name
        for report in self.columns:
            if report.heading == name:
                return report.name
        guess = f" {did_you_mean(name, names)}".rstrip()
        rule = "A column is called as in the table"
        raise DataError(f"{rule}, but there is no '{name}'.{guess} There are: {listed(names)}.")


def read_table(source: TableSource, name: str = "", sheet: str | None = None) -> Table:
    """Reads a table from a path, bytes or an open file: delimited text, Excel, Parquet, JSON or NumPy arrays.

    The kind of file is told by its content. In a text the encoding (UTF-8, UTF-16, Latin-1), delimiter (comma,
    semicolon, tab, bar, white space), decimal sign, titles, header and units are recognised; lines beginning with `#`
    are comments, and the last one on top may be the header. A unit in a header such as `mass (kg)` or `mass [kg]`, or
    in a row below it, is taken off the name. Of a workbook the values are read as they were saved; nothing is run.

    Args:
        name: what to call the table in messages; by default the file's name.
        sheet: of a workbook; by default the first one with any entry.

    Raises:
        DataError: the file is missing, too large, empty, ragged, broken, or of another kind.

    Examples:
        >>> read_table(b"a [m],T (s)\\n1,2.0\\n2,2.8\\n3,3.5").to_dataset("T").units
        {'a': 'm', 'T': 's'}
    """
    name, grid = read_grid(source, name, sheet)
    names, columns, notes = named(grid.columns)
    title = f"'{name}'" if name else "a table"
    origin = f"Read from {title}: {counted(len(grid.lines), 'row')}, {grid.manner}."
    blank = Table(pd.DataFrame(), (), name, grid.lines, grid.decimal, grid.comments)
    return _made(blank, names, columns, grid.lines, (origin, *grid.notes, *notes), is_read=True)


def _made(
    table: Table,
    names: Sequence[str],
    columns: Sequence[Column],
    lines: NDArray[np.intp],
    provenance: Sequence[str],
    is_read: bool = False,
) -> Table:
    """The table of these columns, reported on."""
    values, reports = describe(names, columns, lines, table.decimal)
    frame = pd.DataFrame({name: _series(cells) for name, cells in values.items()}, copy=False)
    reports = tuple(replace(report, repairs=suitable(report)) for report in reports)
    forms = [remark for report in reports if report.forms for remark in report.remarks()[-1:]] if is_read else []
    return replace(table, frame=frame, columns=reports, lines=lines, provenance=(*provenance, *forms))


def _series(cells: Cells) -> Any:
    return cells if isinstance(cells, np.ndarray) else cells.to_pandas()


def _cells(series: pd.Series) -> Cells:
    if series.dtype.kind == "f":
        numbers: Array = series.to_numpy()
        return numbers
    return pa.array(series, type=pa.large_string(), from_pandas=True)


def _check_roles(named: Sequence[str], inputs: Sequence[str] | None) -> None:
    doubled = [name for name in named if named.count(name) > 1]
    if doubled:
        advice = "Name it once among target, inputs and sigma."
        raise DataError(f"A column has one part to play, but '{doubled[0]}' came twice. {advice}")
    if inputs is not None and not len(inputs):
        raise DataError("A law needs an input, but the list of inputs is empty. Name one, or pass none to take all.")

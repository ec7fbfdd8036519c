"""Dimensional analysis: from the units of a table to smaller tasks in dimensionless groups."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from datasets import read_unit, unit_text
from symbolic import _clock
from symbolic.stages._task import Candidate, Solve, Task
from symbolic.units._exponents import Reduction, particular
from symbolic.units._unit_table import Table, Units, allowed, helped, multiple, number_of_unit

Array = NDArray[np.float64]

_TRIED = 3  # systems of units, and constants of nature with dimensionless groups
_HELPED = 1e-3  # error beyond noise at which a constant of nature is worth a word: most are tried in vain
_ABOUT_NOISE = 1.6  # errors up to so many times the noise are worth a word: estimates of it differ
_SHARE = 0.5  # of the time left: the rest is for the next basis, and at last for the raw columns

_BASE = ("length", "time", "mass", "temperature", "electric current", "amount of substance", "luminous intensity")


def remarks(units: Units, task: Task) -> list[str]:
    """What units alone say against a task, in sentences."""
    table, wanted = Table(task, units, task.X, task.symbols), units.target.dimensions
    names, unit = _listed(str(s) for s in task.symbols), unit_text(wanted)
    if units.known and not refusal(units):
        return []
    if particular(units.columns, wanted) is None:
        return [
            f"No product of powers of {names} has the unit of {units.name}, {unit}: the law needs a constant with a "
            f"unit, {unit} but for powers of the inputs' units."
        ]
    for reduction in allowed(table)[:1]:
        if not reduction.groups and not _convincing(task, task.error(multiple(table, reduction))):
            ratio = table.ratio(reduction)
            return [
                f"{names} form no dimensionless group, but {ratio} is no constant: something with a unit is missing."
            ]
    return []


def refusal(units: Units) -> str:
    """Why no law without further constants keeps to the units, in a sentence; empty where one may.

    A dimension that the target has and no input, or the way in which they would have to be combined.
    """
    inputs = [*units.inputs, *(read_unit(text) for _, text in units.known.values())]
    wanted = units.target.dimensions
    if particular([unit.dimensions for unit in inputs], wanted) is not None:
        return ""
    missing = [base for k, base in enumerate(_BASE) if wanted[k] and not any(unit.dimensions[k] for unit in inputs)]
    made_of = _listed(unit.text for unit in inputs)
    what = f"no {_listed(missing)} in them" if missing else "no product of their powers has this unit"
    return (
        f"{units.name} is in {units.target.text}, which cannot be made of {made_of}: there is {what}. Correct the "
        "units, give a known constant with its unit, or let the law have a constant with a unit."
    )


def by_units(task: Task, units: Units, solve: Solve) -> Iterator[Candidate]:
    """Formulas in dimensionless groups, put back into the task's own symbols.

    Where no group is left and the number is not the same in all rows, one constant of nature may make it so.
    """
    task = replace(task, deadline=_part(task, _SHARE))
    plain = Table(task, units, task.X, task.symbols)
    known = [pair for number in range(len(units.known), 0, -1) for pair in helped(plain, number, units.known)]
    posed = [(plain, reduction) for reduction in allowed(plain)[:_TRIED]]
    if not (posed and posed[0][1].groups):
        posed += [pair for pair in helped(plain, 1) if not pair[1].groups]
    yield from _first(task, [*known[:_TRIED], *posed], solve)


def by_constants(task: Task, units: Units, solve: Solve) -> Iterator[Candidate]:
    """The same with one or two constants of nature, where the units of the inputs alone allow no law: a last resort."""
    plain = Table(task, units, task.X, task.symbols)
    posed = allowed(plain)
    if posed and posed[0].groups:
        return  # the groups hold any law that keeps to the units
    for number in (1, 2):
        tried = [pair for pair in helped(plain, number) if pair[1].groups or number == 2]
        for candidate in _first(task, tried[:_TRIED], solve):
            if _convincing(task, candidate.error):
                yield candidate


def _first(task: Task, posed: Sequence[tuple[Table, Reduction]], solve: Solve) -> Iterator[Candidate]:
    """What the reduced tasks give, one after the other, until one leaves nothing to explain."""
    for table, reduction in posed:
        if task.left() < 0:
            return
        for candidate in _solved(table, reduction, solve):
            yield candidate
            if candidate.error <= task.enough:
                return


def _part(task: Task, share: float) -> float:
    """The deadline that leaves a task a share of its time."""
    return min(task.deadline, _clock.now() + share * max(task.left(), 0.0))


def _convincing(task: Task, error: float) -> bool:
    return error <= max(task.enough, _HELPED, _ABOUT_NOISE * task.noise)


def _solved(table: Table, reduction: Reduction, solve: Solve) -> Iterator[Candidate]:
    """A constant times the monomial; where that is not all, the monomial times a formula of the groups."""
    task = table.task
    constant = multiple(table, reduction)
    alone = task.error(constant)
    if _convincing(task, alone):
        yield Candidate(constant, alone, _reason(table, reduction, constant=True))
    if alone <= task.enough or not reduction.groups:
        return
    posed = _posed(table, reduction)
    if posed is None:
        return
    monomial = number_of_unit(1 / table.units.target.factor) * table.product(reduction.monomial)[1]
    groups = [table.product(group)[1] for group in reduction.groups]
    for candidate in solve(posed):
        expr = monomial * candidate.expr.xreplace(dict(zip(posed.symbols, groups, strict=True)))
        yield Candidate(expr, task.error(expr), _reason(table, reduction))


@np.errstate(all="ignore")
def _posed(table: Table, reduction: Reduction) -> Task | None:
    """The task in dimensionless groups; the noise of y is carried along. None where some row has no finite value."""
    task, unit = table.task, table.units.target.factor
    scale = table.product(reduction.monomial)[0] / unit
    X = np.column_stack([table.product(group)[0] for group in reduction.groups])
    symbols = [sp.Symbol(table.word(group)) for group in reduction.groups]
    posed = task.divided(scale, X, symbols, table.ratio(reduction))
    if not (np.isfinite(X).all() and np.isfinite(posed.y).all() and 0 < posed.spread < math.inf):
        return None
    return replace(posed, deadline=_part(task, _SHARE))


def _reason(table: Table, reduction: Reduction, constant: bool = False) -> str:
    """What the units say, in a sentence."""
    offered = table.units.offered
    given = _listed(f"{name} = {offered[name][0]:.6g}" for name in table.constants) if table.constants else ""
    units, ratio = f"With {given}, units" if given else "Units", table.ratio(reduction)
    groups = [table.word(group) for group in reduction.groups]
    if constant:
        left = f", and of {_listed(groups)} it does not depend" if groups else ""
        return f"{units} leave nothing to find but a number: {ratio} is a constant{left}."
    many = "one dimensionless group" if len(groups) == 1 else f"{len(groups)} dimensionless groups"
    of = "it" if len(groups) == 1 else "them"
    return f"{units} leave {many}, {_listed(groups)}: {ratio} is a function of {of}."


def _listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last

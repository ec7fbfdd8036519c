"""A stage of discovery: columns of both signs that are factors, y = x·G, found by fits to y.

Such a column has no logarithm, and the size of a wave that it multiplies changes its sign with it. Where y may be a
factor times a polynomial as well as a polynomial, the factor is divided out; where G does not depend on the column it
goes altogether.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic.stages._settled import settled
from symbolic.stages._task import Candidate, Solve, Task
from symbolic.surrogates._chart import Chart
from symbolic.surrogates._noise import fitted
from symbolic.surrogates._scaling import of_one_sign

Array = NDArray[np.float64]

_FEWEST, _ROWS = 40, 2000  # rows that are needed, and looked at
_SIZE = 120  # coefficients of a polynomial
_AS_GOOD, _NOTHING = 1.05, 1e-12  # what a factor may leave more than none, and what is nothing, of the spread of y
_QUIET = 0.05  # share of a factor's largest value that is divided by
_POSED, _SHARE, _FIRST = 2, 0.5, 0.6  # problems that are posed, and of the time left: for all, for one before others


@dataclass(frozen=True)
class _Factor:
    """y = Π columns · G of the columns `kept`, and what a polynomial G leaves of y."""

    columns: tuple[int, ...]
    kept: tuple[int, ...]
    left: float

    def value(self, X: Array) -> Array:
        return np.asarray(np.prod(X[:, list(self.columns)], axis=1))


def factors(task: Task, solve: Solve) -> Iterator[Candidate]:
    """Formulas with columns as factors: those that leave fewer columns first."""
    n, d = task.X.shape
    signed = [j for j in range(d) if j not in of_one_sign(task.X) and np.ptp(task.X[:, j]) > 0]
    if not signed or d < 2 or n < _FEWEST or not np.ptp(task.y) > 0:
        return
    task = task.share(_SHARE)
    found = _found(task, signed)
    for k, one in enumerate(found):
        if task.left() < 0:
            return
        by, product = one.value(task.X), sp.Mul(*(task.symbols[j] for j in one.columns))
        kept, symbols = task.X[:, list(one.kept)], [task.symbols[j] for j in one.kept]
        rows = np.abs(by) > _QUIET * np.max(np.abs(by))
        smaller = task.divided(by, kept, symbols, f"{task.said('y')}/({product})", rows)
        for candidate in solve(smaller.share(1.0 if k + 1 == len(found) else _FIRST)):
            yield settled(task, product * candidate.expr, f"{_reason(task, one)} {candidate.reason}")


def _found(task: Task, signed: Sequence[int]) -> list[_Factor]:
    """The factors beside which a polynomial does as well as one alone: all that go altogether, or else one by one."""
    every = tuple(range(task.X.shape[1]))
    allowed = max(_AS_GOOD * _left(task, (), every), _NOTHING)

    def those(choices: Iterator[_Factor]) -> list[_Factor]:
        return sorted((one for one in choices if one.left <= allowed), key=lambda one: one.left)

    gone = those(_factor(task, (j,), tuple(k for k in every if k != j)) for j in signed)
    if len(gone) > 1:
        columns = tuple(sorted(one.columns[0] for one in gone))
        gone = [*those(iter([_factor(task, columns, tuple(k for k in every if k not in columns))])), *gone]
    return (gone[:1] or those(_factor(task, (j,), every) for j in signed))[:_POSED]


def _factor(task: Task, columns: tuple[int, ...], kept: tuple[int, ...]) -> _Factor:
    return _Factor(columns, kept, _left(task, columns, kept))


def _left(task: Task, columns: tuple[int, ...], kept: tuple[int, ...]) -> float:
    """What a polynomial in some columns times the others leaves of y, relative to its spread, on rows left out."""
    if not kept:
        return np.inf
    X, y = task.X[:_ROWS], task.y[:_ROWS]
    s = np.ones_like(y) if task.weight is None else np.sqrt(task.weight[:_ROWS] / float(np.mean(task.weight)))
    by = np.prod(X[:, list(columns)], axis=1)
    by = np.where(np.abs(by) < 1e-9 * np.max(np.abs(by)), 1e-9 * np.max(np.abs(by)), by)
    chart = Chart.of(X[:, list(kept)], np.zeros(len(kept), dtype=bool), (1,) * len(kept), _SIZE)
    return fitted(chart, y, factor=by, s=s).error


def _reason(task: Task, one: _Factor) -> str:
    said = " and ".join(str(task.symbols[j]) for j in one.columns)
    return f"{task.target} vanishes with {said}, and a polynomial times {said} fits as well as one alone."

"""What quotients are made of: columns and curves of them, scaled, with every monomial up to a degree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic.stages._task import Task
from symbolic.stages.rational._fit import monomials

Array = NDArray[np.float64]

ROWS = 2000  # on which quotients are fitted
_HIGHEST, _MOST = {1: (8, 6), 2: (6, 4)}, 190  # degrees above and below in so many columns, and terms altogether
_ABOVE, _BELOW = 4, 4  # degrees in more columns


@dataclass(frozen=True)
class _Curve:
    """What stands in for a column: functions in NumPy and SymPy."""

    values: Callable[[Array], list[Array]]
    exprs: Callable[[sp.Expr], list[sp.Expr]]
    positive: bool = False


_ITSELF = _Curve(lambda x: [x], lambda u: [u])
CURVES = (
    _Curve(lambda x: [np.cos(x), np.sin(x)], lambda u: [sp.cos(u), sp.sin(u)]),
    _Curve(lambda x: [np.exp(x)], lambda u: [sp.exp(u)]),
    _Curve(lambda x: [np.sqrt(x)], lambda u: [sp.sqrt(u)], positive=True),
    _Curve(lambda x: [np.log(x)], lambda u: [sp.log(u)], positive=True),
)


@dataclass(frozen=True)
class Basis:
    """Columns, or curves of them, scaled to at most one."""

    F: Array
    exprs: tuple[sp.Expr, ...]
    size: Array
    squareless: tuple[int, ...]  # sines, whose squares are in terms of the cosines
    bent: int  # columns that a curve stands in for

    def terms(self, degree: int) -> int:
        """How many monomials there are up to a degree."""
        return len(monomials(len(self.exprs), degree, self.squareless))


def bases(task: Task, curves: Sequence[_Curve] = CURVES) -> Iterator[Basis]:
    d = task.X.shape[1]
    yield _basis(task, (_ITSELF,) * d)
    if task.depth > 1:
        return
    for curve in curves:
        for j in range(d):
            if not (curve.positive and (task.X[:, j] <= 0).any()) and np.ptp(task.X[:, j]) < 30:
                yield _basis(task, tuple(curve if k == j else _ITSELF for k in range(d)))


def _basis(task: Task, curves: tuple[_Curve, ...]) -> Basis:
    columns: list[Array] = []
    exprs: list[sp.Expr] = []
    squareless: list[int] = []
    for j, curve in enumerate(curves):
        columns += curve.values(task.X[:ROWS, j])
        exprs += curve.exprs(task.symbols[j])
        if len(columns) > len(exprs) - 1 and len(curve.exprs(task.symbols[j])) == 2:
            squareless.append(len(exprs) - 1)
    F = np.stack(columns, axis=1)
    size = np.maximum(np.abs(F).max(axis=0), 1e-300)
    bent = sum(curve is not _ITSELF for curve in curves)
    return Basis(F / size, tuple(exprs), size, tuple(squareless), bent)


def levels_of(basis: Basis, rows: int) -> list[tuple[int, int, int]]:
    """(terms, degree above, degree below), fewest terms first."""
    above, below = _HIGHEST.get(len(basis.exprs), (_ABOVE, _BELOW))
    counts = [basis.terms(degree) for degree in range(max(above, below) + 1)]
    most = min(_MOST, rows // 3)
    pairs = [(counts[a] + counts[b], a, b) for a in range(1, above + 1) for b in range(min(a, below) + 1)]
    pairs += [(counts[a] + counts[b], a, b) for a in range(2) for b in range(a + 1, below + 1)]
    return sorted(pair for pair in pairs if pair[0] <= most)

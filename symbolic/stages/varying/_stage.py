"""A stage of discovery under noise: T(y) = A(u) + B(u)·C(v) in two columns, fitted to all rows, and its parts named.

Cosine rules, ellipses, a base with a wave on it are such forms, and neither sums nor products.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic.fitting._noise import whiteness
from symbolic.stages._settled import settled
from symbolic.stages._task import Candidate, Solve, Task
from symbolic.stages.additive._fit import COLOURED
from symbolic.stages.additive._names import BITS_PER_COMPLEXITY
from symbolic.stages.varying._fit import Varying, fits
from symbolic.stages.varying._names import Named, inner, outer, raised

Array = NDArray[np.float64]

_FEWEST, _ROWS = 200, 6000  # rows needed, and looked at
_LOUD = 1e-4  # noise, relative to the spread, from which on splines are not what limits a fit
_SHARE = 0.5  # of the time left
_USELESS = 0.9  # share of the spread that curves may leave
_RIVAL = 15.0  # bits against a fit to leave it alone
_BITS_PER_LINK = 5.0
_MOST_FITS = 3
_BEST, _SHORTEST = 2, 4  # formulas whose constants are fitted to y
_ONE_SIDED, _LOWEST = 0.9, 0.02  # share of the rows that makes a side, and how near 0 values go, in typical ones
_NEAR = 1.1  # mean square, in units of the least, that a formula may leave before its constants are fitted to y
_SHORT = 50.0  # bits of a formula that hardly leave room for a shorter one through another link
_EXPLAINS = 1.01  # mean square that a formula may leave, in units of what its curves leave


def varying(task: Task, solve: Solve) -> Iterator[Candidate]:
    """Formulas y = g(A(u) + B(u)·C(v)), the shortest description first."""
    del solve  # nothing smaller is asked for
    if task.X.shape[1] != 2 or len(task.y) < _FEWEST or task.noise <= _LOUD or not np.ptp(task.y) > 0:
        return
    task = task.share(_SHARE)
    rows = np.arange(len(task.y))
    if len(rows) > _ROWS:
        rows = np.random.default_rng(task.seed).choice(rows, _ROWS, replace=False)
    X, y = task.X[rows], task.y[rows]
    weight = np.ones(len(y)) if task.weight is None else task.weight[rows] / float(np.mean(task.weight[rows]))
    with np.errstate(all="ignore"):
        best: list[_Whole] = []
        for fit in _worth_naming(fits(X, y, weight, _smooth(task, X, y)), X, np.sqrt(weight)):
            another = best and fit.link is not best[0].fit.link
            if another and best[0].said < _SHORT and best[0].left <= _EXPLAINS * fit.left:
                break
            best = sorted([*best, *_wholes(fit, X, y, weight, task)], key=lambda one: one.price)
    for k, whole in enumerate(_worth_settling(_different(best))):
        if k and task.left() < 0:
            return
        yield settled(task, whole.expr(task.symbols), _reason(task, whole.fit))


def _smooth(task: Task, X: Array, y: Array) -> Array:
    """Values of a surrogate (n,), kept as far from 0 as a fit can tell them, on the side where y is."""
    values, side = task.surrogates[0].value(X), float(np.sign(np.median(y)))
    one_sided = float(np.mean(side * y > 0)) > _ONE_SIDED
    values = side * np.maximum(side * values, _LOWEST * float(np.median(np.abs(y)))) if one_sided else values
    return np.where(np.isfinite(values), values, y)


def _different(found: list[_Whole]) -> list[_Whole]:
    """The wholes without those of the same values as one before."""
    kept: dict[str, _Whole] = {}
    for whole in found:
        kept.setdefault(f"{whole.left:.7g}", whole)
    return list(kept.values())


def _worth_settling(found: list[_Whole]) -> list[_Whole]:
    """The best, and the shortest of those whose numbers may yet make up for what they leave."""
    if not found:
        return []
    least = min(one.left for one in found)
    near = sorted((one for one in found if one.left <= _NEAR * least), key=lambda one: one.said)
    chosen = {id(one): one for one in (*found[:_BEST], *near[:_SHORTEST])}
    return list(chosen.values())


def _worth_naming(found: list[Varying], X: Array, s: Array) -> list[Varying]:
    """The fits that the data do not rule out: of those that leave nothing but noise the plainest first."""
    if not found or found[0].error > _USELESS:
        return []
    n, best = len(X), found[0].error

    def price(fit: Varying) -> float:
        return n * float(np.log2(fit.error / best)) + _BITS_PER_LINK * fit.link.complexity + 0.5 * fit.edf

    rivals = sorted((fit for fit in found if n * np.log2(fit.error / best) < _RIVAL + 0.5 * fit.edf), key=price)
    return [fit for fit in rivals if whiteness(s * fit.residual, X) < COLOURED][:_MOST_FITS]


@dataclass(frozen=True)
class _Whole:
    """F(u)·(a·A(u) + b·B(u)·C(v)), with a and b by least squares, its mean square, and the bits of both."""

    fit: Varying
    a: float
    b: float
    F: Named
    A: Named
    B: Named
    C: Named
    left: float
    said: float
    price: float

    def expr(self, symbols: tuple[sp.Symbol, ...]) -> sp.Expr:
        s, t = symbols[self.fit.outer], symbols[self.fit.inner]
        inner = sp.Float(self.a) * self.A.expr(s) + sp.Float(self.b) * self.B.expr(s) * self.C.expr(t)
        return sp.Integer(int(self.fit.sign)) * self.fit.link.sympy(self.F.expr(s) * inner)


def _wholes(fit: Varying, X: Array, y: Array, weight: Array, task: Task) -> Iterator[_Whole]:
    """All names that go together."""
    for known, C in inner(fit, X):
        explained = False
        for one, named in ((known, C), *raised(known, C)):
            if explained:
                break
            for F, A, B in outer(one, X):
                whole = _priced(one, F, A, B, named, y, weight)
                if whole is not None:
                    explained = explained or whole.left <= _EXPLAINS * fit.left
                    yield whole
                if task.left() < 0:
                    return


def _priced(fit: Varying, F: Named, A: Named, B: Named, C: Named, y: Array, weight: Array) -> _Whole | None:
    columns = np.stack([F.values * A.values, F.values * B.values * C.values], axis=1)
    if not np.isfinite(columns).all():
        return None
    live = [k for k in range(2) if np.any(columns[:, k] != 0)]
    w, found = np.sqrt(fit.weight), np.zeros(2)
    found[live] = np.linalg.lstsq(columns[:, live] * w[:, None], fit.z * w, rcond=None)[0]
    with np.errstate(all="ignore"):
        left = float(np.mean(weight * (y - fit.sign * fit.link.value(columns @ found)) ** 2))
    if not np.isfinite(left):
        return None
    n, numbers = len(y), F.numbers + A.numbers + B.numbers + C.numbers
    said = BITS_PER_COMPLEXITY * (F.read + A.read + B.read + C.read + fit.link.complexity)
    said += 0.5 * numbers * float(np.log2(n))
    price = 0.5 * n * float(np.log2(max(left, 1e-300))) + said
    return _Whole(fit, float(found[0]), float(found[1]), F, A, B, C, left, said, price)


def _reason(task: Task, fit: Varying) -> str:
    u, v = task.symbols[fit.outer], task.symbols[fit.inner]
    return (
        f"{task.said(fit.link.words, fit.sign)} is a straight line in one function of {v}, with coefficients that "
        f"depend on {u}: curves of that form leave {fit.error:.1g} of the spread of {task.target}."
    )

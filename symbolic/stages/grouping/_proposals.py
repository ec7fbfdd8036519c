"""Inner variables that slopes propose: which differences, monomials and sums of squares a law depends on.

A law keeps its form along a flow of its columns: y(x + s·n) = y(x) leaves differences, y(t^a x) = t^b y(x) monomials, a
rotation sums of squares. Such flows are null vectors of a table of slopes, which a surrogate gives.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic.stages._task import Task
from symbolic.stages.grouping._monomials import products, scales
from symbolic.stages.grouping._reduction import Reduction, combined, divided_out
from symbolic.stages.grouping._slopes import ALIVE, Slopes, flows, misfit_of, null, slopes_of
from symbolic.surrogates._model import Surrogate

Array = NDArray[np.float64]

_MISFIT = (0.01, 10.0, 0.15)  # of a flow, relative to the terms that cancel: allowed, at most so many errors, ever
_UNIT = 0.05  # a coefficient as close to ±1 is ±1
_FREE = 0.02  # misfit above which only combinations with coefficients ±1 are believed
_LOOSE = 2.0  # how much more is allowed for them
_AWAY, _FAR_ROWS = 0.1, 20  # share of its largest value from which on slopes are divided by a column; rows for each
_PAIRS = 3  # pairs of columns proposed of a kind
_IDLE = 0.2  # share of the largest effect below which a column may have none, under noise
_CLEAR = 0.1  # and misfit beyond which slopes that noise does not blur are still not clear enough to say so


def reductions(task: Task, found: Surrogate) -> list[Reduction]:
    """What the slopes of a surrogate propose, the plainest of each kind first; kinds by how much they take away."""
    slopes = slopes_of(found, task.X[:1500])
    least, errors, most = _MISFIT
    allowed = min(max(least, errors * found.error), most)
    kinds = (_idle, scales, products, _shifts, _rotations, _pairs)
    proposed = [one for kind in kinds for one in kind(task, slopes, allowed)]
    different = {(one.factor, frozenset(one.inner)): one for one in reversed(proposed)}
    return sorted(different.values(), key=lambda one: (len(one.inner), one.cost))


def _idle(task: Task, slopes: Slopes, allowed: float) -> Iterator[Reduction]:
    """The columns without those along which y hardly moves: one by one, and all together."""
    moved = np.sqrt(np.mean(slopes.G**2, axis=0)) * np.std(task.X, axis=0)
    share = moved / max(float(moved.max()), 1e-300)
    limit = _IDLE if slopes.blurred else allowed * (allowed < _CLEAR)
    idle = [j for j in range(len(share)) if share[j] < limit]
    for gone in dict.fromkeys([(j,) for j in idle] + [tuple(idle)] * (len(idle) > 1)):
        kept = [j for j in range(len(share)) if j not in gone]
        inner = tuple(task.symbols[j] for j in kept)
        yield Reduction(inner, sp.Integer(1), task.X[:, kept], task.y, float(share[list(gone)].max()), 0.0, True)


def _shifts(task: Task, slopes: Slopes, allowed: float) -> Iterator[Reduction]:
    """Linear combinations: null vectors of the slopes."""
    yield from _combinations(task, slopes.G, slopes.doubt, 1, allowed)


def _rotations(task: Task, slopes: Slopes, allowed: float) -> Iterator[Reduction]:
    """Combinations of squares: null vectors of ∂ᵢy/xᵢ."""
    far = (np.abs(slopes.X) > _AWAY * np.max(np.abs(slopes.X), axis=0)).all(1)
    X, G = slopes.X[far], slopes.G[far]
    if len(X) < _FAR_ROWS * X.shape[1]:
        return
    doubt = slopes.doubt * np.sqrt(np.mean(1 / X**2, axis=0))
    yield from _combinations(task, G / X, doubt, 2, allowed)


def _combinations(task: Task, M: Array, doubt: Array, power: int, allowed: float) -> Iterator[Reduction]:
    d = M.shape[1]
    _, N = null(M, doubt)
    for k in range(d - 1, 0, -1):
        tried = []
        for gone, loose in flows(N[:, :k], combinations(range(d), k)):
            if task.left() < 0:
                return
            A = _tidy(loose, np.sqrt(np.mean(M**2, axis=0)), gone)
            misfit = max(misfit_of(M, row, doubt) for row in A)
            if misfit <= (allowed if (A % 1 == 0).all() else min(allowed, _FREE)):
                others = np.delete(A, gone, axis=1)
                tried.append((float(np.sum(np.abs(others) > 0) + 2 * np.sum(np.abs(others) % 1 > 0)), gone, A, misfit))
        for cost, gone, A, misfit in sorted(tried, key=lambda one: (one[0], one[3]))[:1]:
            yield combined(task, gone, A, power, misfit, cost)


def _tidy(A: Array, size: Array, gone: tuple[int, ...]) -> Array:
    """Coefficients near 0 and ±1 as 0 and ±1, as long as that changes little."""
    A = A.copy()
    largest = size[list(gone)].max()
    A[np.abs(A) * size < _UNIT * largest] = 0.0
    for row, j in zip(A, gone, strict=True):
        row[j] = 1.0
    near = np.abs(np.abs(A) - 1) < _UNIT
    A[near] = np.sign(A[near])
    return A


def _pairs(task: Task, slopes: Slopes, allowed: float) -> Iterator[Reduction]:
    """Two columns at a time, or one that is a factor: with a poor surrogate one flow may be clear where all are not."""
    plain = slopes.G
    scaled = np.column_stack([slopes.h, plain * slopes.X])
    doubt = np.concatenate([[0.0], slopes.doubt * np.sqrt(np.mean(slopes.X**2, axis=0))])
    for M, doubts, shift in ((plain, slopes.doubt, True), (scaled, doubt, False)):
        size = np.sqrt(np.mean(M**2, axis=0))
        found = []
        for i, j in combinations(range(M.shape[1]), 2):
            if min(size[i], size[j]) < ALIVE * size.max():
                continue
            for a in _exponents(bool(i) or shift, slopes.blurred and not shift):
                n = np.zeros(M.shape[1])
                n[i], n[j] = a, 1.0
                found.append((misfit_of(M, n, doubts), i, j, n))
        for misfit, _, j, n in sorted(found, key=lambda one: one[0])[:_PAIRS]:
            if misfit > _LOOSE * allowed:
                break
            if shift:
                yield combined(task, (j,), n[None], 1, misfit, 1.0)
            elif (task.X[:, j - 1] > 0).all() or (task.X[:, j - 1] < 0).all():
                yield divided_out(task, (j - 1,), [[Fraction(float(a)) for a in n]], misfit, float(np.sum(np.abs(n))))


def _exponents(plain: bool, blurred: bool) -> tuple[float, ...]:
    """What a pair is tried with: how fast one column goes with the other, or how the factor grows."""
    if blurred:
        return (1.0, -1.0, 2.0, -2.0, 0.5, -0.5)
    return (1.0, -1.0) if plain else (1.0, -1.0, 2.0, -2.0)

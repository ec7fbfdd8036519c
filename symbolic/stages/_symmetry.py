"""Inner variables: which differences, monomials and sums of squares of the columns a law depends on.

A law keeps its form along a flow of its columns: y(x + s·n) = y(x) leaves differences, y(t^a x) = t^b y(x) monomials, a
rotation sums of squares. Such flows are null vectors of a table of slopes, which a surrogate gives.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic._clock import late
from symbolic.formulas._numeric import evaluate
from symbolic.stages._task import Task
from symbolic.surrogates._choice import surrogate
from symbolic.surrogates._model import Surrogate
from symbolic.surrogates._noise import refitted
from symbolic.surrogates._scaling import of_one_sign

Array = NDArray[np.float64]

_TRUSTED = 0.5  # share of the rows, those whose slopes are surest
_MISFIT = (0.01, 10.0, 0.15)  # of a flow, relative to the terms that cancel: allowed, at most so many errors, ever
_WHOLE, _HALVES, _THIRDS = 0.12, 0.06, 0.03  # how far an exponent may be from a rational one
_LARGEST = 6.0
_UNIT = 0.05  # a coefficient as close to ±1 is ±1
_SETS = 150  # choices of the columns that go, looked at
_KEPT = 3  # and proposed
_FREE = 0.02  # misfit above which only combinations with coefficients ±1 are believed
_LOOSE = 2.0  # how much more is allowed for them
_AWAY, _FAR_ROWS = 0.1, 20  # share of its largest value from which on slopes are divided by a column; rows for each
_PAIRS = 3  # pairs of columns proposed of a kind
_IDLE = 0.2  # share of the largest effect below which a column may have none, under noise
_CLEAR = 0.1  # and misfit beyond which slopes that noise does not blur are still not clear enough to say so
_ALIVE = 0.02  # slope of a column, relative to the largest, below which it is not in a pair
_DOUBTED = 1e-6  # share of a column's slope that is never trusted
_SURE = 2.5  # standard errors by which a smaller problem may be worse under noise
_COEFFICIENTS = 5  # quarters of the larger surrogate's coefficients that the smaller one's may have
_CANCELLED = 1e-2  # norms of the columns that a choice would leave nearly undetermined


@dataclass(frozen=True)
class Reduction:
    """y = factor·G(u) with fewer inner variables u than columns; `X`, `y` are the rows of the smaller problem.

    `misfit` tells how far the slopes are from agreeing, 0 for a perfect flow; `exact` whether all its constants are,
    `fitted` that its exponents come from fits to y, which leave `left` of it, in units of its spread.
    """

    inner: tuple[sp.Expr, ...]
    factor: sp.Expr
    X: Array
    y: Array
    misfit: float
    cost: float
    exact: bool
    fitted: bool = False
    left: float = 0.0


@dataclass(frozen=True)
class _Slopes:
    """h (m,) ∝ y and G (m, d) ∝ the slopes of y on the trusted rows, and the doubt (d,) about each column of G."""

    X: Array
    h: Array
    G: Array
    doubt: Array
    blurred: bool  # by noise: what they say is then less sure, and more is put to the test


def reductions(task: Task, found: Surrogate) -> list[Reduction]:
    """What the slopes of a surrogate propose, the plainest of each kind first; kinds by how much they take away."""
    slopes = _slopes(found, task.X[:1500])
    least, errors, most = _MISFIT
    allowed = min(max(least, errors * found.error), most)
    kinds = (_idle, _scales, _products, _shifts, _rotations, _pairs)
    proposed = [one for kind in kinds for one in kind(task, slopes, allowed)]
    different = {(one.factor, frozenset(one.inner)): one for one in reversed(proposed)}
    return sorted(different.values(), key=lambda one: (len(one.inner), one.cost))


def scaled_by_fits(task: Task) -> list[Reduction]:
    """Monomials whose exponents come from fits to y: under noise these know them far better than slopes do."""
    live = of_one_sign(task.X)
    found: list[Reduction] = []
    for scaling in task.scalings:
        plainest = sorted(scaling.choices(live), key=lambda one: (one.cost, one.gone))[:_KEPT]
        made = [_scaled(task, one.gone, one.flows, 0.0, one.cost) for one in plainest]
        found += [replace(one, fitted=True, left=scaling.left) for one in made]
    return found


def _slopes(found: Surrogate, X: Array) -> _Slopes:
    h, G = found.slopes(X)
    rough = found.slopes(X, rough=True)[1]
    size = np.maximum(np.sqrt(np.mean(G**2, axis=0)), 1e-300)
    away = np.sqrt(np.sum(((G - rough) / size) ** 2, axis=1) / np.maximum(np.sum((G / size) ** 2, axis=1), 1e-300))
    rows = np.argsort(away)[: max(int(_TRUSTED * len(X)), 3 * X.shape[1])]
    doubt = np.sqrt(np.median((G - rough)[rows] ** 2, axis=0) / 0.455)
    return _Slopes(X[rows], h[rows], G[rows], doubt, found.left is not None)


def _idle(task: Task, slopes: _Slopes, allowed: float) -> Iterator[Reduction]:
    """The columns without those along which y hardly moves: one by one, and all together."""
    moved = np.sqrt(np.mean(slopes.G**2, axis=0)) * np.std(task.X, axis=0)
    share = moved / max(float(moved.max()), 1e-300)
    limit = _IDLE if slopes.blurred else allowed * (allowed < _CLEAR)
    idle = [j for j in range(len(share)) if share[j] < limit]
    for gone in {tuple(idle), *((j,) for j in idle)} - {()}:
        kept = [j for j in range(len(share)) if j not in gone]
        inner = tuple(task.symbols[j] for j in kept)
        yield Reduction(inner, sp.Integer(1), task.X[:, kept], task.y, float(share[list(gone)].max()), 0.0, True)


def _null(M: Array, doubt: Array) -> tuple[Array, Array]:
    """The singular values of a table, from small to large and relative to the largest, and their vectors as columns."""
    size = np.sqrt(np.mean(M**2, axis=0))
    M = M / np.maximum(np.linalg.norm(M / np.maximum(size, 1e-300), axis=1), 1e-300)[:, None]
    size = np.sqrt(np.mean(M**2, axis=0))
    scale = np.maximum(size, np.maximum(doubt, _DOUBTED * size.max()))
    _, s, Vt = np.linalg.svd(M / scale, full_matrices=False)
    return s[::-1] / s[0], (Vt[::-1] / scale).T


def _misfit(M: Array, n: Array, doubt: Array) -> float:
    """|M·n| relative to the terms that have to cancel; terms below the doubt about them count as nothing."""
    terms = M * n
    size = np.sqrt(np.mean(terms**2, axis=0))
    left = float(np.sqrt(np.mean(terms.sum(1) ** 2)))
    return left / max(float(np.sqrt(np.sum(size**2))), float(np.max(doubt * np.abs(n))) * 10, 1e-300)


def _rational(a: float) -> Fraction | None:
    for denominators, tolerance in (((1,), _WHOLE), ((2,), _HALVES), ((3, 4), _THIRDS)):
        for q in denominators:
            near = Fraction(round(a * q), q)
            if abs(a - near) <= tolerance and abs(near) <= _LARGEST:
                return near
    return None


def _whole(a: float) -> Fraction | None:
    near = Fraction(round(a))
    return near if abs(near) <= _LARGEST else None


def _scales(task: Task, slopes: _Slopes, allowed: float) -> Iterator[Reduction]:
    """Monomials: null vectors of [y, xᵢ ∂ᵢy] say how y scales with its columns; columns that may be divided by go."""
    d = task.X.shape[1]
    live = of_one_sign(task.X)
    M = np.column_stack([slopes.h, slopes.G * slopes.X])
    doubt = np.concatenate([[0.0], slopes.doubt * np.sqrt(np.mean(slopes.X**2, axis=0))])
    _, N = _null(M, doubt)
    for k in range(min(len(live), d - (d > 1)), 0, -1):
        tried = list(_scale_sets(M, doubt, N[:, :k], live, k, allowed, slopes.blurred))
        tried.sort(key=lambda one: (round(one[0], 6), one[1]))
        for cost, gone, A, misfit in tried[:_KEPT]:
            yield _scaled(task, gone, A, misfit, cost)


def _scale_sets(
    M: Array, doubt: Array, N: Array, live: list[int], k: int, allowed: float, blurred: bool = False
) -> Iterator[tuple[float, tuple[int, ...], list[list[Fraction]], float]]:
    """Columns to divide by, with the exponents (k, 1 + d) of y and all columns along each one's flow."""
    for gone in list(combinations(live, k))[:_SETS]:
        if late():
            return
        B = N[[j + 1 for j in gone]]
        if np.linalg.cond(B / np.linalg.norm(B, axis=1, keepdims=True).clip(1e-300)) > 1 / _CANCELLED:
            continue
        A = (N @ np.linalg.inv(B)).T  # (k, 1 + d)
        for rounding in (_whole, _rational) if blurred else (_rational,):
            rounded = [[rounding(float(a)) for a in row] for row in A]
            if any(a is None for row in rounded for a in row):
                continue
            exponents = [[a for a in row if a is not None] for row in rounded]
            misfit = max(_misfit(M, np.array([float(a) for a in row]), doubt) for row in exponents)
            if misfit > allowed:
                continue
            flat = [a for row in exponents for a in row]
            cost = float(sum(abs(a) + 2 * (a.denominator > 1) for a in flat))
            yield cost, gone, exponents, misfit


def _scaled(task: Task, gone: tuple[int, ...], A: list[list[Fraction]], misfit: float, cost: float) -> Reduction:
    """The problem with the columns `gone` set to one by the flows; `A` as of `_scale_sets`."""
    kept = [j for j in range(task.X.shape[1]) if j not in gone]
    units = np.abs(task.X[:, gone])
    bases = [task.symbols[j] * (1 if task.X[0, j] > 0 else -1) for j in gone]

    def monomial(i: int, sign: int) -> tuple[sp.Expr, Array]:
        powers = [sign * row[i] for row in A]
        said = sp.Mul(*(base ** sp.Rational(p) for base, p in zip(bases, powers, strict=True)))
        return said, np.prod(units ** np.array([float(p) for p in powers]), axis=1)

    factor, size = monomial(0, -1)  # xⱼ ∂ⱼy + … + A₀ y = 0: y shrinks as the columns grow
    columns = [monomial(j + 1, -1) for j in kept]
    inner = tuple(task.symbols[j] * said for j, (said, _) in zip(kept, columns, strict=True))
    X = np.stack([task.X[:, j] * by for j, (_, by) in zip(kept, columns, strict=True)], axis=1)
    return Reduction(inner, factor, X, task.y / size, misfit, cost, True)


def _products(task: Task, slopes: _Slopes, allowed: float) -> Iterator[Reduction]:
    """Products of two columns, of which one has both signs and nothing is divided by it: where xᵢ ∂ᵢy = xⱼ ∂ⱼy."""
    M, live = slopes.G * slopes.X, of_one_sign(task.X)
    doubt = slopes.doubt * np.sqrt(np.mean(slopes.X**2, axis=0))
    size = np.sqrt(np.mean(M**2, axis=0))
    for i, j in combinations(range(M.shape[1]), 2):
        if (i in live and j in live) or min(size[i], size[j]) < _ALIVE * size.max():
            continue
        n = np.zeros(M.shape[1])
        n[i], n[j] = 1.0, -1.0
        misfit = _misfit(M, n, doubt)
        if misfit <= allowed:
            X, inner = task.X.copy(), list(task.symbols)
            X[:, i], inner[i] = X[:, i] * X[:, j], inner[i] * inner[j]
            yield Reduction(tuple(np.delete(inner, j)), sp.Integer(1), np.delete(X, j, 1), task.y, misfit, 1.0, True)


def _shifts(task: Task, slopes: _Slopes, allowed: float) -> Iterator[Reduction]:
    """Linear combinations: null vectors of the slopes."""
    yield from _combined(task, slopes.G, slopes.doubt, 1, allowed)


def _rotations(task: Task, slopes: _Slopes, allowed: float) -> Iterator[Reduction]:
    """Combinations of squares: null vectors of ∂ᵢy/xᵢ."""
    far = (np.abs(slopes.X) > _AWAY * np.max(np.abs(slopes.X), axis=0)).all(1)
    X, G = slopes.X[far], slopes.G[far]
    if len(X) < _FAR_ROWS * X.shape[1]:
        return
    doubt = slopes.doubt * np.sqrt(np.mean(1 / X**2, axis=0))
    yield from _combined(task, G / X, doubt, 2, allowed)


def _combined(task: Task, M: Array, doubt: Array, power: int, allowed: float) -> Iterator[Reduction]:
    d = M.shape[1]
    _, N = _null(M, doubt)
    for k in range(d - 1, 0, -1):
        tried = []
        for gone in list(combinations(range(d), k))[:_SETS]:
            if task.left() < 0:
                return
            B = N[list(gone), :k]
            if np.linalg.cond(B / np.linalg.norm(B, axis=1, keepdims=True).clip(1e-300)) > 1 / _CANCELLED:
                continue
            A = _tidy((N[:, :k] @ np.linalg.inv(B)).T, np.sqrt(np.mean(M**2, axis=0)), gone)
            misfit = max(_misfit(M, row, doubt) for row in A)
            if misfit <= (allowed if (A % 1 == 0).all() else min(allowed, _FREE)):
                others = np.delete(A, gone, axis=1)
                tried.append((float(np.sum(np.abs(others) > 0) + 2 * np.sum(np.abs(others) % 1 > 0)), gone, A, misfit))
        for cost, gone, A, misfit in sorted(tried, key=lambda one: (one[0], one[3]))[:1]:
            yield _shifted(task, gone, A, power, misfit, cost)


def _pairs(task: Task, slopes: _Slopes, allowed: float) -> Iterator[Reduction]:
    """Two columns at a time, or one that is a factor: with a poor surrogate one flow may be clear where all are not."""
    plain = slopes.G
    scaled = np.column_stack([slopes.h, plain * slopes.X])
    doubt = np.concatenate([[0.0], slopes.doubt * np.sqrt(np.mean(slopes.X**2, axis=0))])
    for M, doubts, shift in ((plain, slopes.doubt, True), (scaled, doubt, False)):
        size = np.sqrt(np.mean(M**2, axis=0))
        found = []
        for i, j in combinations(range(M.shape[1]), 2):
            if min(size[i], size[j]) < _ALIVE * size.max():
                continue
            for a in _exponents(bool(i) or shift, slopes.blurred and not shift):
                n = np.zeros(M.shape[1])
                n[i], n[j] = a, 1.0
                found.append((_misfit(M, n, doubts), i, j, n))
        for misfit, _, j, n in sorted(found, key=lambda one: one[0])[:_PAIRS]:
            if misfit > _LOOSE * allowed:
                break
            if shift:
                yield _shifted(task, (j,), n[None], 1, misfit, 1.0)
            elif (task.X[:, j - 1] > 0).all() or (task.X[:, j - 1] < 0).all():
                yield _scaled(task, (j - 1,), [[Fraction(float(a)) for a in n]], misfit, float(np.sum(np.abs(n))))


def _exponents(plain: bool, blurred: bool) -> tuple[float, ...]:
    """What a pair is tried with: how fast one column goes with the other, or how the factor grows."""
    if blurred:
        return (1.0, -1.0, 2.0, -2.0, 0.5, -0.5)
    return (1.0, -1.0) if plain else (1.0, -1.0, 2.0, -2.0)


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


def _shifted(task: Task, gone: tuple[int, ...], A: Array, power: int, misfit: float, cost: float) -> Reduction:
    """u = xᵢ^power − Σ aᵢⱼ xⱼ^power for the columns i that stay."""
    kept = [j for j in range(task.X.shape[1]) if j not in gone]
    W = task.X**power
    inner, columns, exact = [], [], True
    for i in kept:
        said, column = task.symbols[i] ** power, W[:, i].copy()
        for row, j in zip(A, gone, strict=True):
            if row[i] != 0:
                whole = float(abs(row[i])) == 1
                exact &= whole
                said -= (sp.Integer(int(row[i])) if whole else sp.Float(float(row[i]))) * task.symbols[j] ** power
                column -= row[i] * W[:, j]
        plain = said == task.symbols[i] ** power
        inner.append(task.symbols[i] if plain else said)
        columns.append(task.X[:, i] if plain else column)
    return Reduction(tuple(inner), sp.Integer(1), np.stack(columns, axis=1), task.y, misfit, cost, exact)


def as_good(task: Task, one: Reduction, found: Surrogate) -> float | None:
    """The error in y of a surrogate of the smaller problem under noise; None where it is worse than that of the larger.

    Both leave out the same rows: what tells is the mean of the difference of their squares, in its standard errors.
    """
    assert found.left is not None
    n = len(found.left)
    with np.errstate(all="ignore"):
        factor = np.broadcast_to(evaluate(one.factor, task.symbols, task.X[:n]), (n,))
        start = found.value(task.X[:n])
    if not (np.isfinite(factor).all() and (factor != 0).all()):
        return None
    start = np.where(np.isfinite(start), start, 0.0)
    s = np.ones(n) if task.weight is None else np.sqrt(task.weight[:n] / float(np.mean(task.weight[:n])))
    most = max(_COEFFICIENTS * len(found.coef) // 4, 30)
    best: tuple[float, float] | None = None
    for power in dict.fromkeys((found.power, 1.0)):
        for small in refitted(one.X[:n], task.y[:n], power, found.sign, start, factor, s, most):
            if small.left is None or not np.isfinite(small.error):
                continue
            gap = small.left**2 - found.left**2
            worse = float(gap.mean() / max(float(gap.std()), 1e-300) * np.sqrt(n))
            if best is None or worse < best[1]:
                best = small.error, worse
    return best[0] if best is not None and best[1] < _SURE else None


def confirmed(task: Task, one: Reduction) -> float:
    """The error that a surrogate of the smaller problem makes in y, relative to its spread."""
    with np.errstate(all="ignore"):
        ratio = task.y / one.y
    ratio = ratio[np.isfinite(ratio)]
    size = float(np.sqrt(np.mean(ratio**2))) if len(ratio) else 1.0
    return surrogate(one.X, one.y).error * float(np.std(one.y)) * size / task.spread

"""The third stage of discovery: y, or a power of it, as A(s) + B(s)·C(t) in two groups of columns s and t.

Sums and products are such forms with B or without A. The rectangles f(s, t) − f(s, t̄) of the form are a matrix of rank
one; a surrogate fills it, and each part is a smaller problem whose target are values of the surrogate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic.fitting._noise import spread_of
from symbolic.formulas._numeric import evaluate
from symbolic.stages._parts import NOTHING, Part, level
from symbolic.stages._settled import settled
from symbolic.stages._task import Candidate, Solve, Task
from symbolic.surrogates._model import Surrogate

Array = NDArray[np.float64]

_FEWEST, _ROWS = 40, 600
_SIDE = 24  # rows of each group in a table of rectangles
_GOOD = 0.02  # error of a surrogate that can be split
_LEFT = (5.0, 1e-7)  # what one term may leave of a table, in errors of the surrogate and at its edges
_WIDEST = 6  # columns beyond which splits are too many
_TRIED = 4  # splits
_MARGIN = 4.0  # how much worse than typical a surrogate may be at the edge of the table
_QUIET, _FIRST = 0.1, 0.5  # share of a factor's largest value that is divided by, and of the time for what is left


@dataclass(frozen=True)
class _Split:
    """T(y) = A + B·C with C in the columns `inner`, A and B in `outer`; `left` is what rectangles leave."""

    found: Surrogate
    outer: tuple[int, ...]
    inner: tuple[int, ...]
    left: float
    plain: bool  # a sum or a product
    low: Array  # (d,): two rows between which C differs most
    high: Array
    strong: Array  # (d,): a row where B is large


def split(task: Task, solve: Solve) -> Iterator[Candidate]:
    """Formulas that are put together from those of two groups of columns."""
    d = task.X.shape[1]
    if not 2 <= d <= _WIDEST or len(task.y) < _FEWEST or not np.ptp(task.y) > 0:
        return
    good = sorted((one for one in task.surrogates if one.scatter < _GOOD), key=lambda one: one.scatter)
    splits = [one for found in good[:3] for one in _splits(task, found)]
    for one in sorted(splits, key=lambda one: (not one.plain, len(one.inner), one.left))[:_TRIED]:
        if task.left() < 0:
            return
        yield from _solved(task, one, solve)


def _splits(task: Task, found: Surrogate) -> Iterator[_Split]:
    d, rng = task.X.shape[1], np.random.default_rng(task.seed)
    s, t = (task.X[rng.choice(len(task.X), _SIDE, replace=False)] for _ in range(2))
    for size in range(1, d // 2 + 1 if d > 3 else d):
        for inner in combinations(range(d), size):
            outer = tuple(j for j in range(d) if j not in inner)
            rows = np.repeat(s, _SIDE, axis=0)
            rows[:, inner] = np.tile(t[:, inner], (_SIDE, 1))
            F = found.inner(rows).reshape(_SIDE, _SIDE)
            spread = float(np.std(F))
            U, sigma, Vt = np.linalg.svd(F - F.mean(1, keepdims=True))
            left = float(np.sqrt(np.sum(sigma[1:] ** 2))) / _SIDE / spread
            allowed = _LEFT[0] * found.scatter + _LEFT[1]
            if sigma[0] / _SIDE > NOTHING * found.scatter * spread and left < allowed:
                total = float(np.std(F - F.mean(1, keepdims=True) - F.mean(0))) / spread
                product = float(np.sqrt(np.sum(np.linalg.svd(F)[1][1:] ** 2))) / _SIDE / spread
                order = np.argsort(Vt[0])
                strong = s[int(np.argmax(np.abs(U[:, 0])))]
                plain = min(total, product) < allowed
                yield _Split(found, outer, inner, left, plain, t[order[0]], t[order[-1]], strong)


def _solved(task: Task, one: _Split, solve: Solve) -> Iterator[Candidate]:
    """C from the rows of its columns beside a fixed row of the others, then B and A beside two rows of C's columns."""
    X, found, noise = task.X[:_ROWS], one.found, max(_MARGIN * one.found.scatter, one.left, 1e-9)
    target = found.inner(_mixed(X, one.strong, one.outer))
    inner = [*_line(task, X, one.inner, target, noise), *Part.of(task, X, one.inner, target, noise, solve).best()]
    for C in dict.fromkeys(map(_bare, inner)):
        w1, w2 = (float(evaluate(C, task.symbols, row[None])[0]) for row in (one.low, one.high))
        if not np.isfinite([w1, w2]).all() or w1 == w2:
            continue
        f1, f2 = (found.inner(_mixed(X, row, one.inner)) for row in (one.low, one.high))
        scale = float(np.std(np.concatenate([f1, f2])))
        B, A = (f2 - f1) / (w2 - w1), (f1 * w2 - f2 * w1) / (w2 - w1)
        doubts = noise * scale / abs(w2 - w1), noise * scale * max(abs(w1), abs(w2)) / abs(w2 - w1)
        slope, end = (level(curve, doubt) for curve, doubt in zip((B, A), doubts, strict=True))
        if slope is not None and found.power == 1:
            yield from _without(task, one, _plain(sp.Float(found.sign * slope) * C, noise), sp.Add, solve)
        if end == 0 and abs(found.power) == 1:
            yield from _without(task, one, _plain(C, noise) ** int(found.power), sp.Mul, solve)
        if task.left() < 0:
            return
        slopes = Part.of(task, X, one.outer, B, doubts[0], solve, absolute=True)
        ends = Part.of(task, X, one.outer, A, doubts[1], solve, absolute=True)
        for b, a in _pairs(slopes, ends):
            expr = _outer(found, a + b * C)
            if np.isfinite(task.error(expr)):
                yield settled(task, expr, _reason(task, one))
            if task.left() < 0:
                return


def _line(task: Task, X: Array, columns: tuple[int, ...], target: Array, noise: float) -> list[sp.Expr]:
    """The column itself, where a straight line in it is as good as may be told: what a surrogate bends is no curve."""
    if len(columns) > 1:
        return []
    x = X[:, columns[0]]
    away = target - np.polyval(np.polyfit(x, target, 1), x)
    return [task.symbols[columns[0]]] if np.std(away) < noise * np.std(target) else []


def _without(
    task: Task, one: _Split, part: sp.Expr, joined: Callable[[sp.Expr, sp.Expr], sp.Expr], solve: Solve
) -> Iterator[Candidate]:
    """A term or a factor, and the formulas of what y itself is without it: a surrogate knows that less well.

    A part with numbers that were read from the surrogate is none that y can be rid of.
    """
    values = np.broadcast_to(evaluate(part, task.symbols, task.X), task.y.shape)
    if part.atoms(sp.Float) or not np.isfinite(values).all():
        return
    X, symbols, asked = task.X[:, one.outer], [task.symbols[j] for j in one.outer], task.share(_FIRST)
    if joined is sp.Mul:
        rows = np.abs(values) > _QUIET * np.max(np.abs(values))
        smaller = asked.divided(values, X, symbols, f"{task.said('y')}/({part})", rows)
    else:
        left = task.y - values
        noise = task.noise * task.spread / max(spread_of(left, task.weight), 1e-300)
        smaller = asked.within(X, left, symbols, noise, task.weight, f"{task.said('y')} - ({part})")
    if not smaller.spread > 0:
        return
    for found in solve(smaller):
        yield settled(task, joined(part, found.expr), f"{_reason(task, one)} {found.reason}")


def _plain(expr: sp.Expr, doubt: float) -> sp.Expr:
    """The formula with numbers that are whole within their doubt as such."""
    near = {f: sp.Integer(round(f)) for f in expr.atoms(sp.Float) if round(f) and abs(f - round(f)) <= doubt}
    return expr.xreplace(near)


def _pairs(slopes: Part, ends: Part) -> Iterator[tuple[sp.Expr, sp.Expr]]:
    """Formulas of B and of A that are worth a try together: the first near ones, then the best."""
    tried = slopes.first(), ends.first()
    if None not in tried:
        yield tried
    yield from (pair for pair in product(slopes.best(), ends.best()) if pair != tried)


def _bare(C: sp.Expr) -> sp.Expr:
    """A formula without the offset and the factor that A and B hold."""
    C = C.as_independent(*C.free_symbols, as_Add=True)[1]
    return C.as_independent(*C.free_symbols, as_Add=False)[1]


def _mixed(X: Array, row: Array, columns: tuple[int, ...]) -> Array:
    """The rows with some columns held at those of one row."""
    X = X.copy()
    X[:, columns] = row[list(columns)]
    return X


def _outer(found: Surrogate, inner: sp.Expr) -> sp.Expr:
    sign = sp.Integer(int(found.sign))
    if found.power == 0:
        return sign * sp.exp(inner)
    return sign * inner ** sp.Rational(int(2 / found.power), 2) if found.power != 1 else sign * inner


def _reason(task: Task, one: _Split) -> str:
    words = {1.0: "y", 0.0: "log y", -1.0: "1/y", 2.0: "y^2", -2.0: "1/y^2"}[one.found.power]
    of = [" and ".join(str(task.symbols[j]) for j in columns) for columns in (one.inner, one.outer)]
    return (
        f"{task.said(words)} is a straight line in one function of {of[0]}, with coefficients that depend on {of[1]}: "
        f"rectangles differ from that by {max(one.left, 1e-12):.1g} of the signal."
    )

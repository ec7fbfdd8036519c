"""Curves of one input that are compound: y = c·x^p·g(a·x^q) + d with g one of a few shapes, Planck's among them.

c and d are closed-form, p and q a few small numbers, a comes from a grid and is refined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic.stages._settled import settled
from symbolic.stages._task import Candidate, Solve, Task
from symbolic.surrogates._choice import BLURRED

Array = NDArray[np.float64]

_POINTS = 120
_OUTER = (0, 1, -1, 2, -2, 3, -3, 4)  # p
_INNER = (1, -1, 2, -2)  # q
_SIZES = np.geomspace(0.05, 40.0, 60)  # largest a·x^q tried for shapes without waves
_LONGEST = 60.0  # largest phase of a wave
_GRID, _ZOOMS = 0.12, 7  # distance of neighbours on the grid, and how often it is made finer
_LOOKED_AT, _DEAR = 150, 3.0  # curves made finer; an offset has to earn its place
_NEAR = 0.03  # error on the grid, relative to the spread, that is worth refining
_REFINED = 5
_BITS = 5.0  # a shape, an offset or two powers
_RIVAL = 40.0  # bits that a shape may cost more than the best to be fitted to all rows
_BETTER = 0.5
_CONVINCING, _CLOSE = 1e-6, 3.0  # error of a formula worth a word: as such, or in units of what is enough


@dataclass(frozen=True)
class Shape:
    """g in NumPy and SymPy; `signs` of a that make a difference."""

    value: Callable[[Array], Array]
    sympy: Callable[[sp.Expr], sp.Expr]
    signs: tuple[float, ...] = (1.0,)
    wave: bool = False


_BOTH = (1.0, -1.0)
_HALF = sp.Rational(1, 2)
_PLAIN = Shape(np.ones_like, lambda _: sp.Integer(1))  # or a wave that is all slope would pass for a power
SHAPES: tuple[Shape, ...] = (
    _PLAIN,
    Shape(np.exp, sp.exp, _BOTH),
    Shape(lambda v: 1 + v, lambda v: 1 + v, _BOTH),
    Shape(lambda v: 1 / (1 + v), lambda v: 1 / (1 + v), _BOTH),
    Shape(lambda v: (1 + v) ** -2.0, lambda v: (1 + v) ** -2, _BOTH),
    Shape(lambda v: (1 + v) ** 0.5, lambda v: (1 + v) ** _HALF, _BOTH),
    Shape(lambda v: (1 + v) ** -0.5, lambda v: (1 + v) ** -_HALF, _BOTH),
    Shape(lambda v: (1 + v) ** -1.5, lambda v: (1 + v) ** (-3 * _HALF), _BOTH),
    Shape(lambda v: (1 + v) / (1 - v), lambda v: (1 + v) / (1 - v), _BOTH),
    Shape(lambda v: ((1 + v) / (1 - v)) ** 0.5, lambda v: sp.sqrt((1 + v) / (1 - v)), _BOTH),
    Shape(np.log1p, lambda v: sp.log(1 + v), _BOTH),
    Shape(np.tanh, sp.tanh),
    Shape(lambda v: 1 / np.cosh(v), lambda v: 1 / sp.cosh(v)),
    Shape(lambda v: 1 / np.expm1(v), lambda v: 1 / (sp.exp(v) - 1)),
    Shape(lambda v: 1 / (np.exp(v) + 1), lambda v: 1 / (sp.exp(v) + 1)),
    Shape(np.sin, sp.sin, wave=True),
    Shape(np.cos, sp.cos, wave=True),
    Shape(lambda v: np.sin(v) ** 2, lambda v: sp.sin(v) ** 2, wave=True),
    Shape(lambda v: 1 / np.sin(v), lambda v: 1 / sp.sin(v), wave=True),
    Shape(lambda v: np.sin(v) ** -2.0, lambda v: sp.sin(v) ** -2, wave=True),
)


def compound(task: Task, solve: Solve) -> Iterator[Candidate]:
    """Formulas for y of one input."""
    del solve  # nothing smaller is left to ask for
    if task.X.shape[1] != 1 or len(task.y) < 8 or not np.ptp(task.X) > 0 or not np.ptp(task.y) > 0:
        return
    order = np.argsort(task.X[:, 0])
    noisy = task.noise > BLURRED
    weight = np.ones(len(order)) if task.weight is None else task.weight[order]
    x, y = _averaged(task.X[order, 0], task.y[order], weight) if noisy else _picked(task.X[order, 0], task.y[order])
    with np.errstate(all="ignore"):
        ranked = sorted(_laid(x, y), key=lambda one: one.left)[:_LOOKED_AT]
        ranked = sorted((_closer(one, x, y) for one in ranked), key=_Curve.bits if noisy else _Curve.price)
    least, (symbol,) = np.inf, task.symbols
    for one in _different(ranked)[: 2 * _REFINED] if noisy else ranked[:_REFINED]:
        if task.left() < 0 or (not noisy and one.left > max(_NEAR, 2 * task.noise)):
            return
        found = settled(task, one.expr(symbol), f"{task.target} is a compound curve of {symbol}.", thorough=True)
        if noisy:
            yield found
        elif found.error < _BETTER * least and found.error <= max(_CONVINCING, _CLOSE * task.enough):
            least = found.error
            yield found
            if found.error <= task.enough:
                return


@dataclass(frozen=True)
class _Curve:
    """c·x^p·g(a·x^q) + d, what it leaves relative to the spread, and the distance of a from the next one tried."""

    left: float
    shape: Shape
    p: int
    q: int
    a: float
    c: float
    d: float
    offset: bool
    step: float

    def price(self) -> float:
        return self.left * (_DEAR if self.offset else 1.0) / (_DEAR if self.shape is _PLAIN else 1.0)

    def bits(self) -> float:
        """The description length on averages over neighbours, where some of what is left is noise."""
        said = 0.0 if self.shape is _PLAIN else _BITS
        return _POINTS * float(np.log2(max(self.left, 1e-12))) + said + _BITS * (self.offset + 0.5 * abs(self.p))

    def expr(self, x: sp.Symbol) -> sp.Expr:
        inner = self.shape.sympy(sp.Float(self.a) * x**self.q)
        return sp.Float(self.c) * x**self.p * inner + (sp.Float(self.d) if self.offset else 0)


def _different(ranked: list[_Curve]) -> list[_Curve]:
    """The best of each shape, and no more than is needed of those that cost much: noise tells them hardly apart."""
    best: dict[tuple[Shape, bool], _Curve] = {}
    for one in ranked:
        best.setdefault((one.shape, one.offset), one)
    least = min(one.bits() for one in best.values())
    return [one for one in best.values() if one.bits() < least + _RIVAL]


def _picked(x: Array, y: Array) -> tuple[Array, Array]:
    """Some of the rows."""
    rows = np.unique(np.linspace(0, len(x) - 1, _POINTS).round().astype(int))
    return x[rows], y[rows]


def _averaged(x: Array, y: Array, w: Array) -> tuple[Array, Array]:
    """The means of neighbours, which noise hardly moves: as many as weigh the same, so that all means are as sure."""
    place = np.cumsum(w) - w / 2
    ends = np.searchsorted(place, np.linspace(0, float(w.sum()), min(_POINTS, len(x) // 4) + 1)[1:-1])
    parts = [part for part in np.split(np.arange(len(x)), ends) if len(part)]
    means = [(np.average(x[part], weights=w[part]), np.average(y[part], weights=w[part])) for part in parts]
    return np.array([x for x, _ in means]), np.array([y for _, y in means])


def _laid(x: Array, y: Array) -> Iterator[_Curve]:
    """The best a on a grid for each combination of shape, powers and offset."""
    zero = bool((x == 0).any())
    for q in _INNER:
        if zero and q < 0:
            continue
        w = x**q
        largest = float(np.max(np.abs(w)))
        for shape in SHAPES:
            a = np.linspace(0.3, _LONGEST, 200) if shape.wave else np.concatenate([s * _SIZES for s in shape.signs])
            g = shape.value(np.outer(a / largest, w))
            good = np.isfinite(g).all(1)
            if not good.any():
                continue
            for p in _OUTER:
                for offset in (False, True):
                    if not (zero and p < 0):
                        yield from _linear(g[good] * x**p, y, shape, p, q, a[good] / largest, offset)


def _linear(
    f: Array, y: Array, shape: Shape, p: int, q: int, a: Array, offset: bool, step: float | None = None
) -> Iterator[_Curve]:
    """c and d by least squares for each row of f (len(a), m): the best row."""
    F, z = (f - f.mean(1, keepdims=True), y - y.mean()) if offset else (f, y)
    c = F @ z / np.maximum(np.sum(F**2, axis=1), 1e-300)
    left = np.sqrt(np.mean((z - c[:, None] * F) ** 2, axis=1)) / float(np.std(y))
    left[~np.isfinite(left)] = np.inf
    k = int(np.argmin(left))
    if np.isfinite(left[k]) and c[k] != 0:
        d = float(y.mean() - c[k] * f[k].mean()) if offset else 0.0
        near = abs(a[k]) * _GRID if step is None else step
        if shape.wave and step is None:
            near = float(a[min(k + 1, len(a) - 1)] - a[min(k + 1, len(a) - 1) - 1])
        yield _Curve(float(left[k]), shape, p, q, float(a[k]), float(c[k]), d, offset, near)


def _closer(one: _Curve, x: Array, y: Array) -> _Curve:
    """The curve with a between its neighbours on the grid, to six digits."""
    for _ in range(_ZOOMS):
        a = one.a + one.step * np.linspace(-1.0, 1.0, 21)
        g = one.shape.value(np.outer(a, x**one.q)) * x**one.p
        g, a = g[np.isfinite(g).all(1)], a[np.isfinite(g).all(1)]
        found = list(_linear(g, y, one.shape, one.p, one.q, a, one.offset, one.step / 8))
        if not found or found[0].left > one.left:
            break
        one = found[0]
    return one

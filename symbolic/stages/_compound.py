"""Curves of one input that are compound: y = c·x^p·g(a·x^q) + d with g one of a few shapes, Planck's among them.

c and d are closed-form, p and q a few small numbers, a comes from a grid and is refined. Where no such curve fits, x is
counted from somewhere else: the zero of x comes from a grid too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp
from numpy.typing import NDArray
from scipy.special import erf

from symbolic.stages._settled import settled
from symbolic.stages._task import EXACT, Candidate, Solve, Task
from symbolic.surrogates._choice import BLURRED

Array = NDArray[np.float64]

_POINTS = 120
_OUTER = (0, 1, -1, 2, -2, 3, -3, 4, 0.5, -0.5, 1.5, -1.5)  # p; halves only where x > 0
_INNER = (1, -1, 2, -2, 0.5, -0.5)  # q
_MOVED = ((0, 1, -1, 2, -2), (1, 2))  # p and q about another zero of x
_SIZES = np.geomspace(0.05, 40.0, 60)  # largest a·x^q tried for shapes without waves
_LONGEST = 60.0  # largest phase of a wave
_GRID = 0.12  # distance of neighbours on the grid
_FINER = {False: ((700, 1), (40, 6)), True: ((120, 1), (20, 8))}  # curves looked at more closely, and how often
_FLAT = 1e-12  # share of its square by which a curve has to move
_DEAR = 3.0  # an offset has to earn its place
_NEAR = 0.03  # error on the grid, relative to the spread, that is worth refining
_REFINED = 5
_PLACES, _ROUGHLY = 40, 0.5  # where x may be counted from, in twice its range; and what may be left there
_UNHURRIED = {False: 4.0, True: 12.0}  # seconds left, of a whole and of a part, for another zero to be looked for
_BITS = 5.0  # a shape, an offset or two powers
_RIVAL = 40.0  # bits that a shape may cost more than the best to be fitted to all rows
_BETTER = 0.5
_FOLLOWS = 4.0  # how much more than in other rows a smooth fit may miss where it tells how y bends
_FAINT = 1e-5  # noise from which on means tell more than some of the rows
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
_ALGEBRAIC: tuple[Shape, ...] = (
    _PLAIN,
    Shape(lambda v: 1 + v, lambda v: 1 + v, _BOTH),
    Shape(lambda v: 1 / (1 + v), lambda v: 1 / (1 + v), _BOTH),
    Shape(lambda v: (1 + v) ** -2.0, lambda v: (1 + v) ** -2, _BOTH),
    Shape(lambda v: (1 + v) ** 0.5, lambda v: (1 + v) ** _HALF, _BOTH),
    Shape(lambda v: (1 + v) ** -0.5, lambda v: (1 + v) ** -_HALF, _BOTH),
    Shape(lambda v: (1 + v) ** -1.5, lambda v: (1 + v) ** (-3 * _HALF), _BOTH),
    Shape(lambda v: (1 + v) / (1 - v), lambda v: (1 + v) / (1 - v), _BOTH),
    Shape(lambda v: ((1 + v) / (1 - v)) ** 0.5, lambda v: sp.sqrt((1 + v) / (1 - v)), _BOTH),
)
_TRANSCENDENTAL: tuple[Shape, ...] = (
    Shape(np.exp, sp.exp, _BOTH),
    Shape(lambda v: (1 - v) * np.exp(-v), lambda v: (1 - v) * sp.exp(-v)),
    Shape(lambda v: (1 - v) * np.exp(-v / 2), lambda v: (1 - v) * sp.exp(-v / 2)),
    Shape(np.log1p, lambda v: sp.log(1 + v), _BOTH),
    Shape(np.log, sp.log),
    Shape(lambda v: (v - 1) / np.log(v), lambda v: (v - 1) / sp.log(v)),
    Shape(np.expm1, lambda v: sp.exp(v) - 1, _BOTH),
    Shape(lambda v: np.expm1(v) ** 2, lambda v: (sp.exp(v) - 1) ** 2, _BOTH),
    Shape(np.arctan, sp.atan),
    Shape(np.arcsin, sp.asin),
    Shape(erf, sp.erf),
    Shape(np.tanh, sp.tanh),
    Shape(lambda v: 1 / np.tanh(v), lambda v: 1 / sp.tanh(v)),
    Shape(lambda v: 1 / np.tanh(v) - 1 / v, lambda v: 1 / sp.tanh(v) - 1 / v),
    Shape(np.sinh, sp.sinh),
    Shape(lambda v: 1 / np.sinh(v), lambda v: 1 / sp.sinh(v)),
    Shape(lambda v: np.sinh(v) ** -2.0, lambda v: sp.sinh(v) ** -2),
    Shape(lambda v: 1 / np.cosh(v), lambda v: 1 / sp.cosh(v)),
    Shape(lambda v: 1 / np.expm1(v), lambda v: 1 / (sp.exp(v) - 1), _BOTH),
    Shape(lambda v: 1 / (np.exp(v) + 1), lambda v: 1 / (sp.exp(v) + 1), _BOTH),
    Shape(np.sin, sp.sin, wave=True),
    Shape(np.cos, sp.cos, wave=True),
    Shape(lambda v: np.sin(v) ** 2, lambda v: sp.sin(v) ** 2, wave=True),
    Shape(lambda v: 1 / np.sin(v), lambda v: 1 / sp.sin(v), wave=True),
    Shape(lambda v: np.sin(v) ** -2.0, lambda v: sp.sin(v) ** -2, wave=True),
)
SHAPES = (*_ALGEBRAIC, *_TRANSCENDENTAL)


def compound(task: Task, solve: Solve) -> Iterator[Candidate]:
    """Formulas for y of one input."""
    del solve  # nothing smaller is left to ask for
    if task.X.shape[1] != 1 or len(task.y) < 8 or not np.ptp(task.X) > 0 or not np.ptp(task.y) > 0:
        return
    least = np.inf
    means = (False, True) if _FAINT < task.noise <= BLURRED else (task.noise > BLURRED,)
    for moved in (False, True):
        for averaged in means:
            for found in _found(task, averaged, moved):
                least = min(least, found.error)
                yield found
            if least <= _CONVINCING:
                return
        # Behind noise others may be as near and plainer: a part of a law has no time to look for them.
        part = task.depth > 0
        if least <= (task.enough if part else EXACT) or task.left() < _UNHURRIED[part]:
            return


def _found(task: Task, averaged: bool, moved: bool) -> Iterator[Candidate]:
    """By some of the rows; or by means of all, which tell shapes apart that noise hides."""
    order = np.argsort(task.X[:, 0])
    weight = np.ones(len(order)) if task.weight is None else task.weight[order]
    x, y = task.X[order, 0], task.y[order]
    x, y = _averaged(x, y, weight, task.surrogates[0].value) if averaged else _picked(x, y)
    with np.errstate(all="ignore"):
        ranked = sorted(_moved(x, y) if moved else _laid(x, y), key=_Curve.price)
        for kept, zooms in _FINER[moved]:
            ranked = sorted(
                (_closer(one, x, y, zooms) for one in ranked[:kept]), key=_Curve.bits if averaged else _Curve.price
            )
    least, (symbol,) = np.inf, task.symbols
    near = max(_NEAR, 2 * task.noise)
    for one in _different(ranked)[: 2 * _REFINED] if averaged or moved else ranked[:_REFINED]:
        if task.left() < 0 or (not averaged and one.left > near):
            return
        found = settled(task, one.expr(symbol), f"{task.target} is a compound curve of {symbol}.", thorough=True)
        if averaged:
            yield found
        elif found.error < _BETTER * least and found.error <= max(_CONVINCING, _CLOSE * task.enough):
            least = found.error
            yield found
            if found.error <= task.enough:
                return


@dataclass(frozen=True)
class _Curve:
    """c·u^p·g(a·u^q) + d, u = x − zero, what it leaves relative to the spread, and how far the next a tried is."""

    left: float
    shape: Shape
    p: float
    q: float
    a: float
    c: float
    d: float
    offset: bool
    step: float
    zero: float = 0.0
    room: float = 0.0  # the distance of the next zero tried

    def price(self) -> float:
        extras = self.offset - (self.shape is _PLAIN) + (abs(self.q) > 1) / 2
        return self.left * _DEAR**extras

    def bits(self) -> float:
        """The description length on averages over neighbours, where some of what is left is noise."""
        said = 0.0 if self.shape is _PLAIN else _BITS
        return _POINTS * float(np.log2(max(self.left, 1e-12))) + said + _BITS * (self.offset + 0.5 * abs(self.p))

    def expr(self, x: sp.Symbol) -> sp.Expr:
        u = x - sp.Float(self.zero) if self.zero else x
        inner = self.shape.sympy(sp.Float(self.a) * u ** sp.Rational(self.q))
        return sp.Float(self.c) * u ** sp.Rational(self.p) * inner + (sp.Float(self.d) if self.offset else 0)


def _different(ranked: list[_Curve]) -> list[_Curve]:
    """The best of each shape, and no more than is needed of those that cost much: noise tells them hardly apart."""
    best: dict[tuple[Shape, bool], _Curve] = {}
    for one in ranked:
        best.setdefault((one.shape, one.offset), one)
    least = min((one.bits() for one in best.values()), default=0.0)
    return [one for one in best.values() if one.bits() < least + _RIVAL]


def _picked(x: Array, y: Array) -> tuple[Array, Array]:
    """Some of the rows."""
    rows = np.unique(np.linspace(0, len(x) - 1, _POINTS).round().astype(int))
    return x[rows], y[rows]


def _averaged(x: Array, y: Array, w: Array, smooth: Callable[[Array], Array]) -> tuple[Array, Array]:
    """The means of neighbours, which noise hardly moves: as many as weigh the same, so that all means are as sure.

    The mean of a bent curve is not its value at the mean of x: a smooth fit of y on rows (n, 1) tells by how much.
    """
    place = np.cumsum(w) - w / 2
    ends = np.searchsorted(place, np.linspace(0, float(w.sum()), min(_POINTS, len(x) // 4) + 1)[1:-1])
    parts = [part for part in np.split(np.arange(len(x)), ends) if len(part)]
    with np.errstate(all="ignore"):
        fitted = smooth(x[:, None])
        missed = np.abs(y - fitted)
        means = np.array([[np.average(v[part], weights=w[part]) for v in (x, y, fitted, missed)] for part in parts])
        bent = smooth(means[:, :1]) - means[:, 2]
        most = np.array([np.ptp(fitted[part]) for part in parts])
    follows = (np.abs(bent) <= most) & (means[:, 3] < _FOLLOWS * np.nanmedian(missed))
    return means[:, 0], means[:, 1] + np.where(follows, bent, 0.0)


def _moved(x: Array, y: Array) -> Iterator[_Curve]:
    """The same for x counted from elsewhere, on half of the points, without shapes that a sum inside makes anyway."""
    half, some = (x[-1] - x[0]) / 2, slice(None, None, 2 if len(x) > _POINTS // 2 else 1)
    places, room = np.linspace(x[0] - half, x[-1] + half, _PLACES, retstep=True)
    for zero in places:
        for one in _laid(x[some] - zero, y[some], _TRANSCENDENTAL, *_MOVED):
            if one.left < _ROUGHLY:
                yield replace(one, zero=float(zero), room=float(room))


def _laid(
    x: Array,
    y: Array,
    shapes: Sequence[Shape] = SHAPES,
    outer: Sequence[float] = _OUTER,
    inner: Sequence[float] = _INNER,
) -> Iterator[_Curve]:
    """The best a on a grid for each combination of shape, powers and offset."""
    zero, positive = bool((x == 0).any()), bool(x[0] > 0)
    outer, inner = (
        [p for p in powers if (positive or p % 1 == 0) and not (zero and p < 0)] for powers in (outer, inner)
    )
    factors = np.stack([x**p for p in outer], axis=1)
    for q in inner:
        w = x**q
        largest = float(np.max(np.abs(w)))
        for shape in shapes:
            a = np.linspace(0.3, _LONGEST, 200) if shape.wave else np.concatenate([s * _SIZES for s in shape.signs])
            g = shape.value(np.outer(a / largest, w))
            good = np.isfinite(g).all(1)
            g, a = g[good], a[good] / largest
            if not len(a):
                continue
            steps = np.gradient(a) if shape.wave and len(a) > 1 else _GRID * np.abs(a)
            for offset in (False, True):
                left, c, d = _fits(g, factors, y, offset)
                for k, p in enumerate(outer):
                    j = int(np.argmin(left[:, k]))
                    if np.isfinite(left[j, k]) and c[j, k] != 0:
                        numbers = float(a[j]), float(c[j, k]), float(d[j, k])
                        yield _Curve(float(left[j, k]), shape, p, q, *numbers, offset, float(steps[j]))


def _fits(g: Array, factors: Array, y: Array, offset: bool) -> tuple[Array, Array, Array]:
    """What c·g·factor + d leaves of y, relative to its spread, and c and d, for all g (A, m) and factors (m, P)."""
    m, mean = len(y), float(y.mean())
    middle = g @ factors / m if offset else np.zeros((len(g), factors.shape[1]))
    z = y - mean if offset else y
    along, whole = g @ (factors * z[:, None]), g**2 @ factors**2
    squares = whole - m * middle**2
    c = along / squares
    left = np.sqrt(np.maximum(z @ z - c * along, 0.0) / m) / float(np.std(y))
    left[~np.isfinite(left) | (squares <= _FLAT * whole)] = np.inf
    return left, c, mean - c * middle if offset else middle


def _closer(one: _Curve, x: Array, y: Array, zooms: int) -> _Curve:
    """The curve with a, and the zero of x, between their neighbours on the grid, a few times nearer with each zoom."""
    for _ in range(zooms):
        zeros = one.zero + one.room * np.linspace(-1.0, 1.0, 9 if one.room else 1)
        tried = [near for zero in zeros if (near := _nearest(replace(one, zero=float(zero)), x, y)) is not None]
        nearer = min(tried, key=lambda near: near.left, default=one)
        if nearer.left > one.left:
            break
        one = nearer
    return one


def _nearest(one: _Curve, x: Array, y: Array) -> _Curve | None:
    """The curve with the best of some a nearby: free of `_fits`' rounding."""
    u, a = x - one.zero, one.a + one.step * np.linspace(-1.0, 1.0, 21)
    f = one.shape.value(np.outer(a, u**one.q)) * u**one.p
    f, a = f[np.isfinite(f).all(1)], a[np.isfinite(f).all(1)]
    if not len(f):
        return None
    F, z = (f - f.mean(1, keepdims=True), y - y.mean()) if one.offset else (f, y)
    c = F @ z / np.maximum(np.sum(F**2, axis=1), 1e-300)
    left = np.sqrt(np.mean((z - c[:, None] * F) ** 2, axis=1)) / float(np.std(y))
    left[~np.isfinite(left)] = np.inf
    k = int(np.argmin(left))
    if not np.isfinite(left[k]) or c[k] == 0:
        return None
    d = float(y.mean() - c[k] * f[k].mean()) if one.offset else 0.0
    finer = one.step / (4 if one.room else 8)
    return replace(one, left=float(left[k]), a=float(a[k]), c=float(c[k]), d=d, step=finer, room=one.room / 4)

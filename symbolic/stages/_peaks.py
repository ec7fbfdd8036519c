"""Curves of one input made of peaks, steps and kinks on a line: y = Σ c·g((x − b)/w) + d + e·x.

Each g, b, w is found where it explains most of what is left (orthogonal matching pursuit), then all b and w are refined
together with c, d, e projected out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic.fitting._projection import amplitudes, least, projected, residual
from symbolic.stages._grouping import settled
from symbolic.stages._task import EXACT, Candidate, Solve, Task

Array = NDArray[np.float64]

_FEWEST = 4  # rows for each number that is fitted
_ROWS = 600  # on as many rows the places and widths are refined, and on so few they are looked for:
_LOOKED = 300
_PLACES = np.linspace(-0.1, 1.1, 49)
_WIDTHS, _LIMITS = np.geomspace(0.008, 1.0, 22), (0.002, 2.5)
_MOST, _MOST_OF_PART = 3, 2  # of peaks, steps and kinks: in a table, and in a part of a problem
_KEPT, _TRIED = 2, 3  # sums that are carried on, and forms tried on each
_ROUGH, _FINISHED = 8, 3  # steps after which fits are compared, and how many of them go on
_STEPS, _STEP = 150, 1e-6  # of a fit, and of a difference that stands for a slope
_SEEN = 0.03  # of the range lies beyond a kink that is one
_DECADES = 3.0  # largest over smallest x from which on log x is another axis
_CLOSE, _NEAR = 1e-5, 1.5  # what a sum may leave, relative to the spread, or in units of the noise
_STILL = 1e-10  # what is left when there is nothing to tell sums apart by
_BITS = 6.0  # a number more
_FIRST = 0.4  # share of the time left for the first of two axes
_OFFERED, _RIVAL = 3, 40.0  # sums told of, and bits that they may cost more than the best
_CANCELS = 100.0  # terms as many times larger than the spread stand for something else


@dataclass(frozen=True)
class _Form:
    """g(v) in NumPy, and in SymPy as told x − b and 1/w, or on the axis log x as told x/b and 1/w.

    A form without `width` has a place alone, and grows with a power `degree` of its distance from there; a `signed`
    one is another curve for a negative width; a `kinked` one is no other than plainer curves unless its kink is seen.
    """

    value: Callable[[Array], Array]
    sympy: Callable[[sp.Expr, sp.Expr], sp.Expr]
    width: bool = True
    signed: bool = False
    degree: int = 0
    kinked: bool = False


def _step(v: Array) -> Array:
    return 1 / (1 + np.exp(np.clip(v, -600.0, 600.0)))


def _fading(v: Array) -> Array:
    return np.exp(-np.exp(np.clip(v, -600.0, 600.0)))


_ON_X: tuple[_Form, ...] = (
    _Form(lambda v: np.exp(-(v**2)), lambda x, a: sp.exp(-(a**2) * x**2)),
    _Form(lambda v: 1 / (1 + v**2), lambda x, a: 1 / (1 + a**2 * x**2)),
    _Form(lambda v: np.cosh(np.clip(v, -300.0, 300.0)) ** -2, lambda x, a: sp.cosh(a * x) ** -2),
    _Form(_step, lambda x, a: 1 / (1 + sp.exp(a * x)), signed=True),
    _Form(np.tanh, lambda x, a: sp.tanh(a * x)),
    _Form(np.arctan, lambda x, a: sp.atan(a * x)),
    _Form(_fading, lambda x, a: sp.exp(-sp.exp(a * x)), signed=True),  # Gompertz
    _Form(lambda v: np.exp(-np.abs(v)), lambda x, a: sp.exp(-a * sp.Abs(x)), kinked=True),
    _Form(np.abs, lambda x, _: sp.Abs(x), width=False, degree=1, kinked=True),
    _Form(np.sign, lambda x, _: sp.sign(x), width=False, kinked=True),
)
_ON_LOG_X: tuple[_Form, ...] = (
    _Form(_step, lambda x, a: 1 / (1 + x**a), signed=True),  # Hill
    _Form(_fading, lambda x, a: sp.exp(-(x**a)), signed=True),  # Weibull, Kohlrausch
    _Form(lambda v: np.exp(-(v**2)), lambda x, a: sp.exp(-(a**2) * sp.log(x) ** 2)),
)


@dataclass(frozen=True)
class _Axis:
    """x or log x, from `low` on in units of its range, and the forms on it."""

    logarithmic: bool
    low: float
    range: float
    forms: tuple[_Form, ...]

    @classmethod
    def of(cls, x: Array, logarithmic: bool) -> _Axis:
        place = np.log(x) if logarithmic else x
        return cls(logarithmic, float(place.min()), float(np.ptp(place)), _ON_LOG_X if logarithmic else _ON_X)

    def of_rows(self, x: Array) -> Array:
        return ((np.log(x) if self.logarithmic else x) - self.low) / self.range

    def curve(self, peak: _Peak, symbol: sp.Symbol) -> sp.Expr:
        """A peak in the task's own input."""
        form, place, width = peak
        at, rate = self.low + self.range * place, sp.Float(1 / (self.range * width))
        return form.sympy(symbol / sp.Float(np.exp(at)) if self.logarithmic else symbol - sp.Float(at), rate)


_Peak = tuple[_Form, float, float]  # form, place and width, on an axis


@dataclass(frozen=True)
class _Sum:
    """Peaks on a polynomial with `line` coefficients, and what is left of y in units of its spread."""

    peaks: tuple[_Peak, ...]
    line: int
    left: float
    rows: int

    @property
    def stands(self) -> bool:
        """Whether no peak has run away: one without end is a line, one without width a step or nothing."""
        return all(
            (_SEEN < b < 1 - _SEEN if form.kinked else -1 < b < 2)
            and (_LIMITS[0] < abs(w) < _LIMITS[1] or not form.width)
            for form, b, w in self.peaks
        )

    def bits(self) -> float:
        """The description length."""
        numbers = self.line + sum(2 + form.width for form, _, _ in self.peaks)
        return self.rows * float(np.log2(max(self.left, _STILL))) + _BITS * numbers


def peaks(task: Task, solve: Solve) -> Iterator[Candidate]:
    """Formulas for y of one input."""
    del solve  # nothing smaller is left to ask for
    if task.X.shape[1] != 1 or not np.ptp(task.X) > 0 or not np.ptp(task.y) > 0:
        return
    x, weight = task.X[:, 0], np.ones(len(task.y)) if task.weight is None else np.sqrt(task.weight)
    positive = float(x.min()) > 0 and float(x.max()) > _DECADES * float(x.min())
    close = max(_CLOSE, _NEAR * task.noise)
    found: list[tuple[_Axis, _Sum]] = []
    axes = [_Axis.of(x, logarithmic) for logarithmic in ((False, True) if positive else (False,))]
    for axis in axes:
        rows = _Rows(axis.of_rows(x), task.y / task.spread, weight / float(np.sqrt(np.mean(weight**2))))
        grids = [_Grid.of(form, rows.few(_LOOKED)) for form in axis.forms]
        own, most = task if axis is axes[-1] else task.share(_FIRST), _MOST_OF_PART if task.depth else _MOST
        for line in (0, 1) if axis.logarithmic else (0, 1, 2):
            sums = _grown(rows, grids, line, close, most, own)
            found.extend((axis, one) for one in sums if one.left <= close and one.stands)
            if found and found[-1][1].left <= EXACT:
                break
    least = min((one.bits() for _, one in found), default=0.0)
    for axis, one in sorted(found, key=lambda each: each[1].bits())[:_OFFERED]:
        if task.left() < 0 or one.bits() > least + _RIVAL:
            return
        expr = _formula(one, task, axis, weight)
        if expr is not None:
            yield settled(task, expr, f"{task.target} is {_words(one)} in {task.symbols[0]}.")


@dataclass(frozen=True)
class _Rows:
    """x in units of its range, y in units of its spread, and the root of the weights."""

    x: Array
    y: Array
    weight: Array

    def few(self, most: int) -> _Rows:
        rows = np.unique(np.linspace(0, len(self.x) - 1, min(len(self.x), most)).round().astype(int))
        order = np.argsort(self.x, kind="stable")[rows]
        return _Rows(self.x[order], self.y[order], self.weight[order])


def _grown(rows: _Rows, grids: Sequence[_Grid], line: int, close: float, most: int, task: Task) -> Iterator[_Sum]:
    """The best sums of one peak, of two and more, until one is close enough."""
    sums, some, few = [_measured((), line, rows)], rows.few(_ROWS), rows.few(_LOOKED)
    for count in range(1, most + 1):
        if len(rows.x) < _FEWEST * (3 * count + line) or task.left() < 0:
            return
        started = [(*one.peaks, peak) for one in sums for peak in _next(few, grids, one)]
        rough = [_measured(_refined(some, each, line, _ROUGH), line, rows) for each in started]
        best = sorted(rough, key=_Sum.bits)[:_FINISHED]
        refined = [_measured(_refined(some, each.peaks, line), line, rows) for each in best]
        least = min(map(_Sum.bits, sums))
        sums = [one for one in sorted(refined, key=_Sum.bits)[:_KEPT] if one.bits() < least]
        yield from sums
        if not sums or sums[0].left <= close:
            return


@dataclass(frozen=True)
class _Grid:
    """Peaks of a form at many places and widths (m, 2), with their curves (n, m) on a few rows, weighed."""

    form: _Form
    sizes: Array
    curves: Array
    squares: Array

    @classmethod
    def of(cls, form: _Form, few: _Rows) -> _Grid:
        widths = np.concatenate([_WIDTHS, -_WIDTHS]) if form.signed else _WIDTHS if form.width else np.ones(1)
        sizes = np.array(list(product(_PLACES, widths)))
        curves = form.value((few.x[:, None] - sizes[:, 0]) / sizes[:, 1]) * few.weight[:, None]
        return cls(form, sizes, curves, np.sum(curves**2, axis=0))


def _next(few: _Rows, grids: Sequence[_Grid], one: _Sum) -> Iterator[_Peak]:
    """The place and width of each form that explains most of what a sum leaves, the best forms first."""
    basis = _basis(one.peaks, one.line, few.x) * few.weight[:, None]
    axes = np.linalg.qr(basis)[0] if basis.shape[1] else np.zeros((len(few.x), 0))
    left = few.y * few.weight
    left = left - axes @ (axes.T @ left)
    best: list[tuple[float, _Peak]] = []
    for grid in grids:
        own = grid.squares - np.sum((axes.T @ grid.curves) ** 2, axis=0)
        gain = np.where(own > 1e-6 * grid.squares, (left @ grid.curves) ** 2 / np.maximum(own, 1e-300), 0.0)
        k = int(np.argmax(gain))
        best.append((float(gain[k]), (grid.form, float(grid.sizes[k, 0]), float(grid.sizes[k, 1]))))
    for _, peak in sorted(best, key=lambda each: -each[0])[:_TRIED]:
        yield peak


def _basis(peaks: tuple[_Peak, ...], line: int, x: Array) -> Array:
    """The curves (n, m) that the amplitudes multiply: the peaks, 1 and x."""
    return np.column_stack(
        [np.zeros((len(x), 0)), *(f.value((x - b) / w) for f, b, w in peaks), *(x**k for k in range(line))]
    )


def _measured(peaks: tuple[_Peak, ...], line: int, rows: _Rows) -> _Sum:
    left = residual(_basis(peaks, line, rows.x), rows.y, rows.weight)
    return _Sum(peaks, line, float(np.sqrt(np.mean(left**2))), len(rows.x))


def _refined(rows: _Rows, peaks: tuple[_Peak, ...], line: int, steps: int = _STEPS) -> tuple[_Peak, ...]:
    """Places and widths by least squares."""

    def complete(values: Array) -> tuple[_Peak, ...]:
        places, widths = np.split(values, 2)
        widths = np.exp(np.clip(widths, *np.log(_LIMITS)))
        return tuple(
            (form, float(b), float(np.copysign(w, old)) if form.width else 1.0)
            for (form, _, old), b, w in zip(peaks, places, widths, strict=True)
        )

    start = np.array([*(b for _, b, _ in peaks), *(np.log(abs(w)) for _, _, w in peaks)])

    def left(values: Array) -> Array:
        return residual(_basis(complete(values), line, rows.x), rows.y, rows.weight)

    def slopes(values: Array) -> Array:
        now = complete(values)
        moved = [_slope(form, (rows.x - b) / w) for form, b, w in now]
        by_place = [-slope / w for slope, (_, _, w) in zip(moved, now, strict=True)]
        by_width = [-slope * (rows.x - b) / w for slope, (_, b, w) in zip(moved, now, strict=True)]
        basis = _basis(now, line, rows.x)
        return projected(basis, np.column_stack([*by_place, *by_width]), 2 * [*range(len(now))], rows.y, rows.weight)

    with np.errstate(all="ignore"):
        return complete(least(left, start, evaluations=steps, slopes=slopes))


def _slope(form: _Form, v: Array) -> Array:
    return (form.value(v + _STEP) - form.value(v - _STEP)) / (2 * _STEP)


def _formula(one: _Sum, task: Task, axis: _Axis, weight: Array) -> sp.Expr | None:
    """The sum in the task's own input; none where its terms nearly cancel: they stand for something else."""
    (symbol,) = task.symbols
    basis = _basis(one.peaks, one.line, axis.of_rows(task.X[:, 0]))
    sizes = amplitudes(basis, task.y, weight)
    if float(np.max(np.abs(sizes) * np.max(np.abs(basis), axis=0))) > _CANCELS * task.spread:
        return None
    expr: sp.Expr = sp.Integer(0)
    for peak, size in zip(one.peaks, sizes.tolist(), strict=False):
        expr += sp.Float(size / axis.range ** peak[0].degree) * axis.curve(peak, symbol)
    offset, slope = [*sizes[len(one.peaks) :].tolist(), 0.0, 0.0][:2]
    slope = slope / axis.range
    return expr + (sp.Float(offset - slope * axis.low) if one.line else 0) + (sp.Float(slope) * symbol if slope else 0)


def _words(one: _Sum) -> str:
    many = {1: "a peak, step or kink", 2: "two peaks, steps or kinks", 3: "three peaks, steps or kinks"}
    return many[len(one.peaks)] + (" on a line" if one.line == 2 else "")

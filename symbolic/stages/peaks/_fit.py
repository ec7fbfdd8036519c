"""Sums Σ c·g((x − b)/w) + d + e·x fitted to rows, a peak at a time.

Each g, b, w is found where it explains most of what is left (orthogonal matching pursuit), then all b and w are refined
together with c, d, e projected out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from symbolic.fitting._projection import least, projected, residual
from symbolic.stages._task import Task
from symbolic.stages.peaks._forms import Form, Peak

Array = NDArray[np.float64]

_FEWEST = 4  # rows for each number that is fitted
_ROWS = 600  # on as many rows the places and widths are refined, and on so few they are looked for:
LOOKED = 300
_PLACES = np.linspace(-0.1, 1.1, 49)
_WIDTHS, _LIMITS = np.geomspace(0.008, 1.0, 22), (0.002, 2.5)
_KEPT, _TRIED = 2, 3  # sums that are carried on, and forms tried on each
_ROUGH, _FINISHED = 8, 3  # steps after which fits are compared, and how many of them go on
_STEPS, _STEP = 150, 1e-6  # of a fit, and of a difference that stands for a slope
_SEEN = 0.03  # of the range lies beyond a kink that is one
_STILL = 1e-10  # what is left when there is nothing to tell sums apart by
_BITS = 6.0  # a number more


@dataclass(frozen=True)
class Rows:
    """x in units of its range, y in units of its spread, and the root of the weights."""

    x: Array
    y: Array
    weight: Array

    def few(self, most: int) -> Rows:
        rows = np.unique(np.linspace(0, len(self.x) - 1, min(len(self.x), most)).round().astype(int))
        order = np.argsort(self.x, kind="stable")[rows]
        return Rows(self.x[order], self.y[order], self.weight[order])


@dataclass(frozen=True)
class Sum:
    """Peaks on a polynomial with `line` coefficients, and what is left of y in units of its spread."""

    peaks: tuple[Peak, ...]
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


@dataclass(frozen=True)
class Grid:
    """Peaks of a form at many places and widths (m, 2), with their curves (n, m) on a few rows, weighed."""

    form: Form
    sizes: Array
    curves: Array
    squares: Array

    @classmethod
    def of(cls, form: Form, few: Rows) -> Grid:
        widths = np.concatenate([_WIDTHS, -_WIDTHS]) if form.signed else _WIDTHS if form.width else np.ones(1)
        sizes = np.array(list(product(_PLACES, widths)))
        curves = form.value((few.x[:, None] - sizes[:, 0]) / sizes[:, 1]) * few.weight[:, None]
        return cls(form, sizes, curves, np.sum(curves**2, axis=0))


def grown(rows: Rows, grids: Sequence[Grid], line: int, close: float, most: int, task: Task) -> Iterator[Sum]:
    """The best sums of one peak, of two and more, until one is close enough."""
    sums, some, few = [_measured((), line, rows)], rows.few(_ROWS), rows.few(LOOKED)
    for count in range(1, most + 1):
        if len(rows.x) < _FEWEST * (3 * count + line) or task.left() < 0:
            return
        started = [(*one.peaks, peak) for one in sums for peak in _next(few, grids, one)]
        rough = [_measured(_refined(some, each, line, _ROUGH), line, rows) for each in started]
        best = sorted(rough, key=Sum.bits)[:_FINISHED]
        refined = [_measured(_refined(some, each.peaks, line), line, rows) for each in best]
        least = min(map(Sum.bits, sums))
        sums = [one for one in sorted(refined, key=Sum.bits)[:_KEPT] if one.bits() < least]
        yield from sums
        if not sums or sums[0].left <= close:
            return


def _next(few: Rows, grids: Sequence[Grid], one: Sum) -> Iterator[Peak]:
    """The place and width of each form that explains most of what a sum leaves, the best forms first."""
    basis = basis_of(one.peaks, one.line, few.x) * few.weight[:, None]
    axes = np.linalg.qr(basis)[0] if basis.shape[1] else np.zeros((len(few.x), 0))
    left = few.y * few.weight
    left = left - axes @ (axes.T @ left)
    best: list[tuple[float, Peak]] = []
    for grid in grids:
        own = grid.squares - np.sum((axes.T @ grid.curves) ** 2, axis=0)
        gain = np.where(own > 1e-6 * grid.squares, (left @ grid.curves) ** 2 / np.maximum(own, 1e-300), 0.0)
        k = int(np.argmax(gain))
        best.append((float(gain[k]), (grid.form, float(grid.sizes[k, 0]), float(grid.sizes[k, 1]))))
    for _, peak in sorted(best, key=lambda each: -each[0])[:_TRIED]:
        yield peak


def basis_of(peaks: tuple[Peak, ...], line: int, x: Array) -> Array:
    """The curves (n, m) that the amplitudes multiply: the peaks, 1 and x."""
    return np.column_stack(
        [np.zeros((len(x), 0)), *(f.value((x - b) / w) for f, b, w in peaks), *(x**k for k in range(line))]
    )


def _measured(peaks: tuple[Peak, ...], line: int, rows: Rows) -> Sum:
    left = residual(basis_of(peaks, line, rows.x), rows.y, rows.weight)
    return Sum(peaks, line, float(np.sqrt(np.mean(left**2))), len(rows.x))


def _refined(rows: Rows, peaks: tuple[Peak, ...], line: int, steps: int = _STEPS) -> tuple[Peak, ...]:
    """Places and widths by least squares."""

    def complete(values: Array) -> tuple[Peak, ...]:
        places, widths = np.split(values, 2)
        widths = np.exp(np.clip(widths, *np.log(_LIMITS)))
        return tuple(
            (form, float(b), float(np.copysign(w, old)) if form.width else 1.0)
            for (form, _, old), b, w in zip(peaks, places, widths, strict=True)
        )

    start = np.array([*(b for _, b, _ in peaks), *(np.log(abs(w)) for _, _, w in peaks)])

    def left(values: Array) -> Array:
        return residual(basis_of(complete(values), line, rows.x), rows.y, rows.weight)

    def slopes(values: Array) -> Array:
        now = complete(values)
        moved = [_slope(form, (rows.x - b) / w) for form, b, w in now]
        by_place = [-slope / w for slope, (_, _, w) in zip(moved, now, strict=True)]
        by_width = [-slope * (rows.x - b) / w for slope, (_, b, w) in zip(moved, now, strict=True)]
        basis = basis_of(now, line, rows.x)
        return projected(basis, np.column_stack([*by_place, *by_width]), 2 * [*range(len(now))], rows.y, rows.weight)

    with np.errstate(all="ignore"):
        return complete(least(left, start, evaluations=steps, slopes=slopes))


def _slope(form: Form, v: Array) -> Array:
    return (form.value(v + _STEP) - form.value(v - _STEP)) / (2 * _STEP)

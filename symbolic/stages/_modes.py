"""Curves of one input that swing, grow or fade: y = Σ exp(αx)·(A·cos ωx + B·sin ωx) + d + e·x, by variable projection.

Such a curve of m terms obeys a linear differential equation of order m with constant coefficients. Integrated m times
it is linear in them and needs no slopes: y = Σ aᵢ·Iⁱy + a polynomial, Iⁱ the i-fold integral from the first row on,
so that noise averages out. The rates are the roots of λᵐ = Σ aᵢ·λᵐ⁻ⁱ (Prony 1795; in integrals: Jacquelin 2009).
What grows or fades in log x is a power of x: sums of powers are found in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic.fitting._projection import amplitudes, least, residual
from symbolic.stages._settled import settled
from symbolic.stages._task import Candidate, Solve, Task

Array = NDArray[np.float64]
Rates = NDArray[np.complex128]

_ORDERS = (1, 2, 3, 4)  # how many rates; a wave has two
_FEWEST = 5  # rows for each number that is fitted
_ROWS = 2000  # the rates are refined on as many rows
_CLOSE, _NEAR = 1e-5, 1.5  # what a sum may leave, relative to the spread, or in units of the noise
_STANDS, _TURNS = 1e-3, 0.05  # a rate, over the whole range, that is none, and radians that are no wave
_SCANNED, _FASTEST = 1000, 200  # rows that are scanned for waves, and half as many waves as are looked for
_SURE, _ROUNDING = 4.0, 1e-8  # an amplitude that is not 0, in standard errors and relative to the spread
_CANCELS = 30.0  # terms as many times larger than their sum stand for something else: a power, or x·exp(x)
_OFFERED = 3
_DECADES = 1.5  # largest over smallest x from which on powers can be told apart
_BITS = 6.0  # a number more
_STILL = 1e-10  # what is left of y, relative to its spread, when there is nothing to tell orders apart by


@dataclass(frozen=True)
class _Sum:
    """The rates λ (m,), one of each complex pair, on x in units of its range, and what is left.

    A polynomial with `line` coefficients is added. A `pure` sum has waves that neither grow nor fade.
    """

    rates: Rates
    line: int
    pure: bool
    left: float
    rows: int

    def bits(self) -> float:
        """The description length."""
        waves = int((self.rates.imag > 0).sum())
        numbers = 2 * len(self.rates) + (1 if self.pure else 2) * waves + self.line
        return self.rows * float(np.log2(max(self.left, _STILL))) + _BITS * numbers


def modes(task: Task, solve: Solve) -> Iterator[Candidate]:
    """Formulas for y of one input."""
    del solve  # nothing smaller is left to ask for
    if task.X.shape[1] != 1 or not np.ptp(task.X) > 0 or not np.ptp(task.y) > 0:
        return
    order = np.argsort(task.X[:, 0], kind="stable")
    x, y = task.X[order, 0], task.y[order] / task.spread
    weight = np.ones(len(x)) if task.weight is None else np.sqrt(task.weight[order] / float(np.mean(task.weight)))
    close = max(_CLOSE, _NEAR * task.noise)
    found: list[tuple[bool, _Sum]] = []
    for logarithmic in (False, True):
        if logarithmic and not (x[0] > 0 and x[-1] > _DECADES * x[0]):
            break
        place = np.log(x) if logarithmic else x
        sums = _sums((place - place[0]) / np.ptp(place), y, weight, (0, 1) if logarithmic else (0, 1, 2))
        near = (one for one in sums if one.left <= close and not (logarithmic and one.rates.imag.any()))
        found.extend((logarithmic, one) for one in near)
    told = 0
    for logarithmic, one in sorted(found, key=lambda each: each[1].bits()):
        if task.left() < 0 or told == _OFFERED:
            return
        expr = _formula(one, task, logarithmic)
        if expr is not None:
            told += 1
            words = "is a sum of powers of" if logarithmic else "solves a linear differential equation in"
            yield settled(task, expr, f"{task.target} {words} {task.symbols[0]}.")


def _sums(x: Array, y: Array, weight: Array, lines: Sequence[int]) -> Iterator[_Sum]:
    """The best sums from each start: with waves that fade and with pure ones."""
    few = np.unique(np.linspace(0, len(x) - 1, min(len(x), _ROWS)).round().astype(int))
    for start, line in _starts(x, y, weight, lines):
        for pure in (False, True) if (start.imag > 0).any() else (False,):
            begin = np.where(start.imag > 0, 1j * start.imag, start) if pure else start
            rates = _refined(begin, pure, x[few], y[few], weight[few], line)
            left = float(np.sqrt(np.mean(residual(_basis(rates, x, line), y, weight) ** 2)))
            yield _Sum(rates, line, pure, left, len(x))


def _starts(x: Array, y: Array, weight: Array, lines: Sequence[int]) -> Iterator[tuple[Rates, int]]:
    """Rates to begin with, beside each line: from the equation of each order, and from a periodogram."""
    for order, line in product(_ORDERS, lines):
        if len(x) >= _FEWEST * (2 * order + line):
            yield _rates(x, y, weight, order, line), line
    if len(x) >= _FEWEST * 8:
        waves = _strongest(x, y, weight)
        yield from product((waves[:1], waves), lines)


def _strongest(x: Array, y: Array, weight: Array) -> Rates:
    """The two pure waves that stand out of a periodogram, one after the other (Lomb 1976): many, and fast, are seen."""
    rows = np.unique(np.linspace(0, len(x) - 1, min(len(x), _SCANNED)).round().astype(int))
    x, y, weight = x[rows], y[rows], weight[rows]
    turns = np.arange(2.0, np.pi * min(len(x) / 2, _FASTEST), 1.0)
    waves: Rates = np.zeros(0, dtype=complex)
    cosines, sines = np.cos(np.outer(x, turns)) * weight[:, None], np.sin(np.outer(x, turns)) * weight[:, None]
    for _ in range(2):
        left = residual(_basis(waves, x, 2), y, weight)
        power = (left @ cosines) ** 2 / np.sum(cosines**2, axis=0) + (left @ sines) ** 2 / np.sum(sines**2, axis=0)
        waves = np.append(waves, 1j * turns[int(np.argmax(power))])
    return waves


def _rates(x: Array, y: Array, weight: Array, order: int, line: int) -> Rates:
    """The roots of the equation that y obeys, read from its integrals; of a complex pair the upper one."""
    integrals = [y]
    for _ in range(order):
        parts = np.diff(x) * (integrals[-1][1:] + integrals[-1][:-1]) / 2
        integrals.append(np.concatenate([[0.0], np.cumsum(parts)]))
    columns = np.column_stack([*integrals[1:], *(x**k for k in range(order + line))]) * weight[:, None]
    sizes = np.maximum(np.linalg.norm(columns, axis=0), np.finfo(float).tiny)
    a = np.linalg.lstsq(columns / sizes, y * weight, rcond=None)[0][:order] / sizes[:order]
    roots: Rates = np.asarray(np.roots(np.concatenate([[1.0], -a])), dtype=np.complex128)
    return roots[roots.imag >= 0]


def _basis(rates: Rates, x: Array, line: int, bounded: bool = True) -> Array:
    """The curves (n, m) that the amplitudes multiply: exp(αx), exp(αx)·cos ωx and exp(αx)·sin ωx, then 1 and x.

    On x from 0 to 1 `bounded` ones are at most 1; the others are 1, or 0, at x = 0.
    """
    columns = []
    for rate in rates:
        envelope = np.exp(rate.real * (x - 1.0 if bounded and rate.real > 0 else x))
        columns += [envelope * np.cos(rate.imag * x), envelope * np.sin(rate.imag * x)] if rate.imag > 0 else [envelope]
    return np.column_stack([np.zeros((len(x), 0)), *columns, *(x**k for k in range(line))])


def _refined(rates: Rates, pure: bool, x: Array, y: Array, weight: Array, line: int) -> Rates:
    """The rates by least squares with the amplitudes projected out."""
    swings, fades = rates.imag > 0, ~(pure & (rates.imag > 0))

    def complete(values: Array) -> Rates:
        made = np.zeros_like(rates)
        made.real[fades] = values[: fades.sum()]
        made.imag[swings] = np.abs(values[fades.sum() :])
        return made

    start = np.concatenate([rates.real[fades], rates.imag[swings]])
    return complete(least(lambda values: residual(_basis(complete(values), x, line), y, weight), start))


def _formula(one: _Sum, task: Task, logarithmic: bool) -> sp.Expr | None:
    """The sum in the task's own input, or none where a rate is too slow to be one: a line needs no such sum."""
    (symbol,), x = task.symbols, np.log(task.X[:, 0]) if logarithmic else task.X[:, 0]
    slow = np.abs(one.rates) < _STANDS
    if (slow | ((one.rates.imag > 0) & (one.rates.imag < _TURNS))).any():
        return None
    rates = one.rates / np.ptp(x)
    with np.errstate(over="ignore"):
        basis = _basis(rates, x, one.line, bounded=False)
    if not np.isfinite(basis).all():
        return None
    weight = np.ones(len(x)) if task.weight is None else np.sqrt(task.weight)
    largest = np.maximum(np.max(np.abs(basis), axis=0), np.finfo(float).tiny)
    curves = basis / largest
    sizes = amplitudes(curves, task.y, weight)
    if float(np.max(np.abs(sizes))) > _CANCELS * task.spread:
        return None
    errors = np.sqrt(np.maximum(np.diag(np.linalg.pinv(curves.T @ curves)), 0.0))
    errors = errors * min(task.noise, one.left) * task.spread  # the noise between neighbours is an upper bound
    sure = np.abs(sizes) > np.maximum(_SURE * errors, _ROUNDING * task.spread)
    measured = iter((np.where(sure, sizes, 0.0) / largest).tolist())
    expr: sp.Expr = sp.Integer(0)
    for rate in rates:
        power = sp.Float(rate.real)
        envelope = symbol**power if logarithmic else sp.exp(power * symbol) if rate.real else sp.Integer(1)
        factor = sp.Float(next(measured))
        if rate.imag > 0:
            factor = _wave(float(factor), next(measured), sp.Float(rate.imag) * symbol)
        expr += envelope * factor
    return expr + sum((sp.Float(next(measured)) * symbol**k for k in range(one.line)), sp.Integer(0))


def _wave(cosine: float, sine: float, phase: sp.Expr) -> sp.Expr:
    """A·cos + B·sin as a wave of one size: a sine or a cosine, whichever needs the smaller phase, or none."""
    function, size, other = (sp.sin, sine, cosine) if abs(sine) >= abs(cosine) else (sp.cos, cosine, -sine)
    if other == 0:
        return sp.Float(size) * function(phase)
    return sp.Float(np.copysign(np.hypot(size, other), size)) * function(phase + sp.Float(np.arctan(other / size)))

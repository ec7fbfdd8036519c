"""Where the fit of a formula begins: many magnitudes and both signs, linear constants solved for."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, isfinite

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic.formulas._numeric import compiled
from symbolic.hypotheses._asked import Asked, Fitting

Array = NDArray[np.float64]

_STARTS = 600
_SAMPLE = 200  # rows looked at while starts are compared
_REFINED = 12  # starts that are refined


def starting_values(fitting: Fitting) -> list[dict[sp.Symbol, float]]:
    """Return the best of many starts: the curved constants by magnitude and sign, the linear ones solved for.

    Those that the user has given come first, and within bounds magnitudes are drawn from there.

    A row counts by its weight, 1/σ.
    """
    expr, constants, asked = fitting.expr, fitting.constants, fitting.asked
    if not constants:
        return [{}]
    linear = _linear(expr, constants)
    curved = [c for c in constants if c not in linear]
    rows = len(fitting.y)
    pick = np.unique(np.linspace(0, rows - 1, min(rows, _SAMPLE)).round().astype(int))
    X, y = fitting.X[pick], fitting.y[pick]
    weights = np.ones_like(y) if fitting.sigma is None else 1 / fitting.sigma[pick]
    zero = dict.fromkeys(linear, sp.Integer(0))
    parts = [expr.diff(c) for c in linear] + [expr.subs(zero)]
    model = compiled(parts, [*fitting.symbols, *curved], rows=len(y))
    ranked = []
    for number, drawn in enumerate(_magnitudes(curved, expr, X)):
        values = _placed(curved, drawn, number, asked)
        columns = model([*X.T, *values])
        if not np.isfinite(columns).all():
            continue
        design, rest = columns[:-1].T * weights[:, None], (y - columns[-1]) * weights
        solved = _solved(design, rest)
        left = float(np.sum((rest - design @ solved) ** 2))
        if np.isfinite(left):
            start = {**dict(zip(linear, solved, strict=True)), **dict(zip(curved, values, strict=True))}
            ranked.append((left, number, {c: float(start[c]) for c in constants}))
    ranked.sort(key=lambda row: row[:2])
    found = [start for _, _, start in ranked[:_REFINED]] or [dict.fromkeys(constants, 1.0)]
    if asked.starts:
        first = next((start for _, number, start in ranked if number == 0), found[0])
        found.insert(0, {s: asked.starts.get(s, first[s]) for s in constants})
    return found


def _placed(curved: list[sp.Symbol], drawn: list[float], number: int, asked: Asked) -> list[float]:
    """Starting values of curved constants: the user's in the first draw and half of the others, and within bounds."""
    found = []
    for constant, value in zip(curved, drawn, strict=True):
        if constant in asked.starts and number % 2 == 0:
            value = asked.starts[constant]
        low, high = asked.bounds.get(constant, (-inf, inf))
        if not low <= value <= high:
            ends = isfinite(low) and isfinite(high)
            value = low + (high - low) * ((number * 0.6180339887) % 1) if ends else min(max(value, low), high)
        found.append(value)
    return found


def _solved(columns: Array, rest: Array) -> Array:
    if not columns.shape[1]:
        return np.empty(0)
    size = np.max(np.abs(columns), axis=0)
    size = np.where(size > 0, size, 1.0)
    return np.asarray(np.linalg.lstsq(columns / size, rest, rcond=None)[0] / size)


def _linear(expr: sp.Expr, constants: Sequence[sp.Symbol]) -> list[sp.Symbol]:
    """Return constants that enter the formula linearly together: c and d of c·f + d, one of a and b in a·b·x."""
    chosen: list[sp.Symbol] = []
    for constant in constants:
        slope = expr.diff(constant)
        if not slope.free_symbols & {constant, *chosen}:
            chosen.append(constant)
    return chosen


def _magnitudes(curved: list[sp.Symbol], expr: sp.Expr, X: Array) -> list[list[float]]:
    """Return starting values: all ones, then magnitudes around 1, |x| and 1/|x|, with both signs.

    They reach further down than up: a frequency far above those of the data fits equally well (aliasing).
    """
    if not curved:
        return [[]]
    rng = np.random.default_rng(0)
    spread = np.concatenate([np.std(X, axis=0), np.mean(np.abs(X), axis=0)])
    sizes = np.array([1.0, *(1 / s for s in spread if s > 0), *(s for s in spread if s > 0)])
    drawn = rng.choice(sizes, (_STARTS, len(curved))) * 10 ** rng.uniform(-2, 1.2, (_STARTS, len(curved)))
    drawn *= rng.choice([-1.0, 1.0], drawn.shape)
    for k, constant in enumerate(curved):
        if any(power.args[1].has(constant) for power in expr.atoms(sp.Pow) if power.args[0].free_symbols):
            drawn[:, k] = rng.uniform(-4, 4, _STARTS)  # an exponent has no scale of the data in it
    return [[1.0] * len(curved), *drawn.tolist()]

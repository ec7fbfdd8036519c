"""Surrogates under noise: a link of a polynomial fitted to y itself, on more rows and with fewer coefficients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symbolic._clock import late
from symbolic.fitting._noise import spread_of
from symbolic.surrogates._chart import HARDER, POWERS, Chart, log_charts, thin
from symbolic.surrogates._model import Surrogate, best_of_each

Array = NDArray[np.float64]

_MANY, _FEW = 6000, 160  # rows and coefficients of a surrogate under noise
_SCREENED, _IMPROVED = 1500, 3  # rows on which powers are compared, and how many are fitted on all
_ROOM = 3  # more rows carry so many times as many coefficients
_STEPS = 2  # of Gauss–Newton
_ASTRAY = 0.1  # share of the rows that noise may carry to the other side of zero
_BROADER = 0.97  # what higher degrees of one column have to bring
_LOWEST = 0.02  # of the typical y: what a smooth fit is held above before its logarithm or root is taken


def blurred(X: Array, y: Array, weights: tuple[int, ...] | None = None, weight: Array | None = None) -> list[Surrogate]:
    """The best surrogate for each power of y under noise, best first: T(y) = P by Gauss–Newton on y itself.

    Noise may carry y to the other side of zero, and does not tell in T(y) what it tells in y. Squared errors of y count
    by `weight` (n,).
    """
    X, y = X[:_MANY], y[:_MANY]
    s = np.ones_like(y) if weight is None else np.sqrt(weight[:_MANY] / float(np.mean(weight[:_MANY])))
    d = X.shape[1]
    charts: list[Chart] = []
    fits: list[tuple[Surrogate, Chart]] = []
    for logs in log_charts(X):
        for pattern in sorted({(1,) * d, weights or (1,) * d}):
            if fits and late():
                break
            first = fitted(Chart.of(X[:_SCREENED], logs, pattern, _FEW), y[:_SCREENED], s=s[:_SCREENED])
            charts.append(Chart.of(X, logs, pattern, min(_ROOM * len(first.coef) + 10, _FEW)))
            fits.append((fitted(charts[-1], y, s=s), charts[-1]))
    best, chart = min(fits, key=lambda pair: pair[0].error)
    for better, wider in _wider(X, y, s, best, chart):
        fits.append((better, wider))
        charts.append(wider)
    plain = best_of_each([one for one, _ in fits])
    start = plain[0].value(X)
    up = float(np.mean(y > 0))
    if max(up, 1 - up) < 1 - _ASTRAY or late():
        return plain
    sign = 1.0 if up > 0.5 else -1.0
    some = slice(0, _SCREENED)
    few = [replace(chart, design=chart.design[some]) for chart in charts]
    tried = [
        (fitted(chart, y[some], power, sign, start[some], s=s[some]).error, k, power)
        for k, chart in enumerate(few)
        for power in POWERS[1:]
        if not late()
    ]
    best_few = [(k, power) for error, k, power in sorted(tried)[:_IMPROVED] if np.isfinite(error)]
    return best_of_each(
        [*plain, *(fitted(charts[k], y, power, sign, start, s=s) for k, power in best_few if not late())]
    )


def refitted(
    X: Array, y: Array, power: float, sign: float, start: Array, factor: Array, s: Array, most: int = _FEW
) -> Iterator[Surrogate]:
    """y = factor·T⁻¹(P) for one power, in the columns X and in their logarithms."""
    for logs in log_charts(X):
        if late():
            return
        yield fitted(Chart.of(X, logs, (1,) * X.shape[1], min(most, _FEW)), y, power, sign, start, factor, s)


def _wider(X: Array, y: Array, s: Array, best: Surrogate, chart: Chart) -> list[tuple[Surrogate, Chart]]:
    """The fit with higher degrees for one or more columns, where the highest of all are what it takes."""
    d = X.shape[1]
    found: list[tuple[Surrogate, Chart]] = []
    weights = (2**HARDER,) * d
    while d > 1 and len(best.coef) == chart.ends[-1] and len(found) < HARDER:
        options = [(*weights[:i], weights[i] // 2, *weights[i + 1 :]) for i in range(d) if weights[i] > 1]
        fits = []
        for option in options:
            if late():
                return found
            wider = Chart.of(X, chart.logs, option, _FEW)
            fits.append((fitted(wider, y, s=s), wider, option))
        better, wider, weights = min(fits, key=lambda one: one[0].error)
        if better.error > _BROADER * best.error:
            break
        best, chart = better, wider
        found.append((better, wider))
    return found


@np.errstate(all="ignore")
def fitted(
    chart: Chart,
    y: Array,
    power: float = 1.0,
    sign: float = 1.0,
    start: Array | None = None,
    factor: Array | None = None,
    s: Array | None = None,
) -> Surrogate:
    """y = factor·T⁻¹(P) by Gauss–Newton from the values `start` (n,) of y, by the degree with the least error left out.

    Errors of y count by s (n,).
    """
    m = np.ones_like(y) if factor is None else factor
    s = np.ones_like(y) if s is None else s
    scaled = sign * (y if start is None else start) / m
    if power == 1:
        inner, steps = sign * y / m, 1
    else:
        scaled = np.maximum(scaled, _LOWEST * float(np.median(np.abs(scaled))))
        inner, steps = np.log(scaled) if power == 0 else scaled**power, _STEPS
    low, high = float(np.min(inner)), float(np.max(inner))
    best = None
    for _ in range(steps):
        value, slope = _back(inner, power)
        w = np.abs(s * m * slope)
        z = inner + (sign * y / m - value) / slope if power != 1 else sign * y / m
        Q, R = thin(chart.design * w[:, None])
        tried = _left_out(chart, Q, R, z * w, y, sign * m, s, power, sign, w, (low, high))
        if best is not None and not tried.error < best.error:
            break
        best = tried
        inner = np.clip(
            chart.design[:, : len(best.coef)] @ best.coef, *((low, high) if power != 1 else (-np.inf, np.inf))
        )
    assert best is not None
    return best


def _back(inner: Array, power: float) -> tuple[Array, Array]:
    """T⁻¹ and its slope."""
    if power == 1:
        return inner, np.ones_like(inner)
    if power == 0:
        value = np.exp(inner)
        return value, value
    value = inner ** (1 / power)
    return value, value / inner / power


def _left_out(
    chart: Chart, Q: Array, R: Array, z: Array, y: Array, m: Array, s: Array, power: float, sign: float, w: Array,
    ends: tuple[float, float],
) -> Surrogate:  # fmt: skip
    """The degree with the least error in y on rows left out, of a fit linear in z."""
    along, leverage = Q.T @ z, np.zeros(len(y))
    start, best, least, away, kept = 0, chart.ends[0], np.inf, np.empty(0), leverage
    for end in chart.ends:
        leverage = leverage + np.sum(Q[:, start:end] ** 2, axis=1)
        start = end
        inner = (Q[:, :end] @ along[:end]) / w
        inner = inner if power == 1 else np.clip(inner, *ends)
        left = s * (y - m * _back(inner, power)[0]) / np.maximum(1 - leverage, 1e-2)
        error = float(np.sqrt(np.mean(left**2)))
        if error < least:
            best, least, away, kept = end, error, left, leverage
    fewer = chart.ends[max(chart.ends.index(best) - 1, 0)]
    spread = max(spread_of(y, s**2), 1e-300)
    values = (Q[:, :best] @ along[:best]) / w
    own = least * np.sqrt(kept) / w  # standard error of each value of P
    scatter = float(np.sqrt(np.median(own**2))) / max(float(np.std(values)), 1e-300)
    return Surrogate(
        power, sign, chart.logs, chart.low, chart.width, chart.degrees[:best], R[:best, :best], along[:best], fewer,
        1e-12, least / spread, scatter, away,
    )  # fmt: skip

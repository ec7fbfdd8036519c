"""A polynomial in all columns at once that stands for y: values and slopes anywhere between the rows, without seeds.

A power or the logarithm of y is a sum of products of Chebyshev polynomials of the columns, or of their logarithms, up
to a total degree. Least squares has no local minima, and one QR decomposition gives every degree and its error on rows
left out.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symbolic._clock import late
from symbolic.fitting._noise import spread_of
from symbolic.surrogates._chart import HARDER, POWERS, Chart, log_charts
from symbolic.surrogates._model import Surrogate, best_of_each
from symbolic.surrogates._noise import blurred

Array = NDArray[np.float64]

_ROWS = 1500  # that a surrogate is fitted to
_POOR, _EARNED = 1e-3, 0.85  # quality that asks for more, and what more has to bring
BLURRED = 3e-3  # error, relative to the spread, from which on noise may be what limits a surrogate
_AS_GOOD = 1.1  # what a fit to y may leave, in units of one to T(y) on other rows, to come first


def surrogate(X: Array, y: Array) -> Surrogate:
    """The best surrogate of T(y) (n,) at rows X (n, d), among powers of y and logarithms of columns."""
    return _sharp(X[:_ROWS], y[:_ROWS])[0][0]


def surrogates(X: Array, y: Array, weight: Array | None = None) -> list[Surrogate]:
    """The best surrogate for each power of y, best first.

    Where all are poor, columns one by one are allowed higher degrees than the others: few are hard. Where noise may be
    the reason, all are fitted to y itself, on more rows.
    """
    found, weights = _sharp(X[:_ROWS], y[:_ROWS])
    if weight is not None:  # all rows count alike in these fits: at most they err so much in rows that count
        ratio = float(np.std(y)) / spread_of(y, weight)
        found = [replace(one, error=one.error * ratio) for one in found]
    if found[0].quality > _POOR and found[0].error > BLURRED and not late():
        others = blurred(X, y, weights, weight)
        found = others + found if others[0].error < _AS_GOOD * found[0].error else found + others
    return found


def _sharp(X: Array, y: Array) -> tuple[list[Surrogate], tuple[int, ...]]:
    d, powers = X.shape[1], _served(y)
    charts = log_charts(X)
    found = best_of_each([one for logs in charts for one in _fits(Chart.of(X, logs, (1,) * d), y, powers)])
    weights = (2**HARDER,) * d
    for _ in range(HARDER if d > 1 else 0):
        if found[0].quality < _POOR or late():
            break
        tried: list[tuple[list[Surrogate], tuple[int, ...]]] = []
        for i in range(d):
            if weights[i] > 1 and not (tried and late()):
                lighter = (*weights[:i], weights[i] // 2, *weights[i + 1 :])
                tried.append((best_of_each(_fits(Chart.of(X, found[0].logs, lighter), y, powers)), lighter))
        better, lighter = min(tried, key=lambda pair: pair[0][0].quality)
        if better[0].quality > _EARNED * found[0].quality:
            break
        found, weights = best_of_each([*found, *better]), lighter
    return found, weights


def _served(y: Array) -> tuple[float, ...]:
    """The powers that y may be raised to."""
    if (y > 0).all() or (y < 0).all():
        return POWERS
    return (1.0, -1.0) if (y != 0).all() else (1.0,)


def _fits(chart: Chart, y: Array, powers: tuple[float, ...]) -> list[Surrogate]:
    sign = float(np.sign(y[0])) if len(powers) > 2 else 1.0
    with np.errstate(all="ignore"):
        finite = [p for p in powers if p == 0 or np.isfinite((sign * y) ** p).all()]
    return [chart.fit(y, power, sign) for power in finite]

"""A polynomial in all columns at once that stands for y: values and slopes anywhere between the rows, without seeds.

A power or the logarithm of y is a sum of products of Chebyshev polynomials of the columns, or of their logarithms, up
to a total degree. Least squares has no local minima, and one QR decomposition gives every degree and its error on rows
left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_ROWS = 1500  # that a surrogate is fitted to
_ROWS_PER_COEFFICIENT, _MOST = 4, 300
_HIGHEST = 30
_COUNTS = 0.97  # a higher degree has to bring the error below this share of the lower one's
_POOR, _EARNED, _HARDER = 1e-3, 0.85, 3  # quality that asks for more, what more has to bring, and how often
_GENEROUS = 4  # how much further a quadratic may go: less says nothing of how columns act together
_POWERS = (1.0, 0.0, -1.0, 2.0, -2.0)  # of y, 0 for its logarithm
_WIDE = 1.5  # high/low from which on the logarithm of a column is worth a try
BLURRED = 3e-3  # error, relative to the spread, from which on noise may be what limits a surrogate
_MANY, _FEW = 6000, 160  # rows and coefficients of a surrogate under noise
_SCREENED, _IMPROVED = 1500, 3  # rows on which powers are compared, and how many are fitted on all
_AS_GOOD = 1.1  # what a fit to y may leave, in units of one to T(y) on other rows, to come first
_ROOM = 3  # more rows carry so many times as many coefficients
_STEPS = 2  # of Gauss–Newton
_ASTRAY = 0.1  # share of the rows that noise may carry to the other side of zero
_BROADER = 0.97  # what higher degrees of one column have to bring
_LOWEST = 0.02  # of the typical y: what a smooth fit is held above before its logarithm or root is taken


@dataclass(frozen=True)
class Surrogate:
    """T(y) = Σ coef·Π Chebyshev(tᵢ) with T a power of |y| or its logarithm (`power` 0), tᵢ in [−1, 1].

    `error` is the RMSE of y on rows left out, relative to the spread of y; `rough` holds the coefficients of the next
    lower degree, whose slopes tell how far those of the best can be trusted.
    """

    power: float
    sign: float
    logs: NDArray[np.bool_]  # (d,): columns that enter by their logarithm
    low: Array
    width: Array
    degrees: NDArray[np.intp]  # (P, d)
    coef: Array
    rough: Array
    error: float
    scatter: float  # the same of T(y), relative to its own spread
    left: Array | None = None  # (n,) residuals of y left out, where the fit is one to y itself, noise and all

    @property
    def quality(self) -> float:
        """The error in y and in T(y) together: where y has poles, that in y says little."""
        return float(np.sqrt(self.error * self.scatter)) if self.left is None else self.error

    def inner(self, X: Array) -> Array:
        """The values of T(y) (n,) at rows X (n, d)."""
        basis = np.prod([T[:, k] for T, k in zip(self._tables(X)[0], self.degrees.T, strict=True)], axis=0)
        return np.asarray(basis @ self.coef)

    def value(self, X: Array) -> Array:
        """The values of y (n,) at rows X (n, d)."""
        z = self.inner(X)
        with np.errstate(all="ignore"):
            if self.power == 1:
                return np.asarray(self.sign * z)
            return np.asarray(self.sign * (np.exp(z) if self.power == 0 else z ** (1 / self.power)))

    def slopes(self, X: Array, rough: bool = False) -> tuple[Array, Array]:
        """The value (n,) and the slopes (n, d) of y at rows X, each row up to one factor: that of T′(y)."""
        coef = self.rough if rough else self.coef
        tables, derivatives = self._tables(X)
        columns = []
        picked = [T[:, k] for T, k in zip(tables, self.degrees.T, strict=True)]
        for i, D in enumerate(derivatives):
            others = np.prod([D[:, self.degrees[:, i]], *picked[:i], *picked[i + 1 :]], axis=0)
            columns.append(others @ coef)
        inner = 2 / self.width / np.where(self.logs, X, 1.0)
        z = np.prod(picked, axis=0) @ coef
        h = np.ones(len(X)) if self.power == 0 else self.power * z
        return h, np.stack(columns, axis=1) * inner

    def _tables(self, X: Array) -> tuple[list[Array], list[Array]]:
        from numpy.polynomial.chebyshev import chebder, chebvander

        most = int(self.degrees.max(initial=1))
        down = np.stack([np.pad(chebder(row), (0, 1))[: most + 1] for row in np.eye(most + 1)])
        tables = [chebvander(t, most) for t in self._scaled(X).T]
        return tables, [T @ down.T for T in tables]

    def _scaled(self, X: Array) -> Array:
        return 2 * (_charted(X, self.logs) - self.low) / self.width - 1


@dataclass(frozen=True)
class _Chart:
    """The columns on [−1, 1], and the orthonormal basis of their polynomials on the rows."""

    logs: NDArray[np.bool_]
    low: Array
    width: Array
    degrees: NDArray[np.intp]
    ends: tuple[int, ...]  # how many coefficients there are up to each total degree, from 0 on
    design: Array

    @cached_property
    def factors(self) -> tuple[Array, Array]:
        """Q and R of the design."""
        return np.linalg.qr(self.design)

    @classmethod
    def of(cls, X: Array, logs: NDArray[np.bool_], weights: tuple[int, ...], most: int = _MOST) -> _Chart:
        from numpy.polynomial.chebyshev import chebvander

        t = _charted(X, logs)
        low = t.min(0)
        width = np.maximum(np.ptp(t, axis=0), 1e-300)
        degrees, ends = _degrees(weights, max(2, min(len(X) // _ROWS_PER_COEFFICIENT, most)))
        highest = int(degrees.max(initial=1))
        tables = [chebvander(column, highest) for column in (2 * (t - low) / width - 1).T]
        design = np.prod([T[:, k] for T, k in zip(tables, degrees.T, strict=True)], axis=0)
        return cls(logs, low, width, degrees, ends, design)

    @cached_property
    def leverage(self) -> dict[int, Array]:
        """1 − h (n,) of the rows, by number of coefficients: what leaves one out divides its residual by."""
        rows, found, start = np.zeros(len(self.factors[0])), {}, 0
        for end in self.ends:
            rows = rows + np.sum(self.factors[0][:, start:end] ** 2, axis=1)
            found[end], start = np.maximum(1 - rows, 1e-3), end
        return found

    def fit(self, y: Array, power: float, sign: float) -> Surrogate:
        """T(y) by the degree with the least error on rows left out."""
        with np.errstate(all="ignore"):
            z = np.log(sign * y) if power == 0 else (sign * y) ** power
            slope = 1 / (sign * y) if power == 0 else power * (sign * y) ** (power - 1)
        along = self.factors[0].T @ z
        best, least, away = self.ends[min(1, len(self.ends) - 1)], np.inf, np.inf
        for end in self.ends[1:]:
            r = (z - self.factors[0][:, :end] @ along[:end]) / self.leverage[end]
            error = float(np.sqrt(np.mean((r / slope) ** 2)))
            if error < _COUNTS * least:
                best, least, away = end, error, float(np.sqrt(np.mean(r**2)))
        lower = self.ends[max(self.ends.index(best) - 1, 0)]
        solved = [np.linalg.lstsq(self.factors[1][:end, :end], along[:end], rcond=1e-14)[0] for end in (best, lower)]
        coef, rough = (np.pad(c, (0, best - len(c))) for c in solved)
        spread = max(float(np.std(y)), 1e-300)
        return Surrogate(
            power, sign, self.logs, self.low, self.width, self.degrees[:best], coef, rough,
            least / spread, away / max(float(np.std(z)), 1e-300),
        )  # fmt: skip


def surrogate(X: Array, y: Array) -> Surrogate:
    """The best surrogate of T(y) (n,) at rows X (n, d), among powers of y and logarithms of columns."""
    return _sharp(X[:_ROWS], y[:_ROWS])[0][0]


def surrogates(X: Array, y: Array, weight: Array | None = None) -> list[Surrogate]:
    """The best surrogate for each power of y, best first.

    Where all are poor, columns one by one are allowed higher degrees than the others: few are hard. Where noise may be
    the reason, all are fitted to y itself, on more rows.
    """
    found, weights = _sharp(X[:_ROWS], y[:_ROWS])
    if found[0].quality > _POOR and found[0].error > BLURRED:
        others = blurred(X, y, weights, weight)
        found = others + found if others[0].error < _AS_GOOD * found[0].error else found + others
    return found


def _sharp(X: Array, y: Array) -> tuple[list[Surrogate], tuple[int, ...]]:
    d, powers = X.shape[1], _served(y)
    with np.errstate(all="ignore"):
        wide = (X > 0).all(0) & (X.max(0) > _WIDE * X.min(0))
    charts = [np.zeros(d, dtype=bool), *([wide] if wide.any() else [])]
    found = _best([one for logs in charts for one in _fits(_Chart.of(X, logs, (1,) * d), y, powers)])
    weights = (2**_HARDER,) * d
    for _ in range(_HARDER if d > 1 else 0):
        if found[0].quality < _POOR:
            break
        tried = []
        for i in range(d):
            if weights[i] > 1:
                lighter = (*weights[:i], weights[i] // 2, *weights[i + 1 :])
                tried.append((_best(_fits(_Chart.of(X, found[0].logs, lighter), y, powers)), lighter))
        better, lighter = min(tried, key=lambda pair: pair[0][0].quality)
        if better[0].quality > _EARNED * found[0].quality:
            break
        found, weights = _best([*found, *better]), lighter
    return found, weights


def blurred(X: Array, y: Array, weights: tuple[int, ...] | None = None, weight: Array | None = None) -> list[Surrogate]:
    """The best surrogate for each power of y under noise, best first: T(y) = P by Gauss–Newton on y itself.

    Noise may carry y to the other side of zero, and does not tell in T(y) what it tells in y. Squared errors of y count
    by `weight` (n,).
    """
    X, y = X[:_MANY], y[:_MANY]
    s = np.ones_like(y) if weight is None else np.sqrt(weight[:_MANY] / float(np.mean(weight[:_MANY])))
    d = X.shape[1]
    with np.errstate(all="ignore"):
        wide = (X > 0).all(0) & (X.max(0) > _WIDE * X.min(0))
    charts, fits = [], []
    for logs in [np.zeros(d, dtype=bool), *([wide] if wide.any() else [])]:
        for pattern in sorted({(1,) * d, weights or (1,) * d}):
            few = fitted(_Chart.of(X[:_SCREENED], logs, pattern, _FEW), y[:_SCREENED], s=s[:_SCREENED])
            charts.append(_Chart.of(X, logs, pattern, min(_ROOM * len(few.coef) + 10, _FEW)))
            fits.append((fitted(charts[-1], y, s=s), charts[-1]))
    best, chart = min(fits, key=lambda pair: pair[0].error)
    for better, wider in _wider(X, y, s, best, chart):
        fits.append((better, wider))
        charts.append(wider)
    plain = _best([one for one, _ in fits])
    start = plain[0].value(X)
    up = float(np.mean(y > 0))
    if max(up, 1 - up) < 1 - _ASTRAY:
        return plain
    sign = 1.0 if up > 0.5 else -1.0
    some = slice(0, _SCREENED)
    tried = [
        (
            fitted(replace(chart, design=chart.design[some]), y[some], power, sign, start[some], s=s[some]).error,
            k,
            power,
        )
        for k, chart in enumerate(charts)
        for power in _POWERS[1:]
    ]
    best_few = [(k, power) for error, k, power in sorted(tried)[:_IMPROVED] if np.isfinite(error)]
    return _best([*plain, *(fitted(charts[k], y, power, sign, start, s=s) for k, power in best_few)])


def refitted(
    X: Array, y: Array, power: float, sign: float, start: Array, factor: Array, s: Array, most: int = _FEW
) -> Iterator[Surrogate]:
    """y = factor·T⁻¹(P) for one power, in the columns X and in their logarithms."""
    with np.errstate(all="ignore"):
        wide = (X > 0).all(0) & (X.max(0) > _WIDE * X.min(0))
    for logs in [np.zeros(X.shape[1], dtype=bool), *([wide] if wide.any() else [])]:
        yield fitted(_Chart.of(X, logs, (1,) * X.shape[1], min(most, _FEW)), y, power, sign, start, factor, s)


def _wider(X: Array, y: Array, s: Array, best: Surrogate, chart: _Chart) -> list[tuple[Surrogate, _Chart]]:
    """The fit with higher degrees for one or more columns, where the highest of all are what it takes."""
    d = X.shape[1]
    found: list[tuple[Surrogate, _Chart]] = []
    weights = (2**_HARDER,) * d
    while d > 1 and len(best.coef) == chart.ends[-1] and len(found) < _HARDER:
        options = [(*weights[:i], weights[i] // 2, *weights[i + 1 :]) for i in range(d) if weights[i] > 1]
        tried = [(_Chart.of(X, chart.logs, option, _FEW), option) for option in options]
        fits = [(fitted(wider, y, s=s), wider, option) for wider, option in tried]
        better, wider, weights = min(fits, key=lambda one: one[0].error)
        if better.error > _BROADER * best.error:
            break
        best, chart = better, wider
        found.append((better, wider))
    return found


@np.errstate(all="ignore")
def fitted(
    chart: _Chart,
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
        Q, R = np.linalg.qr(chart.design * w[:, None])
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
    chart: _Chart, Q: Array, R: Array, z: Array, y: Array, m: Array, s: Array, power: float, sign: float, w: Array,
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
    lower = chart.ends[max(chart.ends.index(best) - 1, 0)]
    solved = [np.linalg.lstsq(R[:end, :end], along[:end], rcond=1e-12)[0] for end in (best, lower)]
    coef, rough = (np.pad(c, (0, best - len(c))) for c in solved)
    spread = max(float(np.std(y)), 1e-300)
    values = (Q[:, :best] @ along[:best]) / w
    own = least * np.sqrt(kept) / w  # standard error of each value of P
    scatter = float(np.sqrt(np.median(own**2))) / max(float(np.std(values)), 1e-300)
    return Surrogate(
        power,
        sign,
        chart.logs,
        chart.low,
        chart.width,
        chart.degrees[:best],
        coef,
        rough,
        least / spread,
        scatter,
        away,
    )


def _served(y: Array) -> tuple[float, ...]:
    """The powers that y may be raised to."""
    if (y > 0).all() or (y < 0).all():
        return _POWERS
    return (1.0, -1.0) if (y != 0).all() else (1.0,)


def _fits(chart: _Chart, y: Array, powers: tuple[float, ...]) -> list[Surrogate]:
    sign = float(np.sign(y[0])) if len(powers) > 2 else 1.0
    with np.errstate(all="ignore"):
        finite = [p for p in powers if p == 0 or np.isfinite((sign * y) ** p).all()]
    return [chart.fit(y, power, sign) for power in finite]


def _best(fits: list[Surrogate]) -> list[Surrogate]:
    """The best fit for each power, best first."""
    best: dict[float, Surrogate] = {}
    for one in sorted(fits, key=lambda one: one.quality):
        best.setdefault(one.power, one)
    return list(best.values())


def _charted(X: Array, logs: NDArray[np.bool_]) -> Array:
    with np.errstate(all="ignore"):
        return np.where(logs, np.log(X), X)


@lru_cache(maxsize=256)
def _degrees(weights: tuple[int, ...], most: int) -> tuple[NDArray[np.intp], tuple[int, ...]]:
    """Degrees (P, d) of products of polynomials by weighted total degree, and how many there are up to each total."""
    found, ends = [(0,) * len(weights)], [1]
    for level in range(1, _HIGHEST * min(weights) + 1):
        grown = list(_of_total(level, weights))
        if len(found) + len(grown) > most * (1 if len(ends) > 2 else _GENEROUS):
            break
        if grown:
            found += grown
            ends.append(len(found))
    return np.array(found, dtype=np.intp), tuple(ends)


def _of_total(total: int, weights: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    if len(weights) == 1:
        if total % weights[0] == 0:
            yield (total // weights[0],)
        return
    for k in range(total // weights[0] + 1):
        for rest in _of_total(total - k * weights[0], weights[1:]):
            yield (k, *rest)

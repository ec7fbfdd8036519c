"""A polynomial in all columns at once that stands for y: values and slopes anywhere between the rows, without seeds.

A power or the logarithm of y is a sum of products of Chebyshev polynomials of the columns, or of their logarithms, up
to a total degree. Least squares has no local minima, and one QR decomposition gives every degree and its error on rows
left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_ROWS = 1500  # that a surrogate is fitted to
_ROWS_PER_COEFFICIENT, _MOST = 4, 300
_HIGHEST = 30
_COUNTS = 0.97  # a higher degree has to bring the error below this share of the lower one's
_POOR, _EARNED, _HARDER = 1e-3, 0.85, 3  # quality that asks for more, what more has to bring, and how often
_POWERS = (1.0, 0.0, -1.0, 2.0, -2.0)  # of y, 0 for its logarithm
_WIDE = 1.5  # high/low from which on the logarithm of a column is worth a try


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

    @property
    def quality(self) -> float:
        """The error in y and in T(y) together: where y has poles, that in y says little."""
        return float(np.sqrt(self.error * self.scatter))

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
    Q: Array
    R: Array

    @classmethod
    def of(cls, X: Array, logs: NDArray[np.bool_], weights: tuple[int, ...]) -> _Chart:
        from numpy.polynomial.chebyshev import chebvander

        t = _charted(X, logs)
        low = t.min(0)
        width = np.maximum(np.ptp(t, axis=0), 1e-300)
        degrees, ends = _degrees(weights, max(2, min(len(X) // _ROWS_PER_COEFFICIENT, _MOST)))
        most = int(degrees.max(initial=1))
        tables = [chebvander(column, most) for column in (2 * (t - low) / width - 1).T]
        design = np.prod([T[:, k] for T, k in zip(tables, degrees.T, strict=True)], axis=0)
        return cls(logs, low, width, degrees, ends, *np.linalg.qr(design))

    @cached_property
    def leverage(self) -> dict[int, Array]:
        """1 − h (n,) of the rows, by number of coefficients: what leaves one out divides its residual by."""
        rows, found, start = np.zeros(len(self.Q)), {}, 0
        for end in self.ends:
            rows = rows + np.sum(self.Q[:, start:end] ** 2, axis=1)
            found[end], start = np.maximum(1 - rows, 1e-3), end
        return found

    def fit(self, y: Array, power: float, sign: float) -> Surrogate:
        """T(y) by the degree with the least error on rows left out."""
        with np.errstate(all="ignore"):
            z = np.log(sign * y) if power == 0 else (sign * y) ** power
            slope = 1 / (sign * y) if power == 0 else power * (sign * y) ** (power - 1)
        along = self.Q.T @ z
        best, least, away = self.ends[min(1, len(self.ends) - 1)], np.inf, np.inf
        for end in self.ends[1:]:
            r = (z - self.Q[:, :end] @ along[:end]) / self.leverage[end]
            error = float(np.sqrt(np.mean((r / slope) ** 2)))
            if error < _COUNTS * least:
                best, least, away = end, error, float(np.sqrt(np.mean(r**2)))
        lower = self.ends[max(self.ends.index(best) - 1, 0)]
        solved = [np.linalg.lstsq(self.R[:end, :end], along[:end], rcond=1e-14)[0] for end in (best, lower)]
        coef, rough = (np.pad(c, (0, best - len(c))) for c in solved)
        spread = max(float(np.std(y)), 1e-300)
        return Surrogate(
            power, sign, self.logs, self.low, self.width, self.degrees[:best], coef, rough,
            least / spread, away / max(float(np.std(z)), 1e-300),
        )  # fmt: skip


def surrogate(X: Array, y: Array) -> Surrogate:
    """The best surrogate of y (n,) at rows X (n, d), among powers of y and logarithms of columns."""
    return surrogates(X, y)[0]


def surrogates(X: Array, y: Array) -> list[Surrogate]:
    """The best surrogate for each power of y, best first.

    Where all are poor, columns one by one are allowed higher degrees than the others: few are hard.
    """
    X, y = X[:_ROWS], y[:_ROWS]
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
    return found


def _served(y: Array) -> tuple[float, ...]:
    """The powers that y may be raised to."""
    if (y > 0).all() or (y < 0).all():
        return _POWERS
    return (1.0, -1.0) if (y != 0).all() else (1.0,)


def _fits(chart: _Chart, y: Array, powers: tuple[float, ...]) -> list[Surrogate]:
    sign = float(np.sign(y[0])) if len(powers) > 2 else 1.0
    return [chart.fit(y, power, sign) for power in powers]


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
        if len(found) + len(grown) > most and len(ends) > 2:
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

"""Charts for surrogates: columns on [−1, 1], their Chebyshev products up to a total degree, least squares in these."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from symbolic.surrogates._model import Surrogate, charted, products

Array = NDArray[np.float64]

_ROWS_PER_COEFFICIENT, MOST = 4, 300
_HIGHEST = 30
HARDER = 3  # times that a column may be allowed higher degrees than the others
POWERS = (1.0, 0.0, -1.0, 2.0, -2.0)  # of y, 0 for its logarithm
_WIDE = 1.5  # high/low from which on the logarithm of a column is worth a try
_INDEPENDENT = 1e-4  # diagonal of a triangle, relative to its largest, from which on Cholesky loses nothing that counts
_COUNTS = 0.97  # a higher degree has to bring the error below this share of the lower one's
_GENEROUS = 4  # how much further a quadratic may go: less says nothing of how columns act together


@dataclass(frozen=True)
class Chart:
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
    def of(cls, X: Array, logs: NDArray[np.bool_], weights: tuple[int, ...], most: int = MOST) -> Chart:
        from numpy.polynomial.chebyshev import chebvander

        t = charted(X, logs)
        low = t.min(0)
        width = np.maximum(np.ptp(t, axis=0), 1e-300)
        degrees, ends = _degrees(weights, max(2, min(len(X) // _ROWS_PER_COEFFICIENT, most)))
        highest = int(degrees.max(initial=1))
        tables = [chebvander(column, highest) for column in (2 * (t - low) / width - 1).T]
        return cls(logs, low, width, degrees, ends, products(tables, degrees))

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
        fewer = self.ends[max(self.ends.index(best) - 1, 0)]
        spread = max(float(np.std(y)), 1e-300)
        return Surrogate(
            power, sign, self.logs, self.low, self.width, self.degrees[:best], self.factors[1][:best, :best],
            along[:best], fewer, 1e-14, least / spread, away / max(float(np.std(z)), 1e-300),
        )  # fmt: skip


def thin(A: Array) -> tuple[Array, Array]:
    """Q and R of a tall table, to about six digits: by Cholesky where that is as good, which is far quicker."""
    try:
        L = np.linalg.cholesky(A.T @ A)
    except np.linalg.LinAlgError:
        return np.linalg.qr(A)
    size = np.diag(L)
    if not size.min() > _INDEPENDENT * size.max():
        return np.linalg.qr(A)
    return np.asarray(A @ np.linalg.inv(L).T), np.asarray(L.T)


def log_charts(X: Array) -> list[NDArray[np.bool_]]:
    """Which columns (d,) may enter by their logarithms: none, and all that span enough, if any do."""
    with np.errstate(all="ignore"):
        wide = (X > 0).all(0) & (X.max(0) > _WIDE * X.min(0))
    return [np.zeros(X.shape[1], dtype=bool), *([wide] if wide.any() else [])]


def total_degrees(d: int, most: int) -> NDArray[np.intp]:
    """Degrees (P, d) of all products of polynomials up to the highest total degree with at most so many of them."""
    return _degrees((1,) * d, most)[0]


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

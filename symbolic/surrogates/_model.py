"""A polynomial in all columns at once that stands for y: values and slopes anywhere between the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Surrogate:
    """T(y) = Σ coef·Π Chebyshev(tᵢ) with T a power of |y| or its logarithm (`power` 0), tᵢ in [−1, 1].

    `error` is the RMSE of y on rows left out, relative to the spread of y. The coefficients solve `triangle`·coef =
    `along`; those of the next lower degree, the first `fewer`, are `rough`: their slopes tell how far those of the best
    can be trusted.
    """

    power: float
    sign: float
    logs: NDArray[np.bool_]  # (d,): columns that enter by their logarithm
    low: Array
    width: Array
    degrees: NDArray[np.intp]  # (P, d)
    triangle: Array  # (P, P), and
    along: Array  # (P,), of a QR decomposition
    fewer: int
    exact: float  # share of the largest singular value below which the triangle says nothing
    error: float
    scatter: float  # the same of T(y), relative to its own spread
    left: Array | None = None  # (n,) residuals of y left out, where the fit is one to y itself, noise and all

    @cached_property
    def coef(self) -> Array:
        """The coefficients (P,)."""
        return self._solved(len(self.along))

    @cached_property
    def rough(self) -> Array:
        """Those of the next lower degree (P,), 0 beyond it."""
        return np.pad(self._solved(self.fewer), (0, len(self.along) - self.fewer))

    def _solved(self, count: int) -> Array:
        return np.asarray(np.linalg.lstsq(self.triangle[:count, :count], self.along[:count], rcond=self.exact)[0])

    @property
    def quality(self) -> float:
        """The error in y and in T(y) together: where y has poles, that in y says little."""
        return float(np.sqrt(self.error * self.scatter)) if self.left is None else self.error

    def inner(self, X: Array) -> Array:
        """The values of T(y) (n,) at rows X (n, d)."""
        return self._basis(X) @ self.coef

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
        basis = self._basis(X)
        inner = 2 / self.width / np.where(self.logs, X, 1.0)
        h = np.ones(len(X)) if self.power == 0 else self.power * (basis @ coef)
        return h, basis @ derivatives(self.degrees, coef) * inner

    def _basis(self, X: Array) -> Array:
        from numpy.polynomial.chebyshev import chebvander

        most = int(self.degrees.max(initial=1))
        return products([chebvander(t, most) for t in self._scaled(X).T], self.degrees)

    def _scaled(self, X: Array) -> Array:
        return 2 * (charted(X, self.logs) - self.low) / self.width - 1


def products(tables: Sequence[Array], degrees: NDArray[np.intp], factor: Array | None = None) -> Array:
    """Π Tᵢ[:, degreeᵢ] (n, P) for tables (n, K) of polynomials, those of degree 0 being 1; each column in one piece.

    A factor (n,) of all is multiplied in.
    """
    found = np.empty((len(degrees), len(tables[0])))
    found[:] = 1.0 if factor is None else factor
    for table, k in zip(tables, degrees.T, strict=True):
        rows = np.ascontiguousarray(table.T)
        for p in np.flatnonzero(k):
            found[p] *= rows[k[p]]
    return found.T


def derivatives(degrees: NDArray[np.intp], coef: Array) -> Array:
    """The coefficients (P, d) of the slopes along each tᵢ of Σ coef·Π Chebyshev(tᵢ), in the same products.

    They are among these where with each product there are all of lower degrees, as up to a total degree.
    """
    steps = _down(degrees.shape, degrees.tobytes())
    columns = [np.bincount(to, factor * coef[of], len(coef)) for to, of, factor in steps]
    return np.stack(columns, axis=1)


@lru_cache(maxsize=256)
def _down(shape: tuple[int, int], degrees: bytes) -> list[tuple[NDArray[np.intp], NDArray[np.intp], Array]]:
    """T′ₖ = 2k·(Tₖ₋₁ + Tₖ₋₃ + …), with half of T₀: for each column to which product, of which, and how much."""
    rows = [tuple(row) for row in np.frombuffer(degrees, dtype=np.intp).reshape(shape).tolist()]
    place = {row: p for p, row in enumerate(rows)}
    found = []
    for i in range(shape[1]):
        steps = [
            (place[*row[:i], lower, *row[i + 1 :]], p, row[i] * (2.0 if lower else 1.0))
            for p, row in enumerate(rows)
            for lower in range(row[i] - 1, -1, -2)
        ]
        to, of, factor = zip(*steps, strict=True) if steps else ((), (), ())
        found.append((np.array(to, dtype=np.intp), np.array(of, dtype=np.intp), np.array(factor)))
    return found


def best_of_each(fits: list[Surrogate]) -> list[Surrogate]:
    """The best fit for each power, best first."""
    best: dict[float, Surrogate] = {}
    for one in sorted(fits, key=lambda one: one.quality):
        best.setdefault(one.power, one)
    return list(best.values())


def charted(X: Array, logs: NDArray[np.bool_]) -> Array:
    with np.errstate(all="ignore"):
        return np.where(logs, np.log(X), X)

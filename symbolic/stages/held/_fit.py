"""A family of curves in one column whose numbers are polynomials of the other columns, fitted to all rows.

From the rows around one place, where all numbers are nearly constant, to all rows and higher degrees step by step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symbolic._clock import late
from symbolic.fitting._noise import spread_of
from symbolic.fitting._separable import descended, solved
from symbolic.stages.held._families import Family
from symbolic.surrogates._chart import total_degrees
from symbolic.surrogates._model import products

Array = NDArray[np.float64]

_MOST = 4000  # rows that are fitted
_AROUND = 10  # rows for each number of a fit around one place
_PER_NUMBER, _NUMBERS = 6, 260  # rows for each number of a fit, and how many there may be
_STARTED, _FIRST, _KEPT = 8, 5, 2  # starts that are followed, for so many steps, and those that go on
_STEPS = 30  # of a fit
_SETTLED = 1e-3
_BETTER = 0.8  # variance, in units of that of the degree before, that a higher degree has to leave
_HOPELESS = 0.3  # of the spread around one place


@dataclass(frozen=True)
class Rows:
    """The column t (n,) that moves, polynomials B (n, P) of the others up to degrees (P,), y, and weights' roots s.

    Rows lie in the order of their distance from one place.
    """

    at: NDArray[np.intp]  # which rows of the table
    t: Array
    Z: Array
    B: Array
    levels: NDArray[np.intp]
    y: Array
    s: Array

    @classmethod
    def of(cls, X: Array, y: Array, s: Array, moving: int) -> Rows:
        """Those of a table X (n, d), but for at most 4000."""
        from numpy.polynomial.chebyshev import chebvander

        Z = np.delete(X, moving, axis=1)
        low, width = Z.min(0), np.maximum(np.ptp(Z, axis=0), 1e-300)
        near = np.argsort(np.sum(((Z - np.median(Z, axis=0)) / width) ** 2, axis=1), kind="stable")
        if len(near) > _MOST:  # as dense everywhere
            near = near[np.linspace(0, len(near) - 1, _MOST).round().astype(int)]
        Z = Z[near]
        degrees = total_degrees(Z.shape[1], _NUMBERS // 3)
        tables = [chebvander(column, int(degrees.max())) for column in (2 * (Z - low) / width - 1).T]
        return cls(near, X[near, moving], Z, products(tables, degrees), degrees.sum(axis=1), y[near], s[near])

    def some(self, n: int) -> Rows:
        """The nearest n."""
        return Rows(self.at[:n], self.t[:n], self.Z[:n], self.B[:n], self.levels, self.y[:n], self.s[:n])

    def up_to(self, level: int) -> int:
        """How many polynomials there are up to a degree."""
        return int(np.sum(self.levels <= level))

    @property
    def spread(self) -> float:
        """The standard deviation of y; errors count by s."""
        return spread_of(self.y, self.s**2)


@dataclass(frozen=True)
class Held:
    """y = Σ cᵢ(z)·termᵢ(t; rates(z)): the coefficients of all, and what they leave."""

    rows: Rows
    family: Family
    rates: Array  # (q, P)
    c: Array  # (m, P)
    design: Array  # (n, m·P)
    slopes: Array  # (q, m, n) of the terms
    gram: Array
    left: Array
    squares: float

    @classmethod
    def at(cls, rows: Rows, family: Family, rates: Array) -> Held:
        B = rows.B[:, : rates.shape[1]]
        terms, slopes = family.values(rows.t, rates @ B.T)
        design = np.concatenate([B.T * (rows.s * term) for term in terms]).T
        z = rows.s * rows.y
        gram = design.T @ design
        if not np.isfinite(gram).all():
            c = np.zeros((len(terms), B.shape[1]))
            return cls(rows, family, rates, c, design, slopes, gram, z, np.inf)
        coef = solved(gram, design.T @ z)
        left = z - design @ coef
        c = coef.reshape(len(terms), -1)
        return cls(rows, family, rates, c, design, slopes, gram, left, float(left @ left))

    @property
    def variance(self) -> float:
        """The mean square that is left, for as many rows as numbers leave free."""
        return self.squares / max(len(self.left) - self.c.size - self.rates.size, 1)

    @property
    def error(self) -> float:
        """The same, as a root and relative to the spread of y."""
        return float(np.sqrt(self.variance)) / max(self.rows.spread, 1e-300)

    def outer(self) -> Array:
        """The slopes of y (n, q·P) by the coefficients of the rates."""
        B = self.rows.B[:, : self.rates.shape[1]]
        c = self.c @ B.T
        return np.concatenate([B.T * (self.rows.s * np.sum(c * slope, axis=0)) for slope in self.slopes]).T

    def better(self, steps: int = _STEPS) -> Held:
        """The best fit from here."""

        def moved(fit: Held, step: Array) -> Held:
            return Held.at(fit.rows, fit.family, fit.rates + step.reshape(fit.rates.shape))

        return descended(self, Held.outer, moved, steps, _SETTLED)

    def on(self, rows: Rows, size: int) -> Held:
        """The fit on other rows with so many polynomials, the new ones 0."""
        return Held.at(rows, self.family, np.pad(self.rates, ((0, 0), (0, size - self.rates.shape[1]))))


@dataclass(frozen=True)
class Known:
    """Σ cᵢ(z)·termᵢ(t; rates) with known rates: the coefficients' values (m, n) with their doubts (m,)."""

    values: Array
    doubts: Array
    error: float

    @classmethod
    def of(cls, rows: Rows, family: Family, rates: Array) -> Known | None:
        """The best fit with rates (q, n), by polynomials as high as bring something; None where it has no values."""
        terms = family.values(rows.t, rates)[0] * rows.s
        z, best, lower = rows.s * rows.y, None, None
        for level in range(int(rows.levels[-1]) + 1):
            B = rows.B[:, : rows.up_to(level)].T
            if len(terms) * len(B) > min(len(z) / _PER_NUMBER, _NUMBERS):
                break
            design = np.concatenate([B * term for term in terms])
            gram = design @ design.T
            if not np.isfinite(gram).all():
                return None
            coef = solved(gram, design @ z)
            variance = float(np.sum((z - coef @ design) ** 2)) / (len(z) - len(coef))
            values = coef.reshape(len(terms), -1) @ B
            if best is None or variance < _BETTER * best[0]:
                lower, best = best, (variance, values, gram, B)
        if best is None:
            return None
        variance, values, gram, B = best
        covariance = np.linalg.pinv(gram, rcond=1e-14, hermitian=True) * variance
        own = [covariance[k : k + len(B), k : k + len(B)] for k in range(0, len(gram), len(B))]
        chance = np.array([np.mean(np.sum(B * (part @ B), axis=0)) for part in own])
        bent = 0.0 if lower is None else np.mean((values - lower[1]) ** 2, axis=1) * variance / lower[0]
        return cls(values, np.sqrt(chance + bent), float(np.sqrt(variance)) / max(rows.spread, 1e-300))


@dataclass(frozen=True)
class Start:
    """Rates (k, q, P) from which to fit a family to the nearest rows, and what the best of them leaves of y there."""

    rows: Rows
    family: Family
    rates: Array
    error: float

    @classmethod
    @np.errstate(all="ignore")
    def of(cls, rows: Rows, family: Family) -> Start | None:
        """The best starts with numbers that are straight lines in the other columns; None where there are none."""
        size = rows.up_to(1)
        numbers = size * (len(family.terms) + len(family.kinds))
        few = rows.some(_AROUND * numbers)
        if family.positive and not (few.t > 0).all():
            return None
        starts = np.array(list(_starts(few, family, size)))
        squares = _squares(few, family, starts)
        best = np.argsort(squares, kind="stable")[:_STARTED]
        if not np.isfinite(squares[best[0]]):
            return None
        variance = max(float(squares[best[0]]), 0.0) / max(len(few.y) - numbers, 1)
        return cls(few, family, starts[best], float(np.sqrt(variance)) / max(few.spread, 1e-300))

    @np.errstate(all="ignore")
    def fitted(self) -> Held:
        """The best fit from there."""
        tried = [Held.at(self.rows, self.family, rates).better(_FIRST) for rates in self.rates]
        tried = sorted(tried, key=lambda fit: fit.squares)[:_KEPT]
        return min((fit.better() for fit in tried), key=lambda fit: fit.squares)


def _squares(rows: Rows, family: Family, starts: Array) -> Array:
    """What each start (S, q, P) leaves, all at once."""
    B = rows.B[:, : starts.shape[2]]
    n, many = len(rows.y), len(starts)
    rates = (starts @ B.T).transpose(1, 0, 2).reshape(starts.shape[1], -1)
    terms = family.values(np.tile(rows.t, many), rates)[0].reshape(-1, many, n).transpose(1, 2, 0)
    design = ((terms * rows.s[:, None])[..., None] * B[:, None, :]).reshape(many, n, -1)
    size = np.sqrt(np.sum(design**2, axis=1)).clip(1e-300)
    z = rows.s * rows.y
    gram = design.transpose(0, 2, 1) @ design / (size[:, :, None] * size[:, None, :])
    along = np.einsum("knp,n->kp", design, z) / size
    good = np.isfinite(gram).all(axis=(1, 2)) & np.isfinite(along).all(axis=1)
    found = np.full(many, np.inf)
    ridge = 1e-10 * np.eye(gram.shape[1])
    coef = np.linalg.solve(gram[good] + ridge, along[good][..., None])[..., 0]
    found[good] = float(z @ z) - np.sum(coef * along[good], axis=1)
    return found


def _starts(rows: Rows, family: Family, size: int) -> Iterator[Array]:
    """Rates (q, P): constant, or one of them as one of the other columns or its inverse."""
    B = rows.B[:, :size]
    shapes = [one / np.median(one) for z in rows.Z.T if (z > 0).all() or (z < 0).all() for one in (z, 1 / z)]
    lines = [np.eye(size)[0], *(np.linalg.lstsq(B, shape, rcond=None)[0] for shape in shapes)]
    for start in family.starts(rows.t):
        yield np.outer(start, lines[0])
        for k in range(len(start)):
            for line in lines[1:]:
                rates = np.outer(start, lines[0])
                rates[k] = start[k] * line
                yield rates


@np.errstate(all="ignore")
def grown(fit: Held, rows: Rows) -> tuple[Held, Held]:
    """The fit around one place carried to all rows, and the one with degrees lower by one."""
    n, level, numbers = len(fit.left), 1, len(fit.family.terms) + len(fit.family.kinds)
    before = fit
    while not late():
        n = min(2 * n, len(rows.y))
        some = rows.some(n)
        fit = fit.on(some, rows.up_to(level)).better()
        before = fit
        while level < rows.levels[-1] and numbers * rows.up_to(level + 1) <= min(n / _PER_NUMBER, _NUMBERS):
            higher = fit.on(some, rows.up_to(level + 1)).better()
            if not higher.variance < _BETTER * fit.variance:
                break
            before, fit, level = fit, higher, level + 1
        if n == len(rows.y):
            break
    return fit, before

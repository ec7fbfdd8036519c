"""Smoothing splines by NumPy alone: cubic bases of the columns of a table, and penalised fits chosen by GCV."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_ORDER = 3
_CELLS, _MOST_CELLS = 120, 40  # of all columns together, and of one
_ROWS_PER_COEFFICIENT = 4  # below this the cells of a spline are fewer
_SMOOTHNESS = 10.0 ** np.arange(-11.0, 5.0, 0.5)  # trial weights of the penalty, in units of the data's own
_TAIL = 50.0  # largest value over the median from which on the logarithm of a column is what splines are in
_CAUTION = 1.2  # a degree of freedom counts this much in GCV, which alone follows noise too often (Kim & Gu 2004)


@dataclass(frozen=True)
class Axis:
    """The cubic B-splines of one column, or of its logarithm: their knots in units of the range, and that range."""

    knots: Array
    low: float
    width: float
    logarithmic: bool = False

    @property
    def size(self) -> int:
        return len(self.knots) - _ORDER - 1

    def values(self, x: Array) -> Array:
        """B-splines (n, size) at x (n,), which is held inside the range."""
        from scipy.interpolate import BSpline

        place = np.log(np.maximum(x, np.exp(self.low))) if self.logarithmic else x
        t = np.clip((place - self.low) / self.width, 0.0, 1.0)
        return np.asarray(BSpline.design_matrix(t, self.knots, _ORDER).toarray())

    def bending(self) -> Array:
        """The penalty matrix (size, size) of second divided differences, which is zero for straight lines only."""
        sites = np.array([self.knots[k + 1 : k + 1 + _ORDER].mean() for k in range(self.size)])
        first = np.diff(np.eye(self.size), axis=0) / np.diff(sites)[:, None]
        centres = (sites[1:] + sites[:-1]) / 2
        second = np.diff(first, axis=0) / np.diff(centres)[:, None]
        steps = np.diff(centres)
        return np.asarray(second.T @ (second * steps[:, None]))


def axis(x: Array, columns: int) -> Axis | None:
    """The splines of a column x (n,) of a table with so many columns, or None where it is constant."""
    logarithmic = bool(x.min() > 0 and x.max() > _TAIL * np.median(x))
    x = np.log(x) if logarithmic else x
    low, high = float(x.min()), float(x.max())
    if high - low <= 1e-14 * max(abs(low), abs(high)):
        return None
    distinct = np.unique(x)
    cells = len(x) // (_ROWS_PER_COEFFICIENT * columns) - _ORDER
    cells = int(np.clip(min(cells, len(distinct) // 2, max(_CELLS // columns, 10)), 1, _MOST_CELLS))
    even = np.linspace(0.0, 1.0, cells + 1)
    # Half-way between even cells and cells of even count: data over decades keep detail where the rows are.
    inner = (even + (np.quantile(x, even) - low) / (high - low)) / 2
    knots = np.concatenate([np.zeros(_ORDER), inner, np.ones(_ORDER)])
    return Axis(knots, low, high - low, logarithmic)


@dataclass(frozen=True)
class Smooth:
    """A penalised fit: coefficients, fitted values (n,), weighted mean square it leaves, effective parameters."""

    coef: Array
    fitted: Array
    left: float
    edf: float


class Smoother:
    """Penalised weighted least squares on one design for any number of targets.

    min Σw(z − Bc)² + λ·cᵀPc: one generalised eigenproblem makes every λ and every target cheap; λ is chosen by GCV
    (Golub, Heath & Wahba, Technometrics 21, 1979).
    """

    def __init__(self, B: Array, P: Array, w: Array | None = None) -> None:
        self.B, self.w = B, np.ones(len(B)) if w is None else w / np.mean(w)
        gram = B.T @ (B * self.w[:, None]) / len(B)
        size = float(np.trace(gram)) / len(gram)
        penalty = P * (size / max(float(np.trace(P)) / len(P), 1e-300))
        L = np.linalg.cholesky(gram + size * (1e-12 * np.eye(len(gram)) + 1e-13 * penalty))
        half = np.linalg.solve(L, penalty)
        bends, U = np.linalg.eigh(np.linalg.solve(L, half.T))
        self.bends = np.maximum(bends, 0.0)
        self.back = np.linalg.solve(L.T, U)  # (p, p): coefficients of the eigenvectors

    def fit(self, z: Array) -> Smooth:
        """The smoothest adequate fit to z (n,)."""
        n = len(z)
        q = self.back.T @ (self.B.T @ (self.w * z)) / n
        kept = 1 / (1 + np.multiply.outer(_SMOOTHNESS, self.bends))  # (λ, p)
        edf = kept.sum(1)
        total = float(np.mean(self.w * z**2))
        left = np.maximum(total - (q**2 * (2 * kept - kept**2)).sum(1), 1e-26 * total)
        room = np.maximum(1 - _CAUTION * edf / n, 1e-3)
        best = int(np.argmin(left / room**2))
        coef = self.back @ (q * kept[best])
        fitted = self.B @ coef
        return Smooth(coef, fitted, float(np.mean(self.w * (z - fitted) ** 2)), float(edf[best]))


def blocks(penalties: list[Array]) -> Array:
    """Square matrices along the diagonal of one."""
    from scipy.linalg import block_diag

    return np.asarray(block_diag(*penalties))

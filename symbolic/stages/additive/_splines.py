"""The splines of an additive structure: one basis a column, and a fit in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symbolic.fitting._noise import spread_of
from symbolic.fitting._splines import Axis, axis, blocks
from symbolic.stages.additive._links import Link

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Fit:
    """y ≈ sign·g(c + Σφᵢ(xᵢ)), or sign·g(offset + c·Πfᵢ(xᵢ)) where `product`, with a spline for every live input.

    `curves` (live, n) are the splines on the rows: φᵢ of mean 0, fᵢ of mean square 1. `error` is the RMSE in y
    relative to the spread, per degree of freedom; `scatter` the same for T(y) (a product: y), in its own units.
    """

    link: Link
    sign: float
    product: bool
    inputs: tuple[int, ...]
    curves: Array
    constant: float
    error: float
    scatter: float
    edf: float
    residual: Array
    offset: float | None = None  # of a product that has one

    @property
    def inner(self) -> Array:
        """What the link is applied to, on the rows (n,)."""
        if self.product:
            return (self.offset or 0.0) + self.constant * np.prod(self.curves, axis=0)
        return self.constant + self.curves.sum(0)


@dataclass(frozen=True)
class Splines:
    """The spline bases of the columns of X (n, d) that are not constant: values (n, p) with a column of ones first."""

    axes: tuple[Axis, ...]
    inputs: tuple[int, ...]
    full: tuple[Array, ...]  # (n, m) an input
    design: Array
    penalty: Array
    weight: Array  # (n,) of mean 1: what a squared error of y counts in each row

    @classmethod
    def of(cls, X: Array, weight: Array | None = None) -> Splines:
        """The bases of a table; a constant column has none."""
        weight = np.ones(len(X)) if weight is None else weight / np.mean(weight)
        found = [(j, axis(X[:, j], X.shape[1])) for j in range(X.shape[1])]
        pairs = [(j, one) for j, one in found if one is not None]
        full = tuple(one.values(X[:, j]) for j, one in pairs)
        # One spline an input is left out: together they are the constant again.
        design = np.column_stack([np.ones(len(X)), *(values[:, :-1] for values in full)])
        penalty = blocks([np.zeros((1, 1)), *(one.bending()[:-1, :-1] for _, one in pairs)])
        return cls(tuple(one for _, one in pairs), tuple(j for j, _ in pairs), full, design, penalty, weight)

    def rms(self, residual: Array) -> float:
        """The root of the weighted mean square of what a fit leaves (n,)."""
        return float(np.sqrt(np.mean(self.weight * residual**2)))

    def share(self, residual: Array, y: Array) -> float:
        """The same relative to the spread of y (n,)."""
        return self.rms(residual) / spread_of(y, self.weight)

    def only(self, column: int) -> Splines:
        """The bases of one column alone."""
        k = self.inputs.index(column)
        values, one = self.full[k], self.axes[k]
        design = np.column_stack([np.ones(len(values)), values[:, :-1]])
        penalty = blocks([np.zeros((1, 1)), one.bending()[:-1, :-1]])
        return Splines((one,), (column,), (values,), design, penalty, self.weight)

    def curves(self, coef: Array) -> tuple[Array, float]:
        """The curves (d, n) of mean 0 that coefficients of the design stand for, and the constant beside them."""
        ends = np.cumsum([1, *(values.shape[1] - 1 for values in self.full)])
        parts = [
            values[:, :-1] @ coef[begin:end] for values, begin, end in zip(self.full, ends[:-1], ends[1:], strict=True)
        ]
        stacked = np.stack(parts)
        means = stacked.mean(axis=1)
        return stacked - means[:, None], float(coef[0] + means.sum())

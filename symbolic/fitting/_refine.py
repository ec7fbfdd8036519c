"""Constants of a formula fitted to data: Levenberg–Marquardt to the precision floor, with standard errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from symbolic._clock import late
from symbolic._errors import SymbolicError
from symbolic.formulas._numeric import compiled

Array = NDArray[np.float64]
Loss = Literal["absolute", "relative"]

BEYOND = 2e-3  # share of the rows that may lie beyond a formula's domain while its constants are being fitted
_NULL = 1e-9  # singular values of the scaled Jacobian below this share of the largest tell nothing apart


@dataclass(frozen=True)
class Refined:
    """Fitted constants, in the order of `values`, and what they leave.

    `covariance` is (p, p) in that order and NaN for constants the data do not determine, whose `stderr` is None.
    `rmse` and `residual` = y − f(X) are in units of y whatever the loss. `scatter` is the standard deviation of the
    residuals that were minimised, √(Σr²/dof): in units of y, relative, or in units of `sigma`. `leverage` is each
    constant's standard error for a scatter of one.
    """

    values: dict[sp.Symbol, float]
    covariance: Array
    stderr: dict[sp.Symbol, float | None]
    rmse: float
    residual: Array
    dof: int
    converged: bool
    scatter: float
    leverage: dict[sp.Symbol, float | None]


def refine(
    expr: sp.Expr,
    parameters: Mapping[sp.Symbol, float],
    X: ArrayLike,
    y: ArrayLike,
    variables: Sequence[sp.Symbol],
    sigma: ArrayLike | None = None,
    loss: Loss = "absolute",
    steps: int = 60,
    fixed: Mapping[sp.Symbol, float] | None = None,
) -> Refined:
    """Fit the symbols in `parameters` of a formula to y (n,), from the given values; X is (n, d), a column a variable.

    The symbols in `fixed` keep their values; the formula is compiled once whichever of its constants are fixed.

    The absolute loss is Σ(y − f)², the relative one Σ(log y/f)², which is the likelihood of errors in proportion to y.
    With `sigma` (a number or (n,)) both are divided by σ² (for the relative loss by (σ/y)²), and the standard errors
    take it as known; without, they come from the residual. Directions that the data do not determine are left where
    they are. Once time is up (`symbolic._clock`) the constants stay as they have come. Raises SymbolicError where the
    formula has no finite value at the start.

    >>> x, p = sp.symbols("x p")
    >>> round(refine(x**p, {p: 1.0}, [[1.0], [2.0], [3.0]], [1.0, 8.0, 27.0], [x]).values[p], 12)
    3.0
    """
    problem = Problem(expr, list(parameters), Measured.of(X, y, variables, sigma, loss), fixed or {})
    theta = np.array([float(value) for value in parameters.values()])
    # A step too far may overflow, and is then not taken; so may the error of a constant the data say nothing about.
    with np.errstate(all="ignore"):
        theta, converged = _minimise(problem, theta, steps)
        return problem.report(theta, converged, scaled=sigma is None)


@dataclass(frozen=True)
class Measured:
    """Rows X (n, d) and y (n,) as they are fitted: a column a variable, per-row σ (n,) or None, and the loss."""

    X: Array
    y: Array
    variables: tuple[sp.Symbol, ...]
    sigma: Array | None
    loss: Loss

    @classmethod
    def of(
        cls, X: ArrayLike, y: ArrayLike, variables: Sequence[sp.Symbol], sigma: ArrayLike | None, loss: Loss
    ) -> Measured:
        """The rows, checked."""
        table, values = np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.float64).ravel()
        if table.ndim != 2 or table.shape != (len(values), len(variables)):
            raise SymbolicError(
                f"X must be ({len(values)}, {len(variables)}), a row a measurement and a column a variable; "
                f"got {table.shape}."
            )
        if loss == "relative" and not np.all(values != 0):
            raise SymbolicError("Relative error needs a target without zeros. Use the absolute loss.")
        errors = None if sigma is None else np.broadcast_to(np.asarray(sigma, dtype=np.float64), values.shape)
        return cls(table, values, tuple(variables), errors, loss)


class Problem:
    """A formula, its slopes and the data, as residuals r(θ) and their Jacobian."""

    def __init__(self, expr: sp.Expr, names: list[sp.Symbol], rows: Measured, fixed: Mapping[sp.Symbol, float]) -> None:
        self.y, self.sigma, self.loss, self.names = rows.y, rows.sigma, rows.loss, names
        everything = sorted({*names, *fixed}, key=sp.default_sort_key)
        symbols = [*rows.variables, *everything]
        self.columns = list(rows.X.T)
        self.at = [everything.index(name) for name in names]
        self.constants = np.array([fixed.get(name, np.nan) for name in everything])
        self.value = compiled([expr], symbols, rows=len(self.y))
        slopes = None if late() else _slopes(expr, tuple(everything), tuple(symbols))
        self.slopes = None if slopes is None else compiled(*slopes, rows=len(self.y))

    def _arguments(self, theta: Array) -> list[object]:
        constants = self.constants.copy()
        constants[self.at] = theta
        return [*self.columns, *constants]

    def model(self, theta: Array) -> Array:
        """Values (n,). Constants not quite right yet may leave a root no value in a few rows: 0 is next to it."""
        values = self.value(self._arguments(theta))[0]
        beyond = np.isnan(values)
        return np.where(beyond, 0.0, values) if 0 < beyond.mean() <= BEYOND else values

    def weights(self) -> Array:
        """Return 1/σ of each residual."""
        if self.sigma is None:
            return np.ones_like(self.y)
        return np.abs(self.y) / self.sigma if self.loss == "relative" else 1.0 / self.sigma

    def residual(self, f: Array) -> Array:
        with np.errstate(all="ignore"):
            r = np.log(self.y / f) if self.loss == "relative" else self.y - f
            return r * self.weights()

    def jacobian(self, theta: Array, f: Array) -> Array:
        """Return ∂(scaled f)/∂θ, (n, p), by the symbolic slopes, or by central differences where those have none."""
        J = np.full((len(f), len(theta)), np.nan)
        if self.slopes is not None:
            J = self.slopes(self._arguments(theta))[self.at].T
        for k in np.flatnonzero(~np.isfinite(J).all(axis=0)):
            J[:, k] = self._difference(theta, int(k))
        scale = self.weights() / f if self.loss == "relative" else self.weights()
        return np.asarray(J * scale[:, None])

    def _difference(self, theta: Array, k: int) -> Array:
        h = 6e-6 * max(abs(theta[k]), 1e-8)
        up, down = theta.copy(), theta.copy()
        up[k] += h
        down[k] -= h
        with np.errstate(all="ignore"):
            slope = (self.model(up) - self.model(down)) / (up[k] - down[k])
        return np.where(np.isfinite(slope), slope, 0.0)

    def report(self, theta: Array, converged: bool, scaled: bool) -> Refined:
        f = self.model(theta)
        r = self.residual(f)
        shape, rank, loose = _inverse_normal(self.jacobian(theta, f))
        dof = len(self.y) - rank
        scatter = float(np.sqrt(r @ r / dof)) if dof > 0 else float("nan")
        covariance = shape * (scatter**2 if scaled else 1.0)
        covariance[loose, :] = np.nan
        covariance[:, loose] = np.nan
        errors, unit = np.sqrt(np.diag(covariance)), np.where(loose, np.nan, np.sqrt(np.diag(shape)))
        plain = self.y - f
        return Refined(
            values={name: float(value) for name, value in zip(self.names, theta, strict=True)},
            covariance=covariance,
            stderr=_known(self.names, errors),
            rmse=float(np.sqrt(np.mean(plain**2))),
            residual=plain,
            dof=dof,
            converged=converged,
            scatter=scatter,
            leverage=_known(self.names, unit),
        )


def _known(names: list[sp.Symbol], errors: Array) -> dict[sp.Symbol, float | None]:
    return {name: float(error) if np.isfinite(error) else None for name, error in zip(names, errors, strict=True)}


@lru_cache(maxsize=128)
def _slopes(
    expr: sp.Expr, names: tuple[sp.Symbol, ...], symbols: tuple[sp.Symbol, ...]
) -> tuple[tuple[sp.Expr, ...], tuple[sp.Symbol, ...]] | None:
    """Return ∂expr/∂θ and its symbols, or None where SymPy has no numeric form of it."""
    real = {symbol: sp.Dummy(symbol.name, real=True) for symbol in symbols}  # or |x| has no slope
    inner = expr.xreplace(real)
    slopes = tuple(sp.diff(inner, real[name]) for name in names)
    if any(slope.has(sp.Derivative, sp.Subs, sp.DiracDelta, sp.re, sp.im) for slope in slopes):
        return None
    return slopes, tuple(real[symbol] for symbol in symbols)


def _minimise(problem: Problem, theta: Array, steps: int) -> tuple[Array, bool]:
    """Levenberg–Marquardt with scaled columns and gain ratios; ends with plain Gauss–Newton at the precision floor."""
    f = problem.model(theta)
    r = problem.residual(f)
    if not np.isfinite(r).all():
        wrong = int(np.flatnonzero(~np.isfinite(r))[0])
        raise SymbolicError(
            f"The formula has no finite value at row {wrong + 1} for the starting constants. Start from others."
        )
    if not len(theta):
        return theta, True
    cost, damping = float(r @ r), 1e-3
    for _ in range(steps):
        if late():
            break
        U, s, Vt, scale = _decomposed(problem.jacobian(theta, f))
        along = U.T @ r
        accepted = False
        for _ in range(12):
            filtered = np.where(s > _NULL * s[0], s / (s**2 + damping * s[0] ** 2 + 1e-300), 0.0)
            step = (Vt.T @ (filtered * along)) / scale
            trial = theta + step
            f_trial = problem.model(trial)
            r_trial = problem.residual(f_trial)
            tried = float(r_trial @ r_trial)
            if tried < cost:
                accepted = True
                break
            if np.isfinite(tried) and _still(step, theta):
                break
            damping = max(damping * 8, 1e-10)
        if not accepted:
            return theta, True
        gain, small = (cost - tried) / cost, _still(step, theta)
        theta, f, r, cost = trial, f_trial, r_trial, tried
        damping = damping / 20 if damping > 1e-12 else 0.0
        if cost == 0 or (small and gain < 1e-12):
            return theta, True
    return theta, False


def _still(step: Array, theta: Array) -> bool:
    return bool(np.all(np.abs(step) <= 4e-16 * np.abs(theta) + 1e-300))


def _decomposed(J: Array) -> tuple[Array, Array, Array, Array]:
    """Return the singular value decomposition of J with columns scaled to length one, and the scales."""
    scale = np.sqrt(np.sum(J**2, axis=0))
    scale = np.where(scale > 0, scale, 1.0)
    Q, R = np.linalg.qr(J / scale)
    U, s, Vt = np.linalg.svd(R, full_matrices=False)
    return Q @ U, s, Vt, scale


def _inverse_normal(J: Array) -> tuple[Array, int, NDArray[np.bool_]]:
    """Return (JᵀJ)⁻¹ on the directions the data determine, their number, and which constants are not determined."""
    if not J.shape[1]:
        return np.empty((0, 0)), 0, np.zeros(0, dtype=bool)
    _, s, Vt, scale = _decomposed(np.where(np.isfinite(J), J, 0.0))
    kept = s > _NULL * s[0]
    null = Vt[~kept]
    rows = Vt[kept] / s[kept][:, None]
    loose = np.sum(null**2, axis=0) > 1e-6 if len(null) else np.zeros(len(scale), dtype=bool)
    # Fewer rows than constants: what QR could not see is undetermined as well.
    loose |= ~(np.sum(Vt**2, axis=0) > 1 - 1e-6)
    return np.asarray(rows.T @ rows) / np.outer(scale, scale), int(kept.sum()), loose

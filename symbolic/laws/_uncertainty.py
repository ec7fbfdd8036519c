"""How well the data determine a law: the covariance of its numbers, and bands around its predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from symbolic._clock import late
from symbolic._errors import SymbolicError
from symbolic.fitting._noise import choose_loss
from symbolic.fitting._refine import Loss, Measured, Problem, refine
from symbolic.laws._constants import parametrise
from symbolic.laws._law import Discovery, Law, Prediction, Uncertainty

if TYPE_CHECKING:
    from symbolic.fitting._refine import Refined

Array = NDArray[np.float64]

ROWS = 5000  # that the covariance is read from; it is as if there were no others
LEVEL = 0.95


def measured(law: Law, X: ArrayLike, y: ArrayLike, sigma: ArrayLike | None = None) -> Law:
    """Return the law with the uncertainty that rows X (n, d), y (n,) leave; unchanged where they say nothing.

    The covariance is that of least squares at the law's own numbers, s²(JᵀJ)⁻¹, or (JᵀJ)⁻¹ with the rows divided by
    `sigma` where that is given. Exact constants (2, 3/2, π) are not measured and add nothing.
    """
    rows, values = np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.float64).ravel()
    errors = None if sigma is None else np.broadcast_to(np.asarray(sigma, dtype=np.float64), values.shape)
    pick = np.unique(np.linspace(0, len(values) - 1, min(len(values), ROWS)).round().astype(int))
    rows, values, errors = rows[pick], values[pick], None if errors is None else errors[pick]
    residual = values - law.predict(rows)
    if not np.isfinite(residual).all():
        return law
    loss: Loss = "absolute" if errors is not None else choose_loss(values, residual)
    free, numbers = _numbers(law.expr)
    try:
        fit = refine(free, numbers, rows, values, law.symbols, errors, loss, steps=0)
    except (SymbolicError, np.linalg.LinAlgError):
        return law
    return replace(law, uncertainty=uncertainty_of(fit, errors, loss))


def measured_all(found: Discovery, X: ArrayLike, y: ArrayLike, sigma: ArrayLike | None = None) -> Discovery:
    """Return a discovery whose laws have their uncertainty: the best first, and the others while there is time."""
    best = None if found.best is None else measured(found.best, X, y, sigma)

    def renewed(law: Law) -> Law:
        if best is not None and law is found.best:
            return best
        return law if late() else measured(law, X, y, sigma)

    front, others = tuple(map(renewed, found.front)), tuple(map(renewed, found.others))
    return replace(found, best=best, front=front, others=others)


def uncertainty_of(fit: Refined, sigma: ArrayLike | None, loss: Loss) -> Uncertainty | None:
    """Return what a fit says of its numbers; None where no degree of freedom is left to say anything."""
    covariance = tuple(tuple(float(v) if np.isfinite(v) else None for v in row) for row in fit.covariance)
    if sigma is not None:
        return Uncertainty(covariance, float(np.sqrt(np.mean(np.square(sigma)))), None)
    if not np.isfinite(fit.scatter):
        return None
    return Uncertainty(covariance, fit.scatter, fit.dof, loss == "relative")


def predicted(law: Law, X: Array) -> Prediction:
    """Return values with bands by the delta method: the variance of f is ∇f·C·∇f, ∇ by the measured numbers."""
    known = law.uncertainty
    if known is None:
        raise SymbolicError("This law does not say how well its numbers are known. Find or fit it again from its data.")
    free, values = _numbers(law.expr)
    if len(known.covariance) != len(values):
        raise SymbolicError("The stored covariance belongs to another formula. Find or fit the law again.")
    C = np.array([[np.nan if v is None else v for v in row] for row in known.covariance]).reshape(2 * (len(values),))
    f = law.predict(X)
    stderr = np.where(np.isfinite(f), _errors(_slopes(free, values, X, law.symbols), C), np.nan)
    reach = quantile(known.dof)
    with np.errstate(all="ignore"):
        if known.relative:
            share = np.hypot(stderr / np.abs(f), known.scatter)
            ends = f * np.exp(-reach * share), f * np.exp(reach * share)
            return Prediction(f, stderr, np.abs(f) * share, np.minimum(*ends), np.maximum(*ends))
        spread = np.hypot(stderr, known.scatter) + 0 * f
        return Prediction(f, stderr, spread, f - reach * spread, f + reach * spread)


def _numbers(expr: sp.Expr) -> tuple[sp.Expr, dict[sp.Symbol, float]]:
    """Replace the Floats of an expression by symbols; a value that stands twice is one number."""
    free, values = parametrise(expr)
    first: dict[float, sp.Symbol] = {}
    same = {symbol: first.setdefault(value, symbol) for symbol, value in values.items()}
    return free.xreplace(same), {symbol: value for value, symbol in first.items()}


def _slopes(expr: sp.Expr, values: dict[sp.Symbol, float], X: Array, symbols: Sequence[sp.Symbol]) -> Array:
    """Return ∂f/∂(each number), (n, p)."""
    problem = Problem(expr, list(values), Measured.of(X, np.zeros(len(X)), symbols, None, "absolute"), {})
    theta = np.array(list(values.values()))
    return problem.jacobian(theta, problem.model(theta))


def _errors(J: Array, C: Array) -> Array:
    """Return √(J C Jᵀ) row by row; NaN where a row leans on a number that is not determined."""
    loose = np.isnan(np.diag(C))
    C = np.where(np.isnan(C), 0.0, C)
    variance = np.einsum("np,pq,nq->n", J, C, J)
    leans = (np.abs(J[:, loose]) > 0).any(axis=1) if loose.any() else np.zeros(len(J), dtype=bool)
    return np.where(leans, np.nan, np.sqrt(np.maximum(variance, 0.0)))


def quantile(dof: int | None, level: float = LEVEL) -> float:
    """Return how many standard errors a two-sided interval reaches: Student's t, or the normal one without `dof`."""
    from scipy import stats

    tail = (1 + level) / 2
    return float(stats.norm.ppf(tail) if dof is None else stats.t.ppf(tail, dof))

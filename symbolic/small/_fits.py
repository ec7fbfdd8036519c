"""The families of a small table as fits: refined, priced by AICc, checked by leave-one-out."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic._clock import late
from symbolic._errors import SymbolicError
from symbolic.fitting._refine import Loss, Refined, refine
from symbolic.formulas._complexity import complexity
from symbolic.formulas._numeric import compiled
from symbolic.small._families import Family

Array = NDArray[np.float64]

TIE = 4.0  # families within this AICc of the best one are not told apart: the simplest stands
_MACHINE = 1e-14
_FEW_STEPS = 8  # from constants that one row hardly moves


@dataclass(frozen=True)
class SmallRows:
    X: Array
    y: Array
    symbols: tuple[sp.Symbol, ...]
    sigma: Array | None

    def refine(
        self, family: Family, loss: Loss, keep: NDArray[np.bool_] | slice = slice(None), steps: int = 60
    ) -> Refined:
        sigma = None if self.sigma is None else self.sigma[keep]
        return refine(family.expr, family.start, self.X[keep], self.y[keep], self.symbols, sigma, loss, steps)


@dataclass(frozen=True)
class SmallFit:
    """A refined family with its AICc (all in densities of y, so that losses compare)."""

    family: Family
    loss: Loss
    refined: Refined
    aicc: float
    size: int


def fit_family(rows: SmallRows, family: Family, loss: Loss) -> SmallFit | None:
    """Return a refined family, or None where it cannot be fitted or the rows do not determine it."""
    try:
        refined = rows.refine(family, loss)
    except (SymbolicError, np.linalg.LinAlgError):
        return None
    if any(error is None for error in refined.stderr.values()):
        return None  # a family with a constant the rows do not determine is a smaller family in disguise
    squares = refined.scatter**2 * refined.dof if refined.dof > 0 else 0.0
    aicc = aicc_of(rows, squares, len(family.start), loss)
    return SmallFit(family, loss, refined, aicc, complexity(family.expr)) if math.isfinite(aicc) else None


def aicc_of(rows: SmallRows, squares: float, constants: int, loss: Loss) -> float:
    """Return −2 log L + 2k + 2k(k + 1)/(n − k − 1); k counts the noise where it is not given."""
    n = len(rows.y)
    k = constants + (rows.sigma is None)
    if n - k - 1 <= 0:
        return math.inf
    if rows.sigma is not None:
        deviance = squares
    else:
        size = 1.0 if loss == "relative" else float(np.sqrt(np.mean(rows.y**2)))
        deviance = n * math.log(squares / n + (_MACHINE * size) ** 2)
        deviance += 2 * float(np.sum(np.log(np.abs(rows.y)))) if loss == "relative" else 0.0
    return deviance + 2 * k + 2 * k * (k + 1) / (n - k - 1)


def chosen(rows: SmallRows, fits: list[SmallFit]) -> tuple[SmallFit, list[SmallFit]]:
    """Return the family that stands, and all others that share its loss, best first."""
    loss = fits[0].loss
    same = [fit for fit in fits if fit.loss == loss]
    tied = [fit for fit in same if fit.aicc <= same[0].aicc + TIE]
    # Among families that AICc cannot tell apart, a simple one must also predict left-out rows about as well.
    errors = [left_out(rows, fit) for fit in tied] if len(tied) > 1 and not late() else [0.0] * len(tied)
    good = tied if late() else [fit for fit, error in zip(tied, errors, strict=True) if error <= 1.15 * min(errors)]
    best = min(good, key=lambda fit: (fit.size, fit.aicc))
    return best, [fit for fit in same if fit is not best]


def left_out(rows: SmallRows, fit: SmallFit) -> float:
    """Return the root mean square error of predicting each row from all others (relative for the relative loss).

    Infinite where that fails, or time is up.
    """
    family = replace(fit.family, start=fit.refined.values)
    model = compiled([family.expr], [*rows.symbols, *family.start], rows=1)
    errors = []
    for row in range(len(rows.y)):
        if late():
            return math.inf
        keep = np.arange(len(rows.y)) != row
        try:
            values = rows.refine(family, fit.loss, keep, _FEW_STEPS).values
        except (SymbolicError, np.linalg.LinAlgError):
            return math.inf
        predicted = model([*rows.X[row], *values.values()])[0, 0]
        with np.errstate(all="ignore"):
            error = np.log(rows.y[row] / predicted) if fit.loss == "relative" else rows.y[row] - predicted
        errors.append(float(error))
    total = float(np.sqrt(np.mean(np.square(errors))))
    return total if math.isfinite(total) else math.inf

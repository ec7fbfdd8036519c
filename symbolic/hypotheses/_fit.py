"""A formula of the user's own fitted from many starts, within bounds, with the loss that the evidence speaks for."""

from __future__ import annotations

import numpy as np
import sympy as sp

from symbolic._errors import SymbolicError
from symbolic.fitting._noise import choose_loss
from symbolic.fitting._refine import Loss, Refined
from symbolic.hypotheses._asked import Fitting
from symbolic.hypotheses._starts import starting_values

_ENOUGH = 1e-24  # unexplained share of the variance below which no other start is tried


def fitted(fitting: Fitting) -> tuple[Refined, Loss, dict[sp.Symbol, float]]:
    """The fit, its loss, and the constants that stay at an end of their bounds."""
    held: dict[sp.Symbol, float] = {}
    for _ in range(len(fitting.constants) + 1):
        fit, loss = _freely_fitted(fitting.holding(held))
        beyond = fitting.asked.beyond(fit.values)
        if not beyond:
            break
        held |= beyond
    return fit, loss, held


def _freely_fitted(fitting: Fitting) -> tuple[Refined, Loss]:
    wanted, y = fitting.asked.loss, fitting.y
    if wanted == "relative" and not fitting.proportional:
        raise SymbolicError("Errors in proportion to y need values of one sign, and no sigma. Use the absolute loss.")
    starts = starting_values(fitting)
    if wanted == "relative":
        relative = _best(fitting, starts, "relative")
        if relative is None:
            raise SymbolicError("The formula has not the sign of y for any constants tried. Check it.")
        return relative, "relative"
    best = _best(fitting, starts, "absolute")
    if best is not None and (wanted == "absolute" or not (fitting.proportional and fitting.constants)):
        return best, "absolute"
    if fitting.proportional:
        relative = _best(fitting, [*([best.values] if best else []), *starts], "relative")
        if best is None and relative is not None:
            return relative, "relative"
        if best is not None and relative is not None:
            with np.errstate(all="ignore"):
                share = np.log(y / (y - relative.residual))
            return (relative, "relative") if choose_loss(y, best.residual, share) == "relative" else (best, "absolute")
    if best is None:
        raise SymbolicError("The formula has no finite values on these rows for any constants tried. Check its domain.")
    return best, "absolute"


def _best(fitting: Fitting, starts: list[dict[sp.Symbol, float]], loss: Loss) -> Refined | None:
    best: Refined | None = None
    spread = float(np.std(fitting.y)) or 1.0
    for start in starts:
        try:
            fit = fitting.refined(start, loss)
        except (SymbolicError, np.linalg.LinAlgError):
            continue
        if best is None or (fit.scatter, fit.rmse) < (best.scatter, best.rmse):
            best = fit
        if best.rmse**2 < _ENOUGH * spread**2:
            break
    return best

"""What a small table can and cannot decide, in sentences."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic.fitting._noise import printed_floor, sigma_neighbours, whiteness
from symbolic.fitting._refine import Loss
from symbolic.formulas._text import number_text, plain_text
from symbolic.laws._constants import Recognised
from symbolic.laws._law import Law, Status
from symbolic.laws._printed import ROUNDED, as_printed
from symbolic.small._fits import TIE, SmallFit, SmallRows, left_out

Array = NDArray[np.float64]

_DOUBT = 3.0  # standard errors from white above which structure is said to remain


def rounding(rows: SmallRows, digits: int | None, best: SmallFit) -> float:
    """Return the typical rounding of y, in units of the loss, where the residual is no smaller than that; else 0.

    A residual far below the last printed digit means that the digits are not the precision of the data.
    """
    floor = printed_floor(rows.y, digits)
    if rows.sigma is not None:
        return 0.0
    typical = float(np.sqrt(np.mean((floor / np.abs(rows.y) if best.loss == "relative" else floor) ** 2)))
    return typical if best.refined.scatter > 0.3 * typical else 0.0


def judged(rows: SmallRows, digits: int | None, best: SmallFit, law: Law) -> tuple[Status, str]:
    """Return the status of a law and the sentence that gives the reason."""
    residual = rows.y - law.predict(rows.X)
    if as_printed(law, rows.X, rows.y, digits):
        return "exact", ROUNDED
    scaled = _in_loss(best, residual, rows)
    doubt = whiteness(scaled, rows.X)
    size = _size_words(best.loss, float(np.sqrt(np.mean(scaled**2))), rows)
    model_free = sigma_neighbours(rows.X, rows.y) if best.loss == "absolute" and len(rows.y) >= 20 else None
    if doubt >= _DOUBT:
        return (
            "approximate",
            f"Structure remains in the residual ({doubt:.1f} standard errors from white); it is {size}.",
        )
    if model_free is not None and best.refined.rmse > 2 * model_free:
        return "approximate", (
            f"The residual is {size}, but neighbouring rows differ by only {model_free:.3g}: the law misses something."
        )
    few = " With so few rows only gross structure would show." if len(rows.y) < 15 else ""
    return "noise", f"What is left shows no structure; it is {size}.{few}"


def _in_loss(best: SmallFit, residual: Array, rows: SmallRows) -> Array:
    if best.loss == "relative":
        return residual / rows.y
    return residual if rows.sigma is None else residual / rows.sigma


def _size_words(loss: Loss, size: float, rows: SmallRows) -> str:
    if loss == "relative":
        return f"{100 * size:.2g} % of the target"
    return (
        f"{size:.3g} of the given standard errors" if rows.sigma is not None else f"{size:.3g} in units of the target"
    )


def opening(rows: SmallRows, fits: list[SmallFit]) -> str:
    """Say what was done and what so few rows cannot give."""
    families = len({fit.family.words for fit in fits})
    return (
        f"{len(rows.y)} rows are too few for a network and for a test set: {families} families of formulas were "
        "refined and compared, by AICc, which charges for every number, and by leaving out one row at a time. There is "
        "no test score."
    )


def about_loss(best: SmallFit, fits: list[SmallFit]) -> Iterator[str]:
    """Say which kind of error the table shows."""
    others = [fit.aicc for fit in fits if fit.loss != best.loss]
    if not others:
        return
    margin = min(others) - best.aicc
    kind = "in proportion to the target" if best.loss == "relative" else "of one size"
    if margin > 0:
        yield f"Errors {kind} explain the table better than the alternative (AICc lower by {margin:.1f})."
    else:
        yield f"Errors {kind} were assumed; the table does not decide the kind of error."


def about_constants(best: SmallFit, named: Recognised) -> Iterator[str]:
    """Say what each constant was measured to be, and how far its exact form is from that."""
    for symbol, value in best.refined.values.items():
        error, form = best.refined.stderr[symbol], named.forms[symbol]
        if error is None:
            continue
        what = _what_it_is(best.family.expr, symbol)
        shown = f"{what} is {number_text(value, error)} ± {_error_text(error)}"
        exact = error < 1e-12 * max(abs(value), 1e-3)
        if exact:
            written = number_text(value, error) if isinstance(form, sp.Float) else plain_text(form)
            yield f"{what} is {written} to the precision of the numbers."
        elif isinstance(form, sp.Float):
            yield f"{shown}; no simple number explains it better, so it stays as measured."
        else:
            away = abs(float(form) - value) / error
            yield f"{shown}; {plain_text(form)} lies within {math.ceil(10 * away) / 10:.1f} standard errors."


def _error_text(error: float) -> str:
    return f"{error:.0f}" if error >= 10 else f"{error:.2g}"


def _what_it_is(expr: sp.Expr, constant: sp.Symbol) -> str:
    """Name a constant by its place in the formula."""
    letters = {s: sp.Symbol(s.name) for s in expr.atoms(sp.Dummy)}
    fitted, symbol = set(letters.values()), letters[constant]
    expr = expr.xreplace(letters)
    for power in expr.atoms(sp.Pow):
        if power.args[1] == symbol:
            return f"The exponent of {power.args[0]}" if len(expr.atoms(sp.Pow)) > 1 else "The exponent"
    for term in sp.Add.make_args(expr):
        if term == symbol:
            return "The constant term"
        if symbol in sp.Mul.make_args(term):
            rest = plain_text(sp.Mul(*(f for f in sp.Mul.make_args(term) if f not in fitted and f.free_symbols)))
            return f"The factor of {rest}" if sp.Add.make_args(expr) != (expr,) else "The factor"
    return f"The constant {symbol.name} in {plain_text(expr)}"


def about_rivals(rows: SmallRows, best: SmallFit, rivals: list[SmallFit]) -> Iterator[str]:
    """Say how well left-out rows are predicted, and what the next best family is."""
    mine = left_out(rows, best)
    if not math.isfinite(mine):
        return
    yield f"Each row, predicted from all others, is missed by {_size_words(best.loss, mine, rows)} (leave-one-out)."
    # The same family with one constant more is no rival.
    rivals = [r for r in rivals if not r.family.words.startswith(best.family.words)]
    if not rivals:
        return
    rival = rivals[0]
    behind, theirs = rival.aicc - best.aicc, left_out(rows, rival)
    if behind > TIE:
        ratio = (
            f", leave-one-out error {theirs / mine:.3g} times as large" if mine > 0 and math.isfinite(theirs) else ""
        )
        yield f"The next best family is {rival.family.words}: AICc higher by {behind:.1f}{ratio}."
        return
    tied = [r.family.words for r in rivals if r.aicc - best.aicc <= TIE]
    yield (
        f"These rows do not tell {best.family.words} apart from {'; '.join(tied[:3])} "
        f"(AICc within {TIE:.0f}); the simplest is shown."
    )

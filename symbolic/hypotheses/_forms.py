"""The way of a law from measured numbers to exact ones: as fitted, rounded to what is known, recognised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike

from symbolic._errors import SymbolicError
from symbolic.fitting._noise import choose_loss, is_white, sigma_neighbours
from symbolic.fitting._refine import Refined, refine
from symbolic.formulas._text import latex_name, latex_text, number_text
from symbolic.laws._law import Law, Status
from symbolic.stages._task import EXACT, NOISE_MARGIN

FITTED_ROWS = 5000  # as many as settle the constants of a law
SHOWN = 1e-6  # relative error to which a number as fitted is written


@dataclass(frozen=True)
class Form:
    """One of the three: its `name` (fitted, rounded, recognised), the formula, and the whole equation in LaTeX."""

    name: str
    expr: sp.Expr
    latex: str


@dataclass(frozen=True)
class Freed:
    """A number of a law fitted anew with all others free: `exact` is what stands in the law."""

    exact: float
    value: float
    stderr: float | None

    @property
    def apart(self) -> float | None:
        """How many standard errors lie between the number fitted and the one in the law; None where nobody knows."""
        return abs(self.value - self.exact) / self.stderr if self.stderr else None


def forms(law: Law, X: ArrayLike, y: ArrayLike, sigma: ArrayLike | None = None) -> tuple[list[Form], list[Freed]]:
    """Return the forms of a law whose numbers are fitted anew to rows X (n, d), y (n,), and those numbers.

    A law without numbers, or one that cannot be fitted on these rows, has its recognised form alone.
    """
    recognised = Form("recognised", law.expr, law.latex())
    free, exact = freed(law)
    fit = _fit(law, free, exact, X, y, sigma)
    if fit is None:
        return [recognised], []
    numbers = [Freed(exact[s], value, fit.stderr[s]) for s, value in fit.values.items()]
    rounded = {s: float(number_text(v, fit.stderr[s])) for s, v in fit.values.items()}
    fitted = _form("fitted", law, free, fit.values, {v: SHOWN * abs(v) for v in fit.values.values()})
    known = {rounded[s]: error for s, error in fit.stderr.items()}
    return [fitted, _form("rounded", law, free, rounded, known), recognised], numbers


def verdict(law: Law, X: ArrayLike, y: ArrayLike) -> Status:
    """Tell what a law leaves of rows X (n, d), y (n,): nothing ("exact"), "noise", or structure ("approximate")."""
    rows, values = np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.float64)
    pick = np.unique(np.linspace(0, len(values) - 1, min(len(values), FITTED_ROWS)).round().astype(int))
    rows, values = rows[pick], values[pick]
    residual = values - law.predict(rows)
    if not np.isfinite(residual).all():
        return "approximate"
    left, spread = float(np.sqrt(np.mean(residual**2))), float(np.std(values)) or 1.0
    if left <= EXACT * spread:
        return "exact"
    noise = sigma_neighbours(rows, values)
    near = noise is not None and left <= NOISE_MARGIN * noise
    return "noise" if near and is_white(residual, rows) else "approximate"


def _form(
    name: str, law: Law, free: sp.Expr, values: dict[sp.Symbol, float], errors: dict[float, float | None]
) -> Form:
    # Exponents first shown as decimals: a Float of 1.5 stays one.
    expr = free.xreplace({symbol: sp.Float(value) for symbol, value in values.items()})
    return Form(name, expr, f"{latex_name(law.target)} = {latex_text(expr, errors)}")


def _fit(
    law: Law, free: sp.Expr, start: dict[sp.Symbol, float], X: ArrayLike, y: ArrayLike, sigma: ArrayLike | None
) -> Refined | None:
    rows, values = np.asarray(X, dtype=np.float64)[:FITTED_ROWS], np.asarray(y, dtype=np.float64)[:FITTED_ROWS]
    errors = None if sigma is None else np.asarray(sigma, dtype=np.float64)[:FITTED_ROWS]
    if not start or len(values) <= len(start):
        return None
    residual = values - law.predict(rows)
    if not np.isfinite(residual).all():
        return None
    loss = "absolute" if errors is not None else choose_loss(values, residual)
    try:
        fit = refine(free, start, rows, values, law.symbols, errors, loss)
    except (SymbolicError, np.linalg.LinAlgError):
        return None
    return fit if np.isfinite(list(fit.values.values())).all() else None


def freed(law: Law) -> tuple[sp.Expr, dict[sp.Symbol, float]]:
    """Return the formula with a symbol for every number that was measured once, and the numbers.

    These are its Floats, and exact numbers of the size of a recognised constant; a constant that was recognised as 1
    stood before the whole.
    """
    sizes = [abs(c.value) for c in law.constants if c.recognised is not None]
    measured = [size for size in sizes if size not in (0.0, 1.0)]
    values: dict[sp.Symbol, float] = {}

    def symbol(number: sp.Expr) -> sp.Expr:
        if not number.is_real:
            return number
        size = abs(float(number))
        if not (number.has(sp.Float) or any(abs(size - one) <= 1e-12 * one for one in measured)):
            return number
        new = sp.Dummy(f"k{len(values)}")
        values[new] = float(number)
        return new

    def walk(node: sp.Expr) -> sp.Expr:
        if node.is_number:
            return symbol(node)
        if not node.args:
            return node
        if node.is_Add or node.is_Mul:
            number, rest = node.as_independent(*node.free_symbols, as_Add=node.is_Add)
            parts = [walk(part) for part in node.func.make_args(rest)]
            return node.func(symbol(number), *parts)
        return node.func(*(walk(argument) for argument in node.args))

    free = walk(law.expr)
    leading = law.expr.as_independent(*law.expr.free_symbols, as_Add=False)[0]
    if 1.0 in sizes and abs(leading) == 1 and not law.expr.is_Add:
        factor = sp.Dummy(f"k{len(values)}")
        values[factor] = 1.0
        free = factor * free
    return free, values

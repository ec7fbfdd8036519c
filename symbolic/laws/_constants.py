"""Recognising constants: 1.49998 ± 0.0002 is 3/2, 6.2831853 is 2π, and 0.1234 ± 0.0001 is a measured number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from symbolic.fitting._refine import Loss, Refined
from symbolic.laws._constant_steps import Fitting, best_step, tied
from symbolic.laws._law import Constant

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Recognised:
    """A formula whose constants are exact where the data allow it.

    `expr` holds recognised constants in their exact form and all others as Floats. `constants` are in the order of the
    parameters given, without those that vanished (an additive 0). `refined` is the last fit: of the constants that
    remain. `forms` maps each parameter to what stands in its place.
    """

    expr: sp.Expr
    constants: tuple[Constant, ...]
    refined: Refined
    forms: dict[sp.Symbol, sp.Expr]


def parametrise(expr: sp.Expr) -> tuple[sp.Expr, dict[sp.Symbol, float]]:
    """Replace every Float of a formula by a symbol of its own, and return the symbols with their values."""
    values: dict[sp.Symbol, float] = {}

    def replaced(node: sp.Expr) -> sp.Expr:
        if isinstance(node, sp.Float):
            symbol = sp.Dummy(f"k{len(values)}")
            values[symbol] = float(node)
            return symbol
        return node.func(*(replaced(argument) for argument in node.args)) if node.args else node

    return replaced(expr), values


def recognise(
    expr: sp.Expr,
    parameters: Refined | Mapping[sp.Symbol, float],
    X: ArrayLike,
    y: ArrayLike,
    variables: Sequence[sp.Symbol],
    sigma: ArrayLike | None = None,
    loss: Loss = "absolute",
    floor: float | None = None,
) -> Recognised:
    """Replace constants of a fitted formula by exact forms where that shortens the description of the data.

    A constant costs log₂(|value|/standard error) bits as a number and far fewer as 2, 3/2 or π/4; freezing it costs
    what the refitted rest loses, n/2·log₂ of the residual sum of squares (χ²/2 ln 2 where `sigma` is known). A
    candidate is taken when the sum falls and it lies within three standard errors. Exponents come first, then
    constants inside functions, then factors; each round freezes the one that gains most and refits the others. Numbers
    that are left and equal each other, or twice or half each other, up to their errors become one.
    `floor` is the precision of the data in units of the minimised residual (default: of float64): a smaller residual
    is as good as none.

    A number that is none of the candidates is a result, and stays a Float with its standard error; so do all that have
    not had their turn when time is up.
    """
    values = parameters.values if isinstance(parameters, Refined) else dict(parameters)
    if not values and not isinstance(parameters, Refined):
        expr, values = parametrise(expr)
    task = Fitting(np.asarray(X, float), np.asarray(y, float).ravel(), tuple(variables), sigma, loss, floor)
    first = task.fit(expr, values)
    frozen: dict[sp.Symbol, sp.Expr] = {}
    measured: dict[sp.Symbol, float | None] = dict(first.stderr)
    held: dict[sp.Symbol, float] = {}  # what is fitted no more: recognised, or gone with a factor that became 0
    current, rest = first, expr
    ties: dict[sp.Symbol, sp.Expr] = {}
    whole = expr
    while True:
        for role in range(3):
            while (found := best_step(task, whole, rest, current, role, held, frozen)) is not None:
                symbol, form, refit, rest = found
                frozen[symbol] = form
                gone = {s: value for s, value in current.values.items() if s not in refit.values}
                held |= gone | {symbol: float(form)}
                current = refit
            # The error beside a recognised constant is the one it had while it could still move.
            measured |= current.stderr
        same = tied(task, whole, current, held)
        if same is None:
            break
        symbol, ties[symbol], current = same
        whole, rest = whole.subs(symbol, ties[symbol]), rest.subs(symbol, ties[symbol])
        measured |= current.stderr
    return _finished(expr, current, values, frozen, ties, measured)


def _finished(
    expr: sp.Expr,
    fit: Refined,
    values: Mapping[sp.Symbol, float],
    frozen: dict[sp.Symbol, sp.Expr],
    ties: dict[sp.Symbol, sp.Expr],
    measured: dict[sp.Symbol, float | None],
) -> Recognised:
    """The formula with all in place: what was recognised, what is a multiple of another, and what was fitted last."""
    # What is neither frozen nor fitted any more went with a factor that became 0.
    forms = {s: frozen.get(s, sp.Float(fit.values.get(s, 0.0))) for s in values}
    for symbol, same in reversed(ties.items()):
        (other,) = same.free_symbols
        error = measured[other]
        forms[symbol] = same.xreplace(forms)
        measured[symbol] = None if error is None else error * abs(float(same / other))
        if other in frozen:
            frozen[symbol] = forms[symbol]
    constants = tuple(
        Constant(float(form), measured[s], recognised=str(form) if s in frozen else None)
        for s, form in forms.items()
        if form != 0 and abs(float(ties.get(s, sp.Integer(0)).as_coeff_Mul()[0])) != 1 and _matters(expr, s, forms)
    )
    return Recognised(expr.subs(forms, simultaneous=True), constants, fit, forms)


def _matters(expr: sp.Expr, symbol: sp.Symbol, forms: Mapping[sp.Symbol, sp.Expr]) -> bool:
    """Tell whether a constant is still in the formula once the others are in place."""
    return bool(expr.subs({s: f for s, f in forms.items() if s != symbol}, simultaneous=True).has(symbol))

"""Recognising constants: 1.49998 ± 0.0002 is 3/2, 6.2831853 is 2π, and 0.1234 ± 0.0001 is a measured number."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from symbolic._clock import late
from symbolic._errors import SymbolicError
from symbolic._exact_numbers import exact_form, near
from symbolic._law import Constant
from symbolic._refine import Loss, Refined, refine

Array = NDArray[np.float64]

_MACHINE = 4 * np.finfo(np.float64).eps
_ROUNDING = 64 * np.finfo(np.float64).eps  # of a formula's values: less than this is no loss
_FINE = 1e-6  # relative error of a constant from which on they are tried
_TAIL = 0.0015  # a candidate further away than this tail of Student's t (3 standard errors) is not considered
_TRIED_PER_CONSTANT = 3
_FAR = 1e4  # standard errors from zero within which a term is left out to see what that costs
_TIES = ((1.0, 1.0), (2.0, 3.0), (0.5, 3.0))  # multiples of each other that constants may be, and their bits


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
    task = _Task(np.asarray(X, float), np.asarray(y, float).ravel(), tuple(variables), sigma, loss, floor)
    first = task.fit(expr, values)
    frozen: dict[sp.Symbol, sp.Expr] = {}
    measured: dict[sp.Symbol, float | None] = dict(first.stderr)
    held: dict[sp.Symbol, float] = {}  # what is fitted no more: recognised, or gone with a factor that became 0
    current, rest = first, expr
    ties: dict[sp.Symbol, sp.Expr] = {}
    whole = expr
    while True:
        for role in range(3):
            while (found := _best_step(task, whole, rest, current, role, held, frozen)) is not None:
                symbol, form, refit, rest = found
                frozen[symbol] = form
                gone = {s: value for s, value in current.values.items() if s not in refit.values}
                held |= gone | {symbol: float(form)}
                current = refit
            # The error beside a recognised constant is the one it had while it could still move.
            measured |= current.stderr
        tied = _tied(task, whole, current, held)
        if tied is None:
            break
        symbol, ties[symbol], current = tied
        whole, rest = whole.subs(symbol, ties[symbol]), rest.subs(symbol, ties[symbol])
        measured |= current.stderr
    # What is neither frozen nor fitted any more went with a factor that became 0.
    forms = {s: frozen.get(s, sp.Float(current.values.get(s, 0.0))) for s in values}
    for symbol, same in reversed(ties.items()):
        (other,) = same.free_symbols
        error = measured[other]
        forms[symbol] = same.xreplace(forms)
        measured[symbol] = None if error is None else error * abs(float(same / other))
        if other in frozen:
            frozen[symbol] = forms[symbol]
    result = expr.subs(forms, simultaneous=True)
    constants = tuple(
        Constant(float(form), measured[s], recognised=str(form) if s in frozen else None)
        for s, form in forms.items()
        if form != 0 and abs(float(ties.get(s, sp.Integer(0)).as_coeff_Mul()[0])) != 1 and _matters(expr, s, forms)
    )
    return Recognised(result, constants, current, forms)


def _matters(expr: sp.Expr, symbol: sp.Symbol, forms: Mapping[sp.Symbol, sp.Expr]) -> bool:
    """Tell whether a constant is still in the formula once the others are in place."""
    return bool(expr.subs({s: f for s, f in forms.items() if s != symbol}, simultaneous=True).has(symbol))


@dataclass(frozen=True)
class _Task:
    X: Array
    y: Array
    variables: tuple[sp.Symbol, ...]
    sigma: ArrayLike | None
    loss: Loss
    floor: float | None

    def fit(
        self,
        expr: sp.Expr,
        values: Mapping[sp.Symbol, float],
        steps: int = 60,
        fixed: Mapping[sp.Symbol, float] | None = None,
    ) -> Refined:
        return refine(expr, values, self.X, self.y, self.variables, self.sigma, self.loss, steps, fixed)

    @property
    def smallest(self) -> float:
        """The residual that counts as none, in units of what is minimised."""
        size = 1.0 if self.loss == "relative" else float(np.sqrt(np.mean(self.y**2)))
        size = size if self.sigma is None else size / float(np.min(self.sigma))
        return max(self.floor or 0.0, _ROUNDING * size)

    def data_bits(self, fit: Refined) -> float:
        n = len(self.y)
        squares = fit.scatter**2 * fit.dof if fit.dof > 0 else 0.0
        squares += n * self.smallest**2
        if self.sigma is not None:
            return squares / (2 * math.log(2))
        return n / 2 * math.log2(squares)

    def error(self, fit: Refined, symbol: sp.Symbol) -> float | None:
        """Return a constant's standard error, not below what the precision floor allows."""
        error, leverage = fit.stderr[symbol], fit.leverage[symbol]
        if leverage is None:
            return None
        # Rounding is no noise that averages out: a shift of all rows by the floor is not seen.
        least = self.smallest * leverage * math.sqrt(len(self.y))
        return max(error or 0.0, least, 2 * _MACHINE * abs(fit.values[symbol]))

    def real_bits(self, fit: Refined, symbol: sp.Symbol) -> float:
        error = self.error(fit, symbol)
        least = 0.5 * math.log2(max(len(self.y), 2)) + 1
        if error is None or error == 0:
            return least
        return max(least, math.log2(1 + abs(fit.values[symbol]) / error) + 1)


def _best_step(
    task: _Task,
    expr: sp.Expr,
    rest: sp.Expr,
    fit: Refined,
    role: int,
    held: Mapping[sp.Symbol, float],
    frozen: Mapping[sp.Symbol, sp.Expr],
) -> tuple[sp.Symbol, sp.Expr, Refined, sp.Expr] | None:
    """Return the (constant, form, refit, formula) that shortens the description most, or None."""
    proposals = [
        (gain, symbol, form, bits)
        for symbol in fit.values
        if not late() and _role(expr, symbol) == role
        for gain, form, bits in _proposals(task, fit, symbol, role, set(frozen.values()) if role else set())
    ]
    before = task.data_bits(fit)
    for _, symbol, form, bits in sorted(proposals, key=lambda p: -p[0]):
        if late():
            break
        tried = rest.subs(symbol, form)
        if tried.has(sp.nan, sp.zoo, sp.oo, -sp.oo):
            continue
        start = {s: v for s, v in fit.values.items() if s != symbol}
        vanished = [s for s in start if not tried.has(s)]
        for s in vanished:
            del start[s]
        try:
            aside = {s: fit.values[s] for s in vanished}
            refit = task.fit(expr, start, steps=30, fixed={**held, **aside, symbol: float(form)})
        except SymbolicError:
            continue
        after = task.data_bits(refit) + bits
        saved = task.real_bits(fit, symbol) + sum(task.real_bits(fit, s) for s in vanished)
        if after < before + saved:
            return symbol, form, refit, tried
    return None


def _tied(
    task: _Task, expr: sp.Expr, fit: Refined, held: Mapping[sp.Symbol, float]
) -> tuple[sp.Symbol, sp.Expr, Refined] | None:
    """Return a constant, what multiple of another it is, and the fit of the others, where that is the shorter way."""
    before = task.data_bits(fit)
    choice = math.log2(max(len(fit.values), 2))
    for (one, x), (other, y) in combinations(fit.values.items(), 2):
        errors = task.error(fit, one), task.error(fit, other)
        if None in errors or not x or not y or _role(expr, one) == 0 or _role(expr, other) == 0:
            continue
        for ratio, bits in _TIES:
            size = ratio * math.copysign(1.0, x * y)
            room = math.hypot(errors[0] or 0.0, size * (errors[1] or 0.0))
            if abs(x - size * y) > _limit(fit.dof) * room or late():
                continue
            same = (sp.Rational(Fraction(ratio)) if x * y > 0 else -sp.Rational(Fraction(ratio))) * other
            start = {s: value for s, value in fit.values.items() if s is not one}
            try:
                refit = task.fit(expr.subs(one, same), start, steps=30, fixed=held)
            except SymbolicError:
                continue
            if task.data_bits(refit) + bits + choice < before + task.real_bits(fit, one):
                return one, same, refit
    return None


def _proposals(
    task: _Task, fit: Refined, symbol: sp.Symbol, role: int, known: Collection[sp.Expr]
) -> list[tuple[float, sp.Expr, float]]:
    """Return the most promising (estimated gain, form, bits) of a constant; those that are `known` may stand again."""
    value, error = fit.values[symbol], task.error(fit, symbol)
    saved, n = task.real_bits(fit, symbol), len(task.y)
    limit = _limit(fit.dof) if task.sigma is None else 3.0
    found = []
    fine = error is not None and error < _FINE * abs(value)
    for number, ratio, base, bits in (*near(value, role == 0, fine), *_again(value, known)):
        away = 0.0 if error is None else abs(number - value) / error
        # At the edge of a root's domain standard errors say nothing: whether a term may go is then seen by its refit.
        gone = number == 0 and role > 0 and away < _FAR
        if away > limit and not gone:
            continue
        lost = away**2 / (2 * math.log(2))
        if task.sigma is None and fit.dof > 0:
            lost = n / 2 * math.log2(1 + away**2 / fit.dof)
        if gone:
            lost = min(lost, 1.0)
        if error is None:
            # The data say nothing about it: nothing at all is simplest, then the nearest simple number.
            lost = 0.0 if number == 0 else 1.0 + abs(number - value) / (abs(value) + 1e-300)
        if saved > bits + lost or error is None:
            found.append((saved - bits - lost, ratio, base, bits))
    best = sorted(found, key=lambda p: -p[0])[:_TRIED_PER_CONSTANT]
    return [(gain, exact_form(ratio, base), bits) for gain, ratio, base, bits in best]


def _again(value: float, known: Collection[sp.Expr]) -> Iterator[tuple[float, Fraction, sp.Expr, float]]:
    """Known forms and their doubles and halves as candidates."""
    choice = math.log2(len(known) + 1)
    for form in sorted(known, key=str):
        for ratio, bits in _TIES if form else ():
            size = ratio if value * float(form) > 0 else -ratio
            yield size * float(form), Fraction(size), form, bits + choice


def _limit(dof: int) -> float:
    from scipy.special import stdtrit

    return min(float(stdtrit(max(dof, 1), 1 - _TAIL)), 10.0)


def _role(expr: sp.Expr, symbol: sp.Symbol) -> int:
    """Return 0 for a constant in an exponent, 1 inside a function or under a power, 2 for factors and terms."""
    role = 2
    for node in sp.preorder_traversal(expr):
        if isinstance(node, sp.Pow) and node.args[1].has(symbol) and node.args[0].free_symbols:
            return 0
        inside = isinstance(node, sp.Function) or (isinstance(node, sp.Pow) and node.args[0].free_symbols)
        if inside and node.has(symbol):
            role = 1
    return role

"""One constant of a fitted formula at a time: the exact form, or the multiple of another, that shortens it most."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import combinations

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from symbolic._clock import late
from symbolic._errors import SymbolicError
from symbolic.fitting._refine import Loss, Refined, refine
from symbolic.laws._exact_numbers import exact_form, near

Array = NDArray[np.float64]

_MACHINE = 4 * np.finfo(np.float64).eps
_ROUNDING = 64 * np.finfo(np.float64).eps  # of a formula's values: less than this is no loss
_FINE = 1e-6  # relative error of a constant from which on they are tried
_TAIL = 0.0015  # a candidate further away than this tail of Student's t (3 standard errors) is not considered
_TRIED_PER_CONSTANT = 3
_FAR = 1e4  # standard errors from zero within which a term is left out to see what that costs
_TIES = ((1.0, 1.0), (2.0, 3.0), (0.5, 3.0))  # multiples of each other that constants may be, and their bits
_FEW, _FEW_BITS = 50, 3.0  # rows that are few, and what they add to the price of π, e or a root
_ALONE, _IN_FUNCTION = 4.0, 2.0  # bits by which π, e or a root is dearer as a term, and in a function that is no wave


@dataclass(frozen=True)
class Fitting:
    """The rows (X (n, d), y (n,), per-row σ), the loss and the precision floor that constants are fitted with."""

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
        """The constants in `values` fitted anew; see `symbolic.fitting._refine.refine`."""
        return refine(expr, values, self.X, self.y, self.variables, self.sigma, self.loss, steps, fixed)

    @property
    def smallest(self) -> float:
        """The residual that counts as none, in units of what is minimised."""
        size = 1.0 if self.loss == "relative" else float(np.sqrt(np.mean(self.y**2)))
        size = size if self.sigma is None else size / float(np.min(self.sigma))
        return max(self.floor or 0.0, _ROUNDING * size)

    def data_bits(self, fit: Refined) -> float:
        """The bits that what a fit leaves costs."""
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
        """The bits of a constant as a measured number."""
        error = self.error(fit, symbol)
        least = 0.5 * math.log2(max(len(self.y), 2)) + 1
        if error is None or error == 0:
            return least
        return max(least, math.log2(1 + abs(fit.values[symbol]) / error) + 1)


def best_step(
    task: Fitting,
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
        for gain, form, bits in _proposals(
            task,
            fit,
            symbol,
            role,
            partial(_strange, expr, symbol, len(task.y)),
            set(frozen.values()) if role else set(),
        )
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


def tied(
    task: Fitting, expr: sp.Expr, fit: Refined, held: Mapping[sp.Symbol, float]
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
    task: Fitting,
    fit: Refined,
    symbol: sp.Symbol,
    role: int,
    strange: Callable[[sp.Expr], float],
    known: Collection[sp.Expr],
) -> list[tuple[float, sp.Expr, float]]:
    """Return the most promising (estimated gain, form, bits) of a constant; those that are `known` may stand again.

    A multiple of a base that is not 1 costs `strange(base)` bits more.
    """
    value, error = fit.values[symbol], task.error(fit, symbol)
    saved, n = task.real_bits(fit, symbol), len(task.y)
    limit = _limit(fit.dof) if task.sigma is None else 3.0
    found = []
    fine = error is not None and error < _FINE * abs(value)
    offered = list(near(value, role == 0, fine))
    dear = {base: 0.0 if base == 1 else strange(base) for base in {base for _, _, base, _ in offered}}
    plain = [(number, ratio, base, bits + dear[base]) for number, ratio, base, bits in offered]
    for number, ratio, base, bits in (*plain, *_again(value, known)):
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


def _strange(expr: sp.Expr, symbol: sp.Symbol, rows: int, base: sp.Expr) -> float:
    """The bits by which π, e or a root is dearer than a rational number where a constant stands.

    They are at home among factors, and π alone in a wave; in a sum, or in another function, they are there by accident,
    and so they are where few rows leave each number a wide berth.
    """
    few = _FEW_BITS if rows < _FEW else 0.0
    inside = [f for f in expr.atoms(sp.Function) if f.has(symbol)]
    if any(isinstance(f, sp.sin | sp.cos | sp.tan) for f in inside):
        return few + (0.0 if base == sp.pi else _ALONE)
    if any(symbol in total.args for total in expr.atoms(sp.Add)) or symbol == expr:
        return few + _ALONE
    return few + (_IN_FUNCTION if inside else 0.0)


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

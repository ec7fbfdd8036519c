"""Whether two formulas are the same law."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic import _clock
from symbolic._errors import SymbolicError
from symbolic.formulas._limit import task, within
from symbolic.formulas._numeric import evaluate

_SECONDS = 10.0
_POINTS = 500
_WIDENED = 1.3
_CLOSE = 1e-6


def same_law(expr1: sp.Expr, expr2: sp.Expr, ranges: Mapping[str, tuple[float, float]]) -> bool:
    """Tell whether two formulas agree on a box 1.3 times as wide as `ranges`, or are equal symbolically.

    They agree where the root mean square of their difference is below 1e-6 of that of the first one, on 500 points
    (those where either is undefined are left out; a positive range stays positive). Numbers are tried before algebra:
    they decide at once unless rounding is in doubt, which 40 digits settle. Where no point of the box has a value,
    SymPy is asked for equality under the signs of the ranges, for at most ten seconds.

    >>> x = sp.Symbol("x")
    >>> same_law(sp.sin(x) ** 2, 1 - sp.cos(x) ** 2, {"x": (0, 3)})
    True
    """
    expr1, expr2 = _expression(expr1), _expression(expr2)
    symbols = sorted(expr1.free_symbols | expr2.free_symbols, key=str)
    missing = [str(symbol) for symbol in symbols if str(symbol) not in ranges]
    if missing:
        raise SymbolicError(f"'{missing[0]}' has no range. Give ranges={{'{missing[0]}': (low, high)}}.")
    if expr1 == expr2:
        return True
    X = _box(symbols, ranges)
    apart = _difference(evaluate(expr1, symbols, X), evaluate(expr2, symbols, X))
    if apart is None:
        signs = {s: sp.Symbol(s.name, positive=True) if ranges[s.name][0] > 0 else s for s in symbols}
        return bool(within(_SECONDS, equal, [expr1.xreplace(signs), expr2.xreplace(signs)]))
    if _CLOSE / 100 < apart < 1e-2:
        apart = _precise(expr1, expr2, symbols, X[:60], apart)
    return apart < _CLOSE


def _box(symbols: list[sp.Symbol], ranges: Mapping[str, tuple[float, float]]) -> NDArray[np.float64]:
    rng = np.random.default_rng(20240)
    columns = []
    for symbol in symbols:
        low, high = (float(end) for end in ranges[symbol.name])
        middle, half = (low + high) / 2, _WIDENED * (high - low) / 2
        wide_low, wide_high = middle - half, middle + half
        # Beyond zero a root or a logarithm is another law: a range of one sign keeps it.
        wide_low = max(wide_low, low / 10) if low > 0 else wide_low
        wide_high = min(wide_high, high / 10) if high < 0 else wide_high
        columns.append(rng.uniform(wide_low, wide_high, _POINTS))
    return np.stack(columns, axis=1) if columns else np.empty((_POINTS, 0))


def _difference(one: NDArray[np.float64], other: NDArray[np.float64]) -> float | None:
    """Return the relative root mean square difference; infinite where the domains differ, None where both are empty."""
    first, second = np.isfinite(one), np.isfinite(other)
    both = first & second
    if not first.any() and not second.any():
        return None
    if np.mean(both) < 0.5 * max(np.mean(first), np.mean(second)):
        return np.inf
    size = float(np.max(np.abs(one[both])))
    if size == 0:
        return 0.0 if not np.any(other[both]) else np.inf
    a, b = one[both] / size, other[both] / size
    return float(np.sqrt(np.mean((a - b) ** 2) / np.mean(a**2)))


def _precise(expr1: sp.Expr, expr2: sp.Expr, symbols: list[sp.Symbol], X: NDArray[np.float64], apart: float) -> float:
    """Return the relative difference with 40 digits, or the one already known where that fails."""
    total = size = 0.0
    late = _clock.now() + _SECONDS
    for row in X:
        if _clock.now() > late:
            break  # the rows so far have to do
        values = {symbol: sp.Float(value, 40) for symbol, value in zip(symbols, row, strict=True)}
        one, other = (sp.N(expr.subs(values), 40) for expr in (expr1, expr2))
        if not (one.is_real and other.is_real and one.is_finite and other.is_finite):
            continue
        total += float((one - other) ** 2)
        size += float(one**2)
    return float(np.sqrt(total / size)) if size > 0 and np.isfinite(total) else apart


def srbench_match(truth: sp.Expr, model: sp.Expr) -> bool:
    """Tell whether a model is a "symbolic solution" for SRBench: equal up to an added or a multiplied constant.

    Numbers are rounded to three significant digits and those below 1e-4 dropped, both sides simplified, and the
    difference or the ratio must be constant (La Cava et al. 2021, arXiv 2107.14351). SRBench asks this only of models
    with R² > 0.5 on the test rows. False where SymPy takes longer than its time limit.
    """
    return bool(within(3 * _SECONDS, srbench, [_expression(truth), _expression(model)]))


@task
def equal(exprs: list[sp.Expr]) -> Any:
    """Tell whether two expressions are equal for SymPy."""
    return bool(sp.simplify(exprs[0] - exprs[1]) == 0)


@task
def srbench(exprs: list[sp.Expr]) -> Any:
    """Score a model (second) against the truth (first) by SRBench's rule."""
    truth, model = (_rounded(sp.simplify(_rounded(expr), ratio=1)) for expr in exprs)
    if model == 0 or model.has(sp.nan) or not model.free_symbols:
        return False
    difference = _rounded(sp.simplify(_rounded(truth - model), ratio=1))
    if difference.is_constant():
        return True
    return bool(_rounded(sp.simplify(_rounded(truth / model), ratio=1)).is_constant())


def _rounded(expr: sp.Expr) -> sp.Expr:
    """Round Floats to three significant digits, drop those below 1e-4; π counts as the number it is."""
    expr = expr.subs(sp.pi, sp.Float(3.1415926535))
    table = {
        number: sp.Integer(0) if abs(number) < 1e-4 else sp.Float(round(float(number), 3), 3)
        for number in expr.atoms(sp.Float)
    }
    return expr.xreplace(table)


def _expression(formula: object) -> sp.Expr:
    """A SymPy expression as it is, a number as one; text goes through the parser that evaluates nothing."""
    if isinstance(formula, sp.Expr):
        return formula
    if isinstance(formula, str):
        from datasets import parse_formula

        return parse_formula(formula)
    if isinstance(formula, int):
        return sp.Integer(formula)
    if isinstance(formula, float):
        return sp.Float(formula)
    raise SymbolicError(f"A formula must be a SymPy expression, a number or text, not {type(formula).__name__}.")

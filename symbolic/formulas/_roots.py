"""Square roots as a person writes them: one root for several, nothing under it that has a root, 1/√a for √(1/a)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import sympy as sp

from symbolic.formulas._complexity import complexity
from symbolic.formulas._numeric import evaluate

HALF = sp.Rational(1, 2)
ROOT_GAIN = 3  # how much shorter a law has to get for √(1 − v²/c²) to change
RATIO_COST = 4  # how much longer it may get by √(1 − v²/c²), where c stands in ratios only then
_POINTS = 256


def roots_drawn(expr: sp.Expr, domain: Mapping[sp.Symbol, tuple[float, float]]) -> sp.Expr:
    """√(a/b²) as √a/b, √(1/a) as 1/√a and |a| as ±a, where a and b keep their signs on random points of the domain.

    √(1 − v²/c²) is taken before √(c² − v²) where that is no longer, and where c then stands in ratios only.

    >>> c, v = sp.symbols("c v")
    >>> roots_drawn(sp.sqrt((c**2 + v) / (c + v) ** 2), {c: (3, 4), v: (1, 2)})
    sqrt(c**2 + v)/(c + v)
    >>> roots_drawn(c * sp.sqrt(1 / (c**2 - v**2)), {c: (3, 4), v: (1, 2)})
    1/sqrt(1 - v**2/c**2)
    """
    symbols = list(domain)
    if not expr.free_symbols:
        return expr
    rng = np.random.default_rng(20241)
    X = np.stack([rng.uniform(*domain[symbol], _POINTS) for symbol in symbols], axis=1)

    def sign(factor: sp.Expr) -> int:
        values = evaluate(factor, symbols, X)
        return int(np.sign(values[0])) if np.all(values > 0) or np.all(values < 0) else 0

    def drawn(node: sp.Expr) -> sp.Expr:
        if not node.args or not node.free_symbols:
            return node
        node = node.func(*(drawn(argument) for argument in node.args))
        if isinstance(node, sp.Abs):
            return sign(node.args[0]) * node.args[0] if sign(node.args[0]) else node
        if node.is_Mul:
            return _without_unit(node)
        if node.is_Pow and abs(node.exp) == HALF and (node.base.is_Mul or node.base.is_Pow):
            return _drawn(node, sign)
        return node

    return drawn(expr)


def _drawn(root: sp.Expr, sign: Callable[[sp.Expr], int]) -> sp.Expr:
    outside, above, below = sp.Integer(1), sp.Integer(1), sp.Integer(1)
    for factor in sp.Mul.make_args(root.base):
        base, power = factor.as_base_exp()
        side = sign(base) if base.is_Add else 0
        if side and power.is_Integer and power % 2 == 0:
            outside *= (side * base) ** (power / 2)
        elif power.is_negative:
            below /= factor
        else:
            above *= factor
    alone = above == 1 and below.free_symbols and sign(below) > 0
    inside = 1 / sp.sqrt(below) if alone else sp.sqrt(above / below)
    return (outside * inside) ** (2 * root.exp)


def _without_unit(product: sp.Expr) -> sp.Expr:
    """A product with a root of a difference a² − b² in it as one with √(1 − b²/a²), if that is not much longer."""
    for root in product.args:
        base, power = root.as_base_exp()
        if not (abs(power) == HALF and base.is_Add and len(base.args) == 2):
            continue
        first = [term for term in base.args if not term.could_extract_minus_sign()]
        if len(first) != 1 or not first[0].free_symbols:
            continue
        unit = _plain_root(first[0])
        rest = product / root * unit ** (2 * power)
        other = sp.expand(base / first[0]) ** power
        for form in (rest, *_units_inside(rest, unit)):
            cost = 0 if _units(form, unit) else RATIO_COST
            if complexity(form * other) <= complexity(product) + cost:
                return form * other
    return product


def _units(product: sp.Expr, unit: sp.Expr) -> list[sp.Expr]:
    """The factors that are powers of the symbols of a unit."""
    return [f for f in sp.Mul.make_args(product) if f.as_base_exp()[0] in unit.free_symbols]


def _units_inside(product: sp.Expr, unit: sp.Expr) -> Iterator[sp.Expr]:
    """A product with its powers of a unit brought into a sum above or below the line."""
    scale = sp.Mul(*_units(product, unit))
    for part in sp.Mul.make_args(product):
        total, power = part.as_base_exp()
        if total.is_Add and abs(power) == 1:
            yield product / part / scale * sp.Add(*(sp.cancel(term * scale**power) for term in total.args)) ** power


def _plain_root(expr: sp.Expr) -> sp.Expr:
    """√u as if all symbols stood for positive numbers."""
    signs = {symbol: sp.Symbol(symbol.name, positive=True) for symbol in expr.free_symbols}
    return sp.sqrt(expr.xreplace(signs)).xreplace({positive: symbol for symbol, positive in signs.items()})


def under_one_root(expr: sp.Expr) -> sp.Expr:
    """√a·√b as √(a·b), but (1 + b/a)/√(1 − b²/a²) for √(a + b)/√(a − b).

    SymPy takes the roots of positive symbols apart, and does not see that one form is the other without their signs.
    """
    if not expr.args:
        return expr
    expr = expr.func(*(under_one_root(argument) for argument in expr.args))
    roots = [f for f in sp.Mul.make_args(expr) if abs(f.as_base_exp()[1]) == HALF and f.free_symbols]
    rest = sp.Mul(*(f for f in sp.Mul.make_args(expr) if f not in roots))
    if not roots:
        return expr
    base = sp.Mul(*(f**2 for f in roots))
    above, below = sp.together(base).as_numer_denom()
    apart = _difference_of_squares(sp.factor(above), sp.factor(below))
    if apart is not None:
        return rest * apart
    if len(roots) == 1:
        return expr
    if all(f.as_base_exp()[1] < 0 for f in roots):
        return rest / sp.sqrt(1 / base)
    return rest * sp.sqrt(base)


def _difference_of_squares(above: sp.Expr, below: sp.Expr) -> sp.Expr | None:
    """√(above/below) as (1 + b/a)/√(1 − b²/a²) where they are a ± b up to their factors."""
    brackets = [f for f in (*sp.Mul.make_args(above), *sp.Mul.make_args(below)) if f.is_Add]
    if len(brackets) != 2 or any(len(f.args) != 2 for f in brackets):
        return None
    if not (sp.Mul.make_args(above)[-1].is_Add and sp.Mul.make_args(below)[-1].is_Add):
        return None
    product = sp.expand(above * below)
    if not product.is_Add or len(product.args) != 2:
        return None
    unit = next((term for term in product.args if not term.could_extract_minus_sign()), None)
    if unit is None or not unit.free_symbols:
        return None
    scale = _plain_root(unit)
    return sp.expand(above / scale) / sp.sqrt(sp.expand(product / unit))

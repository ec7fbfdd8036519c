"""A factor of a sum brought into it, into its roots and its squares: q·(v + √(a/q² + b/q)) as q·v + √(a + b·q)."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from symbolic.formulas._complexity import complexity


def brought_in(expr: sp.Expr) -> Iterator[sp.Expr]:
    """Yield what is shorter of a product with a whole power of a sum in it, when a factor is moved into the sum.

    A factor clears a denominator in the sum, or stands beside the sum and cancels in a term of it, or is what its terms
    share in part and then comes out. Symbols are taken for positive numbers.

    >>> q, v, a, b = sp.symbols("q v a b", positive=True)
    >>> list(brought_in(q * (v + sp.sqrt(a / q**2 + b / q))))
    [q*v + sqrt(a + b*q)]
    """
    size = complexity(expr)
    for part in sp.Mul.make_args(expr):
        total, power = part.as_base_exp()
        if total.is_Add and power.is_Integer:
            rest = expr / part
            beside = list(_beside(total, rest, power))
            if power < 0:  # c²·u/(c² + u·v) as u/(1 + u·v/c²), but nothing else goes below the line to be divided there
                units = all(term.free_symbols for term in total.args)
                beside = [f for f in beside if units and any((f * term).is_number for term in total.args)]
            for factor in dict.fromkeys([*_clearing(total), *beside]):
                form = rest / factor**power * _times(total, factor) ** power
                if complexity(form) < size:
                    yield form


def _clearing(total: sp.Expr) -> list[sp.Expr]:
    """What clears all denominators of a sum, alone and with what its terms share in part."""
    factor, shared = sp.Integer(1), []
    for base in total.free_symbols:
        orders = {_order(term, base) for term in total.args}
        if min(orders) < 0:
            factor *= base ** -min(orders)
        elif 0 < min(orders) < max(orders):
            shared += [base**-order for order in orders]
    return [factor, *(factor * other for other in shared)]


def _beside(total: sp.Expr, rest: sp.Expr, power: sp.Integer) -> Iterator[sp.Expr]:
    """What stands beside a sum and cancels in a term of it: powers of one symbol or bracket, and all that cancel."""
    brackets = [f.as_base_exp()[0] for f in sp.Mul.make_args(rest)]
    bases = [*rest.free_symbols, *(bracket for bracket in brackets if bracket.is_Add)]
    number = rest.as_independent(*rest.free_symbols, as_Add=False)[0]
    outside = {base: _order(rest, base) / power for base in bases}
    if abs(power) > 1:
        outside = {base: sp.Integer(int(order)) for base, order in outside.items()}
    for term in total.args:
        inside = {base: _order(term, base) for base in bases}
        single = [base ** _met(outside[base], inside[base]) for base in bases if outside[base] * inside[base] < 0]
        yield from single
        yield sp.Mul(*single)
        yield sp.Mul(number, *single)


def _met(outside: sp.Rational, inside: sp.Rational) -> sp.Rational:
    """What of a power outside cancels with one of the other sign inside."""
    return min(outside, -inside) if outside > 0 else max(outside, -inside)


def _order(expr: sp.Expr, base: sp.Expr) -> sp.Rational:
    """The lowest power of a symbol or a bracket in an expression, counted through sums and their powers."""
    if expr == base:
        return sp.Integer(1)
    if expr.is_Add:
        return min(_order(term, base) for term in expr.args)
    if expr.is_Mul:
        return sum((_order(factor, base) for factor in expr.args), sp.Integer(0))
    if expr.is_Pow and expr.exp.is_Rational:
        return expr.exp * _order(expr.base, base)
    return sp.Integer(0)


def _times(expr: sp.Expr, factor: sp.Expr) -> sp.Expr:
    """An expression times a factor, which goes into the sums and powers of sums whose denominators it clears."""
    if expr.is_Add:
        return sp.Add(*(_times(term, factor) for term in expr.args))
    product, bases = expr * factor, factor.as_powers_dict()
    for part in sp.Mul.make_args(product):
        total, power = part.as_base_exp()
        if not _takes_units(total, power):
            continue
        beside = (product / part).as_powers_dict().items()
        there = {base: int(e / power) for base, e in beside if base in bases and e.is_Rational}
        lacking = {base: -_order(total, base) for base in there}
        unit = sp.Mul(*(base**e for base, e in there.items() if e * lacking[base] <= 0 or abs(e) >= abs(lacking[base])))
        if any(_order(unit, base) * e > 0 for base, e in lacking.items()):
            return product / part / unit**power * _times(total, unit) ** power
    return product


def _takes_units(total: sp.Expr, power: sp.Expr) -> bool:
    """A power of a sum that a factor may go into; √(1 − v²/c²) bears no unit and keeps none."""
    root = power.is_Rational and all(term.free_symbols for term in total.args)
    return bool(total.is_Add and (power.is_Integer or root))

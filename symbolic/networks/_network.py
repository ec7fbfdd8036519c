"""From a network whose every edge is named to one SymPy expression with as few constants as it truly has.

An edge c·f(a·x + b) + d is over-determined for most f (a power absorbs |a|, an exponential absorbs b), and a hidden
node may be scaled at will. What is redundant is folded away here, so that each constant left means something.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import sympy as sp

from symbolic._errors import SymbolicError
from symbolic.formulas._functions import LIBRARY, SymbolicFunction

if TYPE_CHECKING:
    from kan_core import KAN, SymbolicEdge

EVEN, ODD = (
    frozenset({"cos", "cosh", "gaussian", "abs", "J0"}),
    frozenset({"sin", "tan", "asin", "atan", "sinh", "tanh", "erf", "sign"}),
)


def network_expression(model: KAN, symbols: Sequence[sp.Symbol]) -> list[sp.Expr]:
    """One expression for each output, in the given symbols, with float constants.

    Raises SymbolicError where a live edge is still a spline: a formula that leaves it out would be wrong.
    """
    numeric = [str(edge) for edge in model.edges() if model.state(edge) == "spline"]
    if numeric:
        raise SymbolicError(
            f"A formula needs a name on every edge, but {len(numeric)} still carry splines ({', '.join(numeric[:6])}). "
            "Name them or remove them."
        )
    nodes: list[sp.Expr] = list(symbols)
    for depth, layer in enumerate(model.layers):
        legs = [sp.Float(value) for value in layer.bias[0].tolist()]
        for edge in model.edges():
            if edge.layer == depth:
                named = model.function(edge)
                assert named is not None
                legs[edge.target] += edge_expression(named, nodes[edge.source])
        nodes, start = legs[: layer.n_sums], layer.n_sums
        for arity in layer.products:
            nodes.append(sp.Mul(*legs[start : start + arity]))
            start += arity
    pairs = zip(nodes, model.shift.tolist(), model.scale.tolist(), strict=True)
    return [sp.expand_mul(shift + scale * node, deep=False) for node, shift, scale in pairs]


def edge_expression(named: SymbolicEdge, inner: sp.Expr) -> sp.Expr:
    """c·f(a·inner + b) + d with what f absorbs folded into c and d."""
    function = LIBRARY[named.name]
    argument = sp.expand_mul(sp.Float(named.a) * inner + sp.Float(named.b), deep=False)
    return sp.expand_mul(sp.Float(named.c) * _applied(function, argument), deep=False) + sp.Float(named.d)


def _applied(function: SymbolicFunction, argument: sp.Expr) -> sp.Expr:
    constant, terms = argument.as_coeff_Add()
    if not argument.free_symbols:
        return sp.N(function.sympy(argument))
    if function.name == "x":
        return argument
    if function.name == "exp":
        return sp.exp(constant) * sp.Mul(*(_exponential(term) for term in sp.Add.make_args(terms)))
    size, sign, unit = _leading(argument)
    if function.exponent is not None:
        power = sp.Rational(function.exponent.numerator, function.exponent.denominator)
        if power.is_integer and sign < 0:
            return (-1) ** power * size**power * _power(_negative(unit), power)
        return size**power * _power(unit, power)
    if function.name == "log":
        return sp.log(size) + sp.log(unit)
    if sign < 0 and function.name in EVEN:
        return function.sympy(_negative(argument))
    return -function.sympy(_negative(argument)) if sign < 0 and function.name in ODD else function.sympy(argument)


def _exponential(term: sp.Expr) -> sp.Expr:
    """exp of one term; k·log(t) becomes the power t^k."""
    factor, rest = term.as_coeff_Mul()
    return rest.args[0] ** factor if isinstance(rest, sp.log) else sp.exp(term)


def _power(unit: sp.Expr, power: sp.Rational) -> sp.Expr:
    """unit^power; a product of powers is raised factor by factor, as it is for positive factors."""
    return sp.expand_power_base(unit**power, force=True) if unit.is_Mul else unit**power


def _negative(argument: sp.Expr) -> sp.Expr:
    return sp.expand_mul(-argument, deep=False)


def _leading(argument: sp.Expr) -> tuple[sp.Expr, int, sp.Expr]:
    """argument = size·unit with size > 0 and a unit whose first term with a symbol has the coefficient sign = ±1."""
    first = next(term for term in sp.Add.make_args(argument) if term.free_symbols)
    factor, bare = first.as_coeff_Mul()
    size, sign = sp.Abs(factor), -1 if factor.is_negative else 1
    rest = sp.expand_mul((argument - first) / size, deep=False)
    return size, sign, sign * bare + rest  # the leading ±1 is exact, not a float

"""A small law as the network that computes it, for the diagram."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

import sympy as sp

from symbolic.formulas._functions import LIBRARY, power_name
from symbolic.laws._law import Law

if TYPE_CHECKING:
    from kan_core import KAN

_HEADS = {
    sp.log: "log", sp.sin: "sin", sp.cos: "cos", sp.tan: "tan", sp.asin: "asin", sp.acos: "acos", sp.atan: "atan",
    sp.sinh: "sinh", sp.cosh: "cosh", sp.tanh: "tanh", sp.Abs: "abs", sp.sign: "sign", sp.erf: "erf", sp.exp: "exp",
}  # fmt: skip


class _Shape(NamedTuple):
    """c·f(inner) + d with f of the library."""

    name: str
    c: float
    d: float
    inner: sp.Expr


class _Edge(NamedTuple):
    """An input's edge: c·f(a·x + b) + d."""

    source: int
    name: str
    a: float
    b: float
    c: float
    d: float = 0.0


def as_network(law: Law) -> KAN | None:
    """Return a network with named edges that computes the law, or None where the law has no such simple shape.

    A function of one input is a [1, 1]; a sum of them is a [d, 1]; a function of such a sum, and a product of powers
    (the exponential of a sum of logarithms), are [d, 1, 1]. Any other product of functions of one input each ends in a
    product node.
    """
    try:
        found = _additive(law.expr, law.symbols)
        if found is not None:
            return _built(len(law.variables), *found, outer=None)
        found = _product(law.expr, law.symbols)
        if found is not None:
            edges, factor = found
            return _built(len(law.variables), edges, 0.0, outer=_Shape("exp", factor, 0.0, sp.Integer(0)))
        outer = _shape(law.expr)
        inner = None if outer is None else _additive(outer.inner, law.symbols)
        if inner is not None:
            return _built(len(law.variables), *inner, outer=outer)
        factors = _factors(law.expr, law.symbols)
    except TypeError:  # a constant that is no real number
        return None
    return None if factors is None else _multiplied(len(law.variables), factors)


def _shape(expr: sp.Expr) -> _Shape | None:
    symbols = expr.free_symbols
    if not symbols:
        return None
    d, rest = expr.as_independent(*symbols, as_Add=True)
    c, core = rest.as_independent(*symbols, as_Add=False)
    c, d = float(c), float(d)
    if isinstance(core, sp.Symbol):
        return _Shape("x", c, d, core)
    if isinstance(core, sp.besselj) and core.args[0] == 0:
        return _Shape("J0", c, d, core.args[1])
    if isinstance(core, sp.Pow) and core.args[1].is_Rational:
        return _power_shape(core, c, d)
    if isinstance(core, sp.exp):
        width, square = core.args[0].as_independent(*symbols, as_Add=False)
        if isinstance(square, sp.Pow) and square.args[1] == 2 and width.is_negative:
            return _Shape("gaussian", c, d, sp.sqrt(-width) * square.args[0])
    if core.func in _HEADS:
        return _Shape(_HEADS[core.func], c, d, core.args[0])
    return _Shape("x", c, d, core) if isinstance(core, sp.Add) else None


def _power_shape(core: sp.Pow, c: float, d: float) -> _Shape | None:
    base, exponent = core.args
    if exponent == -1 and isinstance(base - 1, sp.exp):
        return _Shape("sigmoid", c, d, -(base - 1).args[0])
    name = power_name(Fraction(int(exponent.p), int(exponent.q)))
    return _Shape(name, c, d, base) if name in LIBRARY else None


def _additive(expr: sp.Expr, symbols: tuple[sp.Symbol, ...]) -> tuple[list[_Edge], float] | None:
    """Return the edges of Σ c·f(a·xᵢ + b) and the constant beside them, or None where expr is no such sum."""
    expr = sp.expand_mul(expr)
    constant, rest = expr.as_independent(*symbols, as_Add=True)
    parts: dict[sp.Symbol, sp.Expr] = {}
    for term in sp.Add.make_args(rest):
        if len(term.free_symbols) != 1:
            return None
        (symbol,) = term.free_symbols
        parts[symbol] = parts.get(symbol, sp.Integer(0)) + term
    edges, total = [], float(constant)
    for symbol, part in parts.items():
        shape = _shape(part)
        line = None if shape is None else _line(shape.inner, symbol)
        if shape is None or line is None:
            return None
        edges.append(_Edge(symbols.index(symbol), shape.name, line[0], line[1], shape.c))
        total += shape.d
    return edges, total


def _line(inner: sp.Expr, symbol: sp.Symbol) -> tuple[float, float] | None:
    """Return (a, b) of a·x + b, or None where inner is no line."""
    a = sp.diff(inner, symbol)
    if a.free_symbols:
        return None
    return float(a), float(inner.subs(symbol, 0))


def _product(expr: sp.Expr, symbols: tuple[sp.Symbol, ...]) -> tuple[list[_Edge], float] | None:
    """Return the logarithmic edges of c·Π xᵢ^pᵢ and c, or None where expr is no such product."""
    factor, core = expr.as_independent(*symbols, as_Add=False)
    edges = []
    for part in sp.Mul.make_args(core):
        base, exponent = part.as_base_exp()
        if base not in symbols or exponent.free_symbols:
            return None
        edges.append(_Edge(symbols.index(base), "log", 1.0, 0.0, float(exponent)))
    return (edges, float(factor)) if edges else None


def _factors(expr: sp.Expr, symbols: tuple[sp.Symbol, ...]) -> list[_Edge] | None:
    """Return the edges of Π (c·f(a·xᵢ + b) + d), or None where expr is no such product of two or more."""
    size, core = expr.as_independent(*symbols, as_Add=False)
    edges = []
    for part in sp.Mul.make_args(core):
        if len(part.free_symbols) != 1:
            return None
        (symbol,), shape = part.free_symbols, _shape(part)
        line = None if shape is None else _line(shape.inner, symbol)
        if shape is None or line is None:
            return None
        edges.append(_Edge(symbols.index(symbol), shape.name, *line, shape.c, shape.d))
    if len(edges) < 2:
        return None
    first = edges[0]
    return [first._replace(c=float(size) * first.c, d=float(size) * first.d), *edges[1:]]


def _multiplied(n_in: int, edges: list[_Edge]) -> KAN:
    """Return the network of one product node, each of whose legs has one edge."""
    from kan_core import Edge, set_symbolic

    model = _bare((n_in, (0, (len(edges),))))
    levels = model.layers[0].bias[0].tolist()
    for leg, row in enumerate(edges):
        model = set_symbolic(model, Edge(0, row.source, leg), row.name, row.a, row.b, row.c, row.d - levels[leg])
    return model


def _bare(widths: tuple[Any, ...]) -> KAN:
    """Return a network without edges, which is its biases: constants start from there."""
    from kan_core import KAN, remove_edge

    model = KAN(widths=widths)
    for edge in model.edges():
        model = remove_edge(model, edge)
    return model


def _built(n_in: int, edges: list[_Edge], constant: float, outer: _Shape | None) -> KAN:
    from kan_core import Edge, set_symbolic

    model = _bare((n_in, 1) if outer is None else (n_in, 1, 1))
    levels = [float(layer.bias[0, 0]) for layer in model.layers]
    for index, row in enumerate(edges):
        d = constant - levels[0] if index == 0 else 0.0
        model = set_symbolic(model, Edge(0, row.source, 0), row.name, row.a, row.b, row.c, d)
    if outer is not None:
        model = set_symbolic(model, Edge(1, 0, 0), outer.name, 1.0, 0.0, outer.c, outer.d - levels[1])
    return model

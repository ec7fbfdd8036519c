"""SymPy expressions as JSON-able trees and back: exact, and nothing is evaluated on the way."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symbolic._errors import SymbolicError

_HEADS = {
    head.__name__: head
    for head in (
        *(sp.Add, sp.Mul, sp.Pow, sp.exp, sp.log, sp.Abs, sp.sign, sp.erf, sp.erfc, sp.besselj, sp.Min, sp.Max),
        *(sp.sin, sp.cos, sp.tan, sp.cot, sp.sec, sp.csc, sp.asin, sp.acos, sp.atan, sp.atan2, sp.acot),
        *(sp.sinh, sp.cosh, sp.tanh, sp.coth, sp.asinh, sp.acosh, sp.atanh),
    )
}
_NUMBERS: dict[str, sp.Expr] = {
    "pi": sp.pi, "E": sp.E, "I": sp.I, "oo": sp.oo, "-oo": -sp.oo, "zoo": sp.zoo, "nan": sp.nan,
}  # fmt: skip
_NAMES = {number: name for name, number in _NUMBERS.items()}
_MOST_BITS = 1e5  # of an exact power of numbers; a stored 10^(10^9) would never end


def _bits(base: sp.Expr, exponent: sp.Expr) -> float:
    """The size of a power that SymPy would multiply out."""
    if not (base.is_Rational and exponent.is_Rational):
        return 0.0
    return float(max(int(base.p).bit_length(), int(base.q).bit_length()) * abs(exponent))


def to_tree(expr: sp.Expr) -> Any:
    """Return a tree of lists, numbers and text: x**(3/2) is ["Pow", ["symbol", "x"], ["ratio", 3, 2]]."""
    if isinstance(expr, sp.Symbol):
        return ["symbol", expr.name]
    if isinstance(expr, sp.Integer):
        return int(expr)
    if isinstance(expr, sp.Float):
        return float(expr)
    if isinstance(expr, sp.Rational):
        return ["ratio", int(expr.p), int(expr.q)]
    if expr in _NAMES:
        return ["number", _NAMES[expr]]
    head = expr.func.__name__
    if _HEADS.get(head) is not expr.func:
        raise SymbolicError(f"A law is made of known functions, but it holds {head}. Rewrite it without.")
    return [head, *(to_tree(argument) for argument in expr.args)]


def from_tree(tree: Any) -> sp.Expr:
    """Return the expression of a tree from `to_tree`, with plain symbols. Raises SymbolicError on anything else."""
    match tree:
        case bool():
            pass
        case int():
            return sp.Integer(tree)
        case float():
            return sp.Float(tree)
        case ["symbol", str(name)]:
            return sp.Symbol(name)
        case ["ratio", int(p), int(q)]:
            return sp.Rational(p, q)
        case ["number", str(name)] if name in _NUMBERS:
            return _NUMBERS[name]
        case [str(head), *arguments] if head in _HEADS:
            parts = [from_tree(argument) for argument in arguments]
            if head == "Pow" and len(parts) == 2 and _bits(*parts) > _MOST_BITS:
                raise SymbolicError(f"A stored formula holds a number too large to write down, {str(tree)[:60]!r}.")
            return _HEADS[head](*parts)
    raise SymbolicError(f"A stored formula cannot be read at {str(tree)[:60]!r}. Save it again.")

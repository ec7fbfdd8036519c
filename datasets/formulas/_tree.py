"""Turns an expression into nested lists and back: exact, JSON-able, and safe to read from anywhere."""

from __future__ import annotations

from typing import Any

import sympy

from datasets._errors import DataError

_NODES: dict[str, Any] = {
    node.__name__: node
    for node in (
        *(sympy.Add, sympy.Mul, sympy.Pow, sympy.exp, sympy.log, sympy.sin, sympy.cos, sympy.tan, sympy.asin),
        *(sympy.acos, sympy.atan, sympy.atan2, sympy.sinh, sympy.cosh, sympy.tanh, sympy.asinh, sympy.acosh),
        *(sympy.atanh, sympy.Abs, sympy.sign, sympy.erf, sympy.besselj),
    )
}
_MOST_DIGITS = 400  # of a stored whole number
_MOST_BITS = 1_000_000  # of a power that SymPy works out as it reads, as it would 9^9^9
_CONSTANTS: dict[str, sympy.Expr] = {"pi": sympy.pi, "E": sympy.E}


def to_tree(expr: sympy.Expr) -> list[Any]:
    """Writes an expression as nested lists, such as ["Add", ["Symbol", "x"], ["Rational", "1", "2"]]."""
    if expr.is_Symbol:
        return ["Symbol", expr.name]
    if expr.is_Rational:
        return ["Rational", str(expr.p), str(expr.q)]
    if expr.is_Float:
        return ["Float", float(expr)]
    for name, constant in _CONSTANTS.items():
        if expr == constant:
            return ["Constant", name]
    name = type(expr).__name__
    if name not in _NODES:
        raise DataError(f"A law is made of known functions, but '{name}' came. Write it with {', '.join(_NODES)}.")
    return [name, *(to_tree(argument) for argument in expr.args)]


def from_tree(tree: list[Any]) -> sympy.Expr:
    """Reads what `to_tree` wrote; anything else is a DataError."""
    try:
        return _read(tree)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise DataError(f"The stored law cannot be read ({error}). Store it again.") from None


def _read(tree: list[Any]) -> sympy.Expr:
    name, *arguments = tree
    if name == "Symbol":
        return sympy.Symbol(str(arguments[0]))
    if name == "Rational":
        if max(len(str(argument)) for argument in arguments) > _MOST_DIGITS:
            raise ValueError("a number is too large")
        return sympy.Rational(int(arguments[0]), int(arguments[1]))
    if name == "Float":
        return sympy.Float(float(arguments[0]), 15)
    if name == "Constant":
        return _CONSTANTS[arguments[0]]
    nodes = [_read(argument) for argument in arguments]
    if name == "Pow" and all(node.is_Rational for node in nodes):
        base, exponent = nodes
        if max(abs(base.p), base.q).bit_length() * max(abs(exponent.p), exponent.q) > _MOST_BITS:
            raise ValueError("a number is too large")
    return _NODES[name](*nodes)

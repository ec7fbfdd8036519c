"""The functions and constants a typed formula may use: one row each."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import sympy


@dataclass(frozen=True)
class FunctionRow:
    """A function by its name: how its SymPy node is built, and its value for plain numbers.

    `value` raises ValueError or ArithmeticError outside the real domain: constant parts of a formula are worked out
    with it in floats first, so that SymPy never meets a number it would choke on.
    """

    name: str
    build: Callable[..., sympy.Expr]
    value: Callable[..., float]
    arity: tuple[int, ...] = (1,)
    aliases: tuple[str, ...] = ()


def _absolute(u: sympy.Expr) -> sympy.Expr:
    # The symbols are plain (complex) ones, for which SymPy turns |exp(x)| into exp(re(x)): here variables are real.
    return sympy.Mul(*(f if _never_negative(f) else sympy.Abs(f) for f in sympy.Mul.make_args(u)))


def _never_negative(u: sympy.Expr) -> bool:
    base, exponent = u.as_base_exp()
    return bool(exponent.is_even or (base.is_positive and exponent.free_symbols))


def _cube_root(u: sympy.Expr) -> sympy.Expr:
    # SymPy's u**(1/3) is complex for u < 0; the school's cube root is real and odd.
    third = sympy.Rational(1, 3)
    return u**third if u.is_nonnegative else sympy.sign(u) * sympy.Abs(u) ** third


def _j0(u: float) -> float:
    from scipy.special import j0

    return float(j0(u))


def _jv(order: float, u: float) -> float:
    from scipy.special import jv

    return float(jv(order, u))


def _sign(u: float) -> float:
    return float((u > 0) - (u < 0))


def _rows() -> list[FunctionRow]:
    return [
        FunctionRow("sin", sympy.sin, math.sin),
        FunctionRow("cos", sympy.cos, math.cos),
        FunctionRow("tan", sympy.tan, math.tan, aliases=("tg",)),
        FunctionRow("cot", lambda u: 1 / sympy.tan(u), lambda u: 1 / math.tan(u)),
        FunctionRow("sec", lambda u: 1 / sympy.cos(u), lambda u: 1 / math.cos(u)),
        FunctionRow("csc", lambda u: 1 / sympy.sin(u), lambda u: 1 / math.sin(u)),
        FunctionRow("asin", sympy.asin, math.asin, aliases=("arcsin",)),
        FunctionRow("acos", sympy.acos, math.acos, aliases=("arccos",)),
        FunctionRow("atan", sympy.atan, math.atan, aliases=("arctan",)),
        FunctionRow("atan2", sympy.atan2, math.atan2, arity=(2,), aliases=("arctan2",)),
        FunctionRow("coth", lambda u: 1 / sympy.tanh(u), lambda u: 1 / math.tanh(u)),
        FunctionRow("sech", lambda u: 1 / sympy.cosh(u), lambda u: 1 / math.cosh(u)),
        FunctionRow("csch", lambda u: 1 / sympy.sinh(u), lambda u: 1 / math.sinh(u)),
        FunctionRow("sinh", sympy.sinh, math.sinh),
        FunctionRow("cosh", sympy.cosh, math.cosh),
        FunctionRow("tanh", sympy.tanh, math.tanh),
        FunctionRow("asinh", sympy.asinh, math.asinh, aliases=("arsinh", "arcsinh")),
        FunctionRow("acosh", sympy.acosh, math.acosh, aliases=("arcosh", "arccosh")),
        FunctionRow("atanh", sympy.atanh, math.atanh, aliases=("artanh", "arctanh")),
        FunctionRow("exp", sympy.exp, math.exp),
        FunctionRow("log", sympy.log, math.log, arity=(1, 2), aliases=("ln",)),
        FunctionRow("log10", lambda u: sympy.log(u) / sympy.log(10), math.log10, aliases=("lg",)),
        FunctionRow("log2", lambda u: sympy.log(u) / sympy.log(2), math.log2),
        FunctionRow("sqrt", sympy.sqrt, math.sqrt),
        FunctionRow("cbrt", _cube_root, math.cbrt),
        FunctionRow("abs", _absolute, abs, aliases=("Abs",)),
        FunctionRow("sign", sympy.sign, _sign, aliases=("sgn",)),
        FunctionRow("erf", sympy.erf, math.erf),
        FunctionRow("erfc", lambda u: 1 - sympy.erf(u), math.erfc),
        FunctionRow("J0", lambda u: sympy.besselj(0, u), _j0, aliases=("j0",)),
        FunctionRow("besselj", sympy.besselj, _jv, arity=(2,)),
        FunctionRow("sigmoid", lambda u: 1 / (1 + sympy.exp(-u)), lambda u: 1 / (1 + math.exp(-u))),
        FunctionRow("gaussian", lambda u: sympy.exp(-(u**2)), lambda u: math.exp(-(u**2))),
    ]


FUNCTION_ROWS: dict[str, FunctionRow] = {name: row for row in _rows() for name in (row.name, *row.aliases)}

CONSTANTS: dict[str, tuple[sympy.Expr, float]] = {
    "e": (sympy.E, math.e),
    "pi": (sympy.pi, math.pi),
    "π": (sympy.pi, math.pi),
}

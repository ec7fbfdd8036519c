"""What a formula is made of, in the names of the library."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from symbolic.formulas._functions import power_name

_HEADS: dict[type, str] = {
    sp.exp: "exp", sp.log: "log", sp.sin: "sin", sp.cos: "cos", sp.tan: "tan", sp.asin: "asin", sp.acos: "acos",
    sp.atan: "atan", sp.sinh: "sinh", sp.cosh: "cosh", sp.tanh: "tanh", sp.Abs: "abs", sp.sign: "sign", sp.erf: "erf",
    sp.cot: "tan", sp.sec: "cos", sp.csc: "sin", sp.coth: "tanh",
}  # fmt: skip


def used(expr: sp.Expr) -> set[str]:
    """Names of the library's functions in an expression; "powers" for an exponent that is none of its own."""
    return set(_used(expr))


def _used(expr: sp.Expr) -> Iterator[str]:
    if expr.is_Atom or not expr.free_symbols:
        return
    if isinstance(expr, sp.Pow):
        inner = _sigmoid_argument(expr)
        if inner is not None:
            yield "sigmoid"
            yield from _used(inner)
            return
        yield _power_used(*expr.args)
    elif isinstance(expr, sp.exp) and _is_gaussian(expr.args[0]):
        yield "gaussian"
    elif isinstance(expr, sp.besselj):
        yield "J0" if expr.args[0] == 0 else "besselj"
    elif expr.func in _HEADS:
        yield _HEADS[expr.func]
    elif isinstance(expr, sp.Function):
        yield expr.func.__name__
    for argument in expr.args:
        yield from _used(argument)


def _sigmoid_argument(power: sp.Pow) -> sp.Expr | None:
    """v of 1/(1 + c·exp(v)); None of anything else."""
    number, rest = power.args[0].as_independent(*power.free_symbols, as_Add=True)
    factor, core = rest.as_independent(*power.free_symbols, as_Add=False)
    if power.args[1] == -1 and number.is_positive and factor.is_positive and isinstance(core, sp.exp):
        return core.args[0]
    return None


def _is_gaussian(exponent: sp.Expr) -> bool:
    factor, core = exponent.as_independent(*exponent.free_symbols, as_Add=False)
    return bool(factor.is_negative and isinstance(core, sp.Pow) and core.args[1] == 2)


def _power_used(base: sp.Expr, exponent: sp.Expr) -> str:
    if exponent.free_symbols and base.is_number:
        return "exp"
    if exponent.is_Integer:
        return f"1/x^{-int(exponent)}" if exponent < -1 else "1/x" if exponent == -1 else f"x^{int(exponent)}"
    if exponent.is_Rational:
        from fractions import Fraction

        return power_name(Fraction(int(exponent.p), int(exponent.q)))
    return "powers"

"""Builds the SymPy nodes of a typed formula, each guarded so that no number in it can grow without bound.

A constant part is worked out in floats before SymPy sees it: 9^9^9 overflows there, in a microsecond, and is refused.
It stays exact while it is short and its whole numbers are small, as in sqrt(2*pi) or 2^(1/3); else a Float takes its
place, because SymPy may spend minutes on the sign of tanh(10^9) - 1. Rationals are exact while they fit a double.
"""

from __future__ import annotations

import cmath
import math
import operator
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

import sympy

from datasets._errors import refusal
from datasets.formulas._functions import FunctionRow
from datasets.formulas._tokens import fraction_of

MAX_EXPONENT = 100
MAX_NESTING = 5  # of functions and powers: SymPy's reasoning about a node grows steeply with it
LARGEST = 1e300
_EXACT = 2**53
_SMALL = 1000  # whole numbers in the argument of an exact function
_LARGE_RATE = 10_000  # whole numbers in a variable exponent
_FINE = 1000  # the denominator of an exact exponent: SymPy may raise a base to it and to its partner
_SHORT = 12  # operations in an exact constant
# SymPy multiplies exponents and the arguments of hyperbolic functions out, to tell real from imaginary parts.
_HYPERBOLIC = {"sinh", "cosh", "tanh", "coth", "sech", "csch"}
_HIGH = 30  # the highest power in them,
_MOST_TERMS = 100  # and the most terms that come of it
_EXACT_DECIMALS = 6  # a decimal of at most six digits is taken at its word: 0.5 is 1/2
_BROKEN = {type(number) for number in (sympy.zoo, sympy.nan, sympy.oo, -sympy.oo)}


class Term(NamedTuple):
    """A part of a formula: its node, its value where no variable is in it, and how deep its functions nest."""

    expr: sympy.Expr
    number: float | None = None
    nesting: int = 0


def number(text: str, at: int) -> Term:
    """Reads a literal: whole numbers and short decimals become exact, long and scientific ones a Float of 15 digits."""
    if (fraction := fraction_of(text)) is not None:
        return Term(sympy.Rational(*fraction), fraction[0] / fraction[1])
    value = _in_range(float(text), at)
    exact = Decimal(text)
    digits = len(exact.normalize().as_tuple().digits)
    whole = exact == exact.to_integral_value() and abs(exact) < _EXACT
    if whole or (digits <= _EXACT_DECIMALS and "e" not in text.lower() and abs(exact) > 0):
        return Term(sympy.Rational(*exact.as_integer_ratio()), value)
    return Term(sympy.Float(text, 15), value)


def total(terms: list[Term], at: int) -> Term:
    """Adds all terms of a sum at once: SymPy sorts a sum anew with every term."""
    constant = Term(sympy.S.Zero, 0.0)
    for term in terms:
        if term.number is not None:
            constant = _built(operator.add, (constant, term), at)
    varying = [term for term in terms if term.number is None]
    if not varying:
        return constant
    return _kept(
        sympy.Add(*(term.expr for term in varying), constant.expr), None, at, max(term.nesting for term in varying)
    )


def multiply(left: Term, right: Term, at: int) -> Term:
    return _built(operator.mul, (left, right), at)


def divide(left: Term, right: Term, at: int) -> Term:
    if right.expr.is_zero or right.number == 0:
        raise refusal("A denominator is never zero", "a division by zero", at, "Correct the denominator.")
    return _built(operator.truediv, (left, right), at)


def negative(term: Term, at: int) -> Term:
    return _built(operator.neg, (term,), at)


def power(base: Term, exponent: Term, at: int) -> Term:
    """Builds base^exponent; a variable's power, however it comes about, is at most the hundredth."""
    value = _folded(operator.pow, (base, exponent), at)
    if value is not None:
        _no_underflow(value, base.number == 0, at)
        exact = _is_short(base.expr, exponent.expr) and _small_power(base.expr, exponent)
        return _kept(base.expr**exponent.expr if exact else sympy.Float(value, 15), value, at)
    _bound_exponent(base, exponent, at)
    if exponent.number is None and _is_long_product(exponent.expr):
        raise refusal("A high power or long product does not stand in an exponent", "one", at, "Lower it.")
    plain = base.expr.is_Symbol and exponent.number is not None  # x^2 is not worth counting
    nesting = 0 if plain else _nested((base, exponent), at)
    if _asks_for_imaginary_part(exponent.expr) and (base.nesting > 1 or _is_long_product(base.expr)):
        raise refusal("An exponent over a sum has a simple base", "a nested one", at, "Split the formula.")
    fine = exponent.expr.is_Rational and exponent.expr.q > _FINE
    result = _with_float_rates(base.expr ** (sympy.Float(exponent.expr, 15) if fine else exponent.expr))
    if any(abs(part.exp) > MAX_EXPONENT for part in sympy.Mul.make_args(result) if part.is_Pow and part.exp.is_number):
        raise _large_exponent(at)
    return _kept(result, None, at, nesting)


def call(row: FunctionRow, arguments: tuple[Term, ...], at: int) -> Term:
    """Applies a function of the registry."""
    if row.name == "exp":
        return power(Term(sympy.E, math.e), arguments[0], at)  # one gate for both spellings
    if row.name == "log" and len(arguments) > 1 and arguments[1].number is not None:
        _check_base(arguments[1].number, at)
    value = _folded(row.value, arguments, at)
    nodes = [argument.expr for argument in arguments]
    if value is not None and not _is_short(*nodes):
        return _kept(sympy.Float(value, 15), value, at)
    if value is None and row.name in _HYPERBOLIC and _is_long_product(nodes[0]):
        raise refusal(f"A high power or long product does not stand in {row.name}", "one", at, "Lower it.")
    if value is None and row.name in _HYPERBOLIC:
        nodes = [_with_float_exponents(node) for node in nodes]
    nesting = 0 if value is not None else _nested(arguments, at)
    return _kept(row.build(*nodes), value, at, nesting)


def _built(build: Callable[..., sympy.Expr], terms: tuple[Term, ...], at: int) -> Term:
    value = _folded(build, terms, at)
    if value is not None and build in (operator.mul, operator.truediv):
        _no_underflow(value, any(term.number == 0 for term in terms), at)
    return _kept(build(*(term.expr for term in terms)), value, at, max(term.nesting for term in terms))


def _folded(build: Callable[..., float | complex], terms: tuple[Term, ...], at: int) -> float | None:
    """Works a constant part out in floats; None where a variable is in it."""
    numbers = [term.number for term in terms if term.number is not None]
    if len(numbers) < len(terms):
        return None
    try:
        return _in_range(build(*numbers), at)
    except (ArithmeticError, ValueError):
        raise _unreal(at) from None


def _in_range(value: float | complex, at: int) -> float:
    real = not isinstance(value, complex) and cmath.isfinite(value)
    if not real or abs(value) > LARGEST or 0 < abs(value) < 1 / LARGEST:
        raise _unreal(at)
    return float(value)  # type: ignore[arg-type]  # complex was turned away above


def _nested(terms: tuple[Term, ...], at: int) -> int:
    nesting = 1 + max(term.nesting for term in terms)
    if nesting > MAX_NESTING:
        raise refusal(f"Functions and powers nest at most {MAX_NESTING} deep", "a deeper one", at, "Split the formula.")
    return nesting


def _no_underflow(value: float, zero_expected: bool, at: int) -> None:
    if value == 0 and not zero_expected:
        raise _unreal(at)


def _kept(expr: sympy.Expr, value: float | None, at: int, nesting: int = 0) -> Term:
    """Accepts a finished node, with exact numbers that are too long turned into Floats."""
    if type(expr) in _BROKEN:
        raise _unreal(at)
    if value is not None:
        return _constant(expr, value)
    factor, rest = expr.as_coeff_Mul()
    long = _too_long(factor)
    if (long or factor.is_Float) and not (factor == 0 or 1 / LARGEST <= abs(factor) <= LARGEST):
        raise _unreal(at)
    if long:
        expr = sympy.Float(factor, 15) * rest
    elif expr.is_Add:
        shift, rest = expr.as_coeff_Add()
        expr = sympy.Float(shift, 15) + rest if _too_long(shift) else expr
    return Term(expr, None, nesting)


def _constant(expr: sympy.Expr, value: float) -> Term:
    if expr.is_Rational and not _too_long(expr):
        return Term(expr, float(expr))
    if value == 0:
        return Term(sympy.S.Zero, 0.0)
    exact = not (_too_long(expr) or expr.has(sympy.Float)) and expr.count_ops() <= _SHORT
    return Term(expr if exact else sympy.Float(value, 15), value)


def _is_short(*nodes: sympy.Expr) -> bool:
    """Tells whether SymPy may apply a function to these constants; variables are always let through."""
    constants = [node for node in nodes if not node.free_symbols]
    numbers = [number for node in constants for number in node.atoms(sympy.Number)]
    small = all(number.is_Rational and max(abs(number.p), number.q) <= _SMALL for number in numbers)
    return small and all(node.count_ops() <= _SHORT for node in constants)


def _with_float_rates(expr: sympy.Expr) -> sympy.Expr:
    """Writes exp(10^9 x) with a Float: SymPy's gcd takes it for the 10^9th power of exp(x), term by term."""
    swaps: dict[sympy.Expr, sympy.Expr] = {}
    for node in expr.atoms(sympy.exp, sympy.Pow):
        base, exponent = node.as_base_exp()
        large = [rate for rate in exponent.atoms(sympy.Rational) if max(abs(rate.p), rate.q) > _LARGE_RATE]
        if large and exponent.free_symbols:
            swaps[node] = base ** exponent.xreplace({rate: sympy.Float(rate, 15) for rate in large})
    return expr.xreplace(swaps) if swaps else expr


def _with_float_exponents(expr: sympy.Expr) -> sympy.Expr:
    """Writes x^2.571353 with a Float: SymPy takes the exact one for the 2571353rd power of a root."""
    powers = [part for part in expr.atoms(sympy.Pow) if part.exp.is_Rational and not part.exp.is_Integer]
    long = {part.exp for part in powers if part.free_symbols and max(abs(part.exp.p), part.exp.q) > _HIGH}
    swaps = {part: part.base ** sympy.Float(part.exp, 15) for part in powers if part.exp in long}
    return expr.xreplace(swaps) if swaps else expr


def _asks_for_imaginary_part(exponent: sympy.Expr) -> bool:
    """Tells whether SymPy's Pow will work out im(base): it does where the exponent has a sum for denominator."""
    ratio = sympy.factor_terms(exponent, sign=False).as_coeff_Mul()[1]
    return bool(sympy.fraction(ratio)[1].is_Add)


def _is_long_product(node: sympy.Expr) -> bool:
    """Tells whether a node has many terms when multiplied out, every variable being complex to SymPy."""
    high = max((_whole(part.exp) for part in node.atoms(sympy.Pow) if part.free_symbols), default=0)
    return high > _HIGH or _terms(node)[1] > _MOST_TERMS


def _whole(exponent: sympy.Expr) -> int:
    return math.floor(abs(float(exponent))) if exponent.is_number else 0  # x^(92 + π) counts as x^92·x^π


def _terms(node: sympy.Expr) -> tuple[int, int]:
    """Counts the terms of a node when multiplied out, and the most that it or a part of it has."""
    if not node.args:
        return (2 if node.is_Symbol else 1), 1
    widths, peaks = zip(*(_terms(part) for part in node.args), strict=True)
    width = 2
    if node.is_Add:
        width = sum(widths)
    elif node.is_Mul:
        width = math.prod(widths)
    elif node.is_Pow and node.exp.is_number and _whole(node.exp) <= MAX_EXPONENT:
        width = math.comb(_whole(node.exp) + widths[0] - 1, widths[0] - 1) if _whole(node.exp) > 1 else widths[0]
    width = min(width, _MOST_TERMS + 1)
    return width, max(width, *peaks)


def _too_long(number: sympy.Expr) -> bool:
    return bool(number.is_Rational) and max(abs(number.p), number.q) > _EXACT


def _small_power(base: sympy.Expr, exponent: Term) -> bool:
    """Tells whether SymPy may work a numeric power out exactly."""
    assert exponent.number is not None
    bits = max(abs(base.p), base.q).bit_length() if base.is_Rational else 1
    return bits * abs(exponent.number) <= _EXACT.bit_length()


def _bound_exponent(base: Term, exponent: Term, at: int) -> None:
    if exponent.number is not None and abs(exponent.number) > MAX_EXPONENT:
        raise _large_exponent(at)
    if base.number == 0:
        raise refusal(
            "A power of zero is not defined for every exponent", "a zero to a variable power", at, "Leave it out."
        )
    if exponent.number is None:
        shift = exponent.expr.as_coeff_Add()[0]
        constant = Term(shift, float(shift))
        if base.number is None:
            _bound_exponent(base, constant, at)
        else:  # 3^(x - 10^9) is 3^x · 3^(-10^9)
            power(base, constant, at)
    # exp(10^9·ln(2x)) would become 2^(10^9)·x^(10^9): SymPy cancels a logarithm against the power.
    for part in sympy.Add.make_args(exponent.expr):
        factors = sympy.Mul.make_args(part)
        if any(isinstance(factor, sympy.log) for factor in factors) and abs(part.as_coeff_Mul()[0]) > MAX_EXPONENT:
            raise _large_exponent(at)


def _check_base(base: float, at: int) -> None:
    if base <= 0 or base == 1:
        raise refusal("The base of a logarithm is positive and not 1", f"{base:g}", at, "Write another base.")


def _large_exponent(at: int) -> Exception:
    return refusal(f"A variable's exponent is at most {MAX_EXPONENT}", "a larger one", at, "Write a smaller one.")


def _unreal(at: int) -> Exception:
    rule = "Every constant part is zero or a real number of size 1e-300 to 1e300"
    return refusal(rule, "something else", at, "Look for a tower of powers, a root or logarithm of a negative, or 1/0.")

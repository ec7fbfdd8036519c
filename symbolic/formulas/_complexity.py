"""How complex a formula is: the number of things to read in it."""

from __future__ import annotations

import sympy as sp


def complexity(expr: sp.Expr) -> int:
    """Return the number of symbols, numbers, operators and functions in an expression, as a person reads it.

    A symbol, a number (also 3/2, also π) and a function name count one, and so does each +, ×, ÷ and power between
    operands. A difference counts as a sum, x/y as a product, √u as a function of u, and a leading minus is free.

    >>> x, y = sp.symbols("x y")
    >>> complexity(x), complexity(2 * x + 1), complexity(x - y), complexity(sp.sqrt(x / y))
    (1, 5, 3, 4)
    """
    if expr.is_Atom or expr.is_Rational:
        return 1
    if isinstance(expr, sp.Pow):
        return _of_power(expr)
    if isinstance(expr, sp.Mul):
        return _of_product(expr)
    operands = sum(complexity(argument) for argument in expr.args)
    if isinstance(expr, sp.Add):
        return operands + len(expr.args) - 1
    return 1 + operands


def _of_power(power: sp.Pow) -> int:
    base, exponent = power.args
    if exponent == -1:
        return 2 + complexity(base)
    if exponent.is_number and exponent.could_extract_minus_sign():
        return 2 + _raised(base, -exponent)
    return _raised(base, exponent)


def _raised(base: sp.Expr, exponent: sp.Expr) -> int:
    if exponent == 1:
        return complexity(base)
    if exponent == sp.Rational(1, 2):
        return 1 + complexity(base)
    return 1 + complexity(base) + complexity(exponent)


def _of_product(product: sp.Mul) -> int:
    factors = [factor for factor in product.args if factor != -1]
    below = [f for f in factors if isinstance(f, sp.Pow) and f.args[1].is_number and f.args[1].is_negative]
    above = [f for f in factors if f not in below]
    total = sum(complexity(f) for f in above) + sum(_raised(f.args[0], -f.args[1]) for f in below)
    # A quotient with nothing above the line is read with the number 1 there.
    return total + len(factors) - 1 + (2 if not above else 0)

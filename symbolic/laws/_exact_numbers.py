"""The exact numbers near a value, 3/2, π/4 or √2, and the bits it takes to say each."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import sympy as sp

_DENOMINATORS = range(1, 13)
_FINE_DENOMINATORS = (*range(1, 33), 36, 40, 45, 48, 50, 60, 64, 72, 75, 80, 90, 96, 100, 120, 128, 144, 180, 256)
_DECIMAL = (20, 25, 40, 50, 80, 100)
_NOTHING = -2.0  # bits that 0 costs: with a term goes its sign
_PLAIN_BITS, _COINCIDENCE = 5.0, 0.5  # what is longer is met by accident so much more often that each bit counts more
_EXPONENT_DENOMINATORS = (1, 2, 3, 4)
_LARGEST = 100_000  # beyond, a whole number is a measured one (299792458)

# What a rational multiple may stand beside, and the bits it costs to say so: one row a form.
_BASES: tuple[tuple[sp.Expr, float, float], ...] = tuple(
    (base, float(base), bits)
    for base, bits in (
        (sp.Integer(1), 0.0),
        (sp.pi, 2.0),
        (1 / sp.pi, 3.0),
        (sp.pi**2, 4.0),
        (1 / sp.pi**2, 5.0),
        (sp.pi**3, 7.0),
        (1 / sp.pi**3, 8.0),
        (sp.pi**4, 8.0),
        (1 / sp.pi**4, 9.0),
        (sp.sqrt(sp.pi), 5.0),
        (1 / sp.sqrt(sp.pi), 5.0),
        (1 / sp.sqrt(2 * sp.pi), 5.0),
        (sp.sqrt(2 * sp.pi), 5.0),
        (sp.E, 4.0),
        (1 / sp.E, 5.0),
        (sp.log(2), 5.0),
        (sp.sqrt(2), 4.0),
        (sp.sqrt(3), 4.6),
        (sp.sqrt(5), 5.3),
        (sp.sqrt(6), 5.6),
        (sp.sqrt(7), 5.8),
        (sp.sqrt(10), 6.3),
    )
)
_FURTHEST = _LARGEST * max(size for _, size, _ in _BASES)  # no form is larger


def candidates(value: float, exponent: bool = False) -> Iterator[tuple[sp.Expr, float]]:
    """Yield exact forms near a value with their price in bits: 0, integers, p/q, r·π, r/π, r·√n, r·e, …"""
    for _, ratio, base, bits in near(value, exponent):
        yield exact_form(ratio, base), bits


def exact_form(ratio: Fraction, base: sp.Expr) -> sp.Expr:
    return sp.Rational(ratio.numerator, ratio.denominator) * base


def near(value: float, exponent: bool, fine: bool = False) -> Iterator[tuple[float, Fraction, sp.Expr, float]]:
    """The same as numbers, ratios and bases: hundreds are weighed for each that becomes an expression."""
    yield 0.0, Fraction(0), sp.Integer(1), _NOTHING
    if value == 0 or not abs(value) <= _FURTHEST:
        return
    denominators = _EXPONENT_DENOMINATORS if exponent else _FINE_DENOMINATORS if fine else _DENOMINATORS
    for base, size, base_bits in _BASES[:1] if exponent else _BASES:
        for q in denominators:
            p = round(value / size * q)
            if p == 0 or abs(p) > _LARGEST or math.gcd(p, q) != 1:
                continue
            if base is sp.S.One and q in _DECIMAL and abs(p) > q:
                continue  # 9.81 is a number as it stands, not 981/100
            ratio = Fraction(p, q)
            bits = base_bits + _rational_bits(ratio)
            yield p / q * size, ratio, base, bits + _COINCIDENCE * max(0.0, bits - _PLAIN_BITS)


def _rational_bits(ratio: Fraction) -> float:
    """Return the bits of p/q with its sign: 1 bit for ±1, a little more than log₂ p + 2 log₂ q for the others."""
    whole = 1 + 1.5 * math.log2(abs(ratio.numerator))
    return whole if ratio.denominator == 1 else whole + 1 + 1.5 * math.log2(ratio.denominator)

"""The units that the constants of a formula must have: linear equations in the exponents of the base units.

Every node of the formula has a dimension that is linear in those of the constants; sums, arguments of functions and the
target give equations. What they leave open has no unit that the formula tells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import sympy as sp

from datasets import Unit, unit_text
from symbolic._errors import UnitError
from symbolic.units._exponents import Dimensions, Exponents, particular

_BASES = 7
_FINEST = 12  # denominators of exponents


class _Form:
    """A dimension: a known part, and how often each constant's takes part."""

    def __init__(self, known: Sequence[Fraction], parts: Mapping[sp.Symbol, Fraction] | None = None) -> None:
        self.known, self.parts = tuple(known), {s: p for s, p in (parts or {}).items() if p}

    def plus(self, other: _Form, factor: Fraction = Fraction(1)) -> _Form:
        known = [a + factor * b for a, b in zip(self.known, other.known, strict=True)]
        symbols = {*self.parts, *other.parts}
        zero = Fraction(0)
        return _Form(known, {s: self.parts.get(s, zero) + factor * other.parts.get(s, zero) for s in symbols})


_NONE = _Form([Fraction(0)] * _BASES)


def constant_units(
    expr: sp.Expr, constants: Sequence[sp.Symbol], units: Mapping[str, Unit], target: Unit
) -> dict[sp.Symbol, Dimensions | None]:
    """Return the dimensions of each constant of target = expr; None for one that the formula leaves open.

    `units` are those of the other symbols by name. Raises UnitError, which says where, where no units of the constants
    make the formula consistent.

    >>> from datasets import read_unit
    >>> t, k, c = sp.symbols("t k c")
    >>> found = constant_units(c * sp.exp(-k * t), [c, k], {"t": read_unit("s")}, read_unit("m"))
    >>> [unit_text(found[s]) for s in (c, k)]
    ['m', '1/s']
    """
    walk = _Walk(constants, units)
    walk.equal(walk.of(expr), _Form(target.dimensions), f"{_short(expr)} must have the target's unit {target.text}")
    solved = _solved(walk.equations, list(constants))
    return {s: solved.get(s) for s in constants}


def own_text(dimensions: Dimensions, units: Sequence[Unit]) -> str | None:
    """A unit in words: of the base units where the columns' are, else as a product of powers of the columns' units."""
    if all(unit.factor == 1 for unit in units):
        return unit_text(dimensions)
    distinct: dict[Dimensions, Unit] = {}
    for unit in units:
        if any(unit.dimensions) and distinct.setdefault(unit.dimensions, unit).factor != unit.factor:
            return None  # in which of two units of one kind, nothing tells
    powers = particular(list(distinct), dimensions) if distinct else None
    return None if powers is None else _product([unit.text for unit in distinct.values()], powers)


def _product(texts: Sequence[str], powers: Exponents) -> str:
    def side(sign: int) -> list[str]:
        chosen = [(text, abs(p)) for text, p in zip(texts, powers, strict=True) if p * sign > 0]
        return [_raised(text, p) for text, p in chosen]

    above, below = side(1), side(-1)
    head = " ".join(above) or "1"
    if len(above) == 1 and head.startswith("(") and head.endswith(")") and not below:
        head = head[1:-1]
    return head if not below else f"{head}/{below[0]}" if len(below) == 1 else f"{head}/({' '.join(below)})"


def _raised(text: str, power: Fraction) -> str:
    plain = text if text.isidentifier() else f"({text})"
    if power == 1:
        return plain
    return f"{plain}^{power}" if power.denominator == 1 else f"{plain}^({power})"


class _Walk:
    """Works forms out from the leaves up and collects what must be equal."""

    def __init__(self, constants: Sequence[sp.Symbol], units: Mapping[str, Unit]) -> None:
        self.constants, self.units = set(constants), units
        self.equations: list[tuple[_Form, str]] = []  # forms that must be a pure number

    def equal(self, one: _Form, other: _Form, why: str) -> None:
        self.equations.append((one.plus(other, Fraction(-1)), why))

    def of(self, expr: sp.Expr) -> _Form:
        if expr.is_Symbol:
            if expr in self.constants:
                return _Form(_NONE.known, {expr: Fraction(1)})
            return _Form(self.units[expr.name].dimensions)
        if expr.is_number:
            return _NONE
        if expr.is_Add:
            first, *others = (term for term in expr.args if not term.is_zero)
            form = self.of(first)
            for term in others:
                self.equal(self.of(term), form, f"{_short(first)} and {_short(term)} are added, so have one unit")
            return form
        if expr.is_Mul:
            total = _NONE
            for factor in expr.args:
                total = total.plus(self.of(factor))
            return total
        if expr.is_Pow:
            return self._power(*expr.args)
        if isinstance(expr, sp.Abs):
            return self.of(expr.args[0])
        for argument in expr.args:
            self.equal(self.of(argument), _NONE, f"{_short(argument)} in {expr.func.__name__} must be a pure number")
        return _NONE

    def _power(self, base: sp.Expr, exponent: sp.Expr) -> _Form:
        inner = self.of(base)
        if exponent.is_number:
            return _NONE.plus(inner, Fraction(float(exponent)).limit_denominator(_FINEST))
        self.equal(self.of(exponent), _NONE, f"the exponent {_short(exponent)} must be a pure number")
        self.equal(inner, _NONE, f"{_short(base)}, which is raised to {_short(exponent)}, must be a pure number")
        return _NONE


def _solved(equations: list[tuple[_Form, str]], constants: list[sp.Symbol]) -> dict[sp.Symbol, Dimensions]:
    """Gauss–Jordan elimination of all base units at once."""
    rows: list[tuple[list[Fraction], list[Fraction]]] = []
    zero = Fraction(0)
    for form, why in equations:
        left = [form.parts.get(s, zero) for s in constants]
        right = [-a for a in form.known]
        for known_left, known_right in rows:
            pivot = next(k for k, value in enumerate(known_left) if value)
            left, right = _without(left, right, known_left, known_right, pivot)
        pivot = next((k for k, value in enumerate(left) if value), -1)
        if pivot < 0:
            if any(right):
                raise UnitError(f"Units do not allow this formula: {why}. Correct the formula or the units.")
            continue
        size = left[pivot]
        left, right = [a / size for a in left], [a / size for a in right]
        rows = [_without_row(row, left, right, pivot) for row in rows] + [(left, right)]
    found = {}
    for left, right in rows:
        (first, *others) = [k for k, value in enumerate(left) if value]
        if not others:
            found[constants[first]] = tuple(right)
    return found


def _without(
    left: list[Fraction], right: list[Fraction], by_left: list[Fraction], by_right: list[Fraction], pivot: int
) -> tuple[list[Fraction], list[Fraction]]:
    factor = left[pivot] / by_left[pivot]
    return (
        [a - factor * b for a, b in zip(left, by_left, strict=True)],
        [a - factor * b for a, b in zip(right, by_right, strict=True)],
    )


def _without_row(
    row: tuple[list[Fraction], list[Fraction]], left: list[Fraction], right: list[Fraction], pivot: int
) -> tuple[list[Fraction], list[Fraction]]:
    return _without(*row, left, right, pivot) if row[0][pivot] else row


def _short(expr: sp.Expr) -> str:
    text = str(expr).replace("**", "^")
    return text if len(text) <= 40 else f"{text[:39]}…"

"""Checks a law for units: may its terms be added, are its arguments pure numbers, does the target's unit come out?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

import sympy

from datasets._errors import DataError, did_you_mean
from datasets.units._units import NO_DIMENSION, Dimensions, Unit, dimensions_of, read_unit, unit_text

UnitLike = str | Unit | Dimensions

_FINEST_POWER = 60  # denominators of exponents taken for exact: 0.333333 is a third, 1.4142 is no simple power
_LARGEST_RATIO = 12  # denominators of the numbers that mathematics puts into laws
_SHOWN = 60  # characters of a term in a message
_ANY = None  # the dimensions of zero and of a constant that may carry a unit: whatever fits

_Found = Dimensions | None


def unit_of(expr: sympy.Expr, units: Mapping[str, UnitLike], free_constants: bool = False) -> Dimensions:
    """Works out the dimensions of a law from those of its variables.

    Numbers are pure. Terms of a sum agree; arguments of functions are pure numbers (a difference of logarithms is the
    logarithm of a ratio); what has a unit is raised to a plain number only.

    Args:
        units: text, `Unit` or dimensions of every variable, by name.
        free_constants: lets every decimal number such as 9.81 carry the unit that is missing, as measured constants do.

    Raises:
        DataError: a variable has no unit, or the law is inconsistent; the message says where ("a + b adds m and s").

    Examples:
        >>> from datasets.formulas._formula import parse_formula
        >>> unit_text(unit_of(parse_formula("m v^2/2"), {"m": "kg", "v": "m/s"}))
        'J'
    """
    found = _Walk({name: _as_dimensions(unit) for name, unit in units.items()}, free_constants).of(expr)
    return NO_DIMENSION if found is _ANY else found


def unit_fault(
    expr: sympy.Expr, units: Mapping[str, UnitLike], target_unit: UnitLike, free_constants: bool = False
) -> str:
    """Says in a sentence where a law and its units disagree; empty where they agree. Raises as `unit_of` for gaps."""
    known = {name: _as_dimensions(unit) for name, unit in units.items()}
    wanted = _as_dimensions(target_unit)
    walk = _Walk(known, free_constants)
    try:
        found = walk.of(expr)
    except _InconsistentError as fault:
        return str(fault)
    if found is _ANY or found == wanted:
        return ""
    return f"{_shown(expr)} has the unit {unit_text(found)}, but the target's is {unit_text(wanted)}"


def consistent(
    expr: sympy.Expr, units: Mapping[str, UnitLike], target_unit: UnitLike, free_constants: bool = False
) -> bool:
    """Tells whether a law keeps to its units; `unit_fault` says where it does not."""
    return not unit_fault(expr, units, target_unit, free_constants)


class _InconsistentError(DataError):
    """A law breaks its units; the message says where."""


def _as_dimensions(unit: UnitLike) -> Dimensions:
    if isinstance(unit, str):
        return read_unit(unit).dimensions
    return unit.dimensions if isinstance(unit, Unit) else dimensions_of(unit)


class _Walk:
    """Works dimensions out from the leaves up."""

    def __init__(self, units: Mapping[str, Dimensions], free_constants: bool) -> None:
        self.units = units
        self.free_constants = free_constants

    def of(self, expr: sympy.Expr) -> _Found:
        if expr.is_Symbol:
            return self._symbol(expr)
        if expr.is_number:
            return _ANY if expr.is_zero or (self.free_constants and _measured(expr)) else NO_DIMENSION
        if expr.is_Add:
            return self._sum(expr)
        if expr.is_Mul:
            return _times(self.of(argument) for argument in expr.args)
        if expr.is_Pow:
            return self._power(expr)
        if isinstance(expr, sympy.Abs):
            return self.of(expr.args[0])
        if isinstance(expr, sympy.Max | sympy.Min):
            return self._alike(expr, list(expr.args), "compares")
        return self._function(expr)

    def _symbol(self, symbol: sympy.Symbol) -> Dimensions:
        if symbol.name not in self.units:
            guess = did_you_mean(symbol.name, self.units)
            raise DataError(f"Every variable has a unit, but '{symbol.name}' has none. {guess or 'Add one, or 1.'}")
        return self.units[symbol.name]

    def _sum(self, expr: sympy.Expr) -> _Found:
        logarithms = [(term, read) for term in expr.args if (read := _logarithm(term)) is not None]
        if len(logarithms) > 1:  # log a - log b is the logarithm of a ratio, which may be pure though a and b are not
            ratio = _times(_raise(self.of(argument), power) for _, (power, argument) in logarithms)
            joined = sympy.Add(*(term for term, _ in logarithms), evaluate=False)
            self._pure(ratio, f"{_shown(joined)} takes the logarithm of")
            others = [term for term in expr.args if _logarithm(term) is None]
            return self._alike(expr, [sympy.Integer(1), *others], "adds")
        return self._alike(expr, list(expr.args), "adds")

    def _alike(self, expr: sympy.Expr, terms: list[sympy.Expr], verb: str) -> _Found:
        first: _Found = _ANY
        for term in terms:
            found = self.of(term)
            if found is _ANY:
                continue
            if first is not _ANY and found != first:
                raise _InconsistentError(f"{_shown(expr)} {verb} {unit_text(first)} and {unit_text(found)}")
            first = found
        return first

    def _power(self, expr: sympy.Expr) -> _Found:
        base, exponent = expr.args
        self._pure(self.of(exponent), f"{_shown(expr)} has an exponent in")
        found = self.of(base)
        if found is _ANY or found == NO_DIMENSION:
            return found
        if not exponent.is_number:
            raise _InconsistentError(f"{_shown(expr)} raises {unit_text(found)} to a power that varies")
        return _raise(found, exponent)

    def _function(self, expr: sympy.Expr) -> _Found:
        if isinstance(expr, sympy.sign):
            self.of(expr.args[0])
            return NO_DIMENSION
        if isinstance(expr, sympy.atan2):
            self._alike(expr, list(expr.args), "compares")
            return NO_DIMENSION
        for argument in expr.args:
            self._pure(self.of(argument), f"{_shown(expr)} takes {type(expr).__name__} of")
        return NO_DIMENSION

    def _pure(self, found: _Found, words: str) -> None:
        if found is not _ANY and found != NO_DIMENSION:
            raise _InconsistentError(f"{words} {unit_text(found)}, but only a pure number will do")


def _measured(number: sympy.Expr) -> bool:
    """Tells 9.81 (981/100 to SymPy) and 2.998e8 from the 1/2, π and 3 of mathematics."""
    return bool(number.has(sympy.Float)) or any(one.q > _LARGEST_RATIO for one in number.atoms(sympy.Rational))


def _logarithm(term: sympy.Expr) -> tuple[sympy.Expr, sympy.Expr] | None:
    """Reads k · log(u) with a plain number k as (k, u)."""
    number, rest = term.as_coeff_Mul()
    return (number, rest.args[0]) if isinstance(rest, sympy.log) else None


def _times(factors: Iterable[_Found]) -> _Found:
    total: _Found = NO_DIMENSION
    for factor in factors:
        if total is not _ANY:
            total = _ANY if factor is _ANY else tuple(a + b for a, b in zip(total, factor, strict=True))
    return total


def _raise(found: _Found, exponent: sympy.Expr) -> _Found:
    if found is _ANY:
        return _ANY
    value = float(exponent)
    simple = Fraction(value).limit_denominator(_FINEST_POWER)
    power = simple if abs(float(simple) - value) < 1e-6 else Fraction(value).limit_denominator(10**6)
    return tuple(one * power for one in found)


def _shown(expr: sympy.Expr) -> str:
    text = str(expr)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"

"""The library of edge functions as SymPy sees it: one row a name of `kan_core.FUNCTIONS`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from fractions import Fraction

import sympy as sp

from symbolic._errors import SymbolicError

_SympyMap = Callable[[sp.Expr], sp.Expr]


@dataclass(frozen=True)
class SymbolicFunction:
    """A univariate function f carried by an edge as c·f(a·x + b) + d.

    `free` names the parameters among "abcd" that change the curve; the others are absorbed by them and stay at a = ±1
    or b = 0. `signed` tells that f(u) and f(−u) are different curves even after c and d have been refitted, so that the
    sign of a matters: √(1 − x) needs a = −1. `domain` is that of a function of the user's own, which is `own` and
    whose name is its formula (see `symbolic.own_function`).
    """

    name: str
    sympy: _SympyMap
    complexity: int
    free: str = "abcd"
    signed: bool = False
    exponent: Fraction | None = None
    domain: tuple[float, float] = (-math.inf, math.inf)
    own: bool = False

    @property
    def absorbs_scale(self) -> bool:
        """Whether |a| is redundant, so that a is ±1."""
        return "a" not in self.free


def power_name(exponent: Fraction) -> str:
    """Return the library's name of u^exponent: "x^2", "1/sqrt", "x^(3/2)"."""
    if exponent < 0:
        return f"1/{power_name(-exponent)}"
    if exponent == Fraction(1, 2):
        return "sqrt"
    if exponent == 1:
        return "x"
    return f"x^{exponent}" if exponent.denominator == 1 else f"x^({exponent})"


def _power(exponent: Fraction, complexity: int) -> SymbolicFunction:
    broken = exponent.denominator != 1
    return SymbolicFunction(
        name=power_name(exponent),
        sympy=lambda u: u ** sp.Rational(exponent.numerator, exponent.denominator),
        complexity=complexity,
        free="cd" if exponent == 1 else "bcd",
        signed=broken,
        exponent=exponent,
    )


# (numerator, denominator, complexity): the price grows with the size of the exponent and for a broken one.
_POWERS = [
    *((k, 1, k) for k in range(1, 7)),
    *((-k, 1, k + 1) for k in range(1, 7)),
    *((1, 2, 2), (-1, 2, 3), (3, 2, 3), (-3, 2, 4), (5, 2, 4), (-5, 2, 5)),
    *((1, 3, 3), (-1, 3, 4), (2, 3, 3), (-2, 3, 4), (4, 3, 4), (-4, 3, 5)),
]


def _rows() -> list[SymbolicFunction]:
    return [
        *(_power(Fraction(p, q), complexity) for p, q, complexity in _POWERS),
        SymbolicFunction("exp", sp.exp, 2, free="acd", signed=True),
        SymbolicFunction("log", sp.log, 2, free="bcd", signed=True),
        SymbolicFunction("sin", sp.sin, 2),
        SymbolicFunction("cos", sp.cos, 2),
        SymbolicFunction("tan", sp.tan, 3),
        SymbolicFunction("asin", sp.asin, 4),
        SymbolicFunction("acos", sp.acos, 4),
        SymbolicFunction("atan", sp.atan, 4),
        SymbolicFunction("sinh", sp.sinh, 3),
        SymbolicFunction("cosh", sp.cosh, 3),
        SymbolicFunction("tanh", sp.tanh, 3),
        SymbolicFunction("sigmoid", lambda u: 1 / (1 + sp.exp(-u)), 3),
        SymbolicFunction("gaussian", lambda u: sp.exp(-(u**2)), 3),
        SymbolicFunction("abs", sp.Abs, 3, free="bcd"),
        SymbolicFunction("sign", sp.sign, 3, free="bcd"),
        SymbolicFunction("erf", sp.erf, 4),
        SymbolicFunction("J0", lambda u: sp.besselj(0, u), 5),
    ]


class _Library(dict[str, SymbolicFunction]):
    """The rows by name; the name of a function of the user's own is its formula, and needs no row."""

    def __missing__(self, name: str) -> SymbolicFunction:
        found = in_force().get(name)
        if found is not None:
            return found
        from symbolic.formulas._own import named_own

        return named_own(name)

    def __contains__(self, name: object) -> bool:
        if super().__contains__(name) or not isinstance(name, str):
            return super().__contains__(name)
        try:
            self[name]
        except (KeyError, SymbolicError):
            return False
        return True


LIBRARY: dict[str, SymbolicFunction] = _Library({row.name: row for row in _rows()})

_IN_FORCE: ContextVar[Mapping[str, SymbolicFunction]] = ContextVar("functions in force", default=LIBRARY)


def in_force() -> Mapping[str, SymbolicFunction]:
    """The functions that a search may name curves after: the library, or what the caller has made of it."""
    return _IN_FORCE.get()


@contextmanager
def only(functions: Mapping[str, SymbolicFunction]) -> Iterator[None]:
    """Within this block curves are named after these functions alone. Blocks of other threads are not concerned."""
    token = _IN_FORCE.set(functions)
    try:
        yield
    finally:
        _IN_FORCE.reset(token)

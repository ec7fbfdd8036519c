"""Hints: what the user knows of a law before it is searched for, held in every stage."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import sympy as sp

from symbolic.formulas._complexity import complexity
from symbolic.formulas._functions import LIBRARY, SymbolicFunction, in_force
from symbolic.formulas._made_of import used

GROUPS = {
    "powers": "all powers but whole ones that arithmetic is made of: roots, and exponents that are measured",
    "roots": "the same as powers",
    "trigonometric": "sin, cos, tan, asin, acos, atan",
    "hyperbolic": "sinh, cosh, tanh",
}
_TRIGONOMETRIC, _HYPERBOLIC = ("sin", "cos", "tan", "asin", "acos", "atan"), ("sinh", "cosh", "tanh")
_SHORTENED = 2.0  # times shorter that a formula may become by other numbers and by algebra
_WHOLE = 0.1  # of an exponent from a whole number, which it may be


@dataclass(frozen=True)
class Known:
    """A constant that the law may hold: its name, its value, and its unit as text or None."""

    name: str
    value: float
    unit: str | None = None


@dataclass(frozen=True)
class Hints:
    """What a search has to keep to.

    `allowed` (None for all) and `forbidden` are names of the library or groups of them; sums, products, quotients and
    whole powers are arithmetic and there unless they are forbidden by name. `functions` are the user's own, beside the
    library's. `contains` are expressions of the columns that stand in the law; the columns in them stand nowhere else,
    unless they are listed themselves. `link` is a function g that the law begins with: y = g(…). `constants` are known
    ones, and with `unit_constants` false no other constant may carry a unit.
    """

    allowed: frozenset[str] | None = None
    forbidden: frozenset[str] = frozenset()
    max_complexity: int | None = None
    constants: tuple[Known, ...] = ()
    contains: tuple[sp.Expr, ...] = ()
    link: str | None = None
    functions: tuple[SymbolicFunction, ...] = ()
    unit_constants: bool = True
    heads: frozenset[str] = field(default=frozenset(), repr=False)

    def functions_in_force(self) -> Mapping[str, SymbolicFunction]:
        """The rows that curves may be named after, the library itself where nothing was said."""
        own = {row.name: row for row in self.functions}
        if self.allowed is None and not self.forbidden:
            return {**in_force(), **own} if own else in_force()
        rows = {name: row for name, row in in_force().items() if not self._refused(name)}
        return {**rows, "x": LIBRARY["x"], **own}

    def permits(self, expr: sp.Expr) -> bool:
        """Whether an expression is made of what is allowed."""
        return not any(map(self._refused, used(expr)) if self.allowed is not None or self.forbidden else ())

    def hopeless(self, expr: sp.Expr) -> bool:
        """Whether no numbers in the place of an expression's own would make it one that keeps to the hints.

        So nothing is spent on them. A form half as long as its plainest one is not hoped for.
        """
        if self == Hints():
            return False
        hoped = plainest(expr)
        return not self.permits(hoped) or complexity(hoped) > _SHORTENED * (self.max_complexity or math.inf)

    def fault(self, expr: sp.Expr) -> str:
        """What is wrong with a law, in words that follow its name; empty where nothing is."""
        wrong = sorted(name for name in used(expr) if self._refused(name))
        if wrong:
            return f"uses {wrong[0]}, which the hints do not allow"
        size = complexity(expr)
        if self.max_complexity is not None and size > self.max_complexity:
            return f"has complexity {size}, and the hints allow {self.max_complexity}"
        return ""

    def _refused(self, name: str) -> bool:
        names = {name, *_groups(name)}
        if names & self.forbidden:
            return True
        if self.allowed is None or name in self.heads:
            return False
        return not (names & self.allowed or _is_arithmetic(name))


def plainest(expr: sp.Expr) -> sp.Expr:
    """An expression as it may become once its numbers are settled: without factors and terms that are numbers.

    Exponents near a whole number are that number.

    >>> plainest(2.3 * sp.Symbol("x") ** 1.98 + 0.4)
    x**2
    """
    if not expr.args or not expr.free_symbols:
        return expr
    if isinstance(expr, sp.Pow) and isinstance(expr.args[1], sp.Float):
        near = round(float(expr.args[1]))
        exponent = sp.Integer(near) if abs(expr.args[1] - near) < _WHOLE else expr.args[1]
        return plainest(expr.args[0]) ** exponent
    kept = [plainest(part) for part in expr.args if not ((expr.is_Add or expr.is_Mul) and isinstance(part, sp.Float))]
    return expr.func(*kept)


def _is_arithmetic(name: str) -> bool:
    row = LIBRARY.get(name)
    return row is not None and row.exponent is not None and row.exponent.denominator == 1


def _groups(name: str) -> Iterator[str]:
    if name in _TRIGONOMETRIC:
        yield "trigonometric"
    if name in _HYPERBOLIC:
        yield "hyperbolic"
    row = LIBRARY.get(name)
    if row is not None and row.exponent is not None and row.exponent.denominator != 1:
        yield from ("powers", "roots")
    if name in ("powers", "roots"):
        yield from ("powers", "roots")
    if name in ("gaussian", "sigmoid"):
        yield "exp"  # which they are printed with

"""A library of terms in a few columns, x², exp(2x), x·cos y, from which sums are picked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations, product

import numpy as np
import sympy as sp
from numpy.typing import NDArray

Array = NDArray[np.float64]

_AWAY = 1e-3  # of its largest value: how far from 0 a column has to stay for 1/x, log x and √x
_STEEPEST = 40.0  # largest exponent of an exponential
_SIMPLE = (0.5, 1.0, 2.0, 3.0, float(np.pi), float(2 * np.pi))  # rates that are tried whatever the range
_FINE, _COARSE = 40, 6  # rates spread over the range of a column: alone in its table, or one of several
_TURNS, _SWEEPS = 10.0, 3.0  # of the fastest wave, and of one that grows faster and faster
_HIGHEST = {1: 9, 2: 6, 3: 4}  # powers in so many columns; 3 in more


@dataclass(frozen=True)
class Shape:
    """f(a·x) in NumPy and SymPy; one without `rate` knows no a. `away` from 0, `positive`: where it is defined."""

    value: Callable[[Array], Array]
    sympy: Callable[[sp.Expr], sp.Expr]
    rate: bool = False
    away: bool = False
    positive: bool = False
    waves: bool = False
    both: bool = False  # whether −a makes another curve
    swept: bool = False  # whether it swings the faster the larger x is

    def serves(self, x: Array) -> bool:
        size = float(np.max(np.abs(x)))
        least = float(np.min(x if self.positive else np.abs(x)))
        slow = not self.swept or size**2 < 2 * np.pi * _SWEEPS
        return slow and (not (self.away or self.positive) or least > _AWAY * size)


def _power(p: int) -> Shape:
    return Shape(lambda x: x**p, lambda x: x**p, away=p < 0)


_POWERS = {p: _power(p) for p in range(-2, 10) if p}
_PLAIN = (_POWERS[1], _POWERS[2])
_EXP = Shape(np.exp, sp.exp, rate=True, both=True)
_SIN, _COS = Shape(np.sin, sp.sin, rate=True, waves=True), Shape(np.cos, sp.cos, rate=True, waves=True)
_ROOT, _LOG = Shape(np.sqrt, sp.sqrt, positive=True), Shape(np.log, sp.log, positive=True)
_THREE_HALVES = Shape(lambda x: x**1.5, lambda x: x ** sp.Rational(3, 2), positive=True)
_BENT = (_POWERS[-1], _POWERS[-2], _ROOT, _LOG, _THREE_HALVES)
_SWEPT = (
    Shape(lambda x: np.sin(x**2), lambda x: sp.sin(x**2), swept=True),
    Shape(lambda x: np.cos(x**2), lambda x: sp.cos(x**2), swept=True),
)
_RATED = (_EXP, _SIN, _COS)


@dataclass(frozen=True)
class Factor:
    """f(a·x) of one column."""

    column: int
    shape: Shape
    a: float = 1.0

    def values(self, X: Array) -> Array:
        x = X[:, self.column]
        return self.shape.value(self.a * x) if self.shape.rate else self.shape.value(x)

    def expr(self, symbols: tuple[sp.Symbol, ...]) -> sp.Expr:
        x = symbols[self.column]
        return self.shape.sympy(x if self.a == 1.0 else sp.Float(self.a) * x)


@dataclass(frozen=True)
class Term:
    """A product of factors."""

    factors: tuple[Factor, ...]

    def values(self, X: Array) -> Array:
        """Its values (n,) on rows X (n, d)."""
        return np.asarray(np.prod([factor.values(X) for factor in self.factors], axis=0))

    def expr(self, symbols: tuple[sp.Symbol, ...]) -> sp.Expr:
        return sp.Mul(*(factor.expr(symbols) for factor in self.factors))

    @property
    def kind(self) -> tuple[tuple[int, Shape], ...]:
        """What it is but for its rates."""
        return tuple((factor.column, factor.shape) for factor in self.factors)

    @property
    def rates(self) -> list[float]:
        """The a of its factors that have one."""
        return [factor.a for factor in self.factors if factor.shape.rate]

    def with_rates(self, rates: Iterator[float]) -> Term:
        """The term with other rates."""
        return Term(tuple(replace(f, a=float(next(rates))) if f.shape.rate else f for f in self.factors))


def terms(X: Array) -> Iterator[Term]:
    """All terms that are defined on rows X (n, d), powers of the columns first."""
    columns = [j for j in range(X.shape[1]) if np.ptp(X[:, j]) > 0]
    yield from monomials(columns)
    alone = len(columns) == 1
    for j in columns:
        yield from (Term((Factor(j, shape),)) for shape in (*_BENT, *_SWEPT) if shape.serves(X[:, j]))
        for factor in _rated(X[:, j], j, _FINE if alone else _COARSE):
            yield Term((factor,))
            # An amplitude that grows with x, or a product of two functions of one input.
            yield from (Term((Factor(j, _POWERS[p]), factor)) for p in ((1, 2) if alone else (1,)))
    for i, j in combinations(columns, 2):
        for one, other in product(_bent(X, i), _bent(X, j)):
            if one.shape not in _PLAIN or other.shape not in _PLAIN:
                yield Term((one, other))


def monomials(columns: list[int]) -> Iterator[Term]:
    """Powers of single columns, and products of powers of two."""
    highest = _HIGHEST.get(len(columns), 3)
    for j in columns:
        yield from (Term((Factor(j, _POWERS[p]),)) for p in range(1, highest + 1))
    for i, j in combinations(columns, 2):
        for p, q in product(range(1, highest), repeat=2):
            if p + q <= highest:
                yield Term((Factor(i, _POWERS[p]), Factor(j, _POWERS[q])))


def _bent(X: Array, j: int) -> Iterator[Factor]:
    """What a column may be in a product with one of another."""
    yield from (Factor(j, shape) for shape in (*_PLAIN, *_BENT[:4]) if shape.serves(X[:, j]))
    if float(np.max(np.abs(X[:, j]))) < _STEEPEST:
        yield from (Factor(j, _EXP, 1.0), Factor(j, _EXP, -1.0), Factor(j, _SIN), Factor(j, _COS))


def _rated(x: Array, j: int, count: int) -> Iterator[Factor]:
    """Exponentials and waves of a column at many rates."""
    size, turn = float(np.max(np.abs(x))), 2 * np.pi / float(np.ptp(x))
    spread = turn * np.linspace(0.25, _TURNS if count == _FINE else count / 4, count)
    simple = [rate for rate in _SIMPLE if rate <= _TURNS * turn]
    for shape in _RATED:
        for rate in sorted({*(simple if shape.waves else _SIMPLE), *spread.tolist()}):
            if shape.waves or rate * size <= _STEEPEST:
                yield Factor(j, shape, rate)
                if shape.both:
                    yield Factor(j, shape, -rate)

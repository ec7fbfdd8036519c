"""A table with units: the inputs, perhaps with constants of nature beside them, and products of their powers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import combinations

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from datasets import Unit, read_unit
from symbolic.stages._task import Task
from symbolic.units._exponents import Dimensions, Reduction, reductions

Array = NDArray[np.float64]

_CROSSES_ZERO = 4  # price of dividing by an input that changes its sign, in exponents

CONSTANTS: dict[str, tuple[float, str]] = {  # CODATA 2022; ħ is h/2π, and 2π is found by the fit
    "c": (299792458.0, "m/s"),
    "G": (6.67430e-11, "m^3/(kg s^2)"),
    "h": (6.62607015e-34, "J s"),
    "k_B": (1.380649e-23, "J/K"),
    "e": (1.602176634e-19, "C"),
    "epsilon_0": (8.8541878188e-12, "F/m"),
    "N_A": (6.02214076e23, "1/mol"),
}


@dataclass(frozen=True)
class Units:
    """The unit of each input, in the order of X, and of the target, which is called `name`.

    `known` are constants that the law may hold: value and unit by name.
    """

    inputs: tuple[Unit, ...]
    target: Unit
    name: str = "y"
    known: Mapping[str, tuple[float, str]] = field(default_factory=dict)

    @property
    def offered(self) -> dict[str, tuple[float, str]]:
        """The constants that may be asked for: those known beforehand, then those of nature."""
        return {**self.known, **{name: one for name, one in CONSTANTS.items() if name not in self.known}}

    @cached_property
    def columns(self) -> tuple[Dimensions, ...]:
        """The dimensions of the inputs."""
        return tuple(unit.dimensions for unit in self.inputs)


@dataclass(frozen=True)
class Table:
    """The columns that a reduction may use: those of the task, and perhaps a constant of nature."""

    task: Task
    units: Units
    X: Array
    symbols: tuple[sp.Expr, ...]
    constants: tuple[str, ...] = ()

    @cached_property
    def si(self) -> Array:
        return self.X * np.array([unit.factor for unit in self.units.inputs])

    @property
    def names(self) -> list[sp.Symbol]:
        return [sp.Symbol(str(name)) for name in (*self.task.symbols, *self.constants)]

    def word(self, exponents: Iterable[Fraction | int]) -> str:
        """A product of powers as people write it."""
        return str(_product(self.names, [Fraction(p) for p in exponents])).replace("**", "^")

    def ratio(self, reduction: Reduction) -> str:
        """The target in units of the monomial."""
        if not any(reduction.monomial):
            return self.units.name
        word = self.word(reduction.monomial)
        single = not _product(self.names, reduction.monomial).is_Mul
        return f"{self.units.name}/{word}" if single else f"{self.units.name}/({word})"

    def product(self, exponents: Iterable[Fraction | int]) -> tuple[Array, sp.Expr]:
        """The values of a product of powers in SI units (n,), and its expression in the task's symbols."""
        powers = [Fraction(p) for p in exponents]
        values = np.prod([column ** float(p) for column, p in zip(self.si.T, powers, strict=True) if p], axis=0)
        factor = math.prod(unit.factor ** float(p) for unit, p in zip(self.units.inputs, powers, strict=True))
        return np.broadcast_to(values, len(self.X)), number_of_unit(factor) * _product(self.symbols, powers)


def _product(bases: Sequence[sp.Expr], powers: Sequence[Fraction]) -> sp.Expr:
    """Π baseᵖ with one root over all that stand under the same: √(l/g)."""
    under: dict[int, list[sp.Expr]] = {}
    for base, p in zip(bases, powers, strict=True):
        under.setdefault(p.denominator, []).append(base**p.numerator)
    return sp.Mul(*(sp.Mul(*factors) ** sp.Rational(1, root) for root, factors in under.items()))


def _with_constants(plain: Table, number: int, among: Iterable[str]) -> Iterator[Table]:
    offered = plain.units.offered
    for names in combinations(among, number):
        values = [offered[name][0] for name in names]
        inputs = (*plain.units.inputs, *(read_unit(offered[name][1]) for name in names))
        X = np.column_stack([plain.X, np.tile(values, (len(plain.X), 1))])
        symbols = (*plain.symbols, *map(sp.Float, values))
        yield Table(plain.task, replace(plain.units, inputs=inputs), X, symbols, names)


def helped(plain: Table, number: int, among: Iterable[str] | None = None) -> list[tuple[Table, Reduction]]:
    """The plainest reduction with each choice of constants of nature that all take part, the plainest of all first."""
    among = plain.units.offered if among is None else among
    tables = (table for table in _with_constants(plain, number, among) if plain.task.left() > 0)
    found = [(table, one) for table in tables for one in allowed(table)[:1]]
    taking_part = [
        (table, one)
        for table, one in found
        if all(any(powers) for powers in list(zip(one.monomial, *one.groups, strict=True))[-number:])
    ]
    return sorted(taking_part, key=lambda pair: (len(pair[1].groups), pair[1].cost))


def allowed(table: Table) -> list[Reduction]:
    """Reductions whose products exist on every row, the plainest first; not the one that changes nothing."""
    found = reductions(table.units.columns, table.units.target.dimensions)
    priced = {
        one: _price(one, table.X) for one in found if any(one.monomial) or any(sum(map(abs, g)) > 1 for g in one.groups)
    }
    return sorted((one for one, price in priced.items() if math.isfinite(price)), key=lambda one: priced[one])


def _price(reduction: Reduction, X: Array) -> float:
    """The cost of a reduction on these rows: infinite where a product does not exist, higher where it runs off."""
    price = reduction.cost
    for column, *powers in zip(X.T, reduction.monomial, *reduction.groups, strict=True):
        broken, below = any(p.denominator != 1 for p in powers), sum(p < 0 for p in powers)
        low, high = column.min(), column.max()
        if (broken and low <= 0) or (below and not column.all()):
            return math.inf
        price += _CROSSES_ZERO * below * bool(low < 0 < high)
    return price


def multiple(table: Table, reduction: Reduction) -> sp.Expr:
    """The monomial times the number that fits best."""
    values, monomial = table.product(reduction.monomial)
    size = float(np.max(np.abs(values)))
    scale = values / size
    number = float(scale @ table.task.y / (scale @ scale)) / size
    return sp.Float(number) * monomial


def number_of_unit(value: float) -> sp.Expr:
    """A conversion between units: exact where it or its inverse is whole, such as 1000 or 1/3600, else measured."""
    for whole, exact in ((value, lambda n: sp.Integer(n)), (1 / value, lambda n: sp.Rational(1, n))):
        if 0.5 < whole < 1e12 and abs(whole - round(whole)) <= 1e-12 * whole:
            return exact(round(whole))
    return sp.Float(value)

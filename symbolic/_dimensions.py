"""Dimensional analysis: from the units of a table to smaller tasks in dimensionless groups (Buckingham 1914).

A choice of as many inputs as there are independent dimensions makes a system of units: in it the target and every other
input are pure numbers. Each choice is one basis of the null space of the unit matrix, so several are tried.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import combinations

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from datasets import Unit, read_unit, unit_text
from symbolic._task import Candidate, Solve, Task

Array = NDArray[np.float64]
Exponents = tuple[Fraction, ...]
Dimensions = tuple[Fraction, ...]

_TRIED = 3  # systems of units, and constants of nature with dimensionless groups
_MOST = 150  # systems that are compared at most
_CROSSES_ZERO = 4  # price of dividing by an input that changes its sign, in exponents
_HELPED = 1e-3  # error beyond noise at which a constant of nature is worth a word: most are tried in vain
_ABOUT_NOISE = 1.6  # errors up to so many times the noise are worth a word: estimates of it differ
_SHARE = 0.5  # of the time left: the rest is for the next basis, and at last for the raw columns

_BASE = ("length", "time", "mass", "temperature", "electric current", "amount of substance", "luminous intensity")

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
class Reduction:
    """Powers of the inputs that have the unit of the target, and independent ones that have none.

    With n inputs of rank r there are n - r groups, of whole exponents without a common factor.
    """

    monomial: Exponents
    groups: tuple[tuple[int, ...], ...]

    @property
    def cost(self) -> float:
        """How much there is to read: exponents and denominators."""
        powers = [*self.monomial, *(Fraction(p) for group in self.groups for p in group)]
        return float(sum(abs(p) + p.denominator - 1 for p in powers))


def particular(columns: Sequence[Dimensions], wanted: Dimensions) -> Exponents | None:
    """Exponents p with Σ pⱼ·columnⱼ = wanted exactly; None where there are none.

    >>> metre, second = (Fraction(1), Fraction(0)), (Fraction(0), Fraction(1))
    >>> acceleration = (Fraction(1), Fraction(-2))
    >>> [str(p) for p in particular([metre, acceleration], second)]
    ['1/2', '-1/2']
    """
    rows, pivots = _echelon([*columns, wanted])
    if len(columns) in pivots:
        return None
    solution = [Fraction(0)] * len(columns)
    for row, pivot in zip(rows, pivots, strict=False):
        solution[pivot] = row[-1]
    return tuple(solution)


def null_space(columns: Sequence[Dimensions]) -> tuple[tuple[int, ...], ...]:
    """A basis of whole numbers, each vector without a common factor, of the exponents whose product has no unit."""
    rows, pivots = _echelon(columns)
    return tuple(_group(rows, pivots, free) for free in range(len(columns)) if free not in pivots)


def reductions(columns: Sequence[Dimensions], wanted: Dimensions) -> list[Reduction]:
    """The ways to measure all in units of some of the inputs, the plainest first; none where no product has the unit.

    Of the choices in a wide table, 150 are looked at.
    """
    if particular(columns, wanted) is None:
        return []
    found = (_measured_in(columns, wanted, chosen) for chosen in _choices(columns))
    plainest = {one: one.cost for one in found if one is not None}
    return sorted(plainest, key=lambda one: plainest[one])


def _choices(columns: Sequence[Dimensions]) -> Iterator[Sequence[int]]:
    """As many columns as are independent: all choices, or the first that will do and some drawn by chance."""
    first = _echelon(columns)[1]
    everything, rank = range(len(columns)), len(first)
    if math.comb(len(columns), rank) <= _MOST:
        yield from combinations(everything, rank)
        return
    rng = np.random.default_rng(0)
    yield first
    yield from (sorted(rng.choice(len(columns), rank, replace=False).tolist()) for _ in range(_MOST - 1))


def _measured_in(columns: Sequence[Dimensions], wanted: Dimensions, chosen: Sequence[int]) -> Reduction | None:
    """All in units of the chosen inputs, where these are independent."""
    order = [*chosen, *(j for j in range(len(columns)) if j not in chosen)]
    rows, pivots = _echelon([*(columns[j] for j in order), wanted])
    if pivots != list(range(len(chosen))):
        return None
    back = [order.index(j) for j in range(len(columns))]
    solution = [row[-1] for row in rows[: len(chosen)]] + [Fraction(0)] * (len(columns) - len(chosen))
    groups = [_group(rows, pivots, free)[: len(columns)] for free in range(len(chosen), len(columns))]
    return Reduction(tuple(solution[k] for k in back), tuple(tuple(group[k] for k in back) for group in groups))


def _echelon(columns: Sequence[Dimensions]) -> tuple[list[list[Fraction]], list[int]]:
    """The reduced row echelon form of the matrix with these columns, and its pivot columns."""
    rows = [list(row) for row in zip(*columns, strict=True)]
    pivots: list[int] = []
    for column in range(len(columns)):
        top = len(pivots)
        pivot = next((k for k in range(top, len(rows)) if rows[k][column]), None)
        if pivot is None:
            continue
        rows[top], rows[pivot] = rows[pivot], rows[top]
        rows[top] = [entry / rows[top][column] for entry in rows[top]]
        for k, row in enumerate(rows):
            if k != top and row[column]:
                rows[k] = [entry - row[column] * first for entry, first in zip(row, rows[top], strict=True)]
        pivots.append(column)
    return rows, pivots


def _group(rows: list[list[Fraction]], pivots: list[int], free: int) -> tuple[int, ...]:
    """The null vector in which one free column stands with the pivots, in lowest terms."""
    vector = [Fraction(0)] * len(rows[0])
    vector[free] = Fraction(1)
    for row, pivot in zip(rows, pivots, strict=False):
        vector[pivot] = -row[free]
    whole = math.lcm(*(p.denominator for p in vector))
    common = math.gcd(*(int(p * whole) for p in vector))
    return tuple(int(p * whole) // common for p in vector)


def remarks(units: Units, task: Task) -> list[str]:
    """What units alone say against a task, in sentences."""
    table, wanted = _Table(task, units, task.X, task.symbols), units.target.dimensions
    names, unit = _listed(str(s) for s in task.symbols), unit_text(wanted)
    if units.known and not refusal(units):
        return []
    if particular(units.columns, wanted) is None:
        return [
            f"No product of powers of {names} has the unit of {units.name}, {unit}: the law needs a constant with a "
            f"unit, {unit} but for powers of the inputs' units."
        ]
    for reduction in _allowed(table)[:1]:
        if not reduction.groups and not _convincing(task, task.error(_multiple(table, reduction))):
            ratio = table.ratio(reduction)
            return [
                f"{names} form no dimensionless group, but {ratio} is no constant: something with a unit is missing."
            ]
    return []


def refusal(units: Units) -> str:
    """Why no law without further constants keeps to the units, in a sentence; empty where one may.

    A dimension that the target has and no input, or the way in which they would have to be combined.
    """
    inputs = [*units.inputs, *(read_unit(text) for _, text in units.known.values())]
    wanted = units.target.dimensions
    if particular([unit.dimensions for unit in inputs], wanted) is not None:
        return ""
    missing = [base for k, base in enumerate(_BASE) if wanted[k] and not any(unit.dimensions[k] for unit in inputs)]
    made_of = _listed(unit.text for unit in inputs)
    what = f"no {_listed(missing)} in them" if missing else "no product of their powers has this unit"
    return (
        f"{units.name} is in {units.target.text}, which cannot be made of {made_of}: there is {what}. Correct the "
        "units, give a known constant with its unit, or let the law have a constant with a unit."
    )


def by_units(task: Task, units: Units, solve: Solve) -> Iterator[Candidate]:
    """Formulas in dimensionless groups, put back into the task's own symbols.

    Where no group is left and the number is not the same in all rows, one constant of nature may make it so.
    """
    task = replace(task, deadline=_part(task, _SHARE))
    plain = _Table(task, units, task.X, task.symbols)
    known = [pair for number in range(len(units.known), 0, -1) for pair in _helped(plain, number, units.known)]
    posed = [(plain, reduction) for reduction in _allowed(plain)[:_TRIED]]
    if not (posed and posed[0][1].groups):
        posed += [pair for pair in _helped(plain, 1) if not pair[1].groups]
    yield from _first(task, [*known[:_TRIED], *posed], solve)


def by_constants(task: Task, units: Units, solve: Solve) -> Iterator[Candidate]:
    """The same with one or two constants of nature, where the units of the inputs alone allow no law: a last resort."""
    plain = _Table(task, units, task.X, task.symbols)
    posed = _allowed(plain)
    if posed and posed[0].groups:
        return  # the groups hold any law that keeps to the units
    for number in (1, 2):
        helped = [pair for pair in _helped(plain, number) if pair[1].groups or number == 2]
        for candidate in _first(task, helped[:_TRIED], solve):
            if _convincing(task, candidate.error):
                yield candidate


def _first(task: Task, posed: Sequence[tuple[_Table, Reduction]], solve: Solve) -> Iterator[Candidate]:
    """What the reduced tasks give, one after the other, until one leaves nothing to explain."""
    for table, reduction in posed:
        for candidate in _solved(table, reduction, solve):
            yield candidate
            if candidate.error <= task.enough:
                return


def _part(task: Task, share: float) -> float:
    """The deadline that leaves a task a share of its time."""
    return min(task.deadline, time.perf_counter() + share * max(task.left(), 0.0))


def _convincing(task: Task, error: float) -> bool:
    return error <= max(task.enough, _HELPED, _ABOUT_NOISE * task.noise)


@dataclass(frozen=True)
class _Table:
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
        return np.broadcast_to(values, len(self.X)), _number(factor) * _product(self.symbols, powers)


def _product(bases: Sequence[sp.Expr], powers: Sequence[Fraction]) -> sp.Expr:
    """Π baseᵖ with one root over all that stand under the same: √(l/g)."""
    under: dict[int, list[sp.Expr]] = {}
    for base, p in zip(bases, powers, strict=True):
        under.setdefault(p.denominator, []).append(base**p.numerator)
    return sp.Mul(*(sp.Mul(*factors) ** sp.Rational(1, root) for root, factors in under.items()))


def _with_constants(plain: _Table, number: int, among: Iterable[str]) -> Iterator[_Table]:
    offered = plain.units.offered
    for names in combinations(among, number):
        values = [offered[name][0] for name in names]
        inputs = (*plain.units.inputs, *(read_unit(offered[name][1]) for name in names))
        X = np.column_stack([plain.X, np.tile(values, (len(plain.X), 1))])
        symbols = (*plain.symbols, *map(sp.Float, values))
        yield _Table(plain.task, replace(plain.units, inputs=inputs), X, symbols, names)


def _helped(plain: _Table, number: int, among: Iterable[str] | None = None) -> list[tuple[_Table, Reduction]]:
    """The plainest reduction with each choice of constants of nature that all take part, the plainest of all first."""
    among = plain.units.offered if among is None else among
    tables = (table for table in _with_constants(plain, number, among) if plain.task.left() > 0)
    found = [(table, one) for table in tables for one in _allowed(table)[:1]]
    taking_part = [
        (table, one)
        for table, one in found
        if all(any(powers) for powers in list(zip(one.monomial, *one.groups, strict=True))[-number:])
    ]
    return sorted(taking_part, key=lambda pair: (len(pair[1].groups), pair[1].cost))


def _allowed(table: _Table) -> list[Reduction]:
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


def _multiple(table: _Table, reduction: Reduction) -> sp.Expr:
    """The monomial times the number that fits best."""
    values, monomial = table.product(reduction.monomial)
    size = float(np.max(np.abs(values)))
    scale = values / size
    number = float(scale @ table.task.y / (scale @ scale)) / size
    return sp.Float(number) * monomial


def _solved(table: _Table, reduction: Reduction, solve: Solve) -> Iterator[Candidate]:
    """A constant times the monomial; where that is not all, the monomial times a formula of the groups."""
    task = table.task
    constant = _multiple(table, reduction)
    alone = task.error(constant)
    if _convincing(task, alone):
        yield Candidate(constant, alone, _reason(table, reduction, constant=True))
    if alone <= task.enough or not reduction.groups:
        return
    posed = _posed(table, reduction)
    if posed is None:
        return
    monomial = _number(1 / table.units.target.factor) * table.product(reduction.monomial)[1]
    groups = [table.product(group)[1] for group in reduction.groups]
    for candidate in solve(posed):
        expr = monomial * candidate.expr.xreplace(dict(zip(posed.symbols, groups, strict=True)))
        yield Candidate(expr, task.error(expr), _reason(table, reduction))


@np.errstate(all="ignore")
def _posed(table: _Table, reduction: Reduction) -> Task | None:
    """The task in dimensionless groups; the noise of y is carried along. None where some row has no finite value."""
    task, unit = table.task, table.units.target.factor
    scale = table.product(reduction.monomial)[0] / unit
    X = np.column_stack([table.product(group)[0] for group in reduction.groups])
    y = task.y / scale
    spread = float(np.std(y))
    if not (np.isfinite(X).all() and np.isfinite(y).all() and 0 < spread < math.inf):
        return None
    noise = task.noise * task.spread * float(np.sqrt(np.mean(scale**-2.0))) / spread
    posed = task.within(X, y, [sp.Symbol(table.word(group)) for group in reduction.groups], noise)
    return replace(posed, deadline=_part(task, _SHARE))


def _reason(table: _Table, reduction: Reduction, constant: bool = False) -> str:
    """What the units say, in a sentence."""
    offered = table.units.offered
    given = _listed(f"{name} = {offered[name][0]:.6g}" for name in table.constants) if table.constants else ""
    units, ratio = f"With {given}, units" if given else "Units", table.ratio(reduction)
    groups = [table.word(group) for group in reduction.groups]
    if constant:
        left = f", and of {_listed(groups)} it does not depend" if groups else ""
        return f"{units} leave nothing to find but a number: {ratio} is a constant{left}."
    many = "one dimensionless group" if len(groups) == 1 else f"{len(groups)} dimensionless groups"
    of = "it" if len(groups) == 1 else "them"
    return f"{units} leave {many}, {_listed(groups)}: {ratio} is a function of {of}."


def _listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _number(value: float) -> sp.Expr:
    """A conversion between units: exact where it or its inverse is whole, such as 1000 or 1/3600, else measured."""
    for whole, exact in ((value, lambda n: sp.Integer(n)), (1 / value, lambda n: sp.Rational(1, n))):
        if 0.5 < whole < 1e12 and abs(whole - round(whole)) <= 1e-12 * whole:
            return exact(round(whole))
    return sp.Float(value)

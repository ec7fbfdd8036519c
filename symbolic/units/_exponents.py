"""Products of powers with a given unit: exact linear algebra on the dimensions of the columns (Buckingham 1914).

A choice of as many inputs as there are independent dimensions makes a system of units: in it the target and every other
input are pure numbers. Each choice is one basis of the null space of the unit matrix, so several are tried.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import numpy as np

Exponents = tuple[Fraction, ...]
Dimensions = tuple[Fraction, ...]

_MOST = 150  # systems that are compared at most


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

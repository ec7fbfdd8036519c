"""A stage of discovery: y = P + c·sin φ, a wave beside a polynomial, each of which hides the other.

A polynomial is taken away first, so that the wave stands out of what it leaves; then both are fitted together, and the
powers that do not shorten the description go.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic.fitting._projection import amplitudes, least, residual
from symbolic.stages._settled import settled
from symbolic.stages._task import Candidate, Solve, Task
from symbolic.stages.waves._phases import Monomial, Phase, crossed, phases, value, written
from symbolic.stages.waves._table import Table

Array = NDArray[np.float64]

_FEWEST, _ROWS, _WIDEST, _DEEPEST = 100, 1000, 3, 1  # rows, those looked at, columns, and tasks within tasks
_DEGREES = (1, 2, 3)  # of the polynomial
_PHASES, _CLEAR = 3, 0.2  # phases that are fitted, and the share of the squares that the clearest of them explains
_EVALUATIONS = 40  # for each factor of a phase
_CLOSE = 1e-6  # what may be left, relative to the spread, where there is no noise
_CANCELS = 10.0  # a wave so many times larger than y stands for something else
_SAME_ANGLE = 0.1  # radians between two offsets that may be one
_STILL, _BITS = 1e-10, 8.0  # what is left when nothing is, and a coefficient


def beside(task: Task, solve: Solve) -> Iterator[Candidate]:
    """Formulas with a wave of one size beside a polynomial of the lowest degree that does."""
    del solve  # nothing smaller is left to ask for
    if len(task.y) < _FEWEST or task.X.shape[1] > _WIDEST or task.depth > _DEEPEST or not np.ptp(task.y) > 0:
        return
    table, d = Table.of(task, _ROWS), task.X.shape[1]
    table = replace(table, y=table.y / task.spread)
    near = max(_CLOSE, task.leaves_noise(len(table.y)))
    for degree in _DEGREES:
        powers = _powers(d, degree)
        if task.left() < 0 or len(powers) > len(table.y) // 4:
            return
        rest = residual(np.column_stack([value(table.X, power) for power in powers]), table.y, table.s)
        found = sorted([*phases(table.X, rest, _PHASES), *crossed(table.X, rest)], key=lambda phase: -phase.share)
        seen = [phase for phase in found[:_PHASES] if phase.share > _CLEAR]
        if not seen:
            continue
        fits = [_Fit.of(table, powers, phase) for phase in seen]
        best = min(fits, key=lambda fit: fit.left(table))
        if best.left(table) <= near:
            expr = best.plainest(table).expr(table, task)
            if expr is not None:
                yield settled(task, expr, f"{task.target} is a wave beside a polynomial.", thorough=True)
            return


@dataclass(frozen=True)
class _Fit:
    """Powers of the columns beside a wave."""

    powers: tuple[Monomial, ...]
    phase: Phase

    @classmethod
    def of(cls, table: Table, powers: tuple[Monomial, ...], phase: Phase) -> _Fit:
        """The wave of that phase which leaves least beside the powers."""

        def left(turns: Array) -> Array:
            return cls(powers, replace(phase, turns=tuple(turns.tolist()))).rest(table)

        turns = least(left, np.array(phase.turns), evaluations=_EVALUATIONS * len(phase.turns))
        return cls(powers, replace(phase, turns=tuple(turns.tolist())))

    def basis(self, X: Array) -> Array:
        """The powers (n, m), and the two parts of the wave."""
        angle = self.phase.angle(X)
        return np.column_stack([*(value(X, power) for power in self.powers), np.sin(angle), np.cos(angle)])

    def rest(self, table: Table) -> Array:
        """What is left (n,)."""
        return residual(self.basis(table.X), table.y, table.s)

    def left(self, table: Table) -> float:
        return float(np.sqrt(np.mean(self.rest(table) ** 2)))

    def bits(self, table: Table) -> float:
        """The description length."""
        numbers = len(self.powers) + len(self.phase.turns)
        return len(table.y) * float(np.log2(max(self.left(table), _STILL))) + _BITS * numbers

    def plainest(self, table: Table) -> _Fit:
        """The same with fewer powers in P and φ, as long as the description grows shorter."""
        best, bits = self, self.bits(table)
        while fewer := [*best._fewer(table)]:
            shortest = min(fewer, key=lambda fit: fit.bits(table))
            if shortest.bits(table) >= bits:
                break
            best, bits = shortest, shortest.bits(table)
        return best

    def _fewer(self, table: Table) -> Iterator[_Fit]:
        if len(self.powers) > 1:
            yield from (_Fit(tuple(p for p in self.powers if p != gone), self.phase) for gone in self.powers)
        pairs = [*zip(self.phase.monomials, self.phase.turns, strict=True)]
        for gone in pairs if len(pairs) > 1 else ():
            monomials, turns = zip(*(pair for pair in pairs if pair is not gone), strict=True)
            yield _Fit.of(table, self.powers, Phase(monomials, turns, self.phase.share))

    def expr(self, table: Table, task: Task) -> sp.Expr | None:
        """P + c·sin(φ + δ) with its numbers fitted to the rows of the table; none where its terms nearly cancel."""
        *sizes, a, b = (task.spread * amplitudes(self.basis(table.X), table.y, table.s)).tolist()
        if float(np.hypot(a, b)) > _CANCELS * task.spread:
            return None
        size, offset = _read(self.phase, float(np.hypot(a, b)), float(np.arctan2(b, a)))
        terms = [sp.Float(c) * written(p, task.symbols) for c, p in zip(sizes, self.powers, strict=True)]
        angle = self.phase.expr(task.symbols, tuple(map(sp.Float, self.phase.turns)))
        return sp.Add(*terms) + sp.Float(size) * sp.sin(angle + sp.Float(offset))


def _read(phase: Phase, size: float, offset: float) -> tuple[float, float]:
    """Size and offset, so many half turns on that ω·xy + α·x + β·y becomes a product, if there is such a number."""
    turns = dict(zip(phase.monomials, phase.turns, strict=True))
    twisted = [one for one in turns if sorted(one)[-2:] == [1.0, 1.0] and sum(one) == 2]
    sides = [one for one in turns if sum(one) == 1 and max(one) == 1]
    if len(turns) != 3 or len(twisted) != 1 or len(sides) != 2 or not turns[twisted[0]]:
        return size, offset
    product_of = turns[sides[0]] * turns[sides[1]] / turns[twisted[0]]
    halves = round((product_of - offset) / np.pi)
    if abs(offset + halves * np.pi - product_of) > _SAME_ANGLE:
        return size, offset
    return (-size if halves % 2 else size), offset + halves * np.pi


def _powers(d: int, degree: int) -> tuple[Monomial, ...]:
    """Products of powers of d columns up to a total degree, 1 first."""
    every = (power for power in product(range(degree + 1), repeat=d) if sum(power) <= degree)
    return tuple(tuple(map(float, power)) for power in sorted(every, key=lambda power: (sum(power), power)))

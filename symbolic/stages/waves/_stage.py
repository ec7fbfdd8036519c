"""A stage of discovery: y = F(φ)·G with a wave F, cos φ or cos² φ, whose phase is a sum of monomials of the columns.

Fading waves, beats, fringes: polynomials cannot follow what swings many times over the rows, so such a wave is looked
for by itself, and once it is divided out what is left is a smaller problem, posed to all stages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic.fitting._noise import spread_of
from symbolic.fitting._projection import least, residual
from symbolic.stages._settled import settled
from symbolic.stages._task import EXACT, Candidate, Solve, Task
from symbolic.stages.waves._phases import Phase, phases
from symbolic.stages.waves._table import Table
from symbolic.surrogates._chart import Chart, log_charts
from symbolic.surrogates._noise import fitted

Array = NDArray[np.float64]

_FEWEST, _ROWS, _LAST_ROWS = 100, 1000, 3000  # rows that are needed, that are scanned, and that decide
_LOST, _CLEAR = 0.2, 0.6  # error of a polynomial that is lost, and what part of its error a wave may leave
_ROUGH = 1e-9  # error of a polynomial below which nothing swings
_PHASES, _FAINT = 5, 0.3  # phases that are fitted, and the share of the clearest that another must have
_OFFSETS = tuple(np.arange(8) * np.pi / 8)  # that a fit may start from
_STILL, _EVALUATIONS = 1e-9, 15  # a change that ends a fit, and evaluations for each number
_PLAIN_SIZE, _SIZE, _SHORT = 15, 80, 9  # coefficients of a polynomial that stands for G: at first, at last, of x alone
_PLAIN_TURNS = (0.5, 1.0, 2.0, np.pi / 2, np.pi, 2 * np.pi)  # factors of phases that are tried as they are, where
_SLOW, _ABOUT = 15.0, 1.6  # the phase has no more radians over all rows, within such a factor of that found
_BITS = 8.0  # of a coefficient
_SWINGS, _QUIET, _MOSTLY = 1.5, 0.15, 0.5  # radians that make a wave; values that nothing is divided by; their share
_POSED, _SHARE, _FIRST = 2, 0.4, 0.6  # waves that are divided out, and of the time left: for all, for one before others
_ALONE = 1.05  # what a wave of one size may leave more than one whose size varies
_CLOSE, _SAME = 0.03, 1.01  # how far a number may be from a plain one, and what the plain one may leave more


@dataclass(frozen=True)
class _Kind:
    """F, in NumPy and SymPy; the phase that y swings with is `fold` times as fast as the angle in F."""

    words: str
    value: Callable[[Array], Array]
    sympy: Callable[[sp.Expr], sp.Expr]
    fold: int


KINDS = (
    _Kind("a wave", np.cos, sp.cos, 1),
    _Kind("the square of a wave", lambda angle: np.cos(angle) ** 2, lambda angle: sp.cos(angle) ** 2, 2),
)


@dataclass(frozen=True)
class _Wave:
    """F(Σ turns·monomials + offset), and what F times a polynomial of `size` coefficients leaves of y, or a number."""

    kind: _Kind
    phase: Phase
    turns: tuple[float, ...]
    offset: float
    error: float = np.inf
    size: int = 0
    flat: float = np.inf

    def angle(self, X: Array) -> Array:
        """What F is a function of (n,), at rows X (n, d)."""
        return np.asarray(self.phase.columns(X) @ np.array(self.turns) + self.offset)

    def swings(self, X: Array) -> bool:
        """Whether it is a wave at all in these rows, and seldom near nothing."""
        angle = self.angle(X)
        return float(np.ptp(angle)) > _SWINGS and float(np.mean(np.abs(self.kind.value(angle)) < _QUIET)) < _MOSTLY

    def bits(self, rows: int) -> float:
        """The description length."""
        return rows * float(np.log2(max(self.error, 1e-12))) + _BITS * (self.size + len(self.turns) + 1)

    def expr(self, symbols: tuple[sp.Symbol, ...]) -> sp.Expr:
        """F in symbols, with plain numbers as what they are."""
        angle = self.phase.expr(symbols, tuple(_number(turn) for turn in self.turns)) + _number(self.offset)
        return self.kind.sympy(angle)


def swings(task: Task, solve: Solve) -> Iterator[Candidate]:
    """Formulas with a wave as a factor where a polynomial is lost, the clearest wave first."""
    if _serves(task) and task.surrogates[0].error > _LOST and task.X.shape[1] > 1:
        yield from _without(task, solve, _found(task))


def waves(task: Task, solve: Solve) -> Iterator[Candidate]:
    """The same where a polynomial follows the wave, so that other stages come first."""
    if _serves(task) and (_ROUGH < task.surrogates[0].error <= _LOST or task.X.shape[1] == 1):
        yield from _without(task, solve, _found(task))


def _serves(task: Task) -> bool:
    return len(task.y) >= _FEWEST and bool(np.ptp(task.y) > 0)


def _without(task: Task, solve: Solve, found: list[_Wave]) -> Iterator[Candidate]:
    """Each wave times the formulas of what is left once it is divided out."""
    task = task.share(_SHARE)
    for k, wave in enumerate(found):
        if task.left() < 0:
            return
        factor, reason = wave.expr(task.symbols), _reason(task, wave)
        smaller = _divided(task, wave, factor)
        level = float(np.average(smaller.y, weights=smaller.weight))
        alone = settled(task, sp.Float(level) * factor, reason, thorough=True)
        if alone.error < _ALONE * max(wave.error, EXACT):
            yield alone
            continue
        for candidate in solve(smaller.share(1.0 if k + 1 == len(found) else _FIRST)):
            yield settled(task, factor * candidate.expr, f"{reason} {candidate.reason}", thorough=True)


def _divided(task: Task, wave: _Wave, factor: sp.Expr) -> Task:
    """The smaller problem y/F, in the rows where F is not too small; numbers in F are known as well as F explains y."""
    F = wave.kind.value(wave.angle(task.X))
    asked = task.changed(noise=max(task.noise, wave.error if factor.atoms(sp.Float) else 0.0))
    return asked.divided(F, task.X, task.symbols, f"{task.said('y')}/({factor})", np.abs(F) > _QUIET)


def _reason(task: Task, wave: _Wave) -> str:
    inner = [str(Phase((one,), (1.0,), 0.0).expr(task.symbols, (sp.Integer(1),))) for one in wave.phase.monomials]
    return f"{task.target} swings as {wave.kind.words} in {' and '.join(inner)}, whose size varies smoothly."


def _found(task: Task) -> list[_Wave]:
    """The waves beside which a polynomial does clearly better than one alone, best first."""
    table = Table.of(task, _LAST_ROWS)
    X, y = table.X, table.y
    some = table.some(_ROWS)
    seen = phases(some.X, some.y * some.s, _PHASES)
    tried: list[_Wave] = []
    for phase, kind in product((one for one in seen if one.share > _FAINT * seen[0].share), KINDS):
        if task.left() < 0:
            break
        near = _fitted(kind, phase, some)
        tried += [near, _round(near), *_plain_ones(kind, phase, X)]
    judged = sorted((_judged(wave, table) for wave in tried if wave.swings(X)), key=lambda wave: wave.bits(len(y)))
    alone = task.surrogates[0].error if X.shape[1] > 1 else _polynomial(table)
    # Where a polynomial follows a wave as well, a number in place of G is still the shorter description.
    floor = _ALONE * min([alone, *(wave.error for wave in judged)])
    worth = [wave for wave in judged if wave.flat < floor or wave.error < _CLEAR * alone]
    worth.sort(key=lambda wave: wave.flat >= floor)
    return [_rounded(wave, table) for wave in worth[:_POSED]]


def _fitted(kind: _Kind, phase: Phase, table: Table) -> _Wave:
    """The wave of that phase which leaves least beside a plain polynomial."""
    X, d = table.X, table.X.shape[1]
    size, columns = Chart.of(X, np.zeros(d, dtype=bool), (1,) * d, min(_PLAIN_SIZE, _size(d))).design, phase.columns(X)

    def left(values: Array) -> Array:
        return residual(size * kind.value(columns @ values[:-1] + values[-1])[:, None], table.y, table.s)

    starts = [np.array([*(turn / kind.fold for turn in phase.turns), offset]) for offset in _OFFSETS]
    first = min(starts, key=lambda start: float(np.sum(left(start) ** 2)))
    best = least(left, first, _STILL, _EVALUATIONS * len(first))
    return _Wave(kind, phase, tuple(float(turn) for turn in best[:-1]), float(best[-1]))


def _plain_ones(kind: _Kind, phase: Phase, X: Array) -> Iterator[_Wave]:
    """A slow wave with plain numbers, which a fit beside a plain polynomial may have missed by far."""
    turn, *further = phase.turns
    if further or turn * float(np.ptp(phase.columns(X))) > _SLOW:
        return
    for plain, offset in product(_PLAIN_TURNS, (0.0, np.pi / 2)):
        if 1 / _ABOUT < plain * kind.fold / turn < _ABOUT:
            yield _Wave(kind, phase, (plain,), offset)


def _size(d: int) -> int:
    """Coefficients of a polynomial of d columns that stands for G; one of a single column follows any wave in time."""
    return _SIZE if d > 1 else _SHORT


def _polynomial(table: Table) -> float:
    """What a polynomial alone leaves, of as many coefficients as stand for G."""
    X, d = table.X, table.X.shape[1]
    return min(fitted(Chart.of(X, logs, (1,) * d, _size(d)), table.y, s=table.s).error for logs in log_charts(X))


def _judged(wave: _Wave, table: Table) -> _Wave:
    """The wave with what it leaves beside the best polynomial, or exponential of one, on rows left out."""
    X, y, s = table.X, table.y, table.s
    F = wave.kind.value(wave.angle(X))
    F = np.where(np.abs(F) < 1e-9, 1e-9, F)
    charts = [Chart.of(X, logs, (1,) * X.shape[1], _size(X.shape[1])) for logs in log_charts(X)]
    fits = [fitted(chart, y, factor=F, s=s) for chart in charts]
    best = min(fits, key=lambda one: one.error)
    if (y * F >= 0).all() or (y * F <= 0).all():
        sign, start = float(np.sign(y @ F)), best.value(X) * F
        best = min([*fits, *(fitted(chart, y, 0.0, sign, start, F, s) for chart in charts)], key=lambda one: one.error)
    flat = residual(F[:, None], y, s)
    return replace(wave, error=best.error, size=len(best.coef), flat=float(np.std(flat)) / spread_of(y, s**2))


def _rounded(wave: _Wave, table: Table) -> _Wave:
    """The wave with plain numbers, as many as leave no more."""
    plain, offset = _round(wave), float(np.mod(wave.offset, np.pi))
    for one in (plain, replace(plain, offset=offset), replace(wave, offset=plain.offset)):
        rounded = _judged(one, table)
        if rounded.error <= _SAME * wave.error:
            return rounded
    return wave


def _round(wave: _Wave) -> _Wave:
    """The wave with all numbers plain that are near plain ones."""
    offset = float(np.mod(wave.offset, np.pi))
    turns = tuple(_plain(turn) for turn in wave.turns)
    return replace(wave, turns=turns, offset=np.pi / 2 * round(offset / (np.pi / 2)))


def _plain(turn: float) -> float:
    """The nearest half or whole number, of ones or of π, if there is one."""
    for unit in (1.0, np.pi):
        near = round(2 * turn / unit) / 2
        if near and abs(turn / unit - near) < _CLOSE * abs(near):
            return near * unit
    return turn


def _number(value: float) -> sp.Expr:
    """A half or whole number, of ones or of π, as what it is."""
    for unit, exact in ((1.0, sp.Integer(1)), (np.pi, sp.pi)):
        half = sp.Rational(round(2 * value / unit), 2)
        if float(half) * unit == value:
            return half * exact
    return sp.Float(value)

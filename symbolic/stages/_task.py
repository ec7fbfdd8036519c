"""What a stage of a search is asked, and what it answers: a table to explain, and formulas that may do so.

A stage may pose smaller tasks (fewer inputs, another target) and put their answers together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic import _clock
from symbolic.fitting._noise import is_white, spread_of
from symbolic.fitting._refine import BEYOND
from symbolic.formulas._numeric import evaluate
from symbolic.surrogates._choice import BLURRED, surrogates
from symbolic.surrogates._model import Surrogate
from symbolic.surrogates._scaling import Scaling, scalings

Array = NDArray[np.float64]

EXACT = 1e-8  # RMSE relative to the target's spread that counts as exact
ROUNDING, MANY = 1e-12, 3  # error of arithmetic; and fitted numbers with more than which a pattern beyond it tells
NOISE_MARGIN = 1.1  # an error within this factor of the noise may be noise
_NEAR, _CHANCE = 1.02, 2.0  # what a formula that is right may leave, in units of the noise, and of what chance adds
DEEPEST = 4  # tasks within tasks


def permitted(_: sp.Expr) -> bool:
    """What hints say where there are none."""
    return True


@dataclass(frozen=True)
class Task:
    """Explain y (n,) by the columns of X (n, d), which `symbols` name in this order.

    `noise` is the standard deviation of the errors of y, in units of the spread of y (0 where none is known);
    `deadline` is a reading of `_clock.now`, `permits` tells which formulas the user's hints let pass.
    """

    X: Array
    y: Array
    symbols: tuple[sp.Symbol, ...]
    noise: float
    deadline: float
    seed: int = 0
    depth: int = 0
    weight: Array | None = None  # (n,): what a squared error of y counts in each row; None where all count alike
    permits: Callable[[sp.Expr], bool] = permitted
    target: str = "y"  # what y is called

    def said(self, words: str, sign: float = 1.0) -> str:
        """Words about y, such as "log y" or "1/y", with its own name, or its negative, in its place."""
        negative, composed = f"(-{self.target})", any(letter in self.target for letter in "/*^+- ")
        own = f"({self.target})" if composed and words != "y" else self.target
        return words.replace("y", own if sign > 0 else negative)

    @cached_property
    def spread(self) -> float:
        """The standard deviation of y; rows count by their weight."""
        return spread_of(self.y, self.weight)

    @property
    def enough(self) -> float:
        """The error, relative to the spread, below which nothing is left to explain."""
        return max(EXACT, NOISE_MARGIN * self.noise)

    def leaves_noise(self, rows: int) -> float:
        """The error, relative to the spread, that noise and chance alone explain on so many rows."""
        return (_NEAR + _CHANCE / float(np.sqrt(rows))) * self.noise

    @cached_property
    def surrogates(self) -> list[Surrogate]:
        """Polynomials that stand for y, best first: found once for all stages."""
        return surrogates(self.X, self.y, self.weight)

    @cached_property
    def scalings(self) -> list[Scaling]:
        """How y scales with its columns, by fits to y: found once for all stages."""
        weight = np.ones_like(self.y) if self.weight is None else self.weight / float(np.mean(self.weight))
        return list(scalings(self.X, self.y, np.sqrt(weight), self.seed))

    def left(self) -> float:
        """Seconds until the deadline, or until time is up for the whole search."""
        return min(self.deadline - _clock.now(), _clock.left())

    def error(self, expr: sp.Expr) -> float:
        """RMSE of a formula relative to the spread of y; infinite where it has no finite value on a row.

        Under noise a few rows may lie where a constant, which is not quite right yet, leaves a root no value.
        """
        values = evaluate(expr, self.symbols, self.X)
        beyond = ~np.isfinite(values)
        if beyond.any() and (self.noise <= BLURRED or beyond.mean() > BEYOND):
            return float("inf")
        values = np.where(beyond, 0.0, values)  # where noise has carried a root a little beyond its domain
        squares = (values - self.y) ** 2
        if self.weight is not None:
            squares = squares * self.weight / float(np.mean(self.weight))
        return float(np.sqrt(np.mean(squares))) / self.spread

    def concludes(self, candidate: Candidate) -> bool:
        """Whether a formula ends the search: it is exact, or what it leaves is noise and no number in it was fitted.

        Under noise many formulas with numbers to spare fit as well as the law; a factor of the whole is no such number.
        Without, a sum with many comes near to any smooth curve, and shows by a pattern in what it leaves.
        """
        if candidate.error <= EXACT:
            few = numbers(candidate.expr) <= MANY
            return few or candidate.error <= ROUNDING or self._leaves_no_pattern(candidate)
        if candidate.error > self.enough or numbers(candidate.expr.as_coeff_Mul()[1]) > 0:
            return False
        return self._leaves_no_pattern(candidate)

    def _leaves_no_pattern(self, candidate: Candidate) -> bool:
        left = self.y - evaluate(candidate.expr, self.symbols, self.X)
        return is_white(left if self.weight is None else left * np.sqrt(self.weight), self.X)

    def share(self, part: float) -> Task:
        """The task with a part of the time that is left."""
        return self.changed(deadline=min(self.deadline, _clock.now() + part * max(self.left(), 0.0)))

    def changed(self, **fields: Any) -> Task:
        """The task with other fields, none of them rows: what was found of these stays known."""
        other = replace(self, **fields)
        for known in ("surrogates", "scalings"):
            if known in self.__dict__:
                other.__dict__[known] = self.__dict__[known]
        return other

    def divided(
        self, by: Array, X: Array, symbols: Sequence[sp.Symbol], target: str, rows: NDArray[np.bool_] | None = None
    ) -> Task:
        """The task for y/by in columns X (n, k) of its own, in some `rows` (n,).

        Under noise rows count by what they still say: errors of y/by are as large as `by` (n,) is small.
        """
        with np.errstate(all="ignore"):
            y, by = self.y / by, np.broadcast_to(by, self.y.shape)
        weight = self.weight
        if rows is not None:
            X, y, by, weight = X[rows], y[rows], by[rows], None if weight is None else weight[rows]
        if self.noise > BLURRED and np.ptp(by) != 0 and (np.isfinite(by) & (by != 0)).all():
            weight = by**2 if weight is None else weight * by**2
            noise = self.noise * self.spread / float(np.sqrt(np.mean(weight)))
        else:
            with np.errstate(all="ignore"):
                noise = self.noise * self.spread * float(np.sqrt(np.nanmean(by**-2.0))) if self.noise else 0.0
        return self.within(X, y, symbols, noise / max(spread_of(y, weight), 1e-300), weight, target)

    def within(
        self,
        X: Array,
        y: Array,
        symbols: Sequence[sp.Symbol],
        noise: float | None = None,
        weight: Array | None = None,
        target: str | None = None,
    ) -> Task:
        """A smaller task of this one, with the same deadline."""
        noise, target = self.noise if noise is None else noise, self.target if target is None else target
        symbols = tuple(symbols)
        return replace(self, X=X, y=y, symbols=symbols, noise=noise, weight=weight, target=target, depth=self.depth + 1)


@dataclass(frozen=True)
class Candidate:
    """A formula in the task's symbols, its error relative to the spread of y, and the reason for it in a sentence."""

    expr: sp.Expr
    error: float
    reason: str


def numbers(expr: sp.Expr) -> int:
    """How many numbers of a formula were fitted."""
    return sum(isinstance(node, sp.Float) for node in sp.preorder_traversal(expr))


Solve = Callable[[Task], Iterator[Candidate]]
Stage = Callable[[Task, Solve], Iterator[Candidate]]

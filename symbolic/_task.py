"""What a stage of a search is asked, and what it answers: a table to explain, and formulas that may do so.

A stage may pose smaller tasks (fewer inputs, another target) and put their answers together.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic._numeric import evaluate

Array = NDArray[np.float64]

EXACT = 1e-8  # RMSE relative to the target's spread that counts as exact
NOISE_MARGIN = 1.3  # an error within this factor of the noise may be noise
DEEPEST = 4  # tasks within tasks


@dataclass(frozen=True)
class Task:
    """Explain y (n,) by the columns of X (n, d), which `symbols` name in this order.

    `noise` is the standard deviation of the errors of y, in units of the spread of y (0 where none is known);
    `deadline` is a reading of `time.perf_counter`.
    """

    X: Array
    y: Array
    symbols: tuple[sp.Symbol, ...]
    noise: float
    deadline: float
    seed: int = 0
    depth: int = 0

    @property
    def spread(self) -> float:
        return float(np.std(self.y))

    @property
    def enough(self) -> float:
        """The error, relative to the spread, below which nothing is left to explain."""
        return max(EXACT, NOISE_MARGIN * self.noise)

    def left(self) -> float:
        """Seconds until the deadline."""
        return self.deadline - time.perf_counter()

    def error(self, expr: sp.Expr) -> float:
        """RMSE of a formula relative to the spread of y; infinite where it has no finite value on a row."""
        values = evaluate(expr, self.symbols, self.X)
        if not np.isfinite(values).all():
            return float("inf")
        return float(np.sqrt(np.mean((values - self.y) ** 2))) / self.spread

    def within(self, X: Array, y: Array, symbols: Sequence[sp.Symbol], noise: float | None = None) -> Task:
        """A smaller task of this one, with the same deadline."""
        noise = self.noise if noise is None else noise
        return replace(self, X=X, y=y, symbols=tuple(symbols), noise=noise, depth=self.depth + 1)


@dataclass(frozen=True)
class Candidate:
    """A formula in the task's symbols, its error relative to the spread of y, and the reason for it in a sentence."""

    expr: sp.Expr
    error: float
    reason: str


Solve = Callable[[Task], Iterator[Candidate]]
Stage = Callable[[Task, Solve], Iterator[Candidate]]

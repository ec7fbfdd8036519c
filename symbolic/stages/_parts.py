"""Parts of a law: formulas of some columns for values that are known up to an error, as far as they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic.formulas._complexity import complexity
from symbolic.stages._task import MANY, Candidate, Solve, Task, numbers
from symbolic.surrogates._chart import Chart

Array = NDArray[np.float64]

_ANSWERS = 6  # formulas of a part that are looked at
CHOICES = 2  # formulas of a part that are tried with those of the others
NOTHING = 20.0  # errors below which a part is not there
_NEAR = 1e-3  # error of a part's formula with few numbers that is put to the test at once
_SIZE = 80  # coefficients of the polynomial beside which a column is felt
_AS_GOOD, _ERRS = 1.01, 1.5  # what it may leave without one that is not, and the same in errors of the target
_PLAIN = (sp.Integer(1), 2, 3, -1, -2, sp.Rational(1, 2), -sp.Rational(1, 2), 0)  # powers of a column; 0: its logarithm
_ROUGH = 3.0  # errors that a plain name may leave: a curve that was read off a fit is bent where the law is not
_POOR = 3e-2  # error of a part's formula, relative to its spread, that is not worth putting together


class Part:
    """The formulas of some columns for a target known up to an error, looked for only as far as they are asked for."""

    def __init__(
        self,
        found: Iterator[Candidate],
        enough: float,
        about: sp.Expr | None = None,
        plain: sp.Expr | None = None,
    ) -> None:
        self.found, self.enough, self.known = found, enough, list[Candidate]()
        self.about = about  # the number that it nearly is
        self.plain = plain  # the plainest curve that it nearly is

    @classmethod
    def of(
        cls,
        task: Task,
        X: Array,
        columns: tuple[int, ...],
        target: Array,
        noise: float,
        solve: Solve,
        absolute: bool = False,
    ) -> Part:
        """A part of a task, with errors of `noise`: of the target's spread, or `absolute`."""
        spread = float(np.std(target))
        error = noise if absolute else noise * spread
        if (number := level(target, error)) is not None:
            return cls(iter([Candidate(sp.Float(number) if number else sp.Integer(0), 0.0, "")]), 0.0)
        # What a surrogate gets wrong is smooth; under noise of that size it does not pass for structure.
        target = target + error * np.random.default_rng(task.seed).normal(size=len(target))
        columns = _felt(X, columns, target, error)
        smaller = task.within(X[:, columns], target, [task.symbols[j] for j in columns], error / spread)
        mean = float(np.mean(target))
        about = sp.Float(mean) if spread <= _NEAR * abs(mean) else None
        return cls(islice(solve(smaller), _ANSWERS), smaller.enough, about, _plainest(smaller))

    def first(self) -> sp.Expr | None:
        """The first short formula that is near: y itself tells how good it is, better than a surrogate's values do."""
        if self.about is not None:
            return self.about
        for one in self.found:
            self.known.append(one)
            if one.error <= max(_NEAR, self.enough) and numbers(one.expr) <= MANY:
                return one.expr
        return None

    def all(self) -> list[Candidate]:
        """Whatever there is to find."""
        self.known += self.found
        return self.known

    def best(self) -> list[sp.Expr]:
        """The best few, of as many as will be put to use, if they are good; and what is plainer than all of them."""
        good = sum(one.error <= self.enough for one in self.known)
        while good < CHOICES and (one := next(self.found, None)) is not None:
            self.known.append(one)
            good += one.error <= self.enough
        order = sorted(self.known, key=lambda one: (max(one.error, self.enough), complexity(one.expr)))
        best = [one.expr for one in order if one.error < max(_POOR, self.enough)][:CHOICES]
        if self.plain is None or any(complexity(one) <= complexity(self.plain) for one in best):
            return best
        return [*best, self.plain]


def _plainest(task: Task) -> sp.Expr | None:
    """The nearest of c·xᵖ and c·log x, or else of these and a number, where it leaves little more than noise."""
    if task.X.shape[1] != 1:
        return None
    x, (symbol,) = task.X[:, 0], task.symbols
    for constant in (False, True):
        found = []
        for p in _PLAIN:
            with np.errstate(all="ignore"):
                column = np.log(x) if p == 0 else x ** float(p)
            if np.isfinite(column).all():
                basis = np.stack([column, np.ones_like(x)][: 1 + constant], axis=1)
                c = np.linalg.lstsq(basis, task.y, rcond=None)[0]
                left = float(np.std(task.y - basis @ c)) / task.spread
                curve = sp.log(symbol) if p == 0 else symbol**p
                found.append((left, sp.Float(c[0]) * curve + (sp.Float(c[1]) if constant else 0)))
        left, expr = min(found, key=lambda one: one[0])
        if left <= _ROUGH * task.enough:
            return expr
    return None


def _felt(X: Array, columns: tuple[int, ...], target: Array, error: float) -> tuple[int, ...]:
    """The columns without which a polynomial leaves more of the target (n,) than beside them: the others go."""

    def left(some: tuple[int, ...]) -> float:
        chart = Chart.of(X[:, some], np.zeros(len(some), dtype=bool), (1,) * len(some), _SIZE)
        Q = chart.factors[0]
        return float(np.linalg.norm(target - Q @ (Q.T @ target)) / np.sqrt(len(target) - Q.shape[1]))

    most = max(_AS_GOOD * left(columns), _ERRS * error) if len(target) > 2 * _SIZE else 0.0
    while len(columns) > 1:
        without, fewer = min((left(some), some) for k in columns if (some := tuple(j for j in columns if j != k)))
        if without > most:
            break
        columns = fewer
    return columns


def level(target: Array, error: float) -> float | None:
    """The number that a curve (n,) is, as far as it is known; none where it is no number."""
    mean = float(np.mean(target))
    if float(np.std(target)) > NOTHING * error:
        return None
    return mean if abs(mean) > NOTHING * error else 0.0

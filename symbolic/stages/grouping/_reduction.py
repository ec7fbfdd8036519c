"""What a smaller problem looks like: its inner variables, its factor, its rows."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic.stages._task import Task

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Reduction:
    """y = factor·G(u) with fewer inner variables u than columns; `X`, `y` are the rows of the smaller problem.

    `misfit` tells how far the slopes are from agreeing, 0 for a perfect flow; `exact` whether all its constants are,
    `fitted` that its exponents come from fits to y, which leave `left` of it, in units of its spread.
    """

    inner: tuple[sp.Expr, ...]
    factor: sp.Expr
    X: Array
    y: Array
    misfit: float
    cost: float
    exact: bool
    fitted: bool = False
    left: float = 0.0


def divided_out(task: Task, gone: tuple[int, ...], A: list[list[Fraction]], misfit: float, cost: float) -> Reduction:
    """The problem with the columns `gone` set to one by the flows; `A` (k, 1 + d) as of `scale_sets`."""
    kept = [j for j in range(task.X.shape[1]) if j not in gone]
    units = np.abs(task.X[:, gone])
    bases = [task.symbols[j] * (1 if task.X[0, j] > 0 else -1) for j in gone]

    def monomial(i: int, sign: int) -> tuple[sp.Expr, Array]:
        powers = [sign * row[i] for row in A]
        said = sp.Mul(*(base ** sp.Rational(p) for base, p in zip(bases, powers, strict=True)))
        return said, np.prod(units ** np.array([float(p) for p in powers]), axis=1)

    factor, size = monomial(0, -1)  # xⱼ ∂ⱼy + … + A₀ y = 0: y shrinks as the columns grow
    columns = [monomial(j + 1, -1) for j in kept]
    inner = tuple(task.symbols[j] * said for j, (said, _) in zip(kept, columns, strict=True))
    X = np.stack([task.X[:, j] * by for j, (_, by) in zip(kept, columns, strict=True)], axis=1)
    return Reduction(inner, factor, X, task.y / size, misfit, cost, True)


def combined(task: Task, gone: tuple[int, ...], A: Array, power: int, misfit: float, cost: float) -> Reduction:
    """u = xᵢ^power − Σ aᵢⱼ xⱼ^power for the columns i that stay."""
    kept = [j for j in range(task.X.shape[1]) if j not in gone]
    W = task.X**power
    inner, columns, exact = [], [], True
    for i in kept:
        said, column = task.symbols[i] ** power, W[:, i].copy()
        for row, j in zip(A, gone, strict=True):
            if row[i] != 0:
                whole = float(abs(row[i])) == 1
                exact &= whole
                said -= (sp.Integer(int(row[i])) if whole else sp.Float(float(row[i]))) * task.symbols[j] ** power
                column -= row[i] * W[:, j]
        plain = said == task.symbols[i] ** power
        inner.append(task.symbols[i] if plain else said)
        columns.append(task.X[:, i] if plain else column)
    return Reduction(tuple(inner), sp.Integer(1), np.stack(columns, axis=1), task.y, misfit, cost, exact)

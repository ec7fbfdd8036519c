"""Formulas of a stage with their constants refined on y."""

from __future__ import annotations

import sympy as sp

from symbolic._errors import SymbolicError
from symbolic.fitting._refine import refine
from symbolic.laws._constants import parametrise
from symbolic.stages._task import Candidate, Task, numbers
from symbolic.surrogates._choice import BLURRED

_NEARLY = 0.1  # error of a formula worth a refinement
_REFINED_ROWS = 1000


def settled(task: Task, expr: sp.Expr, reason: str, exact: bool = False, thorough: bool = False) -> Candidate:
    """A formula with its constants refined on y, where they may not be as good as they can be.

    The inner variables of an `exact` one hold no constants; a `thorough` refinement starts from far away.
    """
    error = task.error(expr)
    near = _NEARLY if not exact else _NEARLY / 10
    noisy = task.noise > BLURRED and task.depth == 0  # a smaller problem weighs its rows in its own way
    if (task.enough < error < (1.0 if thorough else near)) or (noisy and error < 1.0 and numbers(expr)):
        free, start = parametrise(expr)
        rows = slice(0, None if noisy else _REFINED_ROWS)
        sigma = None if task.weight is None else task.weight[rows] ** -0.5
        try:
            fitted = refine(free, start, task.X[rows], task.y[rows], task.symbols, sigma, steps=30)
        except SymbolicError:
            return Candidate(expr, error, reason)
        better = free.xreplace({symbol: sp.Float(value) for symbol, value in fitted.values.items()})
        if (refined := task.error(better)) < error:
            return Candidate(better, refined, reason)
    return Candidate(expr, error, reason)

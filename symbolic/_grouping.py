"""The second stage of discovery: fewer inner variables in place of the columns, proposed by slopes, decided by fits.

A surrogate of y proposes what y depends on; a surrogate of the smaller problem has to be as good before that problem is
posed to all stages, and its formulas are put back in the columns.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import sympy as sp

from symbolic._constants import parametrise
from symbolic._errors import SymbolicError
from symbolic._refine import refine
from symbolic._surrogate import Surrogate, surrogate
from symbolic._symmetry import Reduction, confirmed, reductions
from symbolic._task import Candidate, Solve, Task

_FEWEST = 40  # rows
_USELESS = 0.7  # error of a surrogate, relative to the spread, whose slopes say nothing
_WORSE, _FLOOR = 1.1, 1e-9  # what the error of a smaller problem's surrogate may be, in units of the larger one's
_CLEAR = 1e-4  # error of a smaller problem's surrogate that leaves no doubt
_POSED = 3  # smaller problems that are posed
_TESTED = 16  # and put to the test by a surrogate
_NEARLY = 0.1  # error of a formula worth a refinement
_REFINED_ROWS = 1000


def grouped(task: Task, solve: Solve) -> Iterator[Candidate]:
    """Formulas y = factor·G(u₁, …) in differences, monomials and sums of squares of the columns."""
    if task.X.shape[1] < 2 or len(task.y) < _FEWEST or not np.ptp(task.y) > 0:
        return
    found = surrogate(task.X, task.y)
    if min(found.error, found.scatter) > _USELESS:
        return
    for one in _confirmed(task, found)[:_POSED]:
        if task.left() < 0:
            return
        smaller, reason = _posed(task, one), _reason(one)
        for candidate in _answers(smaller, solve):
            back = dict(zip(smaller.symbols, one.inner, strict=True))
            expr = one.factor * candidate.expr.xreplace(back)
            yield settled(task, expr, f"{reason} {candidate.reason}", one.exact)


def _answers(task: Task, solve: Solve) -> Iterator[Candidate]:
    """The smaller problem, made smaller still where its own slopes say so, before its curves are looked at."""
    if task.X.shape[1] > 1 and task.left() > 0:
        found = surrogate(task.X, task.y)
        further = _confirmed(task, found) if min(found.error, found.scatter) <= _USELESS else []
        for one in further[:1]:
            smaller = _posed(task, one)
            back = dict(zip(smaller.symbols, one.inner, strict=True))
            for candidate in _answers(smaller, solve):
                expr = one.factor * candidate.expr.xreplace(back)
                made = settled(task, expr, f"{_reason(one)} {candidate.reason}", one.exact)
                yield made
                if made.error <= task.enough:
                    return
    yield from solve(task)


def _confirmed(task: Task, found: Surrogate) -> list[Reduction]:
    """The proposals whose smaller problem has a surrogate as good as that of the task, the smallest first."""
    allowed = max(_WORSE * found.error, _FLOOR)
    kept: list[tuple[float, Reduction]] = []
    for one in reductions(task, found)[:_TESTED]:
        if (kept and len(one.inner) > len(kept[0][1].inner)) or task.left() < 0:
            break
        if np.isfinite(one.X).all() and np.isfinite(one.y).all() and (error := confirmed(task, one)) <= allowed:
            kept.append((error, one))
            if error < _CLEAR and len(kept) >= _POSED:
                break
    # Where all are clear the plainest comes first, or else the one that fits best.
    return [one for _, one in sorted(kept, key=lambda pair: max(pair[0], _CLEAR))]


def _posed(task: Task, one: Reduction) -> Task:
    """The smaller problem, its inner variables called by what they are."""
    symbols = [u if u.is_Symbol else sp.Symbol(f"({u})" if u.is_Add else str(u)) for u in one.inner]
    with np.errstate(all="ignore"):
        shrunk = float(np.sqrt(np.mean((one.y / task.y)[task.y != 0] ** 2)))
    noise = task.noise * task.spread * shrunk / max(float(np.std(one.y)), 1e-300)
    return task.within(one.X, one.y, symbols, noise if task.noise else 0.0)


def settled(task: Task, expr: sp.Expr, reason: str, exact: bool = False, thorough: bool = False) -> Candidate:
    """A formula with its constants refined on y, where they may not be as good as they can be.

    The inner variables of an `exact` one hold no constants; a `thorough` refinement starts from far away.
    """
    error = task.error(expr)
    near = _NEARLY if not exact else _NEARLY / 10
    if task.enough < error < (1.0 if thorough else near):
        free, start = parametrise(expr)
        rows = slice(0, _REFINED_ROWS)
        try:
            fitted = refine(free, start, task.X[rows], task.y[rows], task.symbols, steps=30)
        except SymbolicError:
            return Candidate(expr, error, reason)
        better = free.xreplace({symbol: sp.Float(value) for symbol, value in fitted.values.items()})
        if (refined := task.error(better)) < error:
            return Candidate(better, refined, reason)
    return Candidate(expr, error, reason)


def _reason(one: Reduction) -> str:
    """What the slopes show, in a sentence."""
    inner = [str(u) for u in one.inner]
    said = inner[0] if len(inner) == 1 else f"{', '.join(inner[:-1])} and {inner[-1]}"
    target = "y" if one.factor == 1 else "y/" + (str(one.factor) if one.factor.is_Symbol else f"({one.factor})")
    return f"{target} depends on its columns only through {said}: its slopes agree to {max(one.misfit, 1e-12):.1g}."

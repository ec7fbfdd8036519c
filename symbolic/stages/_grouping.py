"""The second stage of discovery: fewer inner variables in place of the columns, proposed by slopes, decided by fits.

A surrogate of y proposes what y depends on; a surrogate of the smaller problem has to be as good before that problem is
posed to all stages, and its formulas are put back in the columns.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import sympy as sp

from symbolic._errors import SymbolicError
from symbolic.fitting._refine import refine
from symbolic.formulas._numeric import evaluate
from symbolic.laws._constants import parametrise
from symbolic.stages._symmetry import Reduction, as_good, confirmed, reductions, scaled_by_fits
from symbolic.stages._task import NOISE_MARGIN, Candidate, Solve, Task, numbers
from symbolic.surrogates._choice import BLURRED
from symbolic.surrogates._model import Surrogate

_FEWEST = 40  # rows
_SHARP = 1e-6  # error of a surrogate whose slopes tell exponents as well as fits do
_USELESS = 0.7  # error of a surrogate, relative to the spread, whose slopes say nothing
_WORSE, _FLOOR = 1.1, 1e-9  # what the error of a smaller problem's surrogate may be, in units of the larger one's
_SERVED = 2.0  # what fits that found exponents may leave, in units of what the best surrogate does
_CLEAR = 1e-4  # error of a smaller problem's surrogate that leaves no doubt
_BITS = 4.0  # a unit of the cost of a smaller problem, against what it brings under noise
_FIRST = 0.6  # share of the time left that each smaller problem may take before the next has its turn
_POSED = 3  # smaller problems that are posed
_TESTED = 16  # and put to the test by a surrogate
_NEARLY = 0.1  # error of a formula worth a refinement
_REFINED_ROWS = 1000


def scaled(task: Task, solve: Solve) -> Iterator[Candidate]:
    """Formulas y = factor·G(u₁, …) in monomials of the columns, whose exponents come from fits to y."""
    if _serves(task) and task.surrogates[0].error > _SHARP:
        proposed = sorted(scaled_by_fits(task), key=lambda one: (len(one.inner), one.cost))
        # Those that a surrogate serves come first; the others are confirmed by the fits that found the exponents.
        first = _confirmed(task, task.surrogates[0], proposed)
        found = task.surrogates[0].error
        # A surrogate that leaves nothing but noise shows what groups leave beside it; a stiff one shows little.
        most = _WORSE * found if BLURRED < found < NOISE_MARGIN * task.noise else _SERVED * max(task.noise, found)
        rest = [one for one in proposed if one.left <= most and not any(one is other for other in first)]
        yield from _in_fewer(task, [*first, *rest][:_POSED], solve)


def grouped(task: Task, solve: Solve) -> Iterator[Candidate]:
    """Formulas y = factor·G(u₁, …) in differences, monomials and sums of squares of the columns, proposed by slopes."""
    if _serves(task):
        for found in _of_both_kinds(task.surrogates):
            if min(found.error, found.scatter) <= _USELESS:
                yield from _in_fewer(task, _confirmed(task, found, reductions(task, found))[:_POSED], solve)


def _serves(task: Task) -> bool:
    return task.X.shape[1] > 1 and len(task.y) >= _FEWEST and bool(np.ptp(task.y) > 0)


def _of_both_kinds(surrogates: list[Surrogate]) -> list[Surrogate]:
    """The best surrogate, and the best of the other kind: whether noise or its stiffness limits one is not known."""
    first = surrogates[0]
    others = [one for one in surrogates if (one.left is None) != (first.left is None)]
    return [first, *others[:1]]


def _in_fewer(task: Task, chosen: list[Reduction], solve: Solve) -> Iterator[Candidate]:
    for k, one in enumerate(chosen):
        if task.left() < 0:
            return
        smaller, reason = _posed(task, one), _reason(task, one)
        if k + 1 < len(chosen):
            smaller = smaller.share(_FIRST)
        for candidate in _answers(smaller, solve):
            back = dict(zip(smaller.symbols, one.inner, strict=True))
            expr = one.factor * candidate.expr.xreplace(back)
            yield settled(task, expr, f"{reason} {candidate.reason}", one.exact)


def _answers(task: Task, solve: Solve) -> Iterator[Candidate]:
    """The smaller problem, made smaller still where its own slopes say so, before its curves are looked at."""
    if task.X.shape[1] > 1 and task.left() > 0:
        found = task.surrogates[0]
        useful = min(found.error, found.scatter) <= _USELESS
        further = _confirmed(task, found, reductions(task, found)) if useful else []
        for one in further[:1]:
            smaller = _posed(task, one)
            back = dict(zip(smaller.symbols, one.inner, strict=True))
            for candidate in _answers(smaller, solve):
                expr = one.factor * candidate.expr.xreplace(back)
                made = settled(task, expr, f"{_reason(task, one)} {candidate.reason}", one.exact)
                yield made
                if task.concludes(made):
                    return
    yield from solve(task)


def _confirmed(task: Task, found: Surrogate, proposed: list[Reduction]) -> list[Reduction]:
    """The proposals whose smaller problem has a surrogate as good as that of the task, the smallest first."""
    allowed = max(_WORSE * found.error, _FLOOR)
    kept: list[tuple[float, Reduction]] = []
    for one in proposed[:_TESTED]:
        if (kept and len(one.inner) > len(kept[0][1].inner) + (found.left is not None)) or task.left() < 0:
            break
        if not (np.isfinite(one.X).all() and np.isfinite(one.y).all()):
            continue
        if found.left is not None:
            error = as_good(task, one, found)
            if error is not None:
                kept.append((error, one))
        elif (error := confirmed(task, one)) <= allowed:
            kept.append((error, one))
            if error < _CLEAR and len(kept) >= _POSED:
                break
    if found.left is not None:
        n = len(found.left)

        def price(pair: tuple[float, Reduction]) -> float:
            return n * float(np.log2(pair[0])) + _BITS * (pair[1].cost + 2 * len(pair[1].inner))

        return [one for _, one in sorted(kept, key=price)]
    # Where all are clear the plainest comes first, or else the one that fits best.
    return [one for _, one in sorted(kept, key=lambda pair: max(pair[0], _CLEAR))]


def _posed(task: Task, one: Reduction) -> Task:
    """The smaller problem, its inner variables called by what they are."""
    target = _target(task, one)
    symbols = [u if u.is_Symbol else sp.Symbol(f"({u})" if u.is_Add else str(u)) for u in one.inner]
    with np.errstate(all="ignore"):
        return task.divided(evaluate(one.factor, task.symbols, task.X), one.X, symbols, target)


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
        try:
            fitted = refine(free, start, task.X[rows], task.y[rows], task.symbols, steps=30)
        except SymbolicError:
            return Candidate(expr, error, reason)
        better = free.xreplace({symbol: sp.Float(value) for symbol, value in fitted.values.items()})
        if (refined := task.error(better)) < error:
            return Candidate(better, refined, reason)
    return Candidate(expr, error, reason)


def _target(task: Task, one: Reduction) -> str:
    """What the target of the smaller problem is called."""
    if one.factor == 1:
        return task.target
    return task.said("y") + "/" + (str(one.factor) if one.factor.is_Symbol else f"({one.factor})")


def _reason(task: Task, one: Reduction) -> str:
    """What the slopes show, in a sentence."""
    inner = [str(u) for u in one.inner]
    said = inner[0] if len(inner) == 1 else f"{', '.join(inner[:-1])} and {inner[-1]}"
    shown = (
        f"fits to {task.target} give these powers"
        if one.fitted
        else f"its slopes agree to {max(one.misfit, 1e-12):.1g}"
    )
    return f"{_target(task, one)} depends on its columns only through {said}: {shown}."

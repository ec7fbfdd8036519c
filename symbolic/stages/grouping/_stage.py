"""Two stages of discovery: fewer inner variables in place of the columns, proposed by slopes, decided by fits.

A surrogate of y proposes what y depends on; a surrogate of the smaller problem has to be as good before that problem is
posed to all stages, and its formulas are put back in the columns.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import sympy as sp

from symbolic.formulas._numeric import evaluate
from symbolic.stages._settled import settled
from symbolic.stages._task import NOISE_MARGIN, Candidate, Solve, Task
from symbolic.stages.grouping._confirm import POSED, confirmed
from symbolic.stages.grouping._monomials import scaled_by_fits
from symbolic.stages.grouping._proposals import reductions
from symbolic.stages.grouping._reduction import Reduction
from symbolic.surrogates._choice import BLURRED
from symbolic.surrogates._model import Surrogate

_FEWEST = 40  # rows
_SHARP = 1e-6  # error of a surrogate whose slopes tell exponents as well as fits do
_USELESS = 0.7  # error of a surrogate, relative to the spread, whose slopes say nothing
_WORSE = 1.1  # what fits behind noise may leave, in units of what a surrogate that leaves nothing else does
_SERVED = 2.0  # what fits that found exponents may leave, in units of what the best surrogate does
_FIRST = 0.6  # share of the time left that each smaller problem may take before the next has its turn


def scaled(task: Task, solve: Solve) -> Iterator[Candidate]:
    """Formulas y = factor·G(u₁, …) in monomials of the columns, whose exponents come from fits to y."""
    if _serves(task) and task.surrogates[0].error > _SHARP:
        proposed = sorted(scaled_by_fits(task), key=lambda one: (len(one.inner), one.cost))
        # Those that a surrogate serves come first; the others are confirmed by the fits that found the exponents.
        first = confirmed(task, task.surrogates[0], proposed)
        found = task.surrogates[0].error
        # A surrogate that leaves nothing but noise shows what groups leave beside it; a stiff one shows little.
        most = _WORSE * found if BLURRED < found < NOISE_MARGIN * task.noise else _SERVED * max(task.noise, found)
        rest = [one for one in proposed if one.left <= most and not any(one is other for other in first)]
        yield from _in_fewer(task, [*first, *rest][:POSED], solve)


def grouped(task: Task, solve: Solve) -> Iterator[Candidate]:
    """Formulas y = factor·G(u₁, …) in differences, monomials and sums of squares of the columns, proposed by slopes."""
    if _serves(task):
        for found in _of_both_kinds(task.surrogates):
            if min(found.error, found.scatter) <= _USELESS:
                yield from _in_fewer(task, confirmed(task, found, reductions(task, found))[:POSED], solve)


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
        further = confirmed(task, found, reductions(task, found)) if useful else []
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


def _posed(task: Task, one: Reduction) -> Task:
    """The smaller problem, its inner variables called by what they are."""
    target = _target(task, one)
    symbols = [u if u.is_Symbol else sp.Symbol(f"({u})" if u.is_Add else str(u)) for u in one.inner]
    with np.errstate(all="ignore"):
        return task.divided(evaluate(one.factor, task.symbols, task.X), one.X, symbols, target)


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

"""The curves of an additive fit, each posed to all stages as a problem of one input, where the library has no names."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic.fitting._noise import spread_of
from symbolic.formulas._complexity import complexity
from symbolic.stages._parts import Part
from symbolic.stages._settled import settled
from symbolic.stages._task import EXACT, Candidate, Solve, Task, numbers
from symbolic.stages.additive._links import IDENTITY
from symbolic.stages.additive._splines import Fit

Array = NDArray[np.float64]

_CLEAR = 3e-4  # error of splines that are all there is of y; behind noise the library's names come near anyway
_SHARE = 0.6  # of the time left
_BITS = 2.0  # of a unit of complexity
_OFFERED = 2  # formulas of each curve
_QUIET = 0.05  # share of a typical factor below which a row says nothing of the other


def by_curve(task: Task, fit: Fit, rows: NDArray[np.intp], solve: Solve) -> Iterator[Candidate]:
    """Formulas Σφᵢ(xᵢ) or Πfᵢ(xᵢ) with every part found by itself, from what the other splines leave of y on `rows`."""
    if fit.error > _CLEAR or fit.link is not IDENTITY or fit.offset is not None or len(fit.inputs) < 2:
        return
    task = task.share(_SHARE)
    reason = f"{task.target} splits into {len(fit.inputs)} curves, each found by itself."
    parts, first = list[Part](), list[sp.Expr]()
    for k in range(len(fit.inputs)):
        alone = _alone(task, fit, rows, k).share(1 / (len(fit.inputs) - k))
        parts.append(Part(solve(alone), alone.enough))
        first += [one] if (one := parts[-1].first()) is not None else []
    if len(first) == len(parts):
        best = settled(task, _together(fit, first), reason, thorough=True)
        yield best
        if best.error <= task.enough:
            return
    found = [sorted(part.all(), key=lambda one: _price(one, len(rows)))[:_OFFERED] for part in parts]
    if not all(found):
        return
    chosen = [one[0].expr for one in found]
    best = settled(task, _together(fit, chosen), reason, thorough=True)
    yield best
    for k, one in enumerate(found):
        for other in (further.expr for further in one[1:]):
            if best.error <= task.enough or task.left() < 0:
                return
            tried = settled(task, _together(fit, [*chosen[:k], other, *chosen[k + 1 :]]), reason, thorough=True)
            if tried.error < best.error:
                best = tried
                chosen[k] = other
                yield best


def _price(one: Candidate, n: int) -> float:
    said = _BITS * complexity(one.expr) + 0.5 * math.log2(n) * numbers(one.expr)
    return n * math.log2(max(one.error, EXACT)) + said


def _alone(task: Task, fit: Fit, rows: NDArray[np.intp], k: int) -> Task:
    """The problem of one curve: what all the others leave of y, or y over them."""
    j, others = fit.inputs[k], np.delete(fit.curves, k, axis=0)
    X, y = task.X[rows, j, None], task.y[rows]
    weight = None if task.weight is None else task.weight[rows]
    spread = task.spread
    part = task.within(X, y, [task.symbols[j]], max(task.noise, fit.error), weight, f"the part in {task.symbols[j]}")
    if fit.product:
        by = fit.constant * np.prod(others, axis=0)
        typical = float(np.sqrt(np.mean(by**2)))
        good = np.abs(by) > _QUIET * typical
        return part.divided(by, X, part.symbols, part.target, good)
    left = y - fit.constant - others.sum(0)
    noise = max(task.noise, fit.error) * spread / max(spread_of(left, weight), 1e-300)
    return part.within(X, left, part.symbols, noise, weight, part.target)


def _together(fit: Fit, parts: list[sp.Expr]) -> sp.Expr:
    """The whole: the constant and the sum of the parts, or times their product."""
    return sp.Float(fit.constant) * sp.Mul(*parts) if fit.product else sp.Float(fit.constant) + sp.Add(*parts)

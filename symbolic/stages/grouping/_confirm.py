"""Whether a smaller problem says as much of y as the larger one: fits of surrogates decide."""

from __future__ import annotations

import numpy as np

from symbolic.formulas._numeric import evaluate
from symbolic.stages._task import Task
from symbolic.stages.grouping._reduction import Reduction
from symbolic.surrogates._choice import surrogate
from symbolic.surrogates._model import Surrogate
from symbolic.surrogates._noise import refitted

_SURE = 2.5  # standard errors by which a smaller problem may be worse under noise
_COEFFICIENTS = 5  # quarters of the larger surrogate's coefficients that the smaller one's may have
_WORSE, _FLOOR = 1.1, 1e-9  # what the error of a smaller problem's surrogate may be, in units of the larger one's
_CLEAR = 1e-4  # error of a smaller problem's surrogate that leaves no doubt
_BITS = 4.0  # a unit of the cost of a smaller problem, against what it brings under noise
POSED = 3  # smaller problems that are posed
_TESTED = 16  # and put to the test by a surrogate


def confirmed(task: Task, found: Surrogate, proposed: list[Reduction]) -> list[Reduction]:
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
        elif (error := error_of(task, one)) <= allowed:
            kept.append((error, one))
            if error < _CLEAR and len(kept) >= POSED:
                break
    if found.left is not None:
        n = len(found.left)

        def price(pair: tuple[float, Reduction]) -> float:
            return n * float(np.log2(pair[0])) + _BITS * (pair[1].cost + 2 * len(pair[1].inner))

        return [one for _, one in sorted(kept, key=price)]
    # Where all are clear the plainest comes first, or else the one that fits best.
    return [one for _, one in sorted(kept, key=lambda pair: max(pair[0], _CLEAR))]


def as_good(task: Task, one: Reduction, found: Surrogate) -> float | None:
    """The error in y of a surrogate of the smaller problem under noise; None where it is worse than that of the larger.

    Both leave out the same rows: what tells is the mean of the difference of their squares, in its standard errors.
    """
    assert found.left is not None
    n = len(found.left)
    with np.errstate(all="ignore"):
        factor = np.broadcast_to(evaluate(one.factor, task.symbols, task.X[:n]), (n,))
        start = found.value(task.X[:n])
    if not (np.isfinite(factor).all() and (factor != 0).all()):
        return None
    start = np.where(np.isfinite(start), start, 0.0)
    s = np.ones(n) if task.weight is None else np.sqrt(task.weight[:n] / float(np.mean(task.weight[:n])))
    most = max(_COEFFICIENTS * len(found.coef) // 4, 30)
    best: tuple[float, float] | None = None
    for power in dict.fromkeys((found.power, 1.0)):
        for small in refitted(one.X[:n], task.y[:n], power, found.sign, start, factor, s, most):
            if small.left is None or not np.isfinite(small.error):
                continue
            gap = small.left**2 - found.left**2
            worse = float(gap.mean() / max(float(gap.std()), 1e-300) * np.sqrt(n))
            if best is None or worse < best[1]:
                best = small.error, worse
    return best[0] if best is not None and best[1] < _SURE else None


def error_of(task: Task, one: Reduction) -> float:
    """The error that a surrogate of the smaller problem makes in y, relative to its spread."""
    with np.errstate(all="ignore"):
        ratio = task.y / one.y
    ratio = ratio[np.isfinite(ratio)]
    size = float(np.sqrt(np.mean(ratio**2))) if len(ratio) else 1.0
    return surrogate(one.X, one.y).error * float(np.std(one.y)) * size / task.spread

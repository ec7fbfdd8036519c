"""A stage of discovery by controlled experiments: y as a family of curves in one column while the others are held.

What the numbers of the curves are is asked of the other columns, each a smaller problem. Waves whose frequency is a
root, decays with a rate of their own, poles that move are such laws, and neither sums nor products of parts.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from symbolic.stages._settled import settled
from symbolic.stages._task import Candidate, Solve, Task
from symbolic.stages.held._families import FAMILIES, PARABOLA
from symbolic.stages.held._fit import Held, Known, Rows, Start, grown
from symbolic.stages.held._names import Fitted, named

Array = NDArray[np.float64]

_FEWEST, _WIDEST = 300, 6  # rows and columns
_SHARE = 0.4  # of the time left
_FITTED, _FOLLOWED, _NAMED = 16, 6, 2  # fits around one place, those carried to all rows, and those that are named
_HOPELESS = 0.3  # of the spread, that a fit around one place may leave
_CLOSE, _BEATS = 0.1, 0.1  # error of a fit to all rows that is worth naming, and in units of that of a polynomial
_SMOOTH = 1e-11  # error of a polynomial that nothing beats
_DEEPEST = 1  # tasks within tasks


def held(task: Task, solve: Solve) -> Iterator[Candidate]:
    """Formulas Σ cᵢ(z)·termᵢ(t; rates(z)) with t a column and z the others."""
    d = task.X.shape[1]
    if not 2 <= d <= _WIDEST or len(task.y) < _FEWEST or not np.ptp(task.y) > 0 or task.depth > _DEEPEST:
        return
    if task.surrogates[0].error < _SMOOTH:
        return
    task = task.share(_SHARE)
    for fit in _fits(task)[:_NAMED]:
        if task.left() < 0:
            return
        known = task.changed(noise=min(task.noise, fit.held.error))
        yield from (settled(task, expr, _reason(task, fit)) for expr in named(known, fit, solve))


def _fits(task: Task) -> list[Fitted]:
    """The families that leave much less of y in all rows than a polynomial of all columns does, best first."""
    s = np.ones(len(task.y)) if task.weight is None else np.sqrt(task.weight / float(np.mean(task.weight)))
    starts: list[tuple[Start, Rows, int]] = []
    for moving in range(task.X.shape[1]):
        rows = Rows.of(task.X, task.y, s, moving)
        for family in FAMILIES:
            if task.left() < 0:
                return []
            start = Start.of(rows, family)
            starts += [] if start is None else [(start, rows, moving)]
    around = [
        (start.fitted(), rows, moving)
        for start, rows, moving in sorted(starts, key=lambda one: one[0].error)[:_FITTED]
        if task.left() > 0
    ]
    bound = min(_CLOSE, _BEATS * task.surrogates[0].error)
    found, plain = [], dict[int, float]()
    for fit, rows, moving in sorted(around, key=lambda one: one[0].error)[:_FOLLOWED]:
        if task.left() < 0 or fit.error > _HOPELESS:
            break
        whole, lower = grown(fit, rows)
        if moving not in plain:
            known = Known.of(rows, PARABOLA, np.empty((0, len(rows.y))))
            plain[moving] = np.inf if known is None else known.error
        if whole.error < min(bound, _BEATS * plain[moving]) and len(whole.left) == len(rows.y):
            found.append(Fitted(whole, moving, _doubts(whole, lower)))
    n = min((len(fit.held.left) for fit in found), default=1)

    def price(fit: Fitted) -> float:
        numbers = fit.held.c.size + fit.held.rates.size
        return n * float(np.log2(max(fit.held.error, 1e-9))) + 0.5 * float(np.log2(n)) * numbers

    return sorted(found, key=price)


def _doubts(fit: Held, lower: Held) -> Array:
    """By how much each rate (q,) may be wrong: by chance, and by what one degree less would have made of it."""
    J = np.concatenate([fit.design.T, fit.outer().T])
    covariance = np.linalg.pinv(J @ J.T, rcond=1e-14, hermitian=True) * fit.variance
    size, start = fit.rates.shape[1], fit.c.size
    B = fit.rows.B[:, :size].T
    own = [covariance[k : k + size, k : k + size] for k in range(start, len(J), size)]
    chance = np.array([np.mean(np.sum(B * (part @ B), axis=0)) for part in own])
    before = np.pad(lower.rates, ((0, 0), (0, size - lower.rates.shape[1])))
    bent = np.mean(((fit.rates - before) @ B) ** 2, axis=1) * fit.variance / max(lower.variance, 1e-300)
    return np.asarray(np.sqrt(chance + bent))


def _reason(task: Task, fit: Fitted) -> str:
    moving = task.symbols[fit.moving]
    others = [str(s) for j, s in enumerate(task.symbols) if j != fit.moving]
    left = f"leave {max(fit.held.error, 1e-13):.1g} of its spread"
    return f"With {_listed(others)} held, {task.said('y')} is {fit.held.family.words} in {moving}: such curves {left}."


def _listed(words: list[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last

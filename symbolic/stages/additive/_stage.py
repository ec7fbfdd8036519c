"""The first stage of discovery: a link of a sum or a product of one curve an input, each curve named.

Splines decide which structure fits, in one penalised least-squares problem a link; the curves are then named from
closed-form powers up to the whole library, and the constants of every formula are fitted to y itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic import _clock
from symbolic.fitting._noise import whiteness
from symbolic.stages._task import EXACT, Candidate, Solve, Task
from symbolic.stages.additive._curves import by_curve
from symbolic.stages.additive._fit import COLOURED, STIFF, promising
from symbolic.stages.additive._search import NEAR, named
from symbolic.stages.additive._splines import Fit, Splines

Array = NDArray[np.float64]

_ROWS, _MANY, _FEWEST = 2000, 6000, 12  # looked at, the same under noise, and needed
_SECONDS = 8.0  # the most the stage takes
_SHARE = 0.4  # and of the time left, under noise: what it finds is then seldom the last word
_PART = 0.25  # of the time left, for one curve of a larger problem: the other stages know it as well
_MOST_FITS = 3  # structures whose curves are named
_PROMISING = 3e-3  # error at which a structure is named whatever its residual looks like
_RIVAL, _CLEAN_RIVAL = 15.0, 100.0  # bits against a structure, or how much worse without noise, to leave it alone
_BITS_PER_LINK = 5.0  # and a unit of complexity of a link
_BETTER = 0.9  # the least gain for which a second structure is worth a word


def additive(task: Task, solve: Solve) -> Iterator[Candidate]:
    """Formulas y = g(Σφᵢ(xᵢ)) and y = g(Πfᵢ(xᵢ)), the best structure first."""
    del solve  # nothing smaller is asked for
    import torch  # noqa: F401 - its first start is not the stage's time

    part = task.depth > 0 and task.X.shape[1] == 1
    task = task.share(_PART if part else _SHARE if task.noise > STIFF else 1.0)
    task = replace(task, deadline=min(task.deadline, _clock.now() + _SECONDS))
    rows = _rows(task)
    X, y = task.X[rows], task.y[rows]
    if len(y) < _FEWEST or not np.ptp(y) > 0:
        return
    power = _power_law(task, X, y)
    if power is not None:
        yield power
        return
    splines = _splines(task, rows)
    least = np.inf
    for fit in _fits(task, rows, splines):
        if task.left() < 0:
            return
        for model in named(fit, splines, X, y, task):
            expr = model.expr(task.symbols)
            error = task.error(expr)
            noisy = fit.error > STIFF
            if not error < (NEAR if noisy else _BETTER) * least:
                continue
            least = min(least, error)
            yield Candidate(expr, error, _reason(fit, task))
            if error <= EXACT or (not noisy and error <= NEAR * fit.error):
                return


def curves(task: Task, solve: Solve) -> Iterator[Candidate]:
    """The same with curves that the library has no name for, each found by itself."""
    if task.X.shape[1] > 1 and len(task.y) >= _FEWEST and np.ptp(task.y) > 0:
        rows = _rows(task)
        for fit in islice(_fits(task, rows, _splines(task, rows)), 1):
            yield from by_curve(task, fit, rows, solve)


def _rows(task: Task) -> NDArray[np.intp]:
    return _sampled(task, _MANY if task.noise > STIFF else _ROWS)


def _splines(task: Task, rows: NDArray[np.intp]) -> Splines:
    return Splines.of(task.X[rows], None if task.weight is None else task.weight[rows])


def _fits(task: Task, rows: NDArray[np.intp], splines: Splines) -> Iterator[Fit]:
    """The structures that the data do not rule out."""
    if splines.inputs:
        X = task.X[rows]
        yield from _worth_naming(promising(splines, X, task.y[rows], task.seed), X, np.sqrt(splines.weight))


def _sampled(task: Task, most: int) -> NDArray[np.intp]:
    """At most so many rows, spread over the table."""
    if len(task.y) <= most:
        return np.arange(len(task.y))
    return np.random.default_rng(task.seed).choice(len(task.y), most, replace=False)


@np.errstate(all="ignore")
def _power_law(task: Task, X: Array, y: Array) -> Candidate | None:
    """y = c·Πxᵢ^pᵢ by one linear regression, where it is that exactly."""
    signs = [1.0 if (column > 0).all() else -1.0 for column in X.T]
    if not (np.all(X * signs > 0) and ((y > 0).all() or (y < 0).all())):
        return None
    live = [j for j in range(X.shape[1]) if np.ptp(X[:, j]) > 0]
    logs = np.log(X[:, live] * [signs[j] for j in live])
    design = np.column_stack([logs - logs.mean(0), np.ones(len(y))])
    target = np.log(np.abs(y))
    fitted, _, rank, _ = np.linalg.lstsq(design, target, rcond=None)
    if rank < design.shape[1] or float(np.max(np.abs(design @ fitted - target))) > EXACT:
        return None
    powers = [float(p) if abs(p) > EXACT else 0.0 for p in fitted[:-1]]
    scale = float(np.exp(fitted[-1] - logs.mean(0) @ powers)) * float(np.sign(y[0]))
    bases = [(task.symbols[j] * int(signs[j])) ** sp.Float(p) for j, p in zip(live, powers, strict=True) if p]
    expr = sp.Float(scale) * sp.Mul(*bases)
    moved = [str(task.symbols[j]) for j, p in zip(live, powers, strict=True) if p]
    line = f"{task.said('log y')} is a straight line in the logarithms of {', '.join(moved)}"
    reason = f"{line}: {task.target} is a product of powers."
    error = task.error(expr)
    return Candidate(expr, error, reason) if moved and np.isfinite(error) else None


def _links_of(fit: Fit) -> int:
    return fit.link.complexity + (fit.offset is not None)


def _worth_naming(fits: list[Fit], X: Array, s: Array) -> Iterator[Fit]:
    """The fits that the data do not rule out, plain links first: nearly exact ones, and those that leave only noise.

    Errors of y count by `s` (n,).
    """
    if not fits:
        return
    n, best = len(X), max(min(fit.error for fit in fits), 1e-12)

    def price(fit: Fit) -> float:
        return n * float(np.log2(max(fit.error, 1e-12) / best)) + _BITS_PER_LINK * _links_of(fit)

    allowed = _RIVAL if best > STIFF else n * float(np.log2(_CLEAN_RIVAL))
    rivals = sorted((fit for fit in fits if price(fit) <= allowed), key=price)
    for fit in rivals[:_MOST_FITS]:
        if fit.error <= _PROMISING or whiteness(s * fit.residual, X) < COLOURED:
            yield fit


def _reason(fit: Fit, task: Task) -> str:
    """What the splines show, in a sentence."""
    parts = [f"a part in {task.symbols[j]}" for j in fit.inputs]
    left = f"leaves {fit.error:.1g} of the spread of {task.target}."
    if len(parts) == 1:
        return f"{task.target} depends on {task.symbols[fit.inputs[0]]} alone: a curve of it {left}"
    said = f"{', '.join(parts[:-1])} and {parts[-1]}"
    target = task.said(fit.link.words, fit.sign)
    if fit.product:
        beside = "" if fit.offset is None else ", beside a constant"
        return f"{target} is a product of {said}{beside}: a product of curves {left}"
    return f"{target} splits into {said}: an additive fit {left}"

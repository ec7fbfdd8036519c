"""A stage of discovery: y of one input as peaks, steps and kinks on a line, on the axis x or log x."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic.fitting._projection import amplitudes
from symbolic.stages._settled import settled
from symbolic.stages._task import EXACT, Candidate, Solve, Task
from symbolic.stages.peaks._fit import LOOKED, Grid, Rows, Sum, basis_of, grown
from symbolic.stages.peaks._forms import Axis

Array = NDArray[np.float64]

_MOST, _MOST_OF_PART = 3, 2  # peaks, steps and kinks: in a table, and in a part of a problem
_DECADES = 3.0  # largest over smallest x from which on log x is another axis
_CLOSE, _NEAR = 1e-5, 1.5  # what a sum may leave, relative to the spread, or in units of the noise
_FIRST = 0.4  # share of the time left for the first of two axes
_OFFERED, _RIVAL = 3, 40.0  # sums told of, and bits that they may cost more than the best
_CANCELS = 100.0  # terms as many times larger than the spread stand for something else


def peaks(task: Task, solve: Solve) -> Iterator[Candidate]:
    """Formulas for y of one input."""
    del solve  # nothing smaller is left to ask for
    if task.X.shape[1] != 1 or not np.ptp(task.X) > 0 or not np.ptp(task.y) > 0:
        return
    x, weight = task.X[:, 0], np.ones(len(task.y)) if task.weight is None else np.sqrt(task.weight)
    positive = float(x.min()) > 0 and float(x.max()) > _DECADES * float(x.min())
    close = max(_CLOSE, _NEAR * task.noise)
    found: list[tuple[Axis, Sum]] = []
    axes = [Axis.of(x, logarithmic) for logarithmic in ((False, True) if positive else (False,))]
    for axis in axes:
        rows = Rows(axis.of_rows(x), task.y / task.spread, weight / float(np.sqrt(np.mean(weight**2))))
        grids = [Grid.of(form, rows.few(LOOKED)) for form in axis.forms]
        own, most = task if axis is axes[-1] else task.share(_FIRST), _MOST_OF_PART if task.depth else _MOST
        for line in (0, 1) if axis.logarithmic else (0, 1, 2):
            sums = grown(rows, grids, line, close, most, own)
            found.extend((axis, one) for one in sums if one.left <= close and one.stands)
            if found and found[-1][1].left <= EXACT:
                break
    least = min((one.bits() for _, one in found), default=0.0)
    for axis, one in sorted(found, key=lambda each: each[1].bits())[:_OFFERED]:
        if task.left() < 0 or one.bits() > least + _RIVAL:
            return
        expr = _formula(one, task, axis, weight)
        if expr is not None:
            yield settled(task, expr, f"{task.target} is {_words(one)} in {task.symbols[0]}.")


def _formula(one: Sum, task: Task, axis: Axis, weight: Array) -> sp.Expr | None:
    """The sum in the task's own input; none where its terms nearly cancel: they stand for something else."""
    (symbol,) = task.symbols
    basis = basis_of(one.peaks, one.line, axis.of_rows(task.X[:, 0]))
    sizes = amplitudes(basis, task.y, weight)
    if float(np.max(np.abs(sizes) * np.max(np.abs(basis), axis=0))) > _CANCELS * task.spread:
        return None
    expr: sp.Expr = sp.Integer(0)
    for peak, size in zip(one.peaks, sizes.tolist(), strict=False):
        expr += sp.Float(size / axis.range ** peak[0].degree) * axis.curve(peak, symbol)
    offset, slope = [*sizes[len(one.peaks) :].tolist(), 0.0, 0.0][:2]
    slope = slope / axis.range
    return expr + (sp.Float(offset - slope * axis.low) if one.line else 0) + (sp.Float(slope) * symbol if slope else 0)


def _words(one: Sum) -> str:
    many = {1: "a peak, step or kink", 2: "two peaks, steps or kinks", 3: "three peaks, steps or kinks"}
    return many[len(one.peaks)] + (" on a line" if one.line == 2 else "")

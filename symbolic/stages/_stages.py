"""The stages that propose formulas before networks are trained, quickest first; a further stage is one row."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np

from symbolic.stages._compound import compound
from symbolic.stages._enumeration import enumerated
from symbolic.stages._factors import factors
from symbolic.stages._lone import lone
from symbolic.stages._modes import modes
from symbolic.stages._splitting import split
from symbolic.stages._sums import sums
from symbolic.stages._task import DEEPEST, Candidate, Stage, Task
from symbolic.stages.additive._stage import additive, curves
from symbolic.stages.grouping._stage import grouped, scaled
from symbolic.stages.held._stage import held
from symbolic.stages.peaks._stage import peaks
from symbolic.stages.rational._stage import quotients, rational, repaired
from symbolic.stages.varying._stage import varying
from symbolic.stages.waves._beside import beside
from symbolic.stages.waves._stage import swings, waves

FEWEST = 40  # rows from which on a surrogate says more about the noise than neighbours do

STAGES: dict[str, Stage] = {
    "swings": swings,
    "additive": additive,
    "compound": compound,
    "modes": modes,
    "peaks": peaks,
    "rational": rational,
    "lone": lone,
    "waves": waves,
    "factors": factors,
    "held": held,
    "scaled": scaled,  # before sums: behind noise a long sum passes for any factor times a curve
    "sums": sums,
    "beside": beside,
    "quotients": quotients,
    "curves": curves,
    "varying": varying,
    "grouped": grouped,
    "repaired": repaired,
    "split": split,
    "enumerated": enumerated,
}


def solve(task: Task) -> Iterator[Candidate]:
    """Formulas for a task, stage by stage, until one ends the matter or the time is up."""
    if task.depth > DEEPEST:
        return
    if len(task.y) >= FEWEST and np.ptp(task.y) > 0:
        task = task.changed(noise=min(task.noise, task.surrogates[0].error))
    for stage in STAGES.values():
        if task.left() < 0:
            return
        for candidate in _unbroken(stage(task, solve)):
            if not task.permits(candidate.expr):
                continue
            yield candidate
            if task.concludes(candidate) or task.left() < 0:
                return


def _unbroken(found: Iterator[Candidate]) -> Iterator[Candidate]:
    """What a stage finds until a matrix, or a defect of its own, defeats it: the others may still know the law."""
    try:
        yield from found
    except np.linalg.LinAlgError:
        return
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        warnings.warn(f"A stage of the search failed, and was passed over: {error!r}.", RuntimeWarning, stacklevel=2)

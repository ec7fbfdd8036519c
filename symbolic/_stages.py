"""The stages that propose formulas before networks are trained, quickest first; a further stage is one row."""

from __future__ import annotations

from collections.abc import Iterator

from symbolic._additive import additive
from symbolic._compound import compound
from symbolic._grouping import grouped
from symbolic._splitting import split
from symbolic._task import DEEPEST, Candidate, Stage, Task

STAGES: dict[str, Stage] = {"additive": additive, "compound": compound, "grouped": grouped, "split": split}


def solve(task: Task) -> Iterator[Candidate]:
    """Formulas for a task, stage by stage, until one leaves nothing to explain or the time is up."""
    if task.depth > DEEPEST:
        return
    for stage in STAGES.values():
        for candidate in stage(task, solve):
            yield candidate
            if candidate.error <= task.enough:
                return
            if task.left() < 0:
                return

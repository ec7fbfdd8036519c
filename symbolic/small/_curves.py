"""Families for a small table of one input that are found by search: fading waves, sums of decays, peaks and steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic import _clock
from symbolic.laws._constants import parametrise
from symbolic.small._families import Family
from symbolic.stages._modes import modes
from symbolic.stages._task import Candidate, Stage, Task
from symbolic.stages.peaks._stage import peaks

Array = NDArray[np.float64]

_FEWEST = 12  # rows
_LEFT = 0.1  # of the spread: what leaves more is a cloud, in which some peak or other can always be found
_SECONDS = 5.0
_STAGES: tuple[tuple[Stage, str], ...] = ((modes, "waves, growth or decay"), (peaks, "peaks, steps or kinks"))


def shaped(X: Array, y: Array, symbols: Sequence[sp.Symbol]) -> Iterator[Family]:
    """Yield the families that come near y (n,), with the constants found for them."""
    if X.shape[1] != 1 or len(y) < _FEWEST:
        return
    task = Task(X, y, tuple(symbols), _LEFT, _clock.now() + _SECONDS)
    for stage, words in _STAGES:
        for candidate in stage(task, _nothing):
            free, start = parametrise(candidate.expr)
            yield Family(f"{words} in {symbols[0]}", free, start)


def _nothing(_: Task) -> Iterator[Candidate]:
    return iter(())

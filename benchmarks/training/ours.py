"""Runs our own training and notes time and test error after each step."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from benchmarks.training.tasks import HELLO, Arrays
from benchmarks.training.trace import Point, Trace
from kan_core import KAN, FitResult, FitStep, fit


def clock() -> float:
    """Seconds; of the processor where one thread works, so that what else the machine does is not counted."""
    return time.process_time() if torch.get_num_threads() == 1 else time.perf_counter()


def rmse(model: KAN, X: np.ndarray, y: np.ndarray) -> float:
    return float(np.sqrt(np.mean((model(X)[:, 0] - y) ** 2)))


def train_kanvas(
    rows: Arrays,
    widths: Sequence[int],
    grids: Sequence[int],
    steps: int = 50,
    seed: int = 0,
    validation: tuple[np.ndarray, np.ndarray] | None = None,
    **options: Any,
) -> tuple[Trace, FitResult]:
    """Our run on the rows. The test rows are only looked at after each step, within the time: no choice sees them."""
    warm_up()
    points: list[Point] = []
    model = KAN(widths, grid=grids[0], seed=seed)
    begun = clock()

    def note(step: FitStep) -> bool:
        error = rmse(step.model, rows.X_test, rows.y_test)
        points.append(Point(clock() - begun, error, step.grid))
        return True

    result = fit(model, rows.X, rows.y, validation, steps, grids=tuple(grids), on_step=note, **options)
    return Trace(tuple(points)), result


@lru_cache
def warm_up() -> None:
    """The first calls of the libraries are not timed, here as for the peer."""
    rows = HELLO.sample(50, seed=0, n_test=10)
    fit(KAN((2, 1, 1), grid=3), rows.X, rows.y, steps=2)

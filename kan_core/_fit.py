"""Fitting a KAN to data: the public call, from the gate to the result."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from kan_core._begin import sample, scaled_problem, scaled_to, starts
from kan_core._classes import outputs_suit
from kan_core._errors import TrainingError
from kan_core._gate import held_out, settings, table, usable
from kan_core._gauge import regauge
from kan_core._losses import LOSSES
from kan_core._network import KAN
from kan_core._record import FitResult as FitResult
from kan_core._record import FitStatus as FitStatus
from kan_core._record import FitStep as FitStep
from kan_core._record import Record, status_of
from kan_core._stages import Stages


def fit(
    model: KAN,
    X: Any,
    y: Any,
    validation: tuple[Any, Any] | None = None,
    steps: int | list[int] = 50,
    grids: Sequence[int] | None = None,
    sparsity: float = 0.0,
    smoothness: float | str = "gcv",
    weights: Any = None,
    restarts: int = 1,
    loss: str = "squares",
    device: str = "cpu",
    on_step: Callable[[FitStep], bool | None] | None = None,
    method: str = "auto",
) -> FitResult:
    """Fits the network to rows X (n, d), y (n,) or (n, n_out), and returns a new one.

    A network that was never fitted takes its grids from the rows; one that was goes on from where it is. `grids`
    refines step by step, each refinement kept only if it helps on the validation rows. `steps` counts for each grid; or
    it has a number for each stage: the sparse one, where there is one, and each grid.
    `sparsity` > 0, the share of the variance an edge has to earn, first drives edges that matter less to zero and
    removes them; what is left is then fitted without it. With hidden layers that takes Levenberg–Marquardt.
    `weights` (n,) are relative weights of the rows. `restarts` tries so many starts at once and keeps the best.
    `on_step(FitStep) -> False` cancels.

    `loss` is "squares", or with outliers in y "huber" or "tukey", which follow the scale of the noise; for classes it
    is "logistic" (one output, y of zeros and ones) or "softmax" (an output for each class, y of class numbers or
    one-hot rows): the outputs are then logits, see `probabilities`.
    `method` is "levenberg-marquardt", "l-bfgs" or "adam"; "auto" leaves the first where a network has more than 3000
    parameters. Of the others a step is ten iterations or fifty updates.

    Raises TrainingError where shapes disagree or a value is not finite.
    """
    started = time.perf_counter()
    if loss not in LOSSES:
        raise TrainingError(f"No loss is called {loss!r}. Known: {', '.join(LOSSES)}.")
    settings(steps, grids, sparsity, smoothness, restarts, method)
    usable(device)
    task = LOSSES[loss].task
    outputs_suit(model.n_out, task)
    train = table(X, y, weights, model.n_in, model.n_out, task=task)
    held = held_out(validation, model.n_in, model.n_out, task)
    model = scaled_to(model, train, LOSSES[loss])
    problem = scaled_problem(model, train, loss, device)
    record = Record(model, train, held, problem.loss, started, on_step)
    each = steps if isinstance(steps, list | tuple) else [steps] * (len(grids or [0]) + bool(sparsity))
    stages = Stages(problem, record, each, smoothness, method)
    states = stages.run(starts(model, problem, restarts), grids, sparsity, stiff=not model.trained)
    best = record.best(states[-1])
    fitted = record.network(states[-1], best)
    fitted = fitted._with(layers=regauge(fitted.layers, sample(train.X, train.y)[0]))
    seconds = time.perf_counter() - started
    return FitResult(fitted, status_of(states[-1], best, record), record.history, seconds, stages.method)

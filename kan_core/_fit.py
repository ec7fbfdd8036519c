"""Fitting a KAN to data: the gate, the standardisation, restarts, grids, and the record of what happened."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

import torch
from torch import Tensor

from kan_core._errors import TrainingError
from kan_core._gate import Table, held_out, settings, table, usable
from kan_core._gauge import regauge
from kan_core._grid import refine
from kan_core._layer import Layer, stack
from kan_core._levenberg import FLOOR, Problem, State, minimise
from kan_core._losses import LOSSES
from kan_core._network import KAN
from kan_core._normal import evaluate
from kan_core._sparsity import without_idle
from kan_core._start import start_near_linear

SAMPLE = 4096  # rows that a start is drawn from
EDGE_CONSTANTS = 3.0  # effective constants of a spline, when restarts of unlike sparsity are compared
SHAKE = 0.1  # of a curve's spread: how far restarts of a trained network begin from it


class FitStatus(Enum):
    """How a fit ended."""

    CONVERGED = "converged"  # no step gains anything more
    PLATEAU = "plateau"  # gains have become negligible
    STOPPED = "stopped"  # cancelled, or out of steps
    DIVERGED = "diverged"  # no finite loss could be reached


@dataclass(frozen=True)
class FitStep:
    """One step: RMSE in units of y (None without validation rows), and the network as it stood."""

    step: int
    seconds: float
    rmse_train: float
    rmse_validation: float | None
    damping: float
    grid: int
    model: KAN = field(repr=False, compare=False)


@dataclass(frozen=True)
class FitResult:
    """The fitted network, how the fit ended, its steps, and the wall time."""

    model: KAN
    status: FitStatus
    history: list[FitStep]
    seconds: float


def fit(
    model: KAN,
    X: Any,
    y: Any,
    validation: tuple[Any, Any] | None = None,
    steps: int = 50,
    grids: Sequence[int] | None = None,
    sparsity: float = 0.0,
    smoothness: float | str = "gcv",
    weights: Any = None,
    restarts: int = 1,
    loss: str = "squares",
    device: str = "cpu",
    on_step: Callable[[FitStep], bool | None] | None = None,
) -> FitResult:
    """Fits the network to rows X (n, d), y (n,) or (n, n_out), and returns a new one.

    A network that was never fitted takes its grids from the rows; one that was goes on from where it is. `grids`
    refines step by step, each refinement kept only if it helps on the validation rows. `steps` counts for each grid.
    `sparsity` > 0, the share of the variance an edge has to earn, first drives edges that matter less to zero and
    removes them; what is left is then fitted without it.
    `weights` (n,) are relative weights of the rows. `restarts` tries so many starts at once and keeps the best.
    `on_step(FitStep) -> False` cancels.

    Raises TrainingError where shapes disagree or a value is not finite.
    """
    started = time.perf_counter()
    if loss not in LOSSES:
        raise TrainingError(f"No loss is called {loss!r}. Known: {', '.join(LOSSES)}.")
    settings(steps, grids, sparsity, smoothness, restarts)
    usable(device)
    train = table(X, y, weights, model.n_in, model.n_out)
    held = held_out(validation, model.n_in, model.n_out)
    model = model if model.trained else _scaled_to(model, train.y)
    problem = scaled_problem(model, train, loss, device)
    record = _Record(model, train, held, started, on_step)
    states = _stages(model, problem, record, steps, grids, sparsity, smoothness, restarts)
    best = record.best(states[-1])
    fitted = record.network(states[-1], best)
    fitted = fitted._with(layers=regauge(fitted.layers, sample(train.X, train.y)[0]))
    return FitResult(fitted, _status(states[-1], best, record), record.history, time.perf_counter() - started)


def _stages(
    model: KAN,
    problem: Problem,
    record: _Record,
    steps: int,
    grids: Sequence[int] | None,
    sparsity: float,
    smoothness: float | str,
    restarts: int,
) -> list[State]:
    """The states that were kept: a sparse one if asked for, then one for every grid that helped."""
    layers, stiff = _starts(model, problem, restarts), not model.trained
    states: list[State] = []
    if sparsity:
        sparse = minimise(layers, problem, steps, smoothness, record.see, stiff=stiff, sparsity=sparsity)
        layers, stiff = without_idle(sparse.layers, problem.X), False
        if record.cancelled:
            return [replace(sparse, layers=layers)]
    for grid in grids or (layers[0].grid,):
        before = states[-1] if states else None
        finer = refine(before.layers if before else layers, grid)
        state = minimise(finer, problem, steps, smoothness, record.see, before, stiff and before is None)
        if before is not None and not record.better(state, before):
            break
        states.append(state)
        if record.cancelled:
            break
    return states


def _scaled_to(model: KAN, y: Tensor) -> KAN:
    last = model.layers[-1]
    product = torch.arange(model.n_out) >= last.n_sums
    origin = torch.where(product, 0.0, y.mean(0))  # a product has no constant of its own to take a shift up
    spread = (y - origin).square().mean(0).sqrt()
    flat = spread <= 1e-14 * y.abs().amax(0)
    return model._with(shift=origin, scale=torch.where(flat, y.abs().amax(0).clamp(min=1e-300), spread))


def scaled_problem(model: KAN, train: Table, loss: str = "squares", device: str = "cpu") -> Problem:
    """The rows with targets in units of the model's scale, on the device that works on them."""
    scaled = (train.y - model.shift) / model.scale
    return Problem(train.X.to(device), scaled.to(device), train.weights.unsqueeze(1).to(device), LOSSES[loss])


def _starts(model: KAN, problem: Problem, restarts: int) -> tuple[Layer, ...]:
    """Layers with R = restarts: fresh draws for a new network, else the network and perturbed copies of it."""
    seeds = [model.seed + k for k in range(restarts)]
    device = problem.X.device
    if model.trained:
        return tuple(
            stack([_shaken(layer, k, seed) for k, seed in enumerate(seeds)]).to(device) for layer in model.layers
        )
    rows, y = sample(problem.X.cpu(), problem.y.cpu())
    return tuple(layer.to(device) for layer in start_near_linear(model.layers, rows.unsqueeze(0), seeds, y))


def _shaken(layer: Layer, k: int, seed: int) -> Layer:
    """The layer itself for k = 0, else with a tenth of each curve's spread as noise on its coefficients."""
    if k == 0:
        return layer
    noise = torch.randn(layer.coef.shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return replace(layer, coef=layer.coef + SHAKE * layer.coef.std(2, keepdim=True) * noise)


def sample(X: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """At most `SAMPLE` rows spread over the table, with the rows that hold the extremes of each input."""
    if len(X) <= SAMPLE:
        return X, y
    rows = torch.cat([torch.arange(0, len(X), -(-len(X) // SAMPLE)), X.argmin(0), X.argmax(0)]).unique()
    return X[rows], y[rows]


class _Record:
    """Turns engine states into FitSteps, asks the caller whether to go on, and compares on held-out rows."""

    def __init__(
        self,
        model: KAN,
        train: Table,
        held: Table | None,
        started: float,
        on_step: Callable[[FitStep], bool | None] | None,
    ) -> None:
        self.model, self.train, self.held = model, train, held
        self.started, self.on_step = started, on_step
        self.history: list[FitStep] = []
        self.cancelled = False

    def see(self, step: int, state: State) -> bool:
        """Records a step; False once the caller has cancelled."""
        del step
        best = self.best(state)
        model = self.network(state, best)
        found = FitStep(
            step=len(self.history) + 1,
            seconds=time.perf_counter() - self.started,
            rmse_train=self._rmse_train(model, state, best),
            rmse_validation=None if self.held is None else _rmse(model, self.held),
            damping=float(state.damping[best]),
            grid=state.layers[0].grid,
            model=model,
        )
        self.history.append(found)
        self.cancelled |= self.on_step is not None and self.on_step(found) is False
        return not self.cancelled

    def network(self, state: State, which: int) -> KAN:
        layers = tuple(layer.pick(slice(which, which + 1)).to("cpu") for layer in state.layers)
        return self.model._with(layers=layers, trained=True)

    def best(self, state: State) -> int:
        """Number of the best restart: by description length, on validation rows where there are some."""
        if len(state.fit) == 1:
            return 0
        scores = self._scores(state)
        rows = scores.shape[1] if self.held is not None else len(self.train.y)
        edges = torch.stack([layer.spline.sum((1, 2)) for layer in state.layers]).sum(0).cpu()
        bits = rows * scores.mean(1).clamp(min=FLOOR).log2() + EDGE_CONSTANTS * math.log2(rows + 1) * edges
        return int(bits.nan_to_num(torch.inf).argmin())

    def better(self, finer: State, coarser: State) -> bool:
        """Whether the finer grid is no worse by one standard error of the difference, row by row."""
        a, b = self._scores(finer), self._scores(coarser)
        difference = (a[self.best(finer)] - b[self.best(coarser)]).flatten()
        error = float(difference.std()) / len(difference) ** 0.5 if len(difference) > 1 else 0.0
        return float(difference.mean()) <= error

    def _scores(self, state: State) -> Tensor:
        """Squared errors (R, rows) on the held-out rows, or the training loss (R, 1) without them."""
        if self.held is None:
            return state.fit.unsqueeze(1).cpu()
        scaled = (self.held.y - self.model.shift) / self.model.scale
        device = state.layers[0].coef.device
        return (evaluate(state.layers, self.held.X.to(device)).outputs.cpu() - scaled).square().sum(2)

    def _rmse_train(self, model: KAN, state: State, best: int) -> float:
        """From the loss at hand where that tells it, in units of y."""
        if model.n_out == 1:
            return float((2 * state.fit[best]).clamp(min=0).sqrt() * self.model.scale)
        return _rmse(model, self.train)


def _rmse(model: KAN, rows: Table) -> float:
    with torch.no_grad():
        return float((rows.weights.unsqueeze(1) * (model(rows.X) - rows.y).square()).mean().sqrt())


def _status(state: State, best: int, record: _Record) -> FitStatus:
    if not bool(state.fit[best].isfinite()):
        return FitStatus.DIVERGED
    if record.cancelled or not bool(state.done[best]):
        return FitStatus.STOPPED
    return (
        FitStatus.CONVERGED if float(state.fit[best]) <= FLOOR or float(state.stalls[best]) < 1 else FitStatus.PLATEAU
    )

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

from kan_core._classes import chances, outputs_suit, softened
from kan_core._errors import TrainingError
from kan_core._gate import Table, held_out, settings, table, usable
from kan_core._gauge import regauge
from kan_core._gradient import descend
from kan_core._grid import refine
from kan_core._layer import Layer, stack
from kan_core._levenberg import FLOOR, Problem, State, minimise
from kan_core._losses import LOSSES, NARROWEST, NORMAL, Loss, noise_scale
from kan_core._network import CHUNK, KAN
from kan_core._normal import blocks, count, evaluate
from kan_core._sparsity import without_idle
from kan_core._start import start_near_linear

SAMPLE = 4096  # rows that a start is drawn from
EDGE_CONSTANTS = 3.0  # effective constants of a spline, when restarts of unlike sparsity are compared
SHAKE = 0.1  # of a curve's spread: how far restarts of a trained network begin from it
MOST_PARAMETERS = 3000  # beyond, the dense solve of a step no longer pays
MOST_ROWS = 200_000  # beyond, so large a network is trained on batches of rows
GUIDE = 3.0  # spreads from the middle that a target may lie where outliers are expected, when a start is drawn


class FitStatus(Enum):
    """How a fit ended."""

    CONVERGED = "converged"  # no step gains anything more
    PLATEAU = "plateau"  # gains have become negligible
    STOPPED = "stopped"  # cancelled, or out of steps
    DIVERGED = "diverged"  # no finite loss could be reached


@dataclass(frozen=True)
class FitStep:
    """One step: RMSE in units of y (None without validation rows), and the network as it stood.

    For classes the RMSE is that of the probabilities, the root of Brier's score. `loss_train` and `loss_validation`
    are the mean loss of a row: cross-entropy in nats for classes, else in units of the target's spread (half the
    squared residual, or what the robust losses make of it).
    """

    step: int
    seconds: float
    rmse_train: float
    rmse_validation: float | None
    damping: float
    grid: int
    model: KAN = field(repr=False, compare=False)
    loss_train: float = math.nan
    loss_validation: float | None = None


@dataclass(frozen=True)
class FitResult:
    """The fitted network, how the fit ended, its steps, the wall time, and the method of its last stage."""

    model: KAN
    status: FitStatus
    history: list[FitStep]
    seconds: float
    method: str = "levenberg-marquardt"


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
    method: str = "auto",
) -> FitResult:
    """Fits the network to rows X (n, d), y (n,) or (n, n_out), and returns a new one.

    A network that was never fitted takes its grids from the rows; one that was goes on from where it is. `grids`
    refines step by step, each refinement kept only if it helps on the validation rows. `steps` counts for each grid.
    `sparsity` > 0, the share of the variance an edge has to earn, first drives edges that matter less to zero and
    removes them; what is left is then fitted without it.
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
    model = _scaled_to(model, train, LOSSES[loss])
    problem = scaled_problem(model, train, loss, device)
    record = _Record(model, train, held, problem.loss, started, on_step)
    stages = _Stages(problem, record, steps, smoothness, method)
    states = stages.run(model, grids, sparsity, restarts)
    best = record.best(states[-1])
    fitted = record.network(states[-1], best)
    fitted = fitted._with(layers=regauge(fitted.layers, sample(train.X, train.y)[0]))
    seconds = time.perf_counter() - started
    return FitResult(fitted, _status(states[-1], best, record), record.history, seconds, stages.method)


@dataclass
class _Stages:
    """The stages of one fit: a sparse one if asked for, then one for every grid that helps."""

    problem: Problem
    record: _Record
    steps: int
    smoothness: float | str
    asked: str  # method
    method: str = ""  # of the last stage kept

    def run(self, model: KAN, grids: Sequence[int] | None, sparsity: float, restarts: int) -> list[State]:
        """The states that were kept."""
        layers, stiff = _starts(model, self.problem, restarts), not model.trained
        states: list[State] = []
        if sparsity:
            convex = self.problem.loss.first or self.problem.loss.name
            sparse = self._descend(LOSSES[convex], layers, self.steps, None, stiff, sparsity)
            layers, stiff = without_idle(sparse.layers, self.problem.X), False
            if self.record.cancelled:
                return [replace(sparse, layers=layers)]
        for grid in grids or (layers[0].grid,):
            before = states[-1] if states else None
            finer = refine(before.layers if before else layers, grid)
            method = self.method
            state = self._stage(finer, before, stiff and before is None)
            if before is not None and not self.record.better(state, before):
                self.method = method
                break
            states.append(state)
            if self.record.cancelled:
                break
        return states

    def _stage(self, layers: tuple[Layer, ...], before: State | None, stiff: bool) -> State:
        """One grid; a loss that is not convex takes over from a convex one half way."""
        loss, steps = LOSSES[self.problem.loss.name], self.steps
        if loss.first and before is None:
            before = self._descend(LOSSES[loss.first], layers, steps // 2, None, stiff)
            layers, steps, stiff = before.layers, steps - steps // 2, False
            if self.record.cancelled:
                return before
        return self._descend(loss, layers, steps, before, stiff)

    def _descend(
        self,
        loss: Loss,
        layers: tuple[Layer, ...],
        steps: int,
        before: State | None,
        stiff: bool,
        sparsity: float = 0.0,
    ) -> State:
        self.method = _method(self.asked, layers, len(self.problem.y))
        problem, see, smoothness = replace(self.problem, loss=loss), self.record.see, self.smoothness
        self.record.loss = loss
        review = self._review if loss.robust else None
        if self.method == "levenberg-marquardt":
            state = minimise(layers, problem, steps, smoothness, see, before, stiff, sparsity, review)
        else:
            state = descend(layers, problem, steps, smoothness, see, before, sparsity, review, self.method)
        if not loss.robust:
            return state
        outputs = evaluate(state.layers, problem.X).outputs
        return replace(state, fit=self._review(problem, outputs).value(outputs))  # restarts by one scale of the noise

    def _review(self, problem: Problem, outputs: Tensor) -> Problem:
        """The problem with its loss at the scale of the residuals of the best network there is."""
        scale = noise_scale(outputs - problem.y, problem.weights).amin(0).clamp(min=NARROWEST)
        loss = LOSSES[problem.loss.name].at(torch.where(scale.isfinite(), scale, 1.0))
        self.record.loss = loss
        return replace(problem, loss=loss)


def _method(asked: str, layers: Sequence[Layer], rows: int) -> str:
    if asked != "auto":
        return asked
    if count(blocks(layers)) <= MOST_PARAMETERS:
        return "levenberg-marquardt"
    return "l-bfgs" if rows <= MOST_ROWS else "adam"


def _scaled_to(model: KAN, train: Table, loss: Loss) -> KAN:
    """The network with its output scaled to the targets; a trained one as it is."""
    if model.trained:
        if loss.classifies and not bool(((model.shift == 0) & (model.scale == 1)).all()):
            raise TrainingError("This network was fitted to numbers, not to classes. Start from a new one.")
        return model
    y = train.y
    if loss.classifies:
        return model._with(shift=torch.zeros_like(y[0]), scale=torch.ones_like(y[0]))
    last = model.layers[-1]
    product = torch.arange(model.n_out) >= last.n_sums
    middle = y.median(0).values if loss.robust else y.mean(0)
    origin = torch.where(product, 0.0, middle)  # a product has no constant of its own to take a shift up
    spread = (y - origin).square().mean(0).sqrt()
    if loss.robust:
        typical = NORMAL * (y - origin).abs().median(0).values
        spread = torch.where(typical > 0, typical, spread)
    flat = spread <= 1e-14 * y.abs().amax(0)
    return model._with(shift=origin, scale=torch.where(flat, y.abs().amax(0).clamp(min=1e-300), spread))


def scaled_problem(model: KAN, train: Table, loss: str = "squares", device: str = "cpu") -> Problem:
    """The rows with targets in units of the model's scale, labels softened, on the device that works on them."""
    classes = LOSSES[loss].classifies
    scaled = softened(train.y, train.weights) if classes else (train.y - model.shift) / model.scale
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
    if problem.loss.classifies:
        y = (y - y.mean(0)) / y.std(0, correction=0).clamp(min=1e-6)
    if problem.loss.robust:
        y = y.clamp(-GUIDE, GUIDE)
    started = start_near_linear(model.layers, rows.unsqueeze(0), seeds, y, outliers=problem.loss.robust)
    return tuple(layer.to(device) for layer in started)


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
        loss: Loss,
        started: float,
        on_step: Callable[[FitStep], bool | None] | None,
    ) -> None:
        self.model, self.train, self.held = model, train, held
        self.loss = loss  # at the scale of the noise so far
        self.started, self.on_step = started, on_step
        self.history: list[FitStep] = []
        self.cancelled = False

    def see(self, step: int, state: State) -> bool:
        """Records a step; False once the caller has cancelled."""
        del step
        best = self.best(state)
        model = self.network(state, best)
        rmse_train, loss_train = self._errors_train(model, state, best)
        rmse_held, loss_held = (None, None) if self.held is None else self._errors(model, self.held)
        found = FitStep(
            step=len(self.history) + 1,
            seconds=time.perf_counter() - self.started,
            rmse_train=rmse_train,
            rmse_validation=rmse_held,
            damping=float(state.damping[best]),
            grid=state.layers[0].grid,
            model=model,
            loss_train=loss_train,
            loss_validation=loss_held,
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
        mean = scores.mean(1)
        # Twice the bits that tell the rows: of numbers with a noise that is not known, of classes their cross-entropy.
        told = rows * (mean / math.log(2) if self.loss.classifies else mean.clamp(min=FLOOR).log2())
        bits = told + EDGE_CONSTANTS * math.log2(rows + 1) * edges
        return int(bits.nan_to_num(torch.inf).argmin())

    def better(self, finer: State, coarser: State) -> bool:
        """Whether the finer grid is no worse by one standard error of the difference, row by row."""
        a, b = self._scores(finer), self._scores(coarser)
        difference = (a[self.best(finer)] - b[self.best(coarser)]).flatten()
        error = float(difference.std()) / len(difference) ** 0.5 if len(difference) > 1 else 0.0
        return float(difference.mean()) <= error

    def _scores(self, state: State) -> Tensor:
        """Twice the loss (R, rows) of the held-out rows, or of the training rows in the mean (R, 1) without them."""
        if self.held is None:
            return 2 * state.fit.unsqueeze(1).cpu()
        scaled = (self.held.y - self.model.shift) / self.model.scale
        device = state.layers[0].coef.device
        outputs = evaluate(state.layers, self.held.X.to(device)).outputs
        return 2 * self.loss.value(outputs, scaled.to(device)).sum(2).cpu()

    def _errors_train(self, model: KAN, state: State, best: int) -> tuple[float, float]:
        """From the loss at hand where that tells them."""
        if self.loss.name == "squares" and model.n_out == 1:
            mean = float(state.fit[best])
            return math.sqrt(max(2 * mean, 0.0)) * float(model.scale), mean
        rmse, loss = self._errors(model, self.train)
        return rmse, loss if self.loss.classifies else float(state.fit[best])

    def _errors(self, model: KAN, rows: Table) -> tuple[float, float]:
        """RMSE in units of y, or of the probabilities of classes, and the mean loss of a row."""
        with torch.no_grad():
            found = torch.cat([model(part) for part in rows.X.split(CHUNK)])
        weights = rows.weights.unsqueeze(1)
        rmse = (weights * (chances(found, self.loss.task) - rows.y).square()).mean().sqrt()
        scaled, wanted = ((v - model.shift) / model.scale for v in (found, rows.y))
        return float(rmse), float((weights * self.loss.value(scaled, wanted)).sum(1).mean())


def _status(state: State, best: int, record: _Record) -> FitStatus:
    if not bool(state.fit[best].isfinite()):
        return FitStatus.DIVERGED
    if record.cancelled or not bool(state.done[best]):
        return FitStatus.STOPPED
    return (
        FitStatus.CONVERGED if float(state.fit[best]) <= FLOOR or float(state.stalls[best]) < 1 else FitStatus.PLATEAU
    )

"""Fitting a KAN to data: the gate, the standardisation, restarts, grids, and the record of what happened."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kan_core._errors import TrainingError
from kan_core._gauge import regauge
from kan_core._grid import refine
from kan_core._layer import stack
from kan_core._levenberg import FLOOR, Problem, State, minimise
from kan_core._losses import LOSSES
from kan_core._network import KAN
from kan_core._normal import evaluate
from kan_core._sparsity import without_idle
from kan_core._start import start_near_linear

STEEP = 1e3  # growth of the loss over its start that counts as divergence


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
    if loss not in LOSSES or sparsity < 0:
        raise TrainingError(
            f"loss={loss!r}, sparsity={sparsity}: known losses are {', '.join(LOSSES)}, sparsity is ≥ 0."
        )
    train = _rows(model, X, y, "X", "y")
    held = _rows(model, *validation, "validation X", "validation y") if validation is not None else None
    if held is not None and not len(held[0]):
        held = None
    model = _scaled_to(model, train[1]) if not model.trained else model
    problem = _problem(model, train, weights, loss, device)
    starts = _starts(model, problem, restarts)
    record = _Record(model, held, started, on_step)
    states: list[State] = []
    if sparsity:
        state = minimise(starts, problem, steps, smoothness, record.see, stiff=not model.trained, sparsity=sparsity)
        starts = without_idle(state.layers, problem.X)
    for grid in grids or (starts[0].grid,):
        layers = tuple(refine(states[-1].layers if states else starts, grid))
        before = states[-1] if states else None
        stiff = before is None and not model.trained and not sparsity
        state = minimise(layers, problem, steps, smoothness, record.see, before, stiff)
        if states and not record.better(state, states[-1]):
            break
        states.append(state)
        if record.cancelled:
            break
    best = record.best(states[-1])
    fitted = record.network(states[-1], best)
    fitted = fitted._with(layers=regauge(fitted.layers, train[0]))
    return FitResult(fitted, _status(states[-1], best, record), record.history, time.perf_counter() - started)


def _rows(model: KAN, X: Any, y: Any, x_name: str, y_name: str) -> tuple[Tensor, Tensor]:
    """The gate: float64 tensors (n, d), (n, o), checked once."""
    try:
        rows = torch.as_tensor(np.asarray(X, dtype=np.float64))
        target = torch.as_tensor(np.asarray(y, dtype=np.float64))
    except (TypeError, ValueError) as error:
        raise TrainingError(f"{x_name} and {y_name} must hold numbers: {error}.") from None
    if rows.ndim != 2 or rows.shape[1] != model.n_in:
        raise TrainingError(f"{x_name} must have shape (n, {model.n_in}) for this network, not {tuple(rows.shape)}.")
    target = target.unsqueeze(1) if target.ndim == 1 else target
    if target.ndim != 2 or target.shape != (len(rows), model.n_out):
        wanted = f"({len(rows)}, {model.n_out})"
        raise TrainingError(f"{y_name} must have shape {wanted} to match {x_name}, not {tuple(target.shape)}.")
    for name, values in ((x_name, rows), (y_name, target)):
        bad = (~values.isfinite()).any(1).nonzero().flatten().tolist()
        if bad:
            raise TrainingError(f"{name} has values that are not finite in rows {_some(bad)}. Drop or repair them.")
    return rows, target


def _some(rows: list[int]) -> str:
    return ", ".join(map(str, rows[:5])) + (f" and {len(rows) - 5} more" if len(rows) > 5 else "")


def _scaled_to(model: KAN, y: Tensor) -> KAN:
    if not len(y):
        raise TrainingError("X has no rows. A fit needs at least one.")
    spread = y.std(0, correction=0)
    flat = spread <= 1e-14 * y.abs().amax(0)
    return model._with(shift=y.mean(0), scale=torch.where(flat, y.abs().amax(0).clamp(min=1e-300), spread))


def _problem(model: KAN, train: tuple[Tensor, Tensor], weights: Any, loss: str, device: str) -> Problem:
    X, y = train
    w = torch.ones(len(X), dtype=torch.float64) if weights is None else torch.as_tensor(np.asarray(weights, float))
    if w.shape != (len(X),) or not bool(w.isfinite().all()) or bool((w < 0).any()) or not bool(w.sum() > 0):
        raise TrainingError(f"weights must be {len(X)} numbers, none negative and not all zero.")
    scaled = (y - model.shift) / model.scale
    return Problem(X.to(device), scaled.to(device), (w / w.mean()).unsqueeze(1).to(device), LOSSES[loss])


def _starts(model: KAN, problem: Problem, restarts: int) -> tuple:
    """Layers with R = restarts: fresh draws for a new network, else the network and perturbed copies of its seed."""
    seeds = [model.seed + k for k in range(max(1, restarts))]
    if not model.trained:
        cpu = tuple(layer.to("cpu") for layer in model.layers)
        layers = start_near_linear(cpu, problem.X[:4096].cpu().unsqueeze(0), seeds, problem.y[:4096].cpu())
        return tuple(layer.to(problem.X.device) for layer in layers)
    return tuple(stack([layer] * len(seeds)).to(problem.X.device) for layer in model.layers)


class _Record:
    """Turns engine states into FitSteps, asks the caller whether to go on, and compares on held-out rows."""

    def __init__(
        self,
        model: KAN,
        held: tuple[Tensor, Tensor] | None,
        started: float,
        on_step: Callable[[FitStep], bool | None] | None,
    ) -> None:
        self.model, self.held, self.started, self.on_step = model, held, started, on_step
        self.history: list[FitStep] = []
        self.cancelled = False
        self._size = float(model.scale.square().mean().sqrt())

    def see(self, step: int, state: State) -> bool:
        """Records a step; False once the caller has cancelled."""
        del step
        best = self.best(state)
        model = self.network(state, best)
        train = float((2 * state.fit[best]).clamp(min=0).sqrt()) * self._size
        found = FitStep(
            step=len(self.history) + 1,
            seconds=time.perf_counter() - self.started,
            rmse_train=train,
            rmse_validation=None if self.held is None else self._error(model),
            damping=float(state.damping[best]),
            grid=state.layers[0].grid,
            model=model,
        )
        self.history.append(found)
        self.cancelled = self.on_step is not None and self.on_step(found) is False
        return not self.cancelled

    def network(self, state: State, which: int) -> KAN:
        layers = tuple(layer.pick(slice(which, which + 1)).to("cpu") for layer in state.layers)
        return self.model._with(layers=layers, trained=True)

    def best(self, state: State) -> int:
        """Number of the best restart: by validation rows where there are some."""
        if len(state.fit) == 1:
            return 0
        return int(self._scores(state).mean(1).nan_to_num(torch.inf).argmin())

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
        X, y = self.held
        scaled = (y - self.model.shift) / self.model.scale
        device = state.layers[0].coef.device
        return (evaluate(state.layers, X.to(device)).outputs.cpu() - scaled).square().sum(2)

    def _error(self, model: KAN) -> float:
        assert self.held is not None
        X, y = self.held
        with torch.no_grad():
            return float((model(X) - y).square().mean().sqrt())


def _status(state: State, best: int, record: _Record) -> FitStatus:
    if not bool(state.fit[best].isfinite()):
        return FitStatus.DIVERGED
    if record.cancelled or not bool(state.done[best]):
        return FitStatus.STOPPED
    return (
        FitStatus.CONVERGED if float(state.fit[best]) <= FLOOR or float(state.stalls[best]) < 1 else FitStatus.PLATEAU
    )

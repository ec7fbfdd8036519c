"""The record of a fit: a FitStep after every step, the best of the restarts, and what held-out rows say."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

import torch
from torch import Tensor

from kan_core._classes import chances
from kan_core._gate import Table
from kan_core._losses import Loss
from kan_core._network import CHUNK, KAN
from kan_core._normal import evaluate
from kan_core._state import FLOOR, State

EDGE_CONSTANTS = 3.0  # effective constants of a spline, when restarts of unlike sparsity are compared


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
    stage: int = 0  # of the fit: its grids one after the other, the sparse stage before them where there is one


@dataclass(frozen=True)
class FitResult:
    """The fitted network, how the fit ended, its steps, the wall time, and the method of its last stage."""

    model: KAN
    status: FitStatus
    history: list[FitStep] = field(repr=False)
    seconds: float
    method: str = "levenberg-marquardt"


class Record:
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
        self.stage = 0

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
            stage=self.stage,
        )
        self.history.append(found)
        self.cancelled |= self.on_step is not None and self.on_step(found) is False
        return not self.cancelled

    def network(self, state: State, which: int) -> KAN:
        layers = state.layers
        if len(state.fit) > 1 or layers[0].coef.device.type != "cpu":
            layers = tuple(layer.pick(slice(which, which + 1)).to("cpu") for layer in layers)
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


def status_of(state: State, best: int, record: Record) -> FitStatus:
    if not bool(state.fit[best].isfinite()):
        return FitStatus.DIVERGED
    if record.cancelled or not bool(state.done[best]):
        return FitStatus.STOPPED
    at_rest = float(state.fit[best]) <= FLOOR or float(state.stalls[best]) < 1
    return FitStatus.CONVERGED if at_rest else FitStatus.PLATEAU

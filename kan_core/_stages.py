"""The stages of a fit: sparse or not, by which loss and which method, and one grid after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from kan_core._errors import TrainingError
from kan_core._gradient import descend
from kan_core._grid import refine
from kan_core._layer import Layer
from kan_core._levenberg import minimise
from kan_core._losses import LOSSES, NARROWEST, Loss, noise_scale
from kan_core._normal import blocks, count, evaluate
from kan_core._record import Record
from kan_core._sparsity import without_idle
from kan_core._state import Problem, State

MOST_PARAMETERS = 3000  # beyond, L-BFGS gets further in the same time, but for fine grids (benchmarks/README.md)
MOST_ROWS = 200_000  # beyond, so large a network is trained on batches of rows


@dataclass
class Stages:
    """The stages of one fit: a sparse one if asked for, then one for every grid that helps."""

    problem: Problem
    record: Record
    steps: Sequence[int]  # of each stage
    smoothness: float | str
    asked: str  # method
    method: str = ""  # of the last stage kept

    def run(self, layers: tuple[Layer, ...], grids: Sequence[int] | None, sparsity: float, stiff: bool) -> list[State]:
        """The states that were kept, from these starts."""
        states: list[State] = []
        if sparsity:
            self._thins(layers)
            convex = self.problem.loss.first or self.problem.loss.name
            sparse = self._descend(LOSSES[convex], layers, self.steps[0], None, stiff, sparsity)
            layers, stiff = without_idle(sparse.layers, self.problem.X), False
            if self.record.cancelled:
                return [replace(sparse, layers=layers)]
        for stage, grid in enumerate(grids or (layers[0].grid,), start=bool(sparsity)):
            self.record.stage = stage
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

    def _thins(self, layers: tuple[Layer, ...]) -> None:
        """Refuses what would only look like a sparse fit: the gradient shrinks hidden edges, and never to nothing."""
        method = _method(self.asked, layers, len(self.problem.y))
        if len(layers) > 1 and method != "levenberg-marquardt":
            raise TrainingError(
                f"Networks with hidden layers are made sparse by Levenberg-Marquardt alone, and this one of "
                f"{count(blocks(layers))} parameters would go by {method}. Leave sparsity out and prune the result, "
                'or ask for method="levenberg-marquardt".'
            )

    def _stage(self, layers: tuple[Layer, ...], before: State | None, stiff: bool) -> State:
        """One grid; a loss that is not convex takes over from a convex one half way."""
        loss, steps = LOSSES[self.problem.loss.name], self.steps[self.record.stage]
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
        problem, see, smoothness = (replace(self.problem, loss=loss), self.record.see, self.smoothness)
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

"""What a fit begins with: the network scaled to its targets, the rows in units of that scale, and the starts."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from kan_core._classes import softened
from kan_core._errors import TrainingError
from kan_core._gate import Table
from kan_core._layer import Layer, stack
from kan_core._losses import LOSSES, NORMAL, Loss
from kan_core._network import KAN
from kan_core._start import start_near_linear
from kan_core._state import Problem

SAMPLE = 4096  # rows that a start is drawn from
SHAKE = 0.1  # of a curve's spread: how far restarts of a trained network begin from it
GUIDE = 3.0  # spreads from the middle that a target may lie where outliers are expected, when a start is drawn


def scaled_to(model: KAN, train: Table, loss: Loss) -> KAN:
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


def starts(model: KAN, problem: Problem, restarts: int) -> tuple[Layer, ...]:
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

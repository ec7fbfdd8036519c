"""The quadratic model of the loss at a fitted network: what impacts and confidence bands are read off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from kan_core._begin import scaled_problem
from kan_core._classes import outputs_suit
from kan_core._errors import TrainingError
from kan_core._gate import table
from kan_core._layer import Layer, Pass, forward, named_columns
from kan_core._losses import LOSSES, NARROWEST, noise_scale
from kan_core._network import KAN
from kan_core._normal import Block, blocks, count, evaluate, parameters, roughness
from kan_core._smoothness import smoothness_by_gcv
from kan_core._state import Problem

RIDGE = 1e-10  # share of the mean diagonal that keeps directions without data, and free constants, invertible
SAMPLE = 4096  # rows that say where hidden nodes are


@dataclass(frozen=True)
class Tangent:
    """Loss, gradient (P,) and Gauss–Newton matrix H (P, P) of the mean loss of one network (R = 1) over its rows.

    `penalty` is λS, the weighted roughness; `centre` holds the mean basis values (I, m) of every layer's source nodes.
    """

    layers: tuple[Layer, ...]
    layout: list[Block]
    problem: Problem
    outputs: Tensor  # (1, n, o)
    loss: float
    gradient: Tensor
    hessian: Tensor
    penalty: Tensor
    theta: Tensor
    centre: list[Tensor]
    strength: list[Tensor]  # (J,) of every layer: mean squared sensitivity of the outputs to its legs
    weight: float  # λ
    held: Tensor  # (k, P): directions that only shift and stretch hidden nodes change these


def problem_at(model: KAN, X: Any, y: Any, weights: Any = None, loss: str = "squares") -> Problem:
    """The rows as a fit sees them, a robust loss at the scale of the noise that the model leaves."""
    if loss not in LOSSES:
        raise TrainingError(f"No loss is called {loss!r}. Known: {', '.join(LOSSES)}.")
    outputs_suit(model.n_out, LOSSES[loss].task)
    train = table(X, y, weights, model.n_in, model.n_out, task=LOSSES[loss].task)
    problem = scaled_problem(model, train, loss)
    if not problem.loss.robust:
        return problem
    residual = evaluate(model.layers, problem.X).outputs - problem.y
    scale = noise_scale(residual, problem.weights)[0].clamp(min=NARROWEST)
    return replace(problem, loss=problem.loss.at(torch.where(scale.isfinite(), scale, 1.0)))


def tangent(layers: Sequence[Layer], problem: Problem, smoothness: float | str) -> Tangent:
    """The model at the network as it stands; with smoothness "gcv", λ is chosen as a fit chooses it."""
    layout = blocks(layers)
    here = evaluate(layers, problem.X)
    outputs = here.outputs
    loss = problem.value(outputs)
    normal = problem.normal(layers, layout, here)
    S, theta = roughness(layers, layout, normal.strength), parameters(layers, layout)
    if isinstance(smoothness, str):
        weight = float(smoothness_by_gcv(layers, layout, normal, problem, outputs, loss))
    else:
        weight = float(smoothness)
    centre = [c[0] for c in normal.centre]
    return Tangent(
        layers=tuple(layers),
        layout=layout,
        problem=problem,
        outputs=outputs,
        loss=float(loss[0]),
        gradient=normal.gradient[0],
        hessian=normal.hessian[0],
        penalty=weight * S[0],
        theta=theta[0],
        centre=centre,
        strength=[s[0] for s in normal.strength],
        weight=weight,
        held=_held(layers, layout, _strided(problem.X), centre),
    )


def freedom(model: Tangent) -> float:
    """Effective degrees of freedom of the fit, the trace of (H + λS)⁻¹H."""
    L = torch.linalg.cholesky(ridged(model.hessian + model.penalty))
    return float(torch.cholesky_solve(model.hessian, L).trace())


def ridged(matrix: Tensor) -> Tensor:
    """The matrix with a small multiple of the identity."""
    level = matrix.diagonal().mean().clamp(min=1e-300)
    return matrix + RIDGE * level * torch.eye(len(matrix), dtype=matrix.dtype, device=matrix.device)


def _held(layers: Sequence[Layer], layout: Sequence[Block], X: Tensor, centre: Sequence[Tensor]) -> Tensor:
    """Gradients (k, P), of unit length, of the mean and spread of hidden sums and of the size of factors.

    A hidden node may be shifted and stretched if the curves it feeds follow, and the factors of a product may share its
    scale out anew: no output changes. In the quadratic model these directions are free, so that a band would show that
    freedom instead of the doubt about a shape, and a curve could be stretched to nothing at no cost.
    """
    held: list[Tensor] = []
    h = X.unsqueeze(0)
    for depth, (layer, block) in enumerate(zip(layers, layout, strict=True)):
        h, cache = forward(layer, h)
        hidden = depth + 1 < len(layers)
        legs, start = cache.legs[0], layer.n_sums
        weights: list[tuple[int, Tensor]] = []
        for leg in range(layer.n_sums if hidden else 0):
            weights += [(leg, torch.ones(len(X), dtype=torch.float64)), (leg, legs[:, leg] - legs[:, leg].mean())]
        for arity in layer.products:
            weights += [(leg, legs[:, leg]) for leg in range(start, start + arity - (not hidden))]
            start += arity
        held += [_moment(layer, cache, block, centre[depth], leg, weight, count(layout)) for leg, weight in weights]
    if not held:
        return torch.zeros((0, count(layout)), dtype=torch.float64)
    found = torch.stack(held)
    size = found.norm(dim=1, keepdim=True)
    return (found / size.clamp(min=1e-300))[size[:, 0] > 0]


def _moment(layer: Layer, cache: Pass, block: Block, centre: Tensor, leg: int, weight: Tensor, size: int) -> Tensor:
    """Gradient (P,) of the mean of weight (n,) times a leg by the parameters that enter it directly."""
    found = torch.zeros(size, dtype=torch.float64)
    mine = (block.leg == leg).nonzero().flatten()
    moments = torch.einsum("n,nim->im", weight, cache.values[0] - centre) / len(weight)
    found[block.place[mine]] = moments[block.source[mine]]
    found[block.bias][block.biases == leg] = weight.mean()
    for position, flat in enumerate(block.named):
        s, k = divmod(flat, 4)
        if layer.named[s][1] == leg:
            found[block.affine.start + position] = (weight * named_columns(layer, cache, s)[0, :, k]).mean()
    return found


def _strided(X: Tensor) -> Tensor:
    """At most `SAMPLE` rows, spread over the table: rows may come sorted."""
    return X[:: max(1, -(-len(X) // SAMPLE))]

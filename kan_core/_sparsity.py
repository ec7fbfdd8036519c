"""Sparsity: a penalty on the size of whole edges, reweighted at every step so that it tends to count them.

The size of an edge is √(mean δ²·var φ), what it moves the output by, the same whatever the scale of hidden nodes. The
penalty size²/(size² + ε²) tends to the number of edges as ε falls, so that its weight is the share of the target's
variance that an edge has to earn.
Source: iteratively reweighted least squares for group sparsity (Candès, Wakin & Boyd, J. Fourier Anal. Appl. 14, 2008).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from kan_core._layer import Layer, basis_values, forward
from kan_core._normal import Block, count, one_pass, put_blocks
from kan_core._tidy import legs_fed, tidy

SAMPLE = 2000  # rows that measure the size of edges
SMOOTHING = (1.0, 1e-2)  # ε of the reweighting at the start and the end, in units of the target's spread
IDLE = 1e-2  # size, in the same units, below which an edge is removed


def group_penalty(
    layers: Sequence[Layer], layout: Sequence[Block], X: Tensor, strength: Sequence[Tensor], progress: float
) -> Tensor:
    """Matrix T (R, P, P) with θᵀTθ = Σ size²/(size² + ε²), ε falling as `progress` goes from 0 to 1."""
    R, P = layers[0].coef.shape[0], count(layout)
    found = torch.zeros((R, P, P), dtype=X.dtype, device=X.device)
    for block, squares in zip(layout, group_squares(layers, layout, X, strength, progress), strict=True):
        put_blocks(found, block, squares)
    return found


def group_squares(
    layers: Sequence[Layer], layout: Sequence[Block], X: Tensor, strength: Sequence[Tensor], progress: float
) -> list[Tensor]:
    """The squares (R, E, m, m) on the diagonal of that matrix, layer by layer."""
    R, found = layers[0].coef.shape[0], []
    epsilon = SMOOTHING[0] * (SMOOTHING[1] / SMOOTHING[0]) ** progress
    for layer, block, strong, gram in zip(layers, layout, strength, _grams(layers, X), strict=True):
        squares = strong[:, block.leg].view(R, -1, 1, 1) * gram[:, block.source]  # (R, E, m, m)
        c = layer.coef[:, block.source, :, block.leg].transpose(0, 1).unsqueeze(-1)  # (R, E, m, 1)
        size_squared = (c.transpose(2, 3) @ squares @ c).clamp(min=0)
        found.append(squares / (size_squared + epsilon**2))
    return found


def without_idle(layers: tuple[Layer, ...], X: Tensor) -> tuple[Layer, ...]:
    """The layers without the edges whose size has fallen to nothing, but never without a path to every output."""
    strength = one_pass(layers, _strided(X), strength=True).strength
    assert strength is not None
    squares = [
        torch.einsum("rimj,rimk,rikj->rij", layer.coef, gram, layer.coef) * strong.unsqueeze(1)
        for layer, strong, gram in zip(layers, strength, _grams(layers, X), strict=True)
    ]
    for limit in (IDLE, IDLE / 10, IDLE / 100):
        alive = [layer.spline & (square > limit**2) for layer, square in zip(layers, squares, strict=True)]
        kept = tidy([_only(layer, mask) for layer, mask in zip(layers, alive, strict=True)])
        if bool(legs_fed(kept[-1]).all()):
            return kept
    return layers


def _only(layer: Layer, alive: Tensor) -> Layer:
    return replace(layer, spline=alive, coef=layer.coef * alive.unsqueeze(2))


def _strided(X: Tensor) -> Tensor:
    """At most `SAMPLE` rows, spread over the table: rows may come sorted."""
    return X[:: max(1, -(-len(X) // SAMPLE))]


def _grams(layers: Sequence[Layer], X: Tensor) -> list[Tensor]:
    """Covariance (R, I, m, m) of the basis functions of every source node over at most `SAMPLE` rows."""
    h, found = _strided(X).expand(layers[0].coef.shape[0], -1, -1), []
    for layer in layers:
        values, _ = basis_values(layer, h)
        centred = (values - values.mean(1, keepdim=True)).transpose(1, 2)  # (R, I, n, m)
        found.append(centred.transpose(2, 3) @ centred / h.shape[1])
        h, _ = forward(layer, h)
    return found

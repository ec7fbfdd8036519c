"""Which edges still lie on a path from an input to an output, and a network without the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from kan_core._layer import Layer


def tidy(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """The layers without edges that come from nowhere or lead nowhere.

    A factor of a product node may lose all its edges (it is then a constant); a sum node that does carries nothing on.
    """
    alive = [_alive(layer) for layer in layers]
    before = -1
    while before != (before := sum(int(mask.sum()) for mask in alive)):
        for depth, layer in enumerate(layers):
            if depth > 0:
                alive[depth] &= _nodes_fed(layers[depth - 1], alive[depth - 1]).unsqueeze(2)
            if depth + 1 < len(layers):
                used = alive[depth + 1].any(2)  # (R, N)
                alive[depth] &= used[:, node_of_leg(layer)].unsqueeze(1)
    return tuple(_kept(layer, mask) for layer, mask in zip(layers, alive, strict=True))


def node_of_leg(layer: Layer) -> list[int]:
    """The node that each leg belongs to."""
    factors = [layer.n_sums + k for k, arity in enumerate(layer.products) for _ in range(arity)]
    return [*range(layer.n_sums), *factors]


def legs_fed(layer: Layer) -> Tensor:
    """Whether each leg (R, J) has an edge."""
    return _alive(layer).any(1)


def _alive(layer: Layer) -> Tensor:
    mask = layer.spline.clone()
    for source, leg, _ in layer.named:
        mask[:, source, leg] = True
    return mask


def _nodes_fed(layer: Layer, alive: Tensor) -> Tensor:
    fed = torch.zeros((alive.shape[0], layer.n_nodes), dtype=torch.bool, device=alive.device)
    for leg, node in enumerate(node_of_leg(layer)):
        fed[:, node] |= alive[:, :, leg].any(1)
    return fed


def _kept(layer: Layer, alive: Tensor) -> Layer:
    spline = layer.spline & alive
    keep = [s for s, (source, leg, _) in enumerate(layer.named) if bool(alive[:, source, leg].any())]
    affine = layer.affine[:, keep] if layer.affine is not None and keep else None
    named = tuple(layer.named[s] for s in keep)
    return replace(layer, spline=spline, coef=layer.coef * spline.unsqueeze(2), named=named, affine=affine)

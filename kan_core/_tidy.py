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
    masks = [alive(layer) for layer in layers]
    before = -1
    while before != (before := sum(int(mask.sum()) for mask in masks)):
        for depth, layer in enumerate(layers):
            if depth > 0:
                masks[depth] &= _nodes_fed(layers[depth - 1], masks[depth - 1]).unsqueeze(2)
            if depth + 1 < len(layers):
                used = masks[depth + 1].any(2)  # (R, N)
                masks[depth] &= used[:, node_of_leg(layer)].unsqueeze(1)
    return tuple(_kept(layer, mask) for layer, mask in zip(layers, masks, strict=True))


def compact(layers: Sequence[Layer]) -> tuple[tuple[Layer, ...], list[int]]:
    """The layers without the nodes that lead nowhere, and the inputs that are left, by their old columns.

    The output is that of `layers` to rounding. Every layer keeps one node at least.
    """
    found = list(_without_dead_ends(layers))
    for depth in reversed(range(len(found))):
        used = alive(found[depth])[0].any(1)
        kept = used.nonzero().flatten().tolist() or [0]
        found[depth] = _sources(found[depth], kept)
        if depth:
            found[depth - 1] = _targets(found[depth - 1], kept)
    return tuple(found), kept


def _without_dead_ends(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """The layers without edges that lead nowhere."""
    masks = [alive(layer) for layer in layers]
    for depth in reversed(range(len(layers) - 1)):
        masks[depth] &= masks[depth + 1].any(2)[:, node_of_leg(layers[depth])].unsqueeze(1)
    return tuple(_kept(layer, mask) for layer, mask in zip(layers, masks, strict=True))


def _sources(layer: Layer, kept: list[int]) -> Layer:
    """The layer that reads some of its source nodes only; the others feed nothing."""
    named = tuple((kept.index(source), leg, name) for source, leg, name in layer.named)
    lo, hi, coef, spline = layer.lo[:, kept], layer.hi[:, kept], layer.coef[:, kept], layer.spline[:, kept]
    return replace(layer, lo=lo, hi=hi, coef=coef, spline=spline, named=named)


def _targets(layer: Layer, kept: list[int]) -> Layer:
    """The layer with some of its nodes only; nothing feeds the others."""
    legs = [leg for leg, node in enumerate(node_of_leg(layer)) if node in kept]
    products = tuple(arity for k, arity in enumerate(layer.products, layer.n_sums) if k in kept)
    stay = [s for s, (_, leg, _) in enumerate(layer.named) if leg in legs]
    named = tuple((i, legs.index(leg), name) for i, leg, name in (layer.named[s] for s in stay))
    affine = layer.affine[:, stay] if layer.affine is not None and stay else None
    coef, bias, spline = layer.coef[..., legs], layer.bias[:, legs], layer.spline[..., legs]
    return replace(layer, products=products, coef=coef, bias=bias, spline=spline, named=named, affine=affine)


def node_of_leg(layer: Layer) -> list[int]:
    """The node that each leg belongs to."""
    factors = [layer.n_sums + k for k, arity in enumerate(layer.products) for _ in range(arity)]
    return [*range(layer.n_sums), *factors]


def legs_fed(layer: Layer) -> Tensor:
    """Whether each leg (R, J) has an edge."""
    return alive(layer).any(1)


def alive(layer: Layer) -> Tensor:
    """Whether each edge (R, I, J) is a spline or named."""
    mask = layer.spline.clone()
    for source, leg, _ in layer.named:
        mask[:, source, leg] = True
    return mask


def _nodes_fed(layer: Layer, mask: Tensor) -> Tensor:
    fed = torch.zeros((mask.shape[0], layer.n_nodes), dtype=torch.bool, device=mask.device)
    for leg, node in enumerate(node_of_leg(layer)):
        fed[:, node] |= mask[:, :, leg].any(1)
    return fed


def _kept(layer: Layer, mask: Tensor) -> Layer:
    spline = layer.spline & mask
    keep = [s for s, (source, leg, _) in enumerate(layer.named) if bool(mask[:, source, leg].any())]
    affine = layer.affine[:, keep] if layer.affine is not None and keep else None
    named = tuple(layer.named[s] for s in keep)
    return replace(layer, spline=spline, coef=layer.coef * spline.unsqueeze(2), named=named, affine=affine)

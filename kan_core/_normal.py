"""The normal equations of a KAN: exact Jacobian rows from a forward and a backward pass, summed over chunks of rows.

With node value h and edge φ(h) = Σ cₘBₘ(h), ∂output/∂cₘ = δ·Bₘ(h), where δ = ∂output/∂(leg the edge feeds).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from kan_core._layer import BASES, Layer, backward, forward, named_columns

CHUNK_NUMBERS = 1 << 22  # entries of a chunk's Jacobian: 32 MB


@dataclass(frozen=True)
class Block:
    """Where the parameters of one layer stand in the parameter vector."""

    source: Tensor  # (E,) of each live spline
    leg: Tensor  # (E,)
    size: int  # basis functions of an edge
    biases: Tensor  # (b,) legs whose bias is free
    named: tuple[int, ...]  # free entries of affine, flattened
    start: int

    @property
    def splines(self) -> slice:
        return slice(self.start, self.start + len(self.source) * self.size)

    @property
    def bias(self) -> slice:
        return slice(self.splines.stop, self.splines.stop + len(self.biases))

    @property
    def affine(self) -> slice:
        return slice(self.bias.stop, self.bias.stop + len(self.named))


def blocks(layers: Sequence[Layer]) -> list[Block]:
    """Lays the free parameters out, layer by layer: spline coefficients, biases, named constants."""
    found, start = [], 0
    for layer in layers:
        source, leg = layer.spline.any(0).nonzero(as_tuple=True)
        named = tuple(range(3 * len(layer.named)))
        fed = set(leg.tolist()) | {row[1] for row in layer.named}
        biases = torch.tensor(sorted(fed), dtype=torch.long, device=layer.coef.device)
        block = Block(source, leg, layer.coef.shape[2], biases, named, start)
        found.append(block)
        start = block.affine.stop
    return found


def count(layout: Sequence[Block]) -> int:
    return layout[-1].affine.stop


def outputs(layers: Sequence[Layer], X: Tensor) -> Tensor:
    """(R, n, o) from X (n, d), chunk by chunk."""
    R, found = layers[0].coef.shape[0], []
    widest = max(layer.n_in * layer.coef.shape[2] for layer in layers)
    for rows in X.split(max(64, CHUNK_NUMBERS // (R * widest))):
        h = rows.expand(R, -1, -1)
        for layer in layers:
            h, _ = forward(layer, h)
        found.append(h)
    return found[0] if len(found) == 1 else torch.cat(found, dim=1)


def jacobian(layers: Sequence[Layer], layout: Sequence[Block], X: Tensor, centre: list[Tensor] | None = None) -> tuple:
    """Outputs (R, n, o), Jacobian (R, n, o, P), centres and mean squared leg sensitivities per layer.

    The columns of an edge are those of its *centred* basis functions (each minus its mean over the rows), so that a
    constant can only move in the bias: `centre` (R, I, m) per layer is made from these rows when not given.
    """
    R, n = layers[0].coef.shape[0], X.shape[0]
    h, caches = X.expand(R, -1, -1), []
    for layer in layers:
        h, cache = forward(layer, h)
        caches.append(cache)
    if centre is None:
        centre = [cache.values.mean(1) for cache in caches]
    o = h.shape[-1]
    J = torch.empty((R, n, o, count(layout)), dtype=h.dtype, device=h.device)
    sensitivity = torch.eye(o, dtype=h.dtype, device=h.device).expand(R, n, o, o)
    strength: list[Tensor] = []
    for depth in reversed(range(len(layers))):
        layer, cache, block = layers[depth], caches[depth], layout[depth]
        delta, sensitivity = backward(layer, cache, sensitivity)
        strength.insert(0, delta.square().mean(1).sum(1))  # (R, J)
        alive = layer.spline[:, block.source, block.leg].to(h.dtype)  # (R, E)
        basis = (cache.values - centre[depth].unsqueeze(1)).unsqueeze(2)[:, :, :, block.source]
        view = J[..., block.splines].view(R, n, o, len(block.source), block.size)
        torch.mul(basis, (delta[..., block.leg] * alive.view(R, 1, 1, -1)).unsqueeze(-1), out=view)
        J[..., block.bias] = delta[..., block.biases]
        for position, flat in enumerate(block.named):
            s, k = divmod(flat, 3)
            column = named_columns(layer, cache, s)[..., k]
            J[..., block.affine.start + position] = delta[..., layer.named[s][1]] * column.unsqueeze(2)
    return h, J, centre, strength


@dataclass(frozen=True)
class Normal:
    """JᵀWJ (R, P, P), Jᵀg (R, P) as means over the rows; the centres used and the legs' mean squared sensitivities."""

    hessian: Tensor
    gradient: Tensor
    centre: list[Tensor]
    strength: list[Tensor]


def assemble(layers: Sequence[Layer], layout: Sequence[Block], X: Tensor, curvature: Tensor, slope: Tensor) -> Normal:
    """Sums the normal equations in chunks, so that memory does not grow with the rows.

    `slope` and `curvature` (R, n, o) are the first and second derivatives of the loss by the output.
    """
    R, P = layers[0].coef.shape[0], count(layout)
    hessian = torch.zeros((R, P, P), dtype=X.dtype, device=X.device)
    gradient = torch.zeros((R, P), dtype=X.dtype, device=X.device)
    n, o = X.shape[0], slope.shape[-1]
    centre: list[Tensor] | None = None
    strength: list[Tensor] = []
    rows = max(64, CHUNK_NUMBERS // (R * o * max(P, 1)))
    for begin in range(0, n, rows):
        part = slice(begin, min(begin + rows, n))
        _, J, centre, found = jacobian(layers, layout, X[part], centre)
        share = (part.stop - begin) / n
        strength = [s * share + (strength[k] if strength else 0) for k, s in enumerate(found)]
        flat = J.view(R, -1, P)
        gradient += (flat.transpose(1, 2) @ slope[:, part].reshape(R, -1, 1)).squeeze(-1)
        flat *= curvature[:, part].sqrt().reshape(R, -1, 1)
        hessian.baddbmm_(flat.transpose(1, 2), flat)
    assert centre is not None
    return Normal(hessian / n, gradient / n, centre, strength)


def step(layers: Sequence[Layer], layout: Sequence[Block], move: Tensor, centre: list[Tensor]) -> tuple[Layer, ...]:
    """The layers after a move (R, P) of the centred parameters."""
    moved = []
    for layer, block, mean in zip(layers, layout, centre, strict=True):
        delta = move[:, block.splines].view(len(move), -1, block.size)
        delta = delta * layer.spline[:, block.source, block.leg].unsqueeze(-1)
        coef = layer.coef.clone()
        coef[:, block.source, :, block.leg] += delta.transpose(0, 1)
        bias = layer.bias.clone()
        bias[:, block.biases] += move[:, block.bias]
        bias.index_add_(1, block.leg, -(delta * mean[:, block.source]).sum(-1))
        affine = layer.affine
        if affine is not None and block.named:
            flat = affine.reshape(len(affine), -1).clone()
            flat[:, list(block.named)] += move[:, block.affine]
            affine = flat.view_as(affine)
        moved.append(replace(layer, coef=coef, bias=bias, affine=affine))
    return tuple(moved)


def parameters(layers: Sequence[Layer], layout: Sequence[Block]) -> Tensor:
    """The parameter vector (R, P)."""
    R = layers[0].coef.shape[0]
    found = torch.zeros((R, count(layout)), dtype=torch.float64, device=layers[0].coef.device)
    for layer, block in zip(layers, layout, strict=True):
        found[:, block.splines] = layer.coef[:, block.source, :, block.leg].transpose(0, 1).reshape(R, -1)
        found[:, block.bias] = layer.bias[:, block.biases]
        if layer.affine is not None and block.named:
            found[:, block.affine] = layer.affine.reshape(R, -1)[:, list(block.named)]
    return found


def roughness(layers: Sequence[Layer], layout: Sequence[Block], strength: Sequence[Tensor]) -> Tensor:
    """Penalty matrix (R, P, P): θᵀSθ = Σ over splines of mean(δ²)·∫φ‴², the same whatever the scale of hidden nodes."""
    R, P = layers[0].coef.shape[0], count(layout)
    found = torch.zeros((R, P, P), dtype=torch.float64, device=layers[0].coef.device)
    for layer, block, strong in zip(layers, layout, strength, strict=True):
        one = torch.as_tensor(BASES[layer.basis].penalty(layer.grid, layer.order), device=found.device)
        for e, leg in enumerate(block.leg.tolist()):
            place = slice(block.start + e * block.size, block.start + (e + 1) * block.size)
            found[:, place, place] = strong[:, leg].view(R, 1, 1) * one
    return found

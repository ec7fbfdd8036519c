"""Moving a network from one grid to another: finer cells (exact), and ranges that follow the data (a refit)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from kan_core._basis import refitted, transfer
from kan_core._layer import BASES, Layer, basis_values

OUTSIDE = 0.02  # of the range: so far may data leave a grid before it follows
ROOM = 0.05  # of the range: what a hidden grid has left at each end
UNUSED = 0.3  # of the range: so much of a grid may lie idle


def refine(layers: Sequence[Layer], grid: int) -> tuple[Layer, ...]:
    """The layers on `grid` cells. Curves stay the same to rounding where `grid` is a multiple of the present one.

    Curves of a nested basis, such as Chebyshev's, stay the same on any larger grid.
    """
    return tuple(_refine(layer, grid) for layer in layers)


def _refine(layer: Layer, grid: int) -> Layer:
    if grid == layer.grid:
        return layer
    matrix = transfer(BASES[layer.basis], layer.grid, grid, layer.order).to(layer.coef.device)
    return replace(layer, grid=grid, coef=torch.einsum("fm,rimj->rifj", matrix, layer.coef))


def follow(
    layers: Sequence[Layer], ranges: Sequence[tuple[Tensor, Tensor]], only: int | None = None
) -> tuple[Layer, ...]:
    """The layers with the grids of hidden nodes moved to where the data now are; the same objects where all is well.

    `ranges` holds lowest and highest value (R, I) of the source nodes of each layer; `only` picks one layer.
    """
    moved = list(layers)
    for depth in range(1, len(layers)) if only is None else (only,):
        stray = _strays(layers[depth], *ranges[depth])
        if bool(stray.any()):
            moved[depth] = regrid(layers[depth], *roomy(*ranges[depth]), stray)
    return tuple(moved)


def roomy(low: Tensor, high: Tensor) -> tuple[Tensor, Tensor]:
    """The range with room at both ends: rows not seen yet may lie a little further out, and tails are only lines."""
    room = ROOM * (high - low)
    return low - room, high + room


def astray(layers: Sequence[Layer], ranges: Sequence[tuple[Tensor, Tensor]]) -> bool:
    """Whether the data of any hidden node have left its grid, or left much of it idle."""
    return any(bool(_strays(layers[depth], *ranges[depth]).any()) for depth in range(1, len(layers)))


def _strays(layer: Layer, low: Tensor, high: Tensor) -> Tensor:
    width = layer.hi - layer.lo
    stray = (low < layer.lo - OUTSIDE * width) | (high > layer.hi + OUTSIDE * width)
    stray |= (high - low) < (1 - UNUSED) * width
    return stray & ((high - low) > 1e-9 * width)


def regrid(layer: Layer, low: Tensor, high: Tensor, which: Tensor) -> Layer:
    """The layer with new ranges (R, I) for the source nodes in `which` (R, I), its curves refitted on them."""
    lo, hi = torch.where(which, low, layer.lo), torch.where(which, high, layer.hi)
    basis = BASES[layer.basis]
    points = basis.points(layer.grid, layer.order).to(lo.device)
    x = lo.unsqueeze(1) + (hi - lo).unsqueeze(1) * points.view(1, -1, 1)  # (R, points, I)
    values, _ = basis_values(layer, x)
    curves = torch.einsum("rnim,rimj->rnij", values, layer.coef)
    coef = refitted(basis, layer.grid, layer.order, curves, layer.coef)
    return replace(layer, lo=lo, hi=hi, coef=torch.where(which.view(*which.shape, 1, 1), coef, layer.coef))

"""The free scale and origin of hidden nodes, fixed: zero mean and unit spread over the rows. No output changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from kan_core._layer import Layer, forward


def regauge(layers: Sequence[Layer], X: Tensor) -> tuple[Layer, ...]:
    """The layers with every hidden sum node shifted and scaled over rows X (n, d); outgoing grids follow exactly."""
    gauged = list(layers)
    h = X.expand(layers[0].coef.shape[0], -1, -1)
    for depth in range(len(layers) - 1):
        h, _ = forward(gauged[depth], h)
        sums = gauged[depth].n_sums
        if not sums:
            continue
        mean, spread = h[..., :sums].mean(1), h[..., :sums].std(1, correction=0)
        spread = torch.where(spread > 1e-12 * (mean.abs() + 1e-300), spread, torch.ones_like(spread))
        gauged[depth] = _incoming(gauged[depth], mean, spread)
        gauged[depth + 1] = _outgoing(gauged[depth + 1], mean, spread)
        h = torch.cat([(h[..., :sums] - mean.unsqueeze(1)) / spread.unsqueeze(1), h[..., sums:]], dim=-1)
    return tuple(gauged)


def _incoming(layer: Layer, mean: Tensor, spread: Tensor) -> Layer:
    factor, origin = torch.ones_like(layer.bias), torch.zeros_like(layer.bias)
    factor[:, : layer.n_sums], origin[:, : layer.n_sums] = spread, mean
    affine = layer.affine
    if affine is not None:
        legs = [leg for _, leg, _ in layer.named]
        affine = torch.cat([affine[..., :2], affine[..., 2:] / factor[:, legs].unsqueeze(-1)], dim=-1)
    coef = layer.coef / factor.view(len(factor), 1, 1, -1)
    return replace(layer, coef=coef, bias=(layer.bias - origin) / factor, affine=affine)


def _outgoing(layer: Layer, mean: Tensor, spread: Tensor) -> Layer:
    factor, origin = torch.ones_like(layer.lo), torch.zeros_like(layer.lo)
    factor[:, : mean.shape[1]], origin[:, : mean.shape[1]] = spread, mean
    affine = layer.affine
    if affine is not None:
        sources = [source for source, *_ in layer.named]
        a, b, c, d = affine.unbind(-1)
        affine = torch.stack([a * factor[:, sources], b + a * origin[:, sources], c, d], dim=-1)
    return replace(layer, lo=(layer.lo - origin) / factor, hi=(layer.hi - origin) / factor, affine=affine)

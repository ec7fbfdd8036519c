"""Losses as data: value, slope and curvature by the output, per row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Loss:
    """`value`, `slope`, `curvature` map outputs (R, n, o) and targets (n, o) to (R, n, o); curvature is positive."""

    name: str
    value: Callable[[Tensor, Tensor], Tensor]
    slope: Callable[[Tensor, Tensor], Tensor]
    curvature: Callable[[Tensor, Tensor], Tensor]


SQUARES = Loss(
    "squares",
    value=lambda f, y: 0.5 * (f - y).square(),
    slope=lambda f, y: f - y,
    curvature=lambda f, y: torch.ones_like(f - y),
)

LOSSES = {loss.name: loss for loss in (SQUARES,)}

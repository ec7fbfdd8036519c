"""Base functions: an edge may be w·b + spline, as in the first KAN paper (arXiv 2404.19756, eq. 2.10).

b is one more function of the basis, free of any penalty, so that everything else works on it unchanged. It takes the
coordinate of the edge's grid, z = 2t − 1 ∈ [−1, 1], not the node's own value: hidden nodes have no scale of their own,
and z is what their rescaling leaves alone. Outside the grid b goes on as its tangent, like the splines.

It is off by default: a spline of five cells holds silu to 6e-5, so that the column nearly depends on the others. No
curve is gained, and the same number of parameters does better as one more cell of the grid.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from kan_core._basis import Basis


@dataclass(frozen=True)
class BaseFunction:
    """b(z) with its first two derivatives, elementwise."""

    name: str
    value: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor], Tensor]
    bend: Callable[[Tensor], Tensor]


def _silu_slope(z: Tensor) -> Tensor:
    s = z.sigmoid()
    return s + z * s * (1 - s)


def _silu_bend(z: Tensor) -> Tensor:
    s = z.sigmoid()
    return s * (1 - s) * (2 + z * (1 - 2 * s))


IDENTITY = BaseFunction("identity", lambda z: z, torch.ones_like, torch.zeros_like)
SILU = BaseFunction("silu", torch.nn.functional.silu, _silu_slope, _silu_bend)

BASE_FUNCTIONS = {base.name: base for base in (IDENTITY, SILU)}


def with_base(basis: Basis, base: BaseFunction) -> Basis:
    """The basis with b as its last function, called "bspline+silu" and the like."""

    def evaluate(t: Tensor, grid: int, order: int) -> tuple[Tensor, Tensor]:
        values, slopes = basis.evaluate(t, grid, order)
        inside = t.clamp(0, 1)
        slope = 2 * base.slope(2 * inside - 1)
        value = base.value(2 * inside - 1) + (t - inside) * slope
        return torch.cat([values, value.unsqueeze(-1)], dim=-1), torch.cat([slopes, slope.unsqueeze(-1)], dim=-1)

    def curvature(t: Tensor, grid: int, order: int) -> Tensor:
        inside = t.clamp(0, 1)
        bend = torch.where((t == inside) | t.isnan(), 4 * base.bend(2 * inside - 1), 0.0)
        return torch.cat([basis.curvature(t, grid, order), bend.unsqueeze(-1)], dim=-1)

    def padded(coefficients: Callable[[int, int], np.ndarray]) -> Callable[[int, int], np.ndarray]:
        return lru_cache(lambda grid, order: np.pad(coefficients(grid, order), (0, 1)))

    return replace(
        basis,
        name=f"{basis.name}+{base.name}",
        evaluate=evaluate,
        curvature=curvature,
        size=lambda grid, order: basis.size(grid, order) + 1,
        constant=padded(basis.constant),
        linear=padded(basis.linear),
        bowl=padded(basis.bowl),
        penalty=padded(basis.penalty),
        extra=1,
    )

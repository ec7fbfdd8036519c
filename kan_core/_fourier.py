"""Waves beside a line: for curves that oscillate.

The period is longer than the range. With the range itself as the period a curve would have to end as it began, in
value and slope: eˣ, x² or √x would be missed by percents, however many waves there are. On part of a period the
same waves converge geometrically, and the line takes up what no wave does well.
Source: Huybrechs, On the Fourier extension of nonperiodic functions, SIAM J. Numer. Anal. 47 (2010).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from kan_core._basis import Basis

PERIOD = 1.5  # of the range: longer ones are more exact on smooth curves, and nearer to dependent


def evaluate(t: Tensor, grid: int, order: int) -> tuple[Tensor, Tensor]:
    """Value and slope (..., m) at t (...,) of 1, 2t − 1, and cos and sin of k·2π(t − ½)/PERIOD, k = 1, 2, …

    There are m = grid + order functions, as many as B-splines of that grid and order; slopes by t.
    """
    inside = t.clamp(0, 1)
    values, slopes = (_derivative(inside, grid + order, q) for q in (0, 1))
    return values + (t - inside).unsqueeze(-1) * slopes, slopes


def curvature(t: Tensor, grid: int, order: int) -> Tensor:
    """Second derivative (..., grid + order) by t: zero in the tails."""
    inside = t.clamp(0, 1)
    bent = _derivative(inside, grid + order, 2)
    return torch.where((t == inside).unsqueeze(-1) | t.isnan().unsqueeze(-1), bent, 0.0)


def _derivative(t: Tensor, m: int, q: int) -> Tensor:
    """The q-th derivative (..., m) at t (...,) in [0, 1]."""
    frequency, phase = (part.to(t.device) for part in _waves(m))
    waves = frequency**q * torch.cos((t - 0.5).unsqueeze(-1) * frequency + (phase + q * np.pi / 2))
    first, zero = torch.ones_like(t), torch.zeros_like(t)
    lines = {0: (first, 2 * t - 1), 1: (zero, 2 * first)}.get(q, (zero, zero))
    return torch.cat([torch.stack(lines, dim=-1), waves], dim=-1)


@lru_cache
def _waves(m: int) -> tuple[Tensor, Tensor]:
    """Angular frequencies and phases (m − 2,) of cos₁, sin₁, cos₂, sin₂, …"""
    k = torch.arange(m - 2, dtype=torch.float64)
    return 2 * np.pi / PERIOD * (k // 2 + 1), -np.pi / 2 * (k % 2)


@lru_cache
def penalty(grid: int, order: int) -> np.ndarray:
    """Matrix S (m, m) with cᵀSc = ∫φ‴(t)² dt over [0, 1], φ being the sum of the functions; zero for lines."""
    m = grid + order
    x, w = np.polynomial.legendre.leggauss(2 * m + 20)  # exact to rounding: several nodes in each wave
    bent = _derivative(torch.as_tensor((x + 1) / 2), m, 3).numpy()
    return bent.T @ (w[:, None] / 2 * bent)


def _lines(first: float, second: float, grid: int, order: int) -> np.ndarray:
    found = np.zeros(grid + order)
    found[:2] = first, second
    return found


def _bowl(grid: int, order: int) -> np.ndarray:
    """The first cosine upside down, of mean 0, as deep as a parabola that is 0 in the middle and 1 at the ends."""
    found = np.zeros(grid + order)
    if len(found) > 2:
        half = np.pi / PERIOD
        depth = 1 - np.cos(half)
        found[0], found[2] = np.sin(half) / half / depth, -1 / depth
    return found


FOURIER = Basis(
    name="fourier",
    evaluate=evaluate,
    curvature=curvature,
    size=lambda grid, order: grid + order,
    constant=lambda grid, order: _lines(1.0, 0.0, grid, order),
    linear=lambda grid, order: _lines(0.5, 0.5, grid, order),
    bowl=_bowl,
    penalty=penalty,
    nested=True,
)

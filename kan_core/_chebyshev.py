"""Chebyshev polynomials: the smoothest of the bases, and the most exact one where a curve is analytic.

Source: Trefethen, *Approximation Theory and Approximation Practice* (SIAM, 2013): the coefficients of an analytic
curve fall geometrically. A kink spreads over the whole range instead: then B-splines do better.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from numpy.polynomial import chebyshev
from torch import Tensor

from kan_core._basis import Basis


def evaluate(t: Tensor, grid: int, order: int) -> tuple[Tensor, Tensor]:
    """Value and slope of T₀ … Tₘ₋₁ at 2t − 1, m = grid + order, as (..., m) at t (...,); slopes by t.

    The degree is grid + order − 1: as many functions as there are B-splines of that grid and order.
    """
    inside = t.clamp(0, 1)
    values = _polynomials(inside, grid + order)
    slopes = values @ _slope_matrix(grid + order, t.device)
    return values + (t - inside).unsqueeze(-1) * slopes, slopes


def curvature(t: Tensor, grid: int, order: int) -> Tensor:
    """Second derivative (..., grid + order) by t: zero in the tails."""
    inside, slope = t.clamp(0, 1), _slope_matrix(grid + order, t.device)
    bent = _polynomials(inside, grid + order) @ (slope @ slope)
    return torch.where((t == inside).unsqueeze(-1) | t.isnan().unsqueeze(-1), bent, 0.0)


def _polynomials(t: Tensor, m: int) -> Tensor:
    x = 2 * t - 1
    found = [torch.ones_like(x), x]
    while len(found) < m:
        found.append(2 * x * found[-1] - found[-2])
    return torch.stack(found, dim=-1)


@lru_cache
def _slope_matrix(m: int, device: torch.device) -> Tensor:
    """Matrix (m, m) with T′ₖ = Σⱼ Tⱼ·D[j, k], by t."""
    found = np.zeros((m, m))
    found[: m - 1] = 2 * chebyshev.chebder(np.eye(m))
    return torch.as_tensor(found, device=device)


@lru_cache
def penalty(grid: int, order: int) -> np.ndarray:
    """Matrix S (m, m) with cᵀSc = ∫φ‴(t)² dt over [0, 1], φ = Σ cₘTₘ; zero for parabolas."""
    m = grid + order
    x, w = np.polynomial.legendre.leggauss(m)  # exact: the integrand's degree is below 2m
    bent = chebyshev.chebvander(x, m - 1) @ np.linalg.matrix_power(_slope_matrix(m, torch.device("cpu")).numpy(), 3)
    return bent.T @ (w[:, None] / 2 * bent)


@lru_cache
def points(grid: int, order: int) -> Tensor:
    """Chebyshev points in [0, 1], twice as many as coefficients: equally spaced ones determine a high degree badly."""
    return (1 - torch.cos(torch.linspace(0, torch.pi, 2 * (grid + order), dtype=torch.float64))) / 2


def _series(first: tuple[float, ...], grid: int, order: int) -> np.ndarray:
    found = np.zeros(grid + order)
    if len(first) <= len(found):
        found[: len(first)] = first
    return found


CHEBYSHEV = Basis(
    name="chebyshev",
    evaluate=evaluate,
    curvature=curvature,
    size=lambda grid, order: grid + order,
    constant=lambda grid, order: _series((1.0,), grid, order),
    linear=lambda grid, order: _series((0.5, 0.5), grid, order),
    bowl=lambda grid, order: _series((1 / 6, 0.0, 0.5), grid, order),  # exactly (2t − 1)² − ⅓, from degree 2 on
    penalty=penalty,
    points=points,
    nested=True,
)

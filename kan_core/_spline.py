"""Uniform-knot B-splines by their local polynomials: only order + 1 of them are non-zero at a point.

Source: de Boor, *A Practical Guide to Splines* (2001); the penalty is that of P-splines (Eilers & Marx, Statistical
Science 11, 1996) with the powers of the knot distance kept, so that its weight means the same on every grid.
"""

from __future__ import annotations

from functools import lru_cache
from math import comb

import numpy as np
import torch
from torch import Tensor

from kan_core._basis import Basis


@lru_cache
def local_polynomials(order: int) -> np.ndarray:
    """Coefficients (order + 1, order + 1) of the non-zero B-splines on a unit cell: row r, power p of u in [0, 1].

    >>> local_polynomials(1)
    array([[ 1., -1.],
           [ 0.,  1.]])
    """
    rows = np.ones((1, 1))
    for k in range(1, order + 1):
        wider = np.zeros((k + 1, k + 1))
        for r in range(k + 1):
            if r > 0:  # (u + k − r)/k · b[r−1]
                wider[r, :k] += (k - r) / k * rows[r - 1]
                wider[r, 1:] += rows[r - 1] / k
            if r < k:  # (r + 1 − u)/k · b[r]
                wider[r, :k] += (r + 1) / k * rows[r]
                wider[r, 1:] -= rows[r] / k
        rows = wider
    return rows


@lru_cache
def _derivative_tables(order: int, device: torch.device) -> tuple[Tensor, Tensor]:
    value = local_polynomials(order)
    slope = np.zeros_like(value)
    slope[:, :-1] = value[:, 1:] * np.arange(1, order + 1)
    return torch.as_tensor(value.T.copy(), device=device), torch.as_tensor(slope.T.copy(), device=device)


def evaluate(t: Tensor, grid: int, order: int) -> tuple[Tensor, Tensor]:
    """Value and slope of every B-spline at t (...,), the grid being [0, 1] in `grid` cells.

    Outside [0, 1] each spline goes on as its tangent: linear tails. Returns two tensors (..., grid + order), the
    slopes with respect to t.
    """
    value_table, slope_table = _derivative_tables(order, t.device)
    s = t * grid
    inside = s.clamp(0, grid).nan_to_num()  # a NaN must not become an index; it comes back through the tail
    cell = inside.floor().clamp(max=grid - 1)
    u = inside - cell
    powers = torch.stack([u**p for p in range(order + 1)], dim=-1)  # (..., order + 1)
    slopes = powers @ slope_table
    values = powers @ value_table + (s - inside).unsqueeze(-1) * slopes
    where = cell.long().unsqueeze(-1) + torch.arange(order + 1, device=t.device)
    dense = torch.zeros((2, *t.shape, grid + order), dtype=t.dtype, device=t.device)
    dense[0].scatter_(-1, where, values)
    dense[1].scatter_(-1, where, slopes * grid)
    return dense[0], dense[1]


def curvature(t: Tensor, grid: int, order: int) -> Tensor:
    """Second derivative (..., grid + order) of every B-spline at t (...,): zero in the tails, and for order 1."""
    _, slope_table = _derivative_tables(order, t.device)
    s = t * grid
    cell = s.clamp(0, grid).nan_to_num().floor().clamp(max=grid - 1)
    u = (s - cell).unsqueeze(-1)
    dense = torch.zeros((*t.shape, grid + order), dtype=t.dtype, device=t.device)
    for p in range(1, order):
        bent = p * u ** (p - 1) * slope_table[p]
        dense.scatter_add_(-1, cell.long().unsqueeze(-1) + torch.arange(order + 1, device=t.device), bent)
    inside = ((t >= 0) & (t <= 1)) | t.isnan()
    return torch.where(inside.unsqueeze(-1), dense * grid**2, 0.0)


@lru_cache
def greville(grid: int, order: int) -> np.ndarray:
    """Greville abscissae (grid + order,) in [0, 1] units: as coefficients they give the spline φ(t) = t."""
    return (np.arange(grid + order) - (order - 1) / 2) / grid


@lru_cache
def bowl(grid: int, order: int) -> np.ndarray:
    """Coefficients (grid + order,) on the parabola (2t − 1)² − ⅓ at the Greville abscissae."""
    return (2 * greville(grid, order) - 1) ** 2 - 1 / 3


@lru_cache
def penalty(grid: int, order: int) -> np.ndarray:
    """Matrix S (m, m) with cᵀSc = ∫φ⁽q⁾(t)² dt over [0, 1], q = min(3, order), φ = Σ cₘBₘ; exact for q = order."""
    q = min(3, order)
    differences = np.zeros((grid + order - q, grid + order))
    for row in range(len(differences)):
        differences[row, row : row + q + 1] = [(-1) ** (q - j) * comb(q, j) for j in range(q + 1)]
    differences *= float(grid) ** q
    gram = _gram(grid, order - q)
    return differences.T @ gram @ differences


@lru_cache
def _gram(grid: int, order: int) -> np.ndarray:
    """∫BₘBₗ dt over [0, 1], by integrating the local polynomials exactly."""
    local = local_polynomials(order)
    powers = np.arange(order + 1)
    moments = 1 / (powers[:, None] + powers[None, :] + 1)
    cell = local @ moments @ local.T / grid
    total = np.zeros((grid + order, grid + order))
    for c in range(grid):
        total[c : c + order + 1, c : c + order + 1] += cell
    return total


BSPLINE = Basis(
    name="bspline",
    evaluate=evaluate,
    curvature=curvature,
    size=lambda grid, order: grid + order,
    constant=lambda grid, order: np.ones(grid + order),
    linear=greville,
    bowl=bowl,
    penalty=penalty,
)

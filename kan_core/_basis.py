"""What a basis of edge functions must offer, and how a curve moves from one grid to another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor


def even_points(grid: int, order: int) -> Tensor:
    """Equally spaced points in [0, 1], order + 2 in each cell, ends included."""
    return torch.linspace(0, 1, grid * (order + 2) + 1, dtype=torch.float64)


@dataclass(frozen=True)
class Basis:
    """A family of functions on [0, 1] in which an edge is linear; outside, each goes on as its tangent.

    `size(grid, order)` counts the functions, m. `evaluate(t, grid, order)` gives their values and slopes (..., m) at
    t (...,), `curvature` the second derivatives (..., m), for looking. `constant`, `linear` and `bowl` are the
    coefficients (m,) of φ(t) = 1, of φ(t) = t, and of a curve near (2t − 1)² − ⅓. `penalty` is the roughness matrix
    S (m, m), cᵀSc = ∫φ‴². `points` are places in [0, 1] (k,) that determine every coefficient.

    A `nested` basis begins with the functions of its smaller grids. The last `extra` functions depend on no grid and
    keep their coefficients where a curve is refitted.
    """

    name: str
    evaluate: Callable[[Tensor, int, int], tuple[Tensor, Tensor]]
    curvature: Callable[[Tensor, int, int], Tensor]
    size: Callable[[int, int], int]
    constant: Callable[[int, int], np.ndarray]
    linear: Callable[[int, int], np.ndarray]
    bowl: Callable[[int, int], np.ndarray]
    penalty: Callable[[int, int], np.ndarray]
    points: Callable[[int, int], Tensor] = even_points
    nested: bool = False
    extra: int = 0


@lru_cache
def roughness_of(basis: Basis, grid: int, order: int, device: torch.device) -> Tensor:
    """The penalty matrix S (m, m) as a tensor."""
    return torch.as_tensor(basis.penalty(grid, order), device=device)


@lru_cache
def roughness_root(basis: Basis, grid: int, order: int, device: torch.device) -> Tensor:
    """A matrix F (m, q) with S = FFᵀ, q being the rank of S: parabolas are not rough."""
    squares, vectors = torch.linalg.eigh(torch.as_tensor(basis.penalty(grid, order)))
    rough = squares > 1e-14 * squares[-1]
    return (vectors[:, rough] * squares[rough].sqrt()).to(device)


@lru_cache
def interpolator(basis: Basis, grid: int, order: int) -> Tensor:
    """Matrix (m − extra, points) from a curve's values at the basis's points to its least-squares coefficients."""
    values, _ = basis.evaluate(basis.points(grid, order), grid, order)
    # Beyond 1e-12 a direction of a nearly dependent basis is rounding.
    return torch.linalg.pinv(values[:, : values.shape[1] - basis.extra], rtol=1e-12)


@lru_cache
def transfer(basis: Basis, grid: int, finer: int, order: int) -> Tensor:
    """Matrix (m_finer, m) that carries coefficients to another number of cells on the same range.

    Exact where the basis is nested and `finer` the larger, or where `finer` is a multiple of `grid` (knot insertion);
    otherwise a least-squares refit.
    """
    extra, old, new = (torch.eye(basis.extra, dtype=torch.float64), basis.size(grid, order), basis.size(finer, order))
    if basis.nested and new >= old:
        curve = torch.eye(new - basis.extra, old - basis.extra, dtype=torch.float64)
    else:
        values, _ = basis.evaluate(basis.points(finer, order), grid, order)
        curve = interpolator(basis, finer, order) @ values[:, : old - basis.extra]
    return torch.block_diag(curve, extra)


def refitted(basis: Basis, grid: int, order: int, curves: Tensor, coef: Tensor) -> Tensor:
    """Coefficients (R, I, m, J) of curves (R, points, I, J) given at the basis's points, of a layer that had `coef`."""
    matrix = interpolator(basis, grid, order).to(coef.device)
    kept = coef[:, :, coef.shape[2] - basis.extra :]
    if basis.extra:
        values, _ = basis.evaluate(basis.points(grid, order).to(coef.device), grid, order)
        curves = curves - torch.einsum("ne,riej->rnij", values[:, values.shape[1] - basis.extra :], kept)
    return torch.cat([torch.einsum("mn,rnij->rimj", matrix, curves), kept], dim=2)

"""What a basis of edge functions must offer, and how a curve moves from one grid to another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Basis:
    """A family of functions on [0, 1] in which an edge is linear.

    `evaluate(t, grid, order)` gives values and slopes (..., size) at t (...,); `size(grid, order)` counts them;
    `linear(grid, order)` are the coefficients of φ(t) = t; `penalty(grid, order)` is the roughness matrix.
    """

    name: str
    evaluate: Callable[[Tensor, int, int], tuple[Tensor, Tensor]]
    size: Callable[[int, int], int]
    linear: Callable[[int, int], np.ndarray]
    penalty: Callable[[int, int], np.ndarray]


@lru_cache
def sample_points(grid: int, order: int) -> Tensor:
    """Points in [0, 1] dense enough to determine every coefficient: order + 2 in each cell, ends included."""
    return torch.linspace(0, 1, grid * (order + 2) + 1, dtype=torch.float64)


@lru_cache
def interpolator(basis: Basis, grid: int, order: int) -> Tensor:
    """Matrix (m, points) from a curve's values at `sample_points` to its least-squares coefficients."""
    values, _ = basis.evaluate(sample_points(grid, order), grid, order)
    return torch.linalg.pinv(values)


@lru_cache
def transfer(basis: Basis, grid: int, finer: int, order: int) -> Tensor:
    """Matrix (m_finer, m) that carries coefficients to another number of cells on the same range.

    Exact where `finer` is a multiple of `grid` (knot insertion); otherwise a least-squares refit.
    """
    values, _ = basis.evaluate(sample_points(finer, order), grid, order)
    return interpolator(basis, finer, order) @ values

"""The five functions of the KAN paper's scaling study, as tasks with a shape and a grid.

Source: Liu et al., KAN: Kolmogorov-Arnold Networks, arXiv 2404.19756, section 3.1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from scipy import special

Range = tuple[float, float]


class Arrays(NamedTuple):
    """Training and test rows: X (n, d), y (n,)."""

    X: np.ndarray
    y: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray


@dataclass(frozen=True)
class Task:
    """A function of the columns of X to learn, with the shape and the grid that are to learn it."""

    key: str
    text: str
    function: Callable[[np.ndarray], Any]  # (d, n) -> (n,)
    widths: tuple[int, ...]
    grid: int
    ranges: tuple[Range, ...]
    restarts: int = field(default=1, kw_only=True)  # of ours: one start of a deep network may stick

    def sample(self, n: int, seed: int, n_test: int = 1000) -> Arrays:
        """Rows drawn uniformly from the box of ranges; the same seed gives the same rows."""
        draw = np.random.default_rng(seed)
        low, high = np.array(self.ranges).T
        X = draw.uniform(low, high, (n + n_test, len(self.ranges)))
        y = np.asarray(self.function(X.T), dtype=np.float64)
        return Arrays(X[:n], y[:n], X[n:], y[n:])


def _box(d: int) -> tuple[Range, ...]:
    return ((-1.0, 1.0),) * d


def _hello(x: np.ndarray) -> np.ndarray:
    return np.exp(np.sin(np.pi * x[0]) + x[1] ** 2)


def _nested(x: np.ndarray) -> np.ndarray:
    return np.exp((np.sin(np.pi * (x[0] ** 2 + x[1] ** 2)) + np.sin(np.pi * (x[2] ** 2 + x[3] ** 2))) / 2)


def _hundred(x: np.ndarray) -> np.ndarray:
    return np.exp((np.sin(np.pi * x / 2) ** 2).mean(0))


HELLO = Task("hello", "exp(sin πx + y²)", _hello, (2, 5, 1), 5, _box(2))
BESSEL = Task("bessel", "J₀(20x)", lambda x: special.j0(20 * x[0]), (1, 1), 20, _box(1))
PRODUCT = Task("product", "xy", lambda x: x[0] * x[1], (2, 2, 1), 5, _box(2))
NESTED = Task("nested", "exp(½(sin π(x₁²+x₂²) + sin π(x₃²+x₄²)))", _nested, (4, 4, 2, 1), 5, _box(4), restarts=4)
HUNDRED = Task("hundred", "exp(1/100 Σ sin²(πxᵢ/2)), i = 1…100", _hundred, (100, 1, 1), 5, _box(100))

TOYS = (HELLO, BESSEL, PRODUCT, NESTED, HUNDRED)

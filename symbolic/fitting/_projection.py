"""Variable projection: curves with amplitudes in closed form, and the rest of their numbers by least squares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

Array = NDArray[np.float64]

_TIGHT, _EVALUATIONS = 1e-12, 150


def amplitudes(basis: Array, y: Array, weight: Array) -> Array:
    """The c (m,) of Σ c·basis (n, m) nearest to y (n,), where errors count as often as `weight` (n,) says."""
    return cast(Array, np.linalg.lstsq(basis * weight[:, None], y * weight, rcond=None)[0])


def residual(basis: Array, y: Array, weight: Array) -> Array:
    """What the nearest sum of curves leaves, weighed."""
    return weight * (y - basis @ amplitudes(basis, y, weight))


def projected(basis: Array, slopes: Array, of: Sequence[int], y: Array, weight: Array) -> Array:
    """The derivatives (n, p) of `residual` after Kaufman (1975): column k of `slopes` is that of curve `of[k]`."""
    axes, triangle = np.linalg.qr(basis * weight[:, None])
    c = np.linalg.lstsq(triangle, axes.T @ (y * weight), rcond=None)[0]
    moved = slopes * weight[:, None] * c[list(of)]
    return np.asarray(axes @ (axes.T @ moved) - moved)


def least(
    left: Callable[[Array], Array],
    start: Array,
    tight: float = _TIGHT,
    evaluations: int = _EVALUATIONS,
    slopes: Callable[[Array], Array] | None = None,
) -> Array:
    """The numbers (p,) of the curves that leave least (Golub & Pereyra 1973), from a start nearby.

    `slopes` gives the derivatives (n, p) of what is `left` (n,); without it they are differences.
    """
    bounds = {"xtol": tight, "ftol": tight, "gtol": tight, "max_nfev": evaluations}
    found = least_squares(left, start, jac=slopes or "2-point", method="lm", **bounds)
    return cast(Array, found.x)

"""Variable projection: curves with amplitudes in closed form, and the rest of their numbers by least squares."""

from __future__ import annotations

from collections.abc import Callable
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


def least(
    left: Callable[[Array], Array], start: Array, tight: float = _TIGHT, evaluations: int = _EVALUATIONS
) -> Array:
    """The numbers (p,) of the curves that leave least (Golub & Pereyra 1973), from a start nearby."""
    found = least_squares(left, start, method="lm", xtol=tight, ftol=tight, gtol=tight, max_nfev=evaluations)
    return cast(Array, found.x)

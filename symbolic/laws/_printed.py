"""What printing leaves of a law: the numbers of a table are rounded, those of the target and those of the inputs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symbolic.fitting._noise import printed_floor
from symbolic.laws._law import Law

Array = NDArray[np.float64]

_WITHIN = 1.7  # a residual this many times the rounding of the data is still rounding
ROUNDED = "What is left is as small as the rounding of the numbers in the table."


def as_printed(law: Law, X: Array, y: Array, digits: int | None = None) -> bool:
    """Whether a law meets y (n,) at X (n, d) to the rounding of the table; `digits` of y are printed, where known."""
    floor = printed_floor(y, digits) ** 2
    for j in range(X.shape[1]):
        step = np.zeros_like(X)
        step[:, j] = printed_floor(X[:, j])
        change = (law.predict(X + step) - law.predict(X - step)) / 2
        floor = floor + np.where(np.isfinite(change), change, 0.0) ** 2
    return bool(np.mean((y - law.predict(X)) ** 2 / floor) <= _WITHIN**2)

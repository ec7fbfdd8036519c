"""Separable least squares by Levenberg–Marquardt: the linear numbers of a model are the best ones for the others.

Golub & Pereyra, SIAM Journal on Numerical Analysis 10 (1973) 413.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from symbolic._clock import late

Array = NDArray[np.float64]

_RIDGE = 1e-13  # of normal equations
_TRIES = 5  # of a step, each with more damping
_FIRST = 1e-3  # damping
_HOPE = 4  # steps after which a fit that is still far off is given up


class Model(Protocol):
    """A fit at some numbers: its linear part, and what that leaves of y."""

    @property
    def design(self) -> Array:
        """The linear part (n, P)."""

    @property
    def gram(self) -> Array:
        """designᵀ·design (P, P)."""

    @property
    def left(self) -> Array:
        """The residual (n,)."""

    @property
    def squares(self) -> float:
        """The sum of its squares; infinite where the model has no values."""


M = TypeVar("M", bound=Model)


def descended(
    start: M,
    outer: Callable[[M], Array],
    moved: Callable[[M, Array], M],
    steps: int,
    settled: float,
    ends: tuple[float, float] = (0.0, np.inf),
) -> M:
    """The best fit that is reached by so many steps, until one gains less than a share `settled`.

    `outer` gives the slopes (n, q) of y by the numbers that are not linear, `moved` the fit after a step (q,) of these.
    Down to the squares of `ends[0]` is enough; with more than those of `ends[1]` after a few steps it is given up.
    """
    best, damping = start, _FIRST
    for step in range(steps):
        if late() or best.squares <= ends[0] or (step == _HOPE and best.squares > ends[1]):
            break
        slopes = outer(best)
        with np.errstate(all="ignore"):  # what is too large to be squared ends the descent below
            cross, own = best.design.T @ slopes, slopes.T @ slopes
            along = np.concatenate([best.design.T @ best.left, slopes.T @ best.left])
        gram = np.block([[best.gram, cross], [cross.T, own]])
        inner, before = len(best.gram), damping
        free = np.arange(inner, len(gram))
        if not np.isfinite(gram).all():
            break
        for _ in range(_TRIES):
            damped = gram.copy()
            damped[free, free] += damping * np.trace(own) / max(len(free), 1)
            trial = moved(best, solved(damped, along)[inner:])
            if trial.squares < best.squares:
                break
            damping = max(10 * damping, 1e-8)
        else:
            break
        gain, best = 1 - trial.squares / best.squares, trial
        damping = damping / 10 if damping == before else damping
        if gain < settled:
            break
    return best


def solved(gram: Array, along: Array) -> Array:
    """The solution of normal equations, columns counted by their size; some may depend on others."""
    size = np.sqrt(np.diag(gram)).clip(1e-300)
    scaled, right = gram / np.outer(size, size), along / size
    try:
        factor = cho_factor(scaled + _RIDGE * np.eye(len(size)), check_finite=False)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(scaled, right, rcond=_RIDGE)[0]) / size
    return np.asarray(cho_solve(factor, right, check_finite=False)) / size

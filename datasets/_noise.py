"""Errors of measurement added to a clean target."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from datasets._errors import DataError, did_you_mean
from datasets._split import Array, Rows

KINDS = {"rms": "of its root mean square", "absolute": "in y's own unit", "relative": "of each value"}


@dataclass(frozen=True)
class Noise:
    """Gaussian errors, and now and then an outlier.

    Args:
        size: standard deviation: a share of the root mean square of y ("rms"), a number in y's unit ("absolute"), or a
            share of each value ("relative").
        kind: which of these.
        outliers: share of the rows whose error is drawn `outlier_size` times wider.
        outlier_size: how much wider.
        only_training: leaves the validation and test rows clean, as benchmarks do.
        known: gives the data set the standard deviations as `sigma`; outliers stay unannounced.
    """

    size: float
    kind: str = "rms"
    outliers: float = 0.0
    outlier_size: float = 10.0
    only_training: bool = False
    known: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            guess = did_you_mean(str(self.kind), KINDS)
            raise DataError(f"Noise is one of {', '.join(KINDS)}, but '{self.kind}' came. {guess or 'Choose one.'}")
        object.__setattr__(self, "size", _checked_size(self.size))
        if not (_is_number(self.outliers) and 0 <= self.outliers <= 1):
            raise DataError(
                f"Outliers are a share of the rows, 0 to 1, but {self.outliers!r} came. Write 0.05 for 5 %."
            )
        if not (_is_number(self.outlier_size) and 0 < self.outlier_size < math.inf):
            raise DataError(f"The size of outliers is a positive factor, but {self.outlier_size!r} came.")

    def spread(self, y: Array) -> Array:
        """Returns the standard deviation of every row's error, (n,), from the clean target."""
        if self.kind == "relative":
            return self.size * np.abs(y)
        return np.full(len(y), self.size * (rms(y) if self.kind == "rms" else 1.0))

    def errors(self, spread: Array, draws: np.random.Generator) -> Array:
        """Draws one error a row, (n,)."""
        error = spread * draws.standard_normal(len(spread))
        if self.outliers > 0:
            error[draws.random(len(spread)) < self.outliers] *= self.outlier_size
        return error

    def added(self, y: Array, train: Rows, draws: np.random.Generator) -> tuple[Array, Array | None]:
        """Returns the noisy target, and the standard deviations where they are to be known."""
        if self.size == 0:
            return y, None
        spread = self.spread(y)
        error = self.errors(spread, draws)
        if self.only_training:
            clean = np.ones(len(y), dtype=np.bool_)
            clean[train] = False
            error[clean] = 0.0
        if not self.known:
            return y + error, None
        if not spread.all():
            raise DataError("A known error is positive in every row, but y is 0 in some. Choose noise of kind 'rms'.")
        return y + error, spread

    def story(self) -> str:
        """Says in words what was added."""
        if self.size == 0:
            return "without noise"
        where = ", in the training rows only" if self.only_training else ""
        strays = f", {self.outliers:.3g} of the rows {self.outlier_size:.3g} times as far off" if self.outliers else ""
        return f"with {self.size:.3g} {KINDS[self.kind]} as noise{strays}{where}"


def as_noise(noise: float | Noise) -> Noise:
    """Reads a plain number as a share of the root mean square."""
    return noise if isinstance(noise, Noise) else Noise(noise)


def rms(y: Array) -> float:
    """Returns the root mean square, scaled first: squares of values above 1e154 would overflow."""
    largest = float(np.abs(y).max())
    return largest * float(np.sqrt(np.mean((y / largest) ** 2))) if largest else 0.0


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def _checked_size(size: float) -> float:
    try:
        share = float(size)
    except (TypeError, ValueError):
        share = math.nan
    if not 0 <= share < math.inf:
        raise DataError(f"Noise is a share of y's root mean square, 0 or more, but {size!r} came. Write 0.01 for 1 %.")
    return share

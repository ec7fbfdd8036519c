"""A training run as (seconds, test error) pairs, whoever trained."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

NEAR = 1.01  # of its final error: there a run has arrived


class Point(NamedTuple):
    """After a step: seconds since the start of training, RMSE on the test rows, cells of the grid."""

    seconds: float
    rmse: float
    grid: int


@dataclass(frozen=True)
class Trace:
    """The steps of one run in order."""

    points: tuple[Point, ...]

    @property
    def final(self) -> float:
        return self.points[-1].rmse if self.points else math.nan

    @property
    def best(self) -> float:
        return min((p.rmse for p in self.points if math.isfinite(p.rmse)), default=math.nan)

    @property
    def seconds(self) -> float:
        return self.points[-1].seconds if self.points else math.nan

    def time_to(self, rmse: float) -> float:
        """Seconds until the error was first at most `rmse`; infinite if it never was."""
        return next((p.seconds for p in self.points if p.rmse <= rmse), math.inf)

    def time_to_own_end(self) -> float:
        """Seconds until the run was first within 1 % of where it ended."""
        return self.time_to(NEAR * self.final)

    def at_grid(self, grid: int) -> float:
        """The last error on a grid of so many cells."""
        return next((p.rmse for p in reversed(self.points) if p.grid == grid), math.nan)

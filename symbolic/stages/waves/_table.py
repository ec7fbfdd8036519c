"""The rows in which waves are looked for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symbolic.stages._task import Task

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Table:
    """Rows X (n, d) and y (n,), whose errors count by s (n,)."""

    X: Array
    y: Array
    s: Array

    @classmethod
    def of(cls, task: Task, most: int) -> Table:
        y = task.y[:most]
        weight = np.ones_like(y) if task.weight is None else task.weight[:most]
        return cls(task.X[:most], y, np.sqrt(weight / float(np.mean(weight))))

    def some(self, n: int) -> Table:
        """The first n rows."""
        return Table(self.X[:n], self.y[:n], self.s[:n])

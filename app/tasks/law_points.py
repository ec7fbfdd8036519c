"""The numbers behind the charts of a law: rows, residuals, slices and surfaces. NumPy and SymPy, no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from app.workers.worker import Plain

MOST = 1500  # rows drawn
NEAR = 60  # rows drawn beside a slice
POINTS = 121  # of a slice
SIDE = 33  # points of a surface along each input
BEYOND = 0.1  # of the range, that a slice is drawn past its ends
LOG = 100.0  # ratio of the largest to the smallest value from which an axis is logarithmic

Array = Any


@dataclass(frozen=True)
class Sheet:
    """A law and its data, ready to be asked: `law` and `data` are those of `symbolic` and `datasets`."""

    law: Any
    data: Any

    @classmethod
    def of(cls, law: Plain, dataset: Plain) -> Sheet:
        """From the snapshots that the page keeps. Raises DataError or SymbolicError where one is damaged."""
        from datasets import Dataset
        from symbolic import Law

        return cls(Law.from_dict(law), Dataset.from_dict(dataset))

    def unit(self, name: str) -> str:
        return (self.data.units or {}).get(name, "")

    def label(self, name: str) -> str:
        """A column with its unit, as axes say it."""
        return f"{name} ({self.unit(name)})" if self.unit(name) else name

    @property
    def relative(self) -> bool:
        """Whether the law's errors grow with its values."""
        return self.law.uncertainty is not None and self.law.uncertainty.relative

    @property
    def scatter(self) -> float | None:
        """The noise level: of a measurement around the law, in units of the target or, if relative, as a share."""
        return None if self.law.uncertainty is None else float(self.law.uncertainty.scatter)

    @property
    def middle(self) -> Array:
        """The medians of the inputs."""
        return np.median(self.data.X, axis=0)

    @property
    def ends(self) -> Array:
        """The range of each input over the data, (d, 2)."""
        return np.stack([self.data.X.min(axis=0), self.data.X.max(axis=0)], axis=1)


@dataclass(frozen=True)
class Cloud:
    """Rows of the table with what the law makes of them; `unseen` says which ones the fit was not shown."""

    X: Array
    y: Array
    law: Array
    unseen: Array

    @property
    def residual(self) -> Array:
        return self.y - self.law


def cloud(sheet: Sheet) -> Cloud:
    """At most MOST rows, spread over the table, where the law has a value."""
    data = sheet.data
    values = np.asarray(sheet.law.predict(data.X))
    known = np.flatnonzero(np.isfinite(values))
    rows = known[np.unique(np.linspace(0, len(known) - 1, min(MOST, len(known))).round().astype(int))]
    unseen = np.zeros(len(data.y), dtype=bool)
    unseen[data.split.test] = True
    return Cloud(data.X[rows], data.y[rows], values[rows], unseen[rows])


def is_wide(values: Array) -> bool:
    """Whether values ask for a logarithmic axis: positive, over decades."""
    return bool(len(values) and values.min() > 0 and values.max() / values.min() > LOG)


@dataclass(frozen=True)
class Slice:
    """The law along one input x (n,), the others held: values, 95 % bands (NaN where unknown), and the rows nearby.

    The rows are moved onto the slice along the law: each keeps its residual.
    """

    x: Array
    y: Array
    stderr: Array
    low: Array
    high: Array
    near_x: Array
    near_y: Array
    domain: tuple[float, float]


def slice_of(sheet: Sheet, along: int, held: Array, beyond: float = BEYOND) -> Slice:
    """The law along input `along`, through the point `held` (d,), and past the data by a share of their range."""
    low, high = sheet.ends[along]
    room = beyond * (high - low)
    start = max(low - room, low / 2) if low > 0 else low - room  # a positive input stays positive
    x = _spaced(start, high + room, low > 0 and high / low > LOG)
    X = np.tile(np.asarray(held, dtype=float), (len(x), 1))
    X[:, along] = x
    y, stderr, below, above = _banded(sheet.law, X)
    near = _nearest(sheet, along, held)
    moved = np.tile(np.asarray(held, dtype=float), (len(near), 1))
    moved[:, along] = sheet.data.X[near, along]
    left = sheet.data.y[near] - sheet.law.predict(sheet.data.X[near])
    return Slice(x, y, stderr, below, above, sheet.data.X[near, along], sheet.law.predict(moved) + left,
                 (float(low), float(high)))  # fmt: skip


def _banded(law: Any, X: Array) -> tuple[Array, Array, Array, Array]:
    if law.uncertainty is None:
        values = law.predict(X)
        return values, *(np.full_like(values, np.nan),) * 3
    band = law.predict(X, band=True)
    return band.values, band.stderr, band.low, band.high


def _nearest(sheet: Sheet, along: int, held: Array) -> Array:
    """The rows whose other inputs are closest to those held, by their ranges."""
    X, ends = sheet.data.X, sheet.ends
    others = [k for k in range(X.shape[1]) if k != along]
    size = np.where(ends[others, 1] > ends[others, 0], ends[others, 1] - ends[others, 0], 1.0)
    distance = np.linalg.norm((X[:, others] - np.asarray(held)[others]) / size, axis=1)
    return np.argsort(distance, kind="stable")[: NEAR if others else MOST]


def _spaced(low: float, high: float, wide: bool) -> Array:
    return np.geomspace(low, high, POINTS) if wide else np.linspace(low, high, POINTS)


def surface_of(sheet: Sheet) -> tuple[Array, Array, Array]:
    """The law of two inputs over the box of the data: both axes, and values (SIDE, SIDE), a row a second input."""
    first, second = (np.linspace(low, high, SIDE) for low, high in sheet.ends)
    grid = np.stack(np.meshgrid(first, second), axis=-1).reshape(-1, 2)
    return first, second, np.asarray(sheet.law.predict(grid)).reshape(SIDE, SIDE)

"""The gate of a search: whatever the caller has becomes rows, names and a split, or one clear sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symbolic._errors import SymbolicError

Array = NDArray[np.float64]

SHARES = {"train": 0.6, "validation": 0.2, "test": 0.2}
FEWEST = 3  # rows


@dataclass(frozen=True)
class Rows:
    """A table to explain: X (n, d), y (n,), per-row σ (n,) or None, and the rows of each part of the split."""

    X: Array
    y: Array
    names: tuple[str, ...]
    target: str
    sigma: Array | None
    split: dict[str, NDArray[np.int64]]
    guessed: bool = False  # whether σ was read from the scatter: its size is then not known as well as its shape
    digits: int | None = None  # to which y was printed, where its values do not show that themselves

    def part(self, *names: str) -> tuple[Array, Array]:
        """X and y of one or more parts of the split."""
        rows = np.concatenate([self.split[name] for name in names])
        return self.X[rows], self.y[rows]

    def errors(self, *names: str) -> Array | None:
        """σ of one or more parts, where there is one."""
        return None if self.sigma is None else self.sigma[np.concatenate([self.split[name] for name in names])]

    def weight(self, *names: str) -> Array | None:
        """What a squared error of y counts in each row of a part: typical²/σ², or None where all count alike."""
        sigma = self.errors(*names)
        return None if sigma is None else np.asarray((self.typical / sigma) ** 2)

    @property
    def typical(self) -> float:
        """The σ of a row that counts as an average one does; 1 where all count alike."""
        return 1.0 if self.sigma is None else float(np.mean(self.sigma**-2.0) ** -0.5)


def gate(
    X: ArrayLike, y: ArrayLike, names: Sequence[str] | None, target: str, sigma: ArrayLike | None, seed: int
) -> Rows:
    """Checks once what every stage relies on; a DataFrame brings its own column names."""
    if names is None and hasattr(X, "columns"):
        names = [str(name) for name in X.columns]
    try:
        table, values = np.array(X, dtype=np.float64), np.array(y, dtype=np.float64)
        errors = None if sigma is None else np.broadcast_to(np.asarray(sigma, dtype=np.float64), values.shape)
    except (TypeError, ValueError) as error:
        raise SymbolicError(f"X, y and sigma must hold numbers: {error}.") from None
    table = table[:, None] if table.ndim == 1 else table
    values = values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values
    if table.ndim != 2 or values.ndim != 1 or len(table) != len(values):
        raise SymbolicError(f"X must be (n, d) and y (n,) with as many rows; got {table.shape} and {values.shape}.")
    if len(values) < FEWEST:
        raise SymbolicError(f"A law needs at least {FEWEST} rows; there are {len(values)}.")
    named = tuple(names) if names is not None else tuple(f"x{k + 1}" for k in range(table.shape[1]))
    if len(named) != table.shape[1] or len(set(named)) != len(named):
        raise SymbolicError(f"X has {table.shape[1]} columns, so it needs as many different names; got {list(named)}.")
    bad = np.flatnonzero(~(np.isfinite(table).all(1) & np.isfinite(values)))
    if len(bad):
        some = ", ".join(map(str, bad[:5]))
        raise SymbolicError(f"{len(bad)} rows hold values that are not finite (rows {some}). Drop or fill them.")
    if errors is not None and not bool((np.isfinite(errors) & (errors > 0)).all()):
        raise SymbolicError("sigma must be positive and finite in every row.")
    if float(np.ptp(values)) == 0:
        raise SymbolicError(f"{target} is {values[0]:g} in every row: a constant needs no law.")
    return Rows(table, values, named, target, errors, _split(np.column_stack([table, values]), seed))


def _split(columns: Array, seed: int) -> dict[str, NDArray[np.int64]]:
    """Random parts; the rows that hold the extremes of a column train, so that the others ask for no extrapolation."""
    n = len(columns)
    extremes = np.unique(np.concatenate([columns.argmin(axis=0), columns.argmax(axis=0)]))
    others = np.random.default_rng(seed).permutation(np.setdiff1d(np.arange(n), extremes))
    order = np.concatenate([extremes, others])
    ends = np.cumsum([round(share * n) for share in SHARES.values()])[:-1]
    return dict(zip(SHARES, np.split(order, ends), strict=True))

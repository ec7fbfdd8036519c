"""Which rows train, validate and test: a registry of ways to deal them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from datasets._errors import DataError, counted, did_you_mean, listed

SPLIT_FROM = 50
SHARES = (0.6, 0.2)  # training and validation; the test rows are the rest
_BLOCKS = 20  # stretches of time that are dealt whole: enough to mix seasons, few enough to keep neighbours together
_FEWEST_GROUPS = 3

Array = NDArray[np.float64]
Rows = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Split:
    """Row indices of the training, validation and test part: disjoint, each in rising order."""

    train: Rows
    validation: Rows
    test: Rows

    @classmethod
    def seeded(cls, n: int, seed: int = 0) -> Split:
        """Draws a 60/20/20 split. Below 50 rows all train: a small table cannot afford one."""
        return split_rows("random", n, seed)


@dataclass(frozen=True)
class _Deal:
    """What a way of splitting may look at."""

    n: int
    shares: tuple[float, float]
    draws: np.random.Generator
    X: Array | None = None
    by: NDArray[np.generic] | None = None

    def cut(self, order: Rows) -> Split:
        """Cuts the rows, given in some order, at the shares."""
        first, second = round(self.n * self.shares[0]), round(self.n * sum(self.shares))
        train, validation, test = (np.sort(part) for part in np.split(order, [first, second]))
        return Split(train, validation, test)


@dataclass(frozen=True)
class SplitRow:
    """A way to split: `needs` is "" (nothing), "X" (the inputs) or "by" (a value of every row)."""

    name: str
    deal: Callable[[_Deal], Split]
    needs: str
    meaning: str


def split_rows(
    kind: str,
    n: int,
    seed: int = 0,
    X: Array | None = None,
    by: ArrayLike | None = None,
    shares: tuple[float, float] = SHARES,
) -> Split:
    """Deals n rows to training, validation and test. Below 50 rows all train, however they are asked for.

    Args:
        kind: a name in SPLITS: "random", "time" (the latest rows test), "blocks" (stretches of time dealt whole),
            "groups" (all rows of a group go to one part), "extrapolation" (the outer part of the box of inputs tests),
            or "none".
        X: (n, d) inputs, for "extrapolation".
        by: (n,) times for "time" and "blocks" (without: the order of the rows), or labels for "groups".
        shares: of the training and of the validation rows; the rest tests.

    Raises:
        DataError: the kind is unknown, what it needs is missing, or there are too few groups.
    """
    if kind not in SPLITS:
        guess = did_you_mean(str(kind), SPLITS)
        raise DataError(f"A split is one of {', '.join(SPLITS)}, but '{kind}' came. {guess or 'Choose one.'}")
    row = SPLITS[kind]
    if n < SPLIT_FROM:
        return _all_train(n)
    values = None if by is None else np.asarray(by)
    for name, value in (("X", X), ("by", values)):
        if row.needs == name and value is None:
            raise DataError(f"A split by {kind} {row.meaning}, but '{name}' is missing. Pass it.")
        if value is not None and len(value) != n:
            raise DataError(f"'{name}' has one entry a row, but {len(value)} came for {n} rows. Pass one for each.")
    if values is not None and values.ndim != 1:
        raise DataError(f"'by' has one value a row, but its shape is {values.shape}. Pass an (n,) array.")
    return row.deal(_Deal(n, _checked_shares(shares), np.random.default_rng(seed), X, values))


def _checked_shares(shares: Sequence[float]) -> tuple[float, float]:
    try:
        train, validation = (float(share) for share in shares)
    except (TypeError, ValueError):
        train, validation = -1.0, 0.0
    if not (train > 0 and validation >= 0 and train + validation <= 1 + 1e-12):
        raise DataError(f"Shares are of training and validation rows, at most 1 together, but {shares} came.")
    return train, validation


def _all_train(n: int) -> Split:
    return Split(np.arange(n), np.arange(0), np.arange(0))


def _random(deal: _Deal) -> Split:
    return deal.cut(deal.draws.permutation(deal.n))


def _in_time(deal: _Deal) -> Rows:
    return np.arange(deal.n) if deal.by is None else np.argsort(deal.by, kind="stable")


def _blocks(deal: _Deal) -> Split:
    blocks = np.array_split(_in_time(deal), _BLOCKS)
    return deal.cut(np.concatenate([blocks[k] for k in deal.draws.permutation(_BLOCKS)]))


def _groups(deal: _Deal) -> Split:
    """Gives the groups, in random order, each to the part that is furthest below its share."""
    assert deal.by is not None
    labels, members, sizes = np.unique(deal.by, return_inverse=True, return_counts=True)
    if len(labels) < _FEWEST_GROUPS:
        found = f"{counted(len(labels), 'group')} came ({listed(labels.tolist())})"
        raise DataError(f"A split by groups needs at least {_FEWEST_GROUPS} of them, but {found}. Split at random.")
    wanted = np.array([*deal.shares, 1 - sum(deal.shares)]) * deal.n
    missing, part_of = wanted.copy(), np.zeros(len(labels), dtype=np.intp)
    order = deal.draws.permutation(len(labels))
    for group in order[np.argsort(-sizes[order], kind="stable")]:  # large ones first, so small ones even them out
        part_of[group] = np.argmax(missing)
        missing[part_of[group]] -= sizes[group]
    rows = part_of[members]
    return Split(*(np.flatnonzero(rows == part) for part in range(3)))


def _extrapolation(deal: _Deal) -> Split:
    """Tests on the rows furthest out: by their largest distance from the middle, in ranks, over all inputs."""
    assert deal.X is not None
    ranks = np.argsort(np.argsort(deal.X, axis=0, kind="stable"), axis=0, kind="stable")  # blind to log or linear axes
    distance = np.abs(2 * ranks / (deal.n - 1) - 1).max(axis=1)
    inside = round(deal.n * sum(deal.shares))
    order = np.argsort(distance, kind="stable")
    return deal.cut(np.concatenate([deal.draws.permutation(order[:inside]), order[inside:]]))


SPLITS = {
    row.name: row
    for row in (
        SplitRow("random", _random, "", "deals rows at random"),
        SplitRow("time", lambda deal: deal.cut(_in_time(deal)), "", "trains on the first rows and tests on the last"),
        SplitRow("blocks", _blocks, "", "deals stretches of time"),
        SplitRow("groups", _groups, "by", "deals whole groups"),
        SplitRow("extrapolation", _extrapolation, "X", "tests on the outer part of the inputs' box"),
        SplitRow("none", lambda deal: _all_train(deal.n), "", "trains on all rows"),
    )
}

"""Several targets of one table, one after another, in one budget."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from symbolic import _clock
from symbolic._errors import SymbolicError

if TYPE_CHECKING:
    from symbolic.laws._law import Discovery


def discover_all(
    X: ArrayLike,
    Y: Any,
    names: Sequence[str] | None = None,
    targets: Sequence[str] | None = None,
    *,
    sigma: Mapping[str, ArrayLike] | None = None,
    units: Mapping[str, str] | None = None,
    budget: float = 60.0,
    **options: Any,
) -> dict[str, Discovery]:
    """Find a law for every column of Y (n, k) in the columns of X (n, d): a discovery by name, in the order of Y.

    `targets` are the names of Y's columns (default: those of a DataFrame, else y1, y2, …), `sigma` the standard errors
    of some of them by name, `units` those of all columns of X and Y. The `budget` in seconds is for all of them: what
    an easy target leaves is for those after it. Everything else is as for `discover`. A search that is stopped
    (`on_progress` answers False) ends with the target at hand; those after it are not in the answer.
    """
    from symbolic.search._discover import discover

    if targets is None:
        targets = [str(name) for name in Y.columns] if hasattr(Y, "columns") else None
    table = np.asarray(Y, dtype=np.float64)
    table = table[:, None] if table.ndim == 1 else table
    chosen = [f"y{k + 1}" for k in range(table.shape[-1])] if targets is None else [str(name) for name in targets]
    if table.ndim != 2 or table.shape[1] != len(chosen) or len(set(chosen)) != len(chosen) or not chosen:
        raise SymbolicError(f"Y must have one column a target, each with its own name; got {table.shape} for {chosen}.")
    strange = [name for name in sigma or {} if name not in chosen]
    if strange:
        raise SymbolicError(f"sigma is given for '{strange[0]}', which is no target. They are {', '.join(chosen)}.")
    began, found, heard = _clock.now(), {}, options.pop("on_progress", None)
    stopped = False

    def on_progress(progress: Any) -> bool:
        nonlocal stopped
        stopped = stopped or (heard is not None and heard(progress) is False)
        return not stopped

    for k, name in enumerate(chosen):
        left = budget - (_clock.now() - began)
        mine = None if units is None else {column: unit for column, unit in units.items() if column not in chosen}
        if mine is not None and units is not None and name in units:
            mine[name] = units[name]
        found[name] = discover(
            X, table[:, k], names, name, mine, (sigma or {}).get(name), budget=max(left / (len(chosen) - k), 0.5),
            on_progress=on_progress, **options,
        )  # fmt: skip
        if stopped:
            break
    return found

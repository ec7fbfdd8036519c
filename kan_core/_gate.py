"""The gate: whatever the caller has becomes checked float64 tensors, or one clear sentence. Inside, all is trusted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kan_core._classes import labels
from kan_core._errors import TrainingError
from kan_core._losses import Task

METHODS = ("auto", "levenberg-marquardt", "l-bfgs", "adam")
LARGEST = 1e150  # a number whose square is still finite


@dataclass(frozen=True)
class Table:
    """Rows to fit: X (n, d), y (n, o), labels being one-hot, weights (n,) of mean 1, none of them zero."""

    X: Tensor
    y: Tensor
    weights: Tensor


def numbers(values: Any, name: str) -> Tensor:
    """A float64 tensor of its own memory."""
    try:
        found = torch.from_numpy(np.array(values, dtype=np.float64, order="C"))
    except (TypeError, ValueError) as error:
        raise TrainingError(f"{name} must hold numbers: {error}.") from None
    return found


def columns(X: Any, n_in: int, name: str = "X") -> Tensor:
    """Rows (n, n_in), with holes where the caller has them."""
    rows = numbers(X, name)
    if rows.ndim != 2 or rows.shape[1] != n_in:
        raise TrainingError(f"{name} must have shape (n, {n_in}) for this network, not {tuple(rows.shape)}.")
    return rows


def inputs(X: Any, n_in: int, name: str = "X") -> Tensor:
    """Rows (n, n_in), all finite."""
    rows = columns(X, n_in, name)
    _finite(rows, name)
    return rows


def table(X: Any, y: Any, weights: Any, n_in: int, n_out: int, prefix: str = "", task: Task = Task.NUMBERS) -> Table:
    """Rows, targets and weights that agree; rows of weight zero are left out."""
    x_name, y_name = f"{prefix}X", f"{prefix}y"
    rows, target = inputs(X, n_in, x_name), numbers(y, y_name)
    target = target.unsqueeze(1) if target.ndim == 1 else target
    one_number = task is Task.CLASSES and target.shape == (len(rows), 1)
    if target.shape != (len(rows), n_out) and not one_number:
        wanted = f"({len(rows)},) or " * (task is Task.CLASSES) + f"({len(rows)}, {n_out})"
        raise TrainingError(f"{y_name} must have shape {wanted} to match {x_name}, not {tuple(target.shape)}.")
    _finite(target, y_name)
    if task is not Task.NUMBERS:
        target = labels(target, n_out, task, y_name)
    w = torch.ones(len(rows), dtype=torch.float64) if weights is None else numbers(weights, "weights")
    if w.shape != (len(rows),) or not bool(w.isfinite().all()) or bool((w < 0).any()):
        raise TrainingError(f"weights must be {len(rows)} finite numbers, none negative; got shape {tuple(w.shape)}.")
    used = w > 0
    if not bool(used.any()):
        raise TrainingError(f"{x_name} has no rows of positive weight. A fit needs at least one.")
    return Table(rows[used], target[used], w[used] / w[used].mean())


def held_out(validation: Any, n_in: int, n_out: int, task: Task = Task.NUMBERS) -> Table | None:
    """Validation rows, or None where there are none."""
    if validation is None:
        return None
    if not isinstance(validation, tuple | list) or len(validation) != 2:
        raise TrainingError("validation must be a pair (X, y).")
    if not len(np.atleast_1d(validation[0])):
        return None
    X, y = validation
    return table(X, y, None, n_in, n_out, "validation ", task)


def settings(steps: Any, grids: Any, sparsity: Any, smoothness: Any, restarts: Any, method: Any = "auto") -> None:
    """Refuses settings that mean nothing."""
    if method not in METHODS:
        raise TrainingError(f"No method is called {method!r}. Known: {', '.join(METHODS)}.")
    stages = len(grids or [0]) + bool(sparsity)
    each = steps if isinstance(steps, list | tuple) else [steps] * stages
    if len(each) != stages:
        raise TrainingError(f"steps must be one number, or one for each stage: {stages} of them, not {len(each)}.")
    for name, value, least in (*(("steps", one, 0) for one in each), ("restarts", restarts, 1)):
        if not isinstance(value, int | np.integer) or value < least:
            raise TrainingError(f"{name} must be a whole number of at least {least}, not {value!r}.")
    for grid in grids or ():
        if not isinstance(grid, int | np.integer) or grid < 1:
            raise TrainingError(f"grids must be whole numbers of at least 1; one is {grid!r}.")
    for name, value in (("sparsity", sparsity), ("smoothness", smoothness)):
        if name == "smoothness" and value == "gcv":
            continue
        if not isinstance(value, float | int) or not math.isfinite(value) or value < 0:
            also = ' or "gcv"' if name == "smoothness" else ""
            raise TrainingError(f"{name} must be a number of at least 0{also}, not {value!r}.")


def usable(device: Any) -> None:
    """Refuses a device that cannot hold a float64."""
    try:
        torch.zeros(1, dtype=torch.float64, device=device).item()
    except (RuntimeError, AssertionError, TypeError):  # torch raises each of them, with pages of its own inner state
        raise TrainingError(f'The device {device!r} cannot be used on this machine. Take "cpu".') from None


def _finite(values: Tensor, name: str) -> None:
    bad = (~(values.abs() < LARGEST)).any(1).nonzero().flatten().tolist()
    if bad:
        some = ", ".join(map(str, bad[:5])) + (f" and {len(bad) - 5} more" if len(bad) > 5 else "")
        raise TrainingError(
            f"{name} has values that are not finite (or beyond 1e150) in rows {some}. Repair or drop them."
        )

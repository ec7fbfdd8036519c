"""Classes: labels checked and softened, and probabilities from a network's outputs, which are logits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from kan_core._errors import TrainingError
from kan_core._losses import Task

if TYPE_CHECKING:
    from kan_core._network import KAN


def probabilities(model: KAN, X: Any) -> Any:
    """Probability of every class (n, classes) at rows X of a network fitted with "logistic" or "softmax".

    A network with one output knows the classes 0 and 1. An array for an array, a differentiable tensor for a tensor.
    """
    outputs = model(X)
    logits = outputs if isinstance(outputs, Tensor) else torch.from_numpy(outputs)
    both = torch.cat([torch.zeros_like(logits), logits], dim=1) if model.n_out == 1 else logits
    found = both.softmax(1)
    return found if isinstance(outputs, Tensor) else found.numpy()


def chances(logits: Tensor, task: Task) -> Tensor:
    """What the outputs (..., o) say of their targets: probabilities, or the outputs themselves for numbers."""
    if task is Task.NUMBERS:
        return logits
    return logits.sigmoid() if task is Task.YES_NO else logits.softmax(-1)


def outputs_suit(n_out: int, task: Task) -> None:
    """Refuses a network whose outputs cannot tell of such targets."""
    if task is Task.YES_NO and n_out != 1:
        raise TrainingError(f'"logistic" needs a network with 1 output, not {n_out}. Take "softmax" for classes.')
    if task is Task.CLASSES and n_out < 2:
        raise TrainingError('"softmax" needs an output for each class. Take "logistic" for two classes with 1 output.')


def labels(y: Tensor, n_out: int, task: Task, name: str) -> Tensor:
    """Labels (n, 1) of zeros and ones, or one-hot rows (n, n_out) from class numbers (n, 1) or such rows."""
    if task is Task.YES_NO:
        _require(((y == 0) | (y == 1)).all(1), y, name, "zeros and ones")
        return y
    if y.shape[1] == 1:
        _require(((y >= 0) & (y < n_out) & (y == y.floor())).flatten(), y, name, f"class numbers from 0 to {n_out - 1}")
        return torch.nn.functional.one_hot(y.flatten().long(), n_out).to(y.dtype)
    _require(((y == 0) | (y == 1)).all(1) & (y.sum(1) == 1), y, name, "class numbers, or rows with a single 1")
    return y


def _require(fine: Tensor, y: Tensor, name: str, wanted: str) -> None:
    if not bool(fine.all()):
        row = int((~fine).nonzero()[0])
        raise TrainingError(
            f"{name} must hold {wanted}; row {row} holds {', '.join(f'{v:g}' for v in y[row].tolist())}."
        )


def softened(y: Tensor, weights: Tensor) -> Tensor:
    """Labels (n, o) as probabilities that n rows can warrant, so that classes that part keep finite logits.

    A class of N rows gets (N + 1)/(N + K), the others 1/(N + K): Laplace's rule of succession, as Platt did for two
    classes (Probabilistic outputs for support vector machines, 1999). It costs less than the rows leave undecided.
    """
    total, ones = weights.sum(), weights @ y  # (o,)
    if y.shape[1] == 1:
        size, classes = torch.where(y == 1, ones, total - ones), 2
    else:
        size, classes = (y @ ones).unsqueeze(1), y.shape[1]
    return (y * size + 1) / (size + classes)

"""JᵀJ, the one product that grows with the rows: only its upper half is computed, in bands of columns."""

from __future__ import annotations

import torch
from torch import Tensor

BAND = 128  # columns of a band: wide enough for the matrix product to run at full speed
WORTH = 192  # parameters from which bands gain more than they cost


def add_gram(total: Tensor, J: Tensor) -> None:
    """Adds JᵀJ of J (R, n, P) to the total (R, P, P): the upper half, and of the lower what falls into the bands."""
    P = total.shape[-1]
    if P < WORTH or total.device.type != "cpu":
        total.baddbmm_(J.transpose(1, 2), J)
        return
    for matrix, rows in zip(total, J, strict=True):
        for begin in range(0, P, BAND):
            band = slice(begin, begin + BAND)
            matrix[band, begin:].addmm_(rows[:, band].T, rows[:, begin:])


def mirrored(total: Tensor) -> Tensor:
    """The symmetric matrices (R, P, P) of which the upper halves are given."""
    return total.triu() + total.triu(1).transpose(1, 2) if total.shape[-1] >= WORTH else total


def gram(J: Tensor) -> Tensor:
    """JᵀJ (R, P, P) of J (R, n, P).

    >>> gram(torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]))
    tensor([[[10., 14.],
             [14., 20.]]])
    """
    total = torch.zeros((*J.shape[:1], J.shape[2], J.shape[2]), dtype=J.dtype, device=J.device)
    add_gram(total, J)
    return mirrored(total)

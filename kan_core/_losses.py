"""Losses as data: value, slope and curvature by the output, per row.

Every loss goes through the same normal equations JᵀCJ, with C the curvature of the loss by the outputs: the generalised
Gauss–Newton matrix (Schraudolph, Neural Computation 14, 2002) for classes, the weights ψ(r)/r of iteratively reweighted
least squares for the robust ones (Holland & Welsch, Communications in Statistics A6, 1977).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

import torch
from torch import Tensor

HUBER, TUKEY = (
    1.345,
    4.685,
)  # of the noise: 95 % efficient where it is Gaussian (Holland & Welsch, Comm. Stat. A6, 1977)
LEAST = 0.3  # curvature of an outlier: with ψ/r alone a region where they prevail would follow them freely
NORMAL = 1.4826  # standard deviations in a median absolute deviation of Gaussian noise
WRONG = 3.0  # by so many logits may a row be on the wrong side, as far as its curvature is concerned
NARROWEST = 1e-6  # noise, in units of the target's spread, below which no residual counts as an outlier


class Task(Enum):
    """What the targets are."""

    NUMBERS = "numbers"
    YES_NO = "two classes"  # 0 and 1, one output
    CLASSES = "classes"  # class numbers or one-hot rows, an output for each


@dataclass(frozen=True)
class Loss:
    """`value`, `slope`, `curvature` map outputs (R, n, o) and targets (n, o) to (R, n, o); curvature is not negative.

    Where outputs share their rows' curvature it is diag(p) − ppᵀ with p = `shares`, and `curvature` gives p.
    A `robust` loss is told the scale of the noise by `at`; one that is not convex begins at the minimum of `first`.
    """

    name: str
    value: Callable[[Tensor, Tensor], Tensor]
    slope: Callable[[Tensor, Tensor], Tensor]
    curvature: Callable[[Tensor, Tensor], Tensor]
    task: Task = Task.NUMBERS
    shares: Callable[[Tensor, Tensor], Tensor] | None = None
    robust: bool = False
    first: str | None = None

    @property
    def classifies(self) -> bool:
        return self.task is not Task.NUMBERS

    def at(self, scale: Tensor) -> Loss:
        """The loss s²ρ(r/s) whose unit of residuals is `scale` (o,)."""
        return replace(
            self,
            value=lambda f, y: scale.square() * self.value(f / scale, y / scale),
            slope=lambda f, y: scale * self.slope(f / scale, y / scale),
            curvature=lambda f, y: self.curvature(f / scale, y / scale),
        )


def noise_scale(residual: Tensor, weights: Tensor) -> Tensor:
    """Robust standard deviation (R, o) of residuals (R, n, o) about zero: the weighted median of |r|, normalised."""
    size, order = residual.abs().nan_to_num(torch.inf).sort(1)
    passed = weights.expand_as(residual).gather(1, order).cumsum(1)
    middle = (passed < passed[:, -1:] / 2).sum(1, keepdim=True)
    return NORMAL * size.gather(1, middle).squeeze(1)


def _huber_value(f: Tensor, y: Tensor) -> Tensor:
    r = (f - y).abs()
    return torch.where(r <= HUBER, 0.5 * r.square(), HUBER * r - 0.5 * HUBER**2)


def _tukey_room(f: Tensor, y: Tensor) -> Tensor:
    return (1 - ((f - y) / TUKEY).square()).clamp(min=0)


def _yes_no_curvature(f: Tensor, y: Tensor) -> Tensor:
    """p(1 − p), and far on the wrong side its value nearer by: there p(1 − p) vanishes and steps would know no end."""
    near = torch.where(y > 0.5, f.clamp(min=-WRONG), f.clamp(max=WRONG))
    return near.sigmoid() * (-near).sigmoid()


def _class_shares(f: Tensor, y: Tensor) -> Tensor:
    own = f.gather(-1, y.argmax(-1, keepdim=True).expand(*f.shape[:-1], 1))
    return torch.minimum(f, own + WRONG).softmax(-1)


SQUARES = Loss(
    "squares",
    value=lambda f, y: 0.5 * (f - y).square(),
    slope=lambda f, y: f - y,
    curvature=lambda f, y: torch.ones_like(f - y),
)
LOGISTIC = Loss(
    "logistic",
    value=lambda f, y: torch.nn.functional.softplus(f) - y * f,
    slope=lambda f, y: f.sigmoid() - y,
    curvature=_yes_no_curvature,
    task=Task.YES_NO,
)
SOFTMAX = Loss(
    "softmax",
    value=lambda f, y: -y * f.log_softmax(-1),
    slope=lambda f, y: f.softmax(-1) - y,
    curvature=_class_shares,
    task=Task.CLASSES,
    shares=_class_shares,
)
ROBUST_LINEAR = Loss(
    "huber",
    value=_huber_value,
    slope=lambda f, y: (f - y).clamp(-HUBER, HUBER),
    curvature=lambda f, y: (HUBER / (f - y).abs().clamp(min=HUBER)).clamp(min=LEAST),
    robust=True,
)
ROBUST_BOUNDED = Loss(
    "tukey",
    value=lambda f, y: TUKEY**2 / 6 * (1 - _tukey_room(f, y) ** 3),
    slope=lambda f, y: (f - y) * _tukey_room(f, y).square(),
    curvature=lambda f, y: _tukey_room(f, y).square().clamp(min=LEAST),
    robust=True,
    first="huber",
)

LOSSES = {loss.name: loss for loss in (SQUARES, LOGISTIC, SOFTMAX, ROBUST_LINEAR, ROBUST_BOUNDED)}

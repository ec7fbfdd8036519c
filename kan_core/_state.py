"""What is fitted and how far it has got: the rows, and R networks under way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import torch
from torch import Tensor

from kan_core._layer import Layer, stack
from kan_core._losses import Loss
from kan_core._normal import Block, Evaluation, Normal, assemble

FLOOR = 1e-30  # mean squared residual, in units of the target's variance, that counts as zero


@dataclass(frozen=True)
class Problem:
    """Rows to fit: X (n, d), targets (n, o) in units of their spread, weights (n, 1) of mean 1, and the loss."""

    X: Tensor
    y: Tensor
    weights: Tensor
    loss: Loss

    @cached_property
    def even(self) -> bool:
        """Whether all rows weigh the same."""
        return bool((self.weights == 1).all())

    def value(self, outputs: Tensor) -> Tensor:
        """Mean loss (R,), infinite where an output is not finite."""
        found = (self.loss.value(outputs, self.y) * self.weights).sum(2).mean(1)
        return torch.where(found.isfinite(), found, torch.inf)

    def tangent(self, outputs: Tensor, fit: Tensor) -> tuple[Tensor, Tensor | None]:
        """Of the least-squares problem that stands for the loss near `outputs`: mean squared residual (R,), variance.

        The variance is 1 for classes and else not known. A robust loss is that of the data outputs − ψ, which no
        outlier can pull far (Oh, Nychka & Lee, Biometrika 94, 2007).
        """
        if self.loss.robust:
            return (self.loss.slope(outputs, self.y).square() * self.weights).sum(2).mean(1), None
        return 2 * fit, torch.ones_like(fit) if self.loss.classifies else None

    def normal(self, layers: Sequence[Layer], layout: Sequence[Block], here: Evaluation) -> Normal:
        """The normal equations of the loss at networks with this evaluation."""
        loss, outputs = self.loss, here.outputs
        slope = loss.slope(outputs, self.y)
        if self.even and loss.name == "squares":
            return assemble(layers, layout, self.X, None, slope, here)
        curvature = loss.curvature(outputs, self.y) * self.weights
        shares = None if loss.shares is None else loss.shares(outputs, self.y)
        return assemble(layers, layout, self.X, curvature, slope * self.weights, here, shares)


@dataclass(frozen=True)
class State:
    """R networks under way; every field but `layers` has shape (R,)."""

    layers: tuple[Layer, ...]
    fit: Tensor  # mean loss on the rows
    penalty: Tensor  # θᵀQθ, Q being the weighted roughness and sparsity matrices
    weight: Tensor
    damping: Tensor
    growth: Tensor
    stalls: Tensor
    done: Tensor  # bool

    @property
    def objective(self) -> Tensor:
        return self.fit + 0.5 * self.penalty

    def numbers(self) -> dict[str, Tensor]:
        """The fields (R,)."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "layers"}

    def pick(self, which: Tensor) -> State:
        """The state of some of the networks."""
        chosen = {key: value[which] for key, value in self.numbers().items()}
        return State(tuple(layer.pick(which) for layer in self.layers), **chosen)


def joined(states: Sequence[State]) -> State:
    """The networks of several states of one structure in one."""
    layers = tuple(stack(list(depth)) for depth in zip(*(state.layers for state in states), strict=True))
    return State(layers, **{key: torch.cat([s.numbers()[key] for s in states]) for key in states[0].numbers()})


def better(state: State, other: State) -> State:
    """The better of two states, network by network."""
    if state is other:
        return state
    mask, theirs = state.fit <= other.fit, other.numbers()
    rest = {key: torch.where(mask, value, theirs[key]) for key, value in state.numbers().items()}
    return State(choose(mask, state.layers, other.layers), **rest)


def choose(mask: Tensor, new: Sequence[Layer], old: Sequence[Layer]) -> tuple[Layer, ...]:
    """The layers with the networks of `new` where `mask` (R,), of `old` elsewhere."""
    if bool(mask.all()) or not bool(mask.any()):
        return tuple(new if mask[0] else old)
    return tuple(_chosen(mask, a, b.tensors()) for a, b in zip(new, old, strict=True))


def _chosen(mask: Tensor, new: Layer, old: dict[str, Tensor]) -> Layer:
    return new.map(lambda key, value: _merge(mask, value, old[key]))


def merged(mask: Tensor, new: Evaluation, old: Evaluation) -> Evaluation:
    """The evaluation of the chosen networks; without passes where it is a mixture."""
    if bool(mask.all()) or not bool(mask.any()):
        return new if mask[0] else old
    ranges = [(_merge(mask, a, c), _merge(mask, b, d)) for (a, b), (c, d) in zip(new.ranges, old.ranges, strict=True)]
    return Evaluation(_merge(mask, new.outputs, old.outputs), ranges)


def _merge(mask: Tensor, new: Tensor, old: Tensor) -> Tensor:
    return torch.where(mask.view(-1, *(1,) * (new.ndim - 1)), new, old)

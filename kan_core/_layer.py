"""One layer of a KAN, with a leading dimension R for restarts: edges that are splines or named functions, legs, nodes.

Shapes: R restarts, n rows, I source nodes, m basis functions, J legs (sum nodes, then the factors of product nodes),
N nodes, S named edges.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from kan_core._chebyshev import CHEBYSHEV
from kan_core._fourier import FOURIER
from kan_core._functions import FUNCTIONS
from kan_core._residual import BASE_FUNCTIONS, with_base
from kan_core._spline import BSPLINE

PLAIN = {basis.name: basis for basis in (BSPLINE, CHEBYSHEV, FOURIER)}
_WITH_BASE = [with_base(basis, base) for basis in PLAIN.values() for base in BASE_FUNCTIONS.values()]
BASES = PLAIN | {basis.name: basis for basis in _WITH_BASE}  # "bspline", …, "bspline+silu", …
ROUNDING = 1e-12  # of a·x and u


@dataclass(frozen=True)
class Layer:
    """Parameters and structure of one layer; tensors are float64 and never changed in place."""

    grid: int
    order: int
    products: tuple[int, ...]  # arity of each product node
    lo: Tensor  # (R, I) range of the grid of each source node
    hi: Tensor  # (R, I)
    coef: Tensor  # (R, I, m, J), zero where the edge is no live spline
    bias: Tensor  # (R, J)
    spline: Tensor  # (R, I, J) bool: a live spline
    named: tuple[tuple[int, int, str], ...] = ()  # (source, leg, function)
    affine: Tensor | None = None  # (R, S, 4): a, b, c, d of c·f(a·x + b) + d; d stays as given, the bias moves
    basis: str = BSPLINE.name  # a key of BASES

    @property
    def n_in(self) -> int:
        return self.coef.shape[1]

    @property
    def n_legs(self) -> int:
        return self.coef.shape[3]

    @property
    def n_sums(self) -> int:
        return self.n_legs - sum(self.products)

    @property
    def n_nodes(self) -> int:
        return self.n_sums + len(self.products)

    def tensors(self) -> dict[str, Tensor]:
        """The fields that carry the dimension R."""
        found = {"lo": self.lo, "hi": self.hi, "coef": self.coef, "bias": self.bias, "spline": self.spline}
        return found if self.affine is None else {**found, "affine": self.affine}

    def map(self, change: Callable[[str, Tensor], Tensor]) -> Layer:
        """The layer with every tensor changed by change(name, tensor)."""
        changed: dict[str, Any] = {key: change(key, value) for key, value in self.tensors().items()}
        return replace(self, **changed)

    def pick(self, which: Tensor | slice) -> Layer:
        """The layer of some of the restarts."""
        return self.map(lambda _, value: value[which])

    def to(self, device: torch.device | str) -> Layer:
        return self.map(lambda _, value: value.to(device))


@dataclass(frozen=True)
class Pass:
    """What a forward pass leaves for the backward one."""

    values: Tensor  # (R, n, I, m) basis functions
    slopes: Tensor  # (R, n, I, m) with respect to the source node
    legs: Tensor  # (R, n, J)
    source: Tensor  # (R, n, I) the node values that came in

    def rows(self, part: slice) -> Pass:
        """The pass of some of the rows."""
        return Pass(self.values[:, part], self.slopes[:, part], self.legs[:, part], self.source[:, part])


def stack(layers: list[Layer]) -> Layer:
    """Joins layers of one structure along R."""
    return layers[0].map(lambda key, _: torch.cat([layer.tensors()[key] for layer in layers]))


def basis_values(layer: Layer, h: Tensor) -> tuple[Tensor, Tensor]:
    """Basis functions and their slopes (R, n, I, m) at node values h (R, n, I)."""
    width = (layer.hi - layer.lo).unsqueeze(1)
    t = (h - layer.lo.unsqueeze(1)) / width
    values, slopes = BASES[layer.basis].evaluate(t, layer.grid, layer.order)
    return values, slopes / width.unsqueeze(-1)


def basis_curvature(layer: Layer, h: Tensor) -> Tensor:
    """Second derivatives (R, n, I, m) of the basis functions at node values h (R, n, I): for looking."""
    width = (layer.hi - layer.lo).unsqueeze(1)
    t = (h - layer.lo.unsqueeze(1)) / width
    return BASES[layer.basis].curvature(t, layer.grid, layer.order) / width.unsqueeze(-1) ** 2


def forward(layer: Layer, h: Tensor, basis: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Pass]:
    """Node values (R, n, N) from source values h (R, n, I): one matrix product, no (n, I, J, m) in memory.

    `basis` are the basis values and slopes at h where they are known already.
    """
    values, slopes = basis if basis is not None else basis_values(layer, h)
    R, n, n_in, m = values.shape
    legs = values.reshape(R, n, n_in * m) @ layer.coef.reshape(R, n_in * m, -1) + layer.bias.unsqueeze(1)
    for s, (source, leg, _) in enumerate(layer.named):
        _, c, f = _named_value(layer, s, h[:, :, source])
        d = layer.affine[:, s, 3].view(-1, 1)  # type: ignore[index]
        legs = legs.index_add(2, torch.tensor([leg], device=h.device), (c * f + d).unsqueeze(-1))
    return _nodes(layer, legs), Pass(values, slopes, legs, h)


def edge_values(layer: Layer, h: Tensor) -> Tensor:
    """The value of every edge (R, n, I, J) at source values h (R, n, I): for looking, not for training."""
    values, _ = basis_values(layer, h)
    found = torch.einsum("rnim,rimj->rnij", values, layer.coef)
    for s, (source, leg, _) in enumerate(layer.named):
        _, c, f = _named_value(layer, s, h[:, :, source])
        found[:, :, source, leg] = c * f + layer.affine[:, s, 3].view(-1, 1)  # type: ignore[index]
    return found


def backward(layer: Layer, cache: Pass, sensitivity: Tensor, below: bool = True) -> tuple[Tensor, Tensor]:
    """From ∂output/∂node (R, n, o, N) to ∂output/∂leg (R, n, o, J) and, if asked, ∂output/∂source (R, n, o, I)."""
    delta = _leg_sensitivity(layer, cache.legs, sensitivity)
    return delta, _source_sensitivity(layer, cache, delta) if below else delta


def _source_sensitivity(layer: Layer, cache: Pass, delta: Tensor) -> Tensor:
    R, n, outputs, _ = delta.shape
    spread = delta.reshape(R, n * outputs, -1) @ layer.coef.reshape(R, -1, layer.n_legs).transpose(1, 2)
    spread = spread.reshape(R, n, outputs, layer.n_in, -1)
    found = (spread * cache.slopes.unsqueeze(2)).sum(-1)
    for s, (source, leg, name) in enumerate(layer.named):
        u, c, _ = _named_value(layer, s, cache.source[:, :, source])
        a = layer.affine[:, s, 0].view(-1, 1)  # type: ignore[index]
        slope = c * FUNCTIONS[name].slope(u) * a
        found = found.index_add(
            3, torch.tensor([source], device=delta.device), (delta[..., leg] * slope.unsqueeze(2)).unsqueeze(-1)
        )
    return found


def named_columns(layer: Layer, cache: Pass, s: int) -> Tensor:
    """∂(edge value)/∂(a, b, c) of named edge number s: (R, n, 3)."""
    source, _, name = layer.named[s]
    x = cache.source[:, :, source]
    u, c, f = _named_value(layer, s, x)
    slope = c * FUNCTIONS[name].slope(u)
    # Where a slope is infinite (√u at 0) the row says nothing about a and b.
    return torch.stack([slope * x, slope, f], dim=-1).nan_to_num(0.0, 0.0, 0.0)


def _named_value(layer: Layer, s: int, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    assert layer.affine is not None
    a, b, c = (layer.affine[:, s, k].view(-1, 1) for k in range(3))
    name = layer.named[s][2]
    u = argument(name, a, x, b)
    return u, c, FUNCTIONS[name].value(u)


def argument(name: str, a: Tensor | float, x: Tensor, b: Tensor | float) -> Tensor:
    """u = a·x + b for the function `name`; where rounding takes u past the end of the domain, that end."""
    u, lower, upper = a * x + b, FUNCTIONS[name].lower, FUNCTIONS[name].upper
    if lower == -math.inf and upper == math.inf:
        return u
    slack = ROUNDING * ((a * x).abs() + u.abs())
    u = torch.where((u < lower) & (u >= lower - slack), lower, u)
    return torch.where((u > upper) & (u <= upper + slack), upper, u)


def _nodes(layer: Layer, legs: Tensor) -> Tensor:
    if not layer.products:
        return legs
    factors = legs[..., layer.n_sums :].split(list(layer.products), dim=-1)
    return torch.cat([legs[..., : layer.n_sums], *(f.prod(-1, keepdim=True) for f in factors)], dim=-1)


def _leg_sensitivity(layer: Layer, legs: Tensor, sensitivity: Tensor) -> Tensor:
    """Chain rule through product nodes: each factor is weighted by the product of the others."""
    if not layer.products:
        return sensitivity
    parts = [sensitivity[..., : layer.n_sums]]
    start = layer.n_sums
    for k, arity in enumerate(layer.products):
        factors = legs[..., start : start + arity]
        others = torch.stack([factors[..., [j for j in range(arity) if j != i]].prod(-1) for i in range(arity)], dim=-1)
        parts.append(sensitivity[..., layer.n_sums + k].unsqueeze(-1) * others.unsqueeze(2))
        start += arity
    return torch.cat(parts, dim=-1)

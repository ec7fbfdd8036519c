"""The network: a stack of layers, a scale for the output, and pure edits of its edges."""

from __future__ import annotations

import difflib
import itertools
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kan_core._edge import Edge, SymbolicEdge
from kan_core._errors import TrainingError
from kan_core._functions import FUNCTIONS
from kan_core._gate import columns
from kan_core._layer import BASES, Layer, argument, basis_values, forward
from kan_core._snapshot import Width, read_snapshot, widths_of, write_layer
from kan_core._start import start_near_linear

CHUNK = 1 << 14  # rows of a forward pass at a time


class KAN:
    """A Kolmogorov-Arnold network: every edge carries a learned function of one variable, nodes add or multiply.

    `widths` counts the nodes of each layer; an entry (sums, products) asks for product nodes of two factors each.
    `grid` cells and spline `order` hold for every layer at the start. The start is near-linear, drawn from `seed`.

    >>> model = KAN(widths=(2, 5, 1), grid=5)
    >>> model(np.zeros((3, 2))).shape
    (3, 1)

    Source: Liu et al., KAN: Kolmogorov-Arnold Networks, arXiv 2404.19756; product nodes from arXiv 2408.10205.
    """

    def __init__(self, widths: Sequence[Width], grid: int = 5, order: int = 3, seed: int = 0) -> None:
        counts = [_width(w) for w in widths]
        if len(counts) < 2 or counts[0][1] or min(s + p for s, p in counts) < 1:
            raise TrainingError(
                f"A network needs an input layer of plain nodes and at least one more layer; widths={tuple(widths)!r}."
            )
        if not all(isinstance(value, int | np.integer) for value in (grid, order, seed)):
            raise TrainingError(f"grid, order and seed are whole numbers; got {grid!r}, {order!r} and {seed!r}.")
        if grid < 1 or not 1 <= order <= 5:
            raise TrainingError(
                f"A spline needs at least 1 grid cell and an order from 1 to 5; grid={grid}, order={order}."
            )
        grid, order, self.seed = int(grid), int(order), int(seed)
        self.trained = False
        self.layers: tuple[Layer, ...] = tuple(
            _fresh_layer(sum(a), b, grid, order) for a, b in itertools.pairwise(counts)
        )
        self.shift = torch.zeros(self.layers[-1].n_nodes, dtype=torch.float64)
        self.scale = torch.ones(self.layers[-1].n_nodes, dtype=torch.float64)
        unit = torch.linspace(-1, 1, 64, dtype=torch.float64)
        generator = torch.Generator().manual_seed(self.seed)
        box = torch.stack([unit[torch.randperm(64, generator=generator)] for _ in range(self.n_in)], dim=1)
        self.layers = start_near_linear(self.layers, box.unsqueeze(0), [self.seed])

    def _with(self, **changes: Any) -> KAN:
        """A copy that differs in some attributes; layers are shared, for they are never changed in place."""
        other = object.__new__(KAN)
        other.__dict__ = {**self.__dict__, **changes}
        return other

    def __repr__(self) -> str:
        states = [self.state(edge) for edge in self.all_edges()]
        return f"KAN{self.widths}, grid {self.grid}: {states.count('spline')} splines, {states.count('symbolic')} named"

    def __call__(self, X: Any) -> Any:
        """Outputs (n, n_out) at X (n, n_in): an array for an array, a differentiable tensor for a tensor.

        A row with a NaN gives NaN, in that row alone.
        """
        if isinstance(X, Tensor):
            return self._outputs(X.to(torch.float64))
        rows = columns(X, self.n_in)
        with torch.no_grad():
            return torch.cat([self._outputs(part) for part in rows.split(CHUNK)]).numpy()

    def _outputs(self, X: Tensor) -> Tensor:
        h = X.unsqueeze(0)
        for layer in self.layers:
            h, _ = forward(layer, h)
        return self.shift + self.scale * h[0]

    @property
    def widths(self) -> tuple[Width, ...]:
        """Nodes of each layer, (sums, products) where there are product nodes."""
        return widths_of(self.layers)

    @property
    def n_in(self) -> int:
        return self.layers[0].n_in

    @property
    def n_out(self) -> int:
        return self.layers[-1].n_nodes

    @property
    def grid(self) -> int:
        """Cells of the first layer's grids."""
        return self.layers[0].grid

    def all_edges(self) -> list[Edge]:
        """Every edge of the structure, removed ones included, layer by layer."""
        return [
            Edge(depth, i, j)
            for depth, layer in enumerate(self.layers)
            for i in range(layer.n_in)
            for j in range(layer.n_legs)
        ]

    def edges(self) -> list[Edge]:
        """The edges that are alive: splines and named ones."""
        return [edge for edge in self.all_edges() if self.state(edge) != "removed"]

    def state(self, edge: Edge) -> str:
        """ "spline", "symbolic" or "removed"."""
        layer = self._layer_of(edge)
        if layer.spline[0, edge.source, edge.target]:
            return "spline"
        return "symbolic" if any(row[:2] == edge[1:] for row in layer.named) else "removed"

    def function(self, edge: Edge) -> SymbolicEdge | None:
        """The named function c·f(a·x + b) + d on an edge, or None. Training moves the node's bias, never d."""
        layer = self._layer_of(edge)
        for s, (source, leg, name) in enumerate(layer.named):
            if (source, leg) == edge[1:]:
                assert layer.affine is not None
                return SymbolicEdge(name, *layer.affine[0, s].tolist())
        return None

    def edge_values(self, edge: Edge, x: Tensor) -> Tensor:
        """The curve of one edge at source values x (n,), zero for a removed edge."""
        layer = self._layer_of(edge)
        named = self.function(edge)
        if named is not None:
            return named.c * FUNCTIONS[named.name].value(argument(named.name, named.a, x, named.b)) + named.d
        one = replace(
            layer, lo=layer.lo[:, edge.source : edge.source + 1], hi=layer.hi[:, edge.source : edge.source + 1]
        )
        values, _ = basis_values(one, x.view(1, -1, 1))
        return values[0, :, 0] @ layer.coef[0, edge.source, :, edge.target]

    def activations(self, X: Tensor) -> list[Tensor]:
        """Values (n, nodes) of every layer's source nodes, and last of the output nodes before scaling."""
        h, found = X.unsqueeze(0), [X]
        for layer in self.layers:
            h, _ = forward(layer, h)
            found.append(h[0])
        return found

    def _layer_of(self, edge: Edge) -> Layer:
        inside = 0 <= edge.layer < len(self.layers)
        layer = self.layers[edge.layer if inside else 0]
        if not (inside and 0 <= edge.source < layer.n_in and 0 <= edge.target < layer.n_legs):
            raise TrainingError(f"There is no edge {edge} in a network of widths {self.widths}.")
        return layer

    def to_dict(self) -> dict[str, Any]:
        """A plain snapshot: JSON-able, exact to the bit, read back by `from_dict`."""
        return {
            "version": 1,
            "seed": self.seed,
            "trained": self.trained,
            "widths": [list(w) if isinstance(w, tuple) else w for w in self.widths],
            "shift": self.shift.tolist(),
            "scale": self.scale.tolist(),
            "layers": [write_layer(layer) for layer in self.layers],
        }

    @classmethod
    def from_dict(cls, snapshot: dict[str, Any]) -> KAN:
        """The network of a snapshot made by `to_dict`. Raises TrainingError where it is malformed or newer."""
        model = object.__new__(cls)
        model.__dict__.update(read_snapshot(snapshot))
        return model


def remove_edge(model: KAN, edge: Edge) -> KAN:
    """A copy without the edge. Nothing is refitted."""
    layer = model._layer_of(edge)
    spline, coef = layer.spline.clone(), layer.coef.clone()
    spline[:, edge.source, edge.target] = False
    coef[:, edge.source, :, edge.target] = 0
    return _replace_layer(model, edge.layer, _without_name(replace(layer, spline=spline, coef=coef), edge))


def set_symbolic(model: KAN, edge: Edge, name: str, a: float, b: float, c: float, d: float = 0.0) -> KAN:
    """A copy whose edge is c·f(a·x + b) + d, x being the source node (the user's units for an input)."""
    if name not in FUNCTIONS:
        near = difflib.get_close_matches(name, FUNCTIONS, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else f" Known: {', '.join(FUNCTIONS)}."
        raise TrainingError(f"No function is called {name!r}.{hint}")
    if not all(math.isfinite(value) for value in (a, b, c, d)):
        raise TrainingError(f"The constants of a named edge must be finite; got a={a}, b={b}, c={c}, d={d}.")
    bare = remove_edge(model, edge)
    layer = bare.layers[edge.layer]
    row = torch.tensor([[[a, b, c, d]]], dtype=torch.float64)
    affine = row if layer.affine is None else torch.cat([layer.affine, row], dim=1)
    named = (*layer.named, (edge.source, edge.target, name))
    return _replace_layer(bare, edge.layer, replace(layer, named=named, affine=affine))


def _without_name(layer: Layer, edge: Edge) -> Layer:
    keep = [s for s, row in enumerate(layer.named) if row[:2] != edge[1:]]
    affine = layer.affine[:, keep] if layer.affine is not None and keep else None
    return replace(layer, named=tuple(layer.named[s] for s in keep), affine=affine)


def _replace_layer(model: KAN, depth: int, layer: Layer) -> KAN:
    return model._with(layers=(*model.layers[:depth], layer, *model.layers[depth + 1 :]))


def _width(entry: Any) -> tuple[int, int]:
    """Sum and product nodes of one entry of `widths`."""
    pair = (entry, 0) if isinstance(entry, int | np.integer) else entry
    whole = isinstance(pair, tuple | list) and len(pair) == 2 and all(isinstance(w, int | np.integer) for w in pair)
    if not whole or min(pair) < 0:
        raise TrainingError(f"widths holds counts of nodes, or pairs (sums, products); one entry is {entry!r}.")
    return int(pair[0]), int(pair[1])


def _fresh_layer(n_in: int, nodes: tuple[int, int], grid: int, order: int) -> Layer:
    sums, products = nodes
    legs = sums + 2 * products
    return Layer(
        grid=grid,
        order=order,
        products=(2,) * products,
        lo=torch.full((1, n_in), -1.0, dtype=torch.float64),
        hi=torch.full((1, n_in), 1.0, dtype=torch.float64),
        coef=torch.zeros((1, n_in, BASES["bspline"].size(grid, order), legs), dtype=torch.float64),
        bias=torch.zeros((1, legs), dtype=torch.float64),
        spline=torch.ones((1, n_in, legs), dtype=torch.bool),
    )

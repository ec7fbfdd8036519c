"""The network: a stack of layers, a scale for the output, and pure edits of its edges."""

from __future__ import annotations

import difflib
import itertools
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kan_core import _save, sealed
from kan_core._edge import Edge, SymbolicEdge
from kan_core._errors import TrainingError
from kan_core._functions import FUNCTIONS
from kan_core._gate import columns
from kan_core._layer import BASES, PLAIN, Layer, argument, basis_curvature, basis_values, forward
from kan_core._residual import BASE_FUNCTIONS
from kan_core._snapshot import Width, read_snapshot, widths_of, write_layer, write_widths
from kan_core._start import start_near_linear
from kan_core._tidy import alive, tidy

CHUNK = 1 << 14  # rows of a forward pass at a time


class KAN:
    """A Kolmogorov-Arnold network: every edge carries a learned function of one variable, nodes add or multiply.

    `widths` counts the nodes of each layer; an entry (sums, products) asks for product nodes of two factors each, and
    (sums, (3, 2)) for one of three factors and one of two. `grid` cells and spline `order` hold for every layer at the
    start. The start is near-linear, drawn from `seed`.

    `basis` is "bspline", "chebyshev" or "fourier", each with grid + order functions an edge; with a `base` of "silu"
    or "identity" an edge is w·b + spline. Both may be tuples with one entry a layer.

    >>> model = KAN(widths=(2, 5, 1), grid=5)
    >>> model(np.zeros((3, 2))).shape
    (3, 1)
    >>> KAN(widths=(3, (1, (3,)), 1), basis=("chebyshev", "bspline"), base=(None, "silu")).bases
    ('chebyshev', 'bspline+silu')

    Source: Liu et al., KAN: Kolmogorov-Arnold Networks, arXiv 2404.19756; product nodes from arXiv 2408.10205.
    """

    def __init__(
        self,
        widths: Sequence[Width],
        grid: int = 5,
        order: int = 3,
        seed: int = 0,
        basis: str | Sequence[str] = "bspline",
        base: str | Sequence[str | None] | None = None,
    ) -> None:
        counts = [_width(w) for w in widths]
        if len(counts) < 2 or counts[0][1] or min(sums + len(products) for sums, products in counts) < 1:
            raise TrainingError(
                f"A network needs an input layer of plain nodes and at least one more layer; widths={tuple(widths)!r}."
            )
        if not all(isinstance(value, int | np.integer) for value in (grid, order, seed)):
            raise TrainingError(f"grid, order and seed are whole numbers; got {grid!r}, {order!r} and {seed!r}.")
        if grid < 1 or not 1 <= order <= 5:
            raise TrainingError(
                f"A spline needs at least 1 grid cell and an order from 1 to 5; grid={grid}, order={order}."
            )
        names = _bases(basis, base, len(counts) - 1)
        grid, order, self.seed = int(grid), int(order), int(seed)
        self.trained = False
        self.layers: tuple[Layer, ...] = tuple(
            _fresh_layer(sums + len(products), nodes, grid, order, name)
            for ((sums, products), nodes), name in zip(itertools.pairwise(counts), names, strict=True)
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
        """Nodes of each layer, (sums, products) where there are product nodes, (sums, arities) where not all are 2."""
        return widths_of(self.layers)

    @property
    def bases(self) -> tuple[str, ...]:
        """The basis of each layer, "bspline+silu" where it has a base function."""
        return tuple(layer.basis for layer in self.layers)

    @property
    def n_in(self) -> int:
        return self.layers[0].n_in

    @property
    def n_out(self) -> int:
        return self.layers[-1].n_nodes

    @property
    def used_inputs(self) -> tuple[int, ...]:
        """The columns of X from which a path leads to an output."""
        return tuple(alive(tidy(self.layers)[0])[0].any(1).nonzero().flatten().tolist())

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
        values, _ = basis_values(_of_source(layer, edge.source), x.view(1, -1, 1))
        return values[0, :, 0] @ layer.coef[0, edge.source, :, edge.target]

    def edge_derivatives(self, edge: Edge, x: Tensor) -> tuple[Tensor, Tensor]:
        """First and second derivative of one edge's curve at source values x (n,): two tensors (n,)."""
        layer, named = self._layer_of(edge), self.function(edge)
        if named is not None:
            u = argument(named.name, named.a, x.detach(), named.b).requires_grad_()
            slope = FUNCTIONS[named.name].slope(u)
            (bend,) = torch.autograd.grad((slope + 0 * u).sum(), u)  # 0·u: a constant slope does not know u
            return named.c * named.a * slope.detach(), named.c * named.a**2 * bend
        one, h = _of_source(layer, edge.source), x.view(1, -1, 1)
        found = (basis_values(one, h)[1], basis_curvature(one, h))
        slope, bend = (part[0, :, 0] @ layer.coef[0, edge.source, :, edge.target] for part in found)
        return slope, bend

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
            "widths": write_widths(self.widths),
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

    def to_bytes(self) -> bytes:
        """The network as the bytes of one file, exact to the bit and the same for equal networks."""
        head = {key: value for key, value in self.to_dict().items() if key not in ("shift", "scale", "layers")}
        rows = [(write_layer(layer), layer) for layer in self.layers]
        return _save.to_bytes(head, self.shift, self.scale, rows)

    @classmethod
    def from_bytes(cls, data: bytes) -> KAN:
        """The network of such bytes. Raises TrainingError where they are damaged, too many, or of a newer format."""
        return cls.from_dict(_save.from_bytes(data))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the network to one file, a zip of JSON and safetensors; `KAN.load` reads it back to the bit."""
        sealed.write(path, self.to_bytes(), TrainingError)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> KAN:
        """The network in a file written by `save`. Nothing in the file is run: there is no pickle."""
        return cls.from_bytes(sealed.read(path, _save.LARGEST, TrainingError))


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


def _of_source(layer: Layer, source: int) -> Layer:
    """The layer with the grid of one source node alone."""
    return replace(layer, lo=layer.lo[:, source : source + 1], hi=layer.hi[:, source : source + 1])


def _width(entry: Any) -> tuple[int, tuple[int, ...]]:
    """Sum nodes of one entry of `widths`, and the number of factors of each of its product nodes."""
    pair = entry if isinstance(entry, tuple | list) else (entry, 0)
    if len(pair) == 2:
        sums, products = pair
        arities = [2] * products if _is_count(products) else products
        if _is_count(sums) and isinstance(arities, tuple | list) and all(_is_count(a) and a > 1 for a in arities):
            return int(sums), tuple(int(a) for a in arities)
    raise TrainingError(
        "widths holds counts of nodes, or pairs (sums, products), where products is a count or lists how many factors "
        f"each has, two or more; one entry is {entry!r}."
    )


def _is_count(value: Any) -> bool:
    return isinstance(value, int | np.integer) and int(value) >= 0


def _bases(basis: str | Sequence[str], base: str | Sequence[str | None] | None, depth: int) -> list[str]:
    """The key of `BASES` for each of `depth` layers."""
    plain = _for_layers("basis", basis, PLAIN, depth)
    added = _for_layers("base", base, {None: None, **BASE_FUNCTIONS}, depth)
    return [name if extra is None else f"{name}+{extra}" for name, extra in zip(plain, added, strict=True)]


def _for_layers(what: str, value: Any, known: Mapping[Any, Any], depth: int) -> list[Any]:
    """One value for each layer, every one of them known."""
    values = list(value) if isinstance(value, tuple | list) else [value] * depth
    if len(values) != depth or not all(v is None or isinstance(v, str) for v in values) or set(values) - set(known):
        names = ", ".join(map(repr, known))
        raise TrainingError(f"{what} must be one of {names}, or one of them for each of {depth} layers; got {value!r}.")
    return values


def _fresh_layer(n_in: int, nodes: tuple[int, tuple[int, ...]], grid: int, order: int, basis: str) -> Layer:
    sums, products = nodes
    legs = sums + sum(products)
    return Layer(
        grid=grid,
        order=order,
        products=products,
        lo=torch.full((1, n_in), -1.0, dtype=torch.float64),
        hi=torch.full((1, n_in), 1.0, dtype=torch.float64),
        coef=torch.zeros((1, n_in, BASES[basis].size(grid, order), legs), dtype=torch.float64),
        bias=torch.zeros((1, legs), dtype=torch.float64),
        spline=torch.ones((1, n_in, legs), dtype=torch.bool),
        basis=basis,
    )

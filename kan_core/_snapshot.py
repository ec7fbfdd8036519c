"""Reading a network back from plain data: every field is checked, for a snapshot may come from a file or a link."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from kan_core._errors import TrainingError
from kan_core._functions import FUNCTIONS
from kan_core._layer import BASES, Layer

VERSION = 1
MOST_GRID, MOST_LAYERS = 100_000, 100

Width = int | tuple[int, int | tuple[int, ...]]


def widths_of(layers: Sequence[Layer]) -> tuple[Width, ...]:
    """Nodes of each layer: a count of sums, (sums, products) where products have two factors, else (sums, arities)."""
    return (layers[0].n_in, *(_width_of(layer) for layer in layers))


def _width_of(layer: Layer) -> Width:
    if not layer.products:
        return layer.n_sums
    pairs = all(arity == 2 for arity in layer.products)
    return layer.n_sums, len(layer.products) if pairs else layer.products


def write_widths(widths: Sequence[Width]) -> list[Any]:
    """Widths with lists for tuples, as JSON has them."""
    return [write_widths(w) if isinstance(w, tuple) else w for w in widths]  # type: ignore[arg-type]


def _read_widths(entry: Any) -> Any:
    return tuple(_read_widths(w) for w in entry) if isinstance(entry, list) else entry


def write_layer(layer: Layer) -> dict[str, Any]:
    """A layer (R = 1) as JSON-able values, exact to the bit."""
    return {
        "grid": layer.grid,
        "order": layer.order,
        "basis": layer.basis,
        "products": list(layer.products),
        "named": [list(row) for row in layer.named],
        **{key: value[0].tolist() for key, value in layer.tensors().items()},
    }


def read_snapshot(snapshot: Any) -> dict[str, Any]:
    """The attributes of the network of a snapshot. Raises TrainingError where it is malformed or newer."""
    version = snapshot.get("version") if isinstance(snapshot, dict) else None
    if version != VERSION:
        raise TrainingError(f"This network was saved in format {version!r}; this program reads {VERSION}.")
    try:
        layers = tuple(_layer(row) for row in snapshot["layers"])
        _require(0 < len(layers) <= MOST_LAYERS, f"it has {len(layers)} layers")
        for below, above in itertools.pairwise(layers):
            _require(below.n_nodes == above.n_in, f"{below.n_nodes} nodes meet {above.n_in} inputs")
        widths = _read_widths(snapshot["widths"])
        _require(widths == widths_of(layers), f"it says widths {widths} and holds {widths_of(layers)}")
        shift, scale = (_numbers(snapshot[key], (layers[-1].n_nodes,), key) for key in ("shift", "scale"))
        _require(bool((scale > 0).all()), "a scale is not positive")
        seed, trained = snapshot["seed"], snapshot["trained"]
        _require(isinstance(seed, int) and isinstance(trained, bool), "seed or trained is of the wrong kind")
    except (KeyError, TypeError, ValueError, RuntimeError, OverflowError, IndexError, AttributeError) as error:
        raise TrainingError(f"The saved network is damaged: {error}. Save it again.") from error
    return {"seed": seed, "trained": trained, "shift": shift, "scale": scale, "layers": layers}


def _layer(row: dict[str, Any]) -> Layer:
    grid, order, products = row["grid"], row["order"], tuple(row["products"])
    _require(isinstance(grid, int) and 1 <= grid <= MOST_GRID, f"grid is {grid!r}")
    _require(isinstance(order, int) and 1 <= order <= 5, f"order is {order!r}")
    _require(row["basis"] in BASES, f"there is no basis {row['basis']!r}")
    _require(all(isinstance(p, int) and p >= 1 for p in products), f"products are {products!r}")
    spline = torch.as_tensor(row["spline"]).unsqueeze(0)
    _require(spline.dtype == torch.bool and spline.ndim == 3, "spline is not a table of true and false")
    _, n_in, n_legs = spline.shape
    _require(n_in > 0 and n_legs > 0 and sum(products) <= n_legs, "its nodes do not add up")
    size = BASES[row["basis"]].size(grid, order)
    named = tuple(_name(entry, spline) for entry in row["named"])
    _require(len({entry[:2] for entry in named}) == len(named), "an edge is named twice")
    _require(("affine" in row) == bool(named), "names and constants do not go together")
    lo, hi = (_numbers(row[key], (n_in,), key).unsqueeze(0) for key in ("lo", "hi"))
    _require(bool((hi > lo).all()), "a grid has no width")
    return Layer(
        grid=grid,
        order=order,
        products=products,
        lo=lo,
        hi=hi,
        coef=_numbers(row["coef"], (n_in, size, n_legs), "coef").unsqueeze(0),
        bias=_numbers(row["bias"], (n_legs,), "bias").unsqueeze(0),
        spline=spline,
        named=named,
        affine=_numbers(row["affine"], (len(named), 4), "affine").unsqueeze(0) if named else None,
        basis=row["basis"],
    )


def _name(entry: Any, spline: Tensor) -> tuple[int, int, str]:
    source, leg, name = entry
    inside = isinstance(source, int) and isinstance(leg, int)
    inside = inside and 0 <= source < spline.shape[1] and 0 <= leg < spline.shape[2]
    _require(inside and name in FUNCTIONS, f"{entry!r} names no edge and function")
    _require(not bool(spline[0, source, leg]), f"edge {source}-{leg} is a spline and named")
    return source, leg, name


def _numbers(values: Any, shape: tuple[int, ...], name: str) -> Tensor:
    found = torch.as_tensor(values, dtype=torch.float64)
    _require(found.shape == shape, f"{name} has shape {tuple(found.shape)}, not {shape}")
    _require(bool(found.isfinite().all()) and math.prod(shape) > 0, f"{name} holds values that are not finite")
    return found


def _require(true: bool, otherwise: str) -> None:
    if not true:
        raise ValueError(otherwise)

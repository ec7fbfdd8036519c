"""The picture of a network as plain data: what travels from a worker to the diagram."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

POINTS, FINE, FEW = 24, 72, 12  # of a curve; and where so few edges leave room for waves
NOTHING = "0"  # the name of an edge that is removed, among the functions it may be


def picture(looks: Sequence[Any], widths: Sequence[Any], inputs: Sequence[str], target: str) -> dict[str, Any]:
    """One JSON-able dict from `kan_core.look`: widths, names, and for each edge its state, curve and importance."""
    return {
        "widths": [w if isinstance(w, int) else [w[0], w[1] if isinstance(w[1], int) else list(w[1])] for w in widths],
        "inputs": list(inputs),
        "target": target,
        "edges": [_edge(one, _points(looks)) for one in looks],
    }


def frame(looks: Sequence[Any], label: str, step: int | None = None) -> dict[str, Any]:
    """One step of a replay: every edge's curve and importance, the words under it, and its place on the loss chart."""
    return {
        "label": label,
        "step": step,
        "y": [_curve(one, _points(looks))[2] for one in looks],
        "importance": [_importance(one) for one in looks],
    }


Width = int | Sequence[Any]  # sum nodes, or sum nodes and either the number of products of two or a list of arities


def arities(width: Width) -> tuple[int, list[int]]:
    """Sum nodes of a layer, and the number of factors of each of its product nodes."""
    if isinstance(width, int):
        return width, []
    sums, products = width
    return int(sums), [2] * products if isinstance(products, int) else [int(arity) for arity in products]


def node_of(leg: int, width: Width) -> int:
    """The node a leg feeds in a layer of this width: a sum node has one leg, the product nodes after them one a factor.

    >>> [node_of(leg, [1, [3, 2]]) for leg in range(6)]
    [0, 1, 1, 1, 2, 2]
    """
    sums, products = arities(width)
    return [*range(sums), *(sums + k for k, arity in enumerate(products) for _ in range(arity))][leg]


def titles(drawn: dict[str, Any]) -> dict[str, str]:
    """What each edge is called, "a → node 1", by its id."""
    return {edge["id"]: _title(edge["id"], drawn) for edge in drawn["edges"]}


def _points(looks: Sequence[Any]) -> int:
    return FINE if len(looks) <= FEW else POINTS


def _edge(one: Any, points: int) -> dict[str, Any]:
    lower, upper, values = _curve(one, points)
    return {
        "id": str(one.edge),
        "state": one.state,
        "name": one.function.name if one.function else "",
        "affine": [float(f"{v:.6g}") for v in one.function[1:]] if one.function else None,
        "x": [lower, upper],
        "y": values,
        "half": _half(one, points),
        "importance": _importance(one),
        "impact": None if getattr(one, "impact", None) is None else _short(one.impact),
        "density": _density(one),
    }


def _curve(one: Any, points: int) -> tuple[float, float, list[float]]:
    """Domain and values at so many equally spaced places."""
    x, y = np.asarray(one.x, dtype=float), np.asarray(one.y, dtype=float)
    lower, upper = float(x.min()), float(x.max())
    values = np.nan_to_num(np.interp(np.linspace(lower, upper, points), x, y))
    return _short(lower), _short(upper), [_short(v) for v in values]


def _half(one: Any, points: int) -> list[float] | None:
    """Half the width of the confidence band at the same places, None where there is no band."""
    high = getattr(one, "high", None)
    if high is None:
        return None
    x, half = np.asarray(one.x, dtype=float), np.asarray(high, dtype=float) - np.asarray(one.y, dtype=float)
    values = np.interp(np.linspace(x.min(), x.max(), points), x, half)
    return [_short(v) for v in values] if np.isfinite(values).all() else None


def _density(one: Any) -> list[int]:
    """The histogram of the data along the edge's axis in tenths of its peak."""
    counts = np.asarray(one.density, dtype=float)
    return [int(v) for v in np.round(10 * counts / max(counts.max(), 1e-300))]


def _importance(one: Any) -> float:
    return round(float(one.importance), 3)


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def _title(edge: str, drawn: dict[str, Any]) -> str:
    layer, source, leg = (int(part) for part in edge.split("-"))
    target = node_of(leg, drawn["widths"][layer + 1])
    return f"{_node(layer, source, drawn)} → {_node(layer + 1, target, drawn)}"


def _node(layer: int, index: int, drawn: dict[str, Any]) -> str:
    if layer == 0:
        return str(drawn["inputs"][index])
    if layer == len(drawn["widths"]) - 1:
        return str(drawn["target"])
    return f"node {index + 1}" if layer == 1 else f"node {layer}.{index + 1}"

"""Looking at a network: the curve on every edge over the data, and how much each edge matters. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kan_core._attribution import attribution
from kan_core._covariance import covariance
from kan_core._edge import Edge, SymbolicEdge
from kan_core._errors import TrainingError
from kan_core._gate import inputs, settings
from kan_core._impact import Impacts
from kan_core._layer import Layer, edge_values
from kan_core._network import KAN
from kan_core._tangent import problem_at, tangent

POINTS, BINS = 200, 20


@dataclass(frozen=True)
class EdgeLook:
    """One edge over the data: x and y (m,) trace its curve, centred on its mean over the rows.

    `importance` is the edge's attribution as a share of the largest, in [0, 1]; `density` (20,) counts the rows over
    equal parts of `domain`, the range of the source node (the user's units for an input).

    Where targets were given too: `low` and `high` (m,) bound the curve point by point with 95 % confidence, None where
    there are too few rows to say; `impact` is by how much the RMSE would rise if the edge went and the rest were
    refitted, in units of the target's spread (for classes, the cross-entropy); it is read off a quadratic model of the
    loss: exact for networks without hidden nodes, a ranking elsewhere.
    """

    edge: Edge
    state: str
    function: SymbolicEdge | None
    x: np.ndarray
    y: np.ndarray
    domain: tuple[float, float]
    importance: float
    density: np.ndarray
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    impact: float | None = None


def look(
    model: KAN, X: Any, y: Any = None, weights: Any = None, smoothness: float | str = "gcv", loss: str = "squares"
) -> list[EdgeLook]:
    """One EdgeLook for every edge, removed ones included, over rows X (n, n_in).

    With the targets y of the fit, and its weights, smoothness and loss where they were not the default, also bands and
    impacts; these take the time of a few steps of a fit.
    """
    rows = _gate_rows(model, X)
    with torch.no_grad():
        nodes = model.activations(rows)
        values = [edge_values(layer, h.unsqueeze(0))[0] for layer, h in zip(model.layers, nodes, strict=False)]
        scores = attribution(model.layers, values).shares()
        found = [
            one
            for depth, layer in enumerate(model.layers)
            for one in _look_at(model, depth, layer, nodes[depth], values[depth], scores[depth])
        ]
        return found if y is None else _judged(model, found, nodes, (X, y, weights), smoothness, loss)


def _gate_rows(model: KAN, X: Any) -> Tensor:
    rows = inputs(X, model.n_in)
    if not len(rows):
        raise TrainingError("X has no rows. Looking at a network needs at least one.")
    return rows


def _look_at(model: KAN, depth: int, layer: Layer, h: Tensor, values: Tensor, scores: Tensor) -> list[EdgeLook]:
    """The edges of one layer from its source values h (n, I), the edges' values (n, I, J) and scores (I, J)."""
    x = _points(h)
    curves = (edge_values(layer, x.unsqueeze(0))[0] - values.mean(0)).numpy()
    found = []
    for i in range(layer.n_in):
        domain = float(x[0, i]), float(x[-1, i])
        counts = _histogram(h[:, i].numpy(), *domain)
        for j in range(layer.n_legs):
            edge = Edge(depth, i, j)
            found.append(
                EdgeLook(
                    edge=edge,
                    state=model.state(edge),
                    function=model.function(edge),
                    x=x[:, i].numpy(),
                    y=curves[:, i, j],
                    domain=domain,
                    importance=float(scores[i, j]),
                    density=counts,
                )
            )
    return found


def _histogram(h: np.ndarray, low: float, high: float) -> np.ndarray:
    """Rows in BINS equal parts of [low, high]; numpy's own refuses a range of a few roundings."""
    share = (h - low) / (high - low) if high > low else np.full(len(h), 0.5)
    return np.bincount(np.minimum((BINS * share).astype(int), BINS - 1), minlength=BINS)


def _points(h: Tensor) -> Tensor:
    """Places (POINTS, I) spread evenly from the lowest to the highest of h (n, I)."""
    low, high = h.amin(0), h.amax(0)
    x = low + (high - low) * torch.linspace(0, 1, POINTS, dtype=torch.float64).unsqueeze(1)
    x[-1] = high
    return x


def _judged(
    model: KAN,
    looks: list[EdgeLook],
    nodes: list[Tensor],
    data: tuple[Any, Any, Any],
    smoothness: float | str,
    loss: str,
) -> list[EdgeLook]:
    """The looks with bands and impacts, from the targets and the quadratic model of the loss at this network."""
    settings(0, None, 0.0, smoothness, 1)
    flat = tangent(model.layers, problem_at(model, *data, loss), smoothness)
    if not (np.isfinite(flat.loss) and len(flat.theta)):
        return looks
    impacts, sure = Impacts(flat), covariance(flat)
    bands = None
    if sure is not None:
        layers = range(len(model.layers))
        bands = [sure.band(depth, _points(nodes[depth]), nodes[depth]).numpy() for depth in layers]
    return [_with_band(one, impacts, bands) for one in looks]


def _with_band(one: EdgeLook, impacts: Impacts, bands: list[np.ndarray] | None) -> EdgeLook:
    impact = 0.0 if one.state == "removed" else impacts.rise(one.edge)
    if bands is None:
        return replace(one, impact=impact)
    half = bands[one.edge.layer][:, one.edge.source, one.edge.target]
    return replace(one, low=one.y - half, high=one.y + half, impact=impact)


def edge_data(model: KAN, edge: Edge, X: Any) -> tuple[np.ndarray, np.ndarray]:
    """Values of the edge's source node and of the edge itself (n,) each at rows X."""
    rows = _gate_rows(model, X)
    model.state(edge)
    with torch.no_grad():
        h = model.activations(rows)[edge.layer][:, edge.source]
        return h.numpy(), model.edge_values(edge, h).numpy()

"""Looking at a network: the curve on every edge over the data, and how much each edge matters. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from kan_core._edge import Edge, SymbolicEdge
from kan_core._errors import TrainingError
from kan_core._gate import inputs
from kan_core._layer import forward
from kan_core._network import KAN

POINTS, BINS = 200, 20


@dataclass(frozen=True)
class EdgeLook:
    """One edge over the data: x and y (m,) trace its curve, centred on its mean over the rows.

    `importance` is the edge's attribution as a share of the largest, in [0, 1]; `density` (20,) counts the rows over
    equal parts of `domain`, the range of the source node (the user's units for an input).
    """

    edge: Edge
    state: str
    function: SymbolicEdge | None
    x: np.ndarray
    y: np.ndarray
    domain: tuple[float, float]
    importance: float
    density: np.ndarray


def look(model: KAN, X: Any) -> list[EdgeLook]:
    """One EdgeLook for every edge, removed ones included, over rows X (n, n_in)."""
    rows = _gate_rows(model, X)
    with torch.no_grad():
        nodes = model.activations(rows)
        scores = _attribution(model, rows)
        return [_look_at(model, edge, nodes[edge.layer][:, edge.source], scores[edge]) for edge in model.all_edges()]


def _gate_rows(model: KAN, X: Any) -> Tensor:
    rows = inputs(X, model.n_in)
    if not len(rows):
        raise TrainingError("X has no rows. Looking at a network needs at least one.")
    return rows


def _look_at(model: KAN, edge: Edge, h: Tensor, importance: float) -> EdgeLook:
    low, high = float(h.min()), float(h.max())
    x = torch.linspace(low, high, POINTS, dtype=torch.float64)
    centre = model.edge_values(edge, h).mean()
    counts, _ = np.histogram(h.numpy(), bins=BINS, range=(low, high if high > low else low + 1))
    return EdgeLook(
        edge=edge,
        state=model.state(edge),
        function=model.function(edge),
        x=x.numpy(),
        y=(model.edge_values(edge, x) - centre).numpy(),
        domain=(low, high),
        importance=importance,
        density=counts,
    )


def edge_data(model: KAN, edge: Edge, X: Any) -> tuple[np.ndarray, np.ndarray]:
    """Values of the edge's source node and of the edge itself (n,) each at rows X."""
    rows = _gate_rows(model, X)
    model.state(edge)
    with torch.no_grad():
        h = model.activations(rows)[edge.layer][:, edge.source]
        return h.numpy(), model.edge_values(edge, h).numpy()


def _attribution(model: KAN, rows: Tensor) -> dict[Edge, float]:
    """KAN 2.0's backward score (arXiv 2408.10205): a node's score is shared among its edges by their spread."""
    h, depths = rows.unsqueeze(0), []
    for layer in model.layers:
        after, cache = forward(layer, h)
        depths.append((h[0], cache.legs[0]))
        h = after
    scores: dict[Edge, float] = {}
    node_score = torch.ones(model.n_out, dtype=torch.float64)
    for depth in reversed(range(len(model.layers))):
        layer, (source, legs) = model.layers[depth], depths[depth]
        leg_score = torch.cat(
            [
                node_score[: layer.n_sums],
                *(node_score[layer.n_sums + k].repeat(a) for k, a in enumerate(layer.products)),
            ]
        )
        share = torch.zeros((layer.n_in, layer.n_legs), dtype=torch.float64)
        spread = legs.std(0, correction=0)
        for i in range(layer.n_in):
            for j in range(layer.n_legs):
                values = model.edge_values(Edge(depth, i, j), source[:, i])
                share[i, j] = leg_score[j] * values.std(correction=0) / spread[j].clamp(min=1e-300)
                scores[Edge(depth, i, j)] = float(share[i, j])
        node_score = share.sum(1)
    top = max(scores.values(), default=0.0) or 1.0
    return {edge: score / top for edge, score in scores.items()}

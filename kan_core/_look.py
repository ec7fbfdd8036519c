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
from kan_core._layer import Layer, edge_values
from kan_core._network import KAN
from kan_core._tidy import node_of_leg

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
        values = [edge_values(layer, h.unsqueeze(0))[0] for layer, h in zip(model.layers, nodes, strict=False)]
        scores = _attribution(model, values)
        return [
            found
            for depth, layer in enumerate(model.layers)
            for found in _look_at(model, depth, layer, nodes[depth], values[depth], scores[depth])
        ]


def _gate_rows(model: KAN, X: Any) -> Tensor:
    rows = inputs(X, model.n_in)
    if not len(rows):
        raise TrainingError("X has no rows. Looking at a network needs at least one.")
    return rows


def _look_at(model: KAN, depth: int, layer: Layer, h: Tensor, values: Tensor, scores: Tensor) -> list[EdgeLook]:
    """The edges of one layer from its source values h (n, I), the edges' values (n, I, J) and scores (I, J)."""
    low, high = h.amin(0), h.amax(0)
    x = low + (high - low) * torch.linspace(0, 1, POINTS, dtype=torch.float64).unsqueeze(1)  # (POINTS, I)
    x[-1] = high
    curves = (edge_values(layer, x.unsqueeze(0))[0] - values.mean(0)).numpy()
    found = []
    for i in range(layer.n_in):
        domain = float(low[i]), float(high[i])
        counts, _ = np.histogram(h[:, i].numpy(), bins=BINS, range=domain if domain[1] > domain[0] else None)
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


def edge_data(model: KAN, edge: Edge, X: Any) -> tuple[np.ndarray, np.ndarray]:
    """Values of the edge's source node and of the edge itself (n,) each at rows X."""
    rows = _gate_rows(model, X)
    model.state(edge)
    with torch.no_grad():
        h = model.activations(rows)[edge.layer][:, edge.source]
        return h.numpy(), model.edge_values(edge, h).numpy()


def _attribution(model: KAN, values: list[Tensor]) -> list[Tensor]:
    """KAN 2.0's backward score (arXiv 2408.10205), (I, J) a layer: a node's score is shared by the spread of its edges.

    `values` holds the edges' values (n, I, J) of every layer. The largest score is 1.
    """
    scores: list[Tensor] = []
    node_score = torch.ones(model.n_out, dtype=torch.float64)
    for layer, edges in zip(reversed(model.layers), reversed(values), strict=True):
        leg_score = node_score[node_of_leg(layer)]
        spread = edges.sum(1).std(0, correction=0).clamp(min=1e-300)  # (J,) of the legs
        scores.insert(0, leg_score * edges.std(0, correction=0) / spread)
        node_score = scores[0].sum(1)
    top = max((float(score.max()) for score in scores), default=0.0) or 1.0
    return [score / top for score in scores]

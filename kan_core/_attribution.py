"""Attribution: how much of the output's spread runs through each edge. KAN 2.0's backward score.

From an output's score of 1 backwards, a leg has its node's score and hands to each of its edges the share
std(edge)/std(leg); a node's score is the sum over the edges that leave it.
Source: Liu et al., KAN 2.0, arXiv 2408.10205, §4.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from kan_core._layer import Layer
from kan_core._tidy import node_of_leg

CANCELLED = 1e-6  # of its strongest edge: below this spread a leg counts as still, and rounding gets no score
ROUNDING = 1e-12  # of its values: a curve that moves less stands still


@dataclass(frozen=True)
class Attribution:
    """Scores of every layer's edges (I, J), and of every layer's nodes (N,), inputs first and outputs (all 1) last."""

    edges: list[Tensor]
    nodes: list[Tensor]

    def shares(self) -> list[Tensor]:
        """The edges' scores as shares of the largest, in [0, 1]."""
        top = max((float(score.max()) for score in self.edges), default=0.0) or 1.0
        return [score / top for score in self.edges]


def attribution(layers: Sequence[Layer], values: Sequence[Tensor]) -> Attribution:
    """Scores from the edges' values (n, I, J) over the rows, of every layer."""
    edges: list[Tensor] = []
    nodes = [torch.ones(layers[-1].n_nodes, dtype=torch.float64)]
    for layer, curves in zip(reversed(layers), reversed(values), strict=True):
        spread = curves.std(0, correction=0)  # (I, J)
        spread = torch.where(spread > ROUNDING * curves.abs().amax(0), spread, 0.0)
        least = (CANCELLED * spread.amax(0)).clamp(min=1e-300)
        legs = torch.maximum(curves.sum(1).std(0, correction=0), least)
        edges.insert(0, nodes[0][node_of_leg(layer)] * spread / legs)
        nodes.insert(0, edges[0].sum(1))
    return Attribution(edges, nodes)

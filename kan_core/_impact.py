"""What removing something would cost after everything else is refitted, for all edges at once and without refitting.

At a minimum with Hessian H, forcing the parameters c of an edge to zero and refitting the rest raises the objective by
½ cᵀ[(H⁻¹)ₑₑ]⁻¹c (Hassibi & Stork, Optimal Brain Surgeon, 1993, for a block).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from kan_core._layer import Layer
from kan_core._levenberg import Problem
from kan_core._normal import Block, assemble, blocks, count, evaluate, parameters, roughness

RIDGE = 1e-10

Group = tuple[int, tuple[tuple[int, int], ...]]  # a layer and the (source, leg) of edges removed together


class Impacts:
    """The normal equations of one trained network (R = 1), asked for the cost of removing groups of edges."""

    def __init__(self, layers: Sequence[Layer], problem: Problem, weight: float) -> None:
        self.layers, self.layout = layers, blocks(layers)
        found = evaluate(layers, problem.X).outputs
        self.loss = float(problem.value(found)[0])
        slope = problem.loss.slope(found, problem.y) * problem.weights
        curvature = problem.loss.curvature(found, problem.y) * problem.weights
        normal = assemble(layers, self.layout, problem.X, curvature, slope)
        H = (normal.hessian + weight * roughness(layers, self.layout, normal.strength))[0]
        H = H + RIDGE * H.diagonal().mean() * torch.eye(count(self.layout), dtype=H.dtype, device=H.device)
        self.inverse = torch.linalg.inv(H)
        self.theta = parameters(layers, self.layout)[0]

    def cost(self, group: Group) -> float:
        """Predicted rise of the mean loss when the group goes and the rest is refitted."""
        depth, members = group
        block = self.layout[depth]
        places, values = [], []
        for source, leg in members:
            found = _places(block, self.layers[depth], source, leg)
            c = self.theta[found]
            # A spline's constant lives in the bias, so only its shape counts; of a named edge, c makes it vanish.
            values.append(c - c.mean() if len(found) > 1 else c)
            places.append(found)
        where, c = torch.cat(places), torch.cat(values)
        part = self.inverse[where][:, where]
        return float(0.5 * c @ torch.linalg.solve(part, c))


def _places(block: Block, layer: Layer, source: int, leg: int) -> Tensor:
    """Positions of an edge's parameters; of a named edge, that of its factor c."""
    hit = ((block.source == source) & (block.leg == leg)).nonzero().flatten()
    if len(hit):
        return block.place[hit[0]]
    s = next(s for s, row in enumerate(layer.named) if row[:2] == (source, leg))
    return torch.tensor([block.affine.start + block.named.index(4 * s + 2)])

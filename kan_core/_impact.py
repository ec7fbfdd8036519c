"""What removing something would cost after everything else is refitted, for all edges at once and without refitting.

Forcing the parameters c of an edge to zero, the rest of a quadratic objective with matrix A follows by
−A⁻¹E[(A⁻¹)ₑₑ]⁻¹c (Hassibi & Stork, Optimal Brain Surgeon, 1993, for a block); the loss is then read off its own
quadratic model. Exact where the network is linear in its parameters, a ranking elsewhere.
"""

from __future__ import annotations

import torch
from torch import Tensor

from kan_core._edge import Edge
from kan_core._layer import BASES
from kan_core._tangent import RIDGE, Tangent, ridged

Group = tuple[int, tuple[tuple[int, int], ...]]  # a layer and the (source, leg) of edges removed together


class Impacts:
    """The quadratic model of one trained network, asked for the cost of removing groups of edges."""

    def __init__(self, model: Tangent) -> None:
        self.tangent = model
        self.inverse = torch.linalg.inv(ridged(model.hessian + model.penalty))

    def cost(self, group: Group) -> float:
        """Predicted rise of the mean loss when the group goes and the rest is refitted."""
        depth, members = group
        places, values = [], []
        for source, leg in members:
            found, c = self._edge(depth, source, leg)
            values.append(c)
            places.append(found)
        move = self._move(torch.cat(places), torch.cat(values))
        return float(self.tangent.gradient @ move + 0.5 * move @ (self.tangent.hessian @ move))

    def _move(self, where: Tensor, c: Tensor) -> Tensor:
        """Where all parameters go (P,) when c is taken off those at `where`, the rest of hidden nodes being held."""
        held = self.tangent.held.clone()
        held[:, where] = 0
        held = held[held.norm(dim=1) > 1e-9]
        columns = torch.cat([self.inverse[:, where], self.inverse @ held.T], dim=1)
        system = torch.cat([columns[where], held @ columns])
        system.diagonal()[len(where) :].mul_(1 + RIDGE)  # held directions may depend on each other
        wanted = torch.cat([-c, torch.zeros(len(held), dtype=c.dtype)])
        return columns @ torch.linalg.solve(system, wanted)

    def rise(self, edge: Edge) -> float:
        """Predicted rise of the root mean squared error when the edge goes, in units of the target's spread.

        Never above what the constant prediction costs, which a refit can always reach. For classes, the rise of the
        mean cross-entropy.
        """
        if self.tangent.problem.loss.classifies:
            return max(self.cost((edge.layer, ((edge.source, edge.target),))), 0.0)
        outputs = self.tangent.outputs.shape[2]
        before = max(2 * self.tangent.loss / outputs, 0.0)
        after = before + 2 * max(self.cost((edge.layer, ((edge.source, edge.target),))), 0.0) / outputs
        return min(after, max(before, 1.0)) ** 0.5 - before**0.5

    def _edge(self, depth: int, source: int, leg: int) -> tuple[Tensor, Tensor]:
        """Positions of an edge's parameters, and what has to be taken off them for the edge to vanish."""
        model, layer, block = self.tangent, self.tangent.layers[depth], self.tangent.layout[depth]
        hit = ((block.source == source) & (block.leg == leg)).nonzero().flatten()
        if len(hit):
            places = block.place[hit[0]]
            c = model.theta[places]
            # A spline's constant lives in the bias, so only its shape counts.
            one = torch.as_tensor(BASES[layer.basis].constant(layer.grid, layer.order))
            return places, c - (model.centre[depth][source] @ c) * one
        # Of a named edge c goes to zero; a and b have no effect then, and must not stand in for it.
        s = next(s for s, row in enumerate(layer.named) if row[:2] == (source, leg))
        places = torch.tensor([block.affine.start + block.named.index(4 * s + k) for k in range(3)])
        return places, model.theta[places] * torch.tensor([0.0, 0.0, 1.0], dtype=torch.float64)

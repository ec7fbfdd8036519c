"""Bringing a fitted structure to its plainest form before its curves are named.

A sparse fit may leave a function of one input spread over a chain of edges, none of which has a shape of its own. What
the refits show to be unneeded goes, and the inner edge of a chain becomes a straight line, so that the outer one
carries the whole curve.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symbolic._clock import in_time

if TYPE_CHECKING:
    from kan_core import KAN, Edge

Array = NDArray[np.float64]
Rows = tuple[Array, Array]

STEPS, RESTARTS = 40, 4
WORSE = 1.5  # a plainer structure may raise the error by this factor


def straightened(model: KAN, train: Rows, held: Rows, seed: int) -> KAN:
    """The plainest network of this shape that fits about as well; the argument itself if none does."""
    from kan_core import fit, prune

    before = _error(model, held)
    if len(model.edges()) > model.n_in + 2:
        spread = float(np.std(train[1]))
        model = prune(model, *train, validation=held, tolerance=before / spread, on_step=in_time).model
    inner = _chains(model)
    if not inner:
        return model
    skeleton = _skeleton(model, inner, seed)
    plain = fit(skeleton, *train, held, STEPS, restarts=RESTARTS, on_step=in_time).model
    return plain if _error(plain, held) <= WORSE * max(before, _error(model, held)) else model


def _chains(model: KAN) -> list[Edge]:
    """Spline edges that alone feed a hidden node."""
    last = len(model.layers) - 1
    found = []
    for depth in range(last):
        live = [edge for edge in model.edges() if edge.layer == depth]
        for node in range(model.layers[depth].n_nodes):
            feeding = [edge for edge in live if _node(model, edge) == node]
            if len(feeding) == 1 and model.state(feeding[0]) == "spline":
                found.append(feeding[0])
    return found


def _node(model: KAN, edge: Edge) -> int:
    from kan_core import node_of_leg

    return node_of_leg(model.layers[edge.layer])[edge.target]


def _skeleton(model: KAN, straight: list[Edge], seed: int) -> KAN:
    """A fresh network with the same live edges, those in `straight` as identities."""
    from kan_core import KAN, remove_edge, set_symbolic

    fresh = KAN(model.widths, grid=model.grid, order=model.layers[0].order, seed=seed)
    live = set(model.edges())
    for edge in fresh.edges():
        if edge not in live:
            fresh = remove_edge(fresh, edge)
    for edge in straight:
        fresh = set_symbolic(fresh, edge, "x", 1.0, 0.0, 1.0)
    return fresh


def _error(model: KAN, rows: Rows) -> float:
    X, y = rows
    return float(np.sqrt(np.mean((model(X)[:, 0] - y) ** 2)))

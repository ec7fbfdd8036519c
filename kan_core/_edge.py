"""Names of edges and what a symbolic edge holds."""

from __future__ import annotations

from typing import NamedTuple

from kan_core._errors import TrainingError


class Edge(NamedTuple):
    """The edge from node `source` of layer `layer` to leg `target` of the next layer; printed as "0-1-2".

    A sum node has one leg; a product node has one for each of its factors, after those of all sum nodes.
    """

    layer: int
    source: int
    target: int

    def __str__(self) -> str:
        return f"{self.layer}-{self.source}-{self.target}"

    @classmethod
    def parse(cls, text: str) -> Edge:
        """Reads "0-1-2" back."""
        parts = text.split("-")
        if len(parts) != 3 or not all(part.isdecimal() for part in parts):
            raise TrainingError(f"An edge is written layer-source-target, as in 0-1-2; got {text!r}.")
        return cls(*(int(part) for part in parts))


class SymbolicEdge(NamedTuple):
    """The function c·f(a·x + b) + d on an edge, x being the value of the source node (user's units for an input)."""

    name: str
    a: float
    b: float
    c: float
    d: float

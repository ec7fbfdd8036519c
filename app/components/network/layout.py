"""Where nodes and edge curves stand in the diagram: a pure function of the network's widths."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.tasks.picture import Width, arities, node_of

Point = tuple[float, float]

NODE_GAP = 44.0  # from a node to the nearest curve
MARGIN = 24.0  # from an input or the output to its name or the rim
CAPTION = 15.0  # room for a function's name under its curve


@dataclass(frozen=True)
class Node:
    """One circle of the diagram; `sign` is what it does with its edges: "", "+" or "×"."""

    at: Point
    sign: str


@dataclass(frozen=True)
class Layout:
    """Positions in the units of one SVG view box, inputs left and output right.

    `nodes[layer][i]` are the circles, `curves["0-1-2"]` the centre of an edge's curve, `size` the curve's box.
    """

    widths: tuple[Width, ...]
    width: float
    height: float
    size: Point
    nodes: tuple[tuple[Node, ...], ...]
    curves: dict[str, Point]

    def ends(self, edge: str) -> tuple[Point, Point]:
        """The circles an edge joins; all legs of a product node end in the same circle."""
        source, target = self.ends_of(edge)
        circles = [node.at for column in self.nodes for node in column]
        return circles[source], circles[target]

    def ends_of(self, edge: str) -> tuple[int, int]:
        """The same as positions in the list of all circles, layer by layer."""
        layer, source, leg = (int(part) for part in edge.split("-"))
        before = sum(len(column) for column in self.nodes[:layer])
        return before + source, before + len(self.nodes[layer]) + node_of(leg, self.widths[layer + 1])


def layout(widths: Sequence[Width], names: Point = (60.0, 60.0)) -> Layout:
    """Places a network of these widths; an entry is a number of sum nodes or a pair (sums, products).

    `names` is the room for the names of the inputs and of the output. The curves of a layer stand ordered by the node
    they feed, staggered in so many columns that the picture stays flat.
    """
    shapes = [arities(w) for w in widths]
    counts = [(sums, len(products)) for sums, products in shapes]
    legs = [sums + sum(products) for sums, products in shapes]
    edges = [sum(a) * b for a, b in zip(counts, legs[1:], strict=False)]
    columns = [max(1, round(math.sqrt(n / 4))) for n in edges]
    rows = max(math.ceil(n / k) for n, k in zip(edges, columns, strict=True))
    size = _curve_size(rows)
    band = max(rows * (size[1] + CAPTION), 34.0 * max(sum(c) for c in counts))
    # Staggered curves stand at other heights than their nodes: half a curve of room above and below the band.
    top, bottom = (size[1] / 2, size[1] / 2 + CAPTION) if max(columns) > 1 else (CAPTION, CAPTION)

    def column(x: float, n: int) -> list[Point]:
        return [(x, top + band * (i + 0.5) / n) for i in range(n)]

    x = names[0] + MARGIN
    nodes, curves = [_nodes(counts[0], column(x, sum(counts[0])), first=True)], {}
    for layer, (n, k) in enumerate(zip(edges, columns, strict=True)):
        places = [(leg, source) for leg in range(legs[layer + 1]) for source in range(sum(counts[layer]))]
        middle = x + NODE_GAP + size[0] / 2
        for slot, ((leg, source), (_, y)) in enumerate(zip(places, column(x, n), strict=True)):
            curves[f"{layer}-{source}-{leg}"] = (middle + (size[0] + CAPTION) * (slot % k), y)
        x += 2 * NODE_GAP + size[0] * k + CAPTION * (k - 1)
        nodes.append(_nodes(counts[layer + 1], column(x, sum(counts[layer + 1])), first=False))
    return Layout(tuple(widths), x + MARGIN + names[1], top + band + bottom, size, tuple(nodes), curves)


def _curve_size(rows: int) -> Point:
    for limit, size in ((1, (150.0, 104.0)), (3, (96.0, 66.0)), (6, (64.0, 46.0))):
        if rows <= limit:
            return size
    return (50.0, 34.0)


def _nodes(count: tuple[int, int], places: Sequence[Point], *, first: bool) -> tuple[Node, ...]:
    signs = ["" if first else "+"] * count[0] + ["×"] * count[1]
    return tuple(Node(at, sign) for at, sign in zip(places, signs, strict=True))

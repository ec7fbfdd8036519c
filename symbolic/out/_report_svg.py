"""Pictures of a report as inline SVG: the law against the data, what it leaves, and the network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symbolic.laws._law import Law

if TYPE_CHECKING:
    from datasets import Dataset
    from kan_core import KAN

Array = NDArray[np.float64]

WIDTH, HEIGHT, LEFT, BELOW, ABOVE = 620, 320, 70, 40, 24
POINTS = 400  # rows that are drawn
BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#8A8F98"
ROWS_LOOKED_AT = 2000


class Html(str):
    """Text that is markup already; every other text is escaped by `tag`."""

    __slots__ = ()


def tag(name: str, *children: str, kind: str | None = None, **attributes: float | str) -> Html:
    """Return an element whose children and attributes are escaped unless they are markup.

    >>> tag("p", "1 < 2", kind="note")
    '<p class="note">1 &lt; 2</p>'
    """
    given = ({"class": kind} if kind else {}) | {key.replace("_", "-"): value for key, value in attributes.items()}
    written = "".join(f' {key}="{escape(_short(value))}"' for key, value in given.items())
    inner = "".join(child if isinstance(child, Html) else escape(str(child)) for child in children)
    return Html(f"<{name}{written}>{inner}</{name}>")


def _short(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"


class Axes:
    """Maps values to places of a chart, and draws its frame."""

    def __init__(self, x: Array, y: Array) -> None:
        self.x, self.y = _ends(x), _ends(y)

    def at(self, x: Array, y: Array) -> list[tuple[float, float]]:
        width, height = WIDTH - LEFT - 10, HEIGHT - BELOW - ABOVE
        places_x = LEFT + (x - self.x[0]) / (self.x[1] - self.x[0]) * width
        places_y = HEIGHT - BELOW - (y - self.y[0]) / (self.y[1] - self.y[0]) * height
        seen = np.isfinite(places_x) & np.isfinite(places_y) & (places_y > -HEIGHT) & (places_y < 2 * HEIGHT)
        return [(float(a), float(b)) for a, b in zip(places_x[seen], places_y[seen], strict=True)]

    def frame(self, label_x: str, label_y: str) -> list[Html]:
        across = [
            *self.at(np.array(self.x), np.full(2, self.y[0])),
            *self.at(np.full(1, self.x[0]), np.array(self.y[1:])),
        ]
        lines = [_line((across[0], across[1]), GREY), _line((across[0], across[2]), GREY)]
        marks = []
        for value in ticks(*self.x):
            ((px, py),) = self.at(np.array([value]), np.array([self.y[0]]))
            marks.append(tag("text", f"{value:.4g}", x=px, y=py + 16, text_anchor="middle"))
        for value in ticks(*self.y):
            ((px, py),) = self.at(np.array([self.x[0]]), np.array([value]))
            marks.append(tag("text", f"{value:.4g}", x=px - 6, y=py + 4, text_anchor="end"))
        middle = HEIGHT - BELOW + 34
        words = [
            tag("text", _cut(label_x), x=(LEFT + WIDTH) / 2, y=middle, text_anchor="middle"),
            tag("text", _cut(label_y), x=LEFT, y=ABOVE - 10, text_anchor="middle"),
        ]
        return [*lines, *marks, *words]


def _ends(values: Array) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    room = 0.03 * (high - low) or 0.5 * abs(high) or 1.0
    return low - room, high + room


def ticks(low: float, high: float) -> list[float]:
    """Return about five round numbers between two others."""
    step = 10.0 ** math.floor(math.log10((high - low) / 4))
    step *= next((m for m in (1, 2, 5) if (high - low) / (m * step) <= 7), 10)
    first = math.ceil(low / step)
    return [k * step for k in range(first, math.floor(high / step) + 1)]


def _line(places: Sequence[tuple[float, float]], colour: str, width: float = 1.0, dash: str = "none") -> Html:
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return tag("polyline", points=points, fill="none", stroke=colour, stroke_width=width, stroke_dasharray=dash)


def _dots(places: Sequence[tuple[float, float]]) -> list[Html]:
    return [tag("circle", cx=x, cy=y, r=2.5, fill=BLUE, fill_opacity=0.55) for x, y in places]


def _cut(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _svg(label: str, *children: Html, height: float = HEIGHT) -> Html:
    size = {"viewBox": f"0 0 {WIDTH} {height:.0f}", "width": str(WIDTH), "height": f"{height:.0f}"}
    return tag("svg", tag("title", label), *children, role="img", **size)


def _rows(data: Dataset) -> NDArray[np.intp]:
    """Rows to draw: those of the test where there are enough, else spread over the table."""
    test = data.split.test
    pool = test if len(test) >= 20 else np.arange(len(data.y))
    return np.asarray(pool[np.unique(np.linspace(0, len(pool) - 1, min(len(pool), POINTS)).round().astype(int))])


def values_picture(law: Law, data: Dataset) -> Html:
    """The law as a curve through the data where there is one input, else law against data: on the diagonal is right."""
    rows = _rows(data)
    X, y = data.X[rows], data.y[rows]
    if X.shape[1] == 1:
        x = np.linspace(data.X.min(), data.X.max(), 300)
        axes = Axes(data.X[:, 0], y)
        drawn = [*_dots(axes.at(X[:, 0], y)), _line(axes.at(x, law.predict(x)), ORANGE, 2)]
        return _svg("The law through the data", *axes.frame(data.names[0], data.target), *drawn)
    predicted = law.predict(X)
    axes = Axes(y, np.concatenate([y, predicted]))
    ends = np.array(axes.x)
    drawn = [_line(axes.at(ends, ends), GREY, dash="4 3"), *_dots(axes.at(y, predicted))]
    return _svg("The law against the data", *axes.frame(f"{data.target}, data", f"{data.target}, law"), *drawn)


def residual_picture(law: Law, data: Dataset) -> Html:
    """What the law leaves, over its own values: without structure where nothing is left to explain."""
    rows = _rows(data)
    predicted = law.predict(data.X[rows])
    left = data.y[rows] - predicted
    axes = Axes(predicted, np.append(left, 0.0))
    drawn = [_line(axes.at(np.array(axes.x), np.zeros(2)), GREY, dash="4 3"), *_dots(axes.at(predicted, left))]
    return _svg("What the law leaves", *axes.frame(f"{data.target}, law", "data − law"), *drawn)


@dataclass(frozen=True)
class DrawnEdge:
    """A live edge: its layer, the nodes it joins, its share of the strongest, its curve, and the words below it."""

    layer: int
    source: int
    target: int
    importance: float
    x: Array
    y: Array
    label: str


def network_picture(model: KAN, data: Dataset) -> Html:
    """The network from inputs on the left to the target on the right, with each live edge's curve and name."""
    from kan_core import look, node_of_leg

    X = data.X[np.unique(np.linspace(0, len(data.y) - 1, min(len(data.y), ROWS_LOOKED_AT)).round().astype(int))]
    homes = [node_of_leg(layer) for layer in model.layers]
    edges = [
        DrawnEdge(one.edge.layer, one.edge.source, int(homes[one.edge.layer][one.edge.target]), one.importance,
                  one.x[::4], one.y[::4], one.function.name if one.function else "spline")
        for one in look(model, X) if one.state != "removed"
    ]  # fmt: skip
    return drawn_network(edges, [_nodes(width) for width in model.widths], data.names, data.target)


def drawn_network(edges: Sequence[DrawnEdge], counts: Sequence[int], names: Sequence[str], target: str) -> Html:
    """The same from edges that were looked at before; `counts` are the nodes of each layer."""
    height = 70.0 * max(*counts, 2)
    lines, boxes, nodes = [], [], []
    for one in edges:
        start = _place(counts, one.layer, one.source, height)
        end = _place(counts, one.layer + 1, one.target, height)
        lines.append(_line((start, end), BLUE, 0.6 + 2.4 * one.importance))
        # Beside the middle, so that curves which cross do not hide each other.
        share = 0.38 + 0.24 * (one.source % 2)
        middle = start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])
        boxes += _sparkline(middle, one.x, one.y, one.label)
    for depth, count in enumerate(counts):
        for node in range(count):
            x, y = _place(counts, depth, node, height)
            nodes.append(tag("circle", cx=x, cy=y, r=6, fill="#fff", stroke=BLUE, stroke_width=2))
            name = names[node] if depth == 0 else target if depth == len(counts) - 1 else ""
            nodes.append(tag("text", _cut(name, 18), x=x, y=y - 11, text_anchor="middle"))
    return _svg("The network", *lines, *boxes, *nodes, height=height)


def _nodes(width: int | tuple[int, int | tuple[int, ...]]) -> int:
    if isinstance(width, int):
        return width
    return width[0] + (width[1] if isinstance(width[1], int) else len(width[1]))


def _place(counts: Sequence[int], depth: int, node: int, height: float) -> tuple[float, float]:
    x = 70 + depth * (WIDTH - 140) / (len(counts) - 1)
    return x, height * (node + 0.5) / counts[depth] + 6


def _sparkline(middle: tuple[float, float], x: Array, y: Array, name: str) -> list[Html]:
    wide, high = 46.0, 26.0
    left, top = middle[0] - wide / 2, middle[1] - high / 2
    flat = float(np.ptp(y)) or 1.0
    reach = float(np.ptp(x)) or 1.0
    places = [
        (left + 3 + (wide - 6) * float(a - x.min()) / reach, top + high - 3 - (high - 6) * float(b - y.min()) / flat)
        for a, b in zip(x, y, strict=True)
    ]
    box = tag("rect", x=left, y=top, width=wide, height=high, rx=4, fill="#fff", stroke=GREY)
    return [box, _line(places, ORANGE, 1.6), tag("text", name, x=middle[0], y=top + high + 12, text_anchor="middle")]

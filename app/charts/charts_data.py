"""Charts of the data panel: a typed formula over its ranges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np

FINE, COARSE = 300, 60  # points along an axis of a curve and of a map
TAIL = 0.02  # share of the values at either end that a pole may take out of the picture
ROOM = 0.05  # left free above and below a curve
MOST = 9  # slices
MIDDLE = 0.618  # of each range, where the slices lie: in its very middle too many formulas vanish
BLUE = "#0072B2"
VIEWS = {"map": "Map", "surface": "Surface"}

Ranges = Mapping[str, tuple[float, float]]
Values = Callable[[Any], Any]  # (n, d) to (n,)


def formula(values: Values, names: Sequence[str], ranges: Ranges, target: str, view: str = "map") -> Any:
    """A curve for one variable, a map or surface for two, for more a slice along each."""
    if len(names) == 1:
        return _curve(values, names[0], ranges[names[0]], target)
    if len(names) == 2:
        return _plane(values, names, ranges, target, view)
    return _slices(values, names, ranges, target)


def middles(names: Sequence[str], ranges: Ranges) -> dict[str, float]:
    """Where the slices lie."""
    return {name: ranges[name][0] + MIDDLE * (ranges[name][1] - ranges[name][0]) for name in names}


def _curve(values: Values, name: str, ends: tuple[float, float], target: str) -> Any:
    x = np.linspace(*ends, FINE)
    figure = _figure(240, name, target)
    y = values(x[:, None])
    figure.add_scatter(x=x, y=y, mode="lines", line={"color": BLUE, "width": 2.5})
    return figure.update_yaxes(range=_span(y))


def _plane(values: Values, names: Sequence[str], ranges: Ranges, target: str, view: str) -> Any:
    x, y = (np.linspace(*ranges[name], COARSE) for name in names)
    z = values(np.stack([each.ravel() for each in np.meshgrid(x, y)], axis=1)).reshape(COARSE, COARSE)
    lower, upper = _span(z)
    bar = {"title": {"text": escape(target)}, "thickness": 12, "exponentformat": "power"}
    if view == "surface":
        figure = _figure(340, *names)
        figure.add_surface(x=x, y=y, z=z, colorscale="Viridis", showscale=False, cmin=lower, cmax=upper)
        axes = dict(zip(("xaxis", "yaxis", "zaxis"), (*names, target), strict=True))
        scene: dict[str, Any] = {axis: {"title": {"text": escape(name)}} for axis, name in axes.items()}
        scene["zaxis"]["range"] = (lower, upper)
        figure.update_layout(scene={**scene, "aspectmode": "cube", "camera": {"eye": {"x": 1.5, "y": -1.6, "z": 0.9}}})
        return figure
    figure = _figure(280, *names)
    figure.add_heatmap(x=x, y=y, z=z, colorscale="Viridis", colorbar=bar, zsmooth="best", zmin=lower, zmax=upper)
    return figure


def _slices(values: Values, names: Sequence[str], ranges: Ranges, target: str) -> Any:
    from plotly.subplots import make_subplots

    shown = list(names)[:MOST]
    across = 3 if len(shown) > 4 else 2
    down = -(-len(shown) // across)
    figure = make_subplots(down, across, shared_yaxes="all", vertical_spacing=0.28 / down, horizontal_spacing=0.08)
    middle = np.array([middles(names, ranges)[name] for name in names])
    everything = []
    for k, name in enumerate(shown):
        X = np.tile(middle, (FINE, 1))
        X[:, list(names).index(name)] = x = np.linspace(*ranges[name], FINE)
        everything.append(values(X))
        at = {"row": k // across + 1, "col": k % across + 1}
        figure.add_scatter(x=x, y=everything[-1], mode="lines", line={"color": BLUE, "width": 2}, **at)
        figure.update_xaxes(title={"text": escape(name), "standoff": 2}, nticks=4, **at)
        if at["col"] == 1:
            figure.update_yaxes(title={"text": escape(target)}, **at)
    figure.update_yaxes(range=_span(np.concatenate(everything)))
    return _laid_out(figure, 150 * down + 40)


def _span(y: Any) -> tuple[float, float]:
    """The values worth showing: all of them, unless few lie far from the others, as beside a pole."""
    known = y[np.isfinite(y)]
    if not known.size:
        return 0.0, 1.0
    with np.errstate(over="ignore"):
        least, low, high, most = (float(v) for v in np.quantile(known, (0, TAIL, 1 - TAIL, 1)))
    room = high - low or abs(low) or 1.0
    return max(least - ROOM * room, low - room / 2), min(most + ROOM * room, high + room / 2)


def _figure(height: int, x: str, y: str) -> Any:
    from plotly import graph_objects

    figure = _laid_out(graph_objects.Figure(), height)
    return figure.update_layout(xaxis_title={"text": escape(x)}, yaxis_title={"text": escape(y)})


def _laid_out(figure: Any, height: int) -> Any:
    return figure.update_layout(height=height, margin={"l": 8, "r": 8, "t": 8, "b": 8}, showlegend=False)

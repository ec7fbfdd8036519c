"""The charts beside the network, in Plotly; imported when the first one is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#8A8F98"
BAND = "rgba(0, 114, 178, 0.2)"
SMOOTH = {"shape": "spline"}  # curves come as few points
BARE = {"displayModeBar": False}


def curve(
    edge: dict[str, Any],
    title: str,
    candidates: Sequence[dict[str, Any]] = (),
    chosen: dict[str, Any] | None = None,
    points: Sequence[Sequence[float]] | None = None,
) -> Any:
    """An edge's curve and its band over the data's domain, the rows below and about it, and the candidates over it."""
    (lower, upper), values, density = edge["x"], edge["y"], edge["density"]
    source, _, target = title.partition(" → ")
    x = _spaced(lower, upper, len(values))
    figure = _figure(320, source, f"part of {target}")
    _rows(figure, x, density, points)
    if edge.get("half"):
        band = [v + h for v, h in zip(values, edge["half"], strict=True)]
        below = [v - h for v, h in zip(values, edge["half"], strict=True)]
        figure.add_scatter(
            x=[*x, *reversed(x)],
            y=[*band, *reversed(below)],
            mode="lines",
            line={"width": 0},
            fill="toself",
            fillcolor=BAND,
            name="95 % band",
            hoverinfo="skip",
        )
    figure.add_scatter(x=x, y=values, mode="lines", name="learned", line={"color": BLUE, "width": 3, **SMOOTH})
    thin = {"color": GREY, "width": 1, **SMOOTH}
    for one in candidates:
        if one is not chosen:
            figure.add_scatter(x=x, y=one["y"], mode="lines", name=escape(one["name"]), line=thin, showlegend=False)
    if chosen:
        dashed = {"color": ORANGE, "width": 2, "dash": "dash", **SMOOTH}
        figure.add_scatter(x=x, y=chosen["y"], mode="lines", name=escape(chosen["name"]), line=dashed)
    _frame_on(figure, values, edge.get("half"))
    return figure


def _rows(figure: Any, x: list[float], density: Sequence[int], points: Sequence[Sequence[float]] | None) -> None:
    """Where the data are: their density along the foot, and where it can be said what each row asks of the curve."""
    width = (x[-1] - x[0]) / len(density)
    figure.add_bar(
        x=_spaced(x[0] + width / 2, x[-1] - width / 2, len(density)),
        y=density,
        yaxis="y2",
        width=width,
        marker_color=GREY,
        opacity=0.18,
        hoverinfo="skip",
        showlegend=False,
    )
    figure.update_layout(yaxis2={"overlaying": "y", "range": [0, 40], "visible": False, "tickmode": "auto"})
    if points:
        dots = {"color": GREY, "size": 4, "opacity": 0.5}
        figure.add_scatter(x=points[0], y=points[1], mode="markers", name="rows", marker=dots, hoverinfo="skip")


def _frame_on(figure: Any, values: Sequence[float], half: Sequence[float] | None) -> None:
    """The axis that the curve fills: a candidate that leaves it is no candidate, and need not be seen whole."""
    lower, upper = min(values), max(values)
    room = max(0.25 * (upper - lower), max(half or [0.0]), 1e-9)
    figure.update_yaxes(range=[lower - room, upper + room], selector={"overlaying": None})


def losses(history: list[list[Any]]) -> Any:
    """Error at each step on a logarithmic axis."""
    steps, train, validation = (list(column) for column in zip(*history, strict=True))
    figure = _figure(240, "step", "error")
    figure.add_scatter(x=steps, y=train, mode="lines", name="train", line={"color": BLUE, "width": 2})
    if any(value is not None for value in validation):
        figure.add_scatter(
            x=steps, y=validation, mode="lines", name="validation", line={"color": ORANGE, "width": 2, "dash": "dot"}
        )
    figure.update_yaxes(type="log", exponentformat="power")
    return figure


def parity(measured: list[float], predicted: list[float]) -> Any:
    """The law's values against the data's; a good law lies on the diagonal."""
    ends = [min(measured), max(measured)]
    figure = _figure(300, "data", "law")
    figure.add_scatter(x=ends, y=ends, mode="lines", line={"color": GREY, "dash": "dot", "width": 1}, hoverinfo="skip")
    figure.add_scatter(
        x=measured, y=predicted, mode="markers", name="rows", marker={"color": BLUE, "size": 6, "opacity": 0.7}
    )
    figure.update_layout(showlegend=False)
    return figure


def _figure(height: int, x: str, y: str) -> Any:
    from plotly import graph_objects

    figure = graph_objects.Figure()
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis_title={"text": escape(x)},
        yaxis_title={"text": escape(y)},
        legend={"orientation": "h", "y": 1.12, "x": 0},
        hovermode="x unified",
    )
    return figure


def _spaced(lower: float, upper: float, n: int) -> list[float]:
    return [lower + (upper - lower) * i / (n - 1) for i in range(n)]

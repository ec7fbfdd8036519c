"""The charts beside the network, in Plotly; imported when the first one is drawn."""

from __future__ import annotations

from html import escape
from typing import Any

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#8A8F98"
BARE = {"displayModeBar": False}


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

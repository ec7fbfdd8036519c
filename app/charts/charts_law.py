"""The charts of the law panel, in Plotly; imported when the first one is drawn."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np

from app.charts.charts_network import BLUE, GREY, ORANGE, _figure
from app.tasks.law_points import Cloud, Sheet, Slice, is_wide, surface_of

GREEN = "#009E73"
SCALE = "Cividis"  # reads the same to every kind of colour vision, and in grey
SEEN = {"color": BLUE, "symbol": "circle", "size": 6, "opacity": 0.65}
IN_SPACE = 250  # rows drawn about a surface
UNSEEN = {"color": ORANGE, "symbol": "diamond", "size": 7, "opacity": 0.8}


def parity(sheet: Sheet, rows: Cloud) -> Any:
    """The law's values against the data's; a good law lies on the diagonal."""
    target = sheet.label(sheet.data.target)
    figure = _figure(320, f"{target}, data", f"{target}, law")
    ends = [float(min(rows.y.min(), rows.law.min())), float(max(rows.y.max(), rows.law.max()))]
    figure.add_scatter(
        x=ends, y=ends, mode="lines", line={"color": GREY, "dash": "dot"}, hoverinfo="skip", showlegend=False
    )
    _clouds(figure, rows, rows.y, rows.law)
    if is_wide(np.concatenate([rows.y, rows.law])):
        figure.update_layout(xaxis_type="log", yaxis_type="log")
    return figure.update_layout(hovermode="closest")


def residuals(sheet: Sheet, rows: Cloud, against: int | None) -> Any:
    """What the law leaves, against an input or its own values, and the noise level it should stay within."""
    share = sheet.relative
    left = 100 * rows.residual / np.abs(rows.law) if share else rows.residual
    name = sheet.data.target if against is None else sheet.data.names[against]
    x = rows.law if against is None else rows.X[:, against]
    unit = "% of the law" if share else sheet.unit(sheet.data.target)
    figure = _figure(320, sheet.label(name) + (", law" if against is None else ""), "data − law")
    figure.update_yaxes(title={"text": escape(f"data − law ({unit})" if unit else "data − law")})
    figure.add_hline(y=0, line={"color": GREY, "width": 1})
    if sheet.scatter is not None:
        noise = sheet.scatter * (100 if share else 1)
        figure.add_hrect(y0=-noise, y1=noise, fillcolor=GREY, opacity=0.2, line_width=0)
    _clouds(figure, rows, x, left)
    if is_wide(x):
        figure.update_layout(xaxis_type="log")
    return figure.update_layout(hovermode="closest")


def slice_(sheet: Sheet, cut: Slice, along: int) -> Any:
    """The law along one input with its bands, dotted beyond the data, and the rows nearby."""
    figure = _figure(320, sheet.label(sheet.data.names[along]), sheet.label(sheet.data.target))
    _band(figure, cut)
    inside = (cut.x >= cut.domain[0]) & (cut.x <= cut.domain[1])
    for part, dash, name in (
        (cut.x <= cut.domain[0], "dot", ""),
        (inside, "solid", "law"),
        (cut.x >= cut.domain[1], "dot", ""),
    ):
        figure.add_scatter(
            x=cut.x[part], y=cut.y[part], mode="lines", name=name or "beyond the data", showlegend=bool(name),
            line={"color": BLUE, "width": 3, "dash": dash},
        )  # fmt: skip
    figure.add_scatter(
        x=cut.near_x, y=cut.near_y, mode="markers", name="rows nearby", marker={**UNSEEN, "symbol": "circle", "size": 5}
    )
    if is_wide(cut.x):
        figure.update_layout(xaxis_type="log", **({"yaxis_type": "log"} if is_wide(cut.y[inside]) else {}))
    return figure.update_layout(hovermode="closest")


def surface(sheet: Sheet, rows: Cloud) -> Any:
    """The law of two inputs as a surface to turn, with the data."""
    from plotly import graph_objects

    first, second, values = surface_of(sheet)
    names = [escape(sheet.label(name)) for name in (*sheet.data.names, sheet.data.target)]
    figure = graph_objects.Figure()
    figure.add_surface(x=first, y=second, z=values, colorscale=SCALE, showscale=False, opacity=0.9, name="law")
    step = -(-len(rows.y) // IN_SPACE)  # more points would hide the surface
    for part, look, name in _parts(rows):
        if part.any():
            figure.add_scatter3d(
                x=rows.X[part, 0][::step],
                y=rows.X[part, 1][::step],
                z=rows.y[part][::step],
                mode="markers",
                name=name,
                marker={**look, "size": 3, "opacity": 1},
            )
    axes = {
        f"{axis}axis": {"title": {"text": text}, "gridcolor": GREY} for axis, text in zip("xyz", names, strict=True)
    }
    view = {"aspectmode": "cube", "camera": {"eye": {"x": -1.5, "y": -1.5, "z": 0.9}, "center": {"z": -0.1}}}
    return figure.update_layout(
        height=420,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        scene={**axes, **view},
        legend={"orientation": "h", "y": 1.0, "x": 0},
    )


def front(rivals: list[dict[str, Any]], chosen: int | None, target: str) -> Any:
    """Every law of the front by its complexity and error; a click adopts one."""
    figure = _figure(300, "complexity", f"error in {target}")
    x, y = [one["complexity"] for one in rivals], [one["error"] for one in rivals]
    figure.add_scatter(x=x, y=y, mode="lines", line={"color": GREY, "shape": "hv"}, hoverinfo="skip", showlegend=False)
    marks = [
        {"color": ORANGE, "symbol": "star", "size": 16}
        if i == chosen
        else {"color": BLUE, "symbol": "circle", "size": 12}
        for i in range(len(rivals))
    ]
    figure.add_scatter(
        x=x, y=y, mode="markers", customdata=list(range(len(rivals))), showlegend=False,
        text=[escape(one["text"][:80]) for one in rivals], hovertemplate="%{text}<extra></extra>",
        marker={key: [mark[key] for mark in marks] for key in marks[0]} | {"opacity": 1},
    )  # fmt: skip
    figure.update_yaxes(exponentformat="power", **({"type": "log"} if all(value > 0 for value in y) else {}))
    return figure.update_layout(hovermode="closest")


def rivals(sheet: Sheet, cuts: list[tuple[str, Slice]], along: int, best: float) -> Any:
    """Two laws along the input where they part most, and the place where a measurement would decide."""
    figure = _figure(320, sheet.label(sheet.data.names[along]), sheet.label(sheet.data.target))
    looks = ((BLUE, "solid"), (ORANGE, "dash"))
    for (name, cut), (colour, dash) in zip(cuts, looks, strict=True):
        _band(figure, cut, colour)
        figure.add_scatter(
            x=cut.x, y=cut.y, mode="lines", name=escape(name), line={"color": colour, "width": 3, "dash": dash}
        )
    low, high = cuts[0][1].domain
    figure.add_vrect(x0=low, x1=high, fillcolor=GREY, opacity=0.12, line_width=0)
    figure.add_vline(x=best, line={"color": GREEN, "width": 2, "dash": "dashdot"})
    return figure.update_layout(hovermode="closest")


def _band(figure: Any, cut: Slice, colour: str = BLUE) -> None:
    known = np.isfinite(cut.low) & np.isfinite(cut.high)
    if known.any():
        figure.add_scatter(
            x=np.concatenate([cut.x[known], cut.x[known][::-1]]),
            y=np.concatenate([cut.high[known], cut.low[known][::-1]]),
            fill="toself", fillcolor=colour, opacity=0.18, line={"width": 0}, hoverinfo="skip", showlegend=False,
        )  # fmt: skip


def _parts(rows: Cloud) -> tuple[tuple[Any, dict[str, Any], str], ...]:
    return (~rows.unseen, SEEN, "learned from"), (rows.unseen, UNSEEN, "unseen")


def _clouds(figure: Any, rows: Cloud, x: Any, y: Any) -> None:
    for part, look, name in _parts(rows):
        if part.any():
            figure.add_scatter(x=x[part], y=y[part], mode="markers", name=name, marker=look)
    figure.update_layout(showlegend=bool(rows.unseen.any()))

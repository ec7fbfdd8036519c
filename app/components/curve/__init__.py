"""One edge large: its curve over the data, and what it may be. Light, for a click on an edge waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from app.components import SHARED

__all__ = ["large_curve", "payload"]

_HERE = Path(__file__).parent
_HTML, _CSS, _JS = ((_HERE / f"curve.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
_curve = st.components.v2.component("curve", html=_HTML, css=_CSS, js=SHARED + _JS)

ROOM = 0.25  # of a curve's height left above and below it


def large_curve(
    edge: dict[str, Any],
    title: str,
    *,
    key: str,
    candidates: Sequence[dict[str, Any]] = (),
    chosen: dict[str, Any] | None = None,
    rows: Sequence[Sequence[float]] | None = None,
) -> None:
    """Draws an edge of a picture with its band and the density of the data, the rows about it where it can be said what
    each asks of the curve, and over it the candidates (`name`, `y`), of which one may be chosen."""
    _curve(key=key, data=payload(edge, title, candidates, chosen, rows))


def payload(
    edge: dict[str, Any],
    title: str,
    candidates: Sequence[dict[str, Any]] = (),
    chosen: dict[str, Any] | None = None,
    rows: Sequence[Sequence[float]] | None = None,
) -> dict[str, Any]:
    """What the script draws. The axis is the one that the curve fills: a candidate that leaves it is no candidate."""
    source, _, target = title.partition(" → ")
    lower, upper, half = min(edge["y"]), max(edge["y"]), edge.get("half")
    room = max(ROOM * (upper - lower), max(half or [0.0]), 1e-9)
    return {
        "title": title,
        "source": source,
        "target": target,
        "x": edge["x"],
        "range": [lower - room, upper + room],
        "y": edge["y"],
        "half": half,
        "density": edge["density"],
        "rows": rows or None,
        "others": [one["y"] for one in candidates if one is not chosen],
        "chosen": {"name": chosen["name"], "y": chosen["y"]} if chosen else None,
    }

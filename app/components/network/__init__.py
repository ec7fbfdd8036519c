"""The network as a picture to click: a Custom Component in inline SVG."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from app.components.network.payload import payload

__all__ = ["network_diagram", "payload"]

_HERE = Path(__file__).parent
_HTML, _CSS, _JS = ((_HERE / f"network.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
_network = st.components.v2.component("network", html=_HTML, css=_CSS, js=_JS)


def network_diagram(
    drawn: dict[str, Any],
    *,
    key: str,
    on_select: Callable[[str], None],
    selected: str | None = None,
    frames: Sequence[dict[str, Any]] = (),
    autoplay: int | None = None,
) -> None:
    """Draws a picture made by `app.picture`; `on_select` receives the id of an edge that was clicked.

    `frames` is a recorded fit to replay in the browser; a new value of `autoplay` starts it once.
    """

    def picked() -> None:
        chosen = st.session_state[key]["pick"]
        if isinstance(chosen, dict):
            on_select(str(chosen.get("edge")))

    data = {**payload(drawn, selected, frames), "autoplay": autoplay}
    _network(key=key, data=data, on_pick_change=picked)

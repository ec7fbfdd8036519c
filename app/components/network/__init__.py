"""The network as a picture to click: a Custom Component in inline SVG."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from app.components import SHARED
from app.components.network.payload import payload

__all__ = ["network_diagram", "payload"]

_HERE = Path(__file__).parent
_SCRIPTS = ("svg", "graph", "card", "film", "main")  # parts of one script: Streamlit takes a single text
_HTML, _CSS = ((_HERE / f"network.{kind}").read_text(encoding="utf-8") for kind in ("html", "css"))
_JS = "".join((_HERE / f"{part}.js").read_text(encoding="utf-8") for part in _SCRIPTS)
_network = st.components.v2.component("network", html=_HTML, css=_CSS, js=SHARED + _JS)


def network_diagram(
    drawn: dict[str, Any],
    *,
    key: str,
    on_select: Callable[[str], None],
    selected: str | None = None,
    frames: Sequence[dict[str, Any]] = (),
    losses: Sequence[Sequence[Any]] = (),
    locked: Collection[str] = (),
    doomed: Collection[str] = (),
    autoplay: int | None = None,
    live: bool = False,
    working: bool = False,
) -> None:
    """Draws a picture made by `app.picture`; `on_select` receives the id of an edge that was clicked.

    `frames` is a recorded fit to replay in the browser, with `losses` (step, error on train and validation rows) under
    it; a new value of `autoplay` starts it once. `locked` edges bear a lock, `doomed` ones are about to go. A `live`
    picture glides into the next; a wave through the nodes says that something is `working` even where none comes.
    """

    def picked() -> None:
        chosen = st.session_state[key]["pick"]
        if isinstance(chosen, dict):
            on_select(str(chosen.get("edge")))

    data = {**payload(drawn, selected, frames, losses, locked, doomed), "autoplay": autoplay}
    data |= {"live": live, "working": working}
    _network(key=key, data=data, on_pick_change=picked)

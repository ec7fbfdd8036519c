"""The network as a picture to click: a Custom Component in inline SVG."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import streamlit as st

from app.components import SHARED
from app.components.network.payload import payload
from app.widgets import held

__all__ = ["choice", "network_diagram", "payload"]

_HERE = Path(__file__).parent
_SCRIPTS = ("svg", "graph", "card", "film", "main")  # parts of one script: Streamlit takes a single text
_HTML, _CSS = ((_HERE / f"network.{kind}").read_text(encoding="utf-8") for kind in ("html", "css"))
_JS = "".join((_HERE / f"{part}.js").read_text(encoding="utf-8") for part in _SCRIPTS)
_network = st.components.v2.component("network", html=_HTML, css=_CSS, js=SHARED + _JS)
_choice = st.components.v2.component("choice", js=(_HERE / "choice.js").read_text(encoding="utf-8"))


def network_diagram(
    picture: dict[str, Any],
    *,
    key: str,
    on_select: Callable[[str, str], None],
    autoplay: int | None = None,
    live: bool = False,
    working: bool = False,
) -> None:
    """Draws what `payload` made of a picture; `on_select` receives the id of an edge that was clicked, and the
    stage that was chosen in the rail then.

    A new value of `autoplay` starts the replay once. A `live` picture glides into the next; a wave through the nodes
    says that something is `working` even where none comes.
    """

    def picked() -> None:
        chosen = held(key)["pick"]
        if isinstance(chosen, dict):
            on_select(str(chosen.get("edge")), str(chosen.get("stage")))

    data = {**picture, "autoplay": autoplay, "live": live, "working": working}
    _network(key=key, data=data, on_pick_change=picked)


def choice(*, key: str, selected: str | None, doomed: Collection[str] = ()) -> None:
    """Marks the `selected` edge of the diagram, and the `doomed` ones, which are about to go.

    They travel apart from the picture. So that stays as it was: the browser has it, and a click does not send it again.
    """
    with st.container(key=key):  # page.css hides it
        _choice(key=f"{key} of edges", data={"selected": selected, "doomed": list(doomed)})

"""The laws that a search has found so far, as a small chart that grows: light enough for every visitor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from app.components import SHARED
from app.widgets import held

_HERE = Path(__file__).parent
_HTML, _CSS, _JS = ((_HERE / f"front.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
_front = st.components.v2.component("front", html=_HTML, css=_CSS, js=SHARED + _JS)


def growing_front(
    laws: Sequence[dict[str, Any]], *, key: str, on_pick: Callable[[str], None], chosen: str | None = None
) -> None:
    """Draws laws (`text`, `complexity`, `error`), simplest first; `on_pick` receives the text of one clicked."""

    def picked() -> None:
        pick = held(key)["pick"]
        if isinstance(pick, dict):
            on_pick(str(pick.get("law")))

    points = [{name: law[name] for name in ("text", "complexity", "error")} for law in laws]
    _front(key=key, data={"points": points, "chosen": chosen}, on_pick_change=picked)

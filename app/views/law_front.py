"""The best law of each complexity: look at them, adopt one, see where two part."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.acts import law_acts
from app.charts import charts_law, charts_network
from app.session import Session
from app.views import law_decide
from app.words import plain


def show(s: Session, law: dict[str, Any]) -> None:
    """The Pareto front as a chart with a select box for its twin, and what sets the laws apart."""
    rivals = law["front"]
    if len(rivals) < 2:
        st.caption("A search compares laws of rising complexity. No other law stands beside this one.")
    else:
        _front(s, law, rivals)
    others = [*(one["law"]["law"] for one in rivals if one["text"] != law["text"]), *law.get("others", [])]
    if others:
        law_decide.show(s, law, others)


def _front(s: Session, law: dict[str, Any], rivals: list[dict[str, Any]]) -> None:
    now = next((i for i, one in enumerate(rivals) if one["text"] == law["text"]), None)
    key = f"front {s.act.id}"
    figure = charts_law.front(rivals, now, s.work.dataset["target"])
    alt = f"Error against complexity of {len(rivals)} laws; the star is the one adopted."
    st.plotly_chart(
        figure,
        key=key,
        config=charts_network.BARE,
        alt=alt,
        selection_mode="points",
        on_select=lambda: law_acts.adopt(s, s.picked(key)),
    )
    twin = f"rival {s.act.id}"
    st.selectbox(
        "Adopt a law",
        range(len(rivals)),
        index=now,
        format_func=lambda i: f"{rivals[i]['complexity']}: {rivals[i]['text']}",
        placeholder="Choose a law, or click a point",
        key=twin,
        on_change=lambda: law_acts.adopt(s, s.chosen(twin)),
    )
    for i, one in enumerate(rivals):
        sign = "★" if i == now else "•"
        st.text(f"{sign} complexity {one['complexity']}, error {one['error']:.2g}: {one['text']}")
    kept = "on all rows" if law["parts"][0]["name"] == "all" else "on rows kept from the fit"
    st.caption(plain(f"The error is that {kept}, in units of {s.work.dataset['target']}."))

"""The name panel: one edge large, and the functions it may be."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app import acts, charts
from app.picture import titles
from app.session import Session

STATES = {"spline": "a learned curve", "symbolic": "named", "removed": "removed"}
SHOWN = 5  # candidates listed; the others are in a select box
SAME = 5e-4  # relative change of the error not worth a word


def show(s: Session) -> None:
    """The selected edge, or the invitation to select one."""
    drawn = s.work.picture
    st.subheader("Name")
    if not drawn:
        st.info("Train a network first: there is no edge to name yet.", icon=":material/label:")
        return
    names = titles(drawn)
    st.selectbox(
        "Edge",
        s.edges,
        format_func=names.__getitem__,
        index=None,
        placeholder="Choose an edge, or click one",
        **s.bound("edge"),
    )
    if s.edge is None:
        return
    one = next(edge for edge in drawn["edges"] if edge["id"] == s.edge)
    what = f"named {one['name']}" if one["name"] else STATES[one["state"]]
    st.caption(f"This edge is {what}. Importance {one['importance']:.2f} of the strongest.")
    chart = st.container()
    chosen = _choice(s, one) if one["state"] != "removed" else None
    with chart:
        figure = charts.curve(one, names[s.edge], chosen)
        st.plotly_chart(figure, key="curve", config=charts.BARE, alt=f"The curve of edge {names[s.edge]}")
    if one["state"] != "removed":
        _buttons(s, one, chosen)


def _choice(s: Session, edge: dict[str, Any]) -> dict[str, Any] | None:
    """The candidate chosen: the best to begin with."""
    ranked = acts.rank(s)
    if ranked is None:
        st.caption("Fitting every function of the library to this curve …")
        st.skeleton(height=120)
    if not ranked:
        return None
    by_name = {one["name"]: one for one in ranked}
    best, others = list(by_name)[:SHOWN], list(by_name)[SHOWN:]
    name = st.radio(
        "What may it be?",
        best,
        format_func=lambda name: f"`{name}`",
        captions=[_judgement(by_name[name], edge) for name in best],
        key=f"candidate {s.act.id} {s.edge}",
    )
    other = st.selectbox(
        "Another function", others, index=None, placeholder="Any other", key=f"other {s.act.id} {s.edge}"
    )
    return by_name[other or name]


def _judgement(one: dict[str, Any], edge: dict[str, Any]) -> str:
    effect = "its name now" if one["name"] == edge["name"] else _effect(one["change"])
    return f"R² {one['r2']:.6f} · complexity {one['complexity']:.0f} · {effect}"


def _effect(change: float | None) -> str:
    if change is None:
        return "effect on the whole not tried"
    if abs(change) < SAME:
        return "whole error unchanged"
    return f"whole error × {1 + change:.2g}" if change > 1 else f"whole error {change:+.1%}"


def _buttons(s: Session, one: dict[str, Any], chosen: dict[str, Any] | None) -> None:
    with st.container(horizontal=True):
        if chosen:
            st.button(f"Use `{chosen['name']}`", type="primary", on_click=acts.use, args=(s, chosen["name"]))
        st.button("Remove", on_click=acts.remove, args=(s,))
        if one["state"] == "spline":
            st.button("Keep as spline", on_click=s.next_spline)

"""The law panel: the formula, its errors, and one of the ways to look further."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.session import Session
from app.tasks.laws import PARTS
from app.views import law_charts, law_compare, law_constants, law_export, law_front, law_predict
from app.words import bullets, percent, plain

ERRORS = {"law_vs_data": "Law vs data", "network_vs_data": "Network vs data", "law_vs_network": "Law vs network"}
LONG = 30  # signs of a law that still fit in large type
STATUS = {
    "exact": "Exact: what is left is the precision of the data.",
    "noise": "What is left is noise: it shows no pattern.",
    "approximate": "Approximate: what is left still shows a pattern.",
}


def show(s: Session) -> None:
    """The law, or what is missing for one."""
    law = s.work.law
    if law is None:
        st.subheader("Law")
        st.info(_missing(s), icon=":material/functions:")
        return
    with st.container(border=True):
        st.latex(f"\\large {law['latex']}" if len(law["text"]) <= LONG else law["latex"])
        if law["units"]:
            st.caption(f"Units: {plain(', '.join(f'{name} in {unit}' for name, unit in law['units'].items()))}")
    if s.work.story:
        st.text(s.work.story)
    _errors(law)
    # Only what is chosen is drawn: Plotly's script is large, and most visitors never need it here.
    detail = st.pills(
        "Details",
        list(DETAILS),
        format_func=str.capitalize,
        required=True,
        label_visibility="collapsed",
        wrap=True,
        **s.bound_buttons("detail"),
    )
    DETAILS[detail or "why"](s, law)


def _errors(law: dict[str, Any]) -> None:
    first = law["parts"][0]
    for part in law["parts"]:
        if len(law["parts"]) > 1:
            st.caption(f"{PARTS[part['name']].capitalize()}, {part['rows']} rows")
        with st.container(horizontal=True, gap="medium"):
            for key, label in ERRORS.items():
                if part[key] is not None:
                    st.metric(label, percent(part[key]), width="content")
    if first["network_vs_data"] is None:
        st.caption("No small network has the shape of this law: there is none to compare it with.")
    over = "" if len(law["parts"]) > 1 else f", {PARTS[first['name']]} ({first['rows']})"
    st.caption(f"{STATUS.get(law['status'], '')} Errors are shares of the spread of the target{over}.")


def _why(s: Session, law: dict[str, Any]) -> None:  # noqa: ARG001 - as every detail is called
    st.text(bullets(law["evidence"] or ["This law was read off the network by hand; no search compared others."]))


DETAILS = {
    "why": _why,
    "constants": law_constants.show,
    "charts": law_charts.show,
    "front": law_front.show,
    "compare": law_compare.show,
    "predict": law_predict.show,
    "export": law_export.show,
}


def _missing(s: Session) -> str:
    if s.work.model is None:
        return "No law yet. Press Discover, or train a network and name its edges."
    splines = sum(edge["state"] == "spline" for edge in (s.work.picture or {"edges": []})["edges"])
    return f"Edges that are still a curve without a name: {splines}. Name each, or press Discover."

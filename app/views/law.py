"""The law panel: the formula, its three errors, and ways to take it along."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app import charts
from app.session import Session
from app.words import percent

ERRORS = {"law_vs_data": "Law vs data", "network_vs_data": "Network vs data", "law_vs_network": "Law vs network"}
LONG = 60  # signs of LaTeX that still fit in large type
STATUS = {
    "exact": "Exact: what is left is the precision of the data.",
    "noise": "What is left is noise: the residual is white.",
    "approximate": "Approximate: the residual still has a structure.",
}


def show(s: Session) -> None:
    """The law, or what is missing for one."""
    law = s.work.law
    if law is None:
        st.subheader("Law")
        st.info(_missing(s), icon=":material/functions:")
        return
    with st.container(border=True):
        st.latex(f"\\large {law['latex']}" if len(law["latex"]) < LONG else law["latex"])
    if s.work.story:
        st.text(s.work.story)
    with st.container(horizontal=True, gap="medium"):
        for key, label in ERRORS.items():
            st.metric(label, percent(law[key]), width="content")
    st.caption(f"{STATUS.get(law['status'], '')} Errors are relative to the spread of the target, over {law['rows']}.")
    # Only the open tab is drawn: Plotly's script is large, and most visitors never need it here.
    for tab, draw in zip(st.tabs(list(DETAILS), on_change="rerun", key="details"), DETAILS.values(), strict=True):
        if tab.open:
            with tab:
                draw(law)


def _copy(law: dict[str, Any]) -> None:
    st.caption("SymPy")
    st.code(law["sympy"], language="python", wrap_lines=True)
    st.caption("LaTeX")
    st.code(law["latex"], language="latex", wrap_lines=True)


def _parity(law: dict[str, Any]) -> None:
    st.plotly_chart(charts.parity(*law["parity"]), key="parity", config=charts.BARE, alt="Law against data")


def _evidence(law: dict[str, Any]) -> None:
    for line in law["evidence"] or ["This law was read off the network by hand; no search compared others."]:
        st.text(f"• {line}")
    if len(law["front"]) > 1:
        st.caption("The best laws of each complexity")
        for one in law["front"]:
            st.text(f"{one['complexity']}: error {one['rmse']:.2g}, {one['text']}")


def _constants(law: dict[str, Any]) -> None:
    told = [one for one in law["constants"] if one["recognised"] != "1"]
    if not told:
        st.caption("No constant is left to tell: every factor is one.")
    for one in told:
        error = f" ± {one['stderr']:.1g}" if one["stderr"] else ""
        exact = f", recognised as {one['recognised']}" if one["recognised"] else ""
        unit = f" {one['unit']}" if one["unit"] else ""
        st.text(f"{one['value']:.8g}{error}{unit}{exact}")
    st.caption("The law was tested on")
    for name, (lower, upper) in law["domain"].items():
        st.text(f"{name} from {lower:.4g} to {upper:.4g}")


DETAILS = {"Evidence": _evidence, "Parity": _parity, "Constants": _constants, "Copy": _copy}


def _missing(s: Session) -> str:
    if s.work.model is None:
        return "No law yet. Press Discover, or train a network and name its edges."
    splines = sum(edge["state"] == "spline" for edge in (s.work.picture or {"edges": []})["edges"])
    return f"Edges that are still a curve without a name: {splines}. Name each, or press Discover."

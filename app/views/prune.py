"""The prune panel: how much error simplicity may cost."""

from __future__ import annotations

import streamlit as st

from app import acts
from app.session import Session


def show(s: Session) -> None:
    """Removes edges and nodes the network can do without."""
    st.subheader("Prune")
    if s.work.model is None or s.work.picture is None:
        st.info("Train a network first: there is nothing to prune yet.", icon=":material/content_cut:")
        return
    edges = s.work.picture["edges"]
    alive = sum(edge["state"] != "removed" for edge in edges)
    st.markdown(f"**{alive} of {len(edges)}** edges are alive. Fewer edges make a law that is easier to read.")
    st.slider(
        "Tolerance",
        0.0,
        0.2,
        step=0.005,
        format="percent",
        help="The error all removals together may add, as a share of the spread of the target.",
        **s.bound("tolerance"),
    )
    st.button("Prune", type="primary", icon=":material/content_cut:", on_click=acts.prune, args=(s,))
    st.caption("To remove one edge of your choice, click it in the network.")

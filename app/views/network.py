"""The picture of the network, always in view."""

from __future__ import annotations

import streamlit as st

from app.components.network import network_diagram
from app.jobs import Snapshot
from app.session import Session
from app.words import plain


def show(s: Session, running: Snapshot | None) -> None:
    """The network as it is, or as it stands in the work that is running."""
    drawn, frames = s.work.picture, s.work.frames
    live = next((e["picture"] for e in reversed(running.events) if e.get("picture")), None) if running else None
    if live:
        drawn, frames = live, []
    with st.container(border=True):
        st.markdown(f"**{plain(s.work.title)}**")
        if drawn is None:
            st.info("No network yet. Train one, or let Discover go all the way.", icon=":material/hub:")
            return
        if frames and len(frames[0]["y"]) != len(drawn["edges"]):
            frames = []
        network_diagram(drawn, key="network", on_select=s.select, selected=s.edge, frames=frames, autoplay=s.film)
        st.caption("Each box is an edge and the curve it learned; green ones are named. Click one.")

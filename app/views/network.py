"""The picture of the network, always in view."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.components.network import network_diagram
from app.jobs import Snapshot
from app.session import Session
from app.views import prune
from app.words import plain


def show(s: Session, running: Snapshot | None) -> None:
    """The network as it is, or as it stands in the work that is running."""
    with st.container(border=True):
        st.markdown(f"**{plain(s.work.title)}**")
        if running:
            st.fragment(_live, run_every=s.tick)(s)
        else:
            with st.container():  # which a fragment has too: in the same place the picture is not built anew
                _still(s)
        st.caption("Each box is an edge and its curve: green ones are named, dotted ones uncertain. Click one.")


def _still(s: Session, working: bool = False) -> None:
    drawn, frames = s.work.picture, s.work.frames
    if drawn is None:
        st.info("No network yet. Train one, or let Discover go all the way.", icon=":material/hub:")
        return
    fits = frames and len(frames[0]["y"]) == len(drawn["edges"])
    network_diagram(
        drawn,
        key="network",
        on_select=s.select,
        selected=s.edge,
        frames=frames if fits else [],
        losses=s.work.losses if fits else [],
        locked=s.work.locked,
        doomed=prune.doomed(s) if s.stage == "prune" else [],
        autoplay=s.film,
        working=working,
    )


def _live(s: Session) -> None:
    """The newest picture; where there is none yet, the one from before."""
    events: tuple[dict[str, Any], ...] = s.work_job.snapshot().events if s.work_job else ()
    newest = next((event["picture"] for event in reversed(events) if event.get("picture")), None)
    if newest is None:
        _still(s, working=True)
        return
    losses = [event["point"] for event in events if event.get("point")]
    network_diagram(newest, key="network", on_select=s.select, losses=losses, live=True, working=True)

"""The picture of the network, always in view."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.components.network import choice, network_diagram, payload
from app.jobs import Snapshot
from app.session import Session
from app.views import prune
from app.words import plain

NONE = "No network yet. Train one, or let Discover go all the way."
OTHER = "No small network has the shape of this law: there is none to draw. Its charts show it beside the data."


def show(s: Session, running: Snapshot | None) -> None:
    """The network as it is, or as it stands in the work that is running."""
    with st.container(border=True):
        st.markdown(f"**{plain(s.work.title)}**")
        if running:
            # While it waits nothing moves; when it begins, the whole page is drawn anew.
            st.fragment(_live, run_every=s.tick if running.state == "running" else None)(s)
        else:
            with st.container():  # which a fragment has too: in the same place the picture is not built anew
                _still(s)
        if running or s.work.picture:
            st.caption("Each box is an edge and its curve: green ones are named, dotted ones uncertain. Click one.")


def _still(s: Session, working: bool = False) -> None:
    drawn, frames = s.work.picture, s.work.frames
    if drawn is None:
        coming = "The network appears here as soon as there is one."
        st.info(coming if working else OTHER if s.work.law else NONE, icon=":material/hub:")
        return
    if s.shown is None or s.shown[0] is not s.work:
        fits = frames and [len(y) for y in frames[0]["y"]] == [len(edge["y"]) for edge in drawn["edges"]]
        film, losses = (frames, s.work.losses) if fits else ([], [])
        s.shown = s.work, payload(drawn, film, losses, s.work.locked)
    network_diagram(s.shown[1], key="network", on_select=s.pick, autoplay=s.film, working=working)
    choice(key="choice", selected=s.edge, doomed=prune.doomed(s) if s.stage == "prune" else [])


def _live(s: Session) -> None:
    """The newest picture; where there is none yet, the one from before."""
    events: tuple[dict[str, Any], ...] = s.work_job.snapshot().events if s.work_job else ()
    newest = next((event["picture"] for event in reversed(events) if event.get("picture")), None)
    if newest is None:
        _still(s, working=True)
        return
    losses = [event["point"] for event in events if event.get("point")]
    network_diagram(payload(newest, losses=losses), key="network", on_select=s.pick, live=True, working=True)

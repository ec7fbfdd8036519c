"""The panel of what is running: its stages as they come, the law so far, and Cancel."""

from __future__ import annotations

import streamlit as st

from app import acts
from app.jobs import Snapshot
from app.session import STAGES, Session
from app.words import plain

TICK = 0.25  # seconds between two looks at the jobs


def show(s: Session, running: Snapshot) -> None:
    """One line a stage, the newest last."""
    latest = {event["stage"]: event for event in running.events if event.get("stage")}
    last = running.events[-1] if running.events else {}
    st.subheader("Working" if running.events else "Waking the workers")
    st.progress(min(1.0, max(0.0, last.get("fraction") or 0.0)))
    for stage in STAGES:
        if stage in latest:
            now = stage == last.get("stage")
            sign = ":material/more_horiz:" if now else ":material/check:"
            st.markdown(f"{sign} **{stage.capitalize()}** {plain(latest[stage]['text'])}")
    if last.get("law"):
        st.caption("Best law so far")
        st.code(last["law"], language=None, wrap_lines=True)
        if last.get("rmse") is not None:
            st.caption(f"Its error is {last['rmse']:.3g} in units of the target.")
    st.button("Cancel", icon=":material/stop_circle:", on_click=acts.stop, args=(s,))


@st.fragment(run_every=TICK)
def pulse(s: Session) -> None:
    """Redraws the page when a job has news. Nothing else runs on the timer."""
    if s.versions != s.seen:
        st.rerun()

"""The panel of what is running: its stages as they light up, the laws found so far, why, and how to end it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.acts import steps
from app.components.front import growing_front
from app.jobs import Job, Snapshot
from app.kept import tabs
from app.session import STAGES, Session
from app.tasks.network_tasks import discover
from app.words import bullets, plain, turn

LINES = 4  # of evidence shown, the newest
DONE, NOW, AHEAD = ":material/check_circle:", ":material/pending:", ":material/radio_button_unchecked:"


def show(s: Session) -> None:
    """Everything about the work under way; redrawn by itself while the rest of the page stands still."""
    if s.work_job is not None:
        st.fragment(_panel, run_every=2 * s.tick)(s)


def _panel(s: Session) -> None:
    job = s.work_job
    if job is None or job.snapshot().over:
        s.redraw()  # cancelled or finished: this panel makes room for the stage's own
    now = job.snapshot()
    _head(s, job, now)
    _stages(now)
    known = _known(now)
    if known.get("latex"):
        st.caption("Best law so far")
        with st.container(border=True):
            st.latex(known["latex"])
    if known.get("front"):
        _front(s, known["front"])
    if known.get("evidence"):
        with st.expander("What is known so far", icon=":material/lightbulb:", expanded=True):
            st.text(bullets(known["evidence"][-LINES:]))
    with st.container(horizontal=True):
        if known.get("front"):
            label = "Stop and use it" if s.wish else "Stop and use the best"
            st.button(label, type="primary", icon=":material/done_all:", on_click=steps.finish, args=(s,))
        if job.task in steps.FITS:
            st.button("Pause", icon=":material/pause:", on_click=steps.finish, args=(s,), help="Keeps the fit.")
        st.button("Cancel", icon=":material/stop_circle:", on_click=steps.stop, args=(s,))


def _head(s: Session, job: Job, now: Snapshot) -> None:
    if now.ahead:
        st.subheader("Waiting")
        st.text(turn(now.ahead))
        return
    st.subheader("Working" if now.events else "Waking the workers")
    last = now.events[-1] if now.events else {}
    words = ""
    if job.task is discover and job.began:
        left = max(0, round(s.budget - job.seconds))
        words = f"{job.seconds:.0f} s gone, at most {left} s left" if left else "Finishing: the time is up."
    st.progress(min(1.0, max(0.0, last.get("fraction") or 0.0)), words)


def answer_to_come(job: Job | None, words: str) -> None:
    """Where an answer will stand that a worker is asked for: its place in the queue, then what is being done."""
    st.fragment(_answer_to_come, run_every=1.0 if job and job.snapshot().ahead else None)(job, words)


def _answer_to_come(job: Job | None, words: str) -> None:
    ahead = job.snapshot().ahead if job else 0
    st.caption(f"Waiting. {turn(ahead)}" if ahead else words)
    st.skeleton(height=120)


def _stages(now: Snapshot) -> None:
    latest = {event["stage"]: event["text"] for event in now.events if event.get("stage")}
    lines = []
    for stage in STAGES if latest else ():
        sign = NOW if stage == now.stage else DONE if stage in latest else AHEAD
        lines.append(f"{sign} **{stage.capitalize()}** {plain(latest.get(stage, ''))}")
    st.markdown("  \n".join(lines))


def _front(s: Session, laws: list[dict[str, Any]]) -> None:
    """The best law of each complexity; one that is chosen becomes the law when the search ends."""
    texts = [law["text"] for law in laws]
    s.wish = s.wish if s.wish in texts else None  # it was beaten by one as simple
    if len(laws) > 1:
        st.caption("The best law of each complexity: choose one, or let the search decide")
        growing_front(laws, key="growing", on_pick=s.wish_for, chosen=s.wish)
    st.selectbox(
        "Law to use afterwards",
        placeholder="The best by the search's own judgement",
        **s.bound_choice("wish", texts, in_fragment=True),
    )


def _known(now: Snapshot) -> dict[str, Any]:
    """The newest of each kind of news."""
    found: dict[str, Any] = {}
    for event in now.events:
        found |= {name: event[name] for name in ("latex", "front", "evidence") if event.get(name)}
    return found


def pulse(s: Session) -> None:
    """Redraws the page when a job has begun, reached another stage or ended. Nothing else runs on this timer."""
    st.fragment(_pulse, run_every=s.news)(s)


def _pulse(s: Session) -> None:
    tabs.hold(s.jobs)  # a connection that was lost for a moment had let go of them
    if s.milestones != s.seen:
        s.redraw()

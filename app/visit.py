"""A visit: the session that a page opens with, what is kept of it, and the workers that all visitors share."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import fields
from typing import Any

import streamlit as st

from app import presets
from app.jobs import JobError
from app.kept import autosave, tabs
from app.kept.autosave import Entry, Place, Saved
from app.kept.work import Act, Work
from app.session import Session
from app.words import ago
from app.workers.pool import Pool

KEY = "session"
# Fields of a session that end with the page; its history is kept act by act.
PASSING = {
    *(
        "acts",
        "at",
        "live",
        "message",
        "note",
        "film",
        "shown",
        "candidates",
        "rows_seen",
        "ranking",
        "asked",
        "answers",
    ),
    *("seen", "work_job", "look_job", "ask_job", "wish", "place", "saved"),
}


def current() -> Session:
    """The visitor's session: the saved work that the address names, or else a finished discovery."""
    if KEY not in st.session_state:
        place, saved = tabs.opened()
        st.session_state[KEY] = _restored(saved, place) if saved else _fresh()
    session: Session = st.session_state[KEY]
    return session


def _fresh() -> Session:
    opened = presets.load("kepler")
    first = Act(0, opened["act"], Work(**opened["work"]))
    s = Session((first,), candidates={(0, edge): rows for edge, rows in opened["candidates"].items()})
    s.saved = to_save(s)
    return s


def _restored(saved: Saved, place: Place | None) -> Session:
    acts = tuple(Act(one.id, one.name, Work(**_known(Work, one.work)), one.before) for one in saved.acts)
    s = Session(acts, at=saved.at, place=place)
    for name, value in _known(Session, saved.settings).items():
        setattr(s, name, value)
    s.work_job = pool().find(saved.job) if saved.job else None
    lost = " What was under way was lost with the page: start it again." if saved.job and not s.work_job else ""
    s.say(note=f"Your work is back as you left it {ago(time.time() - saved.when)}.{lost}")
    return s


def _known(kind: type, values: dict[str, Any]) -> dict[str, Any]:
    # What was saved may be of a version with other fields.
    return {one.name: values[one.name] for one in fields(kind) if one.name in values}


def to_save(s: Session) -> Saved:
    """What is kept of a session when its page is gone."""
    acts = tuple(
        Entry(one.id, one.before, one.name, {f.name: getattr(one.work, f.name) for f in fields(Work)}) for one in s.acts
    )
    settings = {one.name: getattr(s, one.name) for one in fields(s) if one.name not in PASSING}
    return Saved(acts, s.at, settings, s.work_job.id if s.work_job else None)


def keep(s: Session) -> None:
    """Saves what is new, once the visitor has done anything, and holds on to the jobs that are waited for."""
    if s.jobs:
        tabs.hold(s.jobs)
    saved, store = to_save(s), autosave.store()
    if store is None or (s.place is None and saved.same(s.saved)):
        return
    s.place = s.place or store.new(tabs.browser())
    tabs.show(s.place)
    s.place.keep(saved)


def owner() -> str:
    """Whom a job is counted for: the browser, or the tab where browsers are not told apart."""
    return tabs.browser() or str(id(tabs.here()))


@st.cache_resource(show_spinner=False)
def pool() -> Pool:
    """The workers of all visitors."""
    return Pool.from_environment()


def warm() -> None:
    """Wakes the workers behind the page's back; a cluster that cannot be had is told when one is needed."""
    with suppress(JobError):
        pool()

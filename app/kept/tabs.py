"""One tab of a browser: who it belongs to, the jobs that end with it, and the saved work it shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from app.jobs import Job
from app.kept import autosave
from app.kept.autosave import Place, Saved

COOKIE = "kanvas"  # set by app.serving.server; scripts cannot read it
TOKEN = "work"  # its name in the page's address # noqa: S105 - a name, no secret


@dataclass
class Tab:
    """What a connected tab holds."""

    jobs: list[Job] = field(default_factory=list)
    place: Place | None = None


_shown: dict[Path, Tab] = {}  # saved work, and the tab that shows and writes it


def _leave(tab: Tab) -> None:
    for job in tab.jobs:
        job.abandon()
    if tab.place and _shown.get(tab.place.folder) is tab:
        del _shown[tab.place.folder]


@st.cache_resource(scope="session", on_release=_leave, show_spinner=False)
def here() -> Tab:
    """This tab; released when its connection ends, which may be for a moment only."""
    return Tab()


def browser() -> str:
    """The secret of this browser; empty where the page is not served by `python -m app`."""
    return st.context.cookies.get(COOKIE, "")


def hold(jobs: list[Job]) -> None:
    """The jobs that this tab waits for: they go on for as long as it is there."""
    tab = here()
    tab.jobs = [job for job in jobs if not job.snapshot().over]
    for job in tab.jobs:
        job.keep()


def opened() -> tuple[Place | None, Saved | None]:
    """The saved work that the page's address names, with a place of its own where another tab shows it already."""
    store, token = autosave.store(), st.query_params.get(TOKEN)
    if store is None or not token:
        return None, None
    place = Place(store, browser(), token)
    saved = place.load()
    if saved is None or place.folder in _shown:
        place = store.new(browser())
    return (place if saved else None), saved


def show(place: Place) -> None:
    """Claims a place for this tab, and names it in the page's address."""
    tab = here()
    tab.place = place
    _shown[place.folder] = tab
    if st.query_params.get(TOKEN) != place.token:
        st.query_params[TOKEN] = place.token

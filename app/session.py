"""What one visitor has: settings, acts with undo and redo, and jobs. The only file that names session keys."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields
from typing import Any

import streamlit as st

from app import autosave, presets, tabs
from app.autosave import Entry, Place, Saved
from app.jobs import Job, JobError, Pool
from app.settings import DataSettings, Grid
from app.words import ago

CAP = 50  # acts kept for undo
# Fields of a session that end with the page.
PASSING = {
    *(
        "acts",
        "at",
        "live",
        "message",
        "note",
        "film",
        "candidates",
        "rows_seen",
        "ranking",
        "asked",
        "answers",
        "seen",
    ),
    *("work_job", "look_job", "ask_job", "wish", "place", "saved"),
}
STAGES = ("data", "train", "prune", "name", "law")


@dataclass(frozen=True)
class Work:
    """What an act changes: the data and where they came from, the network and its picture, the law."""

    source: dict[str, Any]
    title: str
    dataset: dict[str, Any]
    story: str = ""
    model: dict[str, Any] | None = None
    picture: dict[str, Any] | None = None
    frames: list[dict[str, Any]] = field(default_factory=list)
    losses: list[list[Any]] = field(default_factory=list)
    errors: dict[str, float | None] = field(default_factory=dict)  # of the network, on train and validation rows
    report: list[str] = field(default_factory=list)  # what the last fit has come to
    locked: list[str] = field(default_factory=list)  # edges that pruning, naming and removing leave alone
    law: dict[str, Any] | None = None

    @property
    def reached(self) -> int:
        """How many stages are behind: data 1, trained 2, pruned 3, every edge named 4, law 5."""
        states = {edge["state"] for edge in self.picture["edges"]} if self.picture else set()
        named = bool(states) and "spline" not in states
        if self.law:
            return 5
        return 4 if named else 3 if "removed" in states else 2 if self.model else 1


@dataclass(frozen=True)
class Act:
    """One entry of the history: what was done, what was there afterwards, and the act that it was done upon."""

    id: int
    name: str
    work: Work
    before: int | None = None


@dataclass
class Session(DataSettings):
    """Everything of one visitor; fields written by widgets bear the widgets' names (see `bound`)."""

    acts: tuple[Act, ...]
    at: int = 0
    stage: str = "law"
    live: str = "data"  # the stage of the work in progress, shown in place of the one chosen
    edge: str | None = None
    later: str | None = None  # the edge that was clicked while its picture grew
    message: str = ""  # what went wrong, in one sentence
    note: str = ""  # what happened, where nothing went wrong
    film: int | None = None  # the act whose replay starts by itself
    candidates: dict[tuple[int, str], list[dict[str, Any]]] = field(default_factory=dict)
    rows_seen: dict[tuple[int, str], list[list[float]]] = field(default_factory=dict)  # partial residuals of an edge
    work_job: Job | None = None
    look_job: Job | None = None
    ranking: tuple[int, str] | None = None  # the act and edge that look_job ranks, or ranked last
    ask_job: Job | None = None
    asked: tuple[int, str] | None = None  # the act and formula that ask_job compares, or compared last
    answers: dict[tuple[int, str], dict[str, Any]] = field(default_factory=dict)
    wish: str | None = None  # the law of the growing front that was chosen
    seen: list[tuple[str, ...]] = field(default_factory=list)
    place: Place | None = None  # where this work is saved
    saved: Saved | None = None  # what a fresh page holds, which nobody needs saved
    # settings of the law panel
    detail: str = "why"
    chart: str = "parity"
    hypothesis: str = ""
    language: str = "latex"
    link: str | None = None  # the address whose settings were taken
    # settings of the other panels; those of the data panel are inherited
    widths: str = "2, 5, 1"
    grids: str = "5, 10"
    steps: int = 50
    start: int = 0
    sparsity: float = 0.0
    restarts: int = 1
    basis: str = "bspline"
    own: str = ""  # a function of the user's own, typed for an edge
    tolerance: float = 0.02
    budget: int = 60

    @property
    def work(self) -> Work:
        return self.acts[self.at].work

    @property
    def act(self) -> Act:
        return self.acts[self.at]

    def push(self, name: str, work: Work) -> None:
        """Adds an act upon the present one; what had been undone stays in the history, beside it."""
        new = Act(max(act.id for act in self.acts) + 1, name, work, before=self.act.id)
        self.acts = (*self.acts, new)[-CAP:]
        self.go(len(self.acts) - 1)

    @property
    def undo_to(self) -> int | None:
        """The place in the history that the present act was done upon."""
        return next((i for i, act in enumerate(self.acts) if act.id == self.act.before), None)

    @property
    def redo_to(self) -> int | None:
        """The place of the newest act done upon the present one."""
        return next((i for i, act in reversed(list(enumerate(self.acts))) if act.before == self.act.id), None)

    @property
    def line(self) -> set[int]:
        """Ids of the acts that lead to the present one."""
        before, found = {act.id: act.before for act in self.acts}, set[int]()
        one: int | None = self.act.id
        while one is not None and one not in found:
            found.add(one)
            one = before.get(one)
        return found

    def go(self, at: int) -> None:
        """To any act of the history. Not while work is under way upon it."""
        if self.work_job is not None:
            return
        self.at, self.film = max(0, min(at, len(self.acts) - 1)), None
        self.say()
        if self.edge not in self.edges:
            self.edge = None

    def say(self, message: str = "", note: str = "") -> None:
        """Sets what the page tells above the panel; without arguments it says nothing."""
        self.message, self.note = message, note

    @property
    def edges(self) -> list[str]:
        """Ids of the edges drawn, the most important first within a layer."""
        return [edge["id"] for edge in self.work.picture["edges"]] if self.work.picture else []

    def select(self, edge: str | None) -> None:
        """Opens an edge's panel; anything but an edge of the picture is ignored, for it may come from a browser.

        An edge of a picture that still grows is opened when that is finished, if it is there then.
        """
        self.later = edge if self.work_job is not None else None
        if self.later is None and edge in self.edges:
            self.edge, self.stage = edge, "name"

    def next_spline(self) -> None:
        """On to the next edge without a name, if there is one."""
        edges = [edge["id"] for edge in (self.work.picture or {"edges": []})["edges"] if edge["state"] == "spline"]
        after = [edge for edge in edges if self.edge is None or edge > self.edge]
        self.edge = next(iter(after or edges), None)

    @property
    def upload(self) -> tuple[str, bytes] | None:
        """The file just chosen."""
        upload = st.session_state.get("upload")
        return (upload.name, upload.getvalue()) if upload else None

    def editor(self) -> tuple[str, Grid]:
        """Key and rows of the table to type into: it starts from the rows of now whenever it is drawn afresh."""
        key = f"editor {self.edition}"
        if key not in st.session_state:
            self.editor_base = self.typed_rows
        return key, self.editor_base

    def unit_editor(self, names: Sequence[str]) -> dict[str, Any]:
        """Arguments that tie a table with a column of units to `units`; other columns make it another table."""
        key = f"units {zlib.crc32(repr(names).encode()):08x}"
        return {"key": key, "on_change": self._pull_units, "args": (key, names)}

    def _pull_units(self, key: str, names: Sequence[str]) -> None:
        edits = st.session_state[key]["edited_rows"]
        self.units = {**self.units, **{names[int(row)]: edit.get("Unit") or "" for row, edit in edits.items()}}

    @staticmethod
    def chosen(key: str) -> Any:
        """What a widget holds that belongs to one act only, and so is no field of its own."""
        return st.session_state.get(key)

    @staticmethod
    def picked(key: str) -> Any:
        """The number of the point that was clicked in a chart; None where the click took a selection back."""
        event = st.session_state.get(key)
        points = event.selection.points if event else []
        return points[0].get("customdata") if points else None

    @property
    def law_to_try(self) -> str | None:
        """What was chosen in the menu of laws."""
        return st.session_state.get("law_to_try")

    def bound(self, name: str, then: Callable[[Session], None] | None = None) -> dict[str, Any]:
        """Arguments that tie a widget to the field `name`: it shows the field and writes it back, then `then` acts."""
        value = getattr(self, name)
        if name not in st.session_state or st.session_state[name] != value:  # else what is being typed would jump
            st.session_state[name] = value
        return {"key": name, "on_change": self._pull, "args": (name, then)}

    def _pull(self, name: str, then: Callable[[Session], None] | None = None) -> None:
        setattr(self, name, st.session_state[name])
        self.say()
        if then:
            then(self)

    def bound_range(self, name: str, side: int) -> dict[str, Any]:
        """The same for one end of a variable's range."""
        key = f"range {name} {side}"
        st.session_state[key] = self.ranges[name][side]
        return {"key": key, "on_change": self._pull_range, "args": (name, side, key)}

    def _pull_range(self, name: str, side: int, key: str) -> None:
        ends = list(self.ranges[name])
        ends[side] = st.session_state[key]
        self.ranges = {**self.ranges, name: (ends[0], ends[1])}

    def bound_spread(self, name: str) -> dict[str, Any]:
        """The same for how a variable is spread over its range."""
        key = f"spread {name}"
        st.session_state[key] = self.spreads.get(name, "uniform")
        return {"key": key, "on_change": self._pull_spread, "args": (name, key)}

    def _pull_spread(self, name: str, key: str) -> None:
        self.spreads = {**self.spreads, name: st.session_state[key]}

    @property
    def busy(self) -> bool:
        """Whether there is a job whose end has not been taken over: not merely one that runs, or its end is missed."""
        return any((self.work_job, self.look_job, self.ask_job))

    @property
    def jobs(self) -> list[Job]:
        """The jobs that this visitor waits for."""
        return [job for job in (self.work_job, self.look_job, self.ask_job) if job]

    @property
    def milestones(self) -> list[tuple[str, ...]]:
        """Changes when a job has begun, reached another stage or ended: what the whole page has to be drawn for."""
        return [(job.id, job.snapshot().state, job.snapshot().stage) for job in self.jobs]

    @property
    def tick(self) -> float:
        """Seconds between two looks at the work under way; while it waits there is little to see."""
        return 0.15 if self.work_job and self.work_job.snapshot().state == "running" else 1.0

    def wish_for(self, law: str) -> None:
        """Chooses the law that is used when the search ends; the same again takes it back."""
        self.wish = None if law == self.wish else law


def current() -> Session:
    """The visitor's session: the saved work that the address names, or else a finished discovery."""
    if "session" not in st.session_state:
        place, saved = tabs.opened()
        st.session_state["session"] = _restored(saved, place) if saved else _fresh()
    session: Session = st.session_state["session"]
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

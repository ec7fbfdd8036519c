"""What one visitor has: settings, acts with undo and redo, and jobs. The only file that names session keys."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from app import presets
from app.jobs import Job, JobError, Pool

CAP = 50  # acts kept for undo
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
    """One entry of the history: what was done, and what was there afterwards."""

    id: int
    name: str
    work: Work


@dataclass
class Session:
    """Everything of one visitor; fields written by widgets bear the widgets' names (see `bound`)."""

    acts: tuple[Act, ...]
    at: int = 0
    stage: str = "law"
    live: str = "data"  # the stage of the work in progress, shown in place of the one chosen
    edge: str | None = None
    message: str = ""  # what went wrong, in one sentence
    note: str = ""  # what happened, where nothing went wrong
    film: int | None = None  # the act whose replay starts by itself
    candidates: dict[tuple[int, str], list[dict[str, Any]]] = field(default_factory=dict)
    work_job: Job | None = None
    look_job: Job | None = None
    ranking: tuple[int, str] | None = None  # the act and edge that look_job ranks, or ranked last
    seen: tuple[int, ...] = ()
    # settings of the data panel
    kind: str = "law"
    entry: str = "kepler"
    formula: str = "exp(sin(pi*x) + y^2)"
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)
    points: int = 1000
    noise: float = 0.0
    seed: int = 0
    table: tuple[str, bytes] | None = None
    target: str | None = None
    inputs: list[str] = field(default_factory=list)
    # settings of the other panels
    widths: str = "2, 5, 1"
    grids: str = "5, 10"
    steps: int = 50
    start: int = 0
    sparsity: float = 0.0
    tolerance: float = 0.02
    budget: int = 60

    @property
    def work(self) -> Work:
        return self.acts[self.at].work

    @property
    def act(self) -> Act:
        return self.acts[self.at]

    def push(self, name: str, work: Work) -> None:
        """Adds an act after the present one; what had been undone is forgotten."""
        new = Act(max(act.id for act in self.acts) + 1, name, work)
        self.acts = (*self.acts[: self.at + 1], new)[-CAP:]
        self.go(len(self.acts) - 1)

    def go(self, at: int) -> None:
        """To any act of the history: one back is undo, one forward is redo. Not while work is under way upon it."""
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
        """Opens an edge's panel; anything but an edge of the picture is ignored, for it may come from a browser."""
        if edge in self.edges:
            self.edge, self.stage = edge, "name"

    def next_spline(self) -> None:
        """On to the next edge without a name, if there is one."""
        edges = [edge["id"] for edge in (self.work.picture or {"edges": []})["edges"] if edge["state"] == "spline"]
        after = [edge for edge in edges if self.edge is None or edge > self.edge]
        self.edge = next(iter(after or edges), None)

    def take_upload(self) -> None:
        """Keeps the file just chosen, or forgets one that was taken away."""
        upload = st.session_state["upload"]
        self.table = (upload.name, upload.getvalue()) if upload else None

    @property
    def law_to_try(self) -> str | None:
        """What was chosen in the menu of laws."""
        return st.session_state.get("law_to_try")

    def bound(self, name: str) -> dict[str, Any]:
        """Arguments that tie a widget to the field `name`: the widget shows it and writes it back."""
        st.session_state[name] = getattr(self, name)
        return {"key": name, "on_change": self._pull, "args": (name,)}

    def _pull(self, name: str) -> None:
        setattr(self, name, st.session_state[name])
        self.say()

    def bound_range(self, name: str, side: int) -> dict[str, Any]:
        """The same for one end of a variable's range."""
        key = f"range {name} {side}"
        st.session_state[key] = self.ranges[name][side]
        return {"key": key, "on_change": self._pull_range, "args": (name, side, key)}

    def _pull_range(self, name: str, side: int, key: str) -> None:
        ends = list(self.ranges[name])
        ends[side] = st.session_state[key]
        self.ranges = {**self.ranges, name: (ends[0], ends[1])}

    @property
    def busy(self) -> bool:
        """Whether there is a job whose end has not been taken over: not merely one that runs, or its end is missed."""
        return self.work_job is not None or self.look_job is not None

    @property
    def versions(self) -> tuple[int, ...]:
        """Changes whenever one of the jobs has news."""
        return tuple(job.snapshot().version if job else 0 for job in (self.work_job, self.look_job))


def current() -> Session:
    """The visitor's session, opened on a finished discovery."""
    if "session" not in st.session_state:
        opened = presets.load("kepler")
        first = Act(0, opened["act"], Work(**opened["work"]))
        st.session_state["session"] = Session(
            (first,), candidates={(0, edge): rows for edge, rows in opened["candidates"].items()}
        )
    session: Session = st.session_state["session"]
    return session


@st.cache_resource(show_spinner=False)
def pool() -> Pool:
    """The workers of all visitors."""
    return Pool.from_environment()


def warm() -> None:
    """Wakes the workers behind the page's back; a cluster that cannot be had is told when one is needed."""
    with suppress(JobError):
        pool()


def _cancel_all(mine: list[Job]) -> None:
    for job in mine:
        job.cancel()


@st.cache_resource(scope="session", on_release=_cancel_all, show_spinner=False)
def jobs() -> list[Job]:
    """The jobs of this visitor; released when the tab closes, and then they end."""
    return []

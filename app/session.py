"""What one visitor has: the history, settings, what is selected, and the jobs waited for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.jobs import Job
from app.kept.autosave import Place, Saved
from app.kept.work import History, Work
from app.widgets import Widgets

Milestone = tuple[str, str, str]  # a job, its state, its stage
STAGES = ("data", "train", "prune", "name", "law")


@dataclass
class Session(Widgets, History):
    """Everything of one visitor; fields written by widgets bear the widgets' names (see `bound`)."""

    stage: str = "law"
    live: str = "data"  # the stage of the work in progress, shown in place of the one chosen
    edge: str | None = None
    later: str | None = None  # the edge that was clicked while its picture grew
    message: str = ""  # what went wrong, in one sentence
    note: str = ""  # what happened, where nothing went wrong
    film: int | None = None  # the act whose replay starts by itself
    shown: tuple[Work, dict[str, Any]] | None = None  # the picture of a piece of work, as it is sent
    candidates: dict[tuple[int, str], list[dict[str, Any]]] = field(default_factory=dict)
    rows_seen: dict[tuple[int, str], list[list[float]]] = field(default_factory=dict)  # partial residuals of an edge
    work_job: Job | None = None
    look_job: Job | None = None
    ranking: tuple[int, str] | None = None  # the act and edge that look_job ranks, or ranked last
    ask_job: Job | None = None
    asked: tuple[int, str] | None = None  # the act and formula that ask_job compares, or compared last
    answers: dict[tuple[int, str], dict[str, Any]] = field(default_factory=dict)
    wish: str | None = None  # the law of the growing front that was chosen
    seen: set[Milestone] = field(default_factory=set)  # what the page drawn last has told
    place: Place | None = None  # where this work is saved
    saved: Saved | None = None  # what a fresh page holds, which nobody needs saved
    # settings of the law panel
    detail: str = "why"
    chart: str = "parity"
    hypothesis: str = ""
    language: str = "latex"
    link: str | None = None  # the address whose settings were taken
    passed_over: dict[str, Any] | None = None  # the source in the data panel, until changed, beside an opened project
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

    def go(self, at: int) -> None:
        """To any act of the history. Not while work is under way upon it."""
        if self.work_job is not None:
            return
        super().go(at)
        self.film = None
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

    def pick(self, edge: str, rail: str) -> None:
        """The same by a click; `rail` is what was chosen then in the rail of stages.

        Where the rail tells of another stage now, that was clicked after the edge, and both acts came at once: the edge
        is chosen, but the stage is shown. A widget's act comes first, whenever it was done.
        """
        stage = self.stage
        self.select(edge)
        if rail in STAGES and rail != self.told_stage:
            self.stage = stage

    @property
    def next_spline(self) -> str | None:
        """The next edge that is still to be named: a locked one stays a curve."""
        drawn = self.work.picture or {"edges": []}
        edges = [edge["id"] for edge in drawn["edges"] if edge["state"] == "spline"]
        edges = [edge for edge in edges if edge != self.edge and edge not in self.work.locked]
        after = [edge for edge in edges if self.edge is None or edge > self.edge]
        return next(iter(after or edges), None)

    @property
    def busy(self) -> bool:
        """Whether there is a job whose end has not been taken over: not merely one that runs, or its end is missed."""
        return any((self.work_job, self.look_job, self.ask_job))

    @property
    def jobs(self) -> list[Job]:
        """The jobs that this visitor waits for."""
        return [job for job in (self.work_job, self.look_job, self.ask_job) if job]

    @property
    def milestones(self) -> set[Milestone]:
        """Changes when the work has begun, reached another stage or ended, and when a question is answered: what the
        whole page has to be drawn for."""
        found: set[Milestone] = set()
        for job in self.jobs:
            now = job.snapshot()
            found.add((job.id, now.state, now.stage) if job is self.work_job else (job.id, str(now.over), ""))
        return found

    def meet(self) -> None:
        """Questions asked while the page was drawn are no news to it, nor are those given up; but answers will be."""
        known, ids = {job for job, *_ in self.seen}, {job.id for job in self.jobs}
        asked = {(job.id, str(False), "") for job in (self.look_job, self.ask_job) if job and job.id not in known}
        self.seen = asked | {one for one in self.seen if one[0] in ids}

    @property
    def tick(self) -> float:
        """Seconds between two looks at the work under way; while it waits there is little to see."""
        return 0.15 if self.work_job and self.work_job.snapshot().state == "running" else 1.0

    @property
    def news(self) -> float:
        """Seconds between two looks for what changes the whole page: there is time where others' jobs come first."""
        return 0.25 if any(job.snapshot().ahead == 0 for job in self.jobs) else 1.0

    def wish_for(self, law: str) -> None:
        """Chooses the law that is used when the search ends; the same again takes it back."""
        self.wish = None if law == self.wish else law

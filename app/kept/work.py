"""What a visitor has made, and the history of acts that led to it, with undo and redo."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

CAP = 50  # acts kept for undo


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
    paused: dict[str, Any] | None = None  # what was left to do of the fit, where it was paused
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

    @property
    def judged(self) -> bool:
        """Whether rows are kept from the fit, to judge it: of a small table there are none."""
        return len(self.dataset["split"]["validation"]) > 0


@dataclass(frozen=True)
class Act:
    """One entry of the history: what was done, what was there afterwards, and the act that it was done upon."""

    id: int
    name: str
    work: Work
    before: int | None = None


@dataclass
class History:
    """Acts in the order they were done, each upon another, and the place of the present one."""

    acts: tuple[Act, ...]
    at: int = 0

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

    def go(self, at: int) -> None:
        """To any act of the history."""
        self.at = max(0, min(at, len(self.acts) - 1))

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

"""One task in another process, as its owner sees it: watch it, stop it. Knows nothing of Streamlit or of clusters."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace
from typing import Any, Protocol
from uuid import uuid4

from app.workers import worker

GRACE = 20.0  # seconds that a job outlives the connection of its owner's page

LOST = (
    "The worker process that did this was lost: it ran out of memory or was ended from outside. "
    "Nothing you had is lost; try again, with fewer rows if it happens twice."
)


class JobError(RuntimeError):
    """Says why no worker can be had, and what to do."""


@dataclass(frozen=True)
class Snapshot:
    """What is known of a job: `state` is queued, running, done, failed or cancelled; events in order of arrival.

    `ahead` counts the jobs that start before a queued one. Only the newest picture among the events is kept.
    """

    state: str = "queued"
    events: tuple[dict[str, Any], ...] = ()
    result: dict[str, Any] | None = None
    error: str | None = None
    version: int = 0
    ahead: int = 0

    @property
    def over(self) -> bool:
        return self.state in ("done", "failed", "cancelled")

    @property
    def stage(self) -> str:
        """The stage last reported."""
        return next((event["stage"] for event in reversed(self.events) if event.get("stage")), "")


class Employer(Protocol):
    """Who has given out a job: the pool."""

    def forget(self, job: Job) -> None:
        """The job is over for its owner."""

    def satisfy(self, job: Job) -> None:
        """The owner is content with the best so far."""


class Job:
    """A handle on one task. `snapshot()` may be read from any thread; it never changes after it is over."""

    def __init__(self, pool: Employer, task: worker.Task, arguments: tuple[Any, ...] = (), owner: str = "") -> None:
        self.id, self.task, self.arguments, self.owner = uuid4().hex, task, arguments, owner
        self.future: Any = None
        self.tries = 0
        self.ends: float | None = None  # when nobody will be left to wait for it
        self.began: float | None = None
        self._pool, self._lock, self._snapshot = pool, threading.Lock(), Snapshot()

    def snapshot(self) -> Snapshot:
        return self._snapshot

    @property
    def seconds(self) -> float:
        """For how long it has been running."""
        return time.monotonic() - self.began if self.began else 0.0

    def cancel(self, error: str | None = None) -> None:
        """Ends the job at once for its owner, as failed where there is an error to tell; the worker follows."""
        self.publish(state="failed" if error else "cancelled", error=error)
        self._pool.forget(self)

    def finish(self) -> None:
        """Asks a running search for the best it has so far."""
        self._pool.satisfy(self)

    def abandon(self) -> None:
        """The owner's page has gone: the job ends soon, unless the page comes back and says `keep`."""
        self.ends = self.ends or time.monotonic() + GRACE

    def keep(self) -> None:
        self.ends = None

    def publish(self, event: dict[str, Any] | None = None, **changes: Any) -> None:
        with self._lock:
            old = self._snapshot
            if old.over:
                return
            events = old.events
            if event:
                events = (*(_without_picture(events) if "picture" in event else events), event)
                self.began = self.began or time.monotonic()
            self._snapshot = replace(old, events=events, version=old.version + 1, **changes)


def _without_picture(events: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    return tuple({k: v for k, v in e.items() if k != "picture"} if "picture" in e else e for e in events)

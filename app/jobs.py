"""Work in other processes, on dask.distributed: submit a task, watch it, stop it. Knows nothing of Streamlit."""

from __future__ import annotations

import logging
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from app import worker

WAIT = 5  # seconds for a scheduler to answer

log = logging.getLogger(__name__)

LOST = (
    "The worker process that did this was lost: it ran out of memory or was ended from outside. "
    "Nothing you had is lost; try again, with fewer rows if it happens twice."
)


class JobError(RuntimeError):
    """Says why no worker can be had, and what to do."""


@dataclass(frozen=True)
class Snapshot:
    """What is known of a job: `state` is queued, running, done, failed or cancelled; events in order of arrival."""

    state: str = "queued"
    events: tuple[dict[str, Any], ...] = ()
    result: dict[str, Any] | None = None
    error: str | None = None
    version: int = 0

    @property
    def over(self) -> bool:
        return self.state in ("done", "failed", "cancelled")


class Job:
    """A handle on one task. `snapshot()` may be read from any thread; it never changes after it is over."""

    def __init__(self, pool: Pool, task: worker.Task) -> None:
        self.id, self.task = uuid4().hex, task
        self._pool, self._lock, self._snapshot = pool, threading.Lock(), Snapshot()

    def snapshot(self) -> Snapshot:
        return self._snapshot

    def cancel(self) -> None:
        """Ends the job at once for its owner; the worker stops between two steps."""
        self._publish(state="cancelled")
        self._pool._forget(self)

    def _publish(self, event: dict[str, Any] | None = None, **changes: Any) -> None:
        with self._lock:
            old = self._snapshot
            if old.over:
                return
            events = (*old.events, event) if event else old.events
            self._snapshot = replace(old, events=events, version=old.version + 1, **changes)


class Pool:
    """Workers on this machine, or on the cluster at `address`. Returns at once; the workers start in the background."""

    def __init__(self, address: str | None = None) -> None:
        self._address = check_address(address) if address else None
        self._jobs: dict[str, tuple[Job, Any]] = {}
        # One thread does every slow act in order, so that no page waits for a cluster.
        self._hands = ThreadPoolExecutor(max_workers=1, thread_name_prefix="jobs")
        self._client: Any = None
        self._hands.submit(self._connected)

    @classmethod
    def from_environment(cls) -> Pool:
        """The cluster named by KANVAS_SCHEDULER, or workers of our own."""
        return cls(os.environ.get("KANVAS_SCHEDULER") or None)

    def submit(self, task: worker.Task, *arguments: Any) -> Job:
        """Starts `task(*arguments, emit, stopped)` in a worker; arguments and result are plain data."""
        job = Job(self, task)
        started = self._hands.submit(self._launch, job, arguments)
        started.add_done_callback(lambda done: self._started(job, done))
        return job

    def close(self) -> None:
        """Ends the workers we started."""
        self._hands.submit(lambda: _close(self._client)).result()
        self._hands.shutdown()

    def _connected(self) -> Any:
        # Tried again by the next job where it failed: a scheduler may come up late.
        self._client = self._client or _connect(self._address, self._on_event)
        return self._client

    def _launch(self, job: Job, arguments: tuple[Any, ...]) -> None:
        if job.snapshot().over:
            return
        future = self._connected().submit(
            worker.run, job.task, job.id, arguments, key=f"{job.task.__name__}-{job.id}", pure=False
        )
        self._jobs[job.id] = (job, future)
        future.add_done_callback(lambda done: self._finish(job, done))

    def _started(self, job: Job, launched: Any) -> None:
        problem = launched.exception()
        if problem is not None:
            log.error("No worker for %s", job.task.__name__, exc_info=problem)
            job._publish(state="failed", error=f"No worker could be reached: {problem}")

    def _on_event(self, event: tuple[Any, dict[str, Any]]) -> None:
        _, message = event
        known = self._jobs.get(message["job"])
        if known:
            job, content = known[0], message["event"]
            job._publish(content or None, state="running")

    def _finish(self, job: Job, future: Any) -> None:
        self._jobs.pop(job.id, None)
        if future.cancelled():
            job._publish(state="cancelled")
        elif future.status == "error":
            problem = future.exception()
            lost = type(problem).__name__ == "KilledWorker"
            broken = f"An unexpected {type(problem).__name__} ended this. Nothing you had is lost."
            if not lost:
                log.error("Task %s failed", job.task.__name__, exc_info=problem)
            job._publish(state="failed", error=LOST if lost else broken)
        else:
            answer = future.result()
            state = "failed" if "error" in answer else "cancelled" if answer.get("stopped") else "done"
            job._publish(state=state, error=answer.get("error"), result=answer.get("result"))

    def _forget(self, job: Job) -> None:
        _, future = self._jobs.pop(job.id, (None, None))
        if future is not None:
            self._hands.submit(_stop, self._client, future, job.id)


def _close(client: Any) -> None:
    if client is not None:
        client.close()
        if client.cluster is not None:
            client.cluster.close()


def _stop(client: Any, future: Any, job: str) -> None:
    # Future.cancel drops a task that waits, but a running one only hears of the flag.
    client.run(worker.stop, job)
    future.cancel()


def check_address(address: str) -> str:
    """Refuses a scheduler that strangers could speak to: whoever reaches it may run any code in the workers."""
    parts = urlsplit(address)
    if parts.scheme == "tls" or (parts.scheme == "tcp" and parts.hostname in ("127.0.0.1", "::1", "localhost")):
        return address
    raise JobError(
        f"KANVAS_SCHEDULER is {address!r}, but only tls://… is accepted, or tcp:// on this machine. "
        "Start the scheduler with TLS certificates, or unset the variable to use workers of our own."
    )


def _connect(address: str | None, on_event: Any) -> Any:
    # Imported here: it takes half a second, and the first page needs none of it.
    import dask
    from distributed import Client, LocalCluster

    # One lost worker costs one job, at once; by default the job would be tried on four workers first.
    dask.config.set(
        {"distributed.scheduler.allowed-failures": 0, "distributed.admin.large-graph-warning-threshold": "200MB"}
    )
    if address is None:
        cluster = LocalCluster(
            n_workers=min(2, os.cpu_count() or 1),
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            # Not None: that would still serve its status on port 8787 of every network.
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
            worker_dashboard_address="127.0.0.1:0",
        )
        client = Client(cluster)
    else:
        client = Client(address, timeout=WAIT)
    client.subscribe_topic(worker.TOPIC, on_event)
    client.register_plugin(worker.warm_plugin())
    return client

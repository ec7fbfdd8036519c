"""The workers of all visitors: who is next, what starts, and what is ended. Knows nothing of Streamlit.

Jobs wait in a line of our own (`app.workers.fairness`), in which visitors take turns; dask is given as many as can run.
"""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from app.jobs import GRACE, LOST, Job, JobError
from app.limits import Limits, limits
from app.workers import cluster, worker
from app.workers.fairness import Line

PATIENCE = 0.7  # seconds between asking a worker of ours to stop and ending it
TICK = 0.2  # seconds between two looks at the clock
TRIES = 3  # to start a job whose worker was lost before it had begun
NO_WORKER, PAUSE = 120, 0.05  # seconds to wait for a worker, and between two looks for one

log = logging.getLogger(__name__)


class Pool:
    """Workers on this machine, or on the cluster at `address`. Returns at once; the workers start in the background."""

    def __init__(self, address: str | None = None, bounds: Limits | None = None) -> None:
        self._address = cluster.check_address(address) if address else None
        self._limits = bounds or limits()
        self._line = Line(self._limits.running)
        self._jobs: dict[str, Job] = {}  # all that are not over, and those whose worker has not ended them yet
        self._ended: dict[str, tuple[float, Job]] = {}  # until when, as its page may have been gone just then
        self._started: set[str] = set()
        self._slots = self._limits.workers
        self._lock = threading.RLock()
        # One thread starts everything in order, so that no page waits for a cluster; others may call out meanwhile.
        self._hands = ThreadPoolExecutor(max_workers=1, thread_name_prefix="jobs")
        self._voice = ThreadPoolExecutor(max_workers=4, thread_name_prefix="stops")
        self._closed = threading.Event()
        self._client: Any = None
        self._hands.submit(self._connected)
        threading.Thread(target=self._watch, name="clock", daemon=True).start()

    @classmethod
    def from_environment(cls) -> Pool:
        """The cluster named by KANVAS_SCHEDULER, or workers of our own."""
        return cls(limits().scheduler or None)

    def submit(self, task: worker.Task, *arguments: Any, owner: str = "", quick: bool = False) -> Job:
        """Puts `task(*arguments, emit, stopped)` in the line; arguments and result are plain data.

        A quick one comes before what else its owner waits for. Raises JobError where too many wait already.
        """
        job = Job(self, task, arguments, owner)
        with self._lock:
            self._admit(owner)
            self._jobs[job.id] = job
            self._line.add(owner, job.id, first=quick)
            self._serve()
        return job

    def find(self, job: str) -> Job | None:
        """The job of this id, while it is not over and for a while after."""
        _, ended = self._ended.get(job, (0.0, None))
        return self._jobs.get(job) or ended

    @property
    def counts(self) -> tuple[int, int]:
        """Jobs that run and jobs that wait."""
        return len(self._started), len(self._line)

    def close(self) -> None:
        """Ends the workers we started."""
        self._closed.set()
        self._hands.submit(lambda: cluster.close(self._client)).result()
        self._hands.shutdown()
        self._voice.shutdown(cancel_futures=True)

    def _admit(self, owner: str) -> None:
        if self._line.waits(owner) >= self._limits.waiting:
            raise JobError(
                f"A visitor may have {self._limits.waiting} jobs waiting, and so many of yours are. "
                "Let one finish or cancel it."
            )
        if len(self._line) >= self._limits.queue:
            raise JobError(f"This server is busy: {len(self._line)} jobs wait. Try again in a minute.")

    def _serve(self) -> None:
        """Starts what may start and tells the others how many are before them."""
        while len(self._started) < self._slots and (id_ := self._line.take()) is not None:
            job = self._jobs[str(id_)]
            self._started.add(job.id)
            self._start(job)
        for ahead, id_ in enumerate(self._line.order(), start=1):
            job = self._jobs[str(id_)]
            if job.snapshot().ahead != ahead:
                job.publish(ahead=ahead)

    def _start(self, job: Job) -> None:
        job.future, job.tries = None, job.tries + 1
        self._hands.submit(self._launch, job).add_done_callback(lambda done: self._launched(job, done))

    def _connected(self) -> Any:
        # Tried again by the next job where it failed: a scheduler may come up late, or be started anew.
        if self._client is None or self._client.status == "closed":
            self._client = cluster.connect(self._address, self._on_event, self._limits)
        if self._address:
            self._slots = max(1, sum(self._client.nthreads().values()))
        return self._client

    def _launch(self, job: Job) -> None:
        client = self._connected()
        # A worker that is being replaced leaves dask fewer than we have places: two jobs would be given to one worker.
        ends = time.monotonic() + NO_WORKER
        while not job.snapshot().over and not self._room(client):
            if time.monotonic() > ends:
                raise JobError(f"none was free for {NO_WORKER} seconds. Try again, or restart the server.")
            time.sleep(PAUSE)
        if job.snapshot().over:
            return
        job.future = client.submit(
            worker.run, job.task, job.id, job.arguments, key=f"{job.task.__name__}-{job.id}", pure=False
        )

    def _room(self, client: Any) -> bool:
        given = sum(job.future is not None for job in list(self._jobs.values()))
        return sum(client.nthreads().values()) > given

    def _launched(self, job: Job, launched: Any) -> None:
        problem = launched.exception()
        if problem is not None:
            log.error("No worker for %s", job.task.__name__, exc_info=problem)
            job.publish(state="failed", error=f"No worker could be reached: {problem}")
        if job.future is None:
            self._done(job)
        else:
            job.future.add_done_callback(lambda done: self._finish(job, done))

    def _on_event(self, event: tuple[Any, dict[str, Any]]) -> None:
        _, message = event
        job = self._jobs.get(message["job"])
        if job:
            job.began = job.began or time.monotonic()
            job.publish(message["event"] or None, state="running", ahead=0)

    def _finish(self, job: Job, future: Any) -> None:
        if cluster.lost(future) and job.began is None and job.tries < TRIES and not job.snapshot().over:
            self._start(job)  # it only waited for the worker that was lost
            return
        try:
            self._tell_end(job, future)
        finally:
            self._done(job)

    def _done(self, job: Job) -> None:
        # The cluster holds a result for as long as anyone has its future, and a table need not be kept either.
        job.future, job.arguments = None, ()
        with self._lock:
            self._jobs.pop(job.id, None)
            if job.snapshot().result is not None:
                self._ended[job.id] = time.monotonic() + GRACE, job
            if job.id in self._started:
                self._started.discard(job.id)
                self._line.end(job.owner)
            self._serve()

    def _tell_end(self, job: Job, future: Any) -> None:
        if future.cancelled():
            job.publish(state="cancelled")
        elif future.status == "error":
            problem = future.exception()
            lost = cluster.lost(future)
            broken = f"An unexpected {type(problem).__name__} ended this. Nothing you had is lost."
            if not lost:
                log.error("Task %s failed", job.task.__name__, exc_info=problem)
            job.publish(state="failed", error=LOST if lost else broken)
        else:
            answer = future.result()
            state = "failed" if "error" in answer else "cancelled" if answer.get("stopped") else "done"
            job.publish(state=state, error=answer.get("error"), result=answer.get("result"))

    def forget(self, job: Job) -> None:
        with self._lock:
            if self._line.drop(job.owner, job.id):
                self._jobs.pop(job.id, None)
                self._serve()
                return
        # A running task keeps its place until its worker has really ended it, or places would be given twice.
        if job.id in self._started and not self._closed.is_set():
            self._voice.submit(self._call, worker.stop, job.id, PATIENCE if self._address is None else None)

    def satisfy(self, job: Job) -> None:
        if job.id in self._started:
            self._voice.submit(self._call, worker.satisfy, job.id)

    def _call(self, function: Any, *arguments: Any) -> None:
        if self._client is not None:
            self._client.run(function, *arguments, on_error="ignore")

    def _watch(self) -> None:
        """Ends jobs that nobody waits for, and those that take too long, and forgets old results."""
        late = f"This took longer than the {self._limits.seconds} seconds that this server allows for one job."
        while not self._closed.wait(TICK):
            for id_, (ends, _) in list(self._ended.items()):
                if time.monotonic() > ends:
                    self._ended.pop(id_, None)
            for job in list(self._jobs.values()):
                if job.snapshot().over:
                    continue
                if job.ends is not None and time.monotonic() > job.ends:
                    job.cancel()
                elif job.seconds > self._limits.seconds:
                    job.cancel(late)

"""The frame of every task in a worker process: reports on the way, the flag to stop, errors as sentences."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

TOPIC = "kanvas"  # one topic for all jobs: the scheduler keeps every topic for ever
EVENT_EVERY = 0.1  # seconds between reports of one stage
OURS = ("datasets", "kan_core", "symbolic")  # packages whose errors are written for the user

Plain = dict[str, Any]
Emit = Callable[..., Any]  # reports one event; false where it came too soon after another to be sent
Stopped = Callable[[], bool]
Task = Callable[..., Plain]

_running: set[str] = set()
_stopped: deque[str] = deque(maxlen=1000)
_satisfied: deque[str] = deque(maxlen=1000)


class Interrupted(Exception):  # noqa: N818 - not an error: its owner asked for it
    """Leaves a task whose owner has stopped it."""


class Wish:
    """What the owner of a job has asked for since: calling it tells whether to end, `keep` whether to bring results."""

    def __init__(self, job: str) -> None:
        self._job = job

    def __call__(self) -> bool:
        return self._job in _stopped or self.keep

    @property
    def keep(self) -> bool:
        return self._job in _satisfied


def run(task: Task, job: str, arguments: tuple[Any, ...]) -> Plain:
    """Runs a task for `app.workers.pool`; errors meant for the user come back as one sentence."""
    from distributed import get_worker

    worker = get_worker()
    last: Plain = {"stage": "", "time": 0.0}

    def emit(**event: Any) -> bool:
        # A fit has hundreds of steps a second: of those within one stage only some are worth a message.
        stage, now = event.get("stage", ""), time.monotonic()
        if stage == last["stage"] and now - last["time"] < EVENT_EVERY:
            return False
        last.update(stage=stage, time=now)
        worker.log_event(TOPIC, {"job": job, "event": event})
        return True

    _running.add(job)
    worker.log_event(TOPIC, {"job": job, "event": {}})
    try:
        return {"result": task(*arguments, emit, Wish(job))}
    except Interrupted:
        return {"stopped": True}
    except MemoryError:
        return {"error": "This needs more memory than there is. Try fewer rows or a smaller network."}
    except (ValueError, RuntimeError) as error:
        if type(error).__module__.split(".")[0] not in OURS:
            raise
        return {"error": str(error)}
    finally:
        _running.discard(job)
        _forget()


def _forget() -> None:
    """Empties SymPy's memory of what it has worked out, which the next job has no use for and which grows with each."""
    if "sympy" in sys.modules:
        from sympy.core.cache import clear_cache

        clear_cache()


def stop(job: str, patience: float | None) -> None:
    """Tells the task of a job, if this worker has it, to end between two steps.

    Where it has not ended after `patience` seconds, the process does: None waits for ever.
    """
    _stopped.append(job)
    if patience is not None and job in _running:
        threading.Thread(target=_insist, args=(job, patience), daemon=True).start()


def satisfy(job: str) -> None:
    """Tells the task of a job to end with the best it has."""
    _satisfied.append(job)


def _insist(job: str, patience: float) -> None:
    time.sleep(patience)
    if job in _running:
        os.kill(os.getpid(), signal.SIGKILL)


def warm_plugin(nice: int = 0) -> Any:
    """A plugin that makes each worker, replacements too, import the heavy packages before the first job.

    With `nice` above zero it gives way to what else wants the processors.
    """
    from distributed import WorkerPlugin

    class Warm(WorkerPlugin):
        def setup(self, worker: Any) -> None:  # noqa: ARG002 - the name is dask's
            if nice and hasattr(os, "nice"):
                os.nice(nice)
            threading.Thread(target=warm, daemon=True).start()

    return Warm()


def warm() -> None:
    """Imports what every task needs, and keeps torch to one thread: the networks are small and the workers several."""
    import torch

    torch.set_num_threads(1)
    import datasets  # noqa: F401
    from symbolic import discover, law_from_network, suggest  # noqa: F401

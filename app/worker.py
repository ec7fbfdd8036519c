"""The frame of every task in a worker process: reports on the way, the flag to stop, errors as sentences."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

TOPIC = "kanvas"  # one topic for all jobs: the scheduler keeps every topic for ever
EVENT_EVERY = 0.1  # seconds between reports of one stage
OURS = ("datasets", "kan_core", "symbolic")  # packages whose errors are written for the user

Plain = dict[str, Any]
Emit = Callable[..., None]
Stopped = Callable[[], bool]
Task = Callable[..., Plain]

_stopped: set[str] = set()


class Interrupted(Exception):  # noqa: N818 - not an error: its owner asked for it
    """Leaves a task whose owner has stopped it."""


def run(task: Task, job: str, arguments: tuple[Any, ...]) -> Plain:
    """Runs a task for `jobs.Pool`; errors meant for the user come back as one sentence."""
    from distributed import get_worker

    worker = get_worker()
    last: Plain = {"stage": "", "time": 0.0}

    def emit(**event: Any) -> None:
        # A fit has hundreds of steps a second: of those within one stage only some are worth a message.
        stage, now = event.get("stage", ""), time.monotonic()
        if stage != last["stage"] or now - last["time"] > EVENT_EVERY:
            last.update(stage=stage, time=now)
            worker.log_event(TOPIC, {"job": job, "event": event})

    worker.log_event(TOPIC, {"job": job, "event": {}})
    try:
        return {"result": task(*arguments, emit, lambda: job in _stopped)}
    except Interrupted:
        return {"stopped": True}
    except (ValueError, RuntimeError) as error:
        if type(error).__module__.split(".")[0] not in OURS:
            raise
        return {"error": str(error)}
    finally:
        _stopped.discard(job)


def stop(job: str) -> None:
    """Tells the task of a job, if this worker has it, to end between two steps."""
    _stopped.add(job)


def warm_plugin() -> Any:
    """A plugin that makes each worker, replacements too, import the heavy packages before the first job."""
    from distributed import WorkerPlugin

    class Warm(WorkerPlugin):
        def setup(self, worker: Any) -> None:  # noqa: ARG002 - the name is dask's
            threading.Thread(target=warm, daemon=True).start()

    return Warm()


def warm() -> None:
    """Imports what every task needs, and keeps torch to one thread: the networks are small and the workers several."""
    import torch

    torch.set_num_threads(1)
    import datasets  # noqa: F401
    from symbolic import discover, law_from_network, suggest  # noqa: F401

"""The time that a search may take: a deadline that every long loop beneath it looks at."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

now: Callable[[], float] = time.perf_counter  # a benchmark on a busy machine puts `time.process_time` here

_DEADLINE: ContextVar[float] = ContextVar("deadline", default=math.inf)


@contextmanager
def until(deadline: float) -> Iterator[None]:
    """Within this block, in this thread, time is up at a reading of `now()`, or before where it was so.

    >>> with until(now() - 1.0):
    ...     late()
    True
    >>> late()
    False
    """
    token = _DEADLINE.set(min(deadline, _DEADLINE.get()))
    try:
        yield
    finally:
        _DEADLINE.reset(token)


def left() -> float:
    """Seconds until time is up; infinite where nobody has set an end."""
    return _DEADLINE.get() - now()


def late() -> bool:
    """Whether time is up: what is at hand has to do."""
    return left() < 0


def in_time(_: object = None) -> bool:
    """Answer of a fit's `on_step`: goes on until time is up."""
    return not late()

"""Gives memory back while the server runs: what visitors who left had, and what lay between."""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
import time

EVERY = 15.0  # seconds
ARENAS, M_ARENA_MAX = 2, -8  # of glibc's allocator; each thread would take one of its own, and every run is a thread


def start() -> None:
    """Tidies from now on, in the background."""
    _call("mallopt", M_ARENA_MAX, ARENAS)
    threading.Thread(target=_tidy, name="tidy", daemon=True).start()


def _tidy() -> None:
    while True:
        time.sleep(EVERY)
        gc.collect()
        _call("malloc_trim", 0)


def _call(function: str, *arguments: int) -> None:
    """A function of the C library, where it is glibc: others have neither the trouble nor the cure."""
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), function):
        getattr(libc, function)(*arguments)

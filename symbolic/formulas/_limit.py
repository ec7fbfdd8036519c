"""SymPy under a time limit: slow rewriting happens in a process of its own, which is ended when time is up."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sympy as sp

from symbolic._clock import left
from symbolic.formulas._tree import from_tree, to_tree

Task = Callable[[list[sp.Expr]], Any]

_TASKS: dict[str, Task] = {}


def task(function: Task) -> Task:
    """Register a function of a list of expressions, with a JSON-able result, to be run by `within`."""
    _TASKS[function.__name__] = function
    return function


class _Helper:
    """The helper process: started on the first use, kept for the next, ended with the program."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.process: subprocess.Popen[str] | None = None

    def ask(self, name: str, exprs: list[sp.Expr], seconds: float) -> Any:
        with self.lock:
            if self.process is None or self.process.poll() is not None:
                self.stop()
                self.process = _started()
            process = self.process
            assert process.stdin is not None
            assert process.stdout is not None
            timer = threading.Timer(seconds, process.kill)
            timer.start()
            try:
                process.stdin.write(json.dumps([name, [to_tree(expr) for expr in exprs]]) + "\n")
                process.stdin.flush()
                answer = process.stdout.readline()
            except BrokenPipeError:
                answer = ""
            finally:
                timer.cancel()
            if not answer:  # killed, or died of what it was given
                self.stop()
                return None
            return json.loads(answer)

    def stop(self) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue


def _started() -> subprocess.Popen[str]:
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(
        [sys.executable, "-c", "from symbolic.formulas._limit import serve; serve()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )


_HELPER = _Helper()
atexit.register(_HELPER.stop)


def within(seconds: float, function: Task, exprs: list[sp.Expr]) -> Any:
    """Return what a registered task makes of the expressions, or None where it fails or takes longer than that.

    The same once time is up for the whole search. The helper process takes about a second to start; that is part of
    the first call's time.
    """
    seconds = min(seconds, left())
    if seconds <= 0:
        return None
    return _HELPER.ask(function.__name__, exprs, seconds)


def serve() -> None:
    """Answer tasks, one line of JSON each, until the input ends."""
    import symbolic.formulas._canonical
    import symbolic.formulas._same  # noqa: F401 - these register their tasks

    for line in sys.stdin:
        name, trees = json.loads(line)
        try:
            result = _TASKS[name]([from_tree(tree) for tree in trees])
        except Exception:  # noqa: BLE001 - SymPy raises of every kind; a failed rewrite is no answer
            result = None
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()

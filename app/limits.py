"""What whoever runs the server may set, by environment variables; `python -m app --help` prints this list."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

MIB = 2**20


class LimitsError(ValueError):
    """A variable of the environment cannot be read; the message says how it should look."""


def _private_folder() -> str:
    owner = os.getuid() if hasattr(os, "getuid") else "work"
    return str(Path(tempfile.gettempdir()) / f"kanvas-{owner}")


@dataclass(frozen=True)
class Limits:
    """Defaults that suit a small public server. A field `workers` is set by KANVAS_WORKERS, and so on."""

    scheduler: str = ""
    workers: int = min(2, os.cpu_count() or 1)
    memory: int = 2048
    running: int = 2
    waiting: int = 4
    queue: int = 100
    seconds: int = 900
    autosave: str = _private_folder()
    autosave_days: int = 7
    autosave_each: int = 50
    autosave_all: int = 2048


MEANING = {
    "scheduler": "address of an existing dask cluster, tls://… or tcp:// on this machine; none: workers of our own",
    "workers": "worker processes of our own, each with one thread",
    "memory": "MiB that one of them may take before it is ended and its job lost",
    "running": "jobs of one visitor that run at the same time",
    "waiting": "jobs of one visitor that may wait",
    "queue": "jobs of all visitors that may wait",
    "seconds": "after which a job is ended",
    "autosave": "folder in which visitors' work survives a reload; off: nowhere",
    "autosave_days": "that work nobody came back to is kept",
    "autosave_each": "MiB kept of one visitor's work; the oldest acts go first",
    "autosave_all": "MiB kept of all; the work left longest goes first",
}


def name(field: str) -> str:
    """The variable that sets a field."""
    return f"KANVAS_{field.upper()}"


def read(environment: Mapping[str, str]) -> Limits:
    """The limits an environment asks for. Raises LimitsError.

    >>> read({"KANVAS_WORKERS": "4"}).workers
    4
    """
    asked: dict[str, Any] = {}
    for field in fields(Limits):
        text = environment.get(name(field.name), "").strip()
        if text:
            asked[field.name] = text if field.type == "str" else _positive(name(field.name), text)
    return Limits(**asked)


@cache
def limits() -> Limits:
    """The limits of this process."""
    return read(os.environ)


def table() -> str:
    """Every variable with its meaning and default."""
    rows = [(name(f.name), MEANING[f.name], f.default or "none") for f in fields(Limits)]
    return "\n".join(f"  {variable:<22}{meaning} (default: {default})" for variable, meaning, default in rows)


def _positive(variable: str, text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 10**9:
        raise LimitsError(f"{variable} should be a whole number above zero, such as 2; it is {text!r}.")
    return int(text)

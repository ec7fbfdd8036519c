"""Visitors' work in a private folder of the server, so that a reload or a dropped connection loses nothing.

A piece of work has a folder of its own, named by hashes of two secrets: the browser's cookie and the token in its
address. What acts share (the data, a network left as it was) is one file, named by its content.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import shutil
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from app.kept import archive
from app.kept.archive import ArchiveError
from app.limits import MIB, Limits, limits

VERSION = 1  # of what the page keeps; raised when what an act holds changes
STATE = "state.json"
SWEEP_EVERY = 600  # seconds between two looks for work to throw away
TOKEN = 16  # bytes of secret

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """One act: its number, the act it followed, its name, and what was there afterwards, part by part."""

    id: int
    before: int | None
    name: str
    work: dict[str, Any]


@dataclass(frozen=True)
class Saved:
    """All that is kept of a visitor: acts, which of them is shown, settings, and the job under way."""

    acts: tuple[Entry, ...]
    at: int
    settings: dict[str, Any]
    job: str | None = None
    when: float = 0.0

    def same(self, other: Saved | None) -> bool:
        """Whether there is nothing new since the other; acts do not change once they are made."""
        return other is not None and self._mark() == other._mark()

    def _mark(self) -> tuple[Any, ...]:
        return [one.id for one in self.acts], self.at, self.settings, self.job


@dataclass
class Place:
    """Where one piece of work is kept."""

    store: Store
    browser: str
    token: str
    last: Saved | None = None
    files: dict[int, tuple[Any, str]] = field(default_factory=dict)  # by identity: what has its file already
    waiting: Saved | None = None

    @property
    def folder(self) -> Path:
        return self.store.folder / _hash(self.browser or "open") / _hash(self.token)

    def keep(self, saved: Saved) -> None:
        """Writes behind the page's back; of several states that wait, only the newest."""
        if saved.same(self.last):
            return
        idle, self.last, self.waiting = self.waiting is None, saved, saved
        if idle:
            self.store.hands.submit(self._write)

    def load(self) -> Saved | None:
        """What was kept here, or None."""
        try:
            saved = _read(self.folder)
        except (OSError, ArchiveError, ValueError, KeyError, TypeError) as error:
            if not isinstance(error, FileNotFoundError):
                log.warning("Saved work cannot be read: %s", error)
            return None
        os.utime(self.folder / STATE)
        return saved

    def _write(self) -> None:
        saved, self.waiting = self.waiting, None
        assert saved is not None
        try:
            self.files = _write(self.folder, saved, self.files, self.store.limits.autosave_each * MIB)
            self.store.sweep()
        except (OSError, ArchiveError) as error:
            log.warning("Work cannot be saved: %s", error)


class Store:
    """The folder of everybody's work. Raises OSError where it cannot be private."""

    def __init__(self, folder: Path, bounds: Limits) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
        if hasattr(os, "getuid") and (found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077):
            raise OSError(f"{folder} can be read by others; name another folder in KANVAS_AUTOSAVE, or remove it.")
        self.folder, self.limits, self.hands = folder, bounds, ThreadPoolExecutor(1, "autosave")
        self._swept = 0.0

    def new(self, browser: str) -> Place:
        return Place(self, browser, secrets.token_urlsafe(TOKEN))

    def sweep(self, every: float = SWEEP_EVERY) -> None:
        """Throws away what is too old, and the work left longest where all of it is too large."""
        now = time.time()
        if now - self._swept < every:
            return
        self._swept = now
        left = sorted(self.folder.glob(f"*/*/{STATE}"), key=_age)
        room = self.limits.autosave_all * MIB
        for state in reversed(left):
            room -= sum(_size(file) for file in state.parent.iterdir())
            if room < 0 or now - _age(state) > self.limits.autosave_days * 86_400:
                shutil.rmtree(state.parent, ignore_errors=True)


@cache
def store() -> Store | None:
    """The store of this process; None where it is turned off or has no private place."""
    bounds = limits()
    if bounds.autosave == "off":
        return None
    try:
        return Store(Path(bounds.autosave), bounds)
    except OSError as error:
        log.warning("Nothing is saved: %s", error)
        return None


def _write(folder: Path, saved: Saved, known: dict[int, tuple[Any, str]], room: int) -> dict[int, tuple[Any, str]]:
    """Writes what has no file yet and drops what is no longer needed; returns the files now there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files: dict[int, tuple[Any, str]] = {}
    sizes: dict[str, int] = {}

    def put(value: Any) -> dict[str, Any]:
        if value is None or isinstance(value, bool | int | float | str):
            return {"value": value}
        entry = files.get(id(value)) or known.get(id(value)) or (value, _store(folder, value))
        files[id(value)] = entry
        sizes[entry[1]] = _size(folder / entry[1])
        return {"file": entry[1]}

    settings = put(saved.settings)
    acts: dict[int, dict[str, Any]] = {}
    # The act shown counts first, then the newest: where there is no room for all, the oldest are left out.
    for i in (saved.at, *(i for i in reversed(range(len(saved.acts))) if i != saved.at)):
        one = saved.acts[i]
        work = {name: put(value) for name, value in one.work.items()}
        if acts and sum(sizes.values()) > room:
            break
        acts[i] = {"id": one.id, "before": one.before, "name": one.name, "work": work}
    kept = sorted(acts)
    state = {
        "version": VERSION,
        "settings": settings,
        "acts": [acts[i] for i in kept],
        "at": kept.index(saved.at),
        "job": saved.job,
    }
    _replace(folder / STATE, json.dumps(state, ensure_ascii=False).encode())
    used = {entry["file"] for act in acts.values() for entry in act["work"].values() if "file" in entry}
    for file in folder.iterdir():
        if file.name not in used | {STATE, settings["file"]}:
            file.unlink(missing_ok=True)
    return {key: entry for key, entry in files.items() if entry[1] in used}


def _read(folder: Path) -> Saved:
    state = json.loads((folder / STATE).read_text(encoding="utf-8"))
    if state["version"] != VERSION:
        raise ArchiveError(f"it is of version {state['version']}, and only {VERSION} can be read")

    @cache
    def file(name: str) -> Any:  # once each, so that acts share again what they shared
        return archive.decode((folder / Path(name).name).read_bytes())

    def get(entry: dict[str, Any]) -> Any:
        return file(entry["file"]) if "file" in entry else entry["value"]

    acts = tuple(
        Entry(one["id"], one["before"], one["name"], {name: get(part) for name, part in one["work"].items()})
        for one in state["acts"]
    )
    settings = get(state["settings"])
    return Saved(acts, state["at"], settings, state["job"], _age(folder / STATE))


def _store(folder: Path, value: Any) -> str:
    content = archive.encode(value)
    name = f"{hashlib.sha256(content).hexdigest()[:32]}.npz"
    if not (folder / name).exists():
        _replace(folder / name, content)
    return name


def _replace(path: Path, content: bytes) -> None:
    beside = path.with_suffix(".new")
    beside.write_bytes(content)
    beside.replace(path)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()[:32]


def _size(path: Path) -> int:
    return path.stat().st_size


def _age(path: Path) -> float:
    return path.stat().st_mtime

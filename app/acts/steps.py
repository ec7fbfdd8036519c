"""What the buttons do. Each act starts a job or adds to the history; what goes wrong becomes one sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import fields, replace
from functools import wraps
from typing import Any

from app import visit
from app.data import sources
from app.data.settings import SettingError
from app.jobs import Job, JobError
from app.kept.work import Work
from app.session import Session
from app.tasks import law_tasks, network_tasks
from app.tasks.film import continued
from app.workers.worker import Task

MOST_NODES = 1000  # of a layer

LOCKS_GONE = (
    "The network is a new one: the lock{1} on {0} edge{1} of the one before went with it. Undo brings both back."
)
FITS = (network_tasks.train, network_tasks.go_on, network_tasks.resume)
STAGE_OF = {**dict.fromkeys(FITS, "train"), network_tasks.prune: "prune"}
_FIELDS = {one.name for one in fields(Work)}


def told(act: Callable[..., None]) -> Callable[..., None]:
    """Turns an error meant for the user into the session's message; everything else stays as it was."""

    @wraps(act)
    def tell(s: Session, *arguments: Any) -> None:
        from datasets import DataError, FormulaError

        s.say()
        try:
            act(s, *arguments)
        except (DataError, FormulaError, JobError, SettingError) as error:
            s.say(str(error))

    return tell


@told
def take_data(s: Session) -> None:
    """Loads what the data panel shows."""
    load(s)


@told
def try_chosen_law(s: Session) -> None:
    """Loads a law of the catalogue and starts looking for it."""
    s.choose_law(s.law_to_try or s.entry)
    load(s)
    start(s, network_tasks.discover, s.budget)


@told
def discover(s: Session) -> None:
    """From data to law in one go."""
    _take_what_is_shown(s)
    s.wish = None
    start(s, network_tasks.discover, s.budget)


@told
def train(s: Session) -> None:
    """Fits a fresh network of the shape in the train panel."""
    options = {
        "widths": read_widths(s.widths),
        "grids": whole_numbers(s.grids, "Grid", "5, 10"),
        "steps": s.steps,
        "seed": s.start,
        "sparsity": s.sparsity,
        "restarts": s.restarts,
        "basis": s.basis,
    }
    start(s, network_tasks.train, options)


@told
def prune(s: Session) -> None:
    """Removes what the network can do without."""
    start(s, network_tasks.prune, s.work.model, s.tolerance, s.work.locked)


@told
def use(s: Session, name: str) -> None:
    """Names the selected edge."""
    start(s, network_tasks.name_edge, s.work.model, s.edge, name)


@told
def remove(s: Session) -> None:
    """Removes the selected edge."""
    start(s, network_tasks.remove_edge, s.work.model, s.edge)


def stop(s: Session) -> None:
    """Ends what is running; what was there before stays. A second click finds nothing to end, and says nothing."""
    if s.work_job:
        s.work_job.cancel()
        s.work_job = None
        s.say(note="Cancelled. What you had before is kept.")


@told
def finish(s: Session) -> None:
    """Ends a search with the best law it has, or with the one that was chosen."""
    if s.work_job:
        s.work_job.finish()


def rank(s: Session) -> list[dict[str, Any]] | None:
    """The candidates for the selected edge, or None while a worker ranks them. Raises JobError where none can."""
    if s.edge is None or s.work.model is None:
        return []
    wanted = (s.act.id, s.edge)
    if wanted not in s.candidates and s.ranking != wanted:
        if s.look_job:
            s.look_job.cancel()
            s.look_job = s.ranking = None
        s.look_job, s.ranking = submit(network_tasks.suggest, s.work.dataset, s.work.model, s.edge, s.own), wanted
    return s.candidates.get(wanted)


def collect(s: Session) -> None:
    """Takes over what the jobs have finished."""
    if s.look_job and s.look_job.snapshot().over:
        done, s.look_job = s.look_job.snapshot(), None
        if done.state == "cancelled":
            s.ranking = None  # nobody but the connection ends it: it is asked for again
        elif s.ranking:
            s.candidates[s.ranking] = done.result["candidates"] if done.result else []
            s.rows_seen[s.ranking] = done.result["points"] if done.result else []
        s.say(done.error or (done.result or {}).get("complaint") or s.message, s.note)
    if s.work_job and s.work_job.snapshot().over:
        done, job, s.work_job = s.work_job.snapshot(), s.work_job, None
        note = ""
        if done.result:
            held = len(s.work.locked)
            _take_over(s, job, done.result)
            note = done.result.get("note", "")
            if held and not s.work.locked:
                note = f"{note} {LOCKS_GONE.format(held, 's' * (held != 1))}".strip()
        lost = "The page lost its connection and the work was cancelled. What you had before is kept."
        s.say(done.error or "", lost if done.state == "cancelled" else note)


def whole_numbers(text: str, name: str, example: str) -> list[int]:
    """Reads "2, 5, 1"; raises SettingError with the example."""
    parts = text.replace("[", "").replace("]", "").replace(",", " ").split()
    if not parts or not all(part.isdecimal() and 0 < int(part) < 1000 for part in parts):
        raise SettingError(f"{name} should be whole numbers such as {example}; it is {text!r}.")
    return [int(part) for part in parts]


def read_widths(text: str) -> list[Any]:
    """Reads "2, (3, 1), 1", where a pair counts sum and product nodes, the latter also as a tuple of their arities.

    Raises SettingError with an example.
    """
    try:
        found = json.loads("[" + re.sub(r",\s*\]", "]", text.replace("(", "[").replace(")", "]")) + "]")
    except (ValueError, RecursionError):
        found = []
    if len(found) == 1 and isinstance(found[0], list) and not _is_width(found[0]):
        found = found[0]  # the whole list in brackets
    if not found or not all(_is_width(w) for w in found):
        raise SettingError(
            f"Widths should be whole numbers such as 2, 5, 1, or pairs such as (3, 1) or (1, (3, 2)); it is {text!r}."
        )
    return [w if isinstance(w, int) else (w[0], w[1] if isinstance(w[1], int) else tuple(w[1])) for w in found]


def _is_width(entry: Any) -> bool:
    def whole(value: Any) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_NODES

    if not isinstance(entry, list):
        return whole(entry) and entry > 0
    if len(entry) != 2 or not whole(entry[0]):
        return False
    products = entry[1]
    some = [products] if whole(products) else products
    return isinstance(some, list) and bool(some) and all(whole(k) for k in some) and entry[0] + sum(some) > 0


def load(s: Session) -> None:
    """Loads what the data panel shows, and widths that suit it. Raises DataError or FormulaError."""
    work, widths = sources.load(s)
    s.push(f"Data: {work.title}", work)
    s.passed_over = None
    s.widths = ", ".join(str(w).replace(",)", ")") for w in widths)


def _take_what_is_shown(s: Session) -> None:
    # In the data panel the data seen are the data meant, loaded or not; but those of a project that was opened since.
    if s.stage == "data" and sources.seen(s) not in (s.work.source, s.passed_over):
        load(s)


def start(s: Session, task: Task, *arguments: Any) -> None:
    """Starts a task on the present data, unless one is under way."""
    if s.work_job and not s.work_job.snapshot().over:
        return
    s.later = None
    s.work_job = submit(task, s.work.dataset, *arguments, quick=False)


def submit(task: Task, *arguments: Any, quick: bool = True) -> Job:
    """A job for the workers; a quick one comes before what else the visitor waits for."""
    return visit.pool().submit(task, *arguments, owner=visit.owner(), quick=quick)


def _take_over(s: Session, job: Job, result: dict[str, Any]) -> None:
    if job.task in (network_tasks.go_on, network_tasks.resume):
        result = continued(s.work.losses, result)
    changes = {"paused": None, **{key: value for key, value in result.items() if key in _FIELDS}}
    s.push(result["act"], replace(s.work, **changes))
    if job.task in FITS:
        s.film = s.act.id
    if job.task is law_tasks.opened:
        s.passed_over = sources.seen(s)
    s.stage = "law" if s.work.law else STAGE_OF.get(job.task, s.stage)
    s.select(s.later)

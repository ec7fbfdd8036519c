"""What the buttons of the train and name panels do beyond training, naming and removing."""

from __future__ import annotations

from dataclasses import replace

from app.acts.steps import FITS, start, told, train
from app.session import Session
from app.tasks import network_tasks
from app.tasks.picture import titles


@told
def go_on(s: Session, steps: int = 0, finer: bool = False) -> None:
    """Fits the network further from where it is: so many steps, or as many as the panel says; or with finer grids."""
    start(s, network_tasks.go_on, s.work.model, {"steps": steps or s.steps, "finer": finer})


@told
def resume(s: Session) -> None:
    """Takes a fit that was paused to its end, with the steps, grids and sparsity that it still had before it."""
    start(s, network_tasks.resume, s.work.model, s.work.paused)


def retrain(s: Session) -> None:
    """Trains at once with what the panel says now; a fit that is still under way gives way."""
    if s.work_job and s.work_job.task in FITS:
        s.work_job.cancel()
        s.work_job = None
    train(s)


def lock(s: Session, edge: str) -> None:
    """Locks an edge, or unlocks it; what is known of its candidates stays known."""
    held = edge in s.work.locked
    locked = [one for one in s.work.locked if one != edge] if held else [*s.work.locked, edge]
    before = s.act.id
    s.push(f"{'Unlock' if held else 'Lock'} {titles(s.work.picture or {})[edge]}", replace(s.work, locked=locked))
    s.candidates |= {(s.act.id, one): rows for (act, one), rows in s.candidates.items() if act == before}
    s.rows_seen |= {(s.act.id, one): rows for (act, one), rows in s.rows_seen.items() if act == before}


def try_own(s: Session) -> None:
    """Ranks the functions of the selected edge anew, the user's own among them."""
    s.candidates.pop((s.act.id, s.edge or ""), None)
    s.ranking = None

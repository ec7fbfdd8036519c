"""Opening what was taken away: a project file, a link."""

from __future__ import annotations

from dataclasses import replace

from app.acts.steps import load, submit, told
from app.data import sources
from app.out import link, project
from app.session import Session
from app.tasks import law_tasks


def open_project(s: Session) -> None:
    """Puts a project file's history in the place of the present one."""
    from datasets import DataError
    from symbolic import SymbolicError

    upload = s.chosen("project")
    if upload is None or s.work_job is not None:
        return
    content = upload.getvalue()
    try:
        found = project.from_bytes(content)
    except (DataError, SymbolicError, project.ProjectError) as error:
        s.say(f"{upload.name} cannot be opened. {error}")
        return
    if found is None:  # written by `python -m symbolic`: its picture is drawn in a worker
        s.work_job = submit(law_tasks.opened, content)
        return
    acts, at = found
    # Numbers of their own: what the page remembers of an act is kept by its number.
    first = max(act.id for act in s.acts) + 1
    ids = {act.id: first + k for k, act in enumerate(acts)}
    s.acts = tuple(
        replace(act, id=ids[act.id], before=None if act.before is None else ids.get(act.before)) for act in acts
    )
    s.go(at)
    s.stage = "law" if s.work.law else "data"
    _set(s, link.known(s.work.source))
    s.passed_over = sources.seen(s)
    s.say(note=f"Opened {upload.name}: {len(acts)} acts.")


def follow(s: Session, address: str | None) -> None:
    """Takes the settings of the link that the page was opened with, once, and loads its data; nothing is started."""
    if address is not None and address != s.link:
        s.link = address
        _follow(s, address)


@told
def _follow(s: Session, address: str) -> None:
    settings = link.decode(address)
    before = {name: getattr(s, name) for name in settings}
    try:
        _set(s, settings)
        if "kind" in settings and sources.source(s) != s.work.source:
            widths = s.widths
            load(s)
            s.widths = settings.get("widths", widths)
    except ValueError:
        _set(s, before)
        raise
    if "kind" not in settings:
        s.say(note="The link's settings are set. Its data were a table, which a link does not carry: upload it.")


def _set(s: Session, settings: dict[str, object]) -> None:
    for name, value in settings.items():
        setattr(s, name, value)

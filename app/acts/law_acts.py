"""What the buttons of the law panel do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.acts.steps import submit, told
from app.data.settings import SettingError
from app.session import Session
from app.tasks import law_tasks


def adopt(s: Session, number: int | None) -> None:
    """Makes a law of the front the law; all it takes was worked out when it was found."""
    front = (s.work.law or {}).get("front", [])
    if number is not None and 0 <= number < len(front):
        take(s, front[number])


def grant(s: Session) -> None:
    """Adopts the law that was chosen while the search was under way, now that it has ended."""
    if s.wish is not None and s.work_job is None:
        front = (s.work.law or {}).get("front", [])
        adopt(s, next((i for i, one in enumerate(front) if one["text"] == s.wish), None))
        s.wish = None


def take(s: Session, rival: dict[str, Any], evidence: str | None = None) -> None:
    """Adds the act that makes a rival the law; the others of the front stay beside it."""
    now = s.work.law or {}
    if rival["text"] == now.get("text"):
        return
    reasons = [evidence] if evidence else now.get("evidence", [])
    law = {
        **rival["law"],
        "front": now.get("front", []),
        "others": now.get("others", []),
        "evidence": reasons,
        "seconds": now.get("seconds"),
    }
    # A law that no network of ours has the shape of is shown beside the network that there was.
    drawn = {**rival["drawn"], "locked": [], "paused": None} if rival["drawn"] else {}
    s.push(f"Adopt {rival['text']}", replace(s.work, law=law, frames=[], **drawn))


@told
def compare(s: Session) -> None:
    """Fits the formula of the user's own in a worker."""
    from datasets import parse_formula

    if not s.hypothesis.strip():
        raise SettingError("There is no formula yet: type one, such as c*x^p.")
    parse_formula(s.hypothesis)
    if s.work.law is not None:
        s.asked = (s.act.id, s.hypothesis)
        s.ask_job = submit(law_tasks.compare, s.work.dataset, s.work.law["law"], s.hypothesis)


def collect(s: Session) -> None:
    """Takes over the answer to a comparison."""
    if s.ask_job and s.ask_job.snapshot().over:
        done, s.ask_job = s.ask_job.snapshot(), None
        if s.asked and done.result:
            s.answers = {s.asked: done.result}  # one is enough: it is quickly asked again
        if done.error:
            s.say(done.error)


def adopt_answer(s: Session) -> None:
    """Makes the user's formula the law."""
    answer = s.answers.get((s.act.id, s.hypothesis))
    if answer:
        take(s, answer["rival"], "This formula was typed, and fitted to the rows that are learned from.")

"""A job from its rows to its score, as a worker runs it."""

from __future__ import annotations

from typing import Any

from benchmarks.recovery.child import OVER, ask
from benchmarks.recovery.judge import LEAST_R2, SECONDS, SRBENCH, STRICT
from benchmarks.recovery.problems import Job
from benchmarks.recovery.results import Row
from benchmarks.recovery.search import question

GRACE, START = 6.0, 60.0  # a search is ended after so many budgets (of a busy machine's seconds) and so many to start


def solve(job: Job) -> Row:
    """Searches, then scores the single law that came back; whatever takes too long counts as not solved."""
    limit = GRACE * job.budget + START
    found = ask("benchmarks.recovery.search", question(job), limit)
    if "failed" in found:
        late = found["failed"] == OVER
        why = f"was ended after {limit:.0f} s" if late else found["failed"]
        return row(job, {"seconds": limit} if late else {}, {}, why)
    if found["law"] is None:
        return row(job, found, {}, found["why"])
    return row(job, found, judged(job, found))


def judged(job: Job, found: dict[str, Any]) -> dict[str, bool | str]:
    """The verdict of each criterion; why there is none, where there is none."""
    verdicts: dict[str, bool | str] = {}
    for criterion in (STRICT, SRBENCH):
        if criterion == SRBENCH and (job.ranges != "uniform" or not found["miss"] < 1 - LEAST_R2):
            continue  # its rounding drops constants below 1e-4, of which nature has many
        parts = {key: found[key] for key in ("truth", "law", "ranges")}
        said = ask("benchmarks.recovery.judge", {"criterion": criterion, **parts}, SECONDS[criterion])
        verdicts[criterion] = said["same"] if "same" in said else said["failed"]
    return verdicts


def row(job: Job, found: dict[str, Any], verdicts: dict[str, bool | str], why: str | None = None) -> Row:
    """What is kept of a job."""
    strict = verdicts.get(STRICT) is True
    srbench = None if job.ranges != "uniform" else verdicts.get(SRBENCH) is True
    return Row(
        law=job.law,
        noise=job.noise,
        ranges=job.ranges,
        units=job.units,
        seed=job.seed,
        budget=job.budget,
        rows=job.rows,
        strict=strict,
        srbench=srbench,
        status=found.get("status", ""),
        miss=found.get("miss"),
        seconds=found.get("seconds"),
        wall=found.get("wall"),
        size=found.get("size"),
        found=found.get("text", ""),
        truth=found.get("truth_text", ""),
        why=reason(found, verdicts) if why is None else why,
    )


def reason(found: dict[str, Any], verdicts: dict[str, bool | str]) -> str:
    """Why a law that was returned is not the one looked for; empty where it is."""
    if verdicts.get(STRICT) is True:
        return "but SRBench's scorer does not see it" if verdicts.get(SRBENCH) is False else ""
    late = [criterion for criterion, verdict in verdicts.items() if isinstance(verdict, str)]
    if late:
        return f"the {' and the '.join(late)} criterion did not decide in time"
    if verdicts.get(SRBENCH) is True:
        return "the law but for a constant or digits"
    if not found["miss"] < 1 - LEAST_R2:
        return f"explains too little: 1 − R² = {found['miss']:.2g}"
    if found["miss"] < 1e-6:
        return f"another formula of nearly the same values: 1 − R² = {found['miss']:.1g}"
    return f"another formula: 1 − R² = {found['miss']:.2g}"

"""One search of a table: formulas that need no network first, then networks, until the matter is settled."""

from __future__ import annotations

from dataclasses import replace

from symbolic._clock import until
from symbolic._errors import SymbolicError
from symbolic.laws._law import Discovery
from symbolic.networks._from_network import FITTED_ROWS, settle
from symbolic.networks._structures import structures
from symbolic.search._course import SEARCHING, Cancelled, Course
from symbolic.search._findings import Found, measured_numbers
from symbolic.search._formulas import propose
from symbolic.search._networks import fit_and_name

LAST_ROWS = 20_000  # that settle the numbers of the law that is returned


def search(course: Course) -> Discovery:
    """Looks for a law, light structures before heavy ones, and returns the best with all that is said of it."""
    try:
        with until(course.at(SEARCHING)):
            course.say("data", f"{len(course.rows.y)} rows, inputs {', '.join(course.rows.names)}")
            propose(course)
            for level in structures(len(course.rows.names)):
                if course.findings.settled or course.late:
                    break
                fit_and_name(course, level)
    except Cancelled:
        course.evidence.append("The search was stopped before it was finished.")
    with until(course.at(1.0)):
        return _discovery(course)


def _discovery(course: Course) -> Discovery:
    findings = course.findings
    if findings.left_out:
        course.evidence.append(findings.left_out)
    if not findings.found:
        return Discovery(None, (), "none", tuple(course.evidence), course.elapsed)
    best = _refitted(course, findings.best)
    reasons, status = findings.reasons(best), findings.status(best)
    heard = [said for said in course.evidence if said != course.weighed or status != "exact"]  # there is no scatter
    evidence = (*heard, *reasons) if best.law.expr.free_symbols else tuple(reasons)
    front = findings.front()
    others = tuple(found.law for found in findings.found if not any(found.law is one for one in front))
    return Discovery(best.law, front, status, evidence, course.elapsed, best.model, others)


def _refitted(course: Course, best: Found) -> Found:
    """The best law with its numbers fitted to more rows than those that chose it, where there are more and time."""
    law, rows = best.law, len(course.rows.part("train", "validation")[1])
    if rows <= FITTED_ROWS or measured_numbers(law) == 0 or course.late:
        return best
    try:
        reading = settle(law.expr, course.rows, law.provenance, most=LAST_ROWS)
    except SymbolicError:
        return best
    found = replace(best, reading=replace(reading, law=replace(reading.law, law_vs_network=law.law_vs_network)))
    course.findings.exchange(best, found)
    return found

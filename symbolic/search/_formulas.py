"""The first part of a search: formulas that need no network, each settled as a law where it is better or plainer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import sympy as sp

from symbolic import _clock
from symbolic._errors import SymbolicError
from symbolic.fitting._noise import growing
from symbolic.formulas._complexity import complexity
from symbolic.formulas._text import identifiers
from symbolic.laws._law import make_variables
from symbolic.networks._from_network import drawn, settle
from symbolic.search._course import Course
from symbolic.search._findings import BITS_PER_NODE, measured_numbers
from symbolic.stages._stages import solve
from symbolic.stages._task import EXACT, Candidate, Task, numbers
from symbolic.surrogates._choice import BLURRED
from symbolic.units._dimensions import by_constants, by_units, remarks
from symbolic.units._law_units import gathered

PROPOSING = 0.7  # of the budget: the most that formulas without networks may take
PATIENCE, _PER_NUMBER = 0.25, 0.1  # of the budget: for a plainer law, once one leaves nothing but noise, and
_FEW_NUMBERS = 2  # for each number that it has beyond so many: the more there are, the likelier is a plainer law
PROPOSED_ROWS = 6000  # that are looked at
_DOUBT, _MOST_DOUBT = 0.5, 0.1  # doubt about a number near 1, in units of the noise, and the most there may be
SLACK = 15.0  # bits that a formula may cost more than the best before it to be settled


def propose(course: Course) -> None:
    """Formulas stage by stage: each that is better or plainer than what is known becomes a law."""
    deadline, task = course.at(PROPOSING), _task(course)
    least = math.inf
    for candidate in _candidates(course, task):
        course.say("train", candidate.reason)
        price = _bits(candidate, len(task.y), task.noise)
        if price < least + SLACK and not course.hints.hopeless(candidate.expr):
            least = min(least, price)
            _settle(course, candidate)
            if course.findings.concluded:
                return
            if course.findings.settled:
                deadline = min(deadline, _clock.now() + _patience(course) * course.budget)
        if _clock.now() > deadline:
            return


def _patience(course: Course) -> float:
    """The share of the budget that is waited for a plainer law than the best so far."""
    return PATIENCE + _PER_NUMBER * max(measured_numbers(course.findings.best.law) - _FEW_NUMBERS, 0)


def _task(course: Course) -> Task:
    """The first problem; rows count by their own errors where these are given, or seen to grow with y."""
    task = _posed(course)
    if course.rows.sigma is None and task.noise > BLURRED:
        values = task.surrogates[0].value(task.X)
        grown = growing(values, task.y - values)
        if grown is not None:
            course.weigh(task.surrogates[0].value, *grown)
            task = _posed(course)
    return task


def _posed(course: Course) -> Task:
    X, y = course.rows.part("train")
    symbols = tuple(sp.Symbol(variable.symbol) for variable in make_variables(course.rows.names))
    noise, hints = course.findings.noise, course.hints
    weight = course.rows.weight("train")
    weight = None if weight is None else weight[:PROPOSED_ROWS]
    task = Task(X[:PROPOSED_ROWS], y[:PROPOSED_ROWS], symbols, noise, course.at(PROPOSING), course.seed, weight=weight)
    task = replace(task, permits=lambda expr: not hints.hopeless(expr), target=identifiers([course.rows.target])[0])
    course.findings.noise = min(noise, task.surrogates[0].error)
    return task.changed(noise=course.findings.noise)


def _candidates(course: Course, task: Task) -> Iterator[Candidate]:
    """Formulas in dimensionless groups first, where units are given; the raw columns stay in the race."""
    if course.units is not None:
        course.evidence += remarks(course.units, task)
        yield from by_units(task, course.units, solve)
    yield from solve(task)
    if course.units is not None:
        yield from by_constants(task, course.units, solve)


def _settle(course: Course, candidate: Candidate) -> None:
    try:
        reading = settle(candidate.expr, course.rows, candidate.reason)
        reading = reading if course.units is None else replace(reading, law=gathered(reading.law))
    except SymbolicError as reason:
        course.evidence.append(f"{candidate.reason} The formula could not be settled: {reason}")
        return
    if candidate.reason not in course.evidence:
        course.evidence.append(candidate.reason)
    reading, model = drawn(reading, course.rows)
    course.say("name", candidate.reason, model)
    course.keep(reading, model)


def _bits(candidate: Candidate, n: int, noise: float) -> float:
    """The description length of a formula whose constants are not settled yet, as short as it may turn out to be."""
    expr = _at_best(candidate.expr, min(_DOUBT * noise, _MOST_DOUBT))
    said = BITS_PER_NODE * complexity(expr) + 0.5 * math.log2(n) * numbers(expr)
    return said + n * math.log2(max(candidate.error, EXACT))


def _at_best(expr: sp.Expr, doubt: float) -> sp.Expr:
    """The formula with numbers as near to ±1 as their errors may be in that place."""
    near = {f: sp.Integer(round(f)) for f in expr.atoms(sp.Float) if abs(abs(f) - 1) < doubt}
    return expr.xreplace(near)

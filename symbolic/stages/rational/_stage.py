"""Three stages of discovery: y, under a link, as a quotient of few terms, of polynomials in columns or curves of them.

Whether there is such a quotient is a linear question with one answer, however many inputs there are. Which terms
it has is decided by fits to y itself and the length of the description.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic.stages._settled import settled
from symbolic.stages._task import Candidate, Solve, Task
from symbolic.stages.additive._links import LINKS, Link
from symbolic.stages.rational._bases import CURVES, ROWS, Basis, bases, levels_of
from symbolic.stages.rational._fit import Quotient, Sparse, dense, monomials, products
from symbolic.stages.rational._written import Hit, reason_for, written

Array = NDArray[np.float64]

_FEWEST, _WIDEST = 30, 6  # rows, columns
_FEW_ROWS = 800  # on which quotients are grown term by term
_SPARE = 40  # rows beside two for each term that show whether a quotient leaves nothing
_NOTHING = 1e-11  # error relative to the spread of y that counts as none
_WITHIN, _DUST = 5.0, 1e-6  # or units of the noise of a part of a problem, and noise beyond which that is none
_MOST_LOUD = 60  # terms under noise
_FLAT = 1.02  # more terms bring a quotient that is the law no further than this
_LOOKED_AT = 1000  # rows under noise that show what kind of quotient there may be
_POSED, _UNDECIDED = 3, 40.0  # kinds of quotients that are stripped under noise, and bits between them
_BEYOND = 1.3  # units of the noise between neighbours, which is no less than the noise
_LOUD = 1e-3  # noise from which on dense quotients have poles where the law has none
_QUIET = 1e-4  # noise below which a quotient that is the law would have been exact
_LONGEST, _SHORT = 12, 6  # terms of a formula, and of one that may come before others are looked for
_TERM, _CURVE, _LINK = 2.0, 10.0, 5.0  # bits of a term, a curve, and a unit of a link's complexity
_SECONDS = 4.0  # of work, the most the stage takes
_TOLD, _NEARLY = 2, 1e-6  # formulas, and their error where there is no noise
_LINKED = ("x", "sqrt", "x^2", "exp", "log", "asin", "acos", "atan", "sin", "tanh")  # 1/y of a quotient is one
_Answer = tuple[float, sp.Expr, Hit, Quotient]


class _Clock:
    """Seconds of this thread's own work, so that a busy machine finds the same formulas; and the task's deadline."""

    def __init__(self, task: Task) -> None:
        self.task, self.end = task, time.thread_time() + _SECONDS / (1 + 2 * task.depth)

    def late(self) -> bool:
        return time.thread_time() > self.end or self.task.left() < 0


def rational(task: Task, solve: Solve) -> Iterator[Candidate]:
    """The short formula y = g(P/Q) that is exact, if there is one."""
    del solve  # nothing smaller is asked for
    if _serves(task):
        clock = _Clock(task)
        hit = _exact(task, clock)
        yield from _told(task, [hit] if hit is not None else [], clock, _SHORT)


def quotients(task: Task, solve: Solve) -> Iterator[Candidate]:
    """Formulas y = g(P/Q) that leave no more than longer ones do: where noise hides which is exact."""
    del solve
    if _serves(task) and task.noise > _QUIET and task.depth <= 1:
        clock = _Clock(task)
        yield from _told(task, _flat(task, clock), clock)


def repaired(task: Task, solve: Solve) -> Iterator[Candidate]:
    """The exact formula y = g(P/Q) of any length, where no stage before has found a plainer one."""
    del solve
    if _serves(task):
        clock = _Clock(task)
        hit = _exact(task, clock)
        yield from _told(task, [hit] if hit is not None else [], clock)


def _serves(task: Task) -> bool:
    n, d = task.X.shape
    return n >= _FEWEST and 1 <= d <= _WIDEST and bool(np.ptp(task.y) > 0)


def _told(task: Task, hits: list[Hit], clock: _Clock, longest: int = _LONGEST) -> Iterator[Candidate]:
    found: list[_Answer] = []
    for hit in hits:
        if not clock.late():
            found += [one for one in _stripped(task, hit, clock) if one[3].terms <= longest]
    for _, expr, hit, quotient in sorted(found, key=lambda one: one[0])[:_TOLD]:
        candidate = settled(task, expr, reason_for(task, hit, quotient))
        if candidate.error <= max(_NEARLY, _BEYOND * task.noise):
            yield candidate


def _questions(task: Task, bases: Iterator[Basis], clock: _Clock) -> Iterator[tuple[Basis, Link, float]]:
    """Bases, links and the sign of y that a link is for."""
    for basis in bases:
        for sign in (1.0, -1.0):
            for link in LINKS:
                if clock.late():
                    return
                if link.name in _LINKED and (sign > 0 or link.mirrored) and link.serves(sign * task.y):
                    yield basis, link, sign


@np.errstate(all="ignore")  # bad quotients overflow, and lose
def _exact(task: Task, clock: _Clock) -> Hit | None:
    """The first kind of quotient that leaves nothing, with the fewest terms."""
    for basis, link, sign in _questions(task, bases(task), clock):
        levels = levels_of(basis, len(task.y))
        # The largest that contain others decide whether there is anything to look for.
        tops = [one for one in levels if not any(o != one and o[1] >= one[1] and o[2] >= one[2] for o in levels)]
        nothing = max(_NOTHING, _dust(task))
        if min((_left(task, basis, link, sign, one) for one in tops), default=math.inf) > nothing:
            continue
        for one in levels:
            left = _left(task, basis, link, sign, one)
            # The largest of all come near to anything smooth.
            if left <= (nothing if one not in tops else _NOTHING / 100):
                return Hit(basis, link, sign, one[1], one[2], left, one[0])
    return None


def _dust(task: Task) -> float:
    """Error relative to the spread of y that says nothing in a part of a problem, worked out from a surrogate."""
    return _WITHIN * task.noise if task.depth > 0 and task.noise < _DUST else 0.0


def _left(task: Task, basis: Basis, link: Link, sign: float, level: tuple[int, int, int]) -> float:
    """What a quotient with every term leaves of as many rows as show that it is not zero."""
    terms, above, below = level
    rows = min(2 * terms + _SPARE, len(task.y))
    values = products(basis.F[:rows], monomials(len(basis.exprs), max(above, below), basis.squareless))
    fitted = dense(values[:, : basis.terms(above)], values[:, : basis.terms(below)], sign * task.y[:rows], link)
    return math.inf if fitted is None else fitted[2] / task.spread


@np.errstate(all="ignore")
def _flat(task: Task, clock: _Clock) -> list[Hit]:
    """Kinds of quotients that leave no more than larger ones do: the ones with the shortest descriptions."""
    n = min(len(task.y), _LOOKED_AT)
    found: list[Hit] = []
    for basis, link, sign in _questions(task, bases(task, CURVES[:1]), clock):
        if found and basis.bent:
            break  # curves are for what the columns themselves do not explain
        levels = [one for one in levels_of(basis, n) if one[0] <= min(_MOST_LOUD, n // 12)]
        highest = max((max(a, b) for _, a, b in levels), default=0)
        exponents = monomials(len(basis.exprs), highest, basis.squareless)
        values, y = products(basis.F[:n], exponents), sign * task.y[:n]
        errors: dict[tuple[int, int, int], float] = {}
        for one in levels:
            error = _without_poles(values[:, : basis.terms(one[1])], values[:, : basis.terms(one[2])], y, link)
            if error is not None:
                errors[one] = error / task.spread
        least = min(errors.values(), default=math.inf)
        for one, error in errors.items():
            wider = any(o != one and o[1] >= one[1] and o[2] >= one[2] for o in errors)
            if error <= _FLAT * least and (wider or error < task.noise):
                hit = Hit(basis, link, sign, one[1], one[2], error, one[0])
                # A polynomial may hide a quotient where noise is loud.
                if not any(h.basis is basis and h.link is link and h.below >= min(one[2], 1) for h in found):
                    found.append(hit)
    if min((hit.left for hit in found), default=math.inf) > _BEYOND * task.noise:
        return []

    def price(hit: Hit) -> float:
        return n * math.log2(hit.left) + _TERM * hit.terms + _CURVE * hit.basis.bent + _LINK * hit.link.complexity

    ranked = sorted(found, key=price)[:_POSED]
    return [hit for hit in ranked if price(hit) <= price(ranked[0]) + _UNDECIDED]


def _without_poles(P: Array, Q: Array, y: Array, link: Link) -> float | None:
    """The error of y that a quotient with every term leaves, where its denominator keeps its sign."""
    for rounds in (1, 3):
        fitted = dense(P, Q, y, link, rounds)
        if fitted is not None:
            below = Q @ fitted[1]
            with np.errstate(all="ignore"):
                r = y - link.value((P @ fitted[0]) / below)
            if ((below > 0).all() or (below < 0).all()) and np.isfinite(r).all():
                return float(np.sqrt(np.sum(r**2) / (len(y) - P.shape[1] - Q.shape[1] + 1)))
    return None


@np.errstate(all="ignore")
def _stripped(task: Task, hit: Hit, clock: _Clock) -> list[_Answer]:
    """The quotient with the terms that it needs."""
    y, basis = hit.sign * task.y[:ROWS], hit.basis
    exponents = monomials(len(basis.exprs), max(hit.above, hit.below), basis.squareless)
    up, down = basis.terms(hit.above), basis.terms(hit.below)
    values, degrees = products(basis.F, exponents), exponents.sum(axis=1)
    search = Sparse(values, degrees, y, hit.link, clock.late, _dust(task))
    found: list[Quotient] = []

    def done() -> bool:
        allowed = max(100 * search.floor, (_FLAT * hit.left * task.spread) ** 2 * len(y))
        return any(one.squares <= allowed and one.terms <= _LONGEST for one in found)

    for rounds in (3, 1):
        fitted = dense(values[:, :up], values[:, :down], y, hit.link, rounds)
        if fitted is not None and not done():
            below = values[:, :down] @ fitted[1]
            if hit.left < _LOUD or (below > 0).all() or (below < 0).all():
                found.append(search.from_dense(up, down, *fitted[:2]))
    if hit.left >= _LOUD and not done():
        few = Sparse(values[:_FEW_ROWS], degrees, y[:_FEW_ROWS], hit.link, search.late)
        found.append(search.again(few.from_nothing(down)))
    answers = []
    for quotient in found:
        if math.isfinite(quotient.bits) and quotient.terms <= _LONGEST:
            # A link and a curve have to earn their place as the terms do.
            bits = quotient.bits + _CURVE * basis.bent + _LINK * hit.link.complexity
            answers.append((bits, written(search, quotient, exponents, hit), hit, quotient))
    return answers

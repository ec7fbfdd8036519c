"""Two stages of discovery: y, under a link, as a quotient of polynomials with few terms, of columns or curves of them.

Whether there is such a quotient is a linear question with one answer, however many inputs there are. Which terms
it has is decided by fits to y itself and the length of the description.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic._additive_links import IDENTITY, LINKS, Link
from symbolic._constants import _near
from symbolic._grouping import settled
from symbolic._rational_fit import Index, Quotient, Sparse, dense, monomials, products
from symbolic._task import Candidate, Solve, Task

Array = NDArray[np.float64]

_FEWEST, _WIDEST = 30, 6  # rows, columns
_ROWS, _FEW_ROWS = 2000, 800  # on which quotients are fitted, and grown term by term
_ABOVE, _BELOW, _MOST = 4, 4, 190  # degrees, and terms altogether
_SPARE = 40  # rows beside two for each term that show whether a quotient leaves nothing
_NOTHING = 1e-11  # error relative to the spread of y that counts as none
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


@dataclass(frozen=True)
class _Curve:
    """What stands in for a column: functions in NumPy and SymPy."""

    values: Callable[[Array], list[Array]]
    exprs: Callable[[sp.Expr], list[sp.Expr]]
    positive: bool = False


_ITSELF = _Curve(lambda x: [x], lambda u: [u])
_CURVES = (
    _Curve(lambda x: [np.cos(x), np.sin(x)], lambda u: [sp.cos(u), sp.sin(u)]),
    _Curve(lambda x: [np.exp(x)], lambda u: [sp.exp(u)]),
    _Curve(lambda x: [np.sqrt(x)], lambda u: [sp.sqrt(u)], positive=True),
    _Curve(lambda x: [np.log(x)], lambda u: [sp.log(u)], positive=True),
)


@dataclass(frozen=True)
class _Basis:
    """Columns, or curves of them, scaled to at most one."""

    F: Array
    exprs: tuple[sp.Expr, ...]
    size: Array
    squareless: tuple[int, ...]  # sines, whose squares are in terms of the cosines
    bent: int  # columns that a curve stands in for

    def terms(self, degree: int) -> int:
        """How many monomials there are up to a degree."""
        return len(monomials(len(self.exprs), degree, self.squareless))


@dataclass(frozen=True)
class _Hit:
    """A quotient with every term up to two degrees that leaves `left` of y, and no more than larger ones do."""

    basis: _Basis
    link: Link
    sign: float
    above: int
    below: int
    left: float
    terms: int


_Answer = tuple[float, sp.Expr, _Hit, Quotient]


class _Clock:
    """Seconds of this thread's own work, so that a busy machine finds the same formulas; and the task's deadline."""

    def __init__(self, task: Task) -> None:
        self.task, self.end = task, time.thread_time() + _SECONDS / (1 + 2 * task.depth)

    def late(self) -> bool:
        return time.thread_time() > self.end or self.task.left() < 0


def rational(task: Task, solve: Solve) -> Iterator[Candidate]:
    """The short formula y = g(P/Q) that is exact, if there is one; under noise those that leave no more than others."""
    del solve  # nothing smaller is asked for
    if not _serves(task):
        return
    clock = _Clock(task)
    hit = _exact(task, clock)
    if hit is not None:
        yield from _told(task, [hit], clock, _SHORT)
    elif task.noise > _QUIET and task.depth <= 1:
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


def _told(task: Task, hits: list[_Hit], clock: _Clock, longest: int = _LONGEST) -> Iterator[Candidate]:
    found: list[_Answer] = []
    for hit in hits:
        if not clock.late():
            found += [one for one in _stripped(task, hit, clock) if one[3].terms <= longest]
    for _, expr, hit, quotient in sorted(found, key=lambda one: one[0])[:_TOLD]:
        candidate = settled(task, expr, _reason(hit, quotient))
        if candidate.error <= max(_NEARLY, _BEYOND * task.noise):
            yield candidate


def _questions(task: Task, bases: Iterator[_Basis], clock: _Clock) -> Iterator[tuple[_Basis, Link, float]]:
    """Bases, links and the sign of y that a link is for."""
    for basis in bases:
        for sign in (1.0, -1.0):
            for link in LINKS:
                if clock.late():
                    return
                if link.name in _LINKED and (sign > 0 or link.mirrored) and link.serves(sign * task.y):
                    yield basis, link, sign


@np.errstate(all="ignore")  # bad quotients overflow, and lose
def _exact(task: Task, clock: _Clock) -> _Hit | None:
    """The first kind of quotient that leaves nothing, with the fewest terms."""
    for basis, link, sign in _questions(task, _bases(task), clock):
        levels = _levels(basis, len(task.y))
        # The largest that contain others decide whether there is anything to look for.
        tops = [one for one in levels if not any(o != one and o[1] >= one[1] and o[2] >= one[2] for o in levels)]
        if min((_left(task, basis, link, sign, one) for one in tops), default=math.inf) > _NOTHING:
            continue
        for one in levels:
            left = _left(task, basis, link, sign, one)
            # The largest of all come near to anything smooth.
            if left <= (_NOTHING if one not in tops else _NOTHING / 100):
                return _Hit(basis, link, sign, one[1], one[2], left, one[0])
    return None


def _left(task: Task, basis: _Basis, link: Link, sign: float, level: tuple[int, int, int]) -> float:
    """What a quotient with every term leaves of as many rows as show that it is not zero."""
    terms, above, below = level
    rows = min(2 * terms + _SPARE, len(task.y))
    values = products(basis.F[:rows], monomials(len(basis.exprs), max(above, below), basis.squareless))
    fitted = dense(values[:, : basis.terms(above)], values[:, : basis.terms(below)], sign * task.y[:rows], link)
    return math.inf if fitted is None else fitted[2] / task.spread


@np.errstate(all="ignore")
def _flat(task: Task, clock: _Clock) -> list[_Hit]:
    """Kinds of quotients that leave no more than larger ones do: the ones with the shortest descriptions."""
    n = min(len(task.y), _LOOKED_AT)
    found: list[_Hit] = []
    for basis, link, sign in _questions(task, _bases(task, _CURVES[:1]), clock):
        if found and basis.bent:
            break  # curves are for what the columns themselves do not explain
        levels = [one for one in _levels(basis, n) if one[0] <= min(_MOST_LOUD, n // 12)]
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
                hit = _Hit(basis, link, sign, one[1], one[2], error, one[0])
                # A polynomial may hide a quotient where noise is loud.
                if not any(h.basis is basis and h.link is link and h.below >= min(one[2], 1) for h in found):
                    found.append(hit)
    if min((hit.left for hit in found), default=math.inf) > _BEYOND * task.noise:
        return []

    def price(hit: _Hit) -> float:
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


def _bases(task: Task, curves: Sequence[_Curve] = _CURVES) -> Iterator[_Basis]:
    d = task.X.shape[1]
    yield _basis(task, (_ITSELF,) * d)
    if task.depth > 1:
        return
    for curve in curves:
        for j in range(d):
            if not (curve.positive and (task.X[:, j] <= 0).any()) and np.ptp(task.X[:, j]) < 30:
                yield _basis(task, tuple(curve if k == j else _ITSELF for k in range(d)))


def _basis(task: Task, curves: tuple[_Curve, ...]) -> _Basis:
    columns: list[Array] = []
    exprs: list[sp.Expr] = []
    squareless: list[int] = []
    for j, curve in enumerate(curves):
        columns += curve.values(task.X[:_ROWS, j])
        exprs += curve.exprs(task.symbols[j])
        if len(columns) > len(exprs) - 1 and len(curve.exprs(task.symbols[j])) == 2:
            squareless.append(len(exprs) - 1)
    F = np.stack(columns, axis=1)
    size = np.maximum(np.abs(F).max(axis=0), 1e-300)
    bent = sum(curve is not _ITSELF for curve in curves)
    return _Basis(F / size, tuple(exprs), size, tuple(squareless), bent)


def _levels(basis: _Basis, rows: int) -> list[tuple[int, int, int]]:
    """(terms, degree above, degree below), fewest terms first."""
    counts = [basis.terms(degree) for degree in range(_ABOVE + 1)]
    most = min(_MOST, rows // 3)
    pairs = [(counts[a] + counts[b], a, b) for a in range(1, _ABOVE + 1) for b in range(min(a, _BELOW) + 1)]
    pairs += [(counts[a] + counts[b], a, b) for a in range(2) for b in range(a + 1, _BELOW + 1)]
    return sorted(pair for pair in pairs if pair[0] <= most)


@np.errstate(all="ignore")
def _stripped(task: Task, hit: _Hit, clock: _Clock) -> list[_Answer]:
    """The quotient with the terms that it needs."""
    y, basis = hit.sign * task.y[:_ROWS], hit.basis
    exponents = monomials(len(basis.exprs), max(hit.above, hit.below), basis.squareless)
    up, down = basis.terms(hit.above), basis.terms(hit.below)
    values, degrees = products(basis.F, exponents), exponents.sum(axis=1)
    search = Sparse(values, degrees, y, hit.link, clock.late)
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
            answers.append((bits, _written(search, quotient, exponents, hit), hit, quotient))
    return answers


def _written(search: Sparse, quotient: Quotient, exponents: Index, hit: _Hit) -> sp.Expr:
    """g(P/Q) with the coefficient that leaves the plainest others set to 1."""
    scale = np.prod(hit.basis.size**exponents, axis=1)
    p, q = quotient.p / scale[quotient.up], quotient.q / scale[quotient.down]
    errors = _errors(search, quotient)
    every = np.concatenate([p, q])
    unit = min(range(len(every)), key=lambda k: _bits(every / every[k], errors + errors[k]))
    every = every / every[unit]
    terms = [
        (sp.Integer(1) if k == unit else sp.Float(float(c)))
        * sp.Mul(*(u ** int(e) for u, e in zip(hit.basis.exprs, exponents[at], strict=True)))
        for k, (c, at) in enumerate(zip(every, (*quotient.up, *quotient.down), strict=True))
    ]
    inner = sp.Add(*terms[: len(p)]) / sp.Add(*terms[len(p) :])
    return sp.Integer(int(hit.sign)) * hit.link.sympy(inner)


def _errors(search: Sparse, quotient: Quotient) -> Array:
    """Standard errors of the coefficients relative to them, above and below."""
    J, _ = search.linearised(quotient, quotient.up, quotient.down)
    moving = quotient.down != quotient.one
    theta = np.concatenate([quotient.p, quotient.q[moving]])
    scaled = J * theta
    covariance = np.linalg.pinv(scaled.T @ scaled) * quotient.squares / max(len(J) - len(theta), 1)
    relative = np.sqrt(np.maximum(np.diag(covariance), 0.0)) + 1e-12
    below = np.full(len(quotient.down), 1e-12)
    below[moving] = relative[len(quotient.p) :]
    return np.concatenate([relative[: len(quotient.p)], below])


def _bits(values: Array, errors: Array) -> float:
    """The length of a list of numbers, each as the shortest form within three errors or as a real one."""
    total = 0.0
    for value, error in zip(values, errors, strict=True):
        near = 3 * error * abs(value)
        forms = [bits for number, _, _, bits in _near(float(value), exponent=False) if abs(number - value) <= near]
        total += min([*forms, math.log2(1 + 1 / max(float(error), 1e-15))])
    return total


def _reason(hit: _Hit, quotient: Quotient) -> str:
    of = "quotient of polynomials" if hit.below else "polynomial"
    curves = [str(u) for u in hit.basis.exprs if not u.is_Symbol]
    inside = f" in {', '.join(curves)} and the other columns" if curves else ""
    words = hit.link.words if hit.sign > 0 else hit.link.words.replace("y", "(-y)")
    return (
        f"{words if hit.link is not IDENTITY else 'y'} is a {of}{inside} with {quotient.terms} terms: "
        f"all terms together leave {max(hit.left, 1e-13):.1g} of the spread of y."
    )

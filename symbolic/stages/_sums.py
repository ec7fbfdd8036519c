"""A stage of discovery: y as a short sum of terms from a library, picked by stepwise regression with exchanges.

Each number, and which of the many terms it stands before, has to shorten the description of y. After Efroymson (1960);
as a way to laws: Brunton, Proctor & Kutz (2016), doi:10.1073/pnas.1517384113.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic._clock import late
from symbolic.fitting._projection import least, residual
from symbolic.stages._settled import settled
from symbolic.stages._task import EXACT, Candidate, Solve, Task
from symbolic.stages._terms import Term, monomials, terms
from symbolic.surrogates._choice import BLURRED

Array = NDArray[np.float64]
Picked = tuple[int, ...]

_FEWEST, _WIDEST, _DEEPEST = 40, 6, 2  # rows, columns, and tasks within tasks
_ROWS = 1000  # on which terms are picked; their numbers are fitted to all
_MOST, _MOST_OF_PART = 10, 3  # terms: those of a part of a problem are few, or they follow what the other parts err
_PER_TERM = 6  # rows for each
_PAIRS, _KINDS = 4, 12  # pairs of terms that sums are grown from, and pairs with rates that are fitted as they are
_TERM_BITS = 2.0  # of a factor, beside which of the terms it is
_CLOSE = 1e-6  # what a sum may leave, relative to the spread, where there is no noise
_SAME = 1e-7  # share of a term's variance that others do not explain, below which it is one of them
_STILL = 1e-10  # what is left when there is nothing to tell sums apart by
_RATED = 4  # terms, of those with rates, up to which the rates are fitted on the way
_CANCELS = 100.0  # terms so many times larger than y stand for something else
_OFFERED = 2
_SHARE, _SECONDS = 0.2, 0.5  # of the time left, and the least that is worth a start


def sums(task: Task, solve: Solve) -> Iterator[Candidate]:
    """Formulas y = c₀ + Σ cₖ·termₖ, the shortest description first."""
    del solve  # nothing smaller is asked for
    deepest = 0 if task.noise > BLURRED else _DEEPEST  # parts of a problem are too many to look at behind noise
    if task.X.shape[1] > _WIDEST or len(task.y) < _FEWEST or task.depth > deepest or not np.ptp(task.y) > 0:
        return
    task = task.share(_SHARE)
    if task.left() < _SECONDS:
        return
    library = _Library.of(task)
    told: list[float] = []
    near = max(_CLOSE, task.leaves_noise(len(task.y)))
    for one in sorted(_found(library, task), key=lambda one: one.bits)[:_OFFERED]:
        if one.left > near or any(abs(one.left - left) < 1e-9 * left for left in told):
            continue
        expr = library.formula(one, task)
        if expr is not None:
            told.append(one.left)
            reason = f"{task.target} is a sum of {len(one.terms)} of {len(library.terms)} simple terms."
            yield settled(task, expr, reason, thorough=True)


@dataclass(frozen=True)
class _Sum:
    """Terms, what they leave of y beside a constant in units of its spread, and the bits it takes to say all that."""

    terms: tuple[Term, ...]
    left: float
    bits: float


@dataclass(frozen=True)
class _Library:
    """Terms with their values Z (n, K) on some rows, and y (n,): centred, in units of their spread, rows weighed by s.

    `gram` (K, K) and `along` (K,) are Zᵀ·Z and Zᵀ·y.
    """

    terms: tuple[Term, ...]
    X: Array
    y: Array
    s: Array
    gram: Array
    along: Array
    plain: int  # the first so many are monomials

    @classmethod
    def of(cls, task: Task) -> _Library:
        rows = np.unique(np.linspace(0, len(task.y) - 1, min(len(task.y), _ROWS)).round().astype(int))
        X, weight = task.X[rows], np.ones(len(rows)) if task.weight is None else task.weight[rows]
        s = np.sqrt(weight / float(np.mean(weight)))
        with np.errstate(all="ignore"):
            offered = list(terms(X))
            values = np.column_stack([term.values(X) for term in offered])
            Z = _standard(values, s)
        good: NDArray[np.bool_] = np.all(np.isfinite(Z), axis=0)
        kept = tuple(term for term, fine in zip(offered, good, strict=True) if fine)
        columns = [j for j in range(X.shape[1]) if np.ptp(X[:, j]) > 0]
        plain = int(good[: sum(1 for _ in monomials(columns))].sum())
        Z, y = Z[:, good], _standard(task.y[rows, None], s)[:, 0]
        return cls(kept, X, y, s, Z.T @ Z, Z.T @ y, plain)

    def bits(self, left: float, chosen: Sequence[Term]) -> float:
        """The description length of y: what is left, each number, and which terms they stand before."""
        n = len(self.y)
        each = 0.5 * math.log2(n) + math.log2(len(self.terms))
        said = sum(each + _TERM_BITS * len(term.factors) + 0.5 * math.log2(n) * _fitted_rates(term) for term in chosen)
        return n * math.log2(max(left, _STILL)) + said

    def sum(self, chosen: Sequence[Term]) -> _Sum:
        """A sum with its numbers fitted, free of the Gram matrix's rounding."""
        left = float(np.sqrt(np.mean(self._residual(chosen) ** 2)))
        return _Sum(tuple(chosen), left, self.bits(left, chosen))

    def _residual(self, chosen: Sequence[Term]) -> Array:
        with np.errstate(all="ignore"):
            basis = np.column_stack([np.ones(len(self.y)), *(term.values(self.X) for term in chosen)])
            basis = basis / np.maximum(np.max(np.abs(basis), axis=0), np.finfo(float).tiny)
        if not np.isfinite(basis).all():
            return np.full(len(self.y), 1e3)
        return residual(basis, self.y / self.s, self.s)

    def rated(self, one: _Sum) -> _Sum:
        """The sum with its rates fitted too."""
        start = np.array([rate for term in one.terms for rate in term.rates])
        if not len(start) or len(start) > _RATED or one.left <= EXACT:
            return one

        def complete(values: Array) -> list[Term]:
            rates = iter(values.tolist())
            return [term.with_rates(rates) for term in one.terms]

        found = least(lambda values: self._residual(complete(values)), start, evaluations=30 * len(start))
        better = self.sum(complete(found))
        return better if better.bits < one.bits else one

    def formula(self, one: _Sum, task: Task) -> sp.Expr | None:
        """The sum with its numbers fitted to all rows; none where its terms nearly cancel."""
        s = np.ones(len(task.y)) if task.weight is None else np.sqrt(task.weight)
        basis = np.column_stack([np.ones(len(task.y)), *(term.values(task.X) for term in one.terms)])
        sizes = np.max(np.abs(basis), axis=0)
        if not np.isfinite(sizes).all():
            return None
        fitted = np.linalg.lstsq(basis / sizes * s[:, None], task.y * s, rcond=None)[0]
        if np.max(np.abs(fitted[1:])) > _CANCELS * np.max(np.abs(task.y)):
            return None
        offset, *rest = (fitted / sizes).tolist()
        added = [sp.Float(c) * term.expr(task.symbols) for c, term in zip(rest, one.terms, strict=True)]
        idle = abs(offset) < max(EXACT, task.noise / math.sqrt(len(task.y))) * task.spread
        return sp.Add(*added) + (0 if idle else sp.Float(offset))


def _standard(Z: Array, s: Array) -> Array:
    """Columns (n, K) without their mean, in units of their spread, rows weighed by s (n,)."""
    Z = Z - np.average(Z, axis=0, weights=s**2)
    Z = Z * s[:, None]
    return np.asarray(Z / np.sqrt(np.mean(Z**2, axis=0)))


def _fitted_rates(term: Term) -> int:
    return sum(rate not in (1.0, -1.0) for rate in term.rates)


def _found(library: _Library, task: Task) -> Iterator[_Sum]:
    """The best sums of each length: cut down from all monomials, grown from nothing, and from the best pairs."""
    enough = max(_CLOSE / 10, task.noise)
    most = min(_MOST_OF_PART if task.depth else _MOST, len(library.y) // _PER_TERM)
    for one in _cut_down(library, task, most):
        yield one
        if one.left <= EXACT:
            return
    if task.left() < 0:
        return
    explained = _pairs(library)
    pairs = _best_pairs(explained)
    for pair in (*pairs, *_best_of_kinds(library, explained)):
        if task.left() > 0:  # as they are: exchanges would take other terms for a rate that is not quite right yet
            yield library.rated(library.sum([library.terms[k] for k in pair]))
    seen: set[Picked] = set()
    for start in ((), *pairs):
        at: Picked = start
        worse, best = 0, math.inf
        while len(at) <= most and worse < 2 and task.left() > 0:
            at = _exchanged(library, at)
            if at and at not in seen:
                seen.add(at)
                one = library.rated(library.sum([library.terms[k] for k in at]))
                yield one
                worse = worse + 1 if one.bits >= best else 0
                best = min(best, one.bits)
                if one.left <= EXACT or (one.left <= enough and worse):
                    break
            following = _next(library, at)
            if following is None:
                break
            at = (*at, following)


def _gains(library: _Library, at: Picked) -> Array:
    """What each term (K,) would explain of the variance of y beside those at hand; nothing where they are it."""
    chosen, n = list(at), len(library.y)
    cross = library.gram[:, chosen] / n
    inverse = np.linalg.pinv(cross[chosen], rcond=1e-14, hermitian=True)
    weights = cross @ inverse
    own = 1 - np.einsum("km,km->k", weights, cross)
    rest = library.along / n - weights @ (library.along[chosen] / n)
    gain = np.where(own > _SAME, rest**2 / np.maximum(own, _SAME), 0.0)
    gain[chosen] = 0.0
    return np.asarray(gain)


def _next(library: _Library, at: Picked) -> int | None:
    gain = _gains(library, at)
    k = int(np.argmax(gain))
    return k if gain[k] > 0 else None


def _exchanged(library: _Library, at: Picked) -> Picked:
    """The terms after exchanges of one at a time that leave less."""
    for _ in range(2 * len(at)):
        if late():
            break
        best: tuple[float, Picked] = (1e-9, at)
        for k in at:
            others = tuple(j for j in at if j != k)
            gain = _gains(library, others)
            other = int(np.argmax(gain))
            better = gain[other] / max(gain[k], 1e-300) - 1
            if other != k and better > best[0]:
                best = (better, tuple(sorted((*others, other))))
        if best[1] == at:
            break
        at = best[1]
    return tuple(sorted(at))


def _pairs(library: _Library) -> Array:
    """What each pair of terms (K, K) explains of the variance of y."""
    n = len(library.y)
    C, b = library.gram / n, library.along / n
    apart = 1 - C**2
    with np.errstate(all="ignore"):
        return np.where(apart > _SAME, (b[:, None] ** 2 + b**2 - 2 * C * np.outer(b, b)) / apart, 0.0)


def _best_pairs(explained: Array) -> list[Picked]:
    """The pairs that explain most, each with other terms than those before."""
    left, found = np.triu(explained, 1), list[Picked]()
    for _ in range(_PAIRS):
        i, j = np.unravel_index(int(np.argmax(left)), left.shape)
        found.append((int(i), int(j)))
        left[[i, j]] = 0.0
        left[:, [i, j]] = 0.0
    return found


def _best_of_kinds(library: _Library, explained: Array) -> list[Picked]:
    """For terms of one column with a rate: the pair of each kind that explains most, the best kinds first."""
    kinds: dict[object, list[int]] = {}
    for k, term in enumerate(library.terms):
        if term.rates and len({factor.column for factor in term.factors}) == 1:
            kinds.setdefault(term.kind, []).append(k)
    best: list[tuple[float, Picked]] = []
    for rows in kinds.values():
        i, j = np.unravel_index(int(np.argmax(explained[rows])), (len(rows), len(explained)))
        best.append((float(explained[rows[i], j]), (rows[i], int(j))))
    return [pair for _, pair in sorted(best, reverse=True)[:_KINDS]]


def _cut_down(library: _Library, task: Task, most: int) -> Iterator[_Sum]:
    """All monomials, and then one less and one less, the one whose loss costs least first."""
    at = tuple(range(min(library.plain, len(library.y) // _PER_TERM)))
    n = len(library.y)
    while len(at) > 1 and task.left() > 0:
        if len(at) <= most:
            yield library.sum([library.terms[k] for k in at])
        inverse = np.linalg.pinv(library.gram[np.ix_(at, at)] / n, rcond=1e-13, hermitian=True)
        fitted = inverse @ (library.along[list(at)] / n)
        cost = fitted**2 / np.maximum(np.diag(inverse), 1e-300)
        at = tuple(k for place, k in enumerate(at) if place != int(np.argmin(cost)))

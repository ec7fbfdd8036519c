"""The last stage of discovery: y, under a link, in one or two of all small expressions of at most three columns.

Free factors and offsets come from linear regression, thousands of expressions at a time.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic.formulas._complexity import complexity
from symbolic.formulas._numeric import evaluate
from symbolic.stages._bank import Bank, bank
from symbolic.stages._settled import settled
from symbolic.stages._task import EXACT, Candidate, Solve, Task
from symbolic.stages.additive._links import LINKS, Link
from symbolic.surrogates._choice import BLURRED

Array = NDArray[np.float64]

_FEWEST, _WIDEST, _DEEPEST = 20, 3, 2  # rows, columns, tasks within tasks
_ROWS, _ALL_ROWS = 96, 2000  # rows that expressions are matched on, and judged on
_MOST, _PAIRS, _SHORT, _FACTORS, _SECOND = 16_000, 1200, 60, 300, 5000
_KEPT = 12  # matches of each kind and link that are looked at on more rows
_SECONDS = 3.0  # of work
_BITS = 4.0  # a unit of complexity
_NEARLY = 1e-6
_EXACT = 1e-14  # squared share of y that counts as nothing
_ALIKE = 1e-9  # expressions nearer than this to each other are one
_LOOKED_AT, _TOLD = 24, 2
_MANY_ROWS, _LOUD, _TOLD_LOUD = 6000, 60, 4  # the same under noise


@dataclass(frozen=True)
class _Match:
    """T(y) = a + b·e₁ (+ c·e₂), or e₁·(a + b·e₂) as a `product`; `left` is the squared share of y that it leaves.

    `parts` are places in the bank, `cost` what they cost together.
    """

    offset: bool
    parts: tuple[int, ...]
    left: float
    cost: int
    product: bool = False
    link: Link = LINKS[0]
    sign: float = 1.0

    def price(self, blur: float) -> float:
        """Bits, on the rows that were matched, whose values are known up to `blur`."""
        link = self.link.complexity + self.offset + len(self.parts)
        return _ROWS / 2 * math.log2(max(self.left + blur**2, _EXACT)) + _BITS * (self.cost + link)

    def exprs(self, known: Bank) -> list[sp.Expr]:
        """What the numbers stand before."""
        found = [known.expr(k) for k in self.parts]
        found = [found[0], found[0] * found[1]] if self.product else found
        return [*found, sp.Integer(1)] if self.offset else found


def enumerated(task: Task, solve: Solve) -> Iterator[Candidate]:
    """Formulas g(a + b·e), g(a + b·e₁ + c·e₂) and g(e₁·(a + b·e₂)), the shortest description first."""
    del solve  # nothing smaller is asked for
    n, d = task.X.shape
    if not 1 <= d <= _WIDEST or n < _FEWEST or task.depth > _DEEPEST or not np.ptp(task.y) > 0:
        return
    rows = np.random.default_rng(task.seed).choice(n, min(n, _ROWS), replace=False)
    known = bank(task.X[rows], task.symbols, _MOST)
    ranked: list[tuple[float, sp.Expr]] = []
    noisy = task.noise > BLURRED
    smooth = _smooth(task) if noisy else task
    blur = task.surrogates[0].scatter if noisy else 0.0
    matches = sorted(_matches(smooth, known, rows, blur), key=lambda match: (match.price(blur), match.parts))
    for match in matches[: _LOUD if noisy else _LOOKED_AT]:
        if task.left() < 0:
            break
        expr = _fitted(smooth, match, known)
        if expr is not None:
            error = max(_error(task, expr), EXACT / 10)
            ranked.append((_counted(task) * math.log2(error) + _BITS * complexity(expr), expr))
            if error < EXACT:
                break
    for _, expr in sorted(ranked, key=lambda one: (one[0], str(one[1])))[: _TOLD_LOUD if noisy else _TOLD]:
        found = settled(task, expr, f"{task.target} was met among all short expressions.")
        if found.error <= max(_NEARLY, task.enough):
            yield found
            if found.error <= EXACT:
                return


def _smooth(task: Task) -> Task:
    """The task with the values of a surrogate in place of y, of which noise is averaged out."""
    values = task.surrogates[0].value(task.X)
    return task.changed(y=np.where(np.isfinite(values), values, float(np.mean(task.y))))


def _counted(task: Task) -> int:
    """Rows that formulas are judged on."""
    return min(len(task.y), _ALL_ROWS if task.noise <= BLURRED else _MANY_ROWS)


def _matches(task: Task, known: Bank, rows: NDArray[np.intp], blur: float) -> list[_Match]:
    """The best of each kind and link; those that noise, or the `blur` of a surrogate, does not explain are left out."""
    started, found = time.thread_time(), list[_Match]()
    allowed = (max(_NEARLY, 3 * blur if blur else 1.5 * task.noise)) ** 2
    for sign in (1.0, -1.0):
        for link in LINKS:
            if (sign < 0 and not link.mirrored) or not link.serves(sign * task.y):
                continue
            if time.thread_time() - started > _SECONDS or task.left() < 0:
                return found
            with np.errstate(all="ignore"):
                z = link.inverse(sign * task.y[rows])
                slope = np.abs(link.slope(z))
            good = np.isfinite(z) & np.isfinite(slope) & (slope > 0)
            if good.sum() < _FEWEST or not np.ptp(z[good]) > 0:
                continue
            # Rows count by what their error does to y.
            weight = np.minimum(slope[good], 1e3 * np.median(slope[good]))
            total = float(np.sum((task.y[rows][good] - task.y[rows][good].mean()) ** 2))
            new = [m for m in _of_link(known, z[good], weight, good, total) if m.left <= allowed]
            found += [replace(match, link=link, sign=sign) for match in new]
            if any(match.left <= _EXACT for match in new):
                return found
    return found


def _of_link(known: Bank, z: Array, weight: Array, good: NDArray[np.bool_], total: float) -> Iterator[_Match]:
    """The best of each kind for one link: one expression, two, and a product of two."""
    V, cost = known.values[:, good] * weight, known.cost
    target, ones = z * weight, weight / np.linalg.norm(weight)
    with np.errstate(all="ignore"):
        C = V - np.outer(V @ ones, ones)
        centred = target - (target @ ones) * ones
        for columns, rest, offset in ((V, target, False), (C, centred, True)):
            unit = columns / np.linalg.norm(columns, axis=1, keepdims=True)
            along = unit @ rest
            left = (rest @ rest - along**2) / total
            for k in _least(left):
                yield _Match(offset, (int(k),), float(left[k]), int(cost[k]))
            for some, many in ((_PAIRS, _PAIRS), (_SHORT, len(unit))):
                r1, r2 = along[:some, None], along[None, :many]
                G = unit[:some] @ unit[:many].T
                explained = (r1**2 + r2**2 - 2 * r1 * r2 * G) / (1 - G**2)
                left = np.where(np.abs(G) < 1 - _ALIKE, (rest @ rest - explained) / total, np.inf)
                left[np.tril_indices(len(left), m=left.shape[1])] = np.inf
                for k in _least(left.ravel()):
                    i, j = divmod(int(k), left.shape[1])
                    yield _Match(offset, (i, j), float(left[i, j]), int(cost[i] + cost[j]))
        # What e₁·e₂ explains beside e₁.
        second, first = known.values[:_SECOND, good], V[:_FACTORS]
        unit = first / np.linalg.norm(first, axis=1, keepdims=True)
        rests = target - (unit @ target)[:, None] * unit
        whole = second**2 @ (first**2).T
        size = whole - (second @ (first * unit).T) ** 2
        left = (np.sum(rests**2, axis=1) - (second @ (first * rests).T) ** 2 / size) / total
        left = np.where(size > _ALIKE * whole, left, np.inf).ravel()
        for k in _least(left):
            j, i = divmod(int(k), len(first))
            yield _Match(False, (i, j), float(left[k]), int(cost[i] + cost[j]), product=True)


def _least(left: Array) -> NDArray[np.intp]:
    left = np.where(np.isfinite(left), np.maximum(left, 0.0), np.inf)
    top = np.argpartition(left, min(_KEPT, len(left) - 1))[:_KEPT]
    # Of several that leave nothing the first, which are the cheapest, are kept.
    nothing = np.flatnonzero(left <= _EXACT)[:_KEPT]
    return nothing if len(nothing) else top[np.argsort(left[top], kind="stable")]


def _fitted(task: Task, match: _Match, known: Bank) -> sp.Expr | None:
    """The formula with its numbers by weighted least squares on more rows."""
    X, y, exprs = task.X[:_ALL_ROWS], match.sign * task.y[:_ALL_ROWS], match.exprs(known)
    with np.errstate(all="ignore"):
        z = match.link.inverse(y)
        w = np.abs(match.link.slope(z))
    A = np.stack([evaluate(e, task.symbols, X) for e in exprs], axis=1)
    good = np.isfinite(A).all(axis=1) & np.isfinite(z) & np.isfinite(w)
    if good.sum() < max(_FEWEST, len(y) // 2):
        return None
    w = np.minimum(w[good], 1e3 * np.median(w[good]))
    numbers = np.linalg.lstsq(A[good] * w[:, None], z[good] * w, rcond=None)[0]
    size = np.abs(numbers) * np.abs(A[good]).max(axis=0)
    terms = [sp.Float(float(c)) * e for c, e, s in zip(numbers, exprs, size, strict=True) if s > 1e-12 * size.max()]
    return sp.Integer(int(match.sign)) * match.link.sympy(sp.Add(*terms))


def _error(task: Task, expr: sp.Expr) -> float:
    n = _counted(task)
    values = evaluate(expr, task.symbols, task.X[:n])
    if not np.isfinite(values).all():
        return math.inf
    squares = (values - task.y[:n]) ** 2
    if task.weight is not None:
        squares = squares * task.weight[:n] / float(np.mean(task.weight[:n]))
    return float(np.sqrt(np.mean(squares))) / task.spread

"""How a law scales: y = Π|xᵢ|^pᵢ·P(u₁ … u_K) with monomials uₖ = Π|xᵢ|^qₖᵢ, all exponents fitted to y itself.

Slopes of a surrogate only propose exponents: under noise a fit in all rows at once knows them far better (by
Buckingham's theorem every law between physical quantities has this form, with fewer groups than columns). A flow of the
logarithms along which y is only scaled takes one column away; of those that the data do not refuse the plainest are
taken, one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, islice, product

import numpy as np
from numpy.typing import NDArray

from symbolic._clock import late
from symbolic._surrogate_chart import total_degrees
from symbolic._surrogate_model import products

Array = NDArray[np.float64]
Flows = list[list[Fraction]]

_ROWS, _FEW_ROWS = 6000, 1500  # of the last fits, and of the first
_CLEAN, _CLEAN_ROWS = 0.02, 2500  # error of a fit below which fewer rows do
_SHARP = 5e-3  # and one that tells exponents well enough
_STEPS, _FEW_STEPS = 60, 25
_SETTLED, _ROUGHLY = 1e-5, 1e-3  # gain of a step, relative, that ends a fit, and one that P limits
_GAINED = 0.7  # variance beside that with fewer coefficients at which P limits a fit
_SIZES = {
    1: (5, 9, 14, 22),
    2: (15, 36, 66, 105),
    3: (20, 56, 120),
}  # coefficients of P by number of groups, tried in turn
_BETTER = 0.995  # what more of them have to bring
_STARTS = 3  # by chance
_FINE = 0.02  # doubt about an exponent below which it may be a third or a quarter
_EXPONENT, _ASTRAY = 1e-3, 0.02  # least doubt about an exponent, and the same where P is to blame
_STEEPEST = 30.0  # logarithm beyond which a monomial is cut
_CHANCE = {
    0: 10.8,
    1: 10.8,
    2: 13.8,
    3: 16.3,
}  # more squares, in units of their variance, than chance has once in a thousand
_HOPE, _HOPELESS = 4, 12.0  # steps after which a flow is given up that adds so many times what is allowed
_ENOUGH = 0.2  # of what is allowed: a flow that adds less is not fitted any better
_BIAS = 0.1  # and the same in units of what the last coefficients of P took away
_NEARBY, _SCREENED = 3.0, 8  # of the increase that chance allows a flow has by its slopes, and how many are then tried
_BRANCHES, _LOOKED_AT = 3, 12  # flows that are followed from one place, and places
_CLEARLY, _BIASED = 40.0, 2.0  # what a number of groups may leave more than another, in variances and in biases
_CHOICES, _SINGULAR = 150, 1e-3  # of columns that go, and a determinant of those that do not determine the others
_LARGEST, _ERRORS = 6.0, 3.5  # exponents, and standard errors by which one may be off a rational number


@dataclass(frozen=True)
class Scaling:
    """For each column of `gone`, the exponents (1 + d,) of y and of all columns along a flow that moves it."""

    gone: tuple[int, ...]
    flows: Flows

    def choices(self, live: Sequence[int]) -> Iterator[Scaling]:
        """The same with other columns gone, of those that may be divided by."""
        A = np.array([[float(a) for a in flow] for flow in self.flows])
        for gone in islice(combinations(live, len(self.gone)), _CHOICES):
            B = A[:, [1 + j for j in gone]]
            if abs(np.linalg.det(B)) > _SINGULAR:
                yield Scaling(gone, _fractions(np.linalg.inv(B) @ A))

    @property
    def cost(self) -> float:
        """How much there is to read."""
        return float(sum(abs(a) + 2 * (a.denominator > 1) for flow in self.flows for a in flow))


def _fractions(A: Array) -> Flows:
    return [[Fraction(float(a)).limit_denominator(12) for a in row] for row in A]


@dataclass(frozen=True)
class _Rows:
    """Logarithms L (n, d) that y scales with, G (n, e) that the groups are made of, further columns, y, and weights."""

    L: Array
    G: Array
    others: Array
    y: Array
    s: Array

    def some(self, n: int) -> _Rows:
        return _Rows(self.L[:n], self.G[:n], self.others[:n], self.y[:n], self.s[:n])

    def along(self, flows: Array, gone: tuple[int, ...]) -> _Rows:
        """The rows with columns of G taken away by flows, each of which moves one of them."""
        kept = np.delete(np.arange(self.G.shape[1]), gone)
        own = flows[np.arange(len(gone)), gone]
        return replace(self, G=self.G[:, kept] - self.G[:, gone] @ (flows[:, kept] / own[:, None]))


@np.errstate(all="ignore")
def scalings(X: Array, y: Array, s: Array, seed: int) -> Iterator[Scaling]:
    """The plainest flows along which y (n,) is only scaled, for each number of groups of the columns of X (n, d) that
    explains y as well as others do, few groups first; the first that goes all the way is the last.

    Errors of y count by s (n,).
    """
    d = X.shape[1]
    live = [j for j in range(d) if (X[:, j] > 0).all() or (X[:, j] < 0).all()]
    dead = [j for j in range(d) if j not in live]
    L = np.log(np.abs(X[:_ROWS, live]))
    L = L - L.mean(0)
    rows = _Rows(L, L, X[:_ROWS, dead], y[:_ROWS], s[:_ROWS])
    fits: list[_Fit] = []
    for k in range(0 if dead else 1, len(live)):
        if k + len(dead) not in _SIZES or late() or (len(fits) > 1 and not _better(fits[-1], fits[-2])):
            break
        fit = _free(rows, k, seed)
        fits += [] if fit is None else [fit]
    for fit in fits:
        if any(_better(other, fit) for other in fits):
            continue
        found = _plainest(fit)
        if found is not None:
            yield _told(*found, live, d)
            if len(found[1]) == len(live) - len(fit.Q):
                return


def _better(fit: _Fit, other: _Fit) -> bool:
    """Whether a fit leaves less than another one does, and not by chance or by what P gets wrong."""
    n, clearly = len(fit.left), _CLEARLY + 4 * np.sqrt(len(fit.coef))  # chance grows with the coefficients
    return bool(n * other.variance > (n + clearly) * fit.variance + _BIASED * other.bias)


def _plainest(fit: _Fit) -> tuple[list[int], Array, list[Fraction]] | None:
    """Columns that go, flows (m, e) of the live ones and exponents of y: down to the groups, or as far as it goes."""
    k, e = fit.Q.shape
    furthest: tuple[list[int], Array, list[Fraction]] | None = None
    waiting = [(list(range(e)), np.empty((0, e)), fit)]
    looked_at = 0
    while waiting and looked_at < _LOOKED_AT and not late():
        columns, flows, fit = waiting.pop()
        powers = _powers(fit, flows)
        if powers is None:
            continue
        if len(flows) and (furthest is None or len(flows) > len(furthest[1])):
            furthest = [j for j in range(e) if j not in columns], flows, powers
        if len(columns) == k:
            break
        looked_at += 1
        for step in reversed(_steps(fit)):
            whole = np.zeros((len(step.flows), e))
            whole[:, columns] = step.flows
            left = [column for j, column in enumerate(columns) if j not in step.gone]
            waiting.append((left, np.vstack([flows, whole]), step.fit))
    return furthest


def _told(gone: list[int], flows: Array, powers: list[Fraction], live: list[int], d: int) -> Scaling:
    turn = np.linalg.inv(flows[:, gone])  # each flow then moves one of the columns that go
    exact = np.zeros((len(flows), 1 + d))
    exact[:, 0] = -turn @ np.array([float(power) for power in powers])
    exact[:, [1 + j for j in live]] = turn @ flows
    return Scaling(tuple(live[j] for j in gone), _fractions(exact))


@dataclass(frozen=True)
class _Fit:
    """Exponents p (d,) and Q (K, e) with the best P: what it leaves, and the normal equations of all."""

    rows: _Rows
    p: Array
    Q: Array
    degrees: NDArray[np.intp]
    coef: Array
    design: Array  # (n, P)
    tables: list[Array]
    half: Array  # of the width of each group
    monomial: Array  # (n,)
    left: Array
    squares: float
    bias: float = 0.0  # squares that the last coefficients of P took away: more would take some, too

    @property
    def variance(self) -> float:
        return self.squares / max(len(self.left) - len(self.coef) - self.p.size - self.Q.size, 1)

    @property
    def allowed(self) -> float:
        """The squares that a true flow may add by chance, or by what P gets wrong."""
        return _CHANCE[len(self.Q)] * self.variance + _BIAS * self.bias

    @classmethod
    def at(cls, rows: _Rows, p: Array, Q: Array, degrees: NDArray[np.intp]) -> _Fit:
        from numpy.polynomial.chebyshev import chebvander

        u = np.column_stack([rows.G @ Q.T, rows.others])
        low, high = u.min(0), u.max(0)
        half = np.maximum((high - low) / 2, 1e-300)
        tables = [chebvander(t, int(degrees.max())) for t in ((u - low) / half - 1).T]
        monomial = rows.s * np.exp(np.clip(rows.L @ p, -_STEEPEST, _STEEPEST))
        design = products(tables, degrees) * monomial[:, None]
        z = rows.s * rows.y
        gram, along = design.T @ design, design.T @ z
        size = np.sqrt(np.diag(gram)).clip(1e-300)
        coef = np.linalg.lstsq(gram / np.outer(size, size), along / size, rcond=1e-13)[0] / size
        left = z - design @ coef
        squares = float(left @ left)
        squares = squares if np.isfinite(squares) else np.inf
        return cls(rows, p, Q, degrees, coef, design, tables, half, monomial, left, squares)

    def jacobian(self) -> Array:
        """Slopes of y by P's coefficients, p and Q (n, P + d + K·e)."""
        from numpy.polynomial.chebyshev import chebder

        most = int(self.degrees.max())
        down = np.stack([np.pad(chebder(row), (0, 1))[: most + 1] for row in np.eye(most + 1)])
        value = self.rows.s * self.rows.y - self.left
        columns = [self.design, value[:, None] * self.rows.L]
        for i in range(len(self.Q)):
            tables = [*self.tables[:i], self.tables[i] @ down.T, *self.tables[i + 1 :]]
            slope = self.monomial * (products(tables, self.degrees, slope=i) @ self.coef) / self.half[i]
            columns.append(slope[:, None] * self.rows.G)
        return np.concatenate(columns, axis=1)

    def better(
        self, steps: int, powers: bool = False, ends: tuple[float, float] = (0.0, np.inf), settled: float = _SETTLED
    ) -> _Fit:
        """Levenberg–Marquardt on the exponents, or on those of y alone; P is the best one for each.

        Down to the squares of `ends[0]` is enough; with more than those of `ends[1]` after a few steps it is given up.
        """
        best, damping, inner, d = self, 1e-3, len(self.coef), len(self.p)
        for step in range(steps):
            if late() or best.squares <= ends[0] or (step == _HOPE and best.squares > ends[1]):
                break
            J = best.jacobian()[:, : inner + d if powers else None]
            gram, along = J.T @ J, J.T @ best.left
            outer = np.arange(inner, len(gram))
            for _ in range(5):
                damped = gram.copy()
                damped[outer, outer] += damping * np.trace(gram[inner:, inner:]) / max(len(outer), 1)
                moved = np.linalg.lstsq(damped, along, rcond=1e-12)[0][inner:]
                Q = self.Q if powers else _turned(best.Q + moved[d:].reshape(best.Q.shape))
                trial = _Fit.at(self.rows, best.p + moved[:d], Q, self.degrees)
                if trial.squares < best.squares:
                    break
                damping = max(10 * damping, 1e-8)
            else:
                break
            gain, best, damping = 1 - trial.squares / best.squares, trial, damping / 10
            if gain < settled:
                break
        return best

    def information(self) -> Array:
        """That of Q (K·e, K·e), with P and p adjusted to it."""
        J, a = self.jacobian(), len(self.coef) + len(self.p)
        adjusted = np.linalg.qr(J[:, :a] / np.maximum(np.linalg.norm(J[:, :a], axis=0), 1e-300))[0]
        rest = J[:, a:] - adjusted @ (adjusted.T @ J[:, a:])
        return np.asarray(rest.T @ rest)


def _turned(Q: Array) -> Array:
    """Exponents of the same groups, or powers and products of them, with orthonormal rows."""
    return np.linalg.qr(Q.T)[0].T


def _free(rows: _Rows, k: int, seed: int) -> _Fit | None:
    """The best of a few starts, with as many coefficients as bring something."""
    rng, e = np.random.default_rng(seed), rows.G.shape[1]
    sizes = _SIZES[k + rows.others.shape[1]]
    few = rows.some(_FEW_ROWS)
    degrees = total_degrees(k + rows.others.shape[1], sizes[0])
    tried: list[_Fit] = [_Fit.at(few, *_columns_alone(few, k), degrees).better(_STEPS)]
    for _ in range(_STARTS):
        if late():
            break
        Q = _turned(rng.normal(size=(k, e)))
        tried.append(_Fit.at(few, np.zeros(rows.L.shape[1]), Q, degrees).better(_STEPS))
    best = min(tried, key=lambda one: one.squares)
    chosen: _Fit | None = None
    for size in sizes:
        if chosen is not None and (late() or 4 * size > len(rows.y)):
            break
        if best.variance < (_CLEAN * float(np.std(rows.y))) ** 2:
            rows = rows.some(_CLEAN_ROWS)
        start = _Fit.at(rows, best.p, best.Q, total_degrees(k + rows.others.shape[1], size))
        gained = chosen is not None and start.variance < _GAINED * chosen.variance
        best = start.better(_STEPS, settled=_ROUGHLY if gained else _SETTLED)
        if chosen is not None:
            if not best.variance < _BETTER**2 * chosen.variance:
                # Groups may bend to make up for a small P: with one that is larger than needed, true ones fit as well.
                return best
            best = replace(best, bias=chosen.variance * len(best.left) - best.squares)
        sharp = chosen is not None and best.variance < (_SHARP * float(np.std(rows.y))) ** 2
        chosen = best
        if sharp:
            break
    return chosen if chosen is not None and np.isfinite(chosen.squares) else None


def _columns_alone(rows: _Rows, k: int) -> tuple[Array, Array]:
    """p and Q where each group is a column: the ones that explain most beside powers of the others, one by one."""
    e, others = rows.G.shape[1], rows.others.shape[1]
    chosen: list[int] = []
    p = np.zeros(rows.L.shape[1])
    for count in range(1, k + 1):
        degrees = total_degrees(count + others, _SIZES[count + others][0])
        tried: list[tuple[_Fit, int]] = []
        for j in set(range(e)) - set(chosen):
            if tried and late():
                break
            tried.append((_Fit.at(rows, p, np.eye(e)[[*chosen, j]], degrees).better(_FEW_STEPS, powers=True), j))
        fit, j = min(tried, key=lambda pair: pair[0].squares)
        chosen, p = [*chosen, j], fit.p
    return p, np.eye(e)[chosen]


@dataclass(frozen=True)
class _Step:
    """Columns that flows (m, e) take away, and the fit without them, which leaves so much more squares than allowed."""

    flows: Array
    gone: tuple[int, ...]
    fit: _Fit
    worse: float


def _step(fit: _Fit, flows: Array, gone: tuple[int, ...]) -> _Step:
    """The fit after some columns are taken away by flows of which no other one moves them."""
    rows = fit.rows.along(flows, gone)
    Q = _turned(np.delete(fit.Q, gone, axis=1))
    ends = fit.squares + _ENOUGH * fit.allowed, fit.squares + _HOPELESS * fit.allowed
    tried = replace(_Fit.at(rows, fit.p, Q, fit.degrees).better(_FEW_STEPS, ends=ends), bias=fit.bias)
    return _Step(flows, gone, tried, (tried.squares - fit.squares) / fit.allowed)


def _steps(fit: _Fit) -> list[_Step]:
    """The plainest flows that the data do not refuse, through as few columns as do; those of single ones together."""
    e, covariance = fit.Q.shape[1], np.asarray(np.linalg.pinv(fit.information(), rcond=1e-9, hermitian=True))
    for many in range(1, min(3, e) + 1):
        flows = _flows(e, many)
        refused = _refused(fit, covariance, np.array(flows))
        near = sorted(int(k) for k in np.argsort(refused, kind="stable")[:_SCREENED] if refused[k] < _NEARBY)
        passed: list[_Step] = []
        for flow in (flows[k] for k in near):
            if late() or (passed and _cost(flow) > _cost(passed[0].flows)):
                break
            step = _step(fit, flow[None], (int(np.flatnonzero(np.abs(flow) == 1)[-1]),))
            passed += [step] if step.worse < 1 else []
        passed.sort(key=lambda one: one.worse)
        if many == 1 and len(passed) > 1 and not late():
            gone = tuple(sorted(one.gone[0] for one in passed[: e - len(fit.Q)]))
            together = _step(fit, np.eye(e)[list(gone)], gone)
            passed = [*([together] if together.worse < len(gone) else []), *passed]
        if passed:
            return passed[:_BRANCHES]
    return []


def _cost(flow: Array) -> float:
    return float(np.abs(flow).sum())


def _flows(e: int, many: int) -> list[Array]:
    """Flows through so many of e columns, plain ones first, each once."""
    found: dict[tuple[float, ...], Array] = {}
    for chosen in combinations(range(e), many):
        for ratios in product((1.0, 2.0, 0.5, -1.0, -2.0, -0.5), repeat=many - 1):
            flow = np.zeros(e)
            flow[list(chosen)] = 1.0, *ratios
            if many > 1 and float(np.abs(flow).max()) > 1 and float(np.abs(flow).min(initial=1, where=flow != 0)) < 1:
                continue
            found.setdefault(tuple(flow), flow)
    return sorted(found.values(), key=_cost)


def _refused(fit: _Fit, covariance: Array, flows: Array) -> Array:
    """By how much flows (m, e) that leave all groups alone would be worse, in units of what is allowed, by the slopes.

    The covariance (K·e, K·e) is that of Q, in units of the variance of a row.
    """
    k, e = fit.Q.shape
    moved = flows @ fit.Q.T
    spread = np.einsum("mi,aibj,mj->mab", flows, covariance.reshape(k, e, k, e), flows)
    return np.einsum("ma,mab,mb->m", moved, np.linalg.pinv(spread, rcond=1e-9, hermitian=True), moved) / fit.allowed


def _powers(fit: _Fit, flows: Array) -> list[Fraction] | None:
    """By which powers y grows along the flows; None where one is not rational."""
    J, a, d = fit.jacobian(), len(fit.coef), len(fit.p)
    covariance = np.linalg.pinv(J.T @ J, rcond=1e-13, hermitian=True)[a : a + d, a : a + d] * fit.variance
    errors = np.sqrt(np.maximum(np.sum(flows @ covariance * flows, axis=1), 0.0))
    least = _ASTRAY if fit.bias > _BIAS * fit.squares else _EXPONENT
    found = [
        _rational(float(p), max(_ERRORS * float(error), least)) for p, error in zip(flows @ fit.p, errors, strict=True)
    ]
    powers = [power for power in found if power is not None]
    return powers if len(powers) == len(found) else None


def _rational(p: float, doubt: float) -> Fraction | None:
    """The plainest rational number that an exponent may be."""
    for q in (1, 2, 3, 4) if doubt < _FINE else (1, 2):
        near = Fraction(round(p * q), q)
        if abs(p - near) <= doubt and abs(near) <= _LARGEST:
            return near
    return None

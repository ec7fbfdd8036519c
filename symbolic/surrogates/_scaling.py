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
from symbolic.surrogates._scaling_fit import BIAS, FEW_STEPS, SIZES, Fit, Rows, best_fit, turned

Array = NDArray[np.float64]
Flows = list[list[Fraction]]

_ROWS = 6000
_HOPELESS = 12.0  # of what is allowed: a flow that adds so much after some steps is given up
_ENOUGH = 0.2  # of what is allowed: a flow that adds less is not fitted any better
_FINE = 0.02  # doubt about an exponent below which it may be a third or a quarter
_EXPONENT, _ASTRAY = 1e-3, 0.02  # least doubt about an exponent, and the same where P is to blame
_NEARBY, _SCREENED = 3.0, 8  # of the increase that chance allows a flow has by its slopes, and how many are then tried
_BRANCHES, _LOOKED_AT = 3, 12  # flows that are followed from one place, and places
_CLEARLY, _BIASED = 40.0, 2.0  # what a number of groups may leave more than another, in variances and in biases
_CHOICES, _SINGULAR = 150, 1e-3  # of columns that go, and a determinant of those that do not determine the others
_LARGEST, _ERRORS = 6.0, 3.5  # exponents, and standard errors by which one may be off a rational number


@dataclass(frozen=True)
class Scaling:
    """For each column of `gone`, the exponents (1 + d,) of y and of all columns along a flow that moves it.

    The fit that says so leaves `left` of y, in units of its spread.
    """

    gone: tuple[int, ...]
    flows: Flows
    left: float

    def choices(self, live: Sequence[int]) -> Iterator[Scaling]:
        """The same with other columns gone, of those that may be divided by."""
        A = np.array([[float(a) for a in flow] for flow in self.flows])
        for gone in islice(combinations(live, len(self.gone)), _CHOICES):
            B = A[:, [1 + j for j in gone]]
            if abs(np.linalg.det(B)) > _SINGULAR:
                yield Scaling(gone, _fractions(np.linalg.inv(B) @ A), self.left)

    @property
    def cost(self) -> float:
        """How much there is to read."""
        return float(sum(abs(a) + 2 * (a.denominator > 1) for flow in self.flows for a in flow))


def _fractions(A: Array) -> Flows:
    return [[Fraction(float(a)).limit_denominator(12) for a in row] for row in A]


def of_one_sign(X: Array) -> list[int]:
    """The columns of X (n, d) that have a logarithm, up to their sign."""
    return [j for j, column in enumerate(X.T) if (column > 0).all() or (column < 0).all()]


@np.errstate(all="ignore")
def scalings(X: Array, y: Array, s: Array, seed: int) -> Iterator[Scaling]:
    """The plainest flows along which y (n,) is only scaled, for each number of groups of the columns of X (n, d) that
    explains y as well as others do, few groups first; the first that goes all the way is the last.

    Errors of y count by s (n,).
    """
    d = X.shape[1]
    live = of_one_sign(X)
    dead = [j for j in range(d) if j not in live]
    L = np.log(np.abs(X[:_ROWS, live]))
    L = L - L.mean(0)
    rows = Rows(L, L, X[:_ROWS, dead], y[:_ROWS], s[:_ROWS])
    fits: list[Fit] = []
    for k in range(0 if dead else 1, len(live)):
        if k + len(dead) not in SIZES or late() or (len(fits) > 1 and not _better(fits[-1], fits[-2])):
            break
        fit = best_fit(rows, k, seed)
        fits += [] if fit is None else [fit]
    for fit in fits:
        if any(_better(other, fit) for other in fits):
            continue
        found = _plainest(fit)
        if found is not None:
            left = float(np.sqrt(fit.variance)) / max(rows.spread, 1e-300)
            yield _told(*found, live, d, left)
            if len(found[1]) == len(live) - len(fit.Q):
                return


def _better(fit: Fit, other: Fit) -> bool:
    """Whether a fit leaves less than another one does, and not by chance or by what P gets wrong."""
    n, clearly = len(fit.left), _CLEARLY + 4 * np.sqrt(len(fit.coef))  # chance grows with the coefficients
    return bool(n * other.variance > (n + clearly) * fit.variance + _BIASED * other.bias)


def _plainest(fit: Fit) -> tuple[list[int], Array, list[Fraction]] | None:
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


def _told(gone: list[int], flows: Array, powers: list[Fraction], live: list[int], d: int, left: float) -> Scaling:
    turn = np.linalg.inv(flows[:, gone])  # each flow then moves one of the columns that go
    exact = np.zeros((len(flows), 1 + d))
    exact[:, 0] = -turn @ np.array([float(power) for power in powers])
    exact[:, [1 + j for j in live]] = turn @ flows
    return Scaling(tuple(live[j] for j in gone), _fractions(exact), left)


@dataclass(frozen=True)
class _Step:
    """Columns that flows (m, e) take away, and the fit without them, which leaves so much more squares than allowed."""

    flows: Array
    gone: tuple[int, ...]
    fit: Fit
    worse: float


def _step(fit: Fit, flows: Array, gone: tuple[int, ...]) -> _Step:
    """The fit after some columns are taken away by flows of which no other one moves them."""
    rows = fit.rows.along(flows, gone)
    Q = turned(np.delete(fit.Q, gone, axis=1))
    ends = fit.squares + _ENOUGH * fit.allowed, fit.squares + _HOPELESS * fit.allowed
    tried = replace(Fit.at(rows, fit.p, Q, fit.degrees).better(FEW_STEPS, ends=ends), bias=fit.bias)
    return _Step(flows, gone, tried, (tried.squares - fit.squares) / fit.allowed)


def _steps(fit: Fit) -> list[_Step]:
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


def _refused(fit: Fit, covariance: Array, flows: Array) -> Array:
    """By how much flows (m, e) that leave all groups alone would be worse, in units of what is allowed, by the slopes.

    The covariance (K·e, K·e) is that of Q, in units of the variance of a row.
    """
    k, e = fit.Q.shape
    moved = flows @ fit.Q.T
    spread = np.einsum("mi,aibj,mj->mab", flows, covariance.reshape(k, e, k, e), flows)
    return np.einsum("ma,mab,mb->m", moved, np.linalg.pinv(spread, rcond=1e-9, hermitian=True), moved) / fit.allowed


def _powers(fit: Fit, flows: Array) -> list[Fraction] | None:
    """By which powers y grows along the flows; None where one is not rational."""
    J, a, d = fit.jacobian(), len(fit.coef), len(fit.p)
    covariance = np.linalg.pinv(J.T @ J, rcond=1e-13, hermitian=True)[a : a + d, a : a + d] * fit.variance
    errors = np.sqrt(np.maximum(np.sum(flows @ covariance * flows, axis=1), 0.0))
    least = _ASTRAY if fit.bias > BIAS * fit.squares else _EXPONENT
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

"""Quotients P/Q of polynomials under a link, y = g(P/Q): fitted whole, and stripped to the terms that the data ask for.

The linear form P − T(y)·Q = 0 with T the inverse of g proposes: its smallest singular value over all Q of unit size is
the noise of y, whatever the degrees (Taubin 1991, doi:10.1109/34.103273). Terms go by Gauss–Newton on y itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations_with_replacement

import numpy as np
from numpy.typing import NDArray

from symbolic.stages.additive._links import Link

Array = NDArray[np.float64]
Index = NDArray[np.intp]

_SMALL = 1e-2  # of the typical denominator: rows nearer to a pole count no more than these
_STEPS, _BRIEF = 12, 4
_GONE = 0.25  # share of the terms that may go before the problem is linearised anew
_FEW = 14  # terms from which on it is linearised after each
_TERM_BITS, _DEGREE_BITS = 2.0, 1.5  # what a term costs beside its number
_SWAPS, _GROWTH = 6, 16
_FIRST = np.zeros(1, dtype=np.intp)  # the constant
_FINEST = 1e-13  # RMS residual relative to the spread of y that counts as none


@lru_cache(maxsize=256)
def monomials(columns: int, degree: int, squareless: tuple[int, ...] = ()) -> Index:
    """Exponents (K, columns) up to a total degree, the constant first; `squareless` columns never have a power above 1.

    Where cos u and sin u are both columns the square of one is in terms of the other.
    """
    found = []
    for total in range(degree + 1):
        for chosen in combinations_with_replacement(range(columns), total):
            row = [chosen.count(j) for j in range(columns)]
            if all(row[j] < 2 for j in squareless):
                found.append(row)
    return np.array(found, dtype=np.intp).reshape(-1, columns)


def products(F: Array, exponents: Index) -> Array:
    """The values (n, K) of monomials in the columns of F (n, m)."""
    out = np.ones((len(F), len(exponents)))
    for j in range(F.shape[1]):
        powers = F[:, [j]] ** np.arange(int(exponents[:, j].max(initial=0)) + 1)
        out *= powers[:, exponents[:, j]]
    return out


def dense(P: Array, Q: Array, y: Array, link: Link, rounds: int = 1) -> tuple[Array, Array, float] | None:
    """Coefficients of P/Q with every term, and the RMS error that they leave in y per degree of freedom.

    P (n, p) and Q (n, q) hold the values of the terms. Further `rounds` weigh the rows by the denominator before, which
    is better for all but loud noise, where it makes poles. None where there are too few rows in the range of the link.
    """
    with np.errstate(all="ignore"):
        z = link.inverse(y)
        slope = np.abs(link.slope(z))
    good = link.inside(y) & np.isfinite(z) & np.isfinite(slope)
    dof = int(good.sum()) - P.shape[1] - Q.shape[1] + 1
    if dof < len(y) // 3:
        return None
    P, Q, z, slope = P[good], Q[good], z[good], slope[good]
    weight, best = np.ones(len(z)), None
    for _ in range(rounds if Q.shape[1] > 1 else 1):
        found = _smallest(P, Q, z, slope, weight)
        if found is None:
            break
        p, q, left = found
        best = p, q, left / math.sqrt(dof)
        size = np.abs(Q @ q)
        weight = 1 / np.maximum(size, _SMALL * float(np.median(size)) + 1e-300)
    return best


def _smallest(P: Array, Q: Array, z: Array, slope: Array, weight: Array) -> tuple[Array, Array, float] | None:
    """The minimum of Σ(w·g′·(P − zQ))² over Q with Σ(wQ)² = n: its coefficients, and √ of it."""
    A, B = P * (weight * slope)[:, None], Q * weight[:, None]
    qa, ra = np.linalg.qr(A)
    qb, rb = np.linalg.qr(B)
    D = (slope * z)[:, None] * qb
    along = qa.T @ D
    rest = D - qa @ along
    rest -= qa @ (qa.T @ rest)  # twice is enough: the first projection leaves rounding of the size of D
    if not np.isfinite(rest).all():
        return None
    _, s, Vt = np.linalg.svd(rest, full_matrices=False)
    try:
        q = np.linalg.solve(rb, Vt[-1])
        p = np.linalg.solve(ra, along @ Vt[-1])
    except np.linalg.LinAlgError:
        return None
    if not (np.isfinite(p).all() and np.isfinite(q).all()):
        return None
    return p, q, float(s[-1]) * math.sqrt(len(z))


@dataclass(frozen=True)
class Quotient:
    """g(P/Q) with the terms `up` and `down` of a list of monomials, and what it leaves.

    The coefficient of the term `one` below is 1; `squares` is Σ(y − g)², `bits` the description length.
    """

    up: Index
    down: Index
    p: Array
    q: Array
    one: int
    squares: float
    bits: float

    @property
    def terms(self) -> int:
        return len(self.up) + len(self.down)


class Sparse:
    """The search for the terms of a quotient: values F (n, K) of the monomials, and their degrees (K,).

    Residuals of the size of `dust`, relative to the spread of y, do not count.
    """

    def __init__(
        self,
        F: Array,
        degrees: Index,
        y: Array,
        link: Link,
        late: Callable[[], bool] = lambda: False,
        dust: float = 0.0,
    ) -> None:
        self.F, self.degrees, self.y, self.link, self.late = F, degrees, y, link, late
        self.floor = (max(_FINEST, dust) * float(np.std(y))) ** 2 * len(y)

    def quotient(self, up: Index, down: Index, p: Array, q: Array, one: int) -> Quotient:
        with np.errstate(all="ignore"):
            squares = float(np.sum((self.y - self.value(up, down, p, q)) ** 2))
        squares = squares if math.isfinite(squares) else math.inf
        n, measured = len(self.y), len(up) + len(down) - 1
        bits = n / 2 * math.log2(max(squares, self.floor)) if math.isfinite(squares) else math.inf
        bits += measured * 0.5 * math.log2(n) + sum(
            _TERM_BITS + _DEGREE_BITS * int(self.degrees[k]) for k in (*up, *down)
        )
        return Quotient(up, down, p, q, one, squares, bits)

    def value(self, up: Index, down: Index, p: Array, q: Array) -> Array:
        with np.errstate(all="ignore"):
            return self.link.value((self.F[:, up] @ p) / (self.F[:, down] @ q))

    def linearised(self, at: Quotient, up: Index, down: Index) -> tuple[Array, Array]:
        """∂g/∂(coefficients of the terms up and down, but the one that is 1), and y − g."""
        with np.errstate(all="ignore"):
            below = self.F[:, at.down] @ at.q
            z = (self.F[:, at.up] @ at.p) / below
            slope = (self.link.slope(z) / below)[:, None]
            moving = down[down != at.one]
            J = np.concatenate([self.F[:, up] * slope, -self.F[:, moving] * slope * z[:, None]], axis=1)
            return J, self.y - self.link.value(z)

    def refined(self, at: Quotient, steps: int = _STEPS) -> Quotient:
        """Gauss–Newton with damping on y."""
        damping = 0.0
        for _ in range(steps):
            J, r = self.linearised(at, at.up, at.down)
            if not np.isfinite(J).all():
                return at
            scale = np.maximum(np.linalg.norm(J, axis=0), 1e-300)
            Q, R = np.linalg.qr(J / scale)
            if not np.isfinite(R).all():
                return at
            U, s, Vt = np.linalg.svd(R)
            along = U.T @ (Q.T @ r)
            better = None
            for _ in range(5):
                kept = s > 1e-13 * s[0]
                filtered = np.where(kept, s / (s**2 + damping * s[0] ** 2 + 1e-300), 0.0)
                step = (Vt.T @ (filtered * along)) / scale
                trial = self._moved(at, step)
                if trial.squares < at.squares:
                    better = trial
                    break
                damping = max(10 * damping, 1e-6)
            if better is None:
                return at
            gain = 1 - better.squares / at.squares
            at, damping = better, damping / 10 if damping > 1e-10 else 0.0
            if gain < 1e-6:
                return at
        return at

    def _moved(self, at: Quotient, step: Array) -> Quotient:
        q = at.q.copy()
        q[at.down != at.one] += step[len(at.up) :]
        return self.quotient(at.up, at.down, at.p + step[: len(at.up)], q, at.one)

    def stripped(self, start: Quotient) -> Quotient:
        """Terms taken away one by one, the one whose loss costs least first: the best description on the way."""
        best = at = self.refined(start)
        while at.terms > 2 and not self.late():
            smaller = self._without(at, max(1, int(_GONE * at.terms)) if at.terms > _FEW else 1)
            if smaller is None:
                break
            at = self.refined(smaller, _BRIEF if at.terms > _FEW else _STEPS)
            if at.bits < best.bits:
                best = at
            elif at.bits > best.bits + 0.5 * len(self.y) + 200:  # each further term costs more than the last
                break
        return best

    def _without(self, at: Quotient, count: int) -> Quotient | None:
        """The quotient after `count` removals in the linear problem around it."""
        J, r = self.linearised(at, at.up, at.down)
        moving = at.down[at.down != at.one]
        theta = np.concatenate([at.p, at.q[at.down != at.one]])
        scale = np.maximum(np.linalg.norm(J, axis=0), 1e-300)
        if not np.isfinite(J).all():
            return None
        Q, R = np.linalg.qr(J / scale)
        target = Q.T @ r + R @ (theta * scale)
        if not (np.isfinite(R).all() and np.isfinite(target).all()):
            return None
        live = np.arange(len(theta))
        for _ in range(count):
            above = int(np.sum(live < len(at.up)))
            if len(live) < 2:
                return None
            q2, r2 = np.linalg.qr(R[:, live])
            inverse = np.linalg.pinv(r2, rcond=1e-14)
            solved = inverse @ (q2.T @ target)
            cost = solved**2 / np.maximum(np.sum(inverse**2, axis=1), 1e-300)
            if above == 1:
                cost[0] = math.inf  # a quotient with nothing above the line is no formula
            live = np.delete(live, int(np.argmin(cost)))
        q2, r2 = np.linalg.qr(R[:, live])
        solved = np.linalg.pinv(r2, rcond=1e-14) @ (q2.T @ target) / scale[live]
        over = live < len(at.up)
        up, down = at.up[live[over]], np.append(moving[live[~over] - len(at.up)], at.one)
        return self.quotient(up, down, solved[over], np.append(solved[~over], 1.0), at.one)

    def grown(self, one: int) -> Quotient:
        """From a constant over one term, by adding terms."""
        with np.errstate(all="ignore"):
            z = self.link.inverse(self.y)
        level = float(np.median(z[np.isfinite(z)])) * float(np.median(self.F[:, one]))
        return self.exchanged(self.quotient(_FIRST, np.array([one]), np.array([level]), np.ones(1), one), _GROWTH)

    def exchanged(self, at: Quotient, most: int = _SWAPS) -> Quotient:
        """Terms added where they shorten the description, and others taken away for them."""
        everything = np.arange(self.F.shape[1])
        for _ in range(most):
            if self.late():
                break
            more = [np.setdiff1d(everything, side) for side in (at.up, at.down)]
            J, r = self.linearised(at, at.up, at.down)
            # The columns of the others are those of a quotient that has them with coefficient 0.
            wide, _ = self.linearised(at, *more)
            if not (np.isfinite(J).all() and np.isfinite(wide).all()):
                return at
            Q = np.linalg.qr(J)[0]
            rest = wide - Q @ (Q.T @ wide)
            left = np.sum(rest**2, axis=0)
            gain = np.where(left > 1e-12 * np.sum(wide**2, axis=0), (rest.T @ r) ** 2 / np.maximum(left, 1e-300), 0.0)
            if not len(gain):
                return at
            k = int(np.argmax(gain))
            if k < len(more[0]):
                larger = self.quotient(np.append(at.up, more[0][k]), at.down, np.append(at.p, 0.0), at.q, at.one)
            else:
                extra = more[1][k - len(more[0])]
                larger = self.quotient(at.up, np.append(at.down, extra), at.p, np.append(at.q, 0.0), at.one)
            changed = self.stripped(larger)
            if changed.bits >= at.bits - 1e-6:
                return at
            at = changed
        return at

    def from_dense(self, up: int, down: int, p: Array, q: Array) -> Quotient:
        """The best quotient after taking terms away from one with the first `up` and `down` monomials."""
        weight = np.abs(q) * np.sqrt(np.mean(self.F[:, :down] ** 2, axis=0))
        found: list[Quotient] = []
        for one in np.argsort(-weight)[: 2 if down > 1 else 1]:
            first = self.quotient(np.arange(up), np.arange(down), p / q[one], q / q[one], int(one))
            best = self.stripped(first)
            found.append(self.exchanged(best) if math.isfinite(best.bits) else best)
            if found[-1].squares <= 100 * self.floor:
                break
        return min(found, key=lambda quotient: quotient.bits)

    def from_nothing(self, down: int) -> Quotient:
        """The best quotient after adding terms to single ones, with the first `down` monomials below to begin with."""
        return min((self.grown(one) for one in range(down)), key=lambda quotient: quotient.bits)

    def again(self, at: Quotient) -> Quotient:
        """A quotient found on other rows, fitted to these."""
        return self.exchanged(self.refined(self.quotient(at.up, at.down, at.p, at.q, at.one)))

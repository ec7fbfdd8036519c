"""One fit of a scaling: y = Π|xᵢ|^pᵢ·P(u₁ … u_K) with monomials uₖ, the exponents and the polynomial P together."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symbolic._clock import late
from symbolic.fitting._noise import spread_of
from symbolic.fitting._separable import descended, solved
from symbolic.surrogates._chart import total_degrees
from symbolic.surrogates._model import derivatives, products

Array = NDArray[np.float64]

_FEW_ROWS = 1500  # of the first fits
_CLEAN, _CLEAN_ROWS = 0.02, 2500  # error of a fit below which fewer rows do
_SHARP = 5e-3  # and one that tells exponents well enough
_STEPS, FEW_STEPS = 60, 25
_SETTLED, _ROUGHLY = 1e-5, 1e-3  # gain of a step, relative, that ends a fit, and one that P limits
_GAINED = 0.7  # variance beside that with fewer coefficients at which P limits a fit
# Coefficients of P by number of groups, tried in turn.
SIZES = {1: (5, 9, 14, 22), 2: (15, 36, 66, 105), 3: (20, 56, 120)}
_BETTER = 0.995  # what more of them have to bring
_STARTS = 3  # by chance
_STEEPEST = 30.0  # logarithm beyond which a monomial is cut
# More squares, in units of their variance, than chance has once in a thousand, by number of groups.
_CHANCE = {0: 10.8, 1: 10.8, 2: 13.8, 3: 16.3}
BIAS = 0.1  # squares that a flow may add, in units of what the last coefficients of P took away


@dataclass(frozen=True)
class Rows:
    """Logarithms L (n, d) that y scales with, G (n, e) that the groups are made of, further columns, y, and weights."""

    L: Array
    G: Array
    others: Array
    y: Array
    s: Array

    @property
    def spread(self) -> float:
        """The standard deviation of y; errors count by s."""
        return spread_of(self.y, self.s**2)

    def some(self, n: int) -> Rows:
        return Rows(self.L[:n], self.G[:n], self.others[:n], self.y[:n], self.s[:n])

    def along(self, flows: Array, gone: tuple[int, ...]) -> Rows:
        """The rows with columns of G taken away by flows, each of which moves one of them."""
        kept = np.delete(np.arange(self.G.shape[1]), gone)
        own = flows[np.arange(len(gone)), gone]
        return replace(self, G=self.G[:, kept] - self.G[:, gone] @ (flows[:, kept] / own[:, None]))


@dataclass(frozen=True)
class Fit:
    """Exponents p (d,) and Q (K, e) with the best P: what it leaves, and the normal equations of all."""

    rows: Rows
    p: Array
    Q: Array
    degrees: NDArray[np.intp]
    coef: Array
    design: Array  # (n, P), with the monomial of y
    gram: Array  # (P, P), of the design
    half: Array  # of the width of each group
    left: Array
    squares: float
    bias: float = 0.0  # squares that the last coefficients of P took away: more would take some, too

    @property
    def variance(self) -> float:
        return self.squares / max(len(self.left) - len(self.coef) - self.p.size - self.Q.size, 1)

    @property
    def allowed(self) -> float:
        """The squares that a true flow may add by chance, or by what P gets wrong."""
        return _CHANCE[len(self.Q)] * self.variance + BIAS * self.bias

    @classmethod
    def at(cls, rows: Rows, p: Array, Q: Array, degrees: NDArray[np.intp]) -> Fit:
        from numpy.polynomial.chebyshev import chebvander

        u = np.column_stack([rows.G @ Q.T, rows.others])
        low, high = u.min(0), u.max(0)
        half = np.maximum((high - low) / 2, 1e-300)
        tables = [chebvander(t, int(degrees.max())) for t in ((u - low) / half - 1).T]
        monomial = rows.s * np.exp(np.clip(rows.L @ p, -_STEEPEST, _STEEPEST))
        design = products(tables, degrees, monomial)
        z = rows.s * rows.y
        gram = design.T @ design
        coef = solved(gram, design.T @ z)
        left = z - design @ coef
        squares = float(left @ left)
        squares = squares if np.isfinite(squares) else np.inf
        return cls(rows, p, Q, degrees, coef, design, gram, half, left, squares)

    def jacobian(self) -> Array:
        """Slopes of y by P's coefficients, p and Q (n, P + d + K·e)."""
        return np.concatenate([self.design.T, self._outer().T]).T

    def _outer(self) -> Array:
        """Slopes of y by p and Q (n, d + K·e)."""
        value = self.rows.s * self.rows.y - self.left
        slopes = self.design @ derivatives(self.degrees, self.coef)[:, : len(self.Q)] / self.half[: len(self.Q)]
        blocks = [value[:, None] * self.rows.L, *(slope[:, None] * self.rows.G for slope in slopes.T)]
        return np.concatenate(blocks, axis=1)

    def better(
        self, steps: int, powers: bool = False, ends: tuple[float, float] = (0.0, np.inf), settled: float = _SETTLED
    ) -> Fit:
        """Levenberg–Marquardt on the exponents, or on those of y alone; P is the best one for each.

        Down to the squares of `ends[0]` is enough; with more than those of `ends[1]` after a few steps it is given up.
        """
        d = len(self.p)

        def outer(fit: Fit) -> Array:
            return fit._outer()[:, : d if powers else None]

        def moved(fit: Fit, step: Array) -> Fit:
            Q = fit.Q if powers else turned(fit.Q + step[d:].reshape(fit.Q.shape))
            return Fit.at(fit.rows, fit.p + step[:d], Q, fit.degrees)

        return descended(self, outer, moved, steps, settled, ends)

    def information(self) -> Array:
        """That of Q (K·e, K·e), with P and p adjusted to it."""
        J, a = self.jacobian(), len(self.coef) + len(self.p)
        adjusted = np.linalg.qr(J[:, :a] / np.maximum(np.linalg.norm(J[:, :a], axis=0), 1e-300))[0]
        rest = J[:, a:] - adjusted @ (adjusted.T @ J[:, a:])
        return np.asarray(rest.T @ rest)


def turned(Q: Array) -> Array:
    """Exponents of the same groups, or powers and products of them, with orthonormal rows."""
    return np.linalg.qr(Q.T)[0].T


def best_fit(rows: Rows, k: int, seed: int) -> Fit | None:
    """The best of a few starts, with as many coefficients as bring something."""
    rng, e = np.random.default_rng(seed), rows.G.shape[1]
    sizes = SIZES[k + rows.others.shape[1]]
    few = rows.some(_FEW_ROWS)
    degrees = total_degrees(k + rows.others.shape[1], sizes[0])
    tried: list[Fit] = [Fit.at(few, *_columns_alone(few, k), degrees).better(_STEPS)]
    for _ in range(_STARTS):
        if late():
            break
        Q = turned(rng.normal(size=(k, e)))
        tried.append(Fit.at(few, np.zeros(rows.L.shape[1]), Q, degrees).better(_STEPS))
    best = min(tried, key=lambda one: one.squares)
    chosen: Fit | None = None
    for size in sizes:
        if chosen is not None and (late() or 4 * size > len(rows.y)):
            break
        if best.variance < (_CLEAN * rows.spread) ** 2:
            rows = rows.some(_CLEAN_ROWS)
        start = Fit.at(rows, best.p, best.Q, total_degrees(k + rows.others.shape[1], size))
        gained = chosen is not None and start.variance < _GAINED * chosen.variance
        best = start.better(_STEPS, settled=_ROUGHLY if gained else _SETTLED)
        if chosen is not None:
            if not best.variance < _BETTER**2 * chosen.variance:
                # Groups may bend to make up for a small P: with one that is larger than needed, true ones fit as well.
                return best
            best = replace(best, bias=chosen.variance * len(best.left) - best.squares)
        sharp = chosen is not None and best.variance < (_SHARP * rows.spread) ** 2
        chosen = best
        if sharp:
            break
    return chosen if chosen is not None and np.isfinite(chosen.squares) else None


def _columns_alone(rows: Rows, k: int) -> tuple[Array, Array]:
    """p and Q where each group is a column: the ones that explain most beside powers of the others, one by one."""
    e, others = rows.G.shape[1], rows.others.shape[1]
    chosen: list[int] = []
    p = np.zeros(rows.L.shape[1])
    for count in range(1, k + 1):
        degrees = total_degrees(count + others, SIZES[count + others][0])
        tried: list[tuple[Fit, int]] = []
        for j in set(range(e)) - set(chosen):
            if tried and late():
                break
            tried.append((Fit.at(rows, p, np.eye(e)[[*chosen, j]], degrees).better(FEW_STEPS, powers=True), j))
        fit, j = min(tried, key=lambda pair: pair[0].squares)
        chosen, p = [*chosen, j], fit.p
    return p, np.eye(e)[chosen]

"""T(y) = A(u) + B(u)·C(v) in splines: a line in one function of v, whose coefficients vary with u.

A varying-coefficient model (Hastie & Tibshirani, J. R. Stat. Soc. B 55, 1993) with its regressor unknown, by
alternating least squares in all rows: with C given A and B are a linear problem, and C is one with these two given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symbolic.fitting._noise import spread_of
from symbolic.fitting._splines import Axis, Smoother, axis, blocks
from symbolic.stages.additive._links import IDENTITY, LINKS, Link

Array = NDArray[np.float64]

SERVED = ("x", "exp", "1/x", "sqrt", "1/sqrt", "x^2")  # links that are tried
_COARSE = 12  # a surface that starts the fit has the cells of so many columns
_SWEEPS, _STEPS = 4, 2  # of A and B and then C; and of Gauss–Newton on y itself
_SETTLED = 0.998  # what a sweep must leave of the square before it for another to follow
_GRID = 30
_FIRST_ROWS, _NEAR, _FITTED = 2000, 1.3, 4  # of a first look, and what goes on to all rows
_TOGETHER = 60  # rows that are taken for rows of one u
_HIGHEST = 1e3  # times the median that a row may weigh


@dataclass(frozen=True)
class Varying:
    """y ≈ sign·g(A + B·C): curves (n,) on the rows, A and B of the column `outer`, C of `inner` with mean 0, spread 1.

    `z` (n,) is what A + B·C was fitted to and `weight` (n,) what its squared errors count, in those of y; `noise` is
    the weighted mean square that is left, `error` the root of what is left of y relative to its spread, both per
    degree of freedom, of which the curves have `edf`.
    """

    link: Link
    sign: float
    outer: int
    inner: int
    A: Array
    B: Array
    C: Array
    z: Array
    weight: Array
    noise: float
    error: float
    edf: float
    left: float  # the mean square of the residual
    residual: Array


def fits(X: Array, y: Array, weight: Array, smooth: Array) -> list[Varying]:
    """The form through every link that y allows, either column inside, best first; `weight` (n,) has mean 1.

    `smooth` (n,) are values near y that noise does not move: links are first linearised there.
    """
    axes = [one for column in X.T if (one := axis(column, 2))]
    coarse = [one for column in X.T if (one := axis(column, _COARSE))]
    if len(axes) != 2:
        return []
    rows = np.random.default_rng(len(y)).choice(len(y), min(len(y), _FIRST_ROWS), replace=False)
    few = [_Space.of(X[rows], outer, 1 - outer, axes, coarse) for outer in (0, 1)]
    tried: list[tuple[float, Link, float, int]] = []
    for link, sign in _links(y):
        for space in few:
            fit = _fitted(space, link, sign, y[rows], weight[rows], smooth[rows])
            if fit is not None:
                tried.append((fit.error, link, sign, space.outer))
    least = min((one[0] for one in tried), default=np.inf)
    near = [one for one in sorted(tried, key=lambda one: one[0]) if one[0] <= _NEAR * least][:_FITTED]
    found = []
    for _, link, sign, outer in near:
        fit = _fitted(_Space.of(X, outer, 1 - outer, axes, coarse), link, sign, y, weight, smooth)
        if fit is not None:
            found.append(fit)
    return sorted(found, key=lambda fit: fit.error)


def _links(y: Array) -> Iterator[tuple[Link, float]]:
    for link in LINKS:
        for sign in (1.0, -1.0) if link.mirrored else (1.0,):
            if link.name in SERVED and link.serves(sign * y):
                yield link, sign


def _linearised(link: Link, sign: float, y: Array, weight: Array, smooth: Array) -> tuple[Array, Array]:
    """T(y) on the tangent at smooth values, and what a squared error of it counts; 0 where there is none."""
    inside = link.inside(sign * smooth)
    with np.errstate(all="ignore"):
        inner = link.inverse(np.where(inside, sign * smooth, np.nan))
        slope = link.slope(inner)
        return _bounded(inner + (sign * y - link.value(inner)) / slope, weight * slope**2)


def _bounded(z: Array, w: Array) -> tuple[Array, Array]:
    good = np.isfinite(z) & np.isfinite(w) & (w > 0)
    if not good.any():
        return np.zeros_like(z), np.zeros_like(z)
    return np.where(good, z, 0.0), np.minimum(np.where(good, w, 0.0), _HIGHEST * float(np.median(w[good])))


@dataclass(frozen=True)
class _Space:
    """The splines of both columns on the rows (n, size), fine and coarse, and their penalties."""

    outer: int
    inner: int
    U: Array
    V: Array
    bend_u: Array
    bend_v: Array
    u: tuple[Array, Array, Array]  # coarse: on the rows, on a grid, penalty
    v: tuple[Array, Array, Array]

    @classmethod
    def of(cls, X: Array, outer: int, inner: int, axes: list[Axis], coarse: list[Axis]) -> _Space:
        def rough(j: int) -> tuple[Array, Array, Array]:
            grid = np.quantile(X[:, j], np.linspace(0, 1, _GRID))
            return coarse[j].values(X[:, j]), coarse[j].values(grid), coarse[j].bending()

        U, V = axes[outer].values(X[:, outer]), axes[inner].values(X[:, inner])
        return cls(outer, inner, U, V, axes[outer].bending(), axes[inner].bending(), rough(outer), rough(inner))

    def start(self, z: Array, w: Array) -> Array:
        """C from the leading interaction of a coarse surface."""
        (Bu, Gu, Pu), (Bv, Gv, Pv) = self.u, self.v
        n, p, q = len(z), Bu.shape[1], Bv.shape[1]
        design = (Bu[:, :, None] * Bv[:, None, :]).reshape(n, p * q)
        penalty = np.kron(Pu, np.eye(q)) + np.kron(np.eye(p), Pv)
        K = Smoother(design, penalty, w).fit(z).coef.reshape(p, q)
        F = Gu @ K @ Gv.T
        left = np.linalg.svd(F - F.mean(1, keepdims=True))[0][:, 0]
        return np.asarray(Bv @ (left @ Gu @ K))


def _fitted(space: _Space, link: Link, sign: float, y: Array, weight: Array, smooth: Array) -> Varying | None:
    try:
        return _alternated(space, link, sign, y, weight, smooth)
    except np.linalg.LinAlgError:
        return None


def _alternated(space: _Space, link: Link, sign: float, y: Array, weight: Array, smooth: Array) -> Varying | None:
    z, w = _linearised(link, sign, y, weight, smooth)
    if not w.any() or not np.ptp(z) > 0:
        return None
    swept = _swept(space, z, w, space.start(z, w))
    if swept is None:
        return None
    best = _judged(space, link, sign, y, weight, z, w, swept)
    for _ in range(_STEPS if link is not IDENTITY else 0):
        # Gauss–Newton: rows count by what they say of y, whatever noise did to T(y).
        low, high = float(z[w > 0].min()), float(z[w > 0].max())
        inner = np.clip(best.A + best.B * best.C, low, high)
        with np.errstate(all="ignore"):
            slope = link.slope(inner)
            z1, w1 = _bounded(inner + (sign * y - link.value(inner)) / slope, weight * slope**2)
        swept = _swept(space, z1, w1, best.C) if w1.any() else None
        if swept is None:
            break
        tried = _judged(space, link, sign, y, weight, z1, w1, swept)
        if not tried.error < best.error:
            break
        best = tried
    return best if np.isfinite(best.error) else None


_Curves = tuple[Array, Array, Array, float]


def _swept(space: _Space, z: Array, w: Array, C: Array) -> _Curves | None:
    """A, B, C and their effective parameters after some sweeps."""
    penalty, before = blocks([space.bend_u, space.bend_u]), np.inf
    for _ in range(_SWEEPS):
        spread = float(np.std(C))
        if not np.isfinite(spread) or spread == 0:
            return None
        C = (C - C.mean()) / spread
        smooth = Smoother(np.hstack([space.U, space.U * C[:, None]]), penalty, w).fit(z)
        a, b = np.split(smooth.coef, 2)
        A, B = space.U @ a, space.U @ b
        size = float(np.sqrt(np.mean(B**2)))
        if not np.isfinite(size) or size == 0:
            return None
        curve = Smoother(space.V * (B / size)[:, None], space.bend_v, w).fit(z - A)
        C = space.V @ curve.coef / size
        if curve.left > _SETTLED * before:
            break
        before = curve.left
    centre, spread = float(C.mean()), float(np.std(C))
    return (A + B * centre, B * spread, (C - centre) / spread, smooth.edf + curve.edf - 2) if spread > 0 else None


def _judged(
    space: _Space, link: Link, sign: float, y: Array, weight: Array, z: Array, w: Array, curves: _Curves
) -> Varying:
    A, B, C, edf = curves
    low, high = float(z[w > 0].min()), float(z[w > 0].max())
    with np.errstate(all="ignore"):
        residual = y - sign * link.value(np.clip(A + B * C, low, high))
    room = len(y) / max(len(y) - edf, 1.0)
    left = float(np.mean(weight * residual**2))
    error = float(np.sqrt(left * room)) / spread_of(y, weight)
    noise = float(np.mean(w * (z - A - B * C) ** 2)) * room
    error = error if np.isfinite(error) else np.inf
    return Varying(link, sign, space.outer, space.inner, A, B, C, z, w, noise, error, edf, left, residual)


def regressed(fit: Varying, X: Array, C: Array) -> Varying | None:
    """The fit with a C of its own (n,) in place of the spline: A and B anew."""
    one = axis(X[:, fit.outer], 2)
    if one is None or not np.isfinite(C).all() or not np.ptp(C) > 0:
        return None
    U, bend = one.values(X[:, fit.outer]), one.bending()
    centre, spread = float(C.mean()), float(np.std(C))
    unit = (C - centre) / spread
    smooth = Smoother(np.hstack([U, U * unit[:, None]]), blocks([bend, bend]), fit.weight).fit(fit.z)
    a, b = np.split(smooth.coef, 2)
    B = U @ b / spread
    room = len(X) / max(len(X) - smooth.edf, 1.0)
    return replace(fit, A=U @ a - B * centre, B=B, C=C, noise=smooth.left * room, edf=smooth.edf)


def told_apart(fit: Varying, X: Array) -> Array:
    """What part of the weight of each row (n,) is left for A where B is not known, and the other way round.

    In rows of nearly the same u a constant C tells A from B not at all: 1 − (Σw·C)²/(Σw·Σw·C²).
    """
    n, bins = len(X), max(len(X) // _TOGETHER, 1)
    place = np.empty(n, dtype=np.intp)
    place[np.argsort(X[:, fit.outer], kind="stable")] = np.arange(n) * bins // n
    sums = [np.bincount(place, weights=fit.weight * fit.C**k, minlength=bins) for k in range(3)]
    with np.errstate(all="ignore"):
        shared = np.nan_to_num(sums[1] ** 2 / (sums[0] * sums[2]), nan=1.0)
    return np.asarray((1 - np.clip(shared, 0.0, 1.0))[place])


def reread(fit: Varying, X: Array, rest: Array, factor: Array) -> tuple[Array, float]:
    """A curve f of the outer column (n,), with its effective parameters, where z is `rest` + f·`factor`."""
    one = axis(X[:, fit.outer], 2)
    assert one is not None
    U = one.values(X[:, fit.outer])
    size = float(np.sqrt(np.mean(factor**2)))
    smooth = Smoother(U * (factor / size)[:, None], one.bending(), fit.weight).fit(fit.z - rest)
    return U @ smooth.coef / size, smooth.edf

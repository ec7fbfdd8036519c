"""How large the noise is, what kind it is, and whether a residual is nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from symbolic.fitting._refine import Loss

Array = NDArray[np.float64]

_QUERIES = 1000
_DOUBT = 3.3  # standard errors: one white residual in a thousand is called coloured
_FEWEST_GROWING, _GROWS, _APART = 30, 12.0, 2.0  # rows, bits that errors which grow with y gain, and σ of large y
_MACHINE = 4 * np.finfo(np.float64).eps


def spread_of(y: Array, weight: Array | None = None) -> float:
    """The standard deviation of y (n,); squared deviations count by `weight` (n,)."""
    if weight is None:
        return float(np.std(y))
    mean = np.average(y, weights=weight)
    return float(np.sqrt(np.average((y - mean) ** 2, weights=weight)))


def sigma_neighbours(X: ArrayLike, y: ArrayLike, sigma: Array | None = None) -> float | None:
    """Estimate the noise of y without a model: each row against a plane through its nearest neighbours.

    Repeated rows are used alone where they give at least ten degrees of freedom. The planes' own error and leverage are
    divided out; curvature between neighbours is counted as noise, so in many dimensions this is an upper bound. In one
    dimension a row is held against a cubic, too, which bends along. In units of `sigma` (n,) where that is given. None
    below eight rows.
    """
    X, y = _scaled(X), np.asarray(y, dtype=np.float64).ravel()
    sigma = np.ones_like(y) if sigma is None else sigma
    repeated = _replicates(X, y, sigma)
    if repeated is not None:
        return repeated
    n, d = X.shape
    k = d + 3
    if n < max(8, k + 2):
        return None
    rows = np.unique(np.linspace(0, n - 1, min(n, _QUERIES)).round().astype(int))
    near = _neighbours(X, X[rows], k + 1)[:, 1:]  # (queries, k): the row itself comes first
    found = [_plane_errors(X, y, rows, near) / sigma[rows]]
    if d == 1:
        found.append(_cubic_errors(X[:, 0], y, sigma))
    sizes = [_size(errors[np.isfinite(errors)]) for errors in found if np.isfinite(errors).sum() > len(rows) // 2]
    return min(sizes, default=None)


def _size(errors: Array) -> float:
    # The middle of the squared errors is safe from the few places where the law bends sharply.
    robust = float(np.median(np.abs(errors)) / 0.6745)
    return min(robust, float(np.sqrt(np.mean(errors**2))))


def _cubic_errors(x: Array, y: Array, sigma: Array) -> Array:
    """Each row's distance from the cubic through two rows on each side of it, in units of its own noise."""
    order = np.argsort(x, kind="stable")
    x, y, sigma = x[order], y[order], sigma[order]
    places = np.arange(2, len(x) - 2)[:, None] + np.array([-2, -1, 1, 2])
    with np.errstate(all="ignore"):
        away = x[places] - x[2:-2, None]  # (m, 4)
        weights = np.ones_like(away)
        for j in range(4):
            for k in range(4):
                if k != j:
                    weights[:, j] *= away[:, k] / (away[:, k] - away[:, j])  # Lagrange, at 0
        spread = np.sqrt(sigma[2:-2] ** 2 + np.sum((weights * sigma[places]) ** 2, axis=1))
        return np.asarray((y[2:-2] - np.sum(weights * y[places], axis=1)) / spread)


def growing(size: ArrayLike, residual: ArrayLike) -> tuple[float, float] | None:
    """Return (a, b) of errors σ = √(a² + b²·size²) that grow with the `size` (n,) of y; None where one σ does as well.

    By the likelihood of a normal `residual` (n,); a law without noise has none to tell.
    """
    size, squares = np.abs(np.asarray(size, dtype=np.float64)), np.square(np.asarray(residual, dtype=np.float64))
    n, scale = len(squares), float(np.sqrt(np.mean(size**2)))
    if n < _FEWEST_GROWING or scale == 0 or not np.mean(squares) > 0:
        return None
    tried = []
    for share in np.geomspace(0.1, 1e3, 33):
        shape = 1 + (share * size / scale) ** 2
        square = float(np.mean(squares / shape))
        tried.append((0.5 * float(n * np.log2(square) + np.sum(np.log2(shape))), float(share), square, shape))
    bits, share, square, shape = min(tried, key=lambda one: one[0])
    low, high = np.quantile(shape, [0.05, 0.95])
    if 0.5 * n * float(np.log2(np.mean(squares))) - bits < _GROWS or high < _APART**2 * low:
        return None
    return float(np.sqrt(square)), float(np.sqrt(square)) * share / scale


def _scaled(X: ArrayLike) -> Array:
    X = np.asarray(X, dtype=np.float64)
    X = X[:, None] if X.ndim == 1 else X
    spread = X.std(axis=0)
    return (X - X.mean(axis=0)) / np.where(spread > 0, spread, 1.0)


def _replicates(X: Array, y: Array, sigma: Array) -> float | None:
    if np.ptp(sigma) > 0:
        return None
    y = y / sigma[0]
    _, group, counts = np.unique(X, axis=0, return_inverse=True, return_counts=True)
    dof = len(y) - len(counts)
    if dof < 10:
        return None
    group = group.ravel()
    means = np.bincount(group, weights=y) / counts
    return float(np.sqrt(np.sum((y - means[group]) ** 2) / dof))


def _neighbours(X: Array, queries: Array, count: int) -> NDArray[np.intp]:
    from scipy.spatial import cKDTree

    return np.asarray(cKDTree(X).query(queries, k=count)[1])


def _plane_errors(X: Array, y: Array, rows: NDArray[np.intp], near: NDArray[np.intp]) -> Array:
    """Return each query's distance from the plane through its neighbours, in units of one row's noise."""
    offsets = X[near] - X[rows][:, None, :]  # (queries, k, d)
    design = np.concatenate([np.ones((*near.shape, 1)), offsets], axis=2)
    hat = np.linalg.pinv(design)[:, 0, :]  # the weights of the neighbours in the value at the query
    predicted = np.einsum("qk,qk->q", hat, y[near])
    return np.asarray((y[rows] - predicted) / np.sqrt(1 + np.einsum("qk,qk->q", hat, hat)))


def choose_loss(y: ArrayLike, residual: ArrayLike, relative: ArrayLike | None = None) -> Loss:
    """Decide by likelihood whether errors have one size ("absolute") or grow with y ("relative").

    `residual` is y − f of the fit with the absolute loss, `relative` is log(y/f) of the fit with the relative one (by
    default of the same f). Relative errors mean a density of y with the factor 1/|y|, so Σ log|y| is its price.
    """
    y, r = np.asarray(y, dtype=np.float64), np.asarray(residual, dtype=np.float64)
    with np.errstate(all="ignore"):
        rho = np.log(y / (y - r)) if relative is None else np.asarray(relative, dtype=np.float64)
    if np.any(y == 0) or not np.isfinite(rho).all():
        return "absolute"
    by_size = _likelihood_price(r, _MACHINE * float(np.sqrt(np.mean(y**2))))
    by_share = _likelihood_price(rho, _MACHINE) + float(np.sum(np.log(np.abs(y))))
    return "relative" if by_share < by_size else "absolute"


def _likelihood_price(residual: Array, floor: float) -> float:
    """Return −log L of a normal residual whose standard deviation is its own, but not below `floor`."""
    return 0.5 * len(residual) * float(np.log(np.mean(residual**2) + floor**2))


def whiteness(residual: ArrayLike, X: ArrayLike) -> float:
    """Return how far a residual is from white, in standard errors: the largest of several tests.

    Signs and products of neighbours along every column, products of nearest neighbours in all columns, and what a
    quadratic of all columns explains. Values below about 3 are what noise gives.
    """
    X, r = _scaled(X), np.asarray(residual, dtype=np.float64).ravel()
    n = len(r)
    if n < 6 or not np.any(r):
        return 0.0
    r = r - r.mean()
    scores = [0.0]
    for column in X.T:
        if len(np.unique(column)) > 2:
            ordered = r[np.argsort(column, kind="stable")]
            scores += [_runs(ordered), _correlation(ordered[1:], ordered[:-1])]
    if X.shape[1] > 1:
        scores.append(_correlation(r, r[_neighbours(X, X, 2)[:, 1]]))
    scores.append(_quadratic(X, r))
    return max(scores)


def is_white(residual: ArrayLike, X: ArrayLike) -> bool:
    """Tell whether a residual shows no structure in X (see `whiteness`)."""
    return whiteness(residual, X) < _DOUBT


def _runs(r: Array) -> float:
    """Wald–Wolfowitz: how many standard errors fewer runs of one sign than chance gives."""
    up = int(np.sum(r > 0))
    down = len(r) - up
    if min(up, down) < 3:
        return 0.0
    expected = 1 + 2 * up * down / len(r)
    variance = (expected - 1) * (expected - 2) / (len(r) - 1)
    runs = 1 + int(np.sum((r[1:] > 0) != (r[:-1] > 0)))
    return float((expected - runs) / np.sqrt(variance)) if variance > 0 else 0.0


def _correlation(r: Array, other: Array) -> float:
    size = float(np.sqrt(np.sum((r * other) ** 2)))
    return float(np.sum(r * other)) / size if size > 0 else 0.0


def _quadratic(X: Array, r: Array) -> float:
    """Return the F-test of a full quadratic against nothing, as a normal score."""
    n, d = X.shape
    d = min(d, 8)
    pairs = [X[:, i] * X[:, j] for i in range(d) for j in range(i, d)]
    design = np.column_stack([np.ones(n), X[:, :d], *pairs])
    terms = design.shape[1] - 1
    if n < 3 * terms + 6:
        return 0.0
    fitted, _, rank, _ = np.linalg.lstsq(design, r, rcond=None)
    left = float(np.sum((r - design @ fitted) ** 2))
    k, dof = rank - 1, n - rank
    if left <= 0 or k < 1:
        return np.inf if k >= 1 else 0.0
    ratio = (float(r @ r) - left) / k / (left / dof)
    from scipy.special import fdtrc, ndtri

    return max(float(-ndtri(max(float(fdtrc(k, dof, ratio)), 1e-300))), 0.0)


def printed_floor(values: ArrayLike, digits: int | None = None) -> Array:
    """Return the standard deviation of the rounding of each value (n,): one unit of its last printed digit over √12.

    With `digits`, each value has that many significant digits. Otherwise the column is read as printed either with its
    largest number of significant digits or with its largest number of decimals, whichever is coarser for the value.
    Whole numbers, and values of more than 13 digits, are exact up to machine precision.
    """
    values = np.asarray(values, dtype=np.float64).ravel()
    size = float(np.max(np.abs(values), initial=0.0))
    machine = _MACHINE * np.maximum(np.abs(values), 1e-6 * size) + 1e-150
    with np.errstate(divide="ignore"):
        magnitude = np.where(values != 0, np.floor(np.log10(np.abs(values))), -300.0)
    decimals = -300
    if digits is None:
        if np.all(values == np.round(values)):
            return machine
        digits, decimals = _printed(values)
        if digits > 13:
            return machine
    unit = np.maximum(10.0 ** (magnitude + 1 - digits), 10.0 ** -float(decimals) if decimals > -300 else 0.0)
    return np.asarray(np.maximum(unit / np.sqrt(12), machine))


def _printed(values: Array) -> tuple[int, int]:
    """Return the largest numbers of significant digits and of decimals among the shortest forms of the values."""
    digits, decimals = 1, -300
    for value in values[np.isfinite(values)]:
        mantissa, _, power = f"{abs(float(value)):.15e}".partition("e")
        kept = mantissa.replace(".", "").rstrip("0")
        if float(f"{value:.14e}") != value:
            kept = kept.ljust(16, "0")
        digits, decimals = max(digits, len(kept)), max(decimals, len(kept) - 1 - int(power))
    return digits, decimals

"""y as a link of a sum, or of a product, of one spline an input: the fits that naming starts from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symbolic._additive_links import EXP, IDENTITY, LINKS, OVER_PRODUCTS, Link, over_product
from symbolic._noise import whiteness
from symbolic._splines import Axis, Smoother, axis, blocks

Array = NDArray[np.float64]

STIFF = 1e-3  # error, relative to the spread of y, below which splines leave more by themselves than noise does
COLOURED = 5.0  # whiteness that noise has once in a million times: structures are not turned down by chance
_SWEEPS, _TRIAL_SWEEPS = 12, 3
_STIFFNESS = 1e-4  # error of a spline in units of the spread of its target
_NOTHING = 9.0  # a curve whose variance is below so many times that of its own error is nothing
_CLEAN = 1e-2  # error of a fit to log y below which y is a product without a look at its sign
_BIAS = 1e-5  # error below which a fit to T(y) needs no further step on y itself
_CLOSE = 1e-6  # error below which no other structure is looked for
_IMPROVED = 4  # sums that are improved on y


@dataclass(frozen=True)
class Fit:
    """y ≈ sign·g(c + Σφᵢ(xᵢ)), or sign·g(offset + c·Πfᵢ(xᵢ)) where `product`, with a spline for every live input.

    `curves` (live, n) are the splines on the rows: φᵢ of mean 0, fᵢ of mean square 1. `error` is the RMSE in y
    relative to the spread, per degree of freedom; `scatter` the same for T(y) (a product: y), in its own units.
    """

    link: Link
    sign: float
    product: bool
    inputs: tuple[int, ...]
    curves: Array
    constant: float
    error: float
    scatter: float
    edf: float
    residual: Array
    offset: float | None = None  # of a product that has one

    @property
    def inner(self) -> Array:
        """What the link is applied to, on the rows (n,)."""
        if self.product:
            return (self.offset or 0.0) + self.constant * np.prod(self.curves, axis=0)
        return self.constant + self.curves.sum(0)


@dataclass(frozen=True)
class Splines:
    """The spline bases of the columns of X (n, d) that are not constant: values (n, p) with a column of ones first."""

    axes: tuple[Axis, ...]
    inputs: tuple[int, ...]
    full: tuple[Array, ...]  # (n, m) an input
    design: Array
    penalty: Array
    weight: Array  # (n,) of mean 1: what a squared error of y counts in each row

    @classmethod
    def of(cls, X: Array, weight: Array | None = None) -> Splines:
        """The bases of a table; a constant column has none."""
        weight = np.ones(len(X)) if weight is None else weight / np.mean(weight)
        found = [(j, axis(X[:, j], X.shape[1])) for j in range(X.shape[1])]
        pairs = [(j, one) for j, one in found if one is not None]
        full = tuple(one.values(X[:, j]) for j, one in pairs)
        # One spline an input is left out: together they are the constant again.
        design = np.column_stack([np.ones(len(X)), *(values[:, :-1] for values in full)])
        penalty = blocks([np.zeros((1, 1)), *(one.bending()[:-1, :-1] for _, one in pairs)])
        return cls(tuple(one for _, one in pairs), tuple(j for j, _ in pairs), full, design, penalty, weight)

    def rms(self, residual: Array) -> float:
        """The root of the weighted mean square of what a fit leaves (n,)."""
        return float(np.sqrt(np.mean(self.weight * residual**2)))

    def only(self, column: int) -> Splines:
        """The bases of one column alone."""
        k = self.inputs.index(column)
        values, one = self.full[k], self.axes[k]
        design = np.column_stack([np.ones(len(values)), values[:, :-1]])
        penalty = blocks([np.zeros((1, 1)), one.bending()[:-1, :-1]])
        return Splines((one,), (column,), (values,), design, penalty, self.weight)

    def curves(self, coef: Array) -> tuple[Array, float]:
        """The curves (d, n) of mean 0 that coefficients of the design stand for, and the constant beside them."""
        ends = np.cumsum([1, *(values.shape[1] - 1 for values in self.full)])
        parts = [
            values[:, :-1] @ coef[begin:end] for values, begin, end in zip(self.full, ends[:-1], ends[1:], strict=True)
        ]
        stacked = np.stack(parts)
        means = stacked.mean(axis=1)
        return stacked - means[:, None], float(coef[0] + means.sum())


def screened(splines: Splines, y: Array) -> list[Fit]:
    """A first look through every link that y allows, best first: a sum's splines fitted to T(y)."""
    found: list[Fit] = []
    shared: Smoother | None = None
    for link, sign in _links(y):
        inside = link.inside(sign * y)
        with np.errstate(all="ignore"):
            z = link.inverse(np.where(inside, sign * y, np.nan))
        inside &= np.isfinite(z)
        if inside.mean() < 0.9 or np.ptp(z[inside]) <= 1e-14 * np.max(np.abs(z[inside])):
            continue
        if inside.all():
            smoother = shared = shared or Smoother(splines.design, splines.penalty, splines.weight)
        else:
            smoother = Smoother(splines.design, splines.penalty, inside * splines.weight)
        found.append(_sum_fit(splines, y, link, sign, smoother, np.where(inside, z, 0.0), inside))
    return sorted(found, key=lambda fit: fit.error)


def _links(y: Array) -> Iterator[tuple[Link, float]]:
    """Every link and sign that y allows; those of products where the product has one sign."""
    for link in LINKS:
        for sign in (1.0, -1.0) if link.mirrored else (1.0,):
            if link.serves(sign * y):
                yield link, sign
    for link in OVER_PRODUCTS:
        if link.serves(y) and link.inside(y).all():
            with np.errstate(all="ignore"):
                z = link.inverse(y)
            for inner in (1.0, -1.0):
                if (inner * z > 0).all():
                    yield over_product(link, inner), 1.0


def _sum_fit(
    splines: Splines, y: Array, link: Link, sign: float, smoother: Smoother, z: Array, inside: NDArray[np.bool_]
) -> Fit:
    smooth = smoother.fit(z)
    curves, constant = splines.curves(smooth.coef)
    low, high = float(z[inside].min()), float(z[inside].max())
    with np.errstate(all="ignore"):
        residual = y - sign * link.value(np.clip(smooth.fitted, low, high))
    room = len(y) / max(len(y) - smooth.edf, 1.0)
    error = splines.rms(residual) * float(np.sqrt(room)) / float(np.std(y))
    scatter = float(np.sqrt(smooth.left * room))
    fit = Fit(link, sign, False, splines.inputs, curves, constant, error, scatter, smooth.edf, residual)
    return fit if np.isfinite(error) else replace(fit, error=np.inf)


def on_y(fit: Fit, splines: Splines, y: Array, steps: int = 3) -> Fit:
    """A sum's fit improved by Gauss–Newton on y itself: rows count by what they say of y, whatever noise did to T(y).

    Errors of y come from noise (its size is what the fit leaves) and from the splines, which are stiff in T(y).
    """
    if fit.link is IDENTITY:
        return fit
    best, (low, high) = fit, _image(fit.link, fit.sign * y)
    u = np.clip(fit.constant + fit.curves.sum(0), low, high)
    tau = _STIFFNESS * float(np.std(u))
    for _ in range(steps):
        sigma = best.error * float(np.std(y))
        with np.errstate(all="ignore"):
            slope = fit.link.slope(u)
            z = u + (fit.sign * y - fit.link.value(u)) / slope
            w = splines.weight * slope**2 / (sigma**2 + (tau * slope) ** 2)
        good = np.isfinite(z) & np.isfinite(w) & (w > 0)
        if good.mean() < 0.5:
            break
        z, w = np.where(good, z, 0.0), np.where(good, w, 0.0)
        tried = _sum_fit(splines, y, fit.link, fit.sign, Smoother(splines.design, splines.penalty, w), z, good)
        u = np.clip(tried.constant + tried.curves.sum(0), low, high)
        with np.errstate(all="ignore"):
            residual = y - fit.sign * fit.link.value(u)
        room = len(y) / max(len(y) - tried.edf, 1.0)
        error = splines.rms(residual) * float(np.sqrt(room)) / float(np.std(y))
        if not error < best.error:
            break
        small = error > 0.99 * best.error
        best = replace(tried, error=error, residual=residual)
        if small:
            break
    return best


def _image(link: Link, y: Array) -> tuple[float, float]:
    """The range of u that y's own rows span."""
    with np.errstate(all="ignore"):
        z = link.inverse(y[link.inside(y)])
    return float(z.min()), float(z.max())


def factors(fit: Fit) -> Fit:
    """A fit to the logarithm of a product as the product that it is."""
    link = fit.link.factored
    assert link is not None
    curves = np.exp(np.clip(fit.curves, -300, 300))
    sizes = np.sqrt(np.mean(curves**2, axis=1))
    constant = fit.link.inner * float(np.exp(np.clip(fit.constant + np.log(sizes).sum(), -690, 690)))
    curves = curves / sizes[:, None]
    # In the units of the product: what is left of its logarithm times its size.
    scatter = fit.scatter * float(np.sqrt(np.mean((constant * np.prod(curves, axis=0)) ** 2)))
    if link is IDENTITY:
        scatter = float(np.sqrt(np.mean(fit.residual**2)))
    return replace(fit, link=link, product=True, curves=curves, constant=constant, scatter=scatter)


def product_fit(
    splines: Splines, y: Array, starts: Sequence[Array], link: Link = IDENTITY, offset: bool = False
) -> Fit | None:
    """T(y) as a product of one spline an input, whatever its sign: alternating least squares from the best start.

    `starts` hold curves (d, n); with `offset` a constant stands beside the product. Every factor is in turn the linear
    one, so noise and zeros of y do no harm.
    """
    with np.errstate(all="ignore"):
        z = link.inverse(y)
    penalties = [one.bending() for one in splines.axes]
    if offset:
        penalties = [blocks([np.zeros((1, 1)), penalty]) for penalty in penalties]
    tried = [_swept(splines, penalties, z, start.copy(), _TRIAL_SWEEPS, offset) for start in starts]
    best = min(tried, key=lambda swept: swept.left)
    best = _swept(splines, penalties, z, best.curves, _SWEEPS, offset)
    sizes = np.sqrt(np.mean(best.curves**2, axis=1))
    if not (np.isfinite(best.left) and np.isfinite(sizes).all() and (sizes > 0).all()):
        return None
    inner = np.clip(best.level + np.prod(best.curves, axis=0), z.min(), z.max())
    residual = y - link.value(inner)
    room = len(y) / max(len(y) - best.edf, 1.0)
    error = splines.rms(residual) * float(np.sqrt(room)) / float(np.std(y))
    return Fit(
        link, 1.0, True, splines.inputs, best.curves / sizes[:, None], float(np.prod(sizes)), error,
        float(np.sqrt(best.left * room)), best.edf, residual, best.level if offset else None,
    )  # fmt: skip


@dataclass(frozen=True)
class _Swept:
    """Curves (d, n) after some sweeps, the constant beside their product, and what they leave."""

    curves: Array
    level: float
    edf: float
    left: float


def _swept(splines: Splines, penalties: list[Array], z: Array, curves: Array, sweeps: int, offset: bool) -> _Swept:
    left, edf, level, ones = np.inf, 0.0, 0.0, np.ones((len(z), 1))
    for _ in range(sweeps):
        edf = 1.0
        for i, values in enumerate(splines.full):
            others = np.prod(np.delete(curves, i, axis=0), axis=0)
            size = float(np.sqrt(np.mean(others**2)))
            if not np.isfinite(size) or size == 0:
                return _Swept(curves, level, edf, np.inf)
            curves[np.arange(len(curves)) != i] /= size ** (1 / max(len(curves) - 1, 1))
            design = values * (others / size)[:, None]
            try:
                smooth = Smoother(np.hstack([ones, design]) if offset else design, penalties[i], splines.weight).fit(z)
            except np.linalg.LinAlgError:
                return _Swept(curves, level, edf, np.inf)
            curves[i] = values @ smooth.coef[-values.shape[1] :]
            level = float(smooth.coef[0]) if offset else 0.0
            edf += smooth.edf - 1
        before, left = left, smooth.left
        if left > 0.995 * before:
            break
    return _Swept(curves, level, edf, left)


def product_starts(splines: Splines, X: Array, y: Array, seed: int) -> list[Array]:
    """Curves (d, n) to begin with: exponentials of parabolas, and random lines for factors that change sign."""
    rng = np.random.default_rng(seed)
    found = [_exponentials(X[:, splines.inputs], y, np.sqrt(splines.weight))]
    for _ in range(2):
        lines = []
        for values in splines.full:
            site = np.linspace(-1, 1, values.shape[1])
            a, b = rng.normal(size=2)
            lines.append(values @ (a + b * site))
        found.append(np.stack(lines))
    return found


def _exponentials(X: Array, y: Array, w: Array, steps: int = 20) -> Array:
    """y ≈ c·Π exp(aᵢtᵢ + bᵢtᵢ²) by Levenberg–Marquardt on y, t = x in [−1, 1]: few constants, so noise does no harm.

    Errors of y count by w (n,).
    """
    y = w * y
    d = X.shape[1]
    low, high = X.min(0), X.max(0)
    t = 2 * (X - low) / (high - low) - 1
    design = np.column_stack([t, t**2])
    beta, damping, error, f = np.zeros(2 * d), 1e-2, np.inf, w
    for _ in range(steps):
        J = np.column_stack([f, f[:, None] * design])
        size = np.sqrt(np.sum(J**2, axis=0))
        c = float(f @ y) / float(f @ f)
        J = J / size
        gram, along = J.T @ J, J.T @ (y - c * f)
        for _ in range(5):
            step = np.linalg.solve(gram + damping * np.eye(2 * d + 1), along) / size
            trial = np.clip(beta + np.clip(step[1:] / c, -1, 1), -8, 8)
            shape = w * np.exp(np.clip(design @ trial, -60, 60))
            tried = float(np.mean((y - float(shape @ y) / float(shape @ shape) * shape) ** 2))
            if tried < error:
                break
            damping = max(damping * 6, 1e-8)
        else:
            break
        gain, beta, f, error = 1 - tried / error, trial, shape, tried
        damping /= 8
        if gain < 1e-3:
            break
    return np.stack([np.exp(beta[i] * t[:, i] + beta[d + i] * t[:, i] ** 2) for i in range(d)])


def live(fit: Fit) -> Fit:
    """The fit without inputs whose curve is nothing but error."""
    n = fit.curves.shape[1]
    share = fit.edf / max(len(fit.inputs), 1) / n  # of the variance of the error that a curve takes up
    scatter = fit.scatter / max(abs(fit.constant), 1e-300) if fit.product else fit.scatter
    noise = min(scatter, 1e150) ** 2
    moved = np.var(fit.curves, axis=1)
    kept = moved > _NOTHING * share * noise
    kept &= moved > 1e-12 * float(moved.max(initial=0.0))
    if kept.all() or not kept.any():
        return fit
    rest = fit.curves[~kept]
    constant = fit.constant * float(np.prod(rest.mean(1))) if fit.product else fit.constant
    inputs = tuple(j for j, keep in zip(fit.inputs, kept, strict=True) if keep)
    return replace(fit, inputs=inputs, curves=fit.curves[kept], constant=constant)


# Links, powers and products overflow on data that they do not suit: what is not finite is then not taken.
@np.errstate(all="ignore")
def promising(splines: Splines, X: Array, y: Array, seed: int) -> list[Fit]:
    """All fits, best first, those through log T(y) as products."""
    fits = screened(splines, y)
    least = _least(fits)
    rivals = fits[:_IMPROVED] if least > _BIAS else []
    fits = [*(on_y(fit, splines, y) if fit.error < 3 * least else fit for fit in rivals), *fits[len(rivals) :]]
    if len(splines.inputs) == 1:
        return [_alone(splines, y)]
    if not any(fit.link is EXP and fit.error < _CLEAN for fit in fits) and _least(fits) > _CLOSE:
        starts = product_starts(splines, X, y, seed)
        found = [product_fit(splines, y, starts)]
        if not _explained([*fits, *found], X):
            found.append(product_fit(splines, y, starts, offset=True))
            bounded = next(link for link in LINKS if link.name == "asin")
            if bounded.serves(y) and bounded.inside(y).all() and (y > 0).any() and (y < 0).any():
                found.append(product_fit(splines, y, starts, bounded))
        fits += [fit for fit in found if fit is not None]
    best: dict[tuple[str, bool, bool], Fit] = {}
    fits = [factors(fit) if fit.link.factored else fit for fit in fits if np.isfinite(fit.error)]
    for fit in sorted(fits, key=lambda fit: fit.error):
        best.setdefault((fit.link.name, fit.product, fit.offset is None), live(fit))
    return [fit if len(fit.inputs) > 1 else _alone(splines.only(fit.inputs[0]), y) for fit in best.values()]


def _least(fits: Sequence[Fit | None]) -> float:
    return min((fit.error for fit in fits if fit is not None), default=np.inf)


def _explained(fits: Sequence[Fit | None], X: Array) -> bool:
    """Whether the best fit leaves nothing, or nothing but noise."""
    best = min((fit for fit in fits if fit is not None), key=lambda fit: fit.error)
    return best.error < STIFF or whiteness(best.residual, X) < COLOURED


def _alone(splines: Splines, y: Array) -> Fit:
    """A curve of one input, in which all structures are one: the factor y itself."""
    penalty = splines.axes[0].bending()
    smooth = Smoother(splines.full[0], penalty, splines.weight).fit(y)
    size = float(np.sqrt(np.mean(smooth.fitted**2)))
    scatter = float(np.sqrt(smooth.left * len(y) / max(len(y) - smooth.edf, 1.0)))
    curves, error = smooth.fitted[None] / size, scatter / float(np.std(y))
    return Fit(IDENTITY, 1.0, True, splines.inputs, curves, size, error, scatter, smooth.edf, y - smooth.fitted)

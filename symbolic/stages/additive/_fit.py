"""y as a link of a sum, or of a product, of one spline an input: the fits that naming starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symbolic.fitting._noise import spread_of, whiteness
from symbolic.fitting._splines import Smoother
from symbolic.stages.additive._links import EXP, IDENTITY, LINKS
from symbolic.stages.additive._products import product_fit, product_starts
from symbolic.stages.additive._splines import Fit, Splines
from symbolic.stages.additive._sums import factors, on_y, screened

Array = NDArray[np.float64]

STIFF = 1e-3  # error, relative to the spread of y, below which splines leave more by themselves than noise does
COLOURED = 5.0  # whiteness that noise has once in a million times: structures are not turned down by chance
_NOTHING = 9.0  # a curve whose variance is below so many times that of its own error is nothing
_CLEAN = 1e-2  # error of a fit to log y below which y is a product without a look at its sign
_BIAS = 1e-5  # error below which a fit to T(y) needs no further step on y itself
_CLOSE = 1e-6  # error below which no other structure is looked for
_IMPROVED = 4  # sums that are improved on y


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
        if not _explained([*fits, *found], X, np.sqrt(splines.weight)):
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


def _explained(fits: Sequence[Fit | None], X: Array, s: Array) -> bool:
    """Whether the best fit leaves nothing, or nothing but noise."""
    best = min((fit for fit in fits if fit is not None), key=lambda fit: fit.error)
    return best.error < STIFF or whiteness(s * best.residual, X) < COLOURED


def _alone(splines: Splines, y: Array) -> Fit:
    """A curve of one input, in which all structures are one: the factor y itself."""
    penalty = splines.axes[0].bending()
    smooth = Smoother(splines.full[0], penalty, splines.weight).fit(y)
    size = float(np.sqrt(np.mean(smooth.fitted**2)))
    scatter = float(np.sqrt(smooth.left * len(y) / max(len(y) - smooth.edf, 1.0)))
    curves, error = smooth.fitted[None] / size, scatter / spread_of(y, splines.weight)
    return Fit(IDENTITY, 1.0, True, splines.inputs, curves, size, error, scatter, smooth.edf, y - smooth.fitted)

"""y as a link of a sum of splines, fitted to T(y) and then to y itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symbolic.fitting._noise import spread_of
from symbolic.fitting._splines import Smoother
from symbolic.stages.additive._links import IDENTITY, LINKS, OVER_PRODUCTS, Link, over_product
from symbolic.stages.additive._splines import Fit, Splines

Array = NDArray[np.float64]

_STIFFNESS = 1e-4  # error of a spline in units of the spread of its target


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
    error = splines.share(residual, y) * float(np.sqrt(room))
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
        sigma = best.error * spread_of(y, splines.weight)
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
        error = splines.share(residual, y) * float(np.sqrt(room))
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

"""T(y) as a product of splines, whatever its sign: alternating least squares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symbolic.fitting._splines import Smoother, blocks
from symbolic.stages.additive._links import IDENTITY, Link
from symbolic.stages.additive._splines import Fit, Splines

Array = NDArray[np.float64]

_SWEEPS, _TRIAL_SWEEPS = 12, 3


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
    error = splines.share(residual, y) * float(np.sqrt(room))
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

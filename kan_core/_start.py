"""Where training begins: every edge a random line with a tenth of curvature.

From random splines a deep narrow network often never moves; from near-linear ones it does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from kan_core._layer import BASES, Layer, basis_values, forward

CURVATURE = 0.1
DIVERSITY = 0.3  # spread of the weights with which additive curves enter the legs


def start_near_linear(
    layers: Sequence[Layer], rows: Tensor, seeds: Sequence[int], y: Tensor | None = None
) -> tuple[Layer, ...]:
    """Layers with R = len(seeds) fresh draws; `rows` (1, n, n_in) set the grids. Removed and named edges stay so.

    With targets `y` (n, o) in units of their spread, the lines of the first layer are bent towards the curves of the
    best additive fit, by the share of the targets that it explains.
    """
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    h = rows.expand(len(seeds), -1, -1)
    started: list[Layer] = []
    for layer in layers:
        lo, hi = ranges(h)
        bent = torch.stack([_draw(layer, generator) for generator in generators])
        spline = layer.spline.expand(len(seeds), -1, -1)
        fresh = replace(
            layer,
            lo=lo,
            hi=hi,
            coef=bent * spline.unsqueeze(2),
            bias=layer.bias.expand(len(seeds), -1).clone(),
            spline=spline.clone(),
            affine=None if layer.affine is None else layer.affine.expand(len(seeds), -1, -1).clone(),
        )
        fresh = _unit_spread(fresh, h)
        if y is not None and not started and len(layers) > 1:
            fresh = _unit_spread(_towards_additive(fresh, h[:1], y, generators), h)
        started.append(fresh)
        h, _ = forward(fresh, h)
    return tuple(started)


def ranges(h: Tensor) -> tuple[Tensor, Tensor]:
    """Lowest and highest value (R, I) of h (R, n, I), never the same."""
    lo, hi = h.amin(1), h.amax(1)
    flat = hi - lo <= 1e-12 * torch.maximum(lo.abs(), hi.abs())
    pad = torch.where(flat, 0.5 * torch.maximum(lo.abs(), torch.ones_like(lo)), torch.zeros_like(lo))
    return lo - pad, hi + pad


def _draw(layer: Layer, generator: torch.Generator) -> Tensor:
    """Coefficients (I, m, J) of w·s + 0.1·v·(s² − ⅓) on s ∈ [−1, 1]."""
    s = 2 * torch.as_tensor(BASES[layer.basis].linear(layer.grid, layer.order)) - 1
    line, bend = torch.randn((2, layer.n_in, 1, layer.n_legs), generator=generator, dtype=torch.float64)
    # Factors of one product begin with different inputs: alike, they would have to part first.
    chance = torch.rand((layer.n_in, 1, layer.n_legs), generator=generator, dtype=torch.float64)
    quiet = (chance < 0.5) & (torch.arange(layer.n_legs) >= layer.n_sums)
    line, bend = torch.where(quiet, 0.05 * line, line), torch.where(quiet, 0.05 * bend, bend)
    return line * s.view(1, -1, 1) + CURVATURE * bend * (s**2 - 1 / 3).view(1, -1, 1)


def _unit_spread(layer: Layer, h: Tensor) -> Layer:
    """Scales the splines so that sum nodes have mean 0 and spread 1, factors of product nodes mean 1 and spread ½."""
    if not bool(layer.spline.any()):
        return layer
    _, cache = forward(layer, h)
    spread = cache.legs.std(1, correction=0)
    wanted = torch.ones_like(spread)
    wanted[:, layer.n_sums :] = 0.5
    real = spread > 1e-10 * layer.coef.abs().amax((1, 2))
    factor = torch.where(real, wanted / spread.clamp(min=1e-300), torch.ones_like(spread))
    scaled = replace(layer, coef=layer.coef * factor.view(len(factor), 1, 1, -1))
    _, cache = forward(scaled, h)
    centre = torch.zeros_like(spread)
    centre[:, layer.n_sums :] = 1.0
    return replace(scaled, bias=scaled.bias + centre - cache.legs.mean(1))


def _towards_additive(layer: Layer, rows: Tensor, y: Tensor, generators: Sequence[torch.Generator]) -> Layer:
    """Mixes every leg's lines with the additive fit's curves: random weights, one sign a leg, one output a leg."""
    curves, share = _additive_fit(layer, rows, y)  # (o, I, m), (o,)
    coef = layer.coef.clone()
    for r, generator in enumerate(generators):
        weights = torch.randn((layer.n_in, layer.n_legs), generator=generator, dtype=torch.float64)
        sign = torch.randn((layer.n_legs,), generator=generator, dtype=torch.float64).sign()
        for leg in range(layer.n_legs):
            o = leg % y.shape[1]
            bend = curves[o] * (sign[leg] * (1 + DIVERSITY * weights[:, leg])).unsqueeze(1)
            coef[r, :, :, leg] = (1 - share[o]).sqrt() * coef[r, :, :, leg] + bend
    return replace(layer, coef=coef * layer.spline.unsqueeze(2))


def _additive_fit(layer: Layer, rows: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Coefficients (o, I, m) of the least-squares fit y ≈ Σφᵢ(xᵢ) and the share of y it explains (o,), adjusted."""
    values = basis_values(layer.pick(slice(0, 1)), rows)[0][0]  # (n, I, m)
    n = len(values)
    B = (values - values.mean(0)).reshape(n, -1)
    H = B.T @ B / n
    ridge = (1e-6 * H.diagonal().mean()).clamp(min=1e-12) * torch.eye(len(H), dtype=H.dtype)
    target = y - y.mean(0)
    coef = torch.linalg.solve(H + ridge, B.T @ target / n)  # (I·m, o)
    left = (target - B @ coef).square().mean(0) / target.square().mean(0).clamp(min=1e-300)
    room = max(n - H.shape[0], 1)
    share = (1 - left * n / room).clamp(0, 1)
    return coef.T.reshape(y.shape[1], layer.n_in, -1), share

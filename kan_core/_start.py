"""Where training begins: every edge a random line with a tenth of curvature.

From random splines a deep narrow network often never moves; from near-linear ones it does.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from kan_core._gram import gram
from kan_core._grid import roomy
from kan_core._layer import BASES, Layer, basis_values, forward
from kan_core._normal import rough_matrix
from kan_core._spline import BSPLINE

CURVATURE = 0.1
CELLS = 4  # of the splines in the ranks of a target
STIFF, RIDGE = 1e-5, 1e-4  # roughness and, as a share of the mean diagonal, size of the curves that meet the targets
FEW = 0.5  # share of y that sums explain below which factors begin about 0
DIVERSITY = 0.3  # spread of the weights with which additive curves enter the legs


def start_near_linear(
    layers: Sequence[Layer], rows: Tensor, seeds: Sequence[int], y: Tensor | None = None, outliers: bool = False
) -> tuple[Layer, ...]:
    """Layers with R = len(seeds) fresh draws; `rows` (1, n, n_in) set the grids. Removed and named edges stay so.

    With targets `y` (n, o) in units of their spread, the lines of the first layer are bent towards the curves of the
    best additive fit, by the share of the targets that it explains, and the last layer regresses them on the nodes
    below, unless there may be `outliers` among them.
    """
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    centred = _centred_factors(layers, rows, seeds, y)
    h = rows.expand(len(seeds), -1, -1)
    started: list[Layer] = []
    for layer in layers:
        lo, hi = ranges(h)
        if started:
            lo, hi = roomy(lo, hi)
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
        known = basis_values(fresh, h)
        fresh = _unit_spread(fresh, h, known, centred)
        if y is not None and not started and len(layers) > 1:
            fresh = _unit_spread(_towards_additive(fresh, known[0][0], y, generators), h, known, centred)
        if y is not None and not outliers and started and len(started) == len(layers) - 1:
            fresh = _regressed(fresh, known[0], y)
        started.append(fresh)
        if len(started) < len(layers):
            h, _ = forward(fresh, h, known)
    return tuple(started)


def ranges(h: Tensor) -> tuple[Tensor, Tensor]:
    """Lowest and highest value (R, I) of h (R, n, I), never the same."""
    lo, hi = h.amin(1), h.amax(1)
    flat = hi - lo <= 1e-12 * torch.maximum(lo.abs(), hi.abs())
    pad = torch.where(flat, 0.5 * torch.maximum(lo.abs(), torch.ones_like(lo)), torch.zeros_like(lo))
    return lo - pad, hi + pad


def _draw(layer: Layer, generator: torch.Generator) -> Tensor:
    """Coefficients (I, m, J) of w·s + 0.1·v·(s² − ⅓) on s ∈ [−1, 1], or near it."""
    basis, shape = BASES[layer.basis], (layer.grid, layer.order)
    s = torch.as_tensor(2 * basis.linear(*shape) - basis.constant(*shape))
    bowl = torch.as_tensor(basis.bowl(*shape))
    line, bend = torch.randn((2, layer.n_in, 1, layer.n_legs), generator=generator, dtype=torch.float64)
    quiet = torch.zeros((layer.n_in, 1, layer.n_legs), dtype=torch.bool)
    for factors in _products(layer):  # factors begin with different inputs: alike, they would have to part first
        place = torch.randperm(max(layer.n_in, len(factors)), generator=generator)[: layer.n_in] % len(factors)
        quiet[:, 0, factors] = place.unsqueeze(1) != torch.arange(len(factors))
    line, bend = torch.where(quiet, 0.05 * line, line), torch.where(quiet, 0.05 * bend, bend)
    return line * s.view(1, -1, 1) + CURVATURE * bend * bowl.view(1, -1, 1)


def _unit_spread(layer: Layer, h: Tensor, known: tuple[Tensor, Tensor], centred: Tensor) -> Layer:
    """Scales the splines so that sum nodes have mean 0 and spread 1, and factors either mean 1 and spread ½ or, for the
    restarts in `centred` (R,), mean 0 and spread 1 too.
    """
    if not bool(layer.spline.any()):
        return layer
    _, cache = forward(layer, h, known)
    spread = cache.legs.std(1, correction=0)
    about_one = (torch.arange(layer.n_legs) >= layer.n_sums) & ~centred.unsqueeze(1)
    real = spread > 1e-10 * layer.coef.abs().amax((1, 2))
    wanted = torch.where(about_one, 0.5, 1.0)
    factor = torch.where(real, wanted / spread.clamp(min=1e-300), torch.ones_like(spread))
    scaled = replace(layer, coef=layer.coef * factor.view(len(factor), 1, 1, -1))
    _, cache = forward(scaled, h, known)
    return replace(scaled, bias=scaled.bias + about_one - cache.legs.mean(1))


def _centred_factors(layers: Sequence[Layer], rows: Tensor, seeds: Sequence[int], y: Tensor | None) -> Tensor:
    """Which restarts (R,) begin with factors of mean 0: every other one, the first if sums explain little of y.

    About 1, a product of factors that change sign is missed: its terms of lower degree come first. About 0, a product
    of positive factors is.
    """
    alternate = torch.arange(len(seeds)) % 2 == 0
    if y is None or not any(layer.products for layer in layers):
        return alternate
    values = basis_values(layers[0].pick(slice(0, 1)), rows)[0][0].flatten(1)
    B, target = values - values.mean(0), y - y.mean(0)
    left = target - B @ torch.linalg.lstsq(B, target, driver="gelsd").solution
    share = 1 - float(left.square().sum() / target.square().sum().clamp(min=1e-300))
    return alternate if share < FEW else ~alternate


def _products(layer: Layer) -> list[list[int]]:
    """The legs of every product node."""
    ends = [*itertools.accumulate(layer.products, initial=layer.n_sums)]
    return [[*range(a, b)] for a, b in itertools.pairwise(ends)]


def _towards_additive(layer: Layer, values: Tensor, y: Tensor, generators: Sequence[torch.Generator]) -> Layer:
    """Mixes every leg's lines with the additive fit's curves: random weights, one sign a leg."""
    curves, share = _additive_fit(values, y)  # (I, m), a number
    coef = layer.coef.clone()
    for r, generator in enumerate(generators):
        weights = torch.randn((layer.n_in, layer.n_legs), generator=generator, dtype=torch.float64)
        sign = torch.randn((layer.n_legs,), generator=generator, dtype=torch.float64).sign()
        for leg in range(layer.n_legs):
            bend = curves * (sign[leg] * (1 + DIVERSITY * weights[:, leg])).unsqueeze(1)
            coef[r, :, :, leg] = math.sqrt(1 - share) * coef[r, :, :, leg] + bend
    return replace(layer, coef=coef * layer.spline.unsqueeze(2))


def _regressed(layer: Layer, values: Tensor, y: Tensor) -> Layer:
    """The last layer with the stiff curves that regress the targets on the nodes below, where it has plain sums.

    What these leave unexplained keeps a share of the lines: a flat curve would teach the layers below nothing.
    """
    if layer.products or layer.named:
        return layer
    R, n = values.shape[:2]
    centre = values.mean(1, keepdim=True)
    B = (values - centre).flatten(2)  # (R, n, I·m)
    target = (y - y.mean(0)).expand(R, -1, -1)
    H, g = gram(B) / n, B.transpose(1, 2) @ target / n
    rough = torch.block_diag(*[rough_matrix(layer)] * layer.n_in)
    level = H.diagonal(dim1=1, dim2=2).mean(1).view(-1, 1, 1).clamp(min=1e-12)
    ridge = RIDGE * level * torch.eye(H.shape[1], dtype=H.dtype)
    coef = layer.coef.clone()
    for leg in range(layer.n_legs):
        alive = layer.spline[:, :, leg].repeat_interleave(values.shape[3], dim=1).to(H.dtype)  # (R, I·m)
        masked = H * alive.unsqueeze(1) * alive.unsqueeze(2) + STIFF * rough + ridge
        found = torch.linalg.solve(masked, (g[:, :, leg] * alive).unsqueeze(-1)).squeeze(-1) * alive
        left = (target[:, :, leg] - (B @ found.unsqueeze(-1)).squeeze(-1)).square().mean(1)
        left = (left / target[:, :, leg].square().mean(1).clamp(min=1e-300)).clamp(max=1)
        coef[:, :, :, leg] = found.view(R, layer.n_in, -1) + left.view(-1, 1, 1) ** 2 * coef[:, :, :, leg]
    shift = torch.einsum("rim,rimj->rj", centre[:, 0], coef)
    return replace(layer, coef=coef, bias=y.mean(0) - shift)


def _additive_fit(values: Tensor, y: Tensor) -> tuple[Tensor, float]:
    """Curves φᵢ (I, m) of unit spread in sum with Σφᵢ(xᵢ) ≈ θ(y) for the best θ, and the share of θ explained.

    `values` (n, I, m) are the basis functions of the inputs.

    Both sides are splines, so the best pair is the first canonical variate of two bases (alternating conditional
    expectations, Breiman & Friedman, JASA 80, 1985): a network that bends a sum afterwards can start from it.
    """
    n = len(values)
    B = (values - values.mean(0)).reshape(n, -1)
    H = gram(B.unsqueeze(0))[0] / n
    ridge = (1e-6 * H.diagonal().mean()).clamp(min=1e-12) * torch.eye(len(H), dtype=H.dtype)
    targets = _scores(y)
    coef = torch.linalg.solve(H + ridge, B.T @ targets / n)  # (I·m, t)
    G = targets.T @ targets / n
    L = torch.linalg.cholesky(G + 1e-9 * G.diagonal().mean().clamp(min=1e-12) * torch.eye(len(G), dtype=G.dtype))
    half = torch.linalg.solve_triangular(L, targets.T @ B / n @ coef, upper=False)
    explained = torch.linalg.solve_triangular(L, half.T, upper=False)
    squares, vectors = torch.linalg.eigh((explained + explained.T) / 2)
    best = torch.linalg.solve_triangular(L.T, vectors[:, -1:], upper=True)
    room = max(n - H.shape[0], 1)
    share = float((1 - (1 - squares[-1]) * n / room).clamp(0, 1))
    return (coef @ best).reshape(values.shape[1], -1), share


def _scores(y: Tensor) -> Tensor:
    """Centred splines (n, o·t) of the ranks of each target, and the targets themselves."""
    # Equal targets have one rank: labels in the order of their rows would be noise.
    places = [column.unique(return_inverse=True)[1].to(y.dtype) for column in y.T]
    ranks = torch.stack([place / place.max().clamp(min=1) for place in places], dim=1)
    values = BSPLINE.evaluate(ranks, CELLS, 3)[0].reshape(len(y), -1)
    both = torch.cat([values, y], dim=1)
    return both - both.mean(0)

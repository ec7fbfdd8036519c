"""How sure the data are of each curve: the covariance of the parameters, and pointwise bands of centred curves.

With A = H + λS of the penalised normal equations (means over n rows), an estimate misses the truth by noise, with
covariance σ²A⁻¹HA⁻¹/n, and by what the penalty takes off the truth. Taking the roughness of each true curve as drawn
with variance τ², that adds λ²τ²A⁻¹SₑA⁻¹; where all σ²/τ² are nλ, the sum is the Bayesian covariance σ²A⁻¹/n. Such bands
cover at about their nominal rate on average over the points of a curve (Nychka, JASA 83, 1988; Marra & Wood, Scand. J.
Statist. 39, 2012; Wood, Generalized Additive Models, 2nd ed. 2017, §6.10). One λ for all curves is too stiff for some,
so each τ² is estimated by the generalised Fellner–Schall iteration (Wood & Fasiolo, Biometrics 73, 2017).

For classes H itself takes the place of σ²H; for robust losses the mean square of the rows' gradients (Huber 1967).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from scipy.special import stdtrit
from torch import Tensor

from kan_core._layer import BASES, forward, named_columns
from kan_core._normal import assemble
from kan_core._state import FLOOR
from kan_core._tangent import Tangent, ridged

LEVEL = 0.95
ROUNDS = 10  # of the iteration for the roughness of the true curves
LEAST, BEGIN, MOST = (1e-18, 1e-5, 1e6)  # the weights it may take; from too stiff a one it hardly moves


@dataclass(frozen=True)
class Covariance:
    """Covariance (P, P) of the parameters of one network, hidden nodes held at their mean and spread.

    `freedom` are the effective degrees of freedom; `quantile` is that of Student's t with what the rows have left.
    """

    tangent: Tangent
    matrix: Tensor
    freedom: float
    quantile: float

    def band(self, depth: int, x: Tensor, h: Tensor) -> Tensor:
        """Half widths (points, I, J) of the bands of a layer's curves at x (points, I), centred over rows h (n, I)."""
        layer, block = self.tangent.layers[depth], self.tangent.layout[depth]
        (_, at), (_, over) = (forward(layer, x.unsqueeze(0)), forward(layer, h.unsqueeze(0)))
        found = torch.zeros((len(x), layer.n_in, layer.n_legs), dtype=torch.float64)
        away = (at.values[0] - over.values[0].mean(0))[:, block.source]  # (points, E, m)
        square = self.matrix[block.place.unsqueeze(2), block.place.unsqueeze(1)]  # (E, m, m)
        found[:, block.source, block.leg] = torch.einsum("pem,emk,pek->pe", away, square, away)
        for s, (source, leg, _) in enumerate(layer.named):
            away = named_columns(layer, at, s)[0] - named_columns(layer, over, s)[0].mean(0)  # (points, 3)
            places = [block.affine.start + block.named.index(4 * s + k) for k in range(3)]
            found[:, source, leg] = ((away @ self.matrix[places][:, places]) * away).sum(1)
        return self.quantile * found.clamp(min=0).sqrt()


def covariance(model: Tangent) -> Covariance | None:
    """The covariance at a fitted network; None where the rows leave no degree of freedom to estimate the noise from."""
    Z = _free(model)
    inverse = _inverse(Z, model.hessian + model.penalty)
    freedom = float((inverse * model.hessian).sum())
    n, o = model.outputs.shape[1:]
    left = n - freedom / o
    if not left >= 1:
        return None
    noise = _noise(model, n / left)
    matrix = inverse @ _scores(model, noise) @ inverse / n
    curves = _curves(model)
    for curve, variance in zip(curves, _variances(model, Z, curves, noise), strict=True):
        bias = torch.einsum("pem,emr,e->per", inverse[:, curve.place], curve.root, model.weight * variance.sqrt())
        matrix += bias.flatten(1) @ bias.flatten(1).T
    return Covariance(model, matrix, freedom, float(stdtrit(left, (1 + LEVEL) / 2)))


def _noise(model: Tangent, inflation: float) -> Tensor | None:
    """σ² of every output (o,) from the squared residuals, or what a robust loss leaves of them; None for classes."""
    problem = model.problem
    if problem.loss.classifies:
        return None
    pull, curvature = (f(model.outputs, problem.y)[0] for f in (problem.loss.slope, problem.loss.curvature))
    found = (problem.weights * pull.square()).mean(0) / (problem.weights * curvature).mean(0).clamp(min=1e-300)
    return (inflation * found).clamp(min=FLOOR)


def _scores(model: Tangent, noise: Tensor | None) -> Tensor:
    """Mean covariance (P, P) of the rows' gradients: σ²H, but H for classes, and Huber's mean square where robust."""
    problem = model.problem
    if noise is None:
        return model.hessian
    if not problem.loss.robust and len(noise) == 1:
        return noise * model.hessian
    rows = noise * problem.weights * torch.ones_like(model.outputs)
    if problem.loss.robust:
        rows = (problem.weights * problem.loss.slope(model.outputs, problem.y)).square()
    return assemble(model.layers, model.layout, problem.X, rows, torch.zeros_like(rows)).hessian[0]


@dataclass(frozen=True)
class _Curves:
    """The splines of a layer: places (E, m) of their coefficients, penalty Sₑ (E, m, m) = root·rootᵀ, its rank."""

    place: Tensor
    square: Tensor
    root: Tensor
    rank: int


def _curves(model: Tangent) -> list[_Curves]:
    found = []
    for layer, block, strong in zip(model.layers, model.layout, model.strength, strict=True):
        one = torch.as_tensor(BASES[layer.basis].penalty(layer.grid, layer.order))
        size, directions = torch.linalg.eigh(one)
        kept = size > 1e-10 * size.amax()
        strength = strong[block.leg].view(-1, 1, 1)
        root = directions[:, kept] * size[kept].sqrt() * strength.sqrt()
        found.append(_Curves(block.place, strength * one, root, int(kept.sum())))
    return found


def _variances(model: Tangent, Z: Tensor, curves: Sequence[_Curves], noise: Tensor | None) -> list[Tensor]:
    """τ² (E,) of the splines of each layer: cᵀSₑc over the degrees of freedom it is made of, each under its own λₑ."""
    n = model.outputs.shape[1]
    hessian, gradient = _likelihood(model, noise)
    unit = 1.0 if noise is None else 1 / float(noise.mean())
    start = min(max(model.weight, LEAST), BEGIN) * unit
    weights = [torch.full((len(curve.place),), start, dtype=torch.float64) for curve in curves]
    for _ in range(ROUNDS):
        penalty = torch.zeros_like(hessian)
        for curve, weight in zip(curves, weights, strict=True):
            penalty[curve.place.unsqueeze(2), curve.place.unsqueeze(1)] = weight.view(-1, 1, 1) * curve.square
        inverse = _inverse(Z, hessian + penalty)
        theta = model.theta - inverse @ (gradient + penalty @ model.theta)
        for k, (curve, weight) in enumerate(zip(curves, weights, strict=True)):
            c = theta[curve.place]
            rough = torch.einsum("em,emk,ek->e", c, curve.square, c).clamp(min=1e-300)
            part = inverse[curve.place.unsqueeze(2), curve.place.unsqueeze(1)]
            used = (curve.rank - weight * (part * curve.square).sum((1, 2))).clamp(min=1e-6)
            weights[k] = (used / (n * rough)).clamp(LEAST * unit, MOST * unit)
    return [1 / (n * weight) for weight in weights]


def _likelihood(model: Tangent, noise: Tensor | None) -> tuple[Tensor, Tensor]:
    """H and gradient of the mean negative log-likelihood: every output in units of its own noise."""
    if noise is None:
        return model.hessian, model.gradient
    if len(noise) == 1:
        return model.hessian / noise, model.gradient / noise
    problem = model.problem
    slope, curvature = (f(model.outputs, problem.y) for f in (problem.loss.slope, problem.loss.curvature))
    share = problem.weights / noise
    normal = assemble(model.layers, model.layout, problem.X, share * curvature, share * slope)
    return normal.hessian[0], normal.gradient[0]


def _inverse(Z: Tensor, matrix: Tensor) -> Tensor:
    """The inverse within the directions Z (P, p), as a matrix (P, P)."""
    return Z @ torch.cholesky_inverse(torch.linalg.cholesky(ridged(Z.T @ matrix @ Z))) @ Z.T


def _free(model: Tangent) -> Tensor:
    """Orthonormal directions (P, p) that leave what is held as it is."""
    if not len(model.held):
        return torch.eye(len(model.theta), dtype=torch.float64)
    size, directions = torch.linalg.eigh(model.held.T @ model.held)
    return directions[:, size < 1e-9]

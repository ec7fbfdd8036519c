"""How smooth curves are to be: stiff at a fresh start, then as generalised cross-validation says.

Sources: Golub, Heath & Wahba, Technometrics 21 (1979); the factor 1.4 on the degrees of freedom guards against
undersmoothing (Kim & Gu, JRSS B 66, 2004).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from kan_core._layer import Layer
from kan_core._normal import Block, Normal, assemble, bending, parameters, roughness_factor
from kan_core._state import Problem

INFLATION = 1.4
WEIGHTS = torch.logspace(-24, 2, 79, dtype=torch.float64)  # a smaller one bends nothing that float64 can hold
RIDGE, ROUNDING = 1e-13, 1e-15
SHARE = 0.1  # of the loss: the most that the penalty may be where there are hidden nodes
STIFF = 1e-3  # weight at a start that explains nothing: curves are parabolas
FLEX = 1e-10  # where the descent from there ends
WARY = 1e-5  # weight at the start of a robust fit: what the outliers take of the loss says nothing of the curves
EASE = 0.1  # factor of that descent, a step
FLUENT = 0.1  # share of the targets' variance: a start that leaves less unexplained need not begin stiff


def stiffness(fit: Tensor, robust: bool) -> Tensor:
    """The weight (R,) with which fresh starts of this mean loss (R,) begin, zero where they need not begin stiff.

    A free outer curve would fold over a hidden node that has not found its shape yet. But what a start explains
    already, stiff curves must not lose.
    """
    left = (2 * fit).clamp(max=1)
    return torch.where(left < FLUENT, 0.0, WARY if robust else STIFF * left.square())


@dataclass(frozen=True)
class Smoothness:
    """The chosen weight (R,) and the effective degrees of freedom (R,) it leaves."""

    weight: Tensor
    freedom: Tensor


def smoothness_by_gcv(
    layers: Sequence[Layer], layout: Sequence[Block], normal: Normal, problem: Problem, outputs: Tensor, fit: Tensor
) -> Tensor:
    """The weight (R,) of the roughness that cross-validation chooses for networks with these outputs and loss."""
    theta, F = (parameters(layers, layout), roughness_factor(layers, layout, normal.strength))
    if not F.shape[2]:  # nothing is rough
        return torch.full_like(fit, FLEX)
    level, noise = problem.tangent(outputs, fit)
    if problem.loss.robust:
        # With the weights ψ/r, where outliers prevail nothing would resist them, and the smoothness come out too low.
        slope = problem.loss.slope(outputs, problem.y) * problem.weights
        normal = assemble(layers, layout, problem.X, problem.weights.expand_as(slope), slope)
    weight = choose_weight(normal.hessian, normal.gradient, F, theta, level, len(problem.y), noise).weight
    if len(layout) == 1:
        return weight
    # The tangent of a network with hidden nodes says that it could be stiff and still fit; the network then does not.
    # At the fixed point of REML the penalty is at most the share P/n of the loss (Wood & Fasiolo, Biometrics 73, 2017).
    share = min(SHARE, theta.shape[1] / len(problem.y))
    return torch.minimum(weight, share * level / bending(layers, normal.strength).clamp(min=1e-300))


def choose_weight(
    hessian: Tensor,
    gradient: Tensor,
    factor: Tensor,
    theta: Tensor,
    mean_square: Tensor,
    n: int,
    noise: Tensor | None = None,
) -> Smoothness:
    """The weight that minimises the GCV score of the linearised fit.

    hessian (R, P, P) and gradient (R, P) of half the mean squared residual at theta (R, P), whose mean square is
    mean_square (R,); the penalty is θᵀFFᵀθ with F = `factor` (R, P, q). With their variance `noise` (R,) it is the
    unbiased risk estimate instead (Craven & Wahba, Numer. Math. 31, 1979).
    """
    P, q = factor.shape[1:]
    level = hessian.diagonal(dim1=1, dim2=2).mean(1, keepdim=True).clamp(min=1e-300)
    for ridge in (RIDGE * P, 1e-10, 1e-7):  # rounding may leave a singular system slightly indefinite
        L, failed = torch.linalg.cholesky_ex(hessian + torch.diag_embed((ridge * level).expand(-1, P)))
        if not bool(failed.any()):
            break
    # In the coordinates Lᵀθ the penalty acts on q directions, the columns of L⁻¹F; elsewhere the fit is free.
    half = torch.linalg.solve_triangular(L, factor, upper=False)
    s, V = torch.linalg.eigh(half.transpose(1, 2) @ half)
    s = s.clamp(min=0)
    downhill = torch.linalg.solve_triangular(L, gradient.unsqueeze(-1), upper=False)
    both = torch.cat([downhill, L.transpose(1, 2) @ theta.unsqueeze(-1)], dim=2)
    unit = torch.where(s > ROUNDING * s.amax(1, keepdim=True), s.rsqrt(), 0.0)
    g, here = ((half.transpose(1, 2) @ both).transpose(1, 2) @ V * unit.unsqueeze(1)).unbind(1)  # (R, q)
    free = downhill.square().sum((1, 2)) - g.square().sum(1)  # what the other directions take off the mean square
    shrink = 1 / (1 + WEIGHTS.to(s.device).view(1, -1, 1) * s.unsqueeze(1))  # (R, K, q)
    move = shrink * (here - g).unsqueeze(1) - here.unsqueeze(1)
    rough = 2 * (move * g.unsqueeze(1)).sum(-1) + move.square().sum(-1)
    left = (mean_square - free).view(-1, 1) + rough
    freedom = shrink.sum(-1) + P - q
    if noise is None:
        room = (1 - INFLATION * freedom / n).clamp(min=1e-3)
        score = left.clamp(min=0) / room.square()
    else:
        score = left + 2 * noise.view(-1, 1) * INFLATION * freedom / n
    # At the floor of rounding every weight scores alike: take the largest of those.
    near = score <= score.amin(1, keepdim=True) + 1e-6 * score.amin(1, keepdim=True).abs() + 1e-30
    best = (near * torch.arange(1, len(WEIGHTS) + 1, device=s.device)).argmax(1)
    pick = torch.arange(len(best), device=s.device)
    return Smoothness(WEIGHTS.to(s.device)[best], freedom[pick, best])

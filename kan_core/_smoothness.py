"""The weight of the roughness penalty by generalised cross-validation, from the normal equations at hand.

Source: Golub, Heath & Wahba, Technometrics 21 (1979); the factor 1.4 on the degrees of freedom guards against
undersmoothing (Kim & Gu, JRSS B 66, 2004).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

INFLATION = 1.4
WEIGHTS = torch.logspace(-18, 2, 61, dtype=torch.float64)
RIDGE = 1e-13


@dataclass(frozen=True)
class Smoothness:
    """The chosen weight (R,) and the effective degrees of freedom (R,) it leaves."""

    weight: Tensor
    freedom: Tensor


def choose_weight(
    hessian: Tensor,
    gradient: Tensor,
    penalty: Tensor,
    theta: Tensor,
    mean_square: Tensor,
    n: int,
    noise: Tensor | None = None,
) -> Smoothness:
    """The weight that minimises the GCV score of the linearised fit.

    hessian, penalty (R, P, P) and gradient (R, P) of half the mean squared residual at theta (R, P); mean_square (R,).
    With their variance `noise` (R,) it is the unbiased risk estimate instead (Craven & Wahba, Numer. Math. 31, 1979).
    """
    P = hessian.shape[-1]
    level = hessian.diagonal(dim1=1, dim2=2).mean(1, keepdim=True).clamp(min=1e-300)
    for ridge in (RIDGE * P, 1e-10, 1e-7):  # rounding may leave a singular system slightly indefinite
        L, failed = torch.linalg.cholesky_ex(hessian + torch.diag_embed((ridge * level).expand(-1, P)))
        if not bool(failed.any()):
            break
    half = torch.linalg.solve_triangular(L, penalty, upper=False)
    inner = torch.linalg.solve_triangular(L, half.transpose(1, 2), upper=False)
    s, U = torch.linalg.eigh((inner + inner.transpose(1, 2)) / 2)
    s = s.clamp(min=0)
    g = _rotate(U, torch.linalg.solve_triangular(L, gradient.unsqueeze(-1), upper=False))
    here = _rotate(U, L.transpose(1, 2) @ theta.unsqueeze(-1))
    shrink = 1 / (1 + WEIGHTS.to(s.device).view(1, -1, 1) * s.unsqueeze(1))  # (R, K, P)
    move = shrink * (here - g).unsqueeze(1) - here.unsqueeze(1)
    left = mean_square.view(-1, 1) + 2 * (move * g.unsqueeze(1)).sum(-1) + move.square().sum(-1)
    freedom = shrink.sum(-1)
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


def _rotate(U: Tensor, column: Tensor) -> Tensor:
    return (U.transpose(1, 2) @ column).squeeze(-1)

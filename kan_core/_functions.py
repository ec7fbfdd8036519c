"""The functions an edge can be named after: a registry of rows, each with value, slope and domain."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import torch
from scipy.special import j0, j1, jv
from torch import Tensor

from kan_core._errors import TrainingError
from kan_core._own import looks_own, read_own

_TensorMap = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class EdgeFunction:
    """A univariate function f(u) that an edge c·f(a·x + b) + d can carry.

    `value` and `slope` map float64 tensors elementwise. The function is defined for lower < u < upper (closed where
    the limit is finite and f is), and not at u = 0 where `pole` is set. Outside the domain of a root or logarithm
    the value is NaN; tan is defined there again, but an edge should not cross its poles.
    """

    name: str
    value: _TensorMap
    slope: _TensorMap
    lower: float = -math.inf
    upper: float = math.inf
    pole: bool = False


def _power(exponent: Fraction) -> EdgeFunction:
    p = float(exponent)
    whole = exponent.denominator == 1
    return EdgeFunction(
        name=_power_name(exponent),
        value=lambda u: u**p,
        slope=lambda u: p * u ** (p - 1),
        lower=-math.inf if whole else 0.0,
        pole=exponent < 0,
    )


def _power_name(exponent: Fraction) -> str:
    if exponent == Fraction(1, 2):
        return "sqrt"
    if exponent < 0:
        positive = _power_name(-exponent)
        return f"1/{positive}"
    if exponent == 1:
        return "x"
    return f"x^{exponent}" if exponent.denominator == 1 else f"x^({exponent})"


class _Bessel(torch.autograd.Function):
    """J₀ and J₁ by SciPy: torch's own are exact to 4e-7 only between 5 and 10, and have no derivative."""

    @staticmethod
    def forward(ctx: Any, u: Tensor, order: int) -> Tensor:
        ctx.save_for_backward(u)
        ctx.order = order
        return _bessel(u, order)

    @staticmethod
    def backward(ctx: Any, *grad: Tensor) -> tuple[Tensor, None]:
        (u,) = ctx.saved_tensors
        slope = -_bessel(u, 1) if ctx.order == 0 else (_bessel(u, 0) - _bessel(u, 2)) / 2
        return grad[0] * slope, None


def _bessel(u: Tensor, order: int) -> Tensor:
    found = (j0, j1)[order](u.detach().cpu().numpy()) if order < 2 else jv(order, u.detach().cpu().numpy())
    return torch.as_tensor(found, device=u.device)


def _rows() -> list[EdgeFunction]:
    whole = [Fraction(p) for k in range(1, 7) for p in (k, -k)]
    broken = [Fraction(s * p, q) for p, q in ((1, 2), (3, 2), (5, 2), (1, 3), (2, 3), (4, 3)) for s in (1, -1)]
    return [
        *(_power(p) for p in whole + broken),
        EdgeFunction("exp", torch.exp, torch.exp),
        EdgeFunction("log", torch.log, lambda u: 1 / u, lower=0.0, pole=True),
        EdgeFunction("sin", torch.sin, torch.cos),
        EdgeFunction("cos", torch.cos, lambda u: -torch.sin(u)),
        EdgeFunction("tan", torch.tan, lambda u: 1 + torch.tan(u) ** 2, lower=-math.pi / 2, upper=math.pi / 2),
        EdgeFunction("asin", torch.asin, lambda u: 1 / torch.sqrt(1 - u**2), lower=-1.0, upper=1.0),
        EdgeFunction("acos", torch.acos, lambda u: -1 / torch.sqrt(1 - u**2), lower=-1.0, upper=1.0),
        EdgeFunction("atan", torch.atan, lambda u: 1 / (1 + u**2)),
        EdgeFunction("sinh", torch.sinh, torch.cosh),
        EdgeFunction("cosh", torch.cosh, torch.sinh),
        EdgeFunction("tanh", torch.tanh, lambda u: 1 - torch.tanh(u) ** 2),
        EdgeFunction("sigmoid", torch.sigmoid, lambda u: torch.sigmoid(u) * torch.sigmoid(-u)),
        EdgeFunction("gaussian", lambda u: torch.exp(-(u**2)), lambda u: -2 * u * torch.exp(-(u**2))),
        EdgeFunction("abs", torch.abs, torch.sign),
        EdgeFunction("sign", torch.sign, torch.zeros_like),
        EdgeFunction("erf", torch.erf, lambda u: 2 / math.sqrt(math.pi) * torch.exp(-(u**2))),
        EdgeFunction("J0", lambda u: _Bessel.apply(u, 0), lambda u: -_Bessel.apply(u, 1)),
    ]


class Registry(dict[str, EdgeFunction]):
    """The functions by name. A formula of u, such as "u*exp(-u)", is the name of a function of the user's own."""

    def __missing__(self, name: str) -> EdgeFunction:
        if not looks_own(name):
            raise KeyError(name)
        return _own(name)

    def __contains__(self, name: object) -> bool:
        if super().__contains__(name) or not isinstance(name, str) or not looks_own(name):
            return super().__contains__(name)
        try:
            _own(name)
        except TrainingError:
            return False
        return True


@lru_cache(maxsize=256)
def _own(text: str) -> EdgeFunction:
    return EdgeFunction(text, *read_own(text, FUNCTIONS))


FUNCTIONS: dict[str, EdgeFunction] = Registry({row.name: row for row in _rows()})

"""Peaks, steps and kinks g((x − b)/w), and the axes, x or log x, that they stand on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import sympy as sp
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Form:
    """g(v) in NumPy, and in SymPy as told x − b and 1/w, or on the axis log x as told x/b and 1/w.

    A form without `width` has a place alone, and grows with a power `degree` of its distance from there; a `signed`
    one is another curve for a negative width; a `kinked` one is no other than plainer curves unless its kink is seen.
    """

    value: Callable[[Array], Array]
    sympy: Callable[[sp.Expr, sp.Expr], sp.Expr]
    width: bool = True
    signed: bool = False
    degree: int = 0
    kinked: bool = False


def _step(v: Array) -> Array:
    return 1 / (1 + np.exp(np.clip(v, -600.0, 600.0)))


def _fading(v: Array) -> Array:
    return np.exp(-np.exp(np.clip(v, -600.0, 600.0)))


_ON_X: tuple[Form, ...] = (
    Form(lambda v: np.exp(-(v**2)), lambda x, a: sp.exp(-(a**2) * x**2)),
    Form(lambda v: 1 / (1 + v**2), lambda x, a: 1 / (1 + a**2 * x**2)),
    Form(lambda v: np.cosh(np.clip(v, -300.0, 300.0)) ** -2, lambda x, a: sp.cosh(a * x) ** -2),
    Form(_step, lambda x, a: 1 / (1 + sp.exp(a * x)), signed=True),
    Form(np.tanh, lambda x, a: sp.tanh(a * x)),
    Form(np.arctan, lambda x, a: sp.atan(a * x)),
    Form(_fading, lambda x, a: sp.exp(-sp.exp(a * x)), signed=True),  # Gompertz
    Form(lambda v: np.exp(-np.abs(v)), lambda x, a: sp.exp(-a * sp.Abs(x)), kinked=True),
    Form(np.abs, lambda x, _: sp.Abs(x), width=False, degree=1, kinked=True),
    Form(np.sign, lambda x, _: sp.sign(x), width=False, kinked=True),
)
_ON_LOG_X: tuple[Form, ...] = (
    Form(_step, lambda x, a: 1 / (1 + x**a), signed=True),  # Hill
    Form(_fading, lambda x, a: sp.exp(-(x**a)), signed=True),  # Weibull, Kohlrausch
    Form(lambda v: np.exp(-(v**2)), lambda x, a: sp.exp(-(a**2) * sp.log(x) ** 2)),
)


@dataclass(frozen=True)
class Axis:
    """x or log x, from `low` on in units of its range, and the forms on it."""

    logarithmic: bool
    low: float
    range: float
    forms: tuple[Form, ...]

    @classmethod
    def of(cls, x: Array, logarithmic: bool) -> Axis:
        place = np.log(x) if logarithmic else x
        return cls(logarithmic, float(place.min()), float(np.ptp(place)), _ON_LOG_X if logarithmic else _ON_X)

    def of_rows(self, x: Array) -> Array:
        return ((np.log(x) if self.logarithmic else x) - self.low) / self.range

    def curve(self, peak: Peak, symbol: sp.Symbol) -> sp.Expr:
        """A peak in the task's own input."""
        form, place, width = peak
        at, rate = self.low + self.range * place, sp.Float(1 / (self.range * width))
        return form.sympy(symbol / sp.Float(np.exp(at)) if self.logarithmic else symbol - sp.Float(at), rate)


Peak = tuple[Form, float, float]  # form, place and width, on an axis

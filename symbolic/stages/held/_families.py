"""Families of curves in one column, linear but for their rates; a further one is one row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

Array = NDArray[np.float64]

t, a, b = sp.symbols("t a b")
ONE = sp.Integer(1)


@dataclass(frozen=True)
class Family:
    """Σ cᵢ·termᵢ(t; rates), in words, with the kind of each rate."""

    words: str
    terms: tuple[sp.Expr, ...]
    kinds: tuple[str, ...]
    positive: bool = False  # t has to be

    @property
    def rates(self) -> tuple[sp.Symbol, ...]:
        """The symbols of the rates."""
        return (a, b)[: len(self.kinds)]

    @cached_property
    def _compiled(self) -> Callable[..., Any]:
        slopes = [sp.diff(term, rate) for rate in self.rates for term in self.terms]
        return sp.lambdify((t, *self.rates), [*self.terms, *slopes], "numpy", cse=True)

    def values(self, at: Array, rates: Array) -> tuple[Array, Array]:
        """The terms (m, n) at `at` (n,) with rates (q, n), and their slopes by each rate (q, m, n)."""
        found = np.stack([np.broadcast_to(one, at.shape) for one in self._compiled(at, *rates)])
        m = len(self.terms)
        return found[:m], found[m:].reshape(len(self.kinds), m, len(at))

    def starts(self, at: Array) -> Iterator[tuple[float, ...]]:
        """Rates to start from, by the range of t; of two of a kind each pair once."""
        for one in product(*(STARTS[kind](at) for kind in self.kinds)):
            if len(one) < 2 or self.kinds[0] != self.kinds[1] or one[0] < one[1]:
                yield one


def _speeds(at: Array) -> list[float]:
    return [k / float(np.ptp(at)) for k in (-3.0, -1.0, -0.3, 0.3, 1.0, 3.0, 10.0)]


def _fading(at: Array) -> list[float]:
    return [k / float(np.ptp(at)) for k in (-1.0, 0.3, 3.0)]


def _frequencies(at: Array) -> list[float]:
    return [0.8 * k / float(np.ptp(at)) for k in range(2, 40)]


def _below(at: Array) -> list[float]:
    return [k * float(np.ptp(at)) - float(at.min()) for k in (0.03, 0.1, 0.4, 1.5)]


def _beside(at: Array) -> list[float]:
    return [*_below(at), *(-k * float(np.ptp(at)) - float(at.max()) for k in (0.03, 0.1, 0.4, 1.5))]


def _above(at: Array) -> list[float]:
    return [k * float(np.ptp(at)) + float(at.max()) for k in (0.03, 0.1, 0.4, 1.5)]


def _powers(_: Array) -> list[float]:
    return [-2.0, -1.0, -0.5, 0.5, 1.5, 2.0, 3.0]


STARTS: dict[str, Callable[[Array], list[float]]] = {
    "speed": _speeds, "fading": _fading, "frequency": _frequencies,
    "below": _below, "beside": _beside, "above": _above, "power": _powers,
}  # fmt: skip

PARABOLA = Family("a parabola", (ONE, t, t**2), ())
FAMILIES = (
    Family("a decay to a level", (ONE, sp.exp(-a * t)), ("speed",)),
    Family("two decays", (sp.exp(-a * t), sp.exp(-b * t)), ("speed", "speed")),
    Family("a decay, its square and a level", (ONE, sp.exp(-a * t), sp.exp(-2 * a * t)), ("speed",)),
    Family("a wave about a level", (ONE, sp.cos(a * t), sp.sin(a * t)), ("frequency",)),
    Family("a fading wave", (sp.exp(-a * t) * sp.cos(b * t), sp.exp(-a * t) * sp.sin(b * t)), ("fading", "frequency")),
    Family("a pole about a level", (ONE, 1 / (t + a)), ("beside",)),
    Family("a double pole about a level", (ONE, 1 / (t + a), 1 / (t + a) ** 2), ("beside",)),
    Family("two poles", (1 / (t + a), 1 / (t + b)), ("beside", "beside")),
    Family("a logarithm", (ONE, sp.log(t + a)), ("below",)),
    Family("a root", (ONE, sp.sqrt(t + a)), ("below",)),
    Family("a root that ends", (ONE, sp.sqrt(a - t)), ("above",)),
    Family("a power about a level", (ONE, t**a), ("power",), positive=True),
    Family("two powers", (t**a, t**b), ("power", "power"), positive=True),
)

"""Output links y = g(u): what turns y into a sum or a product of curves, one row a link."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import sympy as sp
from numpy.typing import NDArray

Array = NDArray[np.float64]
_ArrayMap = Callable[[Array], Array]

_ASTRAY = 0.1  # share of the rows that noise may carry out of a link's range


@dataclass(frozen=True)
class Link:
    """y = g(u) with g in NumPy and SymPy, its slope, its inverse T, and the y (low, high) that T is defined for.

    `words` is what a person calls T(y), `complexity` what g adds to read. A `mirrored` link serves
    for −y as well.
    """

    name: str
    words: str
    value: _ArrayMap
    slope: _ArrayMap
    inverse: _ArrayMap
    sympy: Callable[[sp.Expr], sp.Expr]
    low: float = -np.inf
    high: float = np.inf
    mirrored: bool = False
    widest: float = np.inf  # range of y beyond which T overflows or says nothing
    factored: Link | None = None  # y = factored(inner·exp u): the sum u is the logarithm of a product
    inner: float = 1.0
    complexity: int = 1

    def inside(self, y: Array) -> NDArray[np.bool_]:
        """Which rows T is defined for."""
        return np.asarray((y > self.low) & (y < self.high))

    def serves(self, y: Array) -> bool:
        """Whether T is defined for all but a few rows."""
        return float(np.ptp(y)) <= self.widest and float(np.mean(self.inside(y))) >= 1 - _ASTRAY


def _clipped_exp(u: Array) -> Array:
    return np.exp(np.clip(u, -690.0, 690.0))


def _root(u: Array) -> Array:
    """√u, and 0 where a little noise has carried u below zero."""
    return np.sqrt(np.maximum(u, 0.0))


_HALF_PI = np.pi / 2

IDENTITY = Link("x", "y", lambda u: u, np.ones_like, lambda y: y, lambda u: u, complexity=0)
EXP = Link(
    "exp", "log y", _clipped_exp, _clipped_exp, np.log, sp.exp, low=0.0, mirrored=True, factored=IDENTITY, complexity=0
)

LINKS: tuple[Link, ...] = (
    IDENTITY,
    EXP,
    Link("1/x", "1/y", lambda u: 1 / u, lambda u: -1 / u**2, lambda y: 1 / y, lambda u: 1 / u, low=0.0, mirrored=True),
    Link("sqrt", "y^2", _root, lambda u: 0.5 / np.sqrt(u), lambda y: y**2, sp.sqrt, low=0.0, mirrored=True),
    Link("x^2", "the root of y", lambda u: u**2, lambda u: 2 * u, np.sqrt, lambda u: u**2, low=0.0, mirrored=True),
    Link(
        "1/sqrt", "1/y^2", lambda u: 1 / np.sqrt(u), lambda u: -0.5 * u**-1.5, lambda y: y**-2.0,
        lambda u: 1 / sp.sqrt(u), low=0.0, mirrored=True,
    ),
    Link("log", "exp y", np.log, lambda u: 1 / u, _clipped_exp, sp.log, widest=30.0),
    Link("sin", "asin y", np.sin, np.cos, np.arcsin, sp.sin, low=-1.0, high=1.0),
    Link("tan", "atan y", np.tan, lambda u: 1 / np.cos(u) ** 2, np.arctan, sp.tan),
    Link("tanh", "atanh y", np.tanh, lambda u: 1 / np.cosh(u) ** 2, np.arctanh, sp.tanh, low=-1.0, high=1.0),
    Link(
        "asin", "sin y", np.arcsin, lambda u: 1 / np.sqrt(1 - u**2), np.sin, sp.asin, low=-_HALF_PI, high=_HALF_PI,
    ),
    Link("acos", "cos y", np.arccos, lambda u: -1 / np.sqrt(1 - u**2), np.cos, sp.acos, low=0.0, high=np.pi),
    Link("atan", "tan y", np.arctan, lambda u: 1 / (1 + u**2), np.tan, sp.atan, low=-_HALF_PI, high=_HALF_PI),
)  # fmt: skip


def _row(
    name: str, words: str, value: _ArrayMap, slope: _ArrayMap, inverse: _ArrayMap, sympy: Callable[[sp.Expr], sp.Expr],
    low: float = -np.inf, high: float = np.inf,
) -> Link:  # fmt: skip
    return Link(name, words, value, slope, inverse, sympy, low, high, complexity=3)


# y = g(product): shapes with a scale of their own. A product under a power is one without it, under exp a sum.
OVER_PRODUCTS: tuple[Link, ...] = (
    *(link for link in LINKS if link.name in ("log", "tan", "tanh", "asin", "acos", "atan")),
    _row("exp", "log y", _clipped_exp, _clipped_exp, np.log, sp.exp, low=0.0),
    _row("exp - 1", "log(1 + y)", np.expm1, np.exp, np.log1p, lambda u: sp.exp(u) - 1, low=-1.0),
    _row(
        "1/(exp - 1)", "log(1 + 1/y)", lambda u: 1 / np.expm1(u), lambda u: -np.exp(u) / np.expm1(u) ** 2,
        lambda y: np.log1p(1 / y), lambda u: 1 / (sp.exp(u) - 1), low=0.0,
    ),
    _row("1 + x", "y - 1", lambda u: 1 + u, np.ones_like, lambda y: y - 1, lambda u: 1 + u),
    _row(
        "1/(1 + x)", "1/y - 1", lambda u: 1 / (1 + u), lambda u: -1 / (1 + u) ** 2, lambda y: 1 / y - 1,
        lambda u: 1 / (1 + u), low=0.0,
    ),
    _row(
        "sqrt(1 + x)", "y^2 - 1", lambda u: np.sqrt(1 + u), lambda u: 0.5 / np.sqrt(1 + u), lambda y: y**2 - 1,
        lambda u: sp.sqrt(1 + u), low=0.0,
    ),
    _row(
        "1/sqrt(1 + x)", "1/y^2 - 1", lambda u: 1 / np.sqrt(1 + u), lambda u: -0.5 * (1 + u) ** -1.5,
        lambda y: y**-2.0 - 1, lambda u: 1 / sp.sqrt(1 + u), low=0.0,
    ),
)  # fmt: skip


def over_product(link: Link, inner: float) -> Link:
    """y = g(±exp u), as which a link of a product is one of a sum."""
    return Link(
        f"{link.name} of exp",
        link.words,
        lambda u: link.value(inner * _clipped_exp(u)),
        lambda u: link.slope(inner * _clipped_exp(u)) * inner * _clipped_exp(u),
        lambda y: np.log(inner * link.inverse(y)),
        lambda u: link.sympy(inner * sp.exp(u)),
        link.low,
        link.high,
        factored=link,
        inner=inner,
        complexity=link.complexity,
    )

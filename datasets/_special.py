"""Functions that no formula in closed form stands for, worked out by SciPy: one row each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import factorial, pi, sqrt
from typing import Any

import numpy as np
import sympy

from datasets._split import Array

Columns = Callable[..., Any]  # one array a variable


@dataclass(frozen=True)
class SpecialFunction:
    """A function of columns: `text` as it is written, `law` as SymPy has it (None where SymPy and ours differ)."""

    name: str
    text: str
    columns: Columns
    law: Callable[[tuple[str, ...]], sympy.Expr] | None = None

    def values(self, X: Array) -> Array:
        """Works the function out on (n, d) points."""
        with np.errstate(all="ignore"):
            return np.array(self.columns(*X.T), dtype=np.float64)


def _scipy(name: str) -> Columns:
    def columns(*x: Array) -> Any:
        from scipy import special

        return getattr(special, name)(*x)

    return columns


def _elliptic_sine(u: Array, m: Array) -> Any:
    from scipy.special import ellipj

    return ellipj(u, m)[0]


def _legendre(order: int) -> Columns:
    def columns(degree: Array, x: Array) -> Any:
        from scipy.special import lpmv

        return lpmv(order, degree, x)

    return columns


def _harmonic(order: int, degree: int) -> Columns:
    """Real part of a spherical harmonic of azimuth phi and polar angle theta; SciPy's own has changed its name."""
    size = sqrt((2 * degree + 1) / (4 * pi) * factorial(degree - order) / factorial(degree + order))

    def columns(phi: Array, theta: Array) -> Any:
        from scipy.special import lpmv

        return size * lpmv(order, degree, np.cos(theta)) * np.cos(order * phi)

    return columns


def _hundred(*x: Array) -> Array:
    return np.exp(sum(np.sin(np.pi * one / 2) ** 2 for one in x) / len(x))


def _hundred_law(names: tuple[str, ...]) -> sympy.Expr:
    waves = [sympy.sin(sympy.pi * sympy.Symbol(name) / 2) ** 2 for name in names]
    return sympy.exp(sympy.Add(*waves) / len(names))


FUNCTIONS = {
    row.name: row
    for row in (
        SpecialFunction("ellipj", "sn(u | m)", _elliptic_sine),
        SpecialFunction("ellipkinc", "F(phi | m)", _scipy("ellipkinc")),
        SpecialFunction("ellipeinc", "E(phi | m)", _scipy("ellipeinc")),
        SpecialFunction("jv", "J_v(x)", _scipy("jv")),
        SpecialFunction("yv", "Y_v(x)", _scipy("yv")),
        SpecialFunction("kv", "K_v(x)", _scipy("kv")),
        SpecialFunction("iv", "I_v(x)", _scipy("iv")),
        *(SpecialFunction(f"lpmv{m}", f"P_v^{m}(x)", _legendre(m)) for m in range(3)),
        *(
            SpecialFunction(f"harmonic{m}{n}", f"Re Y_{n}^{m}(phi, theta)", _harmonic(m, n))
            for m, n in ((0, 1), (1, 1), (0, 2), (1, 2), (2, 2))
        ),
        SpecialFunction("hundred", "exp(1/100 Σ sin²(π x_k/2))", _hundred, _hundred_law),
    )
}

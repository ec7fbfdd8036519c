"""Fifteen special functions of two variables, with the input ranges published here.

Names and best shapes: Liu et al., KAN: Kolmogorov-Arnold Networks, arXiv 2404.19756, table 1. The paper does not give
its ranges; these are boxes where each function is smooth and real, so errors compare with the paper's in order of
magnitude only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import factorial, pi, sqrt
from typing import Any

import numpy as np
from scipy import special

from benchmarks.training.tasks import Range, Task

Function = Callable[[np.ndarray], Any]


@dataclass(frozen=True)
class SpecialTask(Task):
    """A task with the errors that the paper's table gives for its best KAN and its MLP."""

    paper_kan: float
    paper_mlp: float


def _legendre(m: int) -> Function:
    return lambda x: special.lpmv(m, x[0], x[1])


def _harmonic(m: int, n: int) -> Function:
    """Real part of the spherical harmonic, of azimuth and polar angle; SciPy's own function changed its name."""
    size = sqrt((2 * n + 1) / (4 * pi) * factorial(n - m) / factorial(n + m))
    return lambda x: size * special.lpmv(m, n, np.cos(x[1])) * np.cos(m * x[0])


def _row(
    key: str, text: str, function: Function, widths: str, x: Range, y: Range, paper_kan: float, paper_mlp: float
) -> SpecialTask:
    shape = tuple(int(w) for w in widths.split(","))
    return SpecialTask(key, text, function, shape, 3, (x, y), paper_kan, paper_mlp)


ANGLES: tuple[Range, Range] = ((0.0, 2 * pi), (0.0, pi))
ANGLE, UNIT, INNER = (0.0, pi / 2), (0.0, 0.9), (-0.9, 0.9)
ORDER, DEGREE = (0.0, 5.0), (0.0, 5.0)

SPECIAL = (
    _row("ellipj", "sn(x | y)", lambda x: special.ellipj(*x)[0], "2,3,2,1,1,1", (-3.0, 3.0), UNIT, 1.33e-4, 6.48e-4),
    _row("ellipkinc", "F(x | y)", lambda x: special.ellipkinc(*x), "2,2,1,1,1", ANGLE, UNIT, 1.24e-4, 5.52e-4),
    _row("ellipeinc", "E(x | y)", lambda x: special.ellipeinc(*x), "2,2,1,1", ANGLE, UNIT, 8.26e-5, 3.04e-4),
    _row("jv", "Jₓ(y)", lambda x: special.jv(*x), "2,3,1,1,1", ORDER, (0.5, 10.0), 1.64e-3, 5.52e-3),
    _row("yv", "Yₓ(y)", lambda x: special.yv(*x), "2,2,2,1", (0.0, 2.0), (1.0, 10.0), 1.49e-5, 3.45e-4),
    _row("kv", "Kₓ(y)", lambda x: special.kv(*x), "2,2,1", (0.0, 2.0), (0.5, 5.0), 2.52e-5, 1.67e-4),
    _row("iv", "Iₓ(y)", lambda x: special.iv(*x), "2,4,3,2,1,1", ORDER, (0.1, 5.0), 9.28e-3, 1.07e-2),
    _row("lpmv0", "Pₓ⁰(y)", _legendre(0), "2,2,1", DEGREE, INNER, 5.25e-5, 1.74e-2),
    _row("lpmv1", "Pₓ¹(y)", _legendre(1), "2,4,1", DEGREE, INNER, 6.90e-4, 1.50e-3),
    _row("lpmv2", "Pₓ²(y)", _legendre(2), "2,3,2,1", DEGREE, INNER, 2.26e-4, 9.43e-4),
    _row("harmonic01", "Re Y₁⁰(x, y)", _harmonic(0, 1), "2,1,1", *ANGLES, 2.21e-7, 1.25e-6),
    _row("harmonic11", "Re Y₁¹(x, y)", _harmonic(1, 1), "2,3,2,1", *ANGLES, 1.22e-4, 6.70e-4),
    _row("harmonic02", "Re Y₂⁰(x, y)", _harmonic(0, 2), "2,1,1", *ANGLES, 1.95e-7, 2.85e-6),
    _row("harmonic12", "Re Y₂¹(x, y)", _harmonic(1, 2), "2,2,1,1", *ANGLES, 1.50e-5, 1.84e-3),
    _row("harmonic22", "Re Y₂²(x, y)", _harmonic(2, 2), "2,2,3,2,1", *ANGLES, 9.45e-5, 6.21e-4),
)

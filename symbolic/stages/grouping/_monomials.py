"""Monomials: y(t^a·x) = t^b·y(x) says how y scales with its columns, and some of these can be divided by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic._clock import late
from symbolic.stages._task import Task
from symbolic.stages.grouping._reduction import Reduction, divided_out
from symbolic.stages.grouping._slopes import ALIVE, Slopes, flows, misfit_of, null
from symbolic.surrogates._scaling import of_one_sign

Array = NDArray[np.float64]

_WHOLE, _HALVES, _THIRDS = 0.12, 0.06, 0.03  # how far an exponent may be from a rational one
_LARGEST = 6.0
_KEPT = 3  # choices of the columns that go, proposed


def scaled_by_fits(task: Task) -> list[Reduction]:
    """Monomials whose exponents come from fits to y: under noise these know them far better than slopes do."""
    live = of_one_sign(task.X)
    found: list[Reduction] = []
    for scaling in task.scalings:
        plainest = sorted(scaling.choices(live), key=lambda one: (one.cost, one.gone))[:_KEPT]
        made = [divided_out(task, one.gone, one.flows, 0.0, one.cost) for one in plainest]
        found += [replace(one, fitted=True, left=scaling.left) for one in made]
    return found


def scales(task: Task, slopes: Slopes, allowed: float) -> Iterator[Reduction]:
    """Monomials: null vectors of [y, xᵢ ∂ᵢy] say how y scales with its columns; columns that may be divided by go."""
    d = task.X.shape[1]
    live = of_one_sign(task.X)
    M = np.column_stack([slopes.h, slopes.G * slopes.X])
    doubt = np.concatenate([[0.0], slopes.doubt * np.sqrt(np.mean(slopes.X**2, axis=0))])
    _, N = null(M, doubt)
    for k in range(min(len(live), d - (d > 1)), 0, -1):
        tried = list(_scale_sets(M, doubt, N[:, :k], live, k, allowed, slopes.blurred))
        tried.sort(key=lambda one: (round(one[0], 6), one[1]))
        for cost, gone, A, misfit in tried[:_KEPT]:
            yield divided_out(task, gone, A, misfit, cost)


def _scale_sets(
    M: Array, doubt: Array, N: Array, live: list[int], k: int, allowed: float, blurred: bool = False
) -> Iterator[tuple[float, tuple[int, ...], list[list[Fraction]], float]]:
    """Columns to divide by, with the exponents (k, 1 + d) of y and all columns along each one's flow."""
    for gone, A in flows(N, combinations(live, k), first=1):
        if late():
            return
        for rounding in (_whole, _rational) if blurred else (_rational,):
            rounded = [[rounding(float(a)) for a in row] for row in A]
            if any(a is None for row in rounded for a in row):
                continue
            exponents = [[a for a in row if a is not None] for row in rounded]
            misfit = max(misfit_of(M, np.array([float(a) for a in row]), doubt) for row in exponents)
            if misfit > allowed:
                continue
            flat = [a for row in exponents for a in row]
            cost = float(sum(abs(a) + 2 * (a.denominator > 1) for a in flat))
            yield cost, gone, exponents, misfit


def _rational(a: float) -> Fraction | None:
    for denominators, tolerance in (((1,), _WHOLE), ((2,), _HALVES), ((3, 4), _THIRDS)):
        for q in denominators:
            near = Fraction(round(a * q), q)
            if abs(a - near) <= tolerance and abs(near) <= _LARGEST:
                return near
    return None


def _whole(a: float) -> Fraction | None:
    near = Fraction(round(a))
    return near if abs(near) <= _LARGEST else None


def products(task: Task, slopes: Slopes, allowed: float) -> Iterator[Reduction]:
    """Products of two columns, of which one has both signs and nothing is divided by it: where xᵢ ∂ᵢy = xⱼ ∂ⱼy."""
    M, live = slopes.G * slopes.X, of_one_sign(task.X)
    doubt = slopes.doubt * np.sqrt(np.mean(slopes.X**2, axis=0))
    size = np.sqrt(np.mean(M**2, axis=0))
    for i, j in combinations(range(M.shape[1]), 2):
        if (i in live and j in live) or min(size[i], size[j]) < ALIVE * size.max():
            continue
        n = np.zeros(M.shape[1])
        n[i], n[j] = 1.0, -1.0
        misfit = misfit_of(M, n, doubt)
        if misfit <= allowed:
            X, inner = task.X.copy(), list(task.symbols)
            X[:, i], inner[i] = X[:, i] * X[:, j], inner[i] * inner[j]
            yield Reduction(tuple(np.delete(inner, j)), sp.Integer(1), np.delete(X, j, 1), task.y, misfit, 1.0, True)

"""Slopes of y, as a surrogate gives them, and the flows along which a law keeps its form: their null vectors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from symbolic.surrogates._model import Surrogate

Array = NDArray[np.float64]

_TRUSTED = 0.5  # share of the rows, those whose slopes are surest
ALIVE = 0.02  # slope of a column, relative to the largest, below which it is not in a pair
_DOUBTED = 1e-6  # share of a column's slope that is never trusted
_SETS = 150  # choices of the columns that go, looked at
_CANCELLED = 1e-2  # norms of the columns that a choice would leave nearly undetermined


@dataclass(frozen=True)
class Slopes:
    """h (m,) ∝ y and G (m, d) ∝ the slopes of y on the trusted rows, and the doubt (d,) about each column of G."""

    X: Array
    h: Array
    G: Array
    doubt: Array
    blurred: bool  # by noise: what they say is then less sure, and more is put to the test


def slopes_of(found: Surrogate, X: Array) -> Slopes:
    h, G = found.slopes(X)
    rough = found.slopes(X, rough=True)[1]
    size = np.maximum(np.sqrt(np.mean(G**2, axis=0)), 1e-300)
    away = np.sqrt(np.sum(((G - rough) / size) ** 2, axis=1) / np.maximum(np.sum((G / size) ** 2, axis=1), 1e-300))
    rows = np.argsort(away)[: max(int(_TRUSTED * len(X)), 3 * X.shape[1])]
    doubt = np.sqrt(np.median((G - rough)[rows] ** 2, axis=0) / 0.455)
    return Slopes(X[rows], h[rows], G[rows], doubt, found.left is not None)


def null(M: Array, doubt: Array) -> tuple[Array, Array]:
    """The singular values of a table, from small to large and relative to the largest, and their vectors as columns."""
    size = np.sqrt(np.mean(M**2, axis=0))
    M = M / np.maximum(np.linalg.norm(M / np.maximum(size, 1e-300), axis=1), 1e-300)[:, None]
    size = np.sqrt(np.mean(M**2, axis=0))
    scale = np.maximum(size, np.maximum(doubt, _DOUBTED * size.max()))
    _, s, Vt = np.linalg.svd(M / scale, full_matrices=False)
    return s[::-1] / s[0], (Vt[::-1] / scale).T


def misfit_of(M: Array, n: Array, doubt: Array) -> float:
    """|M·n| relative to the terms that have to cancel; terms below the doubt about them count as nothing."""
    terms = M * n
    size = np.sqrt(np.mean(terms**2, axis=0))
    left = float(np.sqrt(np.mean(terms.sum(1) ** 2)))
    return left / max(float(np.sqrt(np.sum(size**2))), float(np.max(doubt * np.abs(n))) * 10, 1e-300)


def flows(N: Array, choices: Iterable[tuple[int, ...]], first: int = 0) -> Iterator[tuple[tuple[int, ...], Array]]:
    """For each choice of k columns, the k flows in the span of N that move one of these by one and the others not.

    Rows of N (first + d, k) are those of the columns from `first` on; flows are the rows of what comes back.
    """
    for chosen in islice(choices, _SETS):
        B = N[[first + j for j in chosen]]
        if np.linalg.cond(B / np.linalg.norm(B, axis=1, keepdims=True).clip(1e-300)) <= 1 / _CANCELLED:
            yield chosen, (N @ np.linalg.inv(B)).T

"""Phases of waves in several columns: φ = ω₁·m₁ + ω₂·m₂ with monomials m of the columns, found by periodograms.

A wave cos φ shows in Σ y·exp(−iφ) however its size varies with the columns, as long as that does not change its sign,
where a polynomial of the columns would have to follow every swing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

Array = NDArray[np.float64]
Monomial = tuple[float, ...]

_TURN = 0.8  # radians by which the phase over all rows grows from one frequency to the next
_FASTEST, _FASTEST_OF_TWO = 150, 60  # frequencies that are tried: of one monomial, and of two at once
_LEAST = 4  # the first of them that is looked at: what swings less is no wave yet
_CLEAR = 0.12  # share of the squares that a phase of one monomial explains, or two are looked at
_FOUND = 6.0  # squares of a phase of two monomials, in units of what chance gives the best of them
_MOST_COLUMNS = 6
_EXTENDED, _TERMS = 3, 4  # phases to which monomials are added, and how many they have then
_ADDED, _BETTER = 60, 1.2  # frequencies that are tried for a further monomial, and what it must bring
_CROSSED_ROWS, _CROSSED, _CROSSED_TURNS = 600, 22, 60  # rows, slopes either way and twists that are tried of a product
_SHAPES: tuple[tuple[float, ...], ...] = (
    (1.0,), (2.0,), (0.5,), (-1.0,), (-0.5,),
    (1.0, 1.0), (1.0, -1.0), (1.0, 0.5), (1.0, -0.5), (0.5, 0.5), (0.5, -0.5), (2.0, 1.0),
    (1.0, 1.0, 1.0), (1.0, 1.0, -1.0), (1.0, -1.0, -1.0), (1.0, 0.5, -0.5), (1.0, 0.5, 0.5), (1.0, -0.5, -0.5),
)  # fmt: skip
_PLAIN: tuple[tuple[float, ...], ...] = ((1.0,), (1.0, 1.0), (1.0, -1.0), (2.0,))  # of which two may make a phase


@dataclass(frozen=True)
class Phase:
    """φ = Σ turns·monomials, and the share of the squares of y that a wave of one size with that phase explains."""

    monomials: tuple[Monomial, ...]
    turns: tuple[float, ...]
    share: float

    def columns(self, X: Array) -> Array:
        """The monomials (n, k) at rows X (n, d)."""
        return np.column_stack([value(X, one) for one in self.monomials])

    def angle(self, X: Array) -> Array:
        """φ (n,) at rows X (n, d)."""
        return np.asarray(self.columns(X) @ np.array(self.turns))

    def expr(self, symbols: tuple[sp.Symbol, ...], turns: tuple[sp.Expr, ...]) -> sp.Expr:
        """The phase in symbols, with its factors given."""
        parts = zip(turns, self.monomials, strict=True)
        return sp.Add(*(turn * written(one, symbols) for turn, one in parts))


def phases(X: Array, y: Array, most: int) -> list[Phase]:
    """The phases that stand out at rows X (n, d) of y (n,), best first, of monomials in different columns each."""
    usable = [j for j in range(X.shape[1]) if np.ptp(X[:, j]) > 0]
    if not 1 <= len(usable) <= _MOST_COLUMNS:
        return []
    flat = np.column_stack([np.ones(len(X)), (X - X.mean(0))[:, usable]])
    left = y - flat @ np.linalg.lstsq(flat, y, rcond=None)[0]
    whole = len(y) * float(left @ left) / 2
    if not whole > 0:
        return []
    found = sorted(_of_one(X, left, usable, whole), key=lambda one: -one.share)
    if not found or found[0].share < _CLEAR:
        found = [*_of_two(X, left, usable, whole), *found]
    further = [longer for one in found[:_EXTENDED] if (longer := _extended(X, left, usable, whole, one)) is not one]
    return sorted([*found[:most], *further], key=lambda one: -one.share)[:most]


def value(X: Array, monomial: Monomial) -> Array:
    """Π x^p (n,)."""
    return np.asarray(np.prod([np.ones(len(X)), *(X[:, j] ** p for j, p in enumerate(monomial) if p)], axis=0))


def _of_one(X: Array, left: Array, usable: list[int], whole: float) -> Iterator[Phase]:
    for one in _monomials(X, usable, _SHAPES):
        m = value(X, one)
        turn = _TURN / max(float(np.ptp(m)), 1e-300)
        squares = np.abs(np.array([swing.sum() for swing in _swings(m, turn, left, _FASTEST)])) ** 2 / whole
        k = _LEAST + int(np.argmax(squares[_LEAST:]))
        yield Phase((one,), (turn * (k + 1),), float(squares[k]))


def _of_two(X: Array, left: Array, usable: list[int], whole: float) -> list[Phase]:
    """Phases of two plain monomials, which swing together: alone neither shows where the other swings through."""
    plain = list(_monomials(X, usable, _PLAIN))
    values = [value(X, one) for one in plain]
    turns = [_TURN / max(float(np.ptp(m)), 1e-300) for m in values]
    ones = np.ones_like(left)
    swings = [
        np.array(list(_swings(m, t, ones, _FASTEST_OF_TWO)), dtype=np.complex64)
        for m, t in zip(values, turns, strict=True)
    ]
    left = left.astype(np.float32)
    found: list[Phase] = []
    chance = float(left @ left) * np.log(len(plain) ** 2 * _FASTEST_OF_TWO**2) / whole
    for a, b in combinations(range(len(plain)), 2):
        weighed = swings[a] * left
        for sign, other in ((1.0, swings[b]), (-1.0, swings[b].conj())):
            squares = np.abs(weighed @ other.T) ** 2 / whole
            i, k = np.unravel_index(int(np.argmax(squares)), squares.shape)
            if squares[i, k] > _FOUND * chance:
                both = (turns[a] * (int(i) + 1), sign * turns[b] * (int(k) + 1))
                found.append(Phase((plain[a], plain[b]), both, float(squares[i, k])))
    return sorted(found, key=lambda one: -one.share)


def crossed(X: Array, left: Array) -> list[Phase]:
    """The phase ω·xy + α·x + β·y of each two columns that stands out, best first.

    Where all three swing none of them shows alone: (x − 1)·(y − 1) is such a phase. `left` (n,) has no plane in it.
    """
    X, left = X[:_CROSSED_ROWS], left[:_CROSSED_ROWS]
    whole, middle, found = len(left) * float(left @ left) / 2, X.mean(0), list[Phase]()
    for i, j in combinations([j for j in range(X.shape[1]) if np.ptp(X[:, j]) > 0], 2):
        x, y = X[:, i] - middle[i], X[:, j] - middle[j]
        along = np.arange(-_CROSSED, _CROSSED + 1) * _TURN
        a, b = along / np.ptp(x), along / np.ptp(y)
        A, B = np.exp(-1j * np.outer(a, x)), np.exp(-1j * np.outer(b, y))
        turn = 0.5 * _TURN / max(float(np.ptp(x * y)) / 2, 1e-300)
        best: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
        for k, swing in enumerate(_swings(x * y, turn, left, _CROSSED_TURNS), 1):
            squares = np.abs((A * swing) @ B.T) ** 2 / whole
            p, q = np.unravel_index(int(np.argmax(squares)), squares.shape)
            best = max(best, (float(squares[p, q]), turn * k, float(a[p]), float(b[q])))
        share, w, alpha, beta = best
        one = np.eye(X.shape[1])
        monomials = (tuple((one[i] + one[j]).tolist()), tuple(one[i].tolist()), tuple(one[j].tolist()))
        found.append(Phase(monomials, (w, alpha - w * float(middle[j]), beta - w * float(middle[i])), share))
    return sorted(found, key=lambda phase: -phase.share)


def _extended(X: Array, left: Array, usable: list[int], whole: float, phase: Phase) -> Phase:
    """The phase with further monomials, as long as each makes the wave clearer; they may be slow ones."""
    plain = list(_monomials(X, usable, _PLAIN))
    while len(phase.monomials) < _TERMS:
        slower = left * np.exp(-1j * phase.angle(X))
        best = phase
        for one in plain:
            if one in phase.monomials:
                continue
            m = value(X, one)
            turn = 0.5 * _TURN / max(float(np.ptp(m)), 1e-300)
            for sign in (1.0, -1.0):
                sums = np.array([swing.sum() for swing in _swings(m, sign * turn, slower, _ADDED)])
                k = int(np.argmax(np.abs(sums)))
                share = float(np.abs(sums[k]) ** 2 / whole)
                if share > max(best.share, _BETTER * phase.share):
                    best = Phase((*phase.monomials, one), (*phase.turns, sign * turn * (k + 1)), share)
        if best is phase:
            break
        phase = best
    return phase


def _swings(m: Array, turn: float, start: NDArray[Any], count: int) -> Iterator[NDArray[np.complex128]]:
    """start·exp(−i·k·turn·m) (n,) for k = 1, 2, …"""
    step, swing = np.exp(-1j * turn * m), start.astype(np.complex128)
    for _ in range(count):
        swing = swing * step
        yield swing


def _monomials(X: Array, usable: list[int], shapes: tuple[tuple[float, ...], ...]) -> Iterator[Monomial]:
    """Monomials of each shape in all columns that have such powers, each once."""
    positive = [bool((column > 0).all()) for column in X.T]
    seen: set[Monomial] = set()
    for shape in shapes:
        for columns in permutations(usable, len(shape)):
            powers = dict(zip(columns, shape, strict=True))
            one = tuple(powers.get(j, 0.0) for j in range(X.shape[1]))
            if one not in seen and all(positive[j] or p in (1.0, 2.0) for j, p in powers.items()):
                seen.add(one)
                yield one


def written(monomial: Monomial, symbols: tuple[sp.Symbol, ...]) -> sp.Expr:
    """Π x^p in symbols."""
    return sp.Mul(*(s ** sp.Rational(p) for s, p in zip(symbols, monomial, strict=True) if p))

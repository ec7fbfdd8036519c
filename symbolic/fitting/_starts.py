"""Where the search for (a, b) of a curve c·f(a·x + b) + d begins, function by function.

Everything here is in the curve's own units: t = (x − m)/h runs over [−1, 1] and f sees u = α·(t + τ) + β. A start with
τ = m/h and β = 0 is the curve without an offset (b = 0), whose α alone may move.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from symbolic.formulas._functions import LIBRARY, SymbolicFunction

Array = NDArray[np.float64]

# Distances of the data from the edge of a domain, in half ranges: the edge itself, near it, far away.
_GAPS = np.array([0.0, 1e-4, 1e-3, 1e-2, 0.03, 0.1, 0.2, 0.4, 0.8, 1.5, 3.0, 8.0, 30.0])
_RATES = np.geomspace(0.1, 204.8, 12)
_SCALES = np.array([0.2, 0.4, 0.8, 1.4, 2.4, 4.0, 7.0, 14.0, 30.0])
_CENTRES = np.linspace(-1.5, 1.5, 9)


@dataclass(frozen=True)
class Starts:
    """A list of starts (α, β, τ), each with which of α and β may move, one array entry a start."""

    alpha: Array
    beta: Array
    tau: Array
    free_alpha: NDArray[np.bool_]
    free_beta: NDArray[np.bool_]

    def take(self, rows: NDArray[np.intp]) -> Starts:
        """Return the given rows."""
        return Starts(self.alpha[rows], self.beta[rows], self.tau[rows], self.free_alpha[rows], self.free_beta[rows])

    def without_offset(self, tau: float) -> NDArray[np.bool_]:
        """Return which rows are u = α·(t + τ) with the curve's τ, that is u = a·x."""
        return (self.tau == tau) & (self.beta == 0) & ~self.free_beta


def concatenated(parts: list[Starts]) -> Starts:
    """Return the rows of all parts in their order."""
    return Starts(
        np.concatenate([part.alpha for part in parts]),
        np.concatenate([part.beta for part in parts]),
        np.concatenate([part.tau for part in parts]),
        np.concatenate([part.free_alpha for part in parts]),
        np.concatenate([part.free_beta for part in parts]),
    )


@dataclass(frozen=True)
class Curve:
    """A sampled curve in its own units: t in [−1, 1], y with weighted mean 0 and weighted mean square 1, Σw = 1."""

    t: Array
    y: Array
    w: Array
    tau: float

    @cached_property
    def waves(self) -> Array:
        """The frequencies α of the best sine waves A·sin αt + B·cos αt + d, best first.

        The basin of a sine is about one over the range wide, so the scan is linear in frequency, up to Nyquist.
        """
        nyquist = np.pi * (len(self.t) - 1) / 2
        alpha = np.concatenate([[0.15, 0.3], np.arange(0.6, max(nyquist, 1.2), 0.6)])
        power = _wave_power(self, alpha)
        inside = power[1:-1]
        peaks = np.flatnonzero((inside >= power[:-2]) & (inside >= power[2:])) + 1
        best = peaks[np.argsort(-power[peaks], kind="stable")][:5]
        return alpha[list(dict.fromkeys([*best.tolist(), int(np.argmax(power)), 0, 2]))]


def starts(function: SymbolicFunction, curve: Curve) -> Starts:
    """Return the starts of one function on one curve, those without an offset (b = 0) last."""
    return concatenated(_STRATEGIES.get(function.name, _own if function.own else _power)(function, curve))


def _pack(alpha: object, beta: object, *, alpha_moves: bool, beta_moves: bool, tau: float = 0.0) -> Starts:
    alpha, beta = np.broadcast_arrays(np.asarray(alpha, dtype=float).ravel(), np.asarray(beta, dtype=float).ravel())
    count = len(alpha)
    return Starts(
        alpha.copy(), beta.copy(), np.full(count, tau), np.full(count, alpha_moves), np.full(count, beta_moves)
    )


def _reach(curve: Curve) -> float:
    """Return the largest |t + τ|: |x| in half ranges."""
    return 1.0 + abs(curve.tau)


def _without_offset(curve: Curve, sizes: Array) -> Starts:
    """Return starts u = α·x whose largest |u| on the data takes the given sizes."""
    return _pack(sizes / _reach(curve), 0.0, alpha_moves=True, beta_moves=False, tau=curve.tau)


def _line(_: SymbolicFunction, curve: Curve) -> list[Starts]:
    return [_pack(1.0, 0.0, alpha_moves=False, beta_moves=False, tau=curve.tau)]


def _power(function: SymbolicFunction, curve: Curve) -> list[Starts]:
    """Return starts of u^p, log u and |u|: |α| = 1, only the place of the origin moves."""
    one_sided = function.signed or (function.exponent is not None and function.exponent < 0)
    beside = _pack([[1.0], [-1.0]] * np.ones(len(_GAPS)), [1.0 + _GAPS] * 2, alpha_moves=False, beta_moves=True)
    centred = _pack([[1.0], [-1.0]], 0.0, alpha_moves=False, beta_moves=False, tau=curve.tau)
    if not one_sided:
        across = np.concatenate([np.linspace(-1, 1, 21), _landmarks(curve)])
        beside = concatenated([_pack(1.0, across, alpha_moves=False, beta_moves=True), beside])
    elif not function.signed:
        beside = concatenated([_pack(1.0, _poles(curve), alpha_moves=False, beta_moves=True), beside])
    return [beside, centred]


def _landmarks(curve: Curve) -> Array:
    """Return −t at the curve's highest, lowest and steepest places."""
    slope = np.abs(np.diff(curve.y)) / np.maximum(np.diff(curve.t), 1e-12)
    steepest = int(np.argmax(slope)) if len(slope) else 0
    return -np.array([curve.t[np.argmax(curve.y)], curve.t[np.argmin(curve.y)], curve.t[steepest]])


def _poles(curve: Curve) -> Array:
    """Return −t between the two neighbours whose values differ most: where a pole inside the data would be."""
    jump = int(np.argmax(np.abs(np.diff(curve.y))))
    low, high = curve.t[jump], curve.t[jump + 1]
    return -(low + (high - low) * np.array([0.2, 0.5, 0.8]))


def _exponential(_: SymbolicFunction, __: Curve) -> list[Starts]:
    # Anchored at the data's high end so that the values stay near one however steep the curve is; β is then dropped.
    rates = np.concatenate([_RATES, -_RATES])
    return [_pack(rates, -np.abs(rates), alpha_moves=True, beta_moves=False)]


def _bump(_: SymbolicFunction, curve: Curve) -> list[Starts]:
    """Return starts of curves with a centre and a width: tanh, gaussian, sinh, …"""
    centres = np.concatenate([_CENTRES, -_landmarks(curve)])
    alpha = np.repeat(_SCALES, len(centres))
    return [
        _pack(alpha, -alpha * np.tile(centres, len(_SCALES)), alpha_moves=True, beta_moves=True),
        _without_offset(curve, _SCALES),
    ]


def _own(function: SymbolicFunction, curve: Curve) -> list[Starts]:
    """Return starts of a function of the user's own: the data on stretches of all sizes in its domain, both ways."""
    low, high = function.domain
    if np.isfinite(low) and np.isfinite(high):
        half, middle = (high - low) / 2, (high + low) / 2
        part = half * np.repeat([0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0], 7)
        centres = middle + (half - part) * np.tile([-1.0, -0.7, -0.35, 0.0, 0.35, 0.7, 1.0], 7)
    elif np.isfinite(low) or np.isfinite(high):
        part = np.repeat(_SCALES, 6)
        beyond = part + np.tile([0.0, 0.02, 0.2, 1.0, 4.0, 15.0], len(_SCALES))
        centres = low + beyond if np.isfinite(low) else high - beyond
    else:
        part = np.repeat(_SCALES, 11)
        centres = np.tile([-15.0, -6.0, -3.0, -1.5, -0.7, 0.0, 0.7, 1.5, 3.0, 6.0, 15.0], len(_SCALES))
    if "a" not in function.free:
        part = np.ones_like(part)
    signs = [1.0, -1.0] if function.signed else [1.0]
    alpha, beta = np.concatenate([sign * part for sign in signs]), np.tile(centres, len(signs))
    sizes = np.concatenate([sign * _SCALES for sign in signs])
    moves = "a" in function.free
    bare = (
        _without_offset(curve, sizes)
        if moves
        else _pack(signs, 0.0, alpha_moves=False, beta_moves=False, tau=curve.tau)
    )
    return [_pack(alpha, beta, alpha_moves=moves, beta_moves="b" in function.free), bare]


def _bounded(limit: float) -> Callable[[SymbolicFunction, Curve], list[Starts]]:
    """Return starts that keep |u| below a limit (tan, asin, acos), up to touching it from either side."""

    def strategy(_: SymbolicFunction, curve: Curve) -> list[Starts]:
        alpha = limit * np.repeat([0.1, 0.3, 0.5, 0.7, 0.85, 0.95, 0.99, 1.0], 7)
        beta = (limit - alpha) * np.tile([-1.0, -0.95, -0.6, 0.0, 0.6, 0.95, 1.0], 8)
        sizes = limit * np.array([0.1, 0.3, 0.6, 0.8, 0.9, 0.95, 0.99, 1.0])
        return [_pack(alpha, beta, alpha_moves=True, beta_moves=True), _without_offset(curve, sizes)]

    return strategy


def _wave_power(curve: Curve, alpha: Array) -> Array:
    """Return the share of the curve's variance that each frequency explains."""
    phase = np.outer(alpha, curve.t)  # (frequencies, n)
    s, c = np.sin(phase), np.cos(phase)
    s -= (s @ curve.w)[:, None]
    c -= (c @ curve.w)[:, None]
    weighted = curve.w
    ss, cc, sc = (s * s) @ weighted, (c * c) @ weighted, (s * c) @ weighted
    sy, cy = s @ (weighted * curve.y), c @ (weighted * curve.y)
    determinant = np.maximum(ss * cc - sc**2, 1e-12 * (ss * cc + 1e-300))
    return np.asarray((sy**2 * cc - 2 * sy * cy * sc + cy**2 * ss) / determinant)


def _wave(_: SymbolicFunction, curve: Curve) -> list[Starts]:
    alpha = curve.waves
    phases = np.linspace(-np.pi / 2, np.pi / 2, 7)[1:]
    return [
        _pack(np.repeat(alpha, 6), np.tile(phases, len(alpha)), alpha_moves=True, beta_moves=True),
        _pack(np.concatenate([alpha, 0.97 * alpha, 1.03 * alpha]), 0.0, alpha_moves=True, beta_moves=False,
              tau=curve.tau),
    ]  # fmt: skip


def _bessel(_: SymbolicFunction, curve: Curve) -> list[Starts]:
    """Return starts of J₀: a decaying wave, of which the data show any stretch."""
    found = curve.waves[:3]
    slow = np.arange(0.6, 12.0, 0.9)
    rates = np.concatenate([slow, np.outer(found, [0.94, 1.0, 1.06]).ravel()])
    rates = np.unique(rates[rates < 60.0])
    pairs = [(alpha, beta) for alpha in rates for beta in np.arange(0.0, alpha + 16.0, 1.1)]
    alpha, beta = np.array(pairs).T
    return [
        _pack(np.tile(alpha, 2), np.concatenate([beta, -beta]), alpha_moves=True, beta_moves=True),
        _pack(rates, 0.0, alpha_moves=True, beta_moves=False, tau=curve.tau),
    ]


def _step(_: SymbolicFunction, curve: Curve) -> list[Starts]:
    """Return the few best places of a step, found from running sums: a step has no slope to follow."""
    below = np.cumsum(curve.w)[:-1]
    power = np.cumsum(curve.w * curve.y)[:-1] ** 2 / np.maximum(below * (1 - below), 1e-300)
    places = (curve.t[:-1] + curve.t[1:]) / 2
    best = np.argsort(-power, kind="stable")[:3]
    return [
        _pack(1.0, -places[best], alpha_moves=False, beta_moves=False),
        _pack(1.0, 0.0, alpha_moves=False, beta_moves=False, tau=curve.tau),
    ]


_STRATEGIES: dict[str, Callable[[SymbolicFunction, Curve], list[Starts]]] = {
    "x": _line,
    "exp": _exponential,
    "sin": _wave,
    "cos": _wave,
    "J0": _bessel,
    "sign": _step,
    "tan": _bounded(np.pi / 2 * (1 - 1e-9)),
    "asin": _bounded(1.0),
    "acos": _bounded(1.0),
    **dict.fromkeys(("atan", "sinh", "cosh", "tanh", "sigmoid", "gaussian", "erf"), _bump),
}

assert set(_STRATEGIES) <= set(LIBRARY)

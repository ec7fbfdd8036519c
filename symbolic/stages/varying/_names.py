"""Names for the parts of A(u) + B(u)·C(v): C up to a factor and an offset, then A and B, which may share a factor.

A curve that was read beside other curves makes up for their errors, so a name is laid through it first and then, once
what stands beside it is named, through the rows themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic.stages.additive._model import Term
from symbolic.stages.additive._names import (
    BITS_PER_COMPLEXITY,
    WAVES,
    Curve,
    Ranking,
    is_good,
    library,
    paired,
    plain,
    sampled,
    shells,
    unshifted,
)
from symbolic.stages.varying._fit import Varying, regressed, reread, told_apart

Array = NDArray[np.float64]

_SIMPLE, _TRIED, _INNER = 8, 16, 3  # names of C that are tried, plain ones and the best, and that go on
_LAID, _NAMES = 14, 4  # names of A and of B that are laid through the rows, and that go on
_SHARED = 2  # quotients of A and B beside which a factor is read again
_ALIKE = 1 - 1e-5  # correlation from which on two names of C are one
_WORSE = 40.0  # bits that a name of a curve may lose beside the one that loses least
_LEVEL = (15.0, 2.0)  # bits that a constant in a curve's place may lose: some, and so many per parameter of the curve
_CENTRAL = 0.02  # share of the largest value of a name below which nothing is divided by it
_STEPS = 4


@dataclass(frozen=True)
class Named:
    """A name of a curve: its values on the rows (n,), things to read and numbers in it, and its formula in a symbol."""

    values: Array
    read: float
    numbers: float
    expr: Callable[[sp.Symbol], sp.Expr]
    wave: bool = False

    @classmethod
    def level(cls, value: float, rows: int) -> Named:
        """A constant; 0 and 1 are none to be fitted."""
        fitted = float(value not in (0.0, 1.0))
        return cls(np.full(rows, value), float(value != 0), fitted, partial(_number, value))


def _number(value: float, _: sp.Symbol) -> sp.Expr:
    return sp.Integer(int(value)) if value in (0.0, 1.0) else sp.Float(value)


def inner(fit: Varying, X: Array) -> list[tuple[Varying, Named]]:
    """The best names of C, judged with A and B read anew: these make up for much of what was wrong with its curve."""
    v = X[:, fit.inner]
    curve = sampled(v, fit.C, False, fit.weight * fit.B**2, fit.noise, fit.edf / 3, False)
    tried: list[tuple[float, Varying, Named]] = []
    simple = plain(curve)
    ranking = [*simple[:_SIMPLE], *unshifted(curve, library(curve, paired(curve, simple), None))[:_TRIED]]
    for C in (_bare(term, v) for term in dict.fromkeys(term for _, term in ranking)):
        if (known := regressed(fit, X, C.values)) is not None:
            lost = 0.5 * len(v) * float(np.log2(known.noise / fit.noise))
            said = BITS_PER_COMPLEXITY * C.read + 0.5 * C.numbers * float(np.log2(len(v)))
            tried.append((lost + said, known, C))
    kept: list[tuple[Varying, Named]] = []
    for _, known, C in sorted(tried, key=lambda one: one[0]):
        if not any(_alike(C, other) and C.numbers >= other.numbers for _, other in kept):
            kept.append((known, C))
    return kept[:_INNER]


def _alike(one: Named, other: Named) -> bool:
    return abs(float(np.corrcoef(one.values, other.values)[0, 1])) > _ALIKE


def _bare(term: Term, v: Array) -> Named:
    """A term without the factor and the offset that A and B hold."""
    if term.power != 1:
        scale = term.factor(sp.Symbol("v"))[0]
        return Named(term.value(v) / scale, term.complexity, term.parameters - 1, lambda t: term.factor(t)[1])
    lead = term.parts[0].c
    bare = replace(term, parts=tuple(replace(part, c=part.c / lead) for part in term.parts), d=0.0)
    wave = all(part.name in WAVES for part in bare.parts)
    return Named(bare.value(v), bare.complexity, bare.parameters - 1, bare.summand, wave)


def raised(fit: Varying, C: Named) -> Iterator[tuple[Varying, Named]]:
    """A wave C with 1 added or taken away: sin² and cos² may be what stands in the law, and A is another then."""
    for shift in (-1, 1) if C.wave else ():
        values = C.values + shift
        yield (
            replace(fit, A=fit.A - shift * fit.B, C=values),
            Named(values, C.read + 1, C.numbers, partial(_shifted, C, shift)),
        )


def _shifted(C: Named, shift: int, symbol: sp.Symbol) -> sp.Expr:
    return C.expr(symbol) + sp.Integer(shift)


def outer(fit: Varying, X: Array) -> Iterator[tuple[Named, Named, Named]]:
    """Names of a common factor, of A and of B, for a C that is known.

    One of A and B is named by its own curve, the other by what is left beside it, or by its quotient by the first.
    """
    u, ones, apart = X[:, fit.outer], np.ones(len(X)), np.sqrt(told_apart(fit, X))
    unit = Named.level(1.0, len(X))
    for turned in (False, True):
        first, other, curve = (fit.C, ones, fit.B) if turned else (ones, fit.C, fit.A)
        for one in _Curve(fit, u, first * apart, curve, fit.edf / 2).by_itself():
            rest = one.values * first
            left, edf = reread(fit, X, rest, other)
            for follower in _Curve(fit, u, other, left, edf).on_rows(rest):
                yield (unit, follower, one) if turned else (unit, one, follower)
            if not np.min(np.abs(one.values)) > _CENTRAL * np.max(np.abs(one.values)) > 0:
                continue
            ratios = _Curve(fit, u, other * one.values, left / one.values, edf).on_rows(rest)
            for k, ratio in enumerate(ratios):
                yield (one, ratio, unit) if turned else (one, unit, ratio)
                # Both tell of a factor that they share: it is read again with what stands beside it known.
                beside = first + ratio.values * other
                if k < _SHARED and np.any(ratio.values != 0) and np.isfinite(beside).all():
                    both, edf_both = reread(fit, X, np.zeros(len(X)), beside)
                    for factor in _Curve(fit, u, beside, both, edf_both).on_rows(np.zeros(len(X))):
                        yield (factor, ratio, unit) if turned else (factor, unit, ratio)


@dataclass(frozen=True)
class _Curve:
    """A curve f of u (n,) that stands in z with a factor (n,), and its effective parameters."""

    fit: Varying
    u: Array
    factor: Array
    f: Array
    edf: float

    def by_itself(self) -> list[Named]:
        """Names by the curve alone, of the whole library."""
        found = [_named(term, self.u, self._sign) for term in _possible(*self._ranked(True))]
        return [*self._levels(), *found[:_NAMES]]

    def on_rows(self, rest: Array) -> list[Named]:
        """Names by the rows, where z is `rest` (n,) + f·factor; plain ones only."""
        target, tried = self.fit.z - rest, []
        for term in _possible(*self._ranked(False))[:_LAID]:
            laid, scale, left = _laid(term, self.u, self.factor, target, self.fit.weight, self._sign)
            said = BITS_PER_COMPLEXITY * laid.complexity + 0.5 * laid.parameters * float(np.log2(len(target)))
            if np.isfinite(left):
                price = 0.5 * len(target) * float(np.log2(left / self.fit.noise)) + said
                tried.append((price, _named(laid, self.u, scale)))
        return [*self._levels(), *(name for _, name in sorted(tried, key=lambda one: one[0])[:_NAMES])]

    @property
    def _weight(self) -> Array:
        return np.asarray(self.fit.weight * self.factor**2)

    @property
    def _mean(self) -> float:
        return float(np.average(self.f, weights=self._weight))

    @property
    def _sign(self) -> float:
        return 1.0 if self._mean >= 0 else -1.0

    def _levels(self) -> Iterator[Named]:
        """That it is nothing, or a constant, where that may be."""
        n, (some, each) = len(self.f), _LEVEL
        for value in (0.0, self._mean):
            lost = float(np.mean(self._weight * (self.f - value) ** 2))
            if 0.5 * n * np.log2(1 + lost / self.fit.noise) < some + each * self.edf:
                yield Named.level(value, n)

    def _ranked(self, thorough: bool) -> tuple[Curve, Ranking]:
        curve = sampled(self.u, self._sign * self.f, True, self._weight, self.fit.noise, self.edf, False)
        usable = np.isfinite(curve.y).all() and np.ptp(curve.y) > 0
        return curve, _ranking(curve, thorough) if usable else []


def _ranking(curve: Curve, thorough: bool) -> Ranking:
    """Names in closed form, of powers of the curve, too, and of the library where none of them is good."""
    found = paired(curve, plain(curve, shells(curve)), shells(curve))
    return unshifted(curve, library(curve, found, None)) if thorough and not is_good(curve, found) else found


def _possible(curve: Curve, found: Ranking) -> list[Term]:
    """The names that lose little more than the one that loses least, cheapest first."""
    lost = [curve.lost(term) for _, term in found]
    return [term for (_, term), bits in zip(found, lost, strict=True) if bits <= min(lost) + _WORSE]


def _named(term: Term, u: Array, scale: float) -> Named:
    def expr(symbol: sp.Symbol) -> sp.Expr:
        c, f = term.factor(symbol)
        return sp.Float(scale * c) * f

    return Named(scale * term.value(u), term.complexity, term.parameters, expr)


def _laid(term: Term, u: Array, factor: Array, target: Array, weight: Array, scale: float) -> tuple[Term, float, float]:
    """scale·term·factor laid through a target (n,) by Gauss–Newton: term, scale, weighted mean square that is left."""

    def squares(one: Term, size: float) -> float:
        left = float(np.mean(weight * (target - size * one.value(u) * factor) ** 2))
        return left if np.isfinite(left) else np.inf

    w = np.sqrt(weight)
    left = squares(term, scale)
    for _ in range(_STEPS):
        value, slopes = term.with_slopes(u, True)
        J = np.stack([value, *(scale * slope for slope in slopes)], axis=1) * (w * factor)[:, None]
        if not np.isfinite(J).all():
            break
        size = np.sqrt(np.sum(J**2, axis=0)) + 1e-300
        J = J / size
        gram = J.T @ J + 1e-12 * np.eye(J.shape[1])
        step = np.linalg.solve(gram, J.T @ (w * (target - scale * value * factor))) / size
        for share in (1.0, 0.25):
            moved, sized = term.moved(share * step[1:], True), scale + share * float(step[0])
            if (after := squares(moved, sized)) < left:
                break
        else:
            break
        gain, term, scale, left = 1 - after / left, moved, sized, after
        if gain < 1e-6:
            break
    return term, scale, left

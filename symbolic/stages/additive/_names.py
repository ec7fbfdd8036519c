"""What the curves of an additive fit may be: terms for each, from closed-form powers to the whole library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from symbolic.fitting._curves import CurveFit, suggest_curve
from symbolic.formulas._functions import LIBRARY
from symbolic.stages.additive._model import Part, Term

Array = NDArray[np.float64]
Ranking = list[tuple[float, Term]]  # prices in bits, lowest first
Targets = list[tuple[Array, float | None]]  # a curve to a power (m,), or its logarithm, and what undoes that

BITS_PER_COMPLEXITY = 2.0
_POINTS = 80
_COMMON = ("x", "x^2", "x^3", "1/x", "1/x^2", "sqrt", "1/sqrt", "exp", "log", "sin", "cos", "tanh", "gaussian")
_POWERS = {name: float(row.exponent) for name, row in LIBRARY.items() if row.exponent is not None}
_PAIRED = ("x", "x^2", "x^3", "x^4", "1/x", "1/x^2", "sqrt", "log")
_SHELLS = (-1.0, 2.0, -0.5, 0.5, -2.0, 0.25, -0.25)  # 1/power: what a factor is raised to before it is named
_CLOSE_POWER = 0.05  # between an exponent and the simple one that is tried in its place
_SIMPLE = 3  # complexity of x^p
WAVES = ("sin", "cos")
_KEPT = 6  # names a curve that go on
_COLLINEAR = 1e-10  # sine of the angle below which two functions are one
_NEAREST = 16  # closed-form terms of one kind that are priced
_GOOD = (4.0, 1.5)  # bits that the right name of a curve may lose: some, and so many per parameter of the spline


@dataclass(frozen=True)
class Curve:
    """A curve of a fit at some places: y (m,) at x (m,), a factor where `product`.

    `w` (m,) is how much a squared error of the curve there adds to the mean square that the fit leaves, `noise` what it
    leaves anyway; `edf` counts the curve's effective parameters, `rows` those of the table. A `clean` curve has no
    noise: the first name that is good can be put to the test.
    """

    x: Array
    y: Array
    w: Array
    product: bool
    rows: int
    noise: float
    edf: float
    clean: bool = False

    def lost(self, term: Term) -> float:
        """Bits that the fit loses with the term in place of the spline: rows/2·log₂(1 + lost/noise)."""
        with np.errstate(all="ignore"):
            away = term.value(self.x) - self.y
            if not self.product:
                away = away - (self.w @ away) / self.w.sum()
            lost = float(self.w @ away**2)
        return 0.5 * self.rows * float(np.log2(1 + lost / self.noise)) if np.isfinite(lost) else np.inf

    def price(self, term: Term) -> float:
        """Bits that the fit loses, and bits to say the term."""
        said = BITS_PER_COMPLEXITY * term.complexity + 0.5 * term.parameters * float(np.log2(self.rows))
        return self.lost(term) + said


def sampled(x: Array, curve: Array, product: bool, weight: Array, noise: float, edf: float, clean: bool) -> Curve:
    """A curve given on all rows (n,), at a few dozen of them spread by quantile; rows weigh `weight` (n,)."""
    n = len(x)
    order = np.argsort(x, kind="stable")
    places = np.unique(np.linspace(0, n - 1, _POINTS).round().astype(int))
    picked = order[places]
    # Every row lends its weight to the place nearest in rank.
    nearest = np.searchsorted((places[1:] + places[:-1]) / 2, np.arange(n))
    w = np.bincount(nearest, weights=weight[order], minlength=len(places)) / n
    size = float(w @ curve[picked] ** 2)
    return Curve(
        x[picked], curve[picked], np.maximum(w, 1e-12 * w.max()), product, n, max(noise, 1e-24 * size), edf, clean
    )


def plain(curve: Curve, targets: Targets | None = None) -> Ranking:
    """Powers, a logarithm and an exponential laid through the curve in closed form, best first."""
    near: list[tuple[float, Term]] = []
    columns = _columns(curve.x)
    for y, power in targets or _targets(curve):
        raw = _raw_weights(curve, y, power)
        w = raw / raw.sum()
        for name, (a, f) in columns.items():
            for offset in (True, False):
                if not offset and power is None:
                    continue
                mean_f, mean_y = (w @ f, w @ y) if offset else (0.0, 0.0)
                c = float((w * (f - mean_f)) @ (y - mean_y) / max(float(w @ (f - mean_f) ** 2), 1e-300))
                d = float(mean_y - c * mean_f)
                if c != 0 and np.isfinite([c, d]).all():
                    near.append((float(raw @ (c * f + d - y) ** 2), Term((Part(name, a, 0.0, c),), d, power)))
    return _ranked(curve, _nearest(near))


def _nearest(found: list[tuple[float, Term]]) -> list[Term]:
    """The terms that come nearest to the curve, by weighted squares to first order."""
    return [term for _, term in sorted(found, key=lambda pair: pair[0])[:_NEAREST]]


def library(curve: Curve, found: Ranking, functions: Sequence[str] | None) -> Ranking:
    """The ranking with library functions laid through the curve, and through the logarithm of a factor, too."""
    for y, power in reversed(_targets(curve)):
        if curve.clean and is_good(curve, found):
            return found
        terms = [_term(fit, power) for fit in _suggested(curve, y, power, functions)]
        terms += [whole for term in terms for whole in _whole_power(term)]
        found = merged(found, _ranked(curve, terms))
    return found


def powered(curve: Curve, found: Ranking) -> Ranking:
    """The ranking with powers of library functions, for a factor."""
    for q in _SHELLS if curve.product else ():
        one_sign = bool((curve.y > 0).all())
        if not one_sign and (q != round(q) or q < -1):
            continue
        if curve.clean and is_good(curve, found):
            return found
        with np.errstate(all="ignore"):
            y = curve.y**q
        if np.isfinite(y).all():
            terms = [_term(fit, 1 / q) for fit in _suggested(curve, y, 1 / q, _COMMON)]
            found = merged(found, _ranked(curve, terms))
    return found


def paired(curve: Curve, found: Ranking, targets: Targets | None = None) -> Ranking:
    """The ranking with sums of two plain functions, and with products of them for a factor."""
    return merged(found, _ranked(curve, _nearest(list(_pairs(curve, targets or _targets(curve))))))


def _whole_power(term: Term) -> Iterator[Term]:
    """c·(x + b)^p with a simple p close to the one that a logarithm was given."""
    (part,) = term.parts
    if term.power is None and part.name == "log":
        for name, p in _POWERS.items():
            if abs(part.c - p) < _CLOSE_POWER:
                yield Term((Part(name, part.a, part.b, float(np.exp(term.d))),))


def _pairs(curve: Curve, targets: Targets) -> Iterator[tuple[float, Term]]:
    """Sums of two plain functions and an offset laid through the targets, all pairs at once."""
    columns = {name: pair for name, pair in _columns(curve.x).items() if name in _PAIRED}
    couples = list(combinations(columns, 2))
    one = np.ones_like(curve.x)
    designs = np.stack([np.column_stack([columns[i][1], columns[j][1], one]) for i, j in couples])  # (pairs, m, 3)
    for y, power in targets:
        weight = _raw_weights(curve, y, power)
        w = np.sqrt(weight / weight.sum())
        scaled = designs * w[:, None]
        size = np.sqrt(np.sum(scaled**2, axis=1))
        Q, R = np.linalg.qr(scaled / size[:, None])
        diagonal = np.abs(np.diagonal(R, axis1=1, axis2=2))
        told_apart = diagonal.min(axis=1) > _COLLINEAR
        R[~told_apart] = np.eye(3)
        fitted = np.linalg.solve(R, np.einsum("pmk,m->pk", Q, y * w)[..., None])[..., 0] / size
        squares = ((designs @ fitted[..., None])[..., 0] - y) ** 2 @ weight
        for (i, j), (c, e, d), left, apart in zip(couples, fitted, squares, told_apart, strict=True):
            if apart:
                parts = (Part(i, columns[i][0], 0.0, float(c)), Part(j, columns[j][0], 0.0, float(e)))
                yield float(left), Term(parts, float(d), power)


def shells(curve: Curve) -> Targets:
    """A factor and its simple powers, and its logarithm."""
    found = _targets(curve)
    if curve.product and (curve.y > 0).all():
        with np.errstate(all="ignore"):
            found += [(curve.y**q, 1 / q) for q in _SHELLS]
    return [(y, power) for y, power in found if np.isfinite(y).all()]


def _targets(curve: Curve) -> Targets:
    """What is named: the curve, and the logarithm of a factor that has one sign."""
    if curve.product and (curve.y > 0).all():
        return [(curve.y, 1.0), (np.log(curve.y), None)]
    return [(curve.y, 1.0)]


def _columns(x: Array) -> dict[str, tuple[float, Array]]:
    """Plain functions of x, with the sign a that makes a·x positive where that is needed."""
    a = -1.0 if (x < 0).all() else 1.0
    one_sign = bool((a * x > 0).all())
    found = {}
    with np.errstate(all="ignore"):
        for name, p in _POWERS.items():
            if p > 0 and p == round(p):
                found[name] = (1.0, x**p)
            elif one_sign:
                found[name] = (a if p != round(p) else 1.0, (a if p != round(p) else 1.0) * x)
                found[name] = (found[name][0], found[name][1] ** p)
        if one_sign:
            found["log"] = (a, np.log(a * x))
    return {name: pair for name, pair in found.items() if np.isfinite(pair[1]).all()}


def _suggested(curve: Curve, y: Array, power: float | None, names: Sequence[str] | None) -> list[CurveFit]:
    if float(np.ptp(y)) == 0:
        return []
    return suggest_curve(curve.x, y, names, np.maximum(_weights(curve, y, power), 1e-9))


def _weights(curve: Curve, y: Array, power: float | None) -> Array:
    """Weights (m,) of what is named, with sum one."""
    w = _raw_weights(curve, y, power)
    return np.asarray(w / w.sum())


def _raw_weights(curve: Curve, y: Array, power: float | None) -> Array:
    """Weights (m,) of what is named: an error of log f counts by f, one of f^q by the way back."""
    slope = np.ones_like(y)
    if power is None:
        slope = np.abs(curve.y)
    elif power != 1:
        slope = np.abs(power * curve.y / np.where(y != 0, y, 1.0))
    return curve.w * slope**2


def _term(fit: CurveFit, power: float | None) -> Term:
    return Term((Part(fit.name, fit.a, fit.b, fit.c),), fit.d, power)


def _ranked(curve: Curve, terms: list[Term]) -> Ranking:
    priced = [(curve.price(term), term) for term in (_without_idle_offset(curve, term) for term in terms)]
    return sorted((pair for pair in priced if np.isfinite(pair[0])), key=lambda pair: pair[0])


def _without_idle_offset(curve: Curve, term: Term) -> Term:
    """A factor (c·f(x) + d)^p as (c·f(x))^p where that costs less."""
    if not curve.product or term.d == 0 or term.power is None or len(term.parts) != 1:
        return term
    (part,) = term.parts
    if term.power == 1:
        with np.errstate(all="ignore"):
            f = part.values(curve.x)[0]
            part = replace(part, c=float((curve.w * f) @ curve.y / max(float(curve.w @ f**2), 1e-300)))
    if not np.isfinite(part.c) or part.c == 0:
        return term
    bare = Term((part,), 0.0, term.power)
    return bare if curve.price(bare) < curve.price(term) else term


def names(curve: Curve, effort: int) -> Ranking:
    """The best terms for a curve with their prices: effort 0 asks for plain ones, 1 for common ones, 2 for all."""
    found = plain(curve)
    if effort > 0 and not is_good(curve, found, plainly=True):
        found = library(curve, found, _COMMON)
        if not (curve.clean and is_good(curve, found)):
            found = paired(curve, found)
    if effort > 1 and not is_good(curve, found[:1], plainly=True):
        found = powered(curve, found)
        if not is_good(curve, found):
            found = library(curve, found, None)
    return found[:_KEPT] if curve.clean else _different(found)[: _KEPT + 2]


def _different(found: Ranking) -> Ranking:
    """The best term of every shape: under noise those of one shape would crowd the others out."""
    best: dict[tuple[object, ...], tuple[float, Term]] = {}
    for price, term in found:
        names = tuple(part.name for part in term.parts)
        best.setdefault((names, term.power is None), (price, term))
    return list(best.values())


def is_good(curve: Curve, found: Ranking, plainly: bool = False) -> bool:
    """Whether one of the terms, or one without an offset of its own, loses no more than a right name may."""
    some, each = _GOOD
    terms = [term for _, term in found[:_KEPT] if not plainly or is_plain(term)]
    return any(curve.lost(term) <= some + each * curve.edf for term in terms)


def is_plain(term: Term) -> bool:
    """Whether a term is one simple function of x, with no offset beside it or within: nothing else is shorter."""
    offset = term.d != 0 and term.power is not None
    return len(term.parts) == 1 and not offset and "b" not in term.parts[0].free and term.complexity <= _SIMPLE


def merged(one: Ranking, other: Ranking) -> Ranking:
    """Two rankings as one."""
    return sorted([*one, *other], key=lambda pair: pair[0])


def unshifted(curve: Curve, found: Ranking) -> Ranking:
    """The ranking with the terms of one shifted function without their shifts."""
    bare = [
        replace(term, parts=(part,))
        for _, term in found
        if len(term.parts) == 1 and "b" in term.parts[0].free
        for part in without_shift(term.parts[0])
    ]
    return merged(found, _ranked(curve, bare))


def without_shift(part: Part) -> Iterator[Part]:
    """c·f(a·x) for c·f(a·x + b): the same f, and for waves the nearest quarter turn."""
    if part.name not in WAVES:
        yield replace(part, b=0.0)
        return
    quarters = round(part.b / (np.pi / 2)) + WAVES.index(part.name)  # cos u = sin(u + π/2)
    sign = 1.0 if quarters % 4 < 2 else -1.0
    yield replace(part, name=WAVES[quarters % 2], b=0.0, c=sign * part.c)

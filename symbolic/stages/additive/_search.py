"""From the curves of an additive fit to one formula: names put to the test together, by description length."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symbolic.fitting._noise import spread_of, whiteness
from symbolic.fitting._splines import Smoother
from symbolic.stages._task import EXACT, Task
from symbolic.stages.additive._fit import COLOURED, STIFF
from symbolic.stages.additive._model import Model, Part, Term
from symbolic.stages.additive._names import (
    BITS_PER_COMPLEXITY,
    Curve,
    Ranking,
    is_good,
    is_plain,
    names,
    sampled,
    without_shift,
)
from symbolic.stages.additive._splines import Fit, Splines

Array = NDArray[np.float64]

NEAR = 1.03  # a model may leave so many times what its splines leave on the same rows
_BIASED = 10.0  # without noise splines leave their own bias, which differs so much between curves
_EFFORTS = 3
_SWAPS = 40  # other names that are tried for the curves of one fit
_ROUNDS, _TRIED = 2, 4  # of reading curves again, and names tried for each
_REREAD = (3.0, 0.8)  # bits a plain name may lose against a new reading: some, and so many a parameter of the spline
_CLOSE, _RIVALS = 15.0, 3  # bits that other names may cost more than the best, and how many are kept
_SHORT = 5  # complexity of a term, above which powers of functions are tried in its place


@dataclass(frozen=True)
class _Priced:
    """A model with the mean square it leaves and its price in bits."""

    model: Model
    left: float
    price: float


_Pool = dict[tuple[tuple[tuple[str, ...], float | None], ...], _Priced]  # by the names of the terms


@np.errstate(all="ignore")
def named(fit: Fit, splines: Splines, X: Array, y: Array, task: Task) -> list[Model]:
    """The model with the best names for the curves of a fit, fitted to y; none where they have none good enough.

    Plain functions are tried first, then the library, then compounds. Under noise each curve is read again with all
    the others named, and other names that cost nearly as little follow the best.
    """
    spread = spread_of(y, splines.weight)
    noisy, w = fit.error > STIFF, splines.weight
    pool: _Pool = {}
    best = _pooled(_powers(fit, X, y, w), pool) if noisy else None
    curves = _curves(fit, X, w)
    for effort in range(_EFFORTS):
        choices = [names(curve, effort) for curve in curves]
        if not all(choices) or task.left() < 0:
            continue
        if effort == 0 and noisy and not all(map(_plainly_good, curves, choices)):
            continue
        found = _chosen(fit, choices, X, y, w, task, pool)
        if found is not None and (best is None or found.price < best.price):
            best = found
        if noisy and best is not None:
            best = _renamed(best, splines, X, y, task, pool)
        if best is not None and np.sqrt(best.left) <= EXACT * spread:
            break
        if best is not None and _explains(best, fit, X, y, w) and _is_short(best.model, noisy and effort == 0):
            break
    if best is None:
        return []
    rivals = sorted((one for one in pool.values() if noisy and one is not best), key=lambda one: one.price)
    rivals = [one for one in rivals if one.price < best.price + _CLOSE][:_RIVALS]
    models = []
    for one in (_plainer(each, X, y, w) for each in (best, *rivals)):
        model, left = one.model.fitted(X, y, 60, weight=w)
        if np.sqrt(left) <= EXACT * spread or _explains(one, fit, X, y, w):
            models.append(model)
    return models


def _pooled(one: _Priced | None, pool: _Pool) -> _Priced | None:
    """The model, kept in the pool where it is the best with its names."""
    if one is not None:
        names = tuple((tuple(part.name for part in term.parts), term.power) for term in one.model.terms)
        if names not in pool or one.price < pool[names].price:
            pool[names] = one
    return one


def _is_short(model: Model, plainly: bool) -> bool:
    """Whether no term asks for a shorter one: a plain one is as short as can be."""
    return all(is_plain(term) if plainly else term.complexity <= _SHORT for term in model.terms)


def _explains(best: _Priced, fit: Fit, X: Array, y: Array, w: Array) -> bool:
    """Whether a model leaves as little as the splines or is the shorter description, and what it leaves is noise."""
    n = len(y)
    splines = 0.5 * n * float(np.log2(np.mean(w * fit.residual**2))) + 0.5 * fit.edf * float(np.log2(n))
    close = best.left <= (NEAR * fit.error) ** 2 * float(np.var(y))
    return (close or best.price < splines) and whiteness(np.sqrt(w) * (y - best.model.predict(X)), X) < COLOURED


def _powers(fit: Fit, X: Array, y: Array, w: Array) -> _Priced | None:
    """A product of powers, fitted from scratch: splines may follow noise where y spans decades."""
    chosen = X[:, fit.inputs]
    if not fit.product or not (chosen > 0).all():
        return None
    terms = []
    for j, curve in zip(fit.inputs, fit.curves, strict=True):
        slope = np.polyfit(np.log(X[:, j]), np.log(np.maximum(np.abs(curve), 1e-3)), 1, w=np.abs(curve))[0]
        terms.append(Term((Part("log", 1.0, 0.0, float(slope)),), 0.0, None))
    model = Model(fit.link, fit.sign, True, fit.inputs, tuple(terms), 1.0, fit.offset)
    with np.errstate(all="ignore"):
        shape = np.prod([term.value(X[:, j]) for j, term in zip(fit.inputs, terms, strict=True)], axis=0)
        inner = fit.constant * np.prod(fit.curves, axis=0)
    return _fitted(replace(model, constant=float(shape @ inner / (shape @ shape))), X, y, w)


def _renamed(best: _Priced, splines: Splines, X: Array, y: Array, task: Task, pool: _Pool) -> _Priced:
    """One curve after the other read again with all the others named, which tells it from noise far better."""
    for _ in range(_ROUNDS):
        before = best
        for k, j in enumerate(best.model.inputs):
            if task.left() < 0:
                return best
            at = splines.inputs.index(j)
            values, slope = best.model.influence(k, X)
            try:
                smoother = Smoother(splines.full[at] * slope[:, None], splines.axes[at].bending(), splines.weight)
            except np.linalg.LinAlgError:
                continue
            smooth = smoother.fit(values * slope + y - best.model.predict(X))
            curve = splines.full[at] @ smooth.coef
            read = sampled(
                X[:, j], curve, best.model.product, splines.weight * slope**2, smooth.left, smooth.edf, False
            )
            allowed = _REREAD[0] + _REREAD[1] * smooth.edf
            if read.lost(best.model.terms[k]) < allowed and is_plain(best.model.terms[k]):
                continue
            for _, term in names(read, 1)[:_TRIED]:
                terms = (*best.model.terms[:k], term, *best.model.terms[k + 1 :])
                tried = _pooled(_fitted(replace(best.model, terms=terms), X, y, splines.weight), pool)
                if tried is not None and tried.price < best.price:
                    best = tried
        if best is before:
            break
    return best


def _plainly_good(curve: Curve, choices: Ranking) -> bool:
    return is_good(curve, choices, plainly=True)


def _curves(fit: Fit, X: Array, w: Array) -> list[Curve]:
    """The curves of a fit as they are named: errors count by what they do to y; without noise, all alike."""
    edf, n = fit.edf / len(fit.inputs), len(X)
    curves = list(zip(fit.inputs, fit.curves, strict=True))
    if fit.error < STIFF:
        noise = (_BIASED * fit.scatter) ** 2
        if fit.product:  # in units of each factor, whose mean square is one
            noise /= max(float(np.mean((fit.constant * np.prod(fit.curves, axis=0)) ** 2)), 1e-300)
        return [sampled(X[:, j], curve, fit.product, np.ones(n), noise, edf, True) for j, curve in curves]
    noise = float(np.mean(w * fit.residual**2))
    with np.errstate(all="ignore"):
        if fit.product:
            slopes = [fit.constant * np.prod(np.delete(fit.curves, i, axis=0), axis=0) for i in range(len(curves))]
        else:
            slopes = [np.ones(n)] * len(curves)
        outer = fit.link.slope(fit.inner)
    weights = [w * np.nan_to_num((outer * slope) ** 2, posinf=0.0) for slope in slopes]
    return [
        sampled(X[:, j], curve, fit.product, weight, noise, edf, False)
        for (j, curve), weight in zip(curves, weights, strict=True)
    ]


def _chosen(fit: Fit, choices: list[Ranking], X: Array, y: Array, w: Array, task: Task, pool: _Pool) -> _Priced | None:
    """The first choices of all curves, and what exchanging one at a time improves."""
    best = _pooled(_priced(fit, [choice[0][1] for choice in choices], X, y, w), pool)
    others = [(price - choice[0][0], i, term) for i, choice in enumerate(choices) for price, term in choice[1:]]
    for _, i, term in sorted(others, key=lambda entry: entry[0])[:_SWAPS]:
        if best is not None and best.left <= (EXACT**2) * float(np.var(y)):
            break
        if task.left() < 0:
            break
        terms = [choice[0][1] for choice in choices] if best is None else list(best.model.terms)
        terms[i] = term
        tried = _pooled(_priced(fit, terms, X, y, w), pool)
        if tried is not None and (best is None or tried.price < best.price):
            best = tried
    return best


def _priced(fit: Fit, terms: list[Term], X: Array, y: Array, w: Array) -> _Priced | None:
    model = Model(fit.link, fit.sign, fit.product, fit.inputs, tuple(terms), fit.constant, fit.offset)
    return _fitted(model, X, y, w)


def _fitted(model: Model, X: Array, y: Array, w: Array) -> _Priced | None:
    if not model.product:  # a sum has one constant
        terms = tuple(replace(term, d=0.0) for term in model.terms)
        model = replace(model, terms=terms, constant=model.constant + sum(term.d for term in model.terms))
    model, left = model.fitted(X, y, precise=False, weight=w)
    if not np.isfinite(left):
        return None
    n = len(y)
    price = 0.5 * n * float(np.log2(left + 1e-20 * float(np.var(y)))) + BITS_PER_COMPLEXITY * model.complexity
    return _Priced(model, left, price + 0.5 * model.parameters * float(np.log2(n)))


def _plainer(best: _Priced, X: Array, y: Array, w: Array) -> _Priced:
    """The model without the offsets that do not earn their bits, dropped one by one."""
    while True:
        tried = [_fitted(model, X, y, w) for model in _shorter(best.model)]
        better = min((one for one in tried if one is not None), key=lambda one: one.price, default=best)
        if better.price >= best.price:
            return best
        best = better


def _shorter(model: Model) -> Iterator[Model]:
    """The model without one or all offsets of a term, or with a wave's phase a quarter turn."""
    for k, term in enumerate(model.terms):
        others = []
        for i, part in enumerate(term.parts):
            if "b" in part.free:
                others += [_with_part(term, i, bare) for bare in without_shift(part)]
        if term.d != 0 and model.product and term.power is not None:
            others += [replace(other, d=0.0) for other in (term, *others)]
        for other in others:
            yield replace(model, terms=(*model.terms[:k], other, *model.terms[k + 1 :]))


def _with_part(term: Term, i: int, part: Part) -> Term:
    return replace(term, parts=(*term.parts[:i], part, *term.parts[i + 1 :]))

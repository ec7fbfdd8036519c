"""Names for the numbers of curves: first for their rates, then for what stands before their terms."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, islice, permutations, product

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic.formulas._complexity import complexity
from symbolic.formulas._numeric import evaluate
from symbolic.stages._parts import Part, level
from symbolic.stages._task import Solve, Task, numbers
from symbolic.stages.held._families import t
from symbolic.stages.held._fit import Held, Known

Array = NDArray[np.float64]

_PART, _MARGIN = 600, 3.0  # rows of a part, and how much larger than its doubt its errors may be
_PLAIN, _ROUGHLY, _SHARP = 3, 0.05, 1e-6  # monomials tried for a rate, what they may leave beside its doubt, and should
_WHOLE = 0.03  # share by which a factor of a rate may be off a whole number or a half
_COMBINED, _FOLLOWED = 12, 2  # choices of rates that are compared, and that are followed
_WORSE, _NOISY = 2.0, 1.2  # error with named rates, in units of that with free ones, and of the noise
_QUIET = 0.1  # share of a term's typical size below which it is not divided by
_ROUNDED = 1e-9  # of typical factors: what is smaller may be rounding
_ANSWERS = 4  # formulas of the last part
_BITS_PER_NODE = 4.0


@dataclass(frozen=True)
class Fitted:
    """A family in the column `moving` on all rows, with the error of each of its rates."""

    held: Held
    moving: int
    doubts: Array

    @property
    def values(self) -> Array:
        """The rates (q, n) on the rows."""
        return np.asarray(self.held.rates @ self.held.rows.B[:, : self.held.rates.shape[1]].T)


def named(task: Task, fit: Fitted, solve: Solve) -> Iterator[sp.Expr]:
    """Formulas of y, the most likely first."""
    for rates, known in _rates(task, fit, solve):
        family, own = fit.held.family, task.symbols[fit.moving]
        terms = [term.xreplace({t: own, **dict(zip(family.rates, rates, strict=True))}) for term in family.terms]
        yield from _whole(task, fit, _together(terms, known), solve)
        if task.left() < 0:
            return


def _rates(task: Task, fit: Fitted, solve: Solve) -> Iterator[tuple[tuple[sp.Expr, ...], Known]]:
    """Names of all rates with the best fit that they leave: plain ones first, then the best of those that are found."""
    plain, parts = [], []
    for values, doubt in zip(fit.values, fit.doubts, strict=True):
        size, near = float(np.sqrt(np.mean(values**2))), _monomials(task, fit, values)
        plain.append([expr for away, expr in near if away <= _ROUGHLY * size + 3 * doubt])
        known = near and near[0][0] <= 3 * doubt + _SHARP * size
        parts.append(None if known else _part(task, fit, values, doubt, solve))
    firsts = [None if part is None else part.first() for part in parts]
    quick = [[*([one] if one is not None else []), *few] for one, few in zip(firsts, plain, strict=True)]
    yield from _compared(task, fit, quick)
    bests = [few if part is None else part.best() for few, part in zip(plain, parts, strict=True)]
    yield from _compared(task, fit, bests, tried=quick)


def _compared(
    task: Task, fit: Fitted, options: list[list[sp.Expr]], tried: list[list[sp.Expr]] | None = None
) -> list[tuple[tuple[sp.Expr, ...], Known]]:
    """The choices of rates that leave as little as free ones do, the best first."""
    rows, X = fit.held.rows, task.X[fit.held.rows.at]
    found: list[tuple[float, tuple[sp.Expr, ...], Known]] = []
    for choice in islice(product(*options), _COMBINED):
        if tried is not None and all(one in few for one, few in zip(choice, tried, strict=True)):
            continue
        with np.errstate(all="ignore"):
            values = np.stack([np.broadcast_to(evaluate(rate, task.symbols, X), rows.y.shape) for rate in choice])
            known = Known.of(rows, fit.held.family, values)
        if known is not None and known.error <= max(_WORSE * fit.held.error, _NOISY * task.noise, _SHARP):
            said = sum(_BITS_PER_NODE * complexity(one) + 0.5 * math.log2(len(X)) * numbers(one) for one in choice)
            price = len(X) * math.log2(max(known.error, task.noise, 1e-9)) + said
            found.append((price, choice, known))
    return [(choice, known) for _, choice, known in sorted(found, key=lambda one: one[0])][:_FOLLOWED]


def _monomials(task: Task, fit: Fitted, values: Array) -> list[tuple[float, sp.Expr]]:
    """A number, or a number times powers of one or two columns: the nearest to a rate, with what each leaves."""
    X = task.X[fit.held.rows.at]
    others = [j for j in range(X.shape[1]) if j != fit.moving]
    powers: list[dict[int, int]] = [{}, *({j: p} for j in others for p in (1, -1, 2))]
    powers += [{i: 1, j: 1} for i, j in combinations(others, 2)]
    powers += [{i: 1, j: -1} for i, j in permutations(others, 2)]
    found = []
    for power in powers:
        with np.errstate(all="ignore"):
            m = np.prod([np.ones(len(X)), *(X[:, j] ** float(p) for j, p in power.items())], axis=0)
        if not np.isfinite(m).all():
            continue
        factor = float(m @ values) / float(m @ m)
        away = float(np.sqrt(np.mean((values - factor * m) ** 2)))
        whole = round(2 * factor) / 2
        near = whole and abs(factor - whole) <= _WHOLE * abs(whole) and power
        number = sp.Rational(round(2 * factor), 2) if near else sp.Float(factor)
        found.append((away, number * sp.Mul(*(task.symbols[j] ** p for j, p in power.items()))))
    return sorted(found, key=lambda one: one[0])[:_PLAIN]


def _part(task: Task, fit: Fitted, values: Array, doubt: float, solve: Solve) -> Part:
    """The formulas of a number of the curves, known at the rows up to its doubt."""
    at = fit.held.rows.at
    few = np.linspace(0, len(at) - 1, min(_PART, len(at))).round().astype(int)
    others = tuple(j for j in range(task.X.shape[1]) if j != fit.moving)
    doubt = max(_MARGIN * doubt, 1e-9 * float(np.std(values)))
    return Part.of(task, task.X[at[few]], others, values[few], doubt, solve, absolute=True)


@dataclass(frozen=True)
class _Term:
    """What stands before a curve: values (n,) known up to a doubt."""

    curve: sp.Expr
    values: Array
    doubt: float


def _together(terms: list[sp.Expr], known: Known) -> list[_Term]:
    """The terms that are there, those in constant proportion as one, the best known first."""
    least = _ROUNDED * float(np.sqrt(np.mean(known.values**2)))
    doubts = np.maximum(known.doubts, least)
    left = [_Term(*one) for one in zip(terms, known.values, doubts, strict=True)]
    left = sorted((one for one in left if level(one.values, one.doubt) != 0), key=_relative)
    found: list[_Term] = []
    while left:
        first, *left = left
        curve, alone = first.curve, []
        for one in left:
            ratio = float(first.values @ one.values) / float(first.values @ first.values)
            away = float(np.sqrt(np.mean((one.values - ratio * first.values) ** 2)))
            if away < 3 * (one.doubt + abs(ratio) * first.doubt):
                halves = round(2 * ratio)
                whole = halves and abs(2 * ratio - halves) <= _WHOLE
                curve += (sp.Rational(halves, 2) if whole else sp.Float(ratio)) * one.curve
            else:
                alone.append(one)
        found.append(_Term(curve, first.values, first.doubt))
        left = alone
    return found


def _relative(term: _Term) -> float:
    return term.doubt / max(float(np.sqrt(np.mean(term.values**2))), 1e-300)


def _whole(task: Task, fit: Fitted, terms: list[_Term], solve: Solve) -> Iterator[sp.Expr]:
    """Formulas of all terms: the last factor is asked of y itself, once the others are named."""
    if not terms:
        return
    *before, last = terms
    parts = [_part(task, fit, one.values, one.doubt, solve) for one in before]
    firsts = [part.first() for part in parts]
    choices = [tuple(firsts)] if None not in firsts else []
    choices += [one for one in product(*(part.best() for part in parts)) if list(one) != firsts] if before else []
    for choice in choices[:_FOLLOWED]:
        known = sp.Add(*(factor * one.curve for factor, one in zip(choice, before, strict=True)))
        for factor in _last(task, fit, known, last, solve):
            yield known + factor * last.curve
            if task.left() < 0:
                return


def _last(task: Task, fit: Fitted, known: sp.Expr, term: _Term, solve: Solve) -> Iterator[sp.Expr]:
    """Formulas of the factor of a term, when all others are known."""
    with np.errstate(all="ignore"):
        by = np.broadcast_to(evaluate(term.curve, task.symbols, task.X), task.y.shape)
        rest = task.y - evaluate(known, task.symbols, task.X)
    loud = np.isfinite(by) & np.isfinite(rest)
    if loud.sum() < len(by) / 2:
        return
    loud &= np.abs(by) > _QUIET * float(np.median(np.abs(by[loud])))
    ratio = rest[loud] / by[loud]
    if float(np.std(ratio)) <= _SHARP * abs(float(np.mean(ratio))):
        yield sp.Float(float(np.mean(ratio)))
        return
    others = [j for j in range(task.X.shape[1]) if j != fit.moving]
    target = f"({task.target} - ({known}))/({term.curve})" if known else f"{task.target}/({term.curve})"
    spread = float(np.std(rest[np.isfinite(rest)]))
    own = task.changed(noise=task.noise * task.spread / max(spread, 1e-300))
    own = own.within(task.X, rest, task.symbols, own.noise, task.weight)
    smaller = own.divided(by, task.X[:, others], [task.symbols[j] for j in others], target, loud)
    yield from (one.expr for one in islice(solve(smaller), _ANSWERS))

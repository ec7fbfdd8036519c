"""A stage of discovery: a column that occurs in one term alone, y = c·v^p·Π xₖ^eₖ + F(the others).

F may be anything that a polynomial comes near to. Once the term is known, y itself is rid of it, and F is a problem in
one column less: the field in q·V + √(…), the pull in a/V² beside a pole.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic.fitting._separable import descended
from symbolic.stages._settled import settled
from symbolic.stages._task import Candidate, Solve, Task
from symbolic.surrogates._chart import Chart, thin
from symbolic.surrogates._choice import BLURRED
from symbolic.surrogates._model import charted
from symbolic.surrogates._scaling import of_one_sign

Array = NDArray[np.float64]

_FEWEST, _WIDEST = 60, 9  # rows and columns
_ROWS, _MANY = 1500, 6000  # looked at; and under noise
_SIZE, _SHARP = 200, 1e-5  # coefficients of F, and an error of y's polynomial below which rounding counts
_STARTS, _SIGNED = (1.0, -1.0), (1.0, 2.0)  # powers of the column of one sign to begin with, and of one of both signs
_BESIDE = 2  # columns of both signs that may be factors of a term
_STEPS, _LONGEST, _SETTLED = 10, 1.0, 1e-4  # of a fit, the furthest an exponent goes in one, and the least gain
_HALF = 2  # exponents are multiples of 1/2,
_ERRORS, _NEAR, _VAGUE = 3.0, 0.03, 0.06  # found so many standard errors from one or so near to it, which are so small
_HIGHEST, _LARGEST = 6.0, 1e150  # exponent; and value that can be squared, as its inverse can
_AS_GOOD, _EXACT = 1.03, 1e-10  # what a term may leave in units of what a polynomial of all columns leaves, or at all
_TELLS, _SAME = 60.0, 12.0  # bits by which a term shortens the description of y, and up to which two do as well
_DOUBT = 4.0  # standard errors of c within which it is a fraction,
_DENOMINATORS, _CHANCE = range(1, 13), 0.1  # and how likely one with such a denominator may be there by chance
_FOLLOWED, _NOTHING = 2, 0.9  # terms that y is rid of, and noise, in units of what is left, that leaves nothing to find
_SHARE, _BLURRED_SHARE = 0.5, 0.3  # of the time left, and behind noise


@dataclass(frozen=True)
class _Term:
    """c·Π xₖ^eₖ with `columns` in no other term; beside it a polynomial of the others leaves so much of y's spread."""

    columns: tuple[int, ...]
    exponents: tuple[float, ...]  # (d,)
    c: float
    doubt: float  # about c
    left: float

    def monomial(self, X: Array) -> Array:
        """Its values (n,) without c."""
        return _product(X, self.exponents)

    def expr(self, symbols: tuple[sp.Symbol, ...]) -> sp.Expr:
        """The term, with c a fraction where it may be one."""
        powers = [s ** sp.Rational(round(_HALF * e), _HALF) for s, e in zip(symbols, self.exponents, strict=True)]
        return sp.Mul(self._number(), *powers)

    def _number(self) -> sp.Expr:
        for q in _DENOMINATORS:
            p = round(self.c * q)
            if p and abs(self.c - p / q) < self.doubt and 2 * self.doubt * q**2 < _CHANCE:
                return sp.Rational(p, q)
        return sp.Float(self.c)


def lone(task: Task, solve: Solve) -> Iterator[Candidate]:
    """Formulas of a term with a column of its own, and of what y is without it."""
    d = task.X.shape[1]
    if not 2 <= d <= _WIDEST or len(task.y) < _FEWEST or not np.ptp(task.y) > 0:
        return
    for term in _terms(task)[:_FOLLOWED]:
        if task.left() < 0:
            return
        yield from _beside(task, term, solve)


def _beside(task: Task, term: _Term, solve: Solve) -> Iterator[Candidate]:
    kept = [j for j in range(task.X.shape[1]) if j not in term.columns]
    expr, monomial = term.expr(task.symbols), term.monomial(task.X)
    with np.errstate(all="ignore"):
        c = float(expr.as_coeff_Mul()[0])
        left = task.y - c * monomial
    doubt = term.doubt * float(np.std(monomial)) if expr.atoms(sp.Float) else 0.0
    symbols, words = [task.symbols[j] for j in kept], f"{task.said('y')} - ({expr})"
    smaller = task.within(task.X[:, kept], left, symbols, 0.0, task.weight, words)
    if not (kept and np.isfinite(left).all() and smaller.spread > doubt):
        return
    smaller = smaller.changed(noise=math.hypot(task.noise * task.spread, doubt) / smaller.spread)
    if smaller.noise > _NOTHING:
        return
    for found in solve(smaller.share(_BLURRED_SHARE if task.noise > BLURRED else _SHARE)):
        yield settled(task, expr + found.expr, f"{_reason(task, term)} {found.reason}")


def _terms(task: Task) -> list[_Term]:
    """The terms that leave no more of y than a polynomial of all columns does, best first."""
    plain = [one for one in task.surrogates if one.power == 1]
    if not plain:
        return []
    rows = slice(0, _MANY if task.noise > BLURRED else _ROWS)
    X, y = task.X[rows], task.y[rows]
    s = np.ones_like(y) if task.weight is None else np.sqrt(task.weight[rows] / float(np.mean(task.weight[rows])))
    factors = thin if plain[0].error > _SHARP else np.linalg.qr
    allowed = max(_AS_GOOD * plain[0].error, _EXACT)
    found: list[_Term] = []
    for v in range(X.shape[1]):
        if task.left() < 0:
            return []
        others = [j for j in range(X.shape[1]) if j != v]
        chart = Chart.of(X[:, others], plain[0].logs[others], (1,) * len(others), _SIZE)
        Q = factors(chart.design * s[:, None])[0]
        rest = _Rest.of(X, charted(X, plain[0].logs), s, Q, y, task.spread)
        found += [term for term in rest.terms(v) if term.left < allowed]
    same = 2 ** (_SAME / len(y)) if task.noise > BLURRED else _AS_GOOD
    return _joined(sorted(found, key=lambda term: term.left), same)


def _joined(found: list[_Term], same: float) -> list[_Term]:
    """The best by each product of powers, with all columns that it alone holds: these do as well but for a factor."""
    best: dict[tuple[float, ...], _Term] = {}
    for term in found:
        first = best.setdefault(term.exponents, term)
        if term.left < max(same * first.left, _EXACT):
            best[term.exponents] = replace(first, columns=tuple(sorted({*first.columns, *term.columns})))
    return list(best.values())


@dataclass(frozen=True)
class _Rest:
    """What is left to terms: rows X (n, d) that count by s (n,), an orthonormal basis Q (n, P) of F, s·y without F.

    `t` (n, d) are the columns as they enter polynomials.
    """

    X: Array
    t: Array
    s: Array
    Q: Array
    y: Array
    spread: float

    @classmethod
    def of(cls, X: Array, t: Array, s: Array, Q: Array, y: Array, spread: float) -> _Rest:
        """The same from y (n,) itself."""
        return cls(X, t, s, Q, s * y - Q @ (Q.T @ (s * y)), spread)

    def away(self, A: Array) -> Array:
        """What F does not explain of columns (n, k)."""
        return A - self.Q @ (self.Q.T @ A)

    def terms(self, v: int) -> list[_Term]:
        """The terms in which alone column v occurs, from each start where one is simple and tells."""
        positive = of_one_sign(self.X)
        signed = [k for k in range(self.X.shape[1]) if k not in positive and k != v]
        found: dict[tuple[float, ...], _Term] = {}
        for power in _STARTS if v in positive else _SIGNED:
            for beside in (some for k in range(_BESIDE + 1) for some in combinations(signed, k)):
                exponents = np.zeros(self.X.shape[1])
                exponents[v], exponents[list(beside)] = power, 1.0
                term = self._from(v, exponents, positive)
                if term is not None:
                    found.setdefault(term.exponents, term)
        return list(found.values())

    def _from(self, v: int, exponents: Array, free: list[int]) -> _Term | None:
        """The exponents of the columns `free` fitted to y, then the nearest simple ones."""
        logs = np.log(np.abs(self.X[:, free]))
        logs = logs - logs.mean(0)
        start = _Power(self, exponents)
        if not np.isfinite(start.squares):
            return None

        def slopes(one: _Power) -> Array:
            return one.c * self.away(one.values[:, None] * logs)

        best = descended(start, slopes, lambda one, step: one.moved(free, step), _STEPS, _SETTLED)
        simple = np.round(_HALF * best.exponents) / _HALF
        if simple[v] == 0 or not self._simply(best, slopes(best), (simple - best.exponents)[free]):
            return None
        return self._term(v, _Power(self, simple))

    def _simply(self, power: _Power, slopes: Array, away: Array) -> bool:
        """Whether exponents are told apart, and no further `away` (k,) from simple ones than chance has it."""
        slopes = power.beside(slopes)
        variance = power.squares / (len(self.y) - self.Q.shape[1] - 1 - len(away))
        errors = np.sqrt(variance * np.diag(np.linalg.pinv(slopes.T @ slopes, hermitian=True)))
        return bool(np.all(errors < _VAGUE) and np.all(np.abs(away) < np.maximum(_ERRORS * errors, _NEAR)))

    def _term(self, v: int, power: _Power) -> _Term | None:
        n, free, before = len(self.y), len(self.y) - self.Q.shape[1] - 1, float(self.y @ self.y)
        if not (0 < power.squares < np.inf and 0.5 * n * math.log2(before / power.squares) > _TELLS):
            return None
        if self._more(v, power) > _TELLS:
            return None
        error, size = math.sqrt(power.squares / free), math.sqrt(float(power.gram[0, 0]))
        return _Term((v,), tuple(power.exponents.tolist()), power.c, _DOUBT * error / size, error / self.spread)

    def _more(self, v: int, power: _Power) -> float:
        """By how many bits more of column v shortens what is left beside the term: v, v² and v·xₖ."""
        z = (self.t - self.t.mean(0)) / np.maximum(np.std(self.t, axis=0), 1e-300)
        W = power.beside(self.away(self.s[:, None] * np.column_stack([z[:, v], z[:, [v]] * z])))
        explained = power.left - W @ np.linalg.lstsq(W, power.left, rcond=1e-9)[0]
        n, k = W.shape
        return 0.5 * n * math.log2(power.squares / float(explained @ explained)) - 0.5 * k * math.log2(n)


@dataclass(frozen=True)
class _Power:
    """c·Π xₖ^eₖ with the best c beside F."""

    rest: _Rest
    exponents: Array  # (d,)

    @cached_property
    def values(self) -> Array:
        """The product (n,) times s."""
        with np.errstate(all="ignore"):
            return self.rest.s * _product(self.rest.X, self.exponents)

    @cached_property
    def design(self) -> Array:
        """(n, 1): what F does not explain of it."""
        return self.rest.away(self.values[:, None])

    @property
    def gram(self) -> Array:
        return self.design.T @ self.design

    @cached_property
    def c(self) -> float:
        return float(self.design[:, 0] @ self.rest.y / self.gram[0, 0])

    @cached_property
    def left(self) -> Array:
        return self.rest.y - self.c * self.design[:, 0]

    @cached_property
    def squares(self) -> float:
        """The sum of what is left squared; infinite where exponents or squares are out of range."""
        if np.max(np.abs(self.exponents)) > _HIGHEST or not 1 / _LARGEST < np.max(np.abs(self.values)) < _LARGEST:
            return np.inf
        return float(self.left @ self.left)

    def beside(self, A: Array) -> Array:
        """What it does not explain of columns (n, k) without F."""
        return A - self.design @ (self.design.T @ A) / self.gram

    def moved(self, columns: list[int], step: Array) -> _Power:
        """With other exponents of some columns."""
        exponents = self.exponents.copy()
        exponents[columns] += np.clip(step, -_LONGEST, _LONGEST)
        return _Power(self.rest, exponents)


def _product(X: Array, exponents: Sequence[float] | Array) -> Array:
    """Π xₖ^eₖ (n,) of the columns of X (n, d)."""
    return np.asarray(np.prod([x**e for x, e in zip(X.T, exponents, strict=True) if e], axis=0))


def _reason(task: Task, term: _Term) -> str:
    alone = " and ".join(str(task.symbols[j]) for j in term.columns)
    verb, left = "is" if len(term.columns) == 1 else "are", f"leave {max(term.left, 1e-13):.1g} of the spread"
    one = f"one term of {task.target}, {term.expr(task.symbols)}"
    return f"{alone} {verb} in {one}, alone: it and a polynomial of the others {left}."

"""A quotient of polynomials as a formula, and what speaks for it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic.laws._exact_numbers import near
from symbolic.stages._task import Task
from symbolic.stages.additive._links import IDENTITY, Link
from symbolic.stages.rational._bases import Basis
from symbolic.stages.rational._fit import Index, Quotient, Sparse

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Hit:
    """A quotient with every term up to two degrees that leaves `left` of y, and no more than larger ones do."""

    basis: Basis
    link: Link
    sign: float
    above: int
    below: int
    left: float
    terms: int


def written(search: Sparse, quotient: Quotient, exponents: Index, hit: Hit) -> sp.Expr:
    """g(P/Q) with the coefficient that leaves the plainest others set to 1."""
    scale = np.prod(hit.basis.size**exponents, axis=1)
    p, q = quotient.p / scale[quotient.up], quotient.q / scale[quotient.down]
    errors = _errors(search, quotient)
    every = np.concatenate([p, q])
    unit = min(range(len(every)), key=lambda k: _bits(every / every[k], errors + errors[k]))
    every = every / every[unit]
    terms = [
        (sp.Integer(1) if k == unit else sp.Float(float(c)))
        * sp.Mul(*(u ** int(e) for u, e in zip(hit.basis.exprs, exponents[at], strict=True)))
        for k, (c, at) in enumerate(zip(every, (*quotient.up, *quotient.down), strict=True))
    ]
    inner = sp.Add(*terms[: len(p)]) / sp.Add(*terms[len(p) :])
    return sp.Integer(int(hit.sign)) * hit.link.sympy(inner)


def _errors(search: Sparse, quotient: Quotient) -> Array:
    """Standard errors of the coefficients relative to them, above and below."""
    J, _ = search.linearised(quotient, quotient.up, quotient.down)
    moving = quotient.down != quotient.one
    theta = np.concatenate([quotient.p, quotient.q[moving]])
    scaled = J * theta
    covariance = np.linalg.pinv(scaled.T @ scaled) * quotient.squares / max(len(J) - len(theta), 1)
    relative = np.sqrt(np.maximum(np.diag(covariance), 0.0)) + 1e-12
    below = np.full(len(quotient.down), 1e-12)
    below[moving] = relative[len(quotient.p) :]
    return np.concatenate([relative[: len(quotient.p)], below])


def _bits(values: Array, errors: Array) -> float:
    """The length of a list of numbers, each as the shortest form within three errors or as a real one."""
    total = 0.0
    for value, error in zip(values, errors, strict=True):
        window = 3 * error * abs(value)
        forms = [bits for number, _, _, bits in near(float(value), exponent=False) if abs(number - value) <= window]
        total += min([*forms, math.log2(1 + 1 / max(float(error), 1e-15))])
    return total


def reason_for(task: Task, hit: Hit, quotient: Quotient) -> str:
    """What the quotient shows, in a sentence."""
    of = "quotient of polynomials" if hit.below else "polynomial"
    curves = [str(u) for u in hit.basis.exprs if not u.is_Symbol]
    inside = f" in {', '.join(curves)} and the other columns" if curves else ""
    words = task.said(hit.link.words, hit.sign) if hit.link is not IDENTITY else task.target
    return (
        f"{words} is a {of}{inside} with {quotient.terms} terms: "
        f"all terms together leave {max(hit.left, 1e-13):.1g} of the spread of {task.target}."
    )

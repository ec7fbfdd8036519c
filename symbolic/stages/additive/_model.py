"""A link of a sum or product of named curves: its values and slopes, its constants fitted to y, its formula."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic._clock import late
from symbolic.formulas._functions import LIBRARY
from symbolic.stages.additive._links import Link

Array = NDArray[np.float64]

_STEPS = 25
_FLOOR = 1e-26  # share of the variance below which nothing is left to fit


@dataclass(frozen=True)
class Part:
    """c·f(a·x + b) with f of the library."""

    name: str
    a: float
    b: float
    c: float

    @property
    def free(self) -> str:
        """The constants among "ab" that may move: those the library leaves, and b only where it is not zero."""
        free = LIBRARY[self.name].free
        return ("a" if "a" in free else "") + ("b" if "b" in free and self.b != 0 else "")

    def values(self, x: Array) -> tuple[Array, Array]:
        """f and its slope at a·x + b."""
        import torch

        from kan_core import FUNCTIONS

        u = torch.from_numpy(self.a * x + self.b)
        row = FUNCTIONS[self.name]
        return row.value(u).numpy(), row.slope(u).numpy()

    def expr(self, x: sp.Expr) -> sp.Expr:
        """f(a·x + b), without c."""
        a = sp.Integer(int(self.a)) if abs(self.a) == 1 and "a" not in self.free else sp.Float(self.a)
        return LIBRARY[self.name].sympy(a * x + (sp.Float(self.b) if self.b != 0 else 0))


@dataclass(frozen=True)
class Term:
    """(Σ c·f(a·x + b) + d)^power, or the exponential of the sum where `power` is None."""

    parts: tuple[Part, ...]
    d: float = 0.0
    power: float | None = 1.0

    @property
    def parameters(self) -> int:
        """How many constants a fit may move."""
        return sum(1 + len(part.free) for part in self.parts) + (self.d != 0)

    @property
    def complexity(self) -> int:
        """About the number of things to read."""
        plain = {1.0: 0, None: 1}.get(self.power, 2)
        parts = sum(LIBRARY[part.name].complexity + len(part.free) for part in self.parts)
        return plain + parts + (self.d != 0) + 2 * (len(self.parts) - 1)

    def value(self, x: Array) -> Array:
        """The term at x."""
        total = sum((part.c * part.values(x)[0] for part in self.parts), np.full(len(x), self.d))
        return self._shell(total)[0]

    def with_slopes(self, x: Array, product: bool) -> tuple[Array, list[Array]]:
        """The term (n,) and its slopes by the constants of `moved`."""
        total, slopes = np.full(len(x), self.d), []
        for k, part in enumerate(self.parts):
            f, df = part.values(x)
            total = total + part.c * f
            if not (product and self._scaled and k == 0):
                slopes.append(f)
            slopes += [part.c * df * (x if letter == "a" else 1.0) for letter in part.free]
        if self.d != 0 and product and self.power is not None:
            slopes.append(np.ones_like(x))
        value, outer = self._shell(total)
        return value, [outer * slope for slope in slopes]

    def moved(self, step: Array, product: bool) -> Term:
        """The term with its constants changed by a step, in the order of the slopes."""
        left = list(map(float, step))
        parts = []
        for k, part in enumerate(self.parts):
            c = part.c if product and self._scaled and k == 0 else part.c + left.pop(0)
            changed = {letter: getattr(part, letter) + left.pop(0) for letter in part.free}
            parts.append(replace(part, c=c, **changed))
        d = self.d
        if self.d != 0 and product and self.power is not None:
            d += left.pop(0)
        return replace(self, parts=tuple(parts), d=d)

    @property
    def _scaled(self) -> bool:
        """Whether the factor of the product makes the first c redundant."""
        return self.power is not None

    def _shell(self, total: Array) -> tuple[Array, Array]:
        if self.power is None:
            value = np.exp(np.clip(total, -690, 690))
            return value, value
        if self.power == 1:
            return total, np.ones_like(total)
        return total**self.power, self.power * total ** (self.power - 1)

    def factor(self, x: sp.Expr) -> tuple[float, sp.Expr]:
        """A factor of a product as (c, f) with c·f the term and nothing in f that c could hold."""
        if self.power is None:
            inner = sp.Integer(1)
            for part in self.parts:
                log = part.name == "log"
                inside = part.expr(x)
                inner *= inside.args[0] ** sp.Float(part.c) if log else sp.exp(sp.Float(part.c) * inside)
            return float(np.exp(np.clip(self.d, -690, 690))), inner
        sizes = [(part.c, part.expr(x)) for part in self.parts]
        if self.d != 0 and any(part.name == "exp" for part in self.parts):
            lead = self.d  # the factor of an exponential says where x begins
        else:
            lead = max((part.c for part in self.parts), key=abs)  # a number as good as none must not become the 1
        lead = abs(lead) if self.power != 1 else lead
        sizes += [(self.d, sp.Integer(1))] if self.d != 0 else []
        inner = sp.Add(*((sp.sign(c / lead) if abs(c) == abs(lead) else sp.Float(c / lead)) * f for c, f in sizes))
        exponent = sp.Rational(Fraction(self.power))
        return float(lead**self.power), inner**exponent

    def summand(self, x: sp.Expr) -> sp.Expr:
        """The term of a sum, without d."""
        return sum((sp.Float(part.c) * part.expr(x) for part in self.parts), sp.Integer(0))


@dataclass(frozen=True)
class Model:
    """y = sign·g(constant + Σ terms), or sign·g(offset + constant·Π terms) where `product`; a term for every input."""

    link: Link
    sign: float
    product: bool
    inputs: tuple[int, ...]
    terms: tuple[Term, ...]
    constant: float
    offset: float | None = None

    @property
    def complexity(self) -> int:
        """About the number of things to read."""
        return (
            sum(term.complexity + 1 for term in self.terms) + (0 if self.offset is None else 2) + self.link.complexity
        )

    @property
    def parameters(self) -> int:
        """How many constants a fit may move."""
        return (
            1
            + (self.offset is not None)
            + sum(term.parameters - (self.product and term.power is not None) for term in self.terms)
        )

    def predict(self, X: Array) -> Array:
        """Values (n,) at rows X (n, d)."""
        with np.errstate(all="ignore"):
            values = [term.value(X[:, j]) for j, term in zip(self.inputs, self.terms, strict=True)]
            if self.product:
                return self.sign * self.link.value((self.offset or 0.0) + self.constant * np.prod(values, axis=0))
            return self.sign * self.link.value(self.constant + np.sum(values, axis=0))

    def influence(self, k: int, X: Array) -> tuple[Array, Array]:
        """The values (n,) of a term, and by how much y moves with them."""
        with np.errstate(all="ignore"):
            values = np.stack([term.value(X[:, j]) for j, term in zip(self.inputs, self.terms, strict=True)])
            if self.product:
                others = self.constant * np.prod(np.delete(values, k, axis=0), axis=0)
                slope = self.sign * self.link.slope((self.offset or 0.0) + others * values[k]) * others
            else:
                slope = self.sign * self.link.slope(self.constant + values.sum(0))
        return values[k], np.nan_to_num(slope, posinf=0.0, neginf=0.0)

    def fitted(
        self, X: Array, y: Array, steps: int = _STEPS, precise: bool = True, weight: Array | None = None
    ) -> tuple[Model, float]:
        """The model with its constants fitted to y, and the mean square it leaves; infinite where it has no value.

        Squares count by `weight` (n,), of mean 1.
        """
        model, scale = self, float(np.var(y))
        w = np.ones(len(y)) if weight is None else np.sqrt(weight)
        mean_square = _mean_square(model, X, y, w)
        if not np.isfinite(mean_square):
            return model, np.inf
        damping = 1e-4
        for _ in range(steps):
            if late():
                break
            J = model._jacobian(X) * w[:, None]
            size = np.sqrt(np.sum(J**2, axis=0))
            size[size == 0] = 1.0
            J = J / size
            gram, along = J.T @ J, J.T @ (w * (y - model.predict(X)))
            for _ in range(6):
                step = np.linalg.lstsq(gram + damping * np.eye(len(gram)), along, rcond=1e-15)[0] / size
                trial = model._moved(step)
                tried = _mean_square(trial, X, y, w)
                if tried < mean_square:
                    break
                damping = max(damping * 10, 1e-9)
            else:
                return model, mean_square
            gain, model, mean_square = 1 - tried / mean_square, trial, tried
            damping = damping / 30 if damping > 1e-13 else 1e-14
            if mean_square <= _FLOOR * scale or gain < (1e-6 if precise else 1e-3):
                break
        return model, mean_square

    def _jacobian(self, X: Array) -> Array:
        with np.errstate(all="ignore"):
            found = [term.with_slopes(X[:, j], self.product) for j, term in zip(self.inputs, self.terms, strict=True)]
            values = np.stack([value for value, _ in found])
            if self.product:
                inner = self.constant * np.prod(values, axis=0)
                outer = self.sign * self.link.slope((self.offset or 0.0) + inner)
                columns = [outer * np.prod(values, axis=0)]
                for k, (_, slopes) in enumerate(found):
                    others = outer * self.constant * np.prod(np.delete(values, k, axis=0), axis=0)
                    columns += [others * slope for slope in slopes]
            else:
                outer = self.sign * self.link.slope(self.constant + values.sum(0))
                columns = [outer, *(outer * slope for _, slopes in found for slope in slopes)]
            if self.offset is not None:
                columns.append(outer)
            J = np.stack(columns, axis=1)
            return np.where(np.isfinite(J), J, 0.0)

    def _moved(self, step: Array) -> Model:
        terms, at = [], 1
        for term in self.terms:
            probe = self.product and term.power is not None
            count = sum((not (probe and k == 0)) + len(part.free) for k, part in enumerate(term.parts))
            count += probe and term.d != 0
            terms.append(term.moved(step[at : at + count], self.product))
            at += count
        offset = None if self.offset is None else self.offset + float(step[-1])
        return replace(self, terms=tuple(terms), constant=self.constant + float(step[0]), offset=offset)

    def expr(self, symbols: tuple[sp.Symbol, ...]) -> sp.Expr:
        """The formula, with its constants as Floats."""
        if self.product:
            constant, inner = self.constant, sp.Integer(1)
            for j, term in zip(self.inputs, self.terms, strict=True):
                c, f = term.factor(symbols[j])
                constant *= c
                inner *= f
            inner = sp.Float(constant) * inner + (0 if self.offset is None else sp.Float(self.offset))
        else:
            inner = sp.Float(self.constant) + sum(
                (term.summand(symbols[j]) for j, term in zip(self.inputs, self.terms, strict=True)), sp.Integer(0)
            )
        return sp.Integer(int(self.sign)) * self.link.sympy(inner)


def _mean_square(model: Model, X: Array, y: Array, w: Array) -> float:
    with np.errstate(all="ignore"):
        found = float(np.mean((w * (y - model.predict(X))) ** 2))
    return found if np.isfinite(found) else np.inf

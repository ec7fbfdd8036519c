"""Functions of a user's own on an edge: the name is the formula, read by a small grammar. Nothing is evaluated.

    u*exp(-u)                                   a formula in u: + - * / ^, numbers, pi, and functions by their names
    langevin(u) = 1/tanh(u) - 1/u for u > 0     with a name in front, and the domain behind

So a network that carries such an edge is saved and read back as text, and needs no registry beside it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from kan_core._errors import TrainingError

if TYPE_CHECKING:
    from kan_core._functions import EdgeFunction

LONGEST, DEEPEST = 300, 30  # characters, and parentheses in each other
_NUMBER = r"\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?"
_TOKEN = re.compile(rf"\s*(?:({_NUMBER})|([A-Za-z]\w*)|(\*\*|[-+*/^()]))")
_SIGNED = rf"[-+]?(?:{_NUMBER})"
_FORM = re.compile(
    r"(?:(?P<label>[A-Za-z]\w{0,30})\(u\)\s*=)?(?P<body>[^=<>]+?)"
    rf"(?:\s+for\s+(?:(?P<low>{_SIGNED})\s*<\s*)?u(?:\s*<\s*(?P<high>{_SIGNED})|\s*>\s*(?P<above>{_SIGNED}))?)?"
)


class Dual(NamedTuple):
    """A value and its derivative by u."""

    value: Tensor
    slope: Tensor


Node = Callable[[Dual], Dual]


class Own(NamedTuple):
    """A formula of u that was read: its maps, its domain, whether 0 is a pole."""

    value: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor], Tensor]
    lower: float
    upper: float
    pole: bool


def looks_own(name: str) -> bool:
    """Whether a name is meant as a formula: it holds more than the name of a function does."""
    return bool(re.search(r"[-+*()=]", name)) or "u" in re.findall(r"[A-Za-z]\w*", name)


def read_own(text: str, known: Mapping[str, EdgeFunction]) -> Own:
    """Reads a formula of u over the functions in `known`: value and slope by forward differentiation, in tensors.

    Raises TrainingError where the text is no such formula.
    """
    form = _FORM.fullmatch(text.strip()) if len(text) <= LONGEST else None
    if form is None:
        raise TrainingError(
            f"A function of one's own is written as 'u*exp(-u)' or 'name(u) = formula for 0 < u < 1' in at most "
            f"{LONGEST} characters; got {text[:60]!r}."
        )
    low, high = form["low"] or form["above"], form["high"]
    lower, upper = (-math.inf if low is None else float(low)), (math.inf if high is None else float(high))
    if not lower < upper:
        raise TrainingError(f"The domain of {text[:60]!r} is empty. Write the lower end first.")
    node = _Reader(form["body"], known).whole()
    near = torch.tensor([-1e-9, 0.0, 1e-9], dtype=torch.float64)
    beside = node(Dual(near, torch.ones_like(near))).value
    singular = not bool(beside[1].isfinite())
    pole = singular and not bool((beside[[0, 2]].abs() < 1e6).all())

    def at(u: Tensor) -> Dual:
        # sin(u)/u has a value at 0 that its formula has not.
        moved = torch.where(u == 0, 1e-9, u) if singular and not pole else u
        found = node(Dual(moved, torch.ones_like(moved)))
        inside = (u >= lower) & (u <= upper)
        return Dual(*(torch.where(inside, part, torch.nan) for part in found))

    return Own(lambda u: at(u).value, lambda u: at(u).slope, lower, upper, pole)


class _Reader:
    """Recursive descent over sum, product, sign, power, atom."""

    def __init__(self, body: str, known: Mapping[str, EdgeFunction]) -> None:
        self.known, self.body, self.at, self.depth = known, body, 0, 0
        self.tokens: list[str] = []
        place = 0
        while place < len(body.rstrip()):
            found = _TOKEN.match(body, place)
            if found is None:
                raise self._fault(f"{body[place:].strip()[:1]!r} has no meaning here")
            self.tokens.append(found.group(found.lastindex or 0))
            place = found.end()

    def _fault(self, what: str) -> TrainingError:
        return TrainingError(
            f"The formula {self.body.strip()[:60]!r} cannot be read: {what}. Write it in u, as u*exp(-u)."
        )

    def whole(self) -> Node:
        if "u" not in self.tokens:
            raise self._fault("it does not hold u")
        found = self._sum()
        if self.at < len(self.tokens):
            raise self._fault(f"{self.tokens[self.at]!r} stands where it should end")
        return found

    def _next(self, *wanted: str) -> str | None:
        if self.at < len(self.tokens) and (self.tokens[self.at] in wanted or not wanted):
            self.at += 1
            return self.tokens[self.at - 1]
        return None

    def _sum(self) -> Node:
        found = self._product()
        while sign := self._next("+", "-"):
            found = _added(found, self._product(), 1.0 if sign == "+" else -1.0)
        return found

    def _product(self) -> Node:
        found = self._signed()
        while sign := self._next("*", "/"):
            other = self._signed()
            found = _times(found, other if sign == "*" else _raised(other, -1.0))
        return found

    def _signed(self) -> Node:
        if self._next("-"):
            inner = self._signed()
            return lambda u: Dual(*(-part for part in inner(u)))
        self._next("+")
        return self._power()

    def _power(self) -> Node:
        base = self._atom()
        if not self._next("^", "**"):
            return base
        start = self.at
        exponent = self._signed()
        constant = "u" not in self.tokens[start : self.at]
        return _raised(base, float(exponent(_ZERO).value)) if constant else _general_power(base, exponent)

    def _atom(self) -> Node:
        token = self._next()
        if token == "(":  # noqa: S105 - a parenthesis
            return self._within()
        if token == "u":  # noqa: S105 - the variable
            return lambda u: u
        if token is not None and (token[0].isdigit() or token[0] == "."):
            return _number(float(token))
        if token == "pi":  # noqa: S105 - a number
            return _number(math.pi)
        if token is None or token not in self.known or self._next("(") is None:
            raise self._fault(f"{token or 'the end'!r} is no number, no function and not u")
        return _applied(self.known[token], self._within())

    def _within(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._fault(f"it has more than {DEEPEST} parentheses in each other")
        found = self._sum()
        if not self._next(")"):
            raise self._fault("a parenthesis is not closed")
        self.depth -= 1
        return found


_ZERO = Dual(torch.zeros((), dtype=torch.float64), torch.ones((), dtype=torch.float64))


def _number(value: float) -> Node:
    return lambda u: Dual(torch.full_like(u.value, value), torch.zeros_like(u.value))


def _added(one: Node, other: Node, sign: float) -> Node:
    def node(u: Dual) -> Dual:
        (v, dv), (w, dw) = one(u), other(u)
        return Dual(v + sign * w, dv + sign * dw)

    return node


def _times(one: Node, other: Node) -> Node:
    def node(u: Dual) -> Dual:
        (v, dv), (w, dw) = one(u), other(u)
        return Dual(v * w, dv * w + v * dw)

    return node


def _raised(base: Node, power: float) -> Node:
    def node(u: Dual) -> Dual:
        v, dv = base(u)
        return Dual(v**power, power * v ** (power - 1) * dv)

    return node


def _general_power(base: Node, exponent: Node) -> Node:
    def node(u: Dual) -> Dual:
        (v, dv), (w, dw) = base(u), exponent(u)
        return Dual(v**w, v**w * (dw * v.log() + w * dv / v))

    return node


def _applied(row: EdgeFunction, inner: Node) -> Node:
    def node(u: Dual) -> Dual:
        v, dv = inner(u)
        return Dual(row.value(v), row.slope(v) * dv)

    return node

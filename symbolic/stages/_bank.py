"""All small expressions of a few columns, each once: their values on some rows, and how to write them.

Built from the bottom up by cost, as in deterministic enumeration (Kammerer et al. 2020,
doi:10.1007/978-3-030-39958-0_5); expressions with the same values are one, and the cheapest stands for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import sympy as sp
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.intp]

_DEAREST, _CROWDED = 9, 2  # cost; pairs, in units of what is wanted, beyond which no more are made
_HUGE, _FLAT = 1e12, 1e-9  # values beyond which an expression is of no use, and spread below which it says nothing


@dataclass(frozen=True)
class _Unary:
    value: Callable[[Array], Array]
    expr: Callable[[sp.Expr], sp.Expr]
    bends: bool = False  # a function that is not put into another one of its kind
    cost: int = 1


_UNARY = (
    _Unary(lambda v: 1 / v, lambda u: 1 / u),
    _Unary(np.square, lambda u: u**2),
    _Unary(np.sqrt, lambda u: sp.exp(u.args[0] / 2) if isinstance(u, sp.exp) else sp.sqrt(u), cost=2),
    _Unary(lambda v: 1 + v, lambda u: 1 + u),
    _Unary(lambda v: 1 - v, lambda u: 1 - u, cost=2),
    _Unary(np.exp, sp.exp, bends=True),
    _Unary(np.log, sp.log, bends=True, cost=2),
    _Unary(np.sin, sp.sin, bends=True),
    _Unary(np.cos, sp.cos, bends=True),
    _Unary(np.tanh, sp.tanh, bends=True, cost=2),
)


@dataclass(frozen=True)
class _Binary:
    value: Callable[[Array, Array], Array]
    expr: Callable[[sp.Expr, sp.Expr], sp.Expr]
    commutes: bool = False
    bends: bool = False
    cost: int = 1


_BINARY = (
    _Binary(np.multiply, lambda a, b: a * b, commutes=True),
    _Binary(np.add, lambda a, b: a + b, commutes=True),
    _Binary(np.subtract, lambda a, b: a - b),
    _Binary(np.divide, lambda a, b: a / b),
    _Binary(np.power, lambda a, b: a**b, bends=True, cost=2),
)


@dataclass(frozen=True)
class Bank:
    """Values (K, rows), costs (K,) in ascending order, and what each is made of."""

    values: Array
    cost: Index
    made: Index  # (K, 3): operation, first, second; −1 for a column
    bent: NDArray[np.bool_]  # (K,): with a function in it that is not put into another one
    symbols: tuple[sp.Symbol, ...]

    def with_more(self, values: Array, cost: int, made: Index) -> Bank:
        """The bank with further expressions of one cost."""
        unary = np.array([one.bends for one in (*_UNARY, *_BINARY)])
        bent = unary[made[:, 0]] | self.bent[made[:, 1]] | ((made[:, 2] >= 0) & self.bent[made[:, 2]])
        costs = np.full(len(made), cost, dtype=np.intp)
        return Bank(
            np.concatenate([self.values, values]),
            np.concatenate([self.cost, costs]),
            np.concatenate([self.made, made]),
            np.concatenate([self.bent, bent]),
            self.symbols,
        )

    def expr(self, k: int) -> sp.Expr:
        """The expression itself."""
        operation, first, second = (int(part) for part in self.made[k])
        if operation < 0:
            return self.symbols[first]
        if operation < len(_UNARY):
            return _UNARY[operation].expr(self.expr(first))
        return _BINARY[operation - len(_UNARY)].expr(self.expr(first), self.expr(second))


def bank(X: Array, symbols: Sequence[sp.Symbol], most: int) -> Bank:
    """All expressions of the columns of X (rows, d) in order of cost, until there are `most`."""
    d = X.shape[1]
    known = Bank(X.T.copy(), np.ones(d, dtype=np.intp), _columns(d), np.zeros(d, dtype=bool), tuple(symbols))
    probe = np.random.default_rng(1).normal(size=len(X))
    seen = set(_keys(known.values, probe))
    for cost in range(2, _DEAREST):
        fresh: list[tuple[Array, Index]] = []
        count = len(known.made)
        for values, made in _next(known, cost, most):
            with np.errstate(all="ignore"):
                size = np.max(np.abs(values), axis=1)
                good = np.isfinite(values).all(axis=1) & (size < _HUGE) & (np.ptp(values, axis=1) > _FLAT * size)
            values, made = values[good], made[good]
            new = []
            for k, key in enumerate(_keys(values, probe)):
                if key not in seen and count < most:
                    seen.add(key)
                    new.append(k)
                    count += 1
            fresh.append((values[new], made[new]))
            if count >= most:
                break
        if fresh:
            known = known.with_more(np.concatenate([v for v, _ in fresh]), cost, np.concatenate([m for _, m in fresh]))
        if count >= most:
            break
    return known


def _columns(d: int) -> Index:
    return np.stack([np.full(d, -1), np.arange(d), np.full(d, -1)], axis=1)


def _next(known: Bank, cost: int, most: int) -> Iterator[tuple[Array, Index]]:
    """Values and makings of what has a cost, of cheaper ones."""
    with np.errstate(all="ignore"):
        for k, unary in enumerate(_UNARY):
            live = np.flatnonzero((known.cost == cost - unary.cost) & ~(unary.bends & known.bent))
            if len(live):
                yield unary.value(known.values[live]), _made(k, live, np.full(len(live), -1))
        for small, (k, binary) in product(range(1, cost - 1), enumerate(_BINARY, start=len(_UNARY))):
            one = np.flatnonzero((known.cost == small) & ~(binary.bends & known.bent))
            other = np.flatnonzero((known.cost == cost - binary.cost - small) & ~(binary.bends & known.bent))
            if 0 < len(one) * len(other) <= _CROWDED * most:
                i, j = (grid.ravel() for grid in np.meshgrid(one, other, indexing="ij"))
                keep = i <= j if binary.commutes else i != j
                yield binary.value(known.values[i[keep]], known.values[j[keep]]), _made(k, i[keep], j[keep])


def _made(operation: int, first: Index, second: Index) -> Index:
    return np.stack([np.full(len(first), operation), first, second], axis=1)


def _keys(values: Array, probe: Array) -> list[tuple[float, float]]:
    """Two numbers for each row of values that tell it from others."""
    size = np.maximum(np.linalg.norm(values, axis=1), 1e-300)
    along, decade = np.round(values @ probe / size, 9), np.round(np.log(size), 7)
    return list(zip(along.tolist(), decade.tolist(), strict=True))

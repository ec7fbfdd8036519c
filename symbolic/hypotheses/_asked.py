"""What the user asks of a fit, checked: the rows, the formula and its constants, starts and bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite
from typing import Any, Literal

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from symbolic._errors import SymbolicError
from symbolic.fitting._refine import Loss, Refined, refine

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """What the user asks of a fit."""

    loss: Loss | Literal["auto"]
    starts: dict[sp.Symbol, float]
    bounds: dict[sp.Symbol, tuple[float, float]]

    def beyond(self, values: Mapping[sp.Symbol, float]) -> dict[sp.Symbol, float]:
        """The constants outside their bounds, each with the nearest end."""
        ends = {s: min(max(values[s], low), high) for s, (low, high) in self.bounds.items() if s in values}
        return {s: end for s, end in ends.items() if end != values[s]}


@dataclass(frozen=True)
class Fitting:
    """A formula, its free constants, and the rows it is fitted to as the user has asked."""

    expr: sp.Expr
    constants: tuple[sp.Symbol, ...]
    X: Array
    y: Array
    symbols: tuple[sp.Symbol, ...]
    sigma: Array | None
    asked: Asked

    @property
    def proportional(self) -> bool:
        """Whether errors may be in proportion to y."""
        return self.sigma is None and bool(np.all(self.y > 0) or np.all(self.y < 0))

    def holding(self, held: Mapping[sp.Symbol, float]) -> Fitting:
        """The same with some constants at given values."""
        expr = self.expr.subs({s: sp.Float(v) for s, v in held.items()})
        return replace(self, expr=expr, constants=tuple(s for s in self.constants if s not in held))

    def refined(self, start: Mapping[sp.Symbol, float], loss: Loss) -> Refined:
        """The constants fitted from a start."""
        return refine(self.expr, start, self.X, self.y, self.symbols, self.sigma, loss)


def constants_of(expr: sp.Expr, symbols: Sequence[sp.Symbol], X: Array, y: Array) -> tuple[sp.Symbol, ...]:
    """The free constants of a formula in alphabetical order, once rows and formula are sound."""
    if len(X) != len(y) or not (np.isfinite(X).all() and np.isfinite(y).all()):
        raise SymbolicError(f"X and y must be finite and of one length; got {len(X)} and {len(y)} rows.")
    constants = sorted(expr.free_symbols - set(symbols), key=str)
    if not expr.free_symbols & set(symbols):
        written = ", ".join(symbol.name for symbol in symbols)
        raise SymbolicError(f"The formula {expr} uses none of the columns. Write them as {written}.")
    if len(y) < len(constants):
        raise SymbolicError(f"{len(constants)} constants need at least as many rows; got {len(y)}.")
    return tuple(constants)


def values_of(given: Mapping[str, float] | None, constants: Sequence[sp.Symbol], what: str) -> dict[sp.Symbol, float]:
    known = {s.name: s for s in constants}
    for name, value in (given or {}).items():
        if name not in known:
            raise SymbolicError(f"A {what} is given for '{name}', which is no constant. They are {', '.join(known)}.")
        if not isinstance(value, int | float) or not isfinite(value):
            raise SymbolicError(f"The {what} of '{name}' must be a finite number; got {value!r}.")
    return {known[name]: float(value) for name, value in (given or {}).items()}


def limits_of(
    given: Mapping[str, tuple[float | None, float | None]] | None, constants: Sequence[sp.Symbol]
) -> dict[sp.Symbol, tuple[float, float]]:
    known, found = {s.name: s for s in constants}, {}
    for name, ends in (given or {}).items():
        if name not in known:
            raise SymbolicError(f"Bounds are given for '{name}', which is no constant. They are {', '.join(known)}.")
        try:
            low, high = (-inf if ends[0] is None else float(ends[0])), (inf if ends[1] is None else float(ends[1]))
        except (TypeError, ValueError, IndexError, KeyError):
            raise SymbolicError(f"Bounds of '{name}' are (low, high), None for no end; got {ends!r}.") from None
        if not low <= high:
            raise SymbolicError(f"Bounds of '{name}' are (low, high) with low below high; got {ends!r}.")
        found[known[name]] = (low, high)
    return found


def checked_sigma(sigma: ArrayLike | None, rows: int) -> Array | None:
    if sigma is None:
        return None
    try:
        errors = np.broadcast_to(np.asarray(sigma, dtype=np.float64), (rows,))
    except (TypeError, ValueError):
        shape = np.shape(sigma)
        raise SymbolicError(f"sigma is one number, or one for each of the {rows} rows; got shape {shape}.") from None
    bad = np.flatnonzero(~(np.isfinite(errors) & (errors > 0)))
    if len(bad):
        raise SymbolicError(
            f"sigma must be positive and finite in every row, but row {bad[0] + 1} has {errors[bad[0]]:g}."
        )
    return errors


def matrix_of(X: Any, names: Sequence[str] | None) -> tuple[Array, list[str]]:
    if hasattr(X, "columns"):
        names = [str(name) for name in X.columns] if names is None else list(names)
        X = X[names]
    matrix = np.asarray(X, dtype=np.float64)
    matrix = matrix[:, None] if matrix.ndim == 1 else matrix
    names = [f"x{j + 1}" for j in range(matrix.shape[1])] if names is None else list(names)
    if matrix.ndim != 2 or matrix.shape[1] != len(names):
        raise SymbolicError(f"X must have one column a name; got {matrix.shape} for {len(names)} names.")
    return matrix, names


def read_formula(text_or_expr: str | sp.Expr, symbols: dict[str, sp.Symbol]) -> sp.Expr:
    """Return the formula in plain symbols; a column may be written by its name or by its symbol."""
    if isinstance(text_or_expr, str):
        from datasets import parse_formula

        expr = parse_formula(text_or_expr)
    elif isinstance(text_or_expr, sp.Expr):
        expr = text_or_expr
    else:
        raise SymbolicError(f"The formula must be text or a SymPy expression, not {type(text_or_expr).__name__}.")
    plain = {s: symbols.get(s.name, sp.Symbol(s.name)) for s in expr.free_symbols}
    return expr.xreplace(plain)

"""SymPy expressions as NumPy functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import sympy as sp
from numpy.typing import NDArray

Array = NDArray[np.float64]


@lru_cache(maxsize=128)  # each holds a namespace of 25 kB
def _lambdified(exprs: tuple[sp.Expr, ...], symbols: tuple[sp.Symbol, ...]) -> Callable[..., list[object]]:
    function: Callable[..., list[object]] = sp.lambdify(symbols, list(exprs), modules=["scipy", "numpy"], cse=True)
    return function


def compiled(
    exprs: Sequence[sp.Expr], symbols: Sequence[sp.Symbol], rows: int | None = None
) -> Callable[[Sequence[Any]], Array]:
    """Return a function of one argument per symbol (arrays or numbers) giving the values as (len(exprs), rows).

    Complex and undefined values come back as NaN: outside its domain an expression has no value.
    """
    function = _lambdified(tuple(exprs), tuple(symbols))

    def evaluate(values: Sequence[Any]) -> Array:
        with np.errstate(all="ignore"):
            try:
                columns = function(*values)
            except (ZeroDivisionError, OverflowError):
                columns = [np.nan] * len(exprs)
        length = rows if rows is not None else max((np.size(v) for v in values), default=1)
        return np.stack([_real(column, length) for column in columns]) if columns else np.empty((0, length))

    return evaluate


def _real(column: object, length: int) -> Array:
    values = np.asarray(column)
    if values.dtype == object:
        values = values.astype(complex)
    if np.iscomplexobj(values):
        values = np.where(np.abs(values.imag) <= 1e-12 * np.abs(values), values.real, np.nan)
    return np.broadcast_to(values.astype(np.float64), (length,))


def evaluate(expr: sp.Expr, symbols: Sequence[sp.Symbol], X: Array) -> Array:
    """Return the values (n,) of an expression of the columns of X (n, d); NaN where it is undefined."""
    return compiled([expr], symbols, rows=len(X))(list(X.T))[0]

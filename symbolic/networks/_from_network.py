"""From a named network to a law: read the expression, settle its constants, measure its errors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from symbolic._errors import SymbolicError
from symbolic.asked._gate import Rows, gate
from symbolic.fitting._refine import refine
from symbolic.formulas._canonical import merged, shortest
from symbolic.formulas._complexity import complexity
from symbolic.formulas._numeric import evaluate
from symbolic.laws._constants import parametrise, recognise
from symbolic.laws._law import Law, make_variables
from symbolic.laws._picture import as_network
from symbolic.networks._network import network_expression

if TYPE_CHECKING:
    from kan_core import KAN

Array = NDArray[np.float64]

_PRECISE = 1e-10  # of the spread of y: errors of rows that are smaller tell nothing
FITTED_ROWS = 5000  # rows that settle the constants; more add nothing but time


@dataclass(frozen=True)
class Reading:
    """A law and the residual y − law on the rows that settled its constants, which count by the σ they may have."""

    law: Law
    residual: Array
    X: Array


def law_from_network(
    model: KAN,
    X: ArrayLike,
    y: ArrayLike,
    names: Sequence[str],
    target: str = "y",
    sigma: ArrayLike | None = None,
    seed: int = 0,
) -> Law:
    """The law that a network with a name on every edge has become, constants refined on the data and recognised.

    Raises SymbolicError where a live edge is still a spline.
    """
    return read_law(model, gate(X, y, names, target, sigma, seed)).law


def read_law(model: KAN, rows: Rows, refused: Callable[[sp.Expr], bool] | None = None) -> Reading:
    """The same for rows that are split already: constants on train and validation rows, the test rows only measured.

    Raises SymbolicError, too, where a formula is `refused`: its constants are then not worth their time.
    """
    symbols = [sp.Symbol(variable.symbol) for variable in make_variables(rows.names)]
    expr = merged(network_expression(model, symbols)[0])
    if refused is not None and refused(expr):
        raise SymbolicError("it does not keep to the hints, whatever its constants are")
    return _beside(settle(expr, rows, f"read from a network of shape {model.widths}"), model, rows)


def drawn(reading: Reading, rows: Rows) -> tuple[Reading, KAN | None]:
    """The network with named edges that computes a law, where one of a simple shape does, and the law beside it."""
    model = as_network(reading.law)
    return (reading if model is None else _beside(reading, model, rows)), model


def _beside(found: Reading, model: KAN, rows: Rows) -> Reading:
    difference = evaluate(found.law.expr, found.law.symbols, rows.X) - model(rows.X)[:, 0]
    return replace(found, law=replace(found.law, law_vs_network=_rms(difference)))


def settle(expr: sp.Expr, rows: Rows, provenance: str, most: int = FITTED_ROWS) -> Reading:
    """A formula in the symbols of the rows, made a law: constants refined on the data, recognised, errors measured.

    At most so many rows decide on the constants.
    """
    variables = make_variables(rows.names)
    symbols = [sp.Symbol(variable.symbol) for variable in variables]
    X, y = rows.part("train", "validation")
    X, y = X[:most], y[:most]
    free, start = parametrise(expr)
    sigma = rows.errors("train", "validation")
    sigma = None if sigma is None else sigma[:most]
    fitted = refine(free, start, X, y, symbols, sigma)
    if sigma is not None and rows.guessed and fitted.scatter > 0:
        sigma = sigma * fitted.scatter
        if _rms(sigma) < _PRECISE * float(np.std(y)):  # there is no scatter at all: what is left is rounding
            sigma, fitted = None, refine(free, fitted.values, X, y, symbols)
    settled = recognise(free, fitted, X, y, symbols, sigma)
    form = shortest(settled.expr, dict(zip(symbols, zip(*map(tuple, _box(rows.X)), strict=True), strict=True)))
    form = _unsigned(form, symbols, rows.X)
    values = evaluate(form, symbols, X)
    if not np.isfinite(values).all():
        raise SymbolicError("The formula has no finite value on some of the rows it was read from.")
    law = Law(
        expr=form,
        target=rows.target,
        variables=variables,
        complexity=complexity(form),
        constants=settled.constants,
        domain={v.name: (float(low), float(high)) for v, low, high in zip(variables, *_box(rows.X), strict=True)},
        law_vs_network=None,
        provenance=provenance,
        **_errors(form, symbols, rows),
    )
    weight = rows.weight("train", "validation")
    return Reading(law, y - values if weight is None else (y - values) * np.sqrt(weight[:most]), X)


def _unsigned(expr: sp.Expr, symbols: Sequence[sp.Symbol], X: Array) -> sp.Expr:
    """A formula without the bars around what has one sign in all rows."""
    signs = {}
    for bars in expr.atoms(sp.Abs):
        inner = evaluate(bars.args[0], symbols, X)
        if (inner >= 0).all() or (inner <= 0).all():
            signs[bars] = bars.args[0] if (inner >= 0).all() else -bars.args[0]
    return expr.xreplace(signs)


def _errors(form: sp.Expr, symbols: Sequence[sp.Symbol], rows: Rows) -> dict[str, Any]:
    found: dict[str, float | None] = {}
    for name in ("train", "validation", "test"):
        X, y = rows.part(name)
        found[f"rmse_{name}"] = _rms(evaluate(form, symbols, X) - y) if len(y) else None
    y_test = rows.part("test")[1]
    spread = float(np.std(y_test)) if len(y_test) else 0.0
    test = found["rmse_test"]
    found["r2_test"] = None if test is None or spread == 0 else 1 - (test / spread) ** 2
    return found


def _box(X: Array) -> tuple[Array, Array]:
    return X.min(axis=0), X.max(axis=0)


def _rms(values: Array) -> float:
    return float(np.sqrt(np.mean(values**2)))

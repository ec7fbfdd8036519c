"""A formula of the user's own, fitted: its free names become constants with standard errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, Literal

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from symbolic.fitting._refine import Loss, Refined
from symbolic.formulas._complexity import complexity
from symbolic.hypotheses._asked import (
    Asked,
    Fitting,
    checked_sigma,
    constants_of,
    limits_of,
    matrix_of,
    read_formula,
    values_of,
)
from symbolic.hypotheses._fit import fitted
from symbolic.laws._constants import recognise
from symbolic.laws._law import Constant, Law, make_variables
from symbolic.laws._uncertainty import measured, quantile

Array = NDArray[np.float64]


def fit_formula(
    text_or_expr: str | sp.Expr,
    X: Any,
    y: ArrayLike,
    names: Sequence[str] | None = None,
    target: str = "y",
    sigma: ArrayLike | None = None,
    units: Mapping[str, str] | None = None,
    loss: Loss | Literal["auto"] = "auto",
    starts: Mapping[str, float] | None = None,
    bounds: Mapping[str, tuple[float | None, float | None]] | None = None,
) -> Law:
    """Fit the free names of a formula to data and return the law, its constants in alphabetical order.

    Names that are columns (or their `symbol`) are variables, all others are constants. Constants that enter linearly
    are solved for; the others start from many magnitudes and both signs. Where y has one sign and the evidence speaks
    for errors in proportion to y, those are taken. `names` defaults to the columns of a DataFrame, else x1, x2, ….
    Constants stay as measured, each with its standard error and 95 % confidence interval (by Student's t, or by the
    normal law where `sigma`, a number or one a row, says how large the errors are); `recognised` says which exact
    number each is compatible with, if any. The law gives bands around its predictions: `law.predict(X, band=True)`.

    `loss` takes errors of one size ("absolute") or in proportion to y ("relative") whatever the data say. `starts` are
    values to begin with, for some constants or all, before the search for others. `bounds` are (low, high), None for no
    end; a constant that would leave them stays at the end, without a standard error. With `units` of all columns and
    the target each constant gets its unit. Raises UnitError, a SymbolicError, where no units of the constants make the
    formula consistent, and SymbolicError for what cannot be fitted.

    >>> law = fit_formula("c*a^p", [[1.0], [2.0], [3.0], [4.0]], [2.0, 8.0, 18.0, 32.0], names=["a"])
    >>> [(c.name, round(c.value, 9)) for c in law.constants]
    [('c', 2.0), ('p', 2.0)]
    """
    matrix, columns = matrix_of(X, names)
    y = np.asarray(y, dtype=np.float64).ravel()
    variables = make_variables(columns)
    symbols = tuple(sp.Symbol(v.symbol) for v in variables)
    expr = read_formula(text_or_expr, dict(zip(columns, symbols, strict=True)))
    constants = constants_of(expr, symbols, matrix, y)
    errors = checked_sigma(sigma, len(y))
    asked = Asked(loss, values_of(starts, constants, "start"), limits_of(bounds, constants))
    texts = _unit_texts(expr, constants, units, columns, target)
    fitting = Fitting(expr, constants, matrix, y, symbols, errors, asked)
    fit, loss, held = fitted(fitting)
    law = Law(
        expr=fitting.holding({**held, **fit.values}).expr,
        target=target,
        variables=variables,
        complexity=complexity(expr),
        rmse_train=fit.rmse,
        constants=_written(fitting.holding(held), fit, loss, held, texts),
        domain={v.name: (float(c.min()), float(c.max())) for v, c in zip(variables, matrix.T, strict=True)},
        provenance=_told(fit, loss, len(y), errors, held),
    )
    return measured(law, matrix, y, errors)


def _written(
    fitting: Fitting,
    fit: Refined,
    loss: Loss,
    held: Mapping[sp.Symbol, float],
    texts: Mapping[sp.Symbol, str | None],
) -> tuple[Constant, ...]:
    """The constants in alphabetical order, with their errors and the exact numbers they are compatible with."""
    named = recognise(fitting.expr, fit, fitting.X, fitting.y, fitting.symbols, fitting.sigma, loss)
    reach = quantile(fit.dof if fitting.sigma is None else None)

    def constant(s: sp.Symbol) -> Constant:
        if s in held:
            return Constant(held[s], None, texts.get(s), name=s.name)
        value, error = fit.values[s], fit.stderr[s]
        return Constant(value, error, texts.get(s), _form(named.forms[s]), s.name, _interval(value, error, reach))

    return tuple(constant(s) for s in sorted({*held, *fit.values}, key=str))


def _told(fit: Refined, loss: Loss, rows: int, sigma: Array | None, held: dict[sp.Symbol, float]) -> str:
    """How a formula was fitted, in words."""
    kept = f", {', '.join(map(str, held))} at the end of the bounds" if held else ""
    if sigma is None:
        return f"fitted to {rows} rows with {loss} errors{kept}"
    squares = fit.scatter**2 * fit.dof if fit.dof > 0 else float(np.sum((fit.residual / sigma) ** 2))
    return f"fitted to {rows} rows with given errors: χ² = {squares:.4g} for {fit.dof} degrees of freedom{kept}"


def _unit_texts(
    expr: sp.Expr, constants: Sequence[sp.Symbol], units: Mapping[str, str] | None, columns: list[str], target: str
) -> dict[sp.Symbol, str | None]:
    """The unit of each constant in words. Raises UnitError where the formula allows none."""
    from symbolic.units._constant_units import constant_units, own_text
    from symbolic.units._law_units import given

    read = given(units, columns, target).units
    if read is None:
        return {}
    known = {v.symbol: unit for v, unit in zip(make_variables(columns), read.inputs, strict=True)}
    found = constant_units(expr, constants, known, read.target)
    everything = [*read.inputs, read.target]
    return {s: own_text(one, everything) for s, one in found.items() if one is not None and any(one)}


def _interval(value: float, stderr: float | None, reach: float) -> tuple[float, float] | None:
    return None if stderr is None or not isfinite(reach) else (value - reach * stderr, value + reach * stderr)


def _form(form: sp.Expr) -> str | None:
    return None if isinstance(form, sp.Float) else str(form)

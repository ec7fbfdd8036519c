"""A formula of the user's own, fitted: its free names become constants with standard errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any, Literal

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from symbolic._complexity import complexity
from symbolic._constants import recognise
from symbolic._errors import SymbolicError
from symbolic._law import Constant, Law, make_variables
from symbolic._noise import choose_loss
from symbolic._numeric import compiled
from symbolic._refine import Loss, Refined, refine
from symbolic._uncertainty import measured, quantile

Array = NDArray[np.float64]

_STARTS = 600
_SAMPLE = 200  # rows looked at while starts are compared
_REFINED = 12
_ENOUGH = 1e-24  # unexplained share of the variance below which no other start is tried


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
    matrix, columns = _matrix(X, names)
    y = np.asarray(y, dtype=np.float64).ravel()
    variables = make_variables(columns)
    symbols = [sp.Symbol(v.symbol) for v in variables]
    expr = _read(text_or_expr, dict(zip(columns, symbols, strict=True)))
    if len(matrix) != len(y) or not (np.isfinite(matrix).all() and np.isfinite(y).all()):
        raise SymbolicError(f"X and y must be finite and of one length; got {len(matrix)} and {len(y)} rows.")
    constants = sorted(expr.free_symbols - set(symbols), key=str)
    if not expr.free_symbols & set(symbols):
        written = ", ".join(v.symbol for v in variables)
        raise SymbolicError(f"The formula {expr} uses none of the columns. Write them as {written}.")
    if len(y) < len(constants):
        raise SymbolicError(f"{len(constants)} constants need at least as many rows; got {len(y)}.")
    errors = _checked(sigma, len(y))
    asked = _Asked(loss, _values(starts, constants, "start"), _limits(bounds, constants))
    texts = _unit_texts(expr, constants, units, columns, target)
    fit, loss, held = _fitted(expr, constants, matrix, y, symbols, errors, asked)
    expr, whole = expr.subs({s: sp.Float(v) for s, v in held.items()}), expr
    named = recognise(expr, fit, matrix, y, symbols, errors, loss)
    reach = quantile(fit.dof if errors is None else None)

    def constant(s: sp.Symbol) -> Constant:
        if s in held:
            return Constant(held[s], None, texts.get(s), name=s.name)
        value, error = fit.values[s], fit.stderr[s]
        return Constant(value, error, texts.get(s), _form(named.forms[s]), s.name, _interval(value, error, reach))

    law = Law(
        expr=expr.subs({s: sp.Float(v) for s, v in fit.values.items()}),
        target=target,
        variables=variables,
        complexity=complexity(whole),
        rmse_train=fit.rmse,
        constants=tuple(constant(s) for s in constants),
        domain={v.name: (float(c.min()), float(c.max())) for v, c in zip(variables, matrix.T, strict=True)},
        provenance=_told(fit, loss, len(y), errors, held),
    )
    return measured(law, matrix, y, errors)


def _told(fit: Refined, loss: Loss, rows: int, sigma: Array | None, held: dict[sp.Symbol, float]) -> str:
    """How a formula was fitted, in words."""
    kept = f", {', '.join(map(str, held))} at the end of the bounds" if held else ""
    if sigma is None:
        return f"fitted to {rows} rows with {loss} errors{kept}"
    squares = fit.scatter**2 * fit.dof if fit.dof > 0 else float(np.sum((fit.residual / sigma) ** 2))
    return f"fitted to {rows} rows with given errors: χ² = {squares:.4g} for {fit.dof} degrees of freedom{kept}"


@dataclass(frozen=True)
class _Asked:
    """What the user asks of a fit."""

    loss: Loss | Literal["auto"]
    starts: dict[sp.Symbol, float]
    bounds: dict[sp.Symbol, tuple[float, float]]

    def beyond(self, values: Mapping[sp.Symbol, float]) -> dict[sp.Symbol, float]:
        """The constants outside their bounds, each with the nearest end."""
        ends = {s: min(max(values[s], low), high) for s, (low, high) in self.bounds.items() if s in values}
        return {s: end for s, end in ends.items() if end != values[s]}


def _values(given: Mapping[str, float] | None, constants: list[sp.Symbol], what: str) -> dict[sp.Symbol, float]:
    known = {s.name: s for s in constants}
    for name, value in (given or {}).items():
        if name not in known:
            raise SymbolicError(f"A {what} is given for '{name}', which is no constant. They are {', '.join(known)}.")
        if not isinstance(value, int | float) or not isfinite(value):
            raise SymbolicError(f"The {what} of '{name}' must be a finite number; got {value!r}.")
    return {known[name]: float(value) for name, value in (given or {}).items()}


def _limits(
    given: Mapping[str, tuple[float | None, float | None]] | None, constants: list[sp.Symbol]
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


def _unit_texts(
    expr: sp.Expr, constants: list[sp.Symbol], units: Mapping[str, str] | None, columns: list[str], target: str
) -> dict[sp.Symbol, str | None]:
    """The unit of each constant in words. Raises UnitError where the formula allows none."""
    from symbolic._constant_units import constant_units, own_text
    from symbolic._law_units import given

    read = given(units, columns, target).units
    if read is None:
        return {}
    known = {v.symbol: unit for v, unit in zip(make_variables(columns), read.inputs, strict=True)}
    found = constant_units(expr, constants, known, read.target)
    everything = [*read.inputs, read.target]
    return {s: own_text(one, everything) for s, one in found.items() if one is not None and any(one)}


def _interval(value: float, stderr: float | None, reach: float) -> tuple[float, float] | None:
    return None if stderr is None or not isfinite(reach) else (value - reach * stderr, value + reach * stderr)


def _checked(sigma: ArrayLike | None, rows: int) -> Array | None:
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


def _form(form: sp.Expr) -> str | None:
    return None if isinstance(form, sp.Float) else str(form)


def _matrix(X: Any, names: Sequence[str] | None) -> tuple[Array, list[str]]:
    if hasattr(X, "columns"):
        names = [str(name) for name in X.columns] if names is None else list(names)
        X = X[names]
    matrix = np.asarray(X, dtype=np.float64)
    matrix = matrix[:, None] if matrix.ndim == 1 else matrix
    names = [f"x{j + 1}" for j in range(matrix.shape[1])] if names is None else list(names)
    if matrix.ndim != 2 or matrix.shape[1] != len(names):
        raise SymbolicError(f"X must have one column a name; got {matrix.shape} for {len(names)} names.")
    return matrix, names


def _read(text_or_expr: str | sp.Expr, symbols: dict[str, sp.Symbol]) -> sp.Expr:
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


def _fitted(
    expr: sp.Expr,
    constants: list[sp.Symbol],
    X: Array,
    y: Array,
    symbols: list[sp.Symbol],
    sigma: Array | None,
    asked: _Asked,
) -> tuple[Refined, Loss, dict[sp.Symbol, float]]:
    """The fit, its loss, and the constants that stay at an end of their bounds."""
    held: dict[sp.Symbol, float] = {}
    for _ in range(len(constants) + 1):
        whole = expr.subs({s: sp.Float(v) for s, v in held.items()})
        free = [s for s in constants if s not in held]
        fit, loss = _freely_fitted(whole, free, X, y, symbols, sigma, asked)
        beyond = asked.beyond(fit.values)
        if not beyond:
            break
        held |= beyond
    return fit, loss, held


def _freely_fitted(
    expr: sp.Expr,
    constants: list[sp.Symbol],
    X: Array,
    y: Array,
    symbols: list[sp.Symbol],
    sigma: Array | None,
    asked: _Asked,
) -> tuple[Refined, Loss]:
    one_sign = bool(np.all(y > 0) or np.all(y < 0))
    if asked.loss == "relative" and not (one_sign and sigma is None):
        raise SymbolicError("Errors in proportion to y need values of one sign, and no sigma. Use the absolute loss.")
    starts = _starts(expr, constants, X, y, symbols, np.ones_like(y) if sigma is None else 1 / sigma, asked)
    if asked.loss == "relative":
        relative = _best(expr, starts, X, y, symbols, None, "relative")
        if relative is None:
            raise SymbolicError("The formula has not the sign of y for any constants tried. Check it.")
        return relative, "relative"
    best = _best(expr, starts, X, y, symbols, sigma, "absolute")
    if best is not None and (asked.loss == "absolute" or not (one_sign and sigma is None and constants)):
        return best, "absolute"
    if one_sign and sigma is None:
        again = [*([best.values] if best else []), *starts]
        relative = _best(expr, again, X, y, symbols, None, "relative")
        if best is None and relative is not None:
            return relative, "relative"
        if best is not None and relative is not None:
            with np.errstate(all="ignore"):
                share = np.log(y / (y - relative.residual))
            return (relative, "relative") if choose_loss(y, best.residual, share) == "relative" else (best, "absolute")
    if best is None:
        raise SymbolicError("The formula has no finite values on these rows for any constants tried. Check its domain.")
    return best, "absolute"


def _best(
    expr: sp.Expr,
    starts: list[dict[sp.Symbol, float]],
    X: Array,
    y: Array,
    symbols: list[sp.Symbol],
    sigma: ArrayLike | None,
    loss: Loss,
) -> Refined | None:
    best: Refined | None = None
    spread = float(np.std(y)) or 1.0
    for start in starts:
        try:
            fit = refine(expr, start, X, y, symbols, sigma, loss)
        except (SymbolicError, np.linalg.LinAlgError):
            continue
        if best is None or (fit.scatter, fit.rmse) < (best.scatter, best.rmse):
            best = fit
        if best.rmse**2 < _ENOUGH * spread**2:
            break
    return best


def _starts(
    expr: sp.Expr,
    constants: list[sp.Symbol],
    X: Array,
    y: Array,
    symbols: list[sp.Symbol],
    weights: Array,
    asked: _Asked,
) -> list[dict[sp.Symbol, float]]:
    """Return the best of many starts: the curved constants by magnitude and sign, the linear ones solved for.

    Those that the user has given come first, and within bounds magnitudes are drawn from there.

    A row counts by its weight, 1/σ.
    """
    if not constants:
        return [{}]
    linear = _linear(expr, constants)
    curved = [c for c in constants if c not in linear]
    pick = np.unique(np.linspace(0, len(y) - 1, min(len(y), _SAMPLE)).round().astype(int))
    X, y, weights = X[pick], y[pick], weights[pick]
    zero = dict.fromkeys(linear, sp.Integer(0))
    parts = [expr.diff(c) for c in linear] + [expr.subs(zero)]
    model = compiled(parts, [*symbols, *curved], rows=len(y))
    ranked = []
    for number, drawn in enumerate(_magnitudes(curved, expr, X)):
        values = _placed(curved, drawn, number, asked)
        columns = model([*X.T, *values])
        if not np.isfinite(columns).all():
            continue
        design, rest = columns[:-1].T * weights[:, None], (y - columns[-1]) * weights
        solved = _solved(design, rest)
        left = float(np.sum((rest - design @ solved) ** 2))
        if np.isfinite(left):
            start = {**dict(zip(linear, solved, strict=True)), **dict(zip(curved, values, strict=True))}
            ranked.append((left, number, {c: float(start[c]) for c in constants}))
    ranked.sort(key=lambda row: row[:2])
    found = [start for _, _, start in ranked[:_REFINED]] or [dict.fromkeys(constants, 1.0)]
    if asked.starts:
        first = next((start for _, number, start in ranked if number == 0), found[0])
        found.insert(0, {s: asked.starts.get(s, first[s]) for s in constants})
    return found


def _placed(curved: list[sp.Symbol], drawn: list[float], number: int, asked: _Asked) -> list[float]:
    """Starting values of curved constants: the user's in the first draw and half of the others, and within bounds."""
    found = []
    for constant, value in zip(curved, drawn, strict=True):
        if constant in asked.starts and number % 2 == 0:
            value = asked.starts[constant]
        low, high = asked.bounds.get(constant, (-inf, inf))
        if not low <= value <= high:
            ends = isfinite(low) and isfinite(high)
            value = low + (high - low) * ((number * 0.6180339887) % 1) if ends else min(max(value, low), high)
        found.append(value)
    return found


def _solved(columns: Array, rest: Array) -> Array:
    if not columns.shape[1]:
        return np.empty(0)
    size = np.max(np.abs(columns), axis=0)
    size = np.where(size > 0, size, 1.0)
    return np.asarray(np.linalg.lstsq(columns / size, rest, rcond=None)[0] / size)


def _linear(expr: sp.Expr, constants: list[sp.Symbol]) -> list[sp.Symbol]:
    """Return constants that enter the formula linearly together: c and d of c·f + d, one of a and b in a·b·x."""
    chosen: list[sp.Symbol] = []
    for constant in constants:
        slope = expr.diff(constant)
        if not slope.free_symbols & {constant, *chosen}:
            chosen.append(constant)
    return chosen


def _magnitudes(curved: list[sp.Symbol], expr: sp.Expr, X: Array) -> list[list[float]]:
    """Return starting values: all ones, then magnitudes around 1, |x| and 1/|x|, with both signs.

    They reach further down than up: a frequency far above those of the data fits equally well (aliasing).
    """
    if not curved:
        return [[]]
    rng = np.random.default_rng(0)
    spread = np.concatenate([np.std(X, axis=0), np.mean(np.abs(X), axis=0)])
    sizes = np.array([1.0, *(1 / s for s in spread if s > 0), *(s for s in spread if s > 0)])
    drawn = rng.choice(sizes, (_STARTS, len(curved))) * 10 ** rng.uniform(-2, 1.2, (_STARTS, len(curved)))
    drawn *= rng.choice([-1.0, 1.0], drawn.shape)
    for k, constant in enumerate(curved):
        if any(power.args[1].has(constant) for power in expr.atoms(sp.Pow) if power.args[0].free_symbols):
            drawn[:, k] = rng.uniform(-4, 4, _STARTS)  # an exponent has no scale of the data in it
    return [[1.0] * len(curved), *drawn.tolist()]

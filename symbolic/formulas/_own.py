"""Functions of the user's own: a formula of one variable becomes a row of the library, checked on entry."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic._errors import SymbolicError
from symbolic.formulas._complexity import complexity as things_to_read
from symbolic.formulas._functions import SymbolicFunction
from symbolic.formulas._numeric import evaluate
from symbolic.formulas._text import exact_text

Array = NDArray[np.float64]
Map = Callable[[Any], Any]
Own: TypeAlias = str | sp.Expr | SymbolicFunction

U = sp.Symbol("u")
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_DOMAIN = re.compile(
    rf"^(?P<formula>.*?)\s+for\s+(?:(?P<low>{_NUMBER})\s*<\s*)?\w+(?:\s*<\s*(?P<high>{_NUMBER})|\s*>\s*(?P<above>{_NUMBER}))?$"
)
_LABEL = re.compile(r"[A-Za-z]\w{0,30}")
_PROBES = 400
_CLOSE = 1e-6  # relative difference of a value from its SymPy form, or of a slope from a finite difference
_ABSORBED = 1e-9


def own_function(
    formula: str | sp.Expr,
    name: str | None = None,
    *,
    value: Map | None = None,
    derivative: Map | None = None,
    domain: tuple[float | None, float | None] | None = None,
    complexity: int | None = None,
    redundant: str | None = None,
) -> SymbolicFunction:
    """Return a function of one's own for `discover(functions=[…])`, `suggest(functions=[…])` and hints.

    `formula` is text for `datasets.parse_formula` or a SymPy expression, in one variable whatever it is called; it is
    the form that laws print. A `name` stands in front of it where edges are shown. `value` and `derivative`, maps of
    arrays, are only held against the formula: on a difference the function is refused. `domain` = (low, high), None for
    no limit, is found by trial where it is not given. `complexity` is the price in things to read (default: those of
    the formula), `redundant` the parameters of c·f(a·x + b) + d, among "ab", that c and d absorb (default: found by
    trial). Nothing is registered anywhere: the row is a value, whose name says all that is needed to read it back.

    >>> f = own_function("x*exp(-x)", name="pulse")
    >>> f.name, f.complexity, f.free
    ('pulse(u) = u*exp(-u)', 5, 'abcd')
    """
    expr, label, limits = _read(formula)
    label = name if name is not None else label
    if label is not None and not _LABEL.fullmatch(label):
        raise SymbolicError(f"The name of a function is a word of letters, digits and _; got {label!r}.")
    low, high = _limits(domain if domain is not None else limits, expr)
    text = _written(expr, label, low, high)
    points = _points(expr, low, high)
    _check_engine(text, points, evaluate(expr, [U], points[:, None]))
    _check(expr, points, value, derivative)
    absorbed = _absorbed(expr, low, high)
    if redundant is not None and not set(redundant) <= set(absorbed):
        wrong = sorted(set(redundant) - set(absorbed))[0]
        raise SymbolicError(f"'{wrong}' is not redundant in {exact_text(expr)}: f with another {wrong} is no c·f + d.")
    free = "".join(letter for letter in "ab" if letter not in (absorbed if redundant is None else redundant)) + "cd"
    return SymbolicFunction(
        text,
        lambda u: expr.xreplace({U: u}),
        things_to_read(expr) if complexity is None else complexity,
        free,
        signed=not _same_curve(expr, -U, low, high),
        domain=(low, high),
        own=True,
    )


def with_own(functions: Mapping[str, SymbolicFunction], own: Iterable[Own]) -> Mapping[str, SymbolicFunction]:
    """Return functions by name with those of the user beside them; the argument itself where there are none."""
    rows = [one if isinstance(one, SymbolicFunction) else own_function(one) for one in own]
    return {**functions, **{row.name: row for row in rows}} if rows else functions


@lru_cache(maxsize=256)
def named_own(text: str) -> SymbolicFunction:
    """Return the function whose name this is. Raises KeyError where it is no formula at all."""
    from kan_core import FUNCTIONS

    if text not in FUNCTIONS:
        raise KeyError(text)
    return own_function(text)


def _read(formula: str | sp.Expr) -> tuple[sp.Expr, str | None, tuple[float | None, float | None] | None]:
    limits, label = None, None
    if isinstance(formula, str):
        from datasets import FormulaError, parse_formula

        found = _DOMAIN.match(formula)
        if found is not None:
            formula = found["formula"]
            low = found["low"] or found["above"]
            limits = (None if low is None else float(low)), (None if found["high"] is None else float(found["high"]))
        head, equals, _ = formula.partition("=")
        label = head.partition("(")[0].strip() if equals and "(" in head else None
        try:
            expr = parse_formula(formula)
        except FormulaError as error:
            raise SymbolicError(f"The function {formula[:60]!r} cannot be read. {error}") from error
    elif isinstance(formula, sp.Expr):
        expr = formula
    else:
        raise SymbolicError(f"A function is text or a SymPy expression, not {type(formula).__name__}.")
    if len(expr.free_symbols) != 1:
        held = ", ".join(sorted(map(str, expr.free_symbols))) or "none"
        raise SymbolicError(f"A function of an edge has one variable, as in u*exp(-u); {expr} has {held}.")
    (variable,) = expr.free_symbols
    return expr.xreplace({variable: U}), label, limits


def _written(expr: sp.Expr, label: str | None, low: float, high: float) -> str:
    head = "" if label is None else f"{label}(u) = "
    if math.isinf(low) and math.isinf(high):
        return f"{head}{exact_text(expr.rewrite(sp.log) if expr.has(sp.asinh, sp.acosh, sp.atanh) else expr)}"
    ends = f"u > {low:g}" if math.isinf(high) else f"u < {high:g}" if math.isinf(low) else f"{low:g} < u < {high:g}"
    return f"{head}{exact_text(expr)} for {ends}"


def _limits(domain: tuple[float | None, float | None] | None, expr: sp.Expr) -> tuple[float, float]:
    if domain is None:
        return _natural(expr)
    low, high = (-math.inf if domain[0] is None else domain[0]), (math.inf if domain[1] is None else domain[1])
    if not low < high:
        raise SymbolicError(f"A domain is (low, high) with low < high; got ({low:g}, {high:g}).")
    return float(low), float(high)


def _natural(expr: sp.Expr) -> tuple[float, float]:
    """The widest stretch around or beside 0 where the formula has values, its ends to nine digits."""
    sizes = np.geomspace(1e-6, 300.0, _PROBES)
    grid = np.concatenate([-sizes[::-1], sizes])
    good = np.isfinite(evaluate(expr, [U], grid[:, None]))
    # An exponential overflows far out, which is no end of its domain.
    inner = np.abs(grid) <= 30
    good = np.where(inner, good, True)
    if good.all():
        return -math.inf, math.inf
    edges = np.flatnonzero(np.diff(np.concatenate([[0], good.astype(int), [0]])))
    runs = sorted(zip(edges[::2], edges[1::2], strict=True), key=lambda run: run[0] - run[1])
    inside = [run for run in runs if inner[run[0] : run[1]].any()]
    if not inside:
        raise SymbolicError(f"{exact_text(expr)} has no finite values between -30 and 30. Check the formula.")
    first, end = inside[0]
    low = -math.inf if first == 0 else _edge(expr, grid[first], grid[first - 1])
    high = math.inf if end == len(grid) else _edge(expr, grid[end - 1], grid[end])
    return low, high


def _edge(expr: sp.Expr, inside: float, outside: float) -> float:
    for _ in range(60):
        middle = (inside + outside) / 2
        if np.isfinite(evaluate(expr, [U], np.array([[middle]])))[0]:
            inside = middle
        else:
            outside = middle
    return float(f"{outside:.9g}") if abs(outside) > 1e-9 else 0.0


def _points(expr: sp.Expr, low: float, high: float) -> Array:
    """Some dozens of places in the domain, away from its ends, where the formula is finite."""
    left, right = max(low, min(high, 3.0) - 6.0), min(high, max(low, -3.0) + 6.0)
    points: Array = np.asarray(left + (right - left) * (np.arange(60) + 0.5) / 60.3, dtype=np.float64)
    points = points[np.isfinite(evaluate(expr, [U], points[:, None]))]
    if len(points) < 10 or not np.ptp(evaluate(expr, [U], points[:, None])) > 0:
        raise SymbolicError(
            f"{exact_text(expr)} is no curve between {left:g} and {right:g}. Check the formula and domain."
        )
    return points


def _check_engine(text: str, points: Array, wanted: Array) -> None:
    """The network computes the same formula, or says what it does not know."""
    import torch

    from kan_core import FUNCTIONS, TrainingError

    try:
        found = FUNCTIONS[text].value(torch.from_numpy(points)).numpy()
    except (TrainingError, KeyError) as error:
        raise SymbolicError(f"An edge cannot carry {text}: {str(error).strip(chr(39))}") from error
    if not _agree(found, wanted):
        raise SymbolicError(f"An edge cannot carry {text}: the network computes other values than SymPy.")


def _check(expr: sp.Expr, points: Array, value: Map | None, derivative: Map | None) -> None:
    wanted = evaluate(expr, [U], points[:, None])
    if value is not None and not _agree(np.asarray(value(points), dtype=np.float64), wanted):
        raise SymbolicError(f"The value given differs from the SymPy form {exact_text(expr)}. Correct one of them.")
    if derivative is not None:
        h = 1e-5
        ahead, behind = (evaluate(expr, [U], (points + s * h)[:, None]) for s in (1, -1))
        slope = (ahead - behind) / (2 * h)
        good = np.isfinite(slope)
        if not _agree(np.asarray(derivative(points), dtype=np.float64)[good], slope[good]):
            raise SymbolicError(
                f"The derivative given differs from the finite differences of {exact_text(expr)}. Correct one of them."
            )


def _agree(one: Array, other: Array) -> bool:
    scale = np.abs(other) + np.median(np.abs(other))
    return one.shape == other.shape and bool(np.all(np.abs(one - other) <= _CLOSE * scale))


def _absorbed(expr: sp.Expr, low: float, high: float) -> str:
    return "".join(
        letter for letter, moved in (("a", U * sp.Rational(7, 10)), ("b", U + sp.Rational(3, 10)))
        if _same_curve(expr, moved, low, high)
    )  # fmt: skip


def _same_curve(expr: sp.Expr, moved: sp.Expr, low: float, high: float) -> bool:
    """Whether f at another argument is c·f + d wherever both are defined."""
    points = _points(expr, low, high)
    there = evaluate(moved, [U], points[:, None])
    points = points[(there > low) & (there < high)]
    if len(points) < 8:
        return False
    f, g = evaluate(expr, [U], points[:, None]), evaluate(expr.xreplace({U: moved}), [U], points[:, None])
    good = np.isfinite(f) & np.isfinite(g)
    if good.sum() < 8:
        return False
    design = np.column_stack([f[good], np.ones(int(good.sum()))])
    fitted = np.linalg.lstsq(design, g[good], rcond=None)[0]
    return bool(np.max(np.abs(design @ fitted - g[good])) <= _ABSORBED * np.max(np.abs(g[good])))

"""Draws points from a law: seeded, vectorised, with noise relative to the signal."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import sympy
from sympy.core.function import AppliedUndef

from datasets._dataset import Array, Dataset, Split
from datasets._errors import DataError, did_you_mean
from datasets._formula import parse_equation

MAX_VALUES = 50_000_000
_PATIENCE = 20_000  # points tried before a formula is given up …
_RAREST = 1e-2  # … if fewer than this share of them is real and finite
_LARGEST_BATCH = 2_000_000


def sample(
    formula: str | sympy.Expr,
    ranges: Mapping[str, tuple[float, float]],
    n: int = 1000,
    noise: float = 0.0,
    seed: int = 0,
    target: str | None = None,
) -> Dataset:
    """Draws n points, each variable uniformly from its range, and works the formula out on them.

    y = f(x) + noise · rms(f) · N(0, 1). Rows where f is not real and finite are drawn again. The columns come in the
    order of `ranges`; a variable in `ranges` that the formula does not use becomes an input that does not matter.

    Args:
        formula: text for `parse_formula`, or an expression.
        ranges: (low, high) of every variable.
        noise: standard deviation of the noise over the root mean square of y: 0.01 is one percent.
        target: name of y; by default the name in front of `=` in the text, or the first of y, z, f that is free.

    Raises:
        FormulaError: the text is no formula.
        DataError: a range is missing or empty, a setting is out of bounds, or f is hardly anywhere real and finite.

    Examples:
        >>> sample("T = 2 pi sqrt(L/g)", {"L": (0.1, 2), "g": (1.6, 25)}, n=100).target
        'T'
    """
    bounds = _checked_ranges(ranges)
    label, law = parse_equation(formula, bounds) if isinstance(formula, str) else (None, formula)
    _check_law(law, bounds)
    n, seed, noise = _checked_count(n, len(bounds)), _checked_seed(seed), _checked_noise(noise)
    draws, errors, order = np.random.default_rng(seed).spawn(3)
    X, y = _rows(_function(law, list(bounds)), np.array(list(bounds.values())), n, draws)
    if noise > 0:
        y = y + noise * _rms(y) * errors.standard_normal(n)
    return Dataset(
        X=X,
        y=y,
        names=tuple(bounds),
        target=target or label or next(name for name in _targets() if name not in bounds),
        split=Split.seeded(n, int(order.integers(2**63))),
        law=law,
        provenance=_story(law, n, noise, seed),
    )


def _targets() -> Iterator[str]:
    yield from ("y", "z", "f")
    yield from (f"y_{k}" for k in itertools.count(1))


def _story(law: sympy.Expr, n: int, noise: float, seed: int) -> tuple[str, ...]:
    blur = f"with {noise:.3g} of its root mean square as noise" if noise else "without noise"
    return (f"{n} points drawn from {law} {blur}, seed {seed}.",)


def _checked_ranges(ranges: Mapping[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
    if not ranges:
        raise DataError("Every variable has a range, but none came. Pass one such as {'x': (0, 1)}.")
    return {name: _checked_range(name, bounds) for name, bounds in ranges.items()}


def _checked_range(name: str, bounds: tuple[float, float]) -> tuple[float, float]:
    try:
        low, high = (float(bound) for bound in bounds)
    except (TypeError, ValueError):
        raise DataError(f"A range is two numbers, but '{name}' has {bounds!r}. Write (low, high).") from None
    if not (math.isfinite(low) and math.isfinite(high)):
        raise DataError(f"A range is finite, but '{name}' runs from {low:g} to {high:g}. Choose finite ends.")
    if not low < high:
        raise DataError(f"A range runs upwards, but '{name}' runs from {low:g} to {high:g}. Make low less than high.")
    if not math.isfinite(high - low):
        raise DataError(f"A range is narrower than 1e308, but '{name}' runs from {low:g} to {high:g}. Narrow it.")
    return low, high


def _check_law(law: sympy.Expr, bounds: Mapping[str, tuple[float, float]]) -> None:
    if not isinstance(law, sympy.Expr) or law.atoms(AppliedUndef):
        raise DataError(f"A law is an expression of known functions, but {law} came. Write every function out.")
    used = sorted(symbol.name for symbol in law.free_symbols)
    if not used:
        raise DataError(f"A law depends on a variable, but this one is {law} everywhere. Write one that varies.")
    for name in used:
        if name not in bounds:
            guess = did_you_mean(name, bounds)
            raise DataError(f"Every variable has a range, but '{name}' has none. {guess or 'Add one.'}")


def _checked_count(n: int, width: int) -> int:
    most = MAX_VALUES // width
    count = _whole(n)
    if count is None or not 1 <= count <= most:
        raise DataError(f"The number of points is whole, 1 to {most} here, but {n!r} came. Choose one in between.")
    return count


def _checked_seed(seed: int) -> int:
    whole = _whole(seed)
    if whole is None or whole < 0:
        raise DataError(f"A seed is a whole number from 0 on, but {seed!r} came. Choose one such as 0.")
    return whole


def _whole(number: object) -> int | None:
    return operator.index(number) if hasattr(number, "__index__") else None


def _checked_noise(noise: float) -> float:
    try:
        share = float(noise)
    except (TypeError, ValueError):
        share = math.nan
    if not 0 <= share < math.inf:
        raise DataError(f"Noise is a share of y's root mean square, 0 or more, but {noise!r} came. Write 0.01 for 1 %.")
    return share


def _function(law: sympy.Expr, names: list[str]) -> Callable[[Array], Array]:
    """Compiles the law to arrays; the columns get neutral names, so no name of a variable reaches the code."""
    by_name = {symbol.name: symbol for symbol in law.free_symbols}
    arguments = [by_name.get(name, sympy.Dummy()) for name in names]
    compiled = sympy.lambdify(arguments, law, modules=["scipy", "numpy"], cse=True, dummify=True)

    def values(X: Array) -> Array:
        with np.errstate(all="ignore"):
            y: Any = np.asarray(compiled(*X.T))
        y = np.where(y.imag == 0, y.real, np.nan) if np.iscomplexobj(y) else y
        return np.array(np.broadcast_to(y, len(X)), dtype=np.float64)

    return values


def _rows(function: Callable[[Array], Array], bounds: Array, n: int, draws: np.random.Generator) -> tuple[Array, Array]:
    """Draws until n rows are real and finite."""
    low, high = bounds.T
    inputs: list[Array] = []
    targets: list[Array] = []
    kept, tried, batch = 0, 0, n
    while kept < n:
        X = low + (high - low) * draws.random((batch, len(low)))
        y = function(X)
        good = np.isfinite(y)
        inputs.append(X[good])
        targets.append(y[good])
        kept, tried = kept + int(good.sum()), tried + batch
        if kept < n and tried >= _PATIENCE and kept < _RAREST * tried:
            raise DataError(
                f"A formula is real and finite on its ranges, but this one was at {kept} of {tried} points. "
                "Look for roots and logarithms of negatives and for overflow, or choose other ranges."
            )
        share = max(kept, 1) / tried
        batch = min(max(int(1.2 * (n - kept) / share), 1000), _LARGEST_BATCH)
    return np.concatenate(inputs)[:n], np.concatenate(targets)[:n]


def _rms(y: Array) -> float:
    largest = float(np.abs(y).max())  # scaled first: squares of values above 1e154 would overflow
    return largest * float(np.sqrt(np.mean((y / largest) ** 2))) if largest else 0.0

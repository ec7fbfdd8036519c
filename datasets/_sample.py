"""Draws points from a law: seeded, vectorised, with the noise asked for."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import sympy
from sympy.core.function import AppliedUndef

from datasets._dataset import Dataset
from datasets._errors import DataError, did_you_mean
from datasets._noise import Noise, as_noise
from datasets._ranges import DESIGNS, Range, box, checked_ranges, grid_levels, grid_points, spread
from datasets._split import Array, split_rows
from datasets.formulas._formula import parse_equation

MAX_VALUES = 50_000_000
_PATIENCE = 20_000  # points tried before a formula is given up …
_RAREST = 1e-2  # … if fewer than this share of them is real and finite
_LARGEST_BATCH = 2_000_000

Values = Callable[[Array], Array]  # (n, d) to (n,), NaN where there is no value


def sample(
    formula: str | sympy.Expr,
    ranges: Mapping[str, Any],
    n: int = 1000,
    noise: float | Noise = 0.0,
    seed: int = 0,
    target: str | None = None,
    *,
    design: str = "random",
    split: str = "random",
    by: str | None = None,
) -> Dataset:
    """Draws n points, each variable from its range, and works the formula out on them.

    y = f(x) + noise · rms(f) · N(0, 1). Rows where f is not real and finite are drawn again. The columns come in the
    order of `ranges`; a variable in `ranges` that the formula does not use becomes an input that does not matter.

    Args:
        formula: text for `parse_formula`, or an expression.
        ranges: of every variable, (low, high) for a uniform one, or a `Range` (or its settings as a mapping).
        noise: standard deviation of the noise over the root mean square of y, 0.01 being one percent; or a `Noise`.
        target: name of y; by default the name in front of `=` in the text, or the first of y, z, f that is free.
        design: how the box is filled: "random", "sobol" (an even sequence), "latin" (every variable evenly), or "grid"
            (at most n points, every combination of evenly spaced values; those without a value of f are left out).
        split: a way of `split_rows`: "random", "time", "blocks", "groups", "extrapolation" or "none".
        by: the variable that is the time or the group of a split.

    Raises:
        FormulaError: the text is no formula.
        DataError: a range is missing or empty, a setting is out of bounds, or f is hardly anywhere real and finite.

    Examples:
        >>> sample("T = 2 pi sqrt(L/g)", {"L": (0.1, 2), "g": (1.6, 25)}, n=100).target
        'T'
    """
    bounds = checked_ranges(ranges)
    label, law = parse_equation(formula, bounds) if isinstance(formula, str) else (None, formula)
    _check_law(law, bounds)
    named = target or label or next(name for name in _targets() if name not in bounds)
    values = compiled(law, list(bounds))
    return sample_values(values, bounds, n, noise, seed, named, design=design, split=split, by=by, law=law)


def sample_values(
    values: Values,
    bounds: Mapping[str, Range],
    n: int,
    noise: float | Noise,
    seed: int,
    target: str,
    *,
    design: str = "random",
    split: str = "random",
    by: str | None = None,
    law: sympy.Expr | None = None,
    title: str = "",
) -> Dataset:
    """Does what `sample` does for any function of the columns; `title` names one that has no law."""
    n, seed, noise = _checked_count(n, len(bounds)), _checked_seed(seed), as_noise(noise)
    draws, errors, order = np.random.default_rng(seed).spawn(3)
    X, y = _points(values, list(bounds.values()), n, design, draws)
    times = None if by is None else X[:, _place(by, bounds)]
    parts = split_rows(split, len(y), int(order.integers(2**63)), X, times)
    noisy, sigma = noise.added(y, parts.train, errors)
    filled = "drawn from" if design == "random" else f"in a {design} design from"
    story = f"{len(y)} points {filled} {title or law} {noise.story()}, seed {seed}."
    names = tuple(bounds)
    return Dataset(X, noisy, names, target, sigma=sigma, split=parts, law=law, provenance=(story,))


def _place(name: str, bounds: Mapping[str, Range]) -> int:
    if name not in bounds:
        guess = did_you_mean(name, bounds)
        raise DataError(f"A split goes by a variable, but there is no '{name}'. {guess}".rstrip())
    return list(bounds).index(name)


def _targets() -> Iterator[str]:
    yield from ("y", "z", "f")
    yield from (f"y_{k}" for k in itertools.count(1))


def _check_law(law: sympy.Expr, bounds: Mapping[str, Range]) -> None:
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


def compiled(law: sympy.Expr, names: list[str]) -> Values:
    """Compiles the law to a function of rows (n, d), the columns in the order of `names`: (n,), NaN where undefined.

    The columns get neutral names, so no name of a variable reaches the code.
    """
    by_name = {symbol.name: symbol for symbol in law.free_symbols}
    arguments = [by_name.get(name, sympy.Dummy()) for name in names]
    function = sympy.lambdify(arguments, law, modules=["scipy", "numpy"], cse=True, dummify=True)

    def values(X: Array) -> Array:
        with np.errstate(all="ignore"):
            y: Any = np.asarray(function(*X.T))
        y = np.where(y.imag == 0, y.real, np.nan) if np.iscomplexobj(y) else y
        return np.array(np.broadcast_to(y, len(X)), dtype=np.float64)

    return values


def _points(
    values: Values, ranges: list[Range], n: int, design: str, draws: np.random.Generator
) -> tuple[Array, Array]:
    if design == "grid":
        return _on_grid(values, ranges, n)
    if design not in DESIGNS:
        guess = did_you_mean(str(design), (*DESIGNS, "grid"))
        known = ", ".join((*DESIGNS, "grid"))
        raise DataError(f"A design is one of {known}, but '{design}' came. {guess or 'Choose one.'}")
    return _rows(values, box(DESIGNS[design](len(ranges), draws), ranges), n)


def _on_grid(values: Values, ranges: list[Range], n: int) -> tuple[Array, Array]:
    X = spread(grid_points(grid_levels(n, ranges)), ranges)
    y = values(X)
    good = np.isfinite(y)
    if not good.any():
        raise _nowhere(0, len(y))
    return X[good], y[good]


def _rows(values: Values, points: Callable[[int], Array], n: int) -> tuple[Array, Array]:
    """Draws until n rows are real and finite."""
    inputs: list[Array] = []
    targets: list[Array] = []
    kept, tried, batch = 0, 0, n
    while kept < n:
        X = points(batch)
        y = values(X)
        good = np.isfinite(y)
        inputs.append(X if good.all() else X[good])
        targets.append(y if good.all() else y[good])
        kept, tried = kept + len(targets[-1]), tried + batch
        if kept < n and tried >= _PATIENCE and kept < _RAREST * tried:
            raise _nowhere(kept, tried)
        share = max(kept, 1) / tried
        batch = min(max(int(1.2 * (n - kept) / share), 1000), _LARGEST_BATCH)
    return np.concatenate(inputs)[:n], np.concatenate(targets)[:n]


def _nowhere(kept: int, tried: int) -> DataError:
    where = "nowhere" if kept == 0 else "hardly anywhere"
    return DataError(
        f"A formula is real and finite on its ranges, but this one was at {kept} of {tried} points: {where}. "
        "Look for roots and logarithms of negatives and for overflow, or choose other ranges."
    )

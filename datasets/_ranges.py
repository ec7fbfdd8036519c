"""Where the values of a variable come from: ranges, distributions, and designs that fill a box."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from datasets._errors import DataError, did_you_mean
from datasets._split import Array

_TAILS = 3.0  # a normal range ends three standard deviations from its middle
_MOST_LEVELS = 10_000_000
_SOBOL_DIMENSIONS = 21_201  # as far as SciPy's direction numbers go


@dataclass(frozen=True)
class Range:
    """The values of a variable: from low to high, both included.

    Args:
        distribution: "uniform"; "log-uniform", even in the logarithm, for positive ends; "normal", with its mean in the
            middle and the ends three standard deviations away, cut off there.
        integer: whole numbers only.
        sign: "+" as the ends say; "-" mirrored; "+-" each half of the time.
        levels: only this many values, evenly spaced in the distribution.

    Raises:
        DataError: the ends do not suit the distribution, or a setting is unknown. (Ends that are not finite or do not
            rise are refused by `sample`, which can name the variable.)
    """

    low: float
    high: float
    distribution: str = "uniform"
    integer: bool = False
    sign: str = "+"
    levels: int | None = None

    def __post_init__(self) -> None:
        if self.distribution not in DISTRIBUTIONS:
            guess = did_you_mean(str(self.distribution), DISTRIBUTIONS)
            known = ", ".join(DISTRIBUTIONS)
            raise DataError(f"A distribution is one of {known}, but '{self.distribution}' came. {guess}".rstrip())
        if self.sign not in ("+", "-", "+-"):
            raise DataError(f"A sign is '+', '-' or '+-', but {self.sign!r} came. Choose one.")
        if self.distribution == "log-uniform" and self.low <= 0:
            raise DataError(
                f"A log-uniform range is positive, but one runs from {self.low:g} to {self.high:g}. "
                "Choose positive ends, and sign='-' for negative values."
            )
        if self.integer and math.floor(self.high) < math.ceil(self.low):
            raise DataError(
                f"A range of whole numbers holds one, but {self.low:g} to {self.high:g} does not. Widen it."
            )
        if self.levels is not None and not (isinstance(self.levels, int) and 2 <= self.levels <= _MOST_LEVELS):
            raise DataError(f"Levels are whole numbers from 2 on, but {self.levels!r} came. Choose 2 or more.")

    def values(self, u: Array) -> Array:
        """Maps numbers from the unit interval to values, (n,) to (n,)."""
        minus = np.zeros(len(u), dtype=np.bool_) if self.sign == "+" else np.ones(len(u), dtype=np.bool_)
        if self.sign == "+-":
            u, minus = np.abs(2 * u - 1), u < 0.5
        if self.levels is not None:
            u = np.minimum(np.floor(u * self.levels), self.levels - 1) / (self.levels - 1)
        if self.integer:
            low, high = math.ceil(self.low), math.floor(self.high)
            spread = DISTRIBUTIONS[self.distribution](u, low, high + 1 if self.distribution == "uniform" else high)
            x = np.minimum(np.floor(spread) if self.distribution == "uniform" else np.rint(spread), high)
        else:
            x = DISTRIBUTIONS[self.distribution](u, self.low, self.high)
        return np.where(minus, -x, x) if minus.any() else x

    @property
    def ends(self) -> tuple[float, float]:
        """The smallest and the largest value, signs considered."""
        if self.sign == "+":
            return self.low, self.high
        mirrored = (-self.high, -self.low)
        return mirrored if self.sign == "-" else (min(self.low, mirrored[0]), max(self.high, mirrored[1]))


def _uniform(u: Array, low: float, high: float) -> Array:
    return low + (high - low) * u


def _log_uniform(u: Array, low: float, high: float) -> Array:
    return np.clip(np.exp(math.log(low) + math.log(high / low) * u), low, high)


def _normal(u: Array, low: float, high: float) -> Array:
    from scipy.special import ndtr, ndtri

    edge = float(ndtr(-_TAILS))
    spread = ndtri(edge + (1 - 2 * edge) * u)
    return np.clip((low + high) / 2 + (high - low) / (2 * _TAILS) * spread, low, high)


DISTRIBUTIONS: dict[str, Callable[[Array, float, float], Array]] = {
    "uniform": _uniform,
    "log-uniform": _log_uniform,
    "normal": _normal,
}


def checked_ranges(ranges: Mapping[str, Any]) -> dict[str, Range]:
    """Reads the range of every variable: (low, high), a mapping of Range's settings, or a Range."""
    if not ranges:
        raise DataError("Every variable has a range, but none came. Pass one such as {'x': (0, 1)}.")
    return {name: _checked_range(name, given) for name, given in ranges.items()}


def _checked_range(name: str, given: Any) -> Range:
    try:
        settings = _settings(given)
        low, high = float(settings.pop("low")), float(settings.pop("high"))
    except (TypeError, ValueError, KeyError):
        raise DataError(f"A range is two numbers, but '{name}' has {given!r}. Write (low, high).") from None
    if not (math.isfinite(low) and math.isfinite(high)):
        raise DataError(f"A range is finite, but '{name}' runs from {low:g} to {high:g}. Choose finite ends.")
    if not low < high:
        raise DataError(f"A range runs upwards, but '{name}' runs from {low:g} to {high:g}. Make low less than high.")
    if not math.isfinite(high - low):
        raise DataError(f"A range is narrower than 1e308, but '{name}' runs from {low:g} to {high:g}. Narrow it.")
    try:
        return Range(low, high, **settings)
    except TypeError:
        known = "distribution, integer, sign, levels"
        raise DataError(f"A range has low, high, {known}, but '{name}' has {sorted(settings)}. Correct it.") from None
    except DataError as error:
        raise DataError(f"'{name}': {error}") from None


def _settings(given: Any) -> dict[str, Any]:
    if isinstance(given, Range):
        return dict(vars(given))
    if isinstance(given, Mapping):
        return dict(given)
    low, high = given
    return {"low": low, "high": high}


def _random(width: int, draws: np.random.Generator) -> Callable[[int], Array]:
    return lambda n: draws.random((n, width))


def _sobol(width: int, draws: np.random.Generator) -> Callable[[int], Array]:
    from scipy.stats import qmc

    if width > _SOBOL_DIMENSIONS:
        raise DataError(
            f"A Sobol sequence has at most {_SOBOL_DIMENSIONS} variables, but {width} came. Draw at random."
        )
    # One long scrambled sequence, in as many pieces as it takes; SciPy warns where the first is no power of two.
    sequence = qmc.Sobol(width, scramble=True, seed=draws)
    return lambda n: _unwarned(sequence.random, n)


def _unwarned(function: Callable[[int], Array], n: int) -> Array:
    import warnings

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The balance properties of Sobol", category=UserWarning)
        return function(n)


def _latin(width: int, draws: np.random.Generator) -> Callable[[int], Array]:
    from scipy.stats import qmc

    return lambda n: qmc.LatinHypercube(width, seed=draws).random(n)


DESIGNS: dict[str, Callable[[int, np.random.Generator], Callable[[int], Array]]] = {
    "random": _random,
    "sobol": _sobol,
    "latin": _latin,
}


def grid_levels(n: int, ranges: Sequence[Range]) -> list[int]:
    """Shares n points out among the variables of a full grid: as many levels each as n allows, at least two.

    A range with levels of its own keeps them.
    """
    fixed = math.prod(one.levels for one in ranges if one.levels is not None)
    free = sum(one.levels is None for one in ranges)
    levels = [2] * free
    if fixed * 2**free > n:
        raise DataError(
            f"A grid of {len(ranges)} variables has at least {fixed * 2**free} points, but {n} came. "
            "Ask for more, or for a design of random, sobol or latin."
        )
    if free:
        most = max(2, int((n / fixed) ** (1 / free)))
        levels = [most] * free
        for k in range(free):  # what is left over lifts the first ones by a level
            if fixed * (most + 1) ** (k + 1) * most ** (free - k - 1) <= n:
                levels[k] = most + 1
    spare = iter(levels)
    return [_held(one, next(spare)) if one.levels is None else one.levels for one in ranges]


def _held(one: Range, levels: int) -> int:
    """Fewer levels where a range of whole numbers has fewer values."""
    return min(levels, max(2, math.floor(one.high) - math.ceil(one.low) + 1)) if one.integer else levels


def grid_points(levels: Sequence[int]) -> Array:
    """Returns every combination of evenly spaced numbers of the unit interval, the last variable changing fastest."""
    axes = [np.linspace(0.0, 1.0, count) for count in levels]
    return np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=1)


def box(points: Callable[[int], Array], ranges: Sequence[Range]) -> Callable[[int], Array]:
    """Turns a design on the unit cube into points of the variables, (n, d)."""
    plain = all(one == Range(one.low, one.high) for one in ranges)
    low = np.array([one.low for one in ranges])
    width = np.array([one.high - one.low for one in ranges])

    def drawn(n: int) -> Array:
        cube = points(n)
        return low + width * cube if plain else spread(cube, ranges)

    return drawn


def spread(cube: Array, ranges: Sequence[Range]) -> Array:
    """Maps points of the unit cube to points of the variables, column by column."""
    return np.stack([one.values(column) for one, column in zip(ranges, cube.T, strict=True)], axis=1)

"""The parametric families a small table is compared with: data, screened in closed form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations, product, takewhile

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic._clock import in_time, late
from symbolic.fitting._refine import Loss

Array = NDArray[np.float64]
_ArrayMap = Callable[[Array], Array]


@dataclass(frozen=True)
class Family:
    """A formula with constants to fit and the values to start from; `words` is what a person calls it.

    `factored`, of the two constants of c·φ + d, is the same formula written with c·(φ + d), or c/(φ + d), instead.
    """

    words: str
    expr: sp.Expr
    start: dict[sp.Symbol, float]
    factored: Callable[[float, float], Family] | None = None


@dataclass(frozen=True)
class _Feature:
    """A function φ of one input, and where it is defined."""

    words: str
    numpy: _ArrayMap
    sympy: Callable[[sp.Expr], sp.Expr]
    defined: Callable[[Array], bool] = lambda _: True


@dataclass(frozen=True)
class _Link:
    """y = g(z): g in SymPy, z of y, and |dy/dz| at the data, by which rows are weighted."""

    words: str
    sympy: Callable[[sp.Expr], sp.Expr]
    inverse: _ArrayMap
    slope: _ArrayMap
    defined: Callable[[Array], bool] = lambda _: True


_HIGHEST, _ROWS_PER_POWER = 6, 3  # of the powers in a polynomial, and different rows for each


def _positive(values: Array) -> bool:
    return bool(np.all(values > 0))


def _not_zero(values: Array) -> bool:
    return bool(np.all(values != 0))


_FEATURES = (
    _Feature("{}", lambda x: x, lambda x: x),
    _Feature("{}^2", lambda x: x**2, lambda x: x**2),
    _Feature("1/{}", lambda x: 1 / x, lambda x: 1 / x, _not_zero),
    _Feature("1/{}^2", lambda x: 1 / x**2, lambda x: 1 / x**2, _not_zero),
    _Feature("sqrt({})", np.sqrt, sp.sqrt, _positive),
    _Feature("log({})", np.log, sp.log, _positive),
)
_LINKS = (
    _Link("a sum", lambda z: z, lambda y: y, np.ones_like),
    _Link("one over a sum", lambda z: 1 / z, lambda y: 1 / y, lambda y: y**2, _not_zero),
    _Link("the root of a sum", sp.sqrt, lambda y: y**2, lambda y: 0.5 / y, _positive),
    _Link("the square of a sum", lambda z: z**2, np.sqrt, lambda y: 2 * np.sqrt(y), _positive),
)


@dataclass(frozen=True)
class Design:
    """A family before it is fitted: the linear problem that starts it, and how its formula is written.

    `columns` (n, constants) times the constants is `target` (n,), whose rows count by `slope` (n,). `plain` marks a
    proportionality or a line in one input, `powers` a sum of powers, of which there are many.
    """

    words: str
    columns: Array
    target: Array
    slope: Array
    build: Callable[[str, Array], Family]
    plain: bool = False
    powers: bool = False


@dataclass(frozen=True)
class Screened:
    """A design with its constants by weighted linear least squares, and their squared error in units of the loss."""

    design: Design
    fitted: Array
    squares: float

    def family(self) -> Family:
        """Return the formula with these constants."""
        return self.design.build(self.design.words, self.fitted)


def screened(designs: Sequence[Design], y: Array, loss: Loss, weight: Array | None) -> list[Screened]:
    """Return every design the rows can carry, with its closed-form fit; `weight` (n,) is 1/σ where that is known."""
    found: list[Screened] = []
    for design in designs:
        columns, target = design.columns, design.target
        if len(y) < columns.shape[1] + 2:
            continue
        if found and late():
            break
        w = np.abs(design.slope) / np.abs(y) if loss == "relative" else np.abs(design.slope)
        w = w if weight is None else w * weight
        with np.errstate(all="ignore"):
            scaled = columns * w[:, None]
            if not (np.isfinite(scaled).all() and np.isfinite(target * w).all()):
                continue
            fitted, _, rank, _ = np.linalg.lstsq(scaled, target * w, rcond=1e-13)
            squares = float(np.sum((w * (target - columns @ fitted)) ** 2))
        if rank == columns.shape[1] and np.isfinite(squares):
            found.append(Screened(design, np.asarray(fitted, dtype=np.float64), squares))
    return found


def designs(X: Array, y: Array, symbols: Sequence[sp.Symbol]) -> list[Design]:
    """Return every design that is defined on the data, a constant first; fewer once time is up."""
    return list(takewhile(in_time, _designs(X, y, symbols)))


def _designs(X: Array, y: Array, symbols: Sequence[sp.Symbol]) -> Iterator[Design]:
    ones = np.ones_like(y)
    yield Design("a constant", ones[:, None], y, ones, _sum_of([sp.Integer(1)], _LINKS[0]))
    for chosen in _subsets(X):
        yield from _sums(X, y, symbols, chosen)
        if _not_zero(y) and (_positive(y) or _positive(-y)):
            yield from _products(X, y, symbols, chosen)
    for j in range(X.shape[1]):
        yield from _polynomials(X[:, j], y, symbols[j])


def _polynomials(x: Array, y: Array, symbol: sp.Symbol) -> Iterator[Design]:
    """Yield every sum of at least two powers of one input up to the sixth, a constant among them or not."""
    highest = min(_HIGHEST, len(np.unique(x)) // _ROWS_PER_POWER)
    powers = [x**k for k in range(highest + 1)]
    for count in range(2, highest + 2):
        for chosen in combinations(range(highest + 1), count):
            if chosen[-1] > 1:
                words = f"a polynomial in {symbol} with the powers {', '.join(map(str, chosen))}"
                terms = [symbol**k for k in chosen]
                columns = np.column_stack([powers[k] for k in chosen])
                yield Design(words, columns, y, powers[0], _sum_of(terms, _LINKS[0]), powers=True)


def _subsets(X: Array) -> list[tuple[int, ...]]:
    inputs = [j for j in range(X.shape[1]) if np.ptp(X[:, j]) > 0]
    if len(inputs) > 5:  # two to the power of the inputs: beyond five only single ones, pairs and all
        return [*combinations(inputs, 1), *combinations(inputs, 2), tuple(inputs)]
    return [chosen for size in range(1, len(inputs) + 1) for chosen in combinations(inputs, size)]


def _sums(X: Array, y: Array, symbols: Sequence[sp.Symbol], chosen: tuple[int, ...]) -> Iterator[Design]:
    """Yield g(Σ bᵢ φᵢ(xᵢ) + b₀) with and without b₀; each input has its own φ where there are at most two."""
    mixes = product(_FEATURES, repeat=len(chosen)) if len(chosen) <= 2 else ((f,) * len(chosen) for f in _FEATURES)
    for features in mixes:
        if not all(f.defined(X[:, j]) for f, j in zip(features, chosen, strict=True)):
            continue
        columns = [f.numpy(X[:, j]) for f, j in zip(features, chosen, strict=True)]
        terms = [f.sympy(symbols[j]) for f, j in zip(features, chosen, strict=True)]
        inner = " and ".join(f.words.format(symbols[j]) for f, j in zip(features, chosen, strict=True))
        for link in _LINKS:
            if not link.defined(y):
                continue
            z, slope = link.inverse(y), link.slope(y)
            words = f"{link.words} in {inner}"
            plain = link is _LINKS[0] and features == (_FEATURES[0],)
            yield Design(words, np.column_stack(columns), z, slope, _sum_of(terms, link), plain)
            both = np.column_stack([*columns, np.ones_like(y)])
            yield Design(f"{words} and a constant", both, z, slope, _sum_of([*terms, sp.Integer(1)], link), plain)


def _sum_of(terms: list[sp.Expr], link: _Link) -> Callable[[str, Array], Family]:
    constants = [sp.Dummy(f"c{k}") for k in range(len(terms))]

    def factored(words: str, slope: float, level: float) -> Family:
        c, d = constants
        place, sign = level / slope, 1 if level * slope >= 0 else -1  # d > 0: R·(1/4 − 1/n²), not −R·(−1/4 + 1/n²)
        inner, factor = d + sign * terms[0], sign * slope
        if link.words == "one over a sum":
            return Family(words, c / inner, {c: 1 / factor, d: abs(place)})
        return Family(words, link.sympy(c * inner), {c: factor, d: abs(place)})

    def build(words: str, fitted: Array) -> Family:
        total = sp.Add(*(c * term for c, term in zip(constants, terms, strict=True)))
        start = dict(zip(constants, map(float, fitted), strict=True))
        splits = len(terms) == 2 and terms[1] == 1 and fitted[0] != 0
        return Family(words, link.sympy(total), start, partial(factored, words) if splits else None)

    return build


def _products(X: Array, y: Array, symbols: Sequence[sp.Symbol], chosen: tuple[int, ...]) -> Iterator[Design]:
    """Yield c·Π xᵢ^pᵢ, c·exp(Σ aᵢ φ(xᵢ)) and c·x^p·exp(a·x)."""
    sign = 1.0 if y[0] > 0 else -1.0
    log_y, ones, names = np.log(np.abs(y)), np.ones_like(y), " and ".join(str(symbols[j]) for j in chosen)
    if all(_positive(X[:, j]) for j in chosen):
        columns = np.column_stack([*(np.log(X[:, j]) for j in chosen), ones])
        yield Design(f"a power law in {names}", columns, log_y, y, _factors([(symbols[j], None) for j in chosen], sign))
    for feature in (_FEATURES[0], _FEATURES[1], _FEATURES[2]):
        if all(feature.defined(X[:, j]) for j in chosen):
            columns = np.column_stack([*(feature.numpy(X[:, j]) for j in chosen), ones])
            inner = " and ".join(feature.words.format(symbols[j]) for j in chosen)
            rates = [(feature.sympy(symbols[j]), sp.exp) for j in chosen]
            yield Design(f"an exponential in {inner}", columns, log_y, y, _factors(rates, sign))
    if len(chosen) == 1 and _positive(X[:, chosen[0]]):
        x, symbol = X[:, chosen[0]], symbols[chosen[0]]
        columns = np.column_stack([np.log(x), x, ones])
        both = _factors([(symbol, None), (symbol, sp.exp)], sign)
        yield Design(f"a power times an exponential in {names}", columns, log_y, y, both)


def _factors(
    rows: list[tuple[sp.Expr, Callable[[sp.Expr], sp.Expr] | None]], sign: float
) -> Callable[[str, Array], Family]:
    """Build c·Π uᵢ^pᵢ, or exp(pᵢ·uᵢ) where the row names exp; the last fitted number is log|c|."""

    factor = sp.Dummy("c")
    rates = [sp.Dummy(f"p{k}") for k in range(len(rows))]

    def build(words: str, fitted: Array) -> Family:
        parts = [f(p * u) if f else u**p for (u, f), p in zip(rows, rates, strict=True)]
        scale = float(np.clip(fitted[-1], -650.0, 650.0))
        start = {factor: sign * float(np.exp(scale)), **dict(zip(rates, map(float, fitted[:-1]), strict=True))}
        return Family(words, sp.Mul(factor, *parts), start)

    return build


def curved(X: Array, y: Array, symbols: Sequence[sp.Symbol]) -> Iterator[Family]:
    """Yield families of one input that have no closed form: an offset beside a power or an exponential, and waves.

    A wave has four constants and can follow anything short of a dozen rows.
    """
    if X.shape[1] != 1 or len(y) < 7 or len(np.unique(X[:, 0])) < 6:
        return
    x, symbol = X[:, 0], symbols[0]
    a, b, c, d = (sp.Dummy(letter) for letter in "abcd")
    half = np.ptp(x) / 2
    for rate in (0.3, -0.3, 1.0, -1.0, 3.0, -3.0):
        yield Family(
            f"an exponential in {symbol} and a constant",
            c * sp.exp(a * symbol) + d,
            _linear_start(np.exp(np.clip(rate / half * x, -600, 600)), y, c, d) | {a: rate / half},
        )
    if _positive(x):
        for power in (0.4, -0.6, 1.6, 2.6):
            yield Family(
                f"a power of {symbol} and a constant",
                c * symbol**a + d,
                _linear_start(x**power, y, c, d) | {a: power},
            )
    if len(y) >= 12:
        for frequency, phase in _waves(x, y):
            yield Family(
                f"a wave in {symbol}",
                c * sp.sin(a * symbol + b) + d,
                _linear_start(np.sin(frequency * x + phase), y, c, d) | {a: frequency, b: phase},
            )


def _linear_start(column: Array, y: Array, c: sp.Symbol, d: sp.Symbol) -> dict[sp.Symbol, float]:
    size = float(np.max(np.abs(column)))
    fitted = np.linalg.lstsq(np.column_stack([column / size, np.ones_like(y)]), y, rcond=None)[0]
    return {c: float(fitted[0] / size), d: float(fitted[1])}


def _waves(x: Array, y: Array) -> Iterator[tuple[float, float]]:
    """Yield (frequency, phase) of the best sines, up to half the mean sampling rate."""
    length = float(np.ptp(x))
    scan = np.arange(0.5, np.pi * (len(np.unique(x)) - 1) / 2, 0.4) * 2 / length
    squares, phases = [], []
    for frequency in scan:
        columns = np.column_stack([np.sin(frequency * x), np.cos(frequency * x), np.ones_like(x)])
        fitted = np.linalg.lstsq(columns, y, rcond=None)[0]
        squares.append(float(np.sum((y - columns @ fitted) ** 2)))
        phases.append(float(np.arctan2(fitted[1], fitted[0])))
    for best in np.argsort(squares, kind="stable")[:3]:
        yield float(scan[best]), phases[best]

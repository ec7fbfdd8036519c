"""Two laws that the data cannot tell apart, and the measurement that would."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic._clock import late

if TYPE_CHECKING:
    from symbolic.laws._law import Discovery, Law

Array = NDArray[np.float64]

UNDECIDED = 10.0  # bits: odds of a thousand to one decide
BITS_PER_NODE = 1.0
WIDER = 0.25  # of the range beyond each end of the data
_POINTS, _LOCAL = 3000, 300
_SAME = 0.02  # of the scatter: laws that differ by less everywhere are one law
_DECIDES = 3.0  # standard deviations


@dataclass(frozen=True)
class Decision:
    """Where a measurement would tell two laws apart best, within the data's box widened by a quarter on each side.

    `point` holds a value for every column by name, `values` what the two `laws` predict there, `stderr` how well, all
    in units of the target; `scatter` is that of one measurement there, and `apart` the difference in standard
    deviations of all three together. `bits` is by how much the data prefer the first law.
    """

    laws: tuple[Law, Law]
    point: dict[str, float]
    values: tuple[float, float]
    stderr: tuple[float, float]
    scatter: float
    apart: float
    bits: float

    def __str__(self) -> str:
        """Say it in a sentence."""
        at = ", ".join(f"{name} = {value:.4g}" for name, value in self.point.items())
        one, other = (_with_error(v, e) for v, e in zip(self.values, self.stderr, strict=True))
        start = (
            f"These data hardly tell {self.laws[0]} and {self.laws[1]} apart ({max(self.bits, 0.0):.1f} bits). "
            f"A measurement at {at} would tell most: they predict {one} and {other} there"
        )
        if self.apart >= _DECIDES:
            return f"{start}, {self.apart:.1f} standard deviations apart."
        count = math.ceil((_DECIDES / max(self.apart, 1e-3)) ** 2)
        return f"{start}, only {self.apart:.2g} standard deviations apart: it takes about {count} of them."


def _with_error(value: float, error: float) -> str:
    from symbolic.formulas._text import number_text

    return f"{number_text(value, error or None)} ± {error:.2g}" if error > 0 else f"{value:.6g}"


def decided(found: Discovery, X: Array, y: Array, sigma: Array | None = None) -> Discovery:
    """The discovery with the measurement that would decide between its best law and the nearest rival, if any."""
    if found.best is None or found.status == "exact" or len(y) < 3 or late():
        return found
    decision = decide(found.best, [*found.front, *found.others], X, y, sigma)
    if decision is None:
        return found
    return replace(found, decide=decision, evidence=(*found.evidence, str(decision)))


def decide(best: Law, others: list[Law], X: Array, y: Array, sigma: Array | None = None) -> Decision | None:
    """The measurement that would tell the best law from the nearest of the others; None where the data do already."""
    price = _price(best, X, y, sigma)
    shape = _shape(best.expr)
    rivals = [(_price(law, X, y, sigma) - price, law) for law in others if _shape(law.expr) != shape]
    for bits, rival in sorted(rivals, key=lambda pair: (abs(pair[0]), pair[1].complexity)):
        if abs(bits) > UNDECIDED or late():
            return None
        found = _most_apart(best, rival, X, y, bits)
        if found is not None:
            return found
    return None


def _shape(expr: sp.Expr) -> sp.Expr:
    """The formula without its numbers: one with 3 and one with 2.98 in their place are the same law."""
    if not expr.free_symbols:
        return sp.Symbol("#")
    if isinstance(expr, sp.Pow) and expr.args[1].is_Rational:
        return _shape(expr.args[0]) ** expr.args[1]
    parts = [_shape(argument) for argument in expr.args]
    if expr.is_Mul and sp.Symbol("#") not in parts:
        parts.append(sp.Symbol("#"))
    return expr.func(*parts) if expr.args else expr


def _price(law: Law, X: Array, y: Array, sigma: Array | None) -> float:
    """Bits of the residual, the formula and its measured numbers."""
    residual = y - law.predict(X)
    if not np.isfinite(residual).all():
        return math.inf
    n, numbers = len(y), len(law.expr.atoms(sp.Float))
    if sigma is not None:
        data = 0.5 * float(np.sum((residual / sigma) ** 2)) / math.log(2)
    else:
        data = 0.5 * n * math.log2(float(np.mean(residual**2)) / float(np.var(y)) + 1e-20)
    return data + BITS_PER_NODE * law.complexity + 0.5 * math.log2(n) * numbers


def _most_apart(one: Law, other: Law, X: Array, y: Array, bits: float) -> Decision | None:
    used = [k for k, symbol in enumerate(one.symbols) if symbol in one.expr.free_symbols | other.expr.free_symbols]
    low, high = _box(X)
    rng = np.random.default_rng(0)
    places = rng.uniform(low, high, (_POINTS, X.shape[1]))
    if len(used) <= 6:
        corners = np.tile((low + high) / 2, (2 ** len(used), 1))
        corners[:, used] = list(product(*((low[k], high[k]) for k in used)))
        places = np.concatenate([corners, places])
    seen = _apart(one, other, places, y)[0]
    if not np.isfinite(seen).any():
        return None
    for reach in (0.1, 0.02):
        centre = places[int(np.nanargmax(seen))]
        near = np.clip(centre + reach * (high - low) * rng.uniform(-1, 1, (_LOCAL, X.shape[1])), low, high)
        places = np.concatenate([centre[None, :], near])
        seen = _apart(one, other, places, y)[0]
    point = np.array([float(f"{value:.3g}") for value in places[int(np.nanargmax(seen))]])
    idle = [k for k in range(X.shape[1]) if k not in used]
    point[idle] = [float(f"{value:.3g}") for value in np.median(X[:, idle], axis=0)]
    apart, values, errors, scatter = _apart(one, other, point[None, :], y)
    if not np.isfinite(apart[0]) or apart[0] < _SAME:
        return None
    names = [variable.name for variable in one.variables]
    return Decision(
        (one, other), dict(zip(names, map(float, point), strict=True)), (float(values[0][0]), float(values[1][0])),
        (float(errors[0][0]), float(errors[1][0])), float(scatter[0]), float(apart[0]), float(bits),
    )  # fmt: skip


def _box(X: Array) -> tuple[Array, Array]:
    low, high = X.min(axis=0), X.max(axis=0)
    reach = WIDER * (high - low)
    # Beyond zero a root or a logarithm is another law: a column of one sign keeps it.
    wide_low = np.where(low > 0, np.maximum(low - reach, low / 2), low - reach)
    wide_high = np.where(high < 0, np.minimum(high + reach, high / 2), high + reach)
    return np.where((low == 0), 0.0, wide_low), np.where(high == 0, 0.0, wide_high)


def _apart(one: Law, other: Law, X: Array, y: Array) -> tuple[Array, list[Array], list[Array], Array]:
    """Difference in standard deviations, values, standard errors, and the scatter of one measurement, all (n,)."""
    values, errors, scatters = [], [], []
    for law in (one, other):
        if law.uncertainty is None:
            values.append(law.predict(X))
            errors.append(np.zeros(len(X)))
            scatters.append(np.full(len(X), float(law.rmse_train or np.std(y))))
            continue
        band = law.predict(X, band=True)
        values.append(band.values)
        errors.append(np.where(np.isfinite(band.stderr), band.stderr, np.inf))
        scatters.append(np.sqrt(np.maximum(band.spread**2 - np.nan_to_num(band.stderr) ** 2, 0.0)))
    scatter = np.minimum(*scatters)
    with np.errstate(all="ignore"):
        apart = np.abs(values[0] - values[1]) / np.sqrt(scatter**2 + errors[0] ** 2 + errors[1] ** 2)
    return np.where(np.isfinite(apart), apart, np.nan), values, errors, scatter

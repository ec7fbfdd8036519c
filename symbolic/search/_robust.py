"""Outliers: rows that stand alone, set aside before a search and judged by the law after it.

A polynomial fitted with Tukey's biweight (Beaton & Tukey 1974, doi:10.1080/00401706.1974.10489171) does not see them; a
table too small for one is searched for the formula that most rows agree on (least trimmed squares, Rousseeuw 1984,
doi:10.1080/01621459.1984.10477105).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations_with_replacement
from typing import Any, Literal

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic import _clock
from symbolic._clock import late
from symbolic._errors import SymbolicError
from symbolic.asked._gate import Rows
from symbolic.fitting._refine import refine
from symbolic.formulas._numeric import evaluate
from symbolic.laws._constants import parametrise
from symbolic.laws._law import Constant, Discovery, Law, make_variables
from symbolic.small._families import designs
from symbolic.surrogates._model import products

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Robust = bool | Literal["auto"]

FAR = 6.0  # robust standard deviations from a smooth surface that make a row suspicious
OUT, OUT_OF_FEW = 5.0, 3.5  # and from the law that make it an outlier; and suspicious, in tables of few rows
MOST = 0.25  # of the rows: more are no outliers
ALONE = 0.4  # of the neighbours of suspicious rows, the most that may be suspicious: a steep corner is no outlier
FEWEST = 5  # rows
_ROWS = 2000  # that the polynomial is fitted to
_TERMS = 84
_TUKEY = 4.685  # 95 % efficient for normal errors
_ROUNDS = 30
_FLOOR = 1e-7  # of the spread: what an exact law may miss
_SUBSETS = 60
_SINGULAR = 1e-12  # of the length of a column


def searched(
    rows: Rows, robust: Robust, few: bool, seed: int, budget: float, search: Callable[[Rows, float], Discovery]
) -> tuple[Discovery, Mask]:
    """The discovery of `search(rows, seconds)`, undisturbed by outliers, with a sentence on those it found.

    Returned with it: which rows (n,) count.

    With "auto" half of the budget goes to a search in all rows; only if that leaves structure unexplained, and few rows
    stand alone, are they set aside for a second one, whose law is taken if it explains the others.
    """
    everything = np.ones(len(rows.y), dtype=bool)
    if robust is False:
        found = search(rows, budget)
        return replace(found, evidence=(*found.evidence, *_doubt(found, rows))), everything
    began, first = _clock.now(), None
    if robust == "auto":
        first = search(rows, budget / 2)
        settled = first.status == "exact" or (first.status == "noise" and not few)
        if settled or was_stopped(first):
            return first, everything
    aside = (suspicious_few if few else suspicious)(rows, seed)
    if not aside.any() or (first is not None and not _alone(rows.X, aside)):
        return first if first is not None else search(rows, budget), everything
    found = search(without(rows, aside), max(budget - (_clock.now() - began), 0.1 * budget))
    if found.best is None or (first is not None and not _far_better(found, first)):
        said = f"{_count(aside)} were set aside as suspicious; that did not help."
        found = found if first is None else first
        return replace(found, evidence=(*found.evidence, said)), everything if found is first else ~aside
    out = _outliers(found.best, rows, aside)
    kept = ~out
    front = tuple(_again(law, rows, kept) for law in found.front)
    renewed = {id(old): new for old, new in zip(found.front, front, strict=True)}
    best = renewed.get(id(found.best)) or _again(found.best, rows, kept)
    found = replace(found, best=best, front=front, evidence=(*found.evidence, *_sentences(rows, out, aside, best)))
    return found, kept


def _far_better(found: Discovery, first: Discovery) -> bool:
    """Whether a search without suspicious rows explains the others, and far better than one with them."""
    if first.best is None or found.best is None:
        return found.best is not None
    before, after = first.best.rmse_train or 0.0, found.best.rmse_train or 0.0
    return found.status in ("exact", "noise") and 3 * after < before


def was_stopped(found: Discovery) -> bool:
    """Whether the caller has ended a search."""
    return any(sentence.startswith("The search was") for sentence in found.evidence)


def _doubt(found: Discovery, rows: Rows) -> Iterator[str]:
    """A word on rows that stand out where outliers were not looked for."""
    if found.best is None or found.status != "approximate" or len(rows.y) < 4 * FEWEST:
        return
    residual = rows.y - found.best.predict(rows.X)
    if rows.sigma is not None:
        residual = residual / rows.sigma
    far = np.abs(residual) > FAR * _scale(residual[np.isfinite(residual)])
    if 0 < far.mean() <= MOST / 2 and float(np.nanstd(residual)) > 2 * _scale(residual) and _alone(rows.X, far):
        yield f"{_count(far)} lie far from the law while the others are close: outliers? Search again with robust=True."


def without(rows: Rows, aside: Mask) -> Rows:
    """The table without some rows, its split as it was."""
    place = np.cumsum(~aside) - 1
    split = {name: place[part[~aside[part]]] for name, part in rows.split.items()}
    sigma = None if rows.sigma is None else rows.sigma[~aside]
    return replace(rows, X=rows.X[~aside], y=rows.y[~aside], sigma=sigma, split=split)


def suspicious(rows: Rows, seed: int = 0) -> Mask:
    """Rows (n,) far from the polynomial that most rows agree on, in units of the scatter around it."""
    X, y = rows.X, rows.y
    scaled = _scaled(X)
    weight = np.ones_like(y) if rows.sigma is None else 1 / rows.sigma
    chosen = np.random.default_rng(seed).permutation(len(y))[:_ROWS]
    least, best = math.inf, np.zeros_like(y)
    for degree in range(1, 9):
        powers = _powers(X.shape[1], degree)
        if len(powers) > min(_TERMS, len(chosen) // 4) or (degree > 1 and late()):
            break
        design = _design(scaled[chosen], powers)
        coef = _biweight(design, y[chosen], weight[chosen])
        left = _scale((y[chosen] - design @ coef) * weight[chosen])
        scale = left * math.sqrt(len(chosen) / (len(chosen) - len(powers)))
        if scale < 0.95 * least:
            least, best = scale, (y - _design(scaled, powers) @ coef) * weight
    floor = _FLOOR * float(np.std(y * weight))
    aside = np.abs(best - np.median(best)) > FAR * max(least, floor)
    return aside if 0 < aside.mean() <= MOST and len(y) - aside.sum() >= FEWEST else np.zeros_like(aside)


def _scaled(X: Array) -> Array:
    low, high = X.min(axis=0), X.max(axis=0)
    return np.asarray((2 * X - low - high) / np.where(high > low, high - low, 1.0))


def _powers(d: int, degree: int) -> list[tuple[int, ...]]:
    return [chosen for k in range(degree + 1) for chosen in combinations_with_replacement(range(d), k)]


def _design(scaled: Array, powers: Sequence[tuple[int, ...]]) -> Array:
    """Products of Chebyshev polynomials of the columns."""
    from numpy.polynomial.chebyshev import chebvander

    degrees = np.array([[chosen.count(j) for j in range(scaled.shape[1])] for chosen in powers])
    return products([chebvander(column, int(degrees.max(initial=1))) for column in scaled.T], degrees)


def _biweight(design: Array, y: Array, weight: Array) -> Array:
    """Coefficients by Tukey's biweight, started from least absolute deviations."""
    A, b = design * weight[:, None], y * weight
    coef = np.linalg.lstsq(A, b, rcond=1e-10)[0]
    for k in range(_ROUNDS):
        if late():
            break
        residual = np.abs(b - A @ coef)
        scale = max(_scale(residual), 1e-12 * float(np.std(b)), 1e-300)
        if k < _ROUNDS // 2:
            root = np.sqrt(1 / np.maximum(residual, 0.1 * scale))
        else:
            root = np.clip(1 - (residual / (_TUKEY * scale)) ** 2, 0, None)
        new = np.linalg.lstsq(A * root[:, None], b * root, rcond=1e-10)[0]
        done = bool(np.max(np.abs(new - coef)) <= 1e-6 * np.max(np.abs(coef)))
        coef = new
        if done and k >= _ROUNDS // 2:
            break
    return np.asarray(coef)


def _scale(residual: Array) -> float:
    """The standard deviation of normal errors with this median size."""
    return float(np.median(np.abs(residual)) / 0.6745)


def suspicious_few(rows: Rows, seed: int = 0) -> Mask:
    """The same for a table of few rows: those off the formula that most of them agree on, the plainest one."""
    X, y = rows.X, rows.y
    n, nothing = len(y), np.zeros(len(y), dtype=bool)
    if n < FEWEST + 2:
        return nothing
    rng = np.random.default_rng(seed)
    symbols = tuple(sp.Symbol(v.symbol) for v in make_variables(rows.names))
    least, best = math.inf, nothing
    for design in designs(X, y, symbols):
        k = design.columns.shape[1]
        if n < 2 * k + 4:
            continue
        if late():
            break
        w = np.abs(design.slope) if rows.sigma is None else np.abs(design.slope) / rows.sigma
        with np.errstate(all="ignore"):
            A, b = design.columns * w[:, None], design.target * w
        if not (np.isfinite(A).all() and np.isfinite(b).all()):
            continue
        residual = _trimmed(A, b, rng)
        scale = _scale(residual) * (1 + 5 / max(n - k, 1))
        price = n * math.log(max(scale, 1e-12 * float(np.std(y)), 1e-300)) + k * math.log(n)
        if price < least:
            aside = np.abs(residual) > OUT_OF_FEW * scale
            least, best = price, aside
    return best if 0 < best.mean() <= MOST and n - best.sum() >= FEWEST else nothing


def _trimmed(A: Array, b: Array, rng: np.random.Generator) -> Array:
    """Residuals of least trimmed squares: of many small subsets and a few steps each, the best three quarters."""
    n, k = A.shape
    kept = (3 * n + 3) // 4
    A = A / np.maximum(np.linalg.norm(A, axis=0), 1e-300)
    parts = np.argsort(rng.random((_SUBSETS, n)), axis=1)[:, :k]
    for _ in range(4):
        Q, R = np.linalg.qr(A[parts])  # (subsets, rows, k)
        at = np.arange(k)
        R[:, at, at] = np.where(np.abs(R[:, at, at]) < _SINGULAR, _SINGULAR, R[:, at, at])
        coef = np.linalg.solve(R, Q.swapaxes(1, 2) @ b[parts][..., None])[..., 0]
        residuals = b - coef @ A.T  # (subsets, n)
        parts = np.argsort(np.abs(residuals), axis=1, kind="stable")[:, :kept]
    left = np.sum(np.take_along_axis(residuals, parts, axis=1) ** 2, axis=1)
    return np.asarray(residuals[int(np.argmin(left))])


def _alone(X: Array, aside: Mask) -> bool:
    """Whether suspicious rows have neighbours that are none."""
    if not aside.any():
        return False
    from scipy.spatial import cKDTree

    spread = X.std(axis=0)
    scaled = (X - X.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    near = np.asarray(cKDTree(scaled).query(scaled[aside], k=min(5, len(X)))[1])[:, 1:]
    return float(aside[near].mean()) <= ALONE


def _outliers(law: Law, rows: Rows, aside: Mask) -> Mask:
    """Rows that the law misses by far more than the others."""
    residual = rows.y - law.predict(rows.X)
    if rows.sigma is not None:
        residual = residual / rows.sigma
    good = np.isfinite(residual)
    scale = max(_scale(residual[good & ~aside]), _FLOOR * float(np.std(rows.y[~aside])))
    far = OUT * (1 + 5 / len(residual))  # a median of few rows is a rough measure
    return ~good | (np.abs(np.where(good, residual, 0.0)) > far * scale)


def _again(law: Law, rows: Rows, kept: Mask) -> Law:
    """The law with its measured numbers fitted to all rows that are no outliers, and its errors on those."""
    free, start = parametrise(law.expr)
    expr = law.expr
    if start:
        sigma = None if rows.sigma is None else rows.sigma[kept]
        try:
            fit = refine(free, start, rows.X[kept], rows.y[kept], law.symbols, sigma)
        except (SymbolicError, np.linalg.LinAlgError):
            return law
        expr = free.xreplace({symbol: sp.Float(value) for symbol, value in fit.values.items()})
        table = {old: (fit.values[s], fit.stderr[s]) for s, old in start.items()}
        law = replace(law, expr=expr, constants=tuple(_moved(law, table)))
    columns = zip(law.variables, rows.X[kept].T, strict=True)
    return replace(
        law, domain={v.name: (float(c.min()), float(c.max())) for v, c in columns}, **_errors(law, rows, kept)
    )


def _moved(law: Law, table: dict[float, tuple[float, float | None]]) -> Iterator[Constant]:
    for constant in law.constants:
        near = [pair for old, pair in table.items() if abs(abs(old) - abs(constant.value)) <= 1e-12 * abs(old)]
        if near and constant.recognised is None:
            yield replace(constant, value=math.copysign(near[0][0], constant.value), stderr=near[0][1])
        else:
            yield constant


def _errors(law: Law, rows: Rows, kept: Mask) -> dict[str, Any]:
    if law.rmse_validation is None:
        return {"rmse_train": _rms(law, rows, kept)}
    parts = {name: np.isin(np.arange(len(kept)), part) & kept for name, part in rows.split.items()}
    found = {f"rmse_{name}": _rms(law, rows, part) for name, part in parts.items()}
    spread, test = float(np.std(rows.y[parts["test"]])) if parts["test"].any() else 0.0, found["rmse_test"]
    return {**found, "r2_test": None if test is None or spread == 0 else 1 - (test / spread) ** 2}


def _rms(law: Law, rows: Rows, part: Mask) -> float | None:
    if not part.any():
        return None
    return float(np.sqrt(np.mean((evaluate(law.expr, law.symbols, rows.X[part]) - rows.y[part]) ** 2)))


def _sentences(rows: Rows, out: Mask, aside: Mask, law: Law) -> Iterator[str]:
    if not out.any():
        yield f"{_count(aside)} looked like outliers before the search; the law explains them, and they count again."
        return
    places = np.flatnonzero(out)
    listed = ", ".join(str(k + 1) for k in places[:20]) + (", …" if len(places) > 20 else "")
    far = np.abs(rows.y[out] - law.predict(rows.X[out]))
    size = f" (off by up to {np.nanmax(far):.3g})" if np.isfinite(far).any() else ""
    one = len(places) == 1
    which, them, was = ("row", "it counts", "it was") if one else ("rows", "they count", "they were")
    yield (
        f"{len(places)} of {len(out)} rows are outliers, {which} {listed} of the table{size}: "
        f"{them} neither in the constants nor in the errors. Check how {was} measured."
    )


def _count(aside: Mask) -> str:
    number = int(aside.sum())
    return f"{number} of {len(aside)} rows"

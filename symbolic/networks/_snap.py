"""Naming edges: a candidate is accepted by what the whole network loses after a refit, never by its own R².

The price of a network is its description length in bits: n/2·log₂ of the mean squared residual, half log₂ n for every
effective constant, and the complexity of its names. So a name that fits worse than noise allows is refused, and under
noise the simplest of those that fit alike wins. "Remove this edge" competes with the names.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symbolic._clock import in_time, late
from symbolic._errors import SymbolicError
from symbolic.fitting._curves import CurveFit, suggest_curve
from symbolic.formulas._functions import LIBRARY, SymbolicFunction, in_force, only
from symbolic.formulas._own import Own, own_function, with_own

if TYPE_CHECKING:
    from kan_core import KAN, Edge

Array = NDArray[np.float64]

ROWS = 600  # a network is named on so many rows, and refined on all of them at the end
CANDIDATES = 4  # names of an edge that are tried in the whole network
TRACED = 200  # of these rows trace a curve: it is smooth
TRIAL_STEPS, FINAL_STEPS = 6, 40
FLOOR = 1e-20  # mean squared residual, relative to the target's, that counts as exact
SPLINE_CONSTANTS = 6.0  # effective constants of a smooth spline, when a network with splines is priced
BITS_PER_COMPLEXITY = 2.0
RULED_OUT = 1e3  # a name that leaves so many times more of a curve unexplained than the best is not tried
RIVAL, RIVALS = 30.0, 6  # rivals may miss a curve by so many times the network's own residual; so many are tried
HUGE = 1e4  # nor one whose values are so many times larger than their spread


@dataclass(frozen=True)
class SnapCandidate:
    """A name for an edge: c·f(a·x + b) + d with its R² on the curve, and what the whole network's error does.

    `change` is the relative change of the network's RMSE once the edge carries the name and all else is refitted.
    """

    edge: Edge
    name: str
    a: float
    b: float
    c: float
    d: float
    r2: float
    complexity: int
    change: float | None


def suggest(
    model: KAN, edge: Edge, X: ArrayLike, y: ArrayLike, top: int = 6, functions: Sequence[Own] = ()
) -> list[SnapCandidate]:
    """Names for one edge, the first `top` with their effect on the whole network.

    The best come first by the bits that the curve takes: what a name misses beside all that the network leaves, its
    complexity, its constants and their digits, so that a parabola is not called a tiny piece of a cosine.
    `functions` are functions of the user's own, as formulas of one variable or from `own_function`, that compete.
    """
    from kan_core import edge_data

    rows, target = _thinned(X, y)
    before = _rmse(model, rows, target)
    found = []
    with only(with_own(in_force(), functions)):
        h, values = edge_data(model, edge, rows)
        noise = _unexplained(model, rows, target)
        unshifted = 0.5 * math.log2(len(h))  # bits that a name without b saves
        fits = sorted(suggest_curve(h, values), key=lambda f: _curve_bits(f, h, noise) - unshifted * (f.b == 0))
    for k, fit in enumerate(fits):
        change = None
        if k < top:
            after = _rmse(_named(model, edge, fit, rows, target), rows, target)
            change = after / max(before, 1e-300) - 1 if math.isfinite(after) else math.inf
        found.append(SnapCandidate(edge, fit.name, fit.a, fit.b, fit.c, fit.d, fit.r2, fit.complexity, change))
    return found


def snap_edge(model: KAN, edge: Edge, name: str, X: ArrayLike, y: ArrayLike) -> KAN:
    """The network with the edge named and everything refitted.

    `name` is one of the library, or a formula of one variable of the user's own, such as "u*exp(-u)".
    """
    from kan_core import edge_data

    functions = with_own({}, [] if name in list(LIBRARY) else [_own_or_refused(name)])
    rows, target = _thinned(X, y)
    with only(functions or LIBRARY):
        fits = suggest_curve(*edge_data(model, edge, rows), list(functions) or [name])
    if not fits:
        raise SymbolicError(f"{name!r} is not defined over the values that reach edge {edge}. Choose another function.")
    return _named(model, edge, fits[0], rows, target, FINAL_STEPS)


def _own_or_refused(name: str) -> SymbolicFunction:
    if name.isidentifier() and name != "u":  # a word is a name
        near = difflib.get_close_matches(name, LIBRARY, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise SymbolicError(
            f"No function is called {name!r}.{hint} Known: {', '.join(LIBRARY)}, and formulas such as u*exp(-u)."
        )
    return own_function(name)


def name_all(model: KAN, X: ArrayLike, y: ArrayLike, each: Callable[[KAN, str], object] | None = None) -> KAN:
    """The network with every edge named or removed, one at a time, the surest first; `each` hears of every step.

    Then every name is weighed once more against its rivals with all others in place: constants are few by now, so that
    a refit goes all the way, and names that a flexible neighbour had made look alike part. Raises SymbolicError where
    no function suits the edges that are left, or time is up before all have a name.
    """
    rows, target = _thinned(X, y)
    names: dict[Edge, list[str]] = {}
    while splines := [edge for edge in model.edges() if model.state(edge) == "spline"]:
        options = [option for edge in splines for option in _options(model, edge, rows, target, names)]
        if late():
            raise SymbolicError("there was no time left to name its curves")
        if not options:
            raise SymbolicError("No function of the library is defined on every edge that is left.")
        _, text, model = min(options, key=lambda option: option[0])
        if each is not None:
            each(model, text)
    model = _settled(model, rows, target)
    for edge in model.edges():
        if late():
            break
        better = _reconsidered(model, edge, rows, target)
        if better is not model and each is not None:
            now = better.function(edge)
            each(better, f"edge {edge} is {now.name if now else 'not needed'} after all")
        model = better
    return model


def _settled(model: KAN, X: Array, y: Array) -> KAN:
    from kan_core import fit

    return fit(model, X, y, steps=FINAL_STEPS, smoothness=0.0, on_step=in_time).model


def _reconsidered(model: KAN, edge: Edge, X: Array, y: Array) -> KAN:
    """The network with the best name for one edge, or without it, when every other edge is named already.

    Where nothing is left to explain only simpler names can win.
    """
    from kan_core import edge_data, remove_edge, set_symbolic

    named = model.function(edge)
    assert named is not None
    best, price = model, description_length(model, X, y)
    h, values = edge_data(model, edge, _traced(X))
    left = _unexplained(model, X, y)
    plainer = [name for name, row in in_force().items() if row.complexity < LIBRARY[named.name].complexity]
    names = [name for name in (plainer if left <= FLOOR else in_force()) if name != named.name]
    fits = suggest_curve(h, values, names) if names else []
    close = [fit for fit in fits if 1 - fit.r2 <= RIVAL * max(left, 1e-12)]
    rivals = _plausible(close, h, left)[:RIVALS]
    starts = [set_symbolic(model, edge, f.name, f.a, f.b, f.c, f.d) for f in rivals]
    if left > FLOOR and _has_company(model, edge):
        starts.append(remove_edge(model, edge))
    for start in starts:
        if late():
            break
        trial = _settled(start, X, y)
        if (bits := description_length(trial, X, y)) < price:
            best, price = trial, bits
    return best


def _has_company(model: KAN, edge: Edge) -> bool:
    """Whether another edge feeds the same leg, so that this one may go."""
    return any(e.layer == edge.layer and e.target == edge.target and e != edge for e in model.edges())


def _unexplained(model: KAN, X: Array, y: Array) -> float:
    return (_rmse(model, X, y) / max(float(np.std(y)), 1e-300)) ** 2


def _options(model: KAN, edge: Edge, X: Array, y: Array, names: dict[Edge, list[str]]) -> list[tuple[float, str, KAN]]:
    """Trials of one edge as (bits, what was done, network): its plausible names, and its removal.

    `names` remembers what was plausible for each edge: naming another one rules nothing in again.
    """
    from kan_core import edge_data, remove_edge

    found = []
    h, values = edge_data(model, edge, _traced(X))
    curves = _plausible(suggest_curve(h, values, names.get(edge)), h, _unexplained(model, X, y))[:CANDIDATES]
    names[edge] = [curve.name for curve in curves]
    for curve in curves:
        if late():
            break
        trial = _named(model, edge, curve, X, y)
        found.append((description_length(trial, X, y), f"edge {edge} is {curve.name}", trial))
    if _has_company(model, edge):
        trial = _refitted(remove_edge(model, edge), X, y, TRIAL_STEPS)
        found.append((description_length(trial, X, y), f"edge {edge} is not needed", trial))
    return found


def description_length(model: KAN, X: Array, y: Array) -> float:
    """Bits that the residual, the constants and the names of a network take; infinite where it is not finite.

    Where values cancel, constants need as many digits more as the values exceed their spread.
    """
    from kan_core import edge_data

    n, mean_square = len(y), _unexplained(model, X, y)
    if not math.isfinite(mean_square):
        return math.inf
    bits = 0.5 * n * math.log2(max(mean_square, FLOOR))
    for edge in model.edges():
        named = model.function(edge)
        if named is None:
            bits += 0.5 * SPLINE_CONSTANTS * math.log2(n)
        else:
            h, _ = edge_data(model, edge, X)
            bits += _name_bits(named.name, n) + math.log2(max(cancellation(named.name, named.a, named.b, h), 1.0))
    return bits


def _plausible(fits: list[CurveFit], h: Array, noise: float) -> list[CurveFit]:
    """The names worth a trial in the whole network, best first by bits.

    `noise` is the share of the target's variance that the network leaves: what a curve misses beside it says nothing.
    Names that the curve rules out, those that fit only as a difference of huge numbers, and doubles are left out.
    """
    sound = [fit for fit in fits if cancellation(fit.name, fit.a, fit.b, h) <= HUGE] or fits
    best = min((1 - fit.r2 for fit in sound), default=0.0)
    near = [fit for fit in sound if 1 - fit.r2 <= RULED_OUT * best + RIVAL * max(noise, 1e-14)]
    waves = sorted((f for f in near if f.name in ("sin", "cos")), key=lambda f: abs(math.remainder(f.b, math.tau)))
    return sorted((f for f in near if f not in waves[1:]), key=lambda f: _curve_bits(f, h, noise))


def _curve_bits(fit: CurveFit, h: Array, noise: float) -> float:
    digits = math.log2(max(cancellation(fit.name, fit.a, fit.b, h), 1.0))
    return 0.5 * len(h) * math.log2(1 - fit.r2 + max(noise, 1e-14)) + _name_bits(fit.name, len(h)) + digits


def _name_bits(name: str, n: int) -> float:
    """Bits that a name and its constants take, d apart, which is the node's."""
    row = LIBRARY[name]
    return BITS_PER_COMPLEXITY * row.complexity + 0.5 * math.log2(n) * len(set(row.free) - {"d"})


def cancellation(name: str, a: float, b: float, h: Array) -> float:
    """How many times larger f(a·h + b) is than its spread: large where a curve is a tiny piece of another function."""
    import torch

    from kan_core import FUNCTIONS

    values = FUNCTIONS[name].value(torch.as_tensor(a * h + b)).numpy()
    largest = float(np.max(np.abs(values)))
    return 1 / max(float(np.std(values / largest)), 1e-300) if 0 < largest < math.inf else math.inf


def _named(model: KAN, edge: Edge, fit: CurveFit, X: Array, y: Array, steps: int = TRIAL_STEPS) -> KAN:
    from kan_core import set_symbolic

    trial = set_symbolic(model, edge, fit.name, fit.a, fit.b, fit.c, fit.d)
    return _refitted(trial, X, y, steps)


def _refitted(model: KAN, X: Array, y: Array, steps: int) -> KAN:
    from kan_core import fit

    return fit(model, X, y, steps=steps, on_step=in_time).model


def _rmse(model: KAN, X: Array, y: Array) -> float:
    with np.errstate(all="ignore"):
        return float(np.sqrt(np.mean((model(X)[:, 0] - y) ** 2)))


def _traced(X: Array) -> Array:
    return X[:: max(1, len(X) // TRACED)]


def _thinned(X: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    """At most `ROWS` rows, spread over the table: rows may come sorted."""
    rows, target = np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.float64).ravel()
    step = max(1, -(-len(target) // ROWS))
    return rows[::step], target[::step]

"""Naming a sampled curve: every library function fitted as c·f(a·x + b) + d, best first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from symbolic._errors import SymbolicError
from symbolic.fitting._starts import Curve, Starts, concatenated, starts
from symbolic.formulas._functions import LIBRARY, SymbolicFunction, in_force

Array = NDArray[np.float64]

_POINTS = 500  # a curve is smooth: more points add time, not knowledge
_KEPT_STARTS = {"J0": 24}  # how many starts of a function are refined, where it is not six: J₀ has a basin a wave
_KEPT_OF_OWN = 24  # and of a function of the user's own, of which nothing is known
_STEPS = 40
_ALLOWED = {3: 4, 7: 2, 12: 1}  # after this many steps only so many starts of a function go on
_HOPELESS = {6: 1e4, 10: 100.0, 16: 4.0, 24: 1.5}  # after this many steps a start that leaves so many times the best
_FLOOR = 1e-20  # unexplained share below which two fits are equally exact
_BITS_PER_COMPLEXITY = 2.0


@dataclass(frozen=True)
class CurveFit:
    """A library function laid through a curve: y ≈ c·f(a·x + b) + d, with the share r2 of the variance explained."""

    name: str
    a: float
    b: float
    c: float
    d: float
    r2: float
    complexity: int


def suggest_curve(
    x: ArrayLike, y: ArrayLike, names: Iterable[str] | None = None, weights: ArrayLike | None = None
) -> list[CurveFit]:
    """Fit every library function (or those in `names`) to the points of a curve and return them best first.

    c and d are solved in closed form and (a, b) by Levenberg–Marquardt on what is left (variable projection, Golub &
    Pereyra 2003), from starts in units of the data's range and inside each function's domain. Parameters that another
    one absorbs stay at a = ±1 or b = 0, and b or d are 0 wherever that loses nothing. The order is by description
    length: n/2·log₂(1 − R²), half log₂ n bits a parameter, two bits a unit of complexity.

    A function that is undefined on the data is left out. A constant curve has no shape to name: the answer is the
    single fit "x" with c = 0.
    """
    x, y, w = _cleaned(x, y, weights)
    functions = _chosen(names)
    middle, half = (x[0] + x[-1]) / 2, (x[-1] - x[0]) / 2
    level = float(w @ y)
    spread = float(np.sqrt(w @ (y - level) ** 2))
    if half <= 4e-16 * abs(middle) or spread <= 4e-16 * np.max(np.abs(y)):
        return [CurveFit("x", 1.0, 0.0, 0.0, level, 1.0 if spread <= 4e-16 * np.max(np.abs(y)) else 0.0, 1)]
    curve = Curve((x - middle) / half, (y - level) / spread, w, middle / half)
    search = _Search(curve, functions)
    found: list[tuple[float, CurveFit]] = []
    for function, alpha, beta, without_offset in search.run():
        a = alpha / half
        b = 0.0 if without_offset else beta - alpha * middle / half
        found += _closed(function, a, b, x, y, w)
    return _best_of_each(found)


def _cleaned(x: ArrayLike, y: ArrayLike, weights: ArrayLike | None) -> tuple[Array, Array, Array]:
    """Return finite points in the order of x, at most `_POINTS` of them by quantile, with weights that sum to 1."""
    x, y = np.asarray(x, dtype=np.float64).ravel(), np.asarray(y, dtype=np.float64).ravel()
    w = np.ones_like(x) if weights is None else np.asarray(weights, dtype=np.float64).ravel()
    if not len(x) == len(y) == len(w):
        raise SymbolicError(f"A curve needs as many x as y and weights; got {len(x)}, {len(y)} and {len(w)}.")
    keep = np.flatnonzero(np.isfinite(x) & np.isfinite(y) & (w > 0))
    if len(keep) < 3:
        raise SymbolicError(f"A curve needs at least 3 finite points; got {len(keep)}.")
    order = keep[np.argsort(x[keep], kind="stable")]
    if len(order) > _POINTS:
        order = order[np.unique(np.linspace(0, len(order) - 1, _POINTS).round().astype(int))]
    return x[order], y[order], w[order] / w[order].sum()


def _chosen(names: Iterable[str] | None) -> list[SymbolicFunction]:
    if names is None:
        return list(in_force().values())
    names = [name for name in names if in_force() is LIBRARY or name in in_force()]
    unknown = [name for name in names if name not in LIBRARY]
    if unknown:
        raise SymbolicError(f"Unknown function '{unknown[0]}'. Choose among: {', '.join(LIBRARY)}.")
    return [LIBRARY[name] for name in names]


class _Search:
    """The joint search of (α, β) over all functions and starts of one curve.

    Rows of the state are starts; all arrays below are (starts, n). A row's functions and slopes are evaluated function
    by function, everything else for all rows at once.
    """

    def __init__(self, curve: Curve, functions: list[SymbolicFunction]) -> None:
        from kan_core import FUNCTIONS  # brings torch

        self.curve = curve
        self.functions = functions
        self.maps = [FUNCTIONS[function.name] for function in functions]

    def run(self) -> Iterator[tuple[SymbolicFunction, float, float, bool]]:
        """Yield (function, α, β, without offset): each function's best with an offset and its best without one.

        u = α·(t + τ) + β, with the curve's τ where there is no offset and τ = 0 where there is one.
        """
        screened = [self._screened(index) for index in range(len(self.functions))]
        owner = np.repeat(np.arange(len(screened)), [len(part.alpha) for part in screened])
        if not len(owner):
            return
        state, share = self._refined(owner, concatenated(screened))
        centred = state.without_offset(self.curve.tau)
        for index, function in enumerate(self.functions):
            for without in (True, False):
                mine = np.flatnonzero((owner == index) & (centred == without) & np.isfinite(share))
                if len(mine):
                    best = mine[np.argmin(share[mine])]
                    yield function, float(state.alpha[best]), float(state.beta[best]), without

    def _screened(self, index: int) -> Starts:
        """Return the few best starts of a function, with and without an offset."""
        part = starts(self.functions[index], self.curve)
        share = self._projected(np.full(len(part.alpha), index), part)[0]
        centred = part.without_offset(self.curve.tau)
        kept, function = [], self.functions[index]
        most = _KEPT_OF_OWN if function.own else _KEPT_STARTS.get(function.name, 6)
        for group, count in ((centred, 2), (~centred, most)):
            rows = np.flatnonzero(group & np.isfinite(share))
            kept.append(rows[np.argsort(share[rows], kind="stable")[:count]])
        return part.take(np.concatenate(kept))

    def _arguments(self, state: Starts) -> Array:
        moved = self.curve.t + state.tau[:, None]
        moved *= state.alpha[:, None]
        moved += state.beta[:, None]
        return moved

    def _limits(self, owner: NDArray[np.intp], state: Starts) -> tuple[Array, Array]:
        """Return the interval each row's u must stay in; a pole that starts among the data may stay there."""
        low = np.array([row.lower for row in self.maps])[owner]
        high = np.array([row.upper for row in self.maps])[owner]
        pole = np.array([row.pole for row in self.maps])[owner]
        left, right = _ends(state)
        low = np.where(pole & (np.minimum(left, right) >= 0), np.maximum(low, 0.0), low)
        high = np.where(pole & (np.maximum(left, right) <= 0), np.minimum(high, 0.0), high)
        return low, high

    def _mapped(self, owner: NDArray[np.intp], u: Array, slopes: bool) -> Array:
        import torch

        result = np.empty_like(u)
        edges = np.flatnonzero(np.diff(owner)) + 1
        for begin, end in zip([0, *edges], [*edges, len(owner)], strict=True):
            row = self.maps[owner[begin]]
            result[begin:end] = (row.slope if slopes else row.value)(torch.from_numpy(u[begin:end])).numpy()
        return result

    def _projected(self, owner: NDArray[np.intp], state: Starts) -> tuple[Array, Array, Array, Array]:
        """Return 1 − R², the centred function g, its norm ⟨g, g⟩ and the factor c of each row."""
        with np.errstate(all="ignore"):
            left, right = _ends(state)
            low, high = self._limits(owner, state)
            slack = 1e-12 * np.abs(state.alpha)  # the data's own ends may lie on the edge of the domain
            inside = (np.minimum(left, right) >= low - slack) & (np.maximum(left, right) <= high + slack)
            u = self._arguments(state)
            g = self._mapped(owner, np.clip(u, low[:, None], high[:, None], out=u), slopes=False)
            size = np.max(np.abs(g), axis=1)
            g /= np.where(size > 0, size, 1.0)[:, None]
            g -= (g @ self.curve.w)[:, None]
            norm = (g * g) @ self.curve.w
            inner = g @ (self.curve.w * self.curve.y)
            c = inner / norm
            rest = self.curve.y - c[:, None] * g
            share = (rest * rest) @ self.curve.w
            # A function that is flat but for rounding explains nothing, whatever its correlation says.
            good = inside & np.isfinite(share) & (norm > 1e-28)
            return np.where(good, share, np.inf), g, norm, c / size

    def _refined(self, owner: NDArray[np.intp], state: Starts) -> tuple[Starts, Array]:
        """Return all rows after Levenberg–Marquardt on (α, β), and their unexplained shares."""
        alpha, beta = state.alpha.copy(), state.beta.copy()
        share, g, norm, c = self._projected(owner, state)
        group = 2 * owner + state.without_offset(self.curve.tau)
        live = np.flatnonzero(np.isfinite(share) & (state.free_alpha | state.free_beta))
        damping = np.full(len(owner), 1e-3)
        for step in range(_STEPS):
            if not len(live):
                break
            owners = owner[live]
            now = Starts(alpha[live], beta[live], state.tau[live], state.free_alpha[live], state.free_beta[live])
            by_alpha, by_beta = self._moves(owners, now, g[live], norm[live], c[live], damping[live])
            trial = Starts(now.alpha + by_alpha, now.beta + by_beta, now.tau, now.free_alpha, now.free_beta)
            tried = self._projected(owners, trial)
            better = tried[0] < share[live]
            gain = np.where(better, share[live] - tried[0], 0.0)
            won = live[better]
            alpha[won], beta[won] = trial.alpha[better], trial.beta[better]
            share[won], g[won], norm[won], c[won] = (array[better] for array in tried)
            damping[live] = np.where(better, np.maximum(damping[live] / 8, 1e-12), damping[live] * 6)
            settled = (share[live] < 1e-28) | (damping[live] > 1e5) | (better & (gain < 1e-9 * share[live]))
            live = _contenders(group, share, live[~settled], step)
        return Starts(alpha, beta, state.tau, state.free_alpha, state.free_beta), share

    def _moves(
        self, owner: NDArray[np.intp], now: Starts, g: Array, norm: Array, c: Array, damping: Array
    ) -> tuple[Array, Array]:
        """Return the damped Gauss–Newton step of (α, β) with c and d projected out (Kaufman's Jacobian)."""
        w = self.curve.w
        with np.errstate(all="ignore"):
            slope = self._mapped(owner, self._arguments(now), slopes=True) * c[:, None]
            slope[~np.isfinite(slope)] = 0.0  # a root has no finite slope at the very edge of its domain
            rest = self.curve.y - ((g @ (w * self.curve.y)) / norm)[:, None] * g
            j_beta = slope * now.free_beta[:, None]
            j_alpha = slope * (self.curve.t + now.tau[:, None]) * now.free_alpha[:, None]
            for j in (j_alpha, j_beta):
                j -= (j @ w)[:, None]
                j -= (((j * g) @ w) / norm)[:, None] * g
            step_alpha, step_beta = _damped(j_alpha, j_beta, rest, w, damping)
        return self._kept_inside(owner, now, step_alpha, step_beta)

    def _kept_inside(
        self, owner: NDArray[np.intp], now: Starts, step_alpha: Array, step_beta: Array
    ) -> tuple[Array, Array]:
        """Shorten steps that would leave the domain to nine tenths of the way to its edge."""
        low, high = self._limits(owner, now)
        shrink = np.ones(len(owner))
        for sign in (-1.0, 1.0):
            place = now.alpha * (sign + now.tau) + now.beta
            speed = step_alpha * (sign + now.tau) + step_beta
            with np.errstate(all="ignore"):
                room = np.where(speed < 0, (low - place) / speed, (high - place) / speed)
            room = np.where((speed == 0) | np.isnan(room), np.inf, room)
            shrink = np.minimum(shrink, np.where(room < 1.0, 0.9 * np.maximum(room, 0.0), 1.0))
        return step_alpha * shrink, step_beta * shrink


def _contenders(group: NDArray[np.intp], share: Array, live: NDArray[np.intp], step: int) -> NDArray[np.intp]:
    """Drop starts that lag behind better ones of the same function, or far behind the best of any."""
    if step in _HOPELESS:
        live = live[share[live] <= _HOPELESS[step] * max(float(np.min(share)), _FLOOR)]
    allowed = _ALLOWED.get(step)
    if allowed is None or not len(live):
        return live
    order = live[np.lexsort((share[live], group[live]))]
    rank = np.arange(len(order)) - np.searchsorted(group[order], group[order])
    return np.sort(order[rank < allowed])


def _ends(state: Starts) -> tuple[Array, Array]:
    """Return u at t = −1 and at t = 1."""
    return state.alpha * (state.tau - 1) + state.beta, state.alpha * (state.tau + 1) + state.beta


def _damped(j_alpha: Array, j_beta: Array, rest: Array, w: Array, damping: Array) -> tuple[Array, Array]:
    """Solve the damped two-column least squares problem of every row; a column of zeros gets a zero step."""
    aa, bb, ab = (j_alpha**2) @ w, (j_beta**2) @ w, (j_alpha * j_beta) @ w
    ra, rb = (j_alpha * rest) @ w, (j_beta * rest) @ w
    aa, bb = np.where(aa > 0, aa * (1 + damping), 1.0), np.where(bb > 0, bb * (1 + damping), 1.0)
    determinant = aa * bb - ab**2
    step_alpha, step_beta = (ra * bb - rb * ab) / determinant, (rb * aa - ra * ab) / determinant
    good = np.isfinite(step_alpha) & np.isfinite(step_beta)
    return np.where(good, step_alpha, 0.0), np.where(good, step_beta, 0.0)


def _closed(
    function: SymbolicFunction, a: float, b: float, x: Array, y: Array, w: Array
) -> list[tuple[float, CurveFit]]:
    """Return the fits of c and d, and of c alone with d = 0, for one (a, b), each with its description length."""
    a, b = _canonical(function, a, b, x)
    with np.errstate(all="ignore"):
        f = _value(function.name, a * x + b)
        mean, level = w @ f, w @ y
        centred, rise = f - mean, y - level
        c = np.divide(w * centred @ rise, w * centred @ centred)
        c_alone = np.divide(w * f @ y, w * f @ f)
        variance = w * rise @ rise
        choices = [
            (float(c), float(level - c * mean), float(w @ (rise - c * centred) ** 2 / variance)),
            (float(c_alone), 0.0, float(w @ (y - c_alone * f) ** 2 / variance)),
        ]
    nonlinear = sum(letter in function.free for letter in "ab") - ("b" in function.free and b == 0)
    return [
        (
            _bits(share, len(x), nonlinear + 1 + (d != 0)) + _BITS_PER_COMPLEXITY * function.complexity,
            CurveFit(function.name, a, b, c, d, 1 - share, function.complexity),
        )
        for c, d, share in choices
        if np.isfinite(share) and np.isfinite(c) and np.isfinite(d)
    ]


def _bits(share: float, points: int, parameters: int) -> float:
    return 0.5 * points * float(np.log2(share + _FLOOR)) + 0.5 * parameters * float(np.log2(points))


def _canonical(function: SymbolicFunction, a: float, b: float, x: Array) -> tuple[float, float]:
    """Return (a, b) of the same curve without what c and d absorb: |a| = 1, b = 0, a > 0, |b| ≤ π/2."""
    if function.absorbs_scale:
        a, b = float(np.sign(a)), b / abs(a)
    if not function.signed and a < 0:
        a, b = -a, -b
    if function.name in ("sin", "cos"):
        b -= np.pi * round(b / np.pi)
    # exp(a·x) alone may overflow where exp(a·x + b) does not: the offset then stays.
    if "b" not in function.free and not (function.name == "exp" and np.max(np.abs(a * x)) > 600):
        b = 0.0
    if "b" not in function.free and function.name == "x":
        b = 0.0
    return float(a), float(b)


def _value(name: str, u: Array) -> Array:
    import torch

    from kan_core import FUNCTIONS

    return np.asarray(FUNCTIONS[name].value(torch.from_numpy(np.ascontiguousarray(u))).numpy())


def _best_of_each(found: Iterable[tuple[float, CurveFit]]) -> list[CurveFit]:
    """Return one fit a function, the shortest descriptions first."""
    ranked = sorted(found, key=lambda pair: pair[0])
    best: dict[str, CurveFit] = {}
    for _, fit in ranked:
        best.setdefault(fit.name, fit)
    return list(best.values())

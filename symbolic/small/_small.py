"""Laws for tables too small for a network: parametric families, judged by AICc and leave-one-out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from symbolic import _clock
from symbolic._errors import SymbolicError
from symbolic.asked._hints import Hints
from symbolic.fitting._refine import Loss
from symbolic.formulas._complexity import complexity
from symbolic.formulas._numeric import evaluate
from symbolic.laws._constants import Recognised, recognise
from symbolic.laws._law import Constant, Discovery, Law, Variable, make_variables
from symbolic.laws._picture import as_network
from symbolic.laws._progress import OnProgress, Progress
from symbolic.small._curves import shaped
from symbolic.small._evidence import about_constants, about_loss, about_rivals, judged, opening, rounding
from symbolic.small._families import Family, Screened, curved, designs, screened
from symbolic.small._fits import SmallFit, SmallRows, aicc_of, chosen, fit_family

Array = NDArray[np.float64]

_OTHERS = 8  # families beside the best whose laws are kept
_REFINED, _POWERS = 12, 4  # families a loss, and sums of powers, that are refined after the closed-form screening


def discover_small(
    X: ArrayLike,
    y: ArrayLike,
    names: Sequence[str],
    target: str = "y",
    sigma: ArrayLike | None = None,
    digits: int | None = None,
    budget: float = 60.0,
    on_progress: OnProgress | None = None,
    hints: Hints | None = None,
) -> Discovery:
    """Find the law of a table of under about fifty rows.

    Families of formulas (sums of simple functions under simple links, power laws, exponentials, polynomials, waves,
    peaks) are screened in closed form and the best refined with absolute and, where y has one sign, relative errors;
    the evidence chooses between the two. The simplest family within 4 AICc of the best stands (Burnham & Anderson
    2002), its constants are recognised, and leave-one-out says how well it predicts. There is no test score: so few
    rows cannot spare any. `digits` is the number of significant digits of y, where known; otherwise it is read from
    the values.
    Every law keeps to the `hints`.
    """
    began = _clock.now()
    variables = make_variables(names)
    rows = _checked(X, y, tuple(sp.Symbol(v.symbol) for v in variables), sigma)
    frame = _Frame(target, variables, rows, digits, began, began + budget, on_progress, hints or Hints())
    count = len(rows.y)
    if not frame.tell("data", f"{count} rows: too few for a network, so families of formulas are compared.", 0.05):
        return frame.nothing("The search was cancelled.")
    fits = _fitted(frame)
    if not fits:
        return frame.nothing(f"No family of formulas could be fitted to {count} rows.")
    return _answer(frame, fits)


def _answer(frame: _Frame, fits: list[SmallFit]) -> Discovery:
    """The discovery of the family that stands, or of the next where its law does not keep to the hints."""
    rows, wrong = frame.rows, ""
    while fits:
        best, rivals = chosen(rows, fits)
        if not best.family.expr.free_symbols & set(rows.symbols):
            return frame.nothing(
                "No family explains the target better than a constant: no dependence is seen in these rows."
            )
        frame.tell("name", f"Best family: {best.family.words}.", 0.75)
        called, named = _named(frame, best)
        law = frame.law(_tidied(named.expr), named.constants, called.family.words)
        if not (fault := frame.hints.fault(law.expr)):
            return _reported(frame, law, called, named, rivals, fits)
        wrong, fits = f"{law} {fault}", [fit for fit in fits if fit is not best]
    return frame.nothing(f"No law keeps to the hints: {wrong}.")


def _checked(X: ArrayLike, y: ArrayLike, symbols: tuple[sp.Symbol, ...], sigma: ArrayLike | None) -> SmallRows:
    X, y = np.asarray(X, dtype=np.float64), np.asarray(y, dtype=np.float64).ravel()
    X = X[:, None] if X.ndim == 1 else X
    if X.shape != (len(y), len(symbols)):
        raise SymbolicError(f"X must be ({len(y)}, {len(symbols)}), a row a measurement; got {X.shape}.")
    if not (np.isfinite(X).all() and np.isfinite(y).all()):
        raise SymbolicError("X and y must be finite numbers. Drop the rows with gaps.")
    if len(y) < 3:
        raise SymbolicError(f"A law needs at least 3 rows; got {len(y)}. Measure more.")
    return SmallRows(X, y, symbols, None if sigma is None else np.broadcast_to(np.asarray(sigma, float), y.shape))


@dataclass(frozen=True)
class _Frame:
    """What stays the same during one search."""

    target: str
    variables: tuple[Variable, ...]
    rows: SmallRows
    digits: int | None
    began: float
    deadline: float
    on_progress: OnProgress | None
    hints: Hints

    def tell(self, stage: str, text: str, fraction: float, law: Law | None = None) -> bool:
        if self.on_progress is None:
            return True
        rmse = None if law is None else law.rmse_train
        front = () if law is None else (law,)
        progress = Progress(stage, text, fraction, None if law is None else str(law), rmse, best=law, front=front)
        return self.on_progress(progress) is not False

    def nothing(self, sentence: str) -> Discovery:
        return Discovery(None, (), "none", (sentence,), _clock.now() - self.began)

    def law(self, expr: sp.Expr, constants: tuple[Constant, ...], words: str) -> Law:
        rows = self.rows
        residual = rows.y - evaluate(expr, rows.symbols, rows.X)
        columns = zip(self.variables, rows.X.T, strict=True)
        return Law(
            expr=expr,
            target=self.target,
            variables=self.variables,
            complexity=complexity(expr),
            rmse_train=float(np.sqrt(np.mean(residual**2))),
            constants=constants,
            domain={v.name: (float(c.min()), float(c.max())) for v, c in columns},
            provenance=f"small table, {len(rows.y)} rows: {words}",
        )


def _fitted(frame: _Frame) -> list[SmallFit]:
    """Return the refined families, the best AICc first."""
    rows = frame.rows
    one_sign = bool(np.all(rows.y > 0) or np.all(rows.y < 0))
    losses: list[Loss] = ["absolute", "relative"] if one_sign and rows.sigma is None else ["absolute"]
    weight = None if rows.sigma is None else 1 / rows.sigma
    choices = designs(rows.X, rows.y, rows.symbols)
    found = {loss: screened(choices, rows.y, loss, weight) for loss in losses}
    starts = [(family, loss) for loss in losses for family in _shortlist(rows, found[loss], loss)]
    others = [*curved(rows.X, rows.y, rows.symbols), *shaped(rows.X, rows.y, rows.symbols)]
    starts += [(family, loss) for family in others for loss in losses]
    fits: dict[tuple[str, Loss], SmallFit] = {}
    told: set[str] = set()
    count = len(starts)
    starts = [(family, loss) for family, loss in starts if frame.hints.permits(family.expr)]
    for number, (family, loss) in enumerate(starts):
        if _clock.now() > frame.deadline and fits:
            break
        if family.words not in told and not frame.tell("train", f"Fitting {family.words}.", 0.1 + 0.6 * number / count):
            break
        told.add(family.words)
        fit = fit_family(rows, family, loss)
        if fit is not None and (fit.aicc < fits[key].aicc if (key := (family.words, loss)) in fits else True):
            fits[family.words, loss] = fit
    return sorted(fits.values(), key=lambda fit: (fit.aicc, fit.size))


def _shortlist(rows: SmallRows, found: list[Screened], loss: Loss) -> list[Family]:
    """Return the constant, the best proportionality and line, and those with the best screened AICc."""
    ranked = sorted(found, key=lambda s: aicc_of(rows, s.squares, len(s.fitted), loss))
    plain = [next((s for s in ranked if s.design.plain and len(s.fitted) == k), None) for k in (1, 2)]
    # Sums of powers are so many that some come near by chance: they leave room for the others.
    near = [*[s for s in ranked if s.design.powers][:_POWERS], *[s for s in ranked if not s.design.powers][:_REFINED]]
    # The best come first: there may be time for no others.
    best = [s for s in ranked if any(s is one for one in near)]
    kept = {s.design.words: s for s in [*best, *plain, *found[:1]] if s is not None}
    return [s.family() for s in kept.values()]


def _reported(
    frame: _Frame, law: Law, best: SmallFit, named: Recognised, rivals: list[SmallFit], fits: list[SmallFit]
) -> Discovery:
    """A law with its status, the evidence for it, and the laws beside it."""
    rows = frame.rows
    frame.tell("law", "The constants are recognised.", 0.9, law)
    status, verdict = judged(rows, frame.digits, best, law)
    evidence = (
        opening(rows, fits),
        *about_loss(best, fits),
        *about_constants(best, named),
        *about_rivals(rows, best, rivals),
        verdict,
    )
    front, others = _front(frame, law, best, rivals)
    model = as_network(
        replace(law, expr=named.expr)
    )  # as it was fitted: 1/(1/u + 1/v) is a network, u·v/(u + v) is none
    frame.tell("law", str(law), 1.0, law)
    return Discovery(law, front, status, evidence, _clock.now() - frame.began, model, others)


def _named(frame: _Frame, best: SmallFit) -> tuple[SmallFit, Recognised]:
    """Return the fit and its recognised constants, written as c·φ + d or c·(φ + d), whichever has more exact ones."""
    rows = frame.rows

    def read(fit: SmallFit) -> Recognised:
        floor = rounding(rows, frame.digits, fit) / 4
        return recognise(
            fit.family.expr, fit.refined, rows.X, rows.y, rows.symbols, sigma=rows.sigma, loss=fit.loss, floor=floor
        )

    named = read(best)
    if best.family.factored is None or any(form == 0 for form in named.forms.values()):
        return best, named
    other = fit_family(rows, best.family.factored(*best.refined.values.values()), best.loss)
    if other is None:
        return best, named
    other_named = read(other)
    better = _exact_constants(other_named) > _exact_constants(named)
    return (other, other_named) if better else (best, named)


def _tidied(expr: sp.Expr) -> sp.Expr:
    """Return a formula without measured numbers over one denominator, where that is shorter: u·v/(u + v)."""
    return expr if expr.has(sp.Float) else min(expr, sp.together(expr), key=complexity)


def _exact_constants(named: Recognised) -> int:
    return sum(constant.recognised is not None for constant in named.constants)


def _front(frame: _Frame, law: Law, best: SmallFit, rivals: list[SmallFit]) -> tuple[tuple[Law, ...], tuple[Law, ...]]:
    """Return the laws that are not both more complex and worse than another one, the simplest first, and others."""
    found = [(law, best.refined.scatter)]
    for fit in rivals:
        if not fit.family.expr.free_symbols & set(frame.rows.symbols):
            continue
        values = fit.refined.values
        expr = fit.family.expr.subs({s: sp.Float(v) for s, v in values.items()})
        constants = tuple(Constant(v, fit.refined.stderr[s]) for s, v in values.items())
        found.append((frame.law(expr, constants, fit.family.words), fit.refined.scatter))
    near = [other for other, _ in found[1 : _OTHERS + 1]]
    found = [pair for pair in found if pair[0] is law or not frame.hints.fault(pair[0].expr)]
    found.sort(key=lambda pair: (pair[0].complexity, pair[1]))
    front: list[Law] = []
    smallest = math.inf
    for candidate, scatter in found:
        if scatter < smallest * (1 - 1e-9) or candidate is law:
            front.append(candidate)
            smallest = min(smallest, scatter)
    others = [other for other in near if not any(other is one for one in front)]
    return tuple(front), tuple(other for other in others if not frame.hints.fault(other.expr))


__all__ = ["as_network", "discover_small"]

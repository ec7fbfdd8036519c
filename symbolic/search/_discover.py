"""Discovery: from a table to the simplest law that explains it, every stage reported.

The first law at the precision of the data, or at a white noise floor, ends the search; otherwise the best by
description length is returned, with what remains unexplained said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from symbolic import _clock
from symbolic._clock import left, until
from symbolic._errors import SymbolicError
from symbolic.asked._gate import Rows, gate
from symbolic.asked._hints import Hints
from symbolic.asked._hints_read import read_hints
from symbolic.formulas._own import Own
from symbolic.laws._law import Discovery, Law
from symbolic.laws._progress import OnProgress
from symbolic.networks._from_network import settle
from symbolic.search._course import Course
from symbolic.search._request import Request
from symbolic.search._robust import Robust, was_stopped
from symbolic.search._search import search
from symbolic.small._small import discover_small
from symbolic.units._law_units import given
from symbolic.units._unit_table import Units

PLAIN_ROWS = 150  # that the plainest families are compared on
LEAST = 0.5  # of the variance of rows that it was not fitted to: what explains less is no law
PLAIN = 0.1  # of the budget, and at most half a second, is left for plain families where a search finds nothing
BOUND = 0.85  # of the budget: with hints, plain families that keep to them may have to take the place of a law


def discover(
    X: ArrayLike,
    y: ArrayLike,
    names: Sequence[str] | None = None,
    target: str = "y",
    units: dict[str, str] | None = None,
    sigma: ArrayLike | None = None,
    hints: Mapping[str, object] | Hints | None = None,
    budget: float = 60.0,
    seed: int = 0,
    on_progress: OnProgress | None = None,
    robust: Robust = False,
    functions: Sequence[Own] = (),
    digits: int | None = None,
) -> Discovery:
    """Finds a closed-form law y = f(X) for rows X (n, d), y (n,), in at most about `budget` seconds.

    `names` are the columns of X, `units` the units of all of them and of the target by name, as text, `sigma` (n,) the
    standard errors of y where they are known. `on_progress(Progress)` hears of every stage and cancels the search by
    answering False; the best law so far is then returned.

    `hints` hold what is known beforehand (fields: `symbolic.asked._hints.Hints`); every law returned keeps to them.
    `functions` are the user's own, as formulas of one variable or from `own_function`. With `robust` outliers are set
    aside and named in the evidence; "auto" does so only where a search in all rows has left structure unexplained.
    `digits` is to how many significant digits y was printed, where its values do not show that themselves.

    Raises SymbolicError where the table cannot support a law: too few rows, a value that is not finite, a text
    that is no unit, a hint that cannot be read; UnitError, one of these, where units allow no law.
    """
    rows = replace(gate(X, y, names, target, sigma, seed), digits=digits)
    wanted = read_hints(hints, rows.names, functions)
    asked = Request(rows, wanted, given(units, rows.names, target, wanted.constants), robust, budget, seed)

    def searched(part: Rows, units: Units | None, seconds: float) -> Discovery:
        if asked.few:
            return discover_small(
                part.X, part.y, part.names, part.target, part.sigma, budget=seconds, on_progress=on_progress,
                hints=wanted, digits=part.digits,
            )  # fmt: skip
        bound = wanted != Hints()
        began = _clock.now()
        length = seconds * BOUND if bound else seconds - min(PLAIN * seconds, 0.5)
        found = search(Course(part, length, seed, on_progress, units, wanted))
        if found.best is None and not was_stopped(found):
            with until(began + seconds):
                return _plain(found, part, wanted)
        if not bound:
            return found
        said = ("Of the laws that keep to the hints this is the best.",) if found.status == "approximate" else ()
        return replace(found, evidence=(*found.evidence, *said))

    return asked.answered(searched)


def _plain(found: Discovery, rows: Rows, hints: Hints) -> Discovery:
    """What a search has that found nothing (within the hints): the best plain family of formulas that keeps to them."""
    X, y = rows.part("train")
    few = discover_small(X[:PLAIN_ROWS], y[:PLAIN_ROWS], rows.names, rows.target, budget=0.6 * left(), hints=hints)
    bound = hints != Hints()
    nothing = f"No law{' that keeps to the hints' if bound else ''} was found in time that explains the data."
    if few.best is None:
        return replace(found, evidence=(*found.evidence, nothing))
    try:
        law = settle(few.best.expr, rows, few.best.provenance).law
    except SymbolicError:
        return replace(found, evidence=(*found.evidence, nothing))
    law = few.best if hints.fault(law.expr) else law
    if not _explains(law, rows):
        return replace(found, evidence=(*found.evidence, nothing))
    said = f"{nothing} Of the plain families of formulas{' that keep to them' if bound else ''} this is the best."
    return replace(found, best=law, front=(law,), status="approximate", evidence=(*found.evidence, said))


def _explains(law: Law, rows: Rows) -> bool:
    """Whether a law says something of rows that it was not fitted to; at a pole it says nothing."""
    X, y = rows.part("validation")
    with np.errstate(all="ignore"):
        left_over = float(np.mean((y - law.predict(X)) ** 2))
    return left_over <= (1 - LEAST) * float(np.var(y))

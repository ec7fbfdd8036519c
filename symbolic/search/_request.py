"""One request for a law: what is locked is taken off, outliers are set aside, and what is found is completed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from datasets import DataError, Unit, read_unit, unit_of
from symbolic import _clock
from symbolic._clock import until
from symbolic._errors import UnitError
from symbolic._threads import one_thread
from symbolic.asked._gate import Rows
from symbolic.asked._hints import Hints
from symbolic.asked._locked import Locked, locked
from symbolic.formulas._functions import only
from symbolic.formulas._text import spoken, spoken_in
from symbolic.laws._decide import decided
from symbolic.laws._law import Discovery, make_variables
from symbolic.laws._uncertainty import measured_all
from symbolic.search._robust import Robust, searched
from symbolic.units._dimensions import refusal
from symbolic.units._known import named
from symbolic.units._law_units import Given, with_units
from symbolic.units._unit_table import Units

SMALL = 50  # rows below which a spline cannot be afforded
COMPLETED = 1.05  # of the budget: what is said of a law may run on a little

Search = Callable[[Rows, Units | None, float], Discovery]


@dataclass(frozen=True)
class Request:
    """The rows, what is known beforehand, and what a search may take."""

    rows: Rows
    hints: Hints
    given: Given
    robust: Robust
    budget: float
    seed: int

    @property
    def few(self) -> bool:
        """Whether the table is too small for a network."""
        return len(self.rows.y) < SMALL

    def answered(self, search: Search) -> Discovery:
        """The discovery of `search(rows, units, seconds)` in the user's own columns, with all that is said of it."""
        if self.given.units is not None and not self.hints.unit_constants and (why := refusal(self.given.units)):
            raise UnitError(why)
        with one_thread(networks=not self.few):
            return self._answered(search)

    def _answered(self, search: Search) -> Discovery:
        began = _clock.now()
        with only(self.hints.functions_in_force()), until(began + self.budget):
            lock = locked(self.rows, self.hints)
            asked = self.rows if lock is None else lock.rows
            units, note = self._units(lock)
            found, kept = searched(
                asked, self.robust, self.few, self.seed, self.budget, lambda rows, seconds: search(rows, units, seconds)
            )
            if lock is not None:
                found = lock.back(replace(found, evidence=(*found.evidence, *note)), self.hints, self.few)
        with until(began + COMPLETED * self.budget):
            found = self._completed(found, kept)
        return replace(found, seconds=_clock.now() - began)

    def _units(self, lock: Locked | None) -> tuple[Units | None, tuple[str, ...]]:
        """The units of the smaller problem, where its columns have some."""
        units = self.given.units
        if units is None or lock is None:
            return units, ()
        if lock.link is not None:
            return None, ("Units were left out of the search: what is under a link has another one.",)
        known = {v.symbol: unit for v, unit in zip(make_variables(self.rows.names), units.inputs, strict=True)}
        try:
            inputs = [_unit(expr, known) for expr in lock.columns]
        except DataError as error:
            return None, (f"Units were left out of the search. {error}",)
        return replace(units, inputs=tuple(inputs)), ()

    def _completed(self, found: Discovery, kept: NDArray[np.bool_]) -> Discovery:
        """Errors of its numbers, names of known constants, units, and where a measurement would decide."""
        rows = self.rows
        chosen = np.flatnonzero(kept) if self.few else rows.split["train"][kept[rows.split["train"]]]
        X, y, errors = rows.X[chosen], rows.y[chosen], None if rows.sigma is None else rows.sigma[chosen]
        found = named(with_units(found, self.given), self.hints, rows, kept)
        found = decided(measured_all(found, X, y, errors), X, y, errors)
        said = spoken(rows.names) | spoken([rows.target])
        return replace(found, evidence=tuple(spoken_in(sentence, said) for sentence in found.evidence))


def _unit(expr: sp.Expr, known: dict[str, Unit]) -> Unit:
    """The unit of an expression: the product of powers of those of its columns."""
    if expr.is_Symbol:
        return known[expr.name]
    unit_of(expr, known)  # raises where it has none
    parts = []
    for base, power in expr.as_powers_dict().items():
        if base.is_number:
            continue
        if not (base.is_Symbol and power.is_Rational):
            raise DataError(f"The unit of {expr} cannot be written as a product of those of its columns.")
        parts.append(f"({known[base.name].text})^({power})")
    return read_unit(" ".join(parts))

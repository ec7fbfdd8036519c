"""The course of one search: its clock, what it has found and learned, and its voice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symbolic import _clock
from symbolic.asked._gate import Rows
from symbolic.asked._hints import Hints
from symbolic.laws._progress import OnProgress, Progress
from symbolic.networks._from_network import Reading
from symbolic.search._findings import Findings
from symbolic.units._unit_table import Units

if TYPE_CHECKING:
    from kan_core import KAN, FitStep

Array = NDArray[np.float64]

SEARCHING = 0.9  # of the budget: the law is still to be written down
REACHED = {"data": 0.02, "train": 0.1, "prune": 0.4, "name": 0.6, "law": 0.9}  # of the search, stage by stage


class Cancelled(Exception):  # noqa: N818 - asked for, not an error
    """Leaves the search when the caller answers a report with False."""


class Course:
    """One search as it goes on: `rows` to explain within `budget` seconds from now, under `hints` and `units`."""

    def __init__(
        self,
        rows: Rows,
        budget: float,
        seed: int,
        on_progress: OnProgress | None,
        units: Units | None,
        hints: Hints,
    ) -> None:
        self.rows, self.budget, self.seed, self.on_progress = rows, budget, seed, on_progress
        self.units, self.hints = units, hints
        self.started = _clock.now()
        self.findings = Findings(rows, hints, units)
        self.evidence: list[str] = []
        self.weighed = ""  # in what way rows count by a guess at their errors, if they do
        self.fraction = 0.0

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return _clock.now() - self.started

    @property
    def late(self) -> bool:
        """Whether nothing more is to be looked for."""
        return self.elapsed > SEARCHING * self.budget

    def at(self, share: float) -> float:
        """The reading of the clock when a share of the budget is spent."""
        return self.started + share * self.budget

    def weigh(self, size: Callable[[Array], Array], least: float, share: float) -> None:
        """Let rows count by errors √(least² + share²·y²), with `size` an estimate of y at rows X (n, d)."""
        about = np.clip(size(self.rows.X), float(self.rows.y.min()), float(self.rows.y.max()))
        sigma = np.hypot(least, share * np.nan_to_num(about, nan=float(np.median(self.rows.y))))
        self.rows = replace(self.rows, sigma=sigma, guessed=True)
        self.findings = Findings(self.rows, self.hints, self.units)
        target = self.rows.target
        grown = f"The scatter of {target} grows with it, to {100 * share:.2g} % of large values"
        self.weighed = f"{grown}: rows count by their own errors."
        self.evidence.append(self.weighed)

    def keep(self, reading: Reading, model: KAN | None) -> None:
        """Add a law to the findings, and say so."""
        before = len(self.findings.found)
        self.evidence += self.findings.keep(reading, model)
        if len(self.findings.found) > before:
            self.say("law", str(reading.law), model)

    def say(self, stage: str, text: str, model: KAN | None = None, rmse: float | None = None) -> None:
        """Report where the search stands; Cancelled where the caller has heard enough."""
        best = self.findings.best.law if self.findings.found else None
        # How far a search will have to go is not known: the bar follows the stages, and the clock where that is ahead.
        self.fraction = max(self.fraction, REACHED[stage], min(self.elapsed / self.budget, 1.0))
        if self.on_progress is None:
            return
        law, front, evidence = None if best is None else str(best), self.findings.front(), tuple(self.evidence)
        if self.on_progress(Progress(stage, text, self.fraction, law, rmse, model, best, front, evidence)) is False:
            raise Cancelled

    def hear(self, step: FitStep) -> bool:
        """Pass a training step on; the budget binds here too."""
        self.say("train", f"step {step.step}: error {step.rmse_train:.2e}", step.model, step.rmse_train)
        return not self.late

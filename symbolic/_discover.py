"""Discovery: from a table to the simplest law that explains it, every stage reported.

A structure is proposed as an over-complete network, a sparse fit cuts it down, its curves are refined and named, and
the constants of the formula are settled. The first law at the precision of the data, or at a white noise floor, ends
the search; otherwise the best by description length is returned, with what remains unexplained said.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import sympy as sp
from numpy.typing import ArrayLike, NDArray

from symbolic._complexity import complexity
from symbolic._dimensions import Units, by_constants, by_units, remarks
from symbolic._errors import SymbolicError
from symbolic._from_network import FITTED_ROWS, Reading, drawn, read_law, settle
from symbolic._gate import Rows, gate
from symbolic._hints import Hints, read_hints
from symbolic._law import Discovery, Law, Status, make_variables
from symbolic._law_units import fault, gathered, given
from symbolic._noise import is_white, sigma_neighbours
from symbolic._own import Own
from symbolic._progress import OnProgress, Progress
from symbolic._request import Request
from symbolic._robust import Robust
from symbolic._small import discover_small
from symbolic._snap import ROWS, description_length, name_all
from symbolic._stages import solve
from symbolic._straighten import straightened
from symbolic._structures import Widths, structures
from symbolic._task import EXACT, NOISE_MARGIN, Candidate, Task, numbers

if TYPE_CHECKING:
    from kan_core import KAN, FitStep

Array = NDArray[np.float64]

STEPS, FINER_STEPS = 40, 20
RESTARTS = {False: 2, True: 4}  # with product nodes, which stick more often, or without
SPARSITY = 1e-3  # share of the variance an edge has to earn
GRID, FINER = 5, (10, 20)
SPARSITY_IN_NOISE = 0.03  # the same in units of the noise's variance
PROPOSING = 0.7  # of the budget: the most that formulas without networks may take
SEARCHING = 0.9  # of the budget: what ends then may run on a little, and the law is still to be written down
LAST_ROWS = 20_000  # that settle the numbers of the law that is returned
PATIENCE = 0.25  # of the budget: for a plainer law, once one leaves nothing but noise
PROPOSED_ROWS = 6000  # that these look at
SLACK = 15.0  # bits that a formula may cost more than the best before it to be settled
BITS_PER_NODE = 3.0
PLAIN = ("0", "1", "-1", "2", "-2", "3", "-3", "4", "-4", "1/2", "-1/2")  # numbers that no fit comes to by chance
PLAIN_ROWS = 150  # that the plainest families are compared on
UNDECIDED, MOST_RIVALS = 30.0, 2  # bits; structures named although one has settled the matter
REACHED = {"data": 0.02, "train": 0.1, "prune": 0.4, "name": 0.6, "law": 0.9}  # of the search, stage by stage
CONVINCING = 1e-3  # RMSE of a network, relative to the spread of y, that is named before others are tried
PROMISING = 0.1  # RMSE of a network, beyond the noise, for which naming its curves is worth the time


class Cancelled(Exception):  # noqa: N818 - asked for, not an error
    """Leaves the search when the caller answers a report with False."""


@dataclass(frozen=True)
class Found:
    """A law read from a network, with its RMSE on the validation rows relative to the spread of y."""

    reading: Reading
    model: KAN | None  # None where the law has no network of a simple shape
    error: float
    price: float  # description length in bits

    @cached_property
    def white(self) -> bool:
        """Whether what the law leaves shows no structure."""
        return is_white(self.reading.residual, self.reading.X)


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
) -> Discovery:
    """Finds a closed-form law y = f(X) for rows X (n, d), y (n,), in at most about `budget` seconds.

    `names` are the columns of X, `units` the units of all of them and of the target by name, as text, `sigma` (n,) the
    standard errors of y where they are known. `on_progress(Progress)` hears of every stage and cancels the search by
    answering False; the best law so far is then returned.

    `hints` hold what is known beforehand (see `symbolic._hints.Hints` for the fields); every law returned keeps to
    them. `functions` are the user's own, as formulas of one variable or from `own_function`. With `robust` outliers are
    set aside and named in the evidence; "auto" does so only where a search in all rows has left structure unexplained.

    Raises SymbolicError where the table cannot support a law: too few rows, a value that is not finite, a text
    that is no unit, a hint that cannot be read; UnitError, one of these, where units allow no law.
    """
    rows = gate(X, y, names, target, sigma, seed)
    wanted = read_hints(hints, rows.names, functions)
    asked = Request(rows, wanted, given(units, rows.names, target, wanted.constants), robust, budget, seed)

    def search(part: Rows, units: Units | None, seconds: float) -> Discovery:
        if asked.few:
            return discover_small(
                part.X, part.y, part.names, part.target, part.sigma, budget=seconds, on_progress=on_progress,
                hints=wanted,
            )  # fmt: skip
        found = _Search(part, seconds, seed, on_progress, units, wanted).run()
        if wanted == Hints():
            return found
        if found.best is None:
            return _plain(found, part, wanted, seconds)
        said = ("Of the laws that keep to the hints this is the best.",) if found.status == "approximate" else ()
        return replace(found, evidence=(*found.evidence, *said))

    return asked.answered(search)


def _plain(found: Discovery, rows: Rows, hints: Hints, budget: float) -> Discovery:
    """What a search has that found nothing within the hints: the best plain family of formulas that keeps to them."""
    X, y = rows.part("train")
    few = discover_small(
        X[:PLAIN_ROWS], y[:PLAIN_ROWS], rows.names, rows.target, budget=max(budget / 20, 1.5), hints=hints
    )
    nothing = "No law that keeps to the hints explains the data."
    if few.best is None:
        return replace(found, evidence=(*found.evidence, nothing))
    try:
        law = settle(few.best.expr, rows, few.best.provenance).law
    except SymbolicError:
        return replace(found, evidence=(*found.evidence, nothing))
    law = few.best if hints.fault(law.expr) else law
    said = f"{nothing} Of the plain families of formulas that keep to them this is the best."
    return replace(found, best=law, front=(law,), status="approximate", evidence=(*found.evidence, said))


class _Search:
    """One run: what it has found so far, its clock, and its voice."""

    def __init__(
        self,
        rows: Rows,
        budget: float,
        seed: int,
        on_progress: OnProgress | None,
        units: Units | None = None,
        hints: Hints | None = None,
    ) -> None:
        self.rows, self.budget, self.seed, self.on_progress = rows, budget, seed, on_progress
        self.units, self.hints, self.left_out = units, hints or Hints(), ""
        self.started = time.perf_counter()
        self.found: list[Found] = []
        self.evidence: list[str] = []
        self.fraction = 0.0
        X, y = rows.part("train")
        self.spread = float(np.std(y))
        self.noise = (sigma_neighbours(X, y) or 0.0) / self.spread

    def run(self) -> Discovery:
        """Fits structures and names the best of them, light ones before heavy ones, until the matter is settled."""
        try:
            self._say("data", f"{len(self.rows.y)} rows, inputs {', '.join(self.rows.names)}")
            self._propose()
            for level in structures(len(self.rows.names)):
                if self._settled() or self._late():
                    break
                self._fit_and_name(level)
        except Cancelled:
            self.evidence.append("The search was stopped before it was finished.")
        return self._discovery()

    def _propose(self) -> None:
        """Formulas that need no network: each that is better or plainer than what is known becomes a law."""
        X, y = self.rows.part("train")
        symbols = tuple(sp.Symbol(variable.symbol) for variable in make_variables(self.rows.names))
        deadline = self.started + PROPOSING * self.budget
        task = Task(X[:PROPOSED_ROWS], y[:PROPOSED_ROWS], symbols, self.noise, deadline, self.seed)
        task = replace(task, permits=self.hints.permits)
        self.noise = min(self.noise, task.surrogates[0].error)
        task = task.changed(noise=self.noise)
        least = math.inf
        for candidate in self._candidates(task):
            self._say("train", candidate.reason)
            if not self.hints.permits(candidate.expr):
                continue
            price = _bits(candidate, len(task.y))
            if not price < least + SLACK:
                continue
            least = min(least, price)
            try:
                reading = settle(candidate.expr, self.rows, candidate.reason)
                reading = reading if self.units is None else replace(reading, law=gathered(reading.law))
            except SymbolicError as reason:
                self.evidence.append(f"{candidate.reason} The formula could not be settled: {reason}")
                continue
            self.evidence.append(candidate.reason)
            reading, model = drawn(reading, self.rows)
            self._say("name", candidate.reason, model)
            self._keep(reading, model)
            if self._concluded():
                break
            if self._settled():
                deadline = min(deadline, time.perf_counter() + PATIENCE * self.budget)
            if time.perf_counter() > deadline:
                break

    def _candidates(self, task: Task) -> Iterator[Candidate]:
        """Formulas in dimensionless groups first, where units are given; the raw columns stay in the race."""
        if self.units is not None:
            self.evidence += remarks(self.units, task)
            yield from by_units(task, self.units, solve)
        yield from solve(task)
        if self.units is not None:
            yield from by_constants(task, self.units, solve)

    def _fit_and_name(self, shapes: Sequence[Widths]) -> None:
        """One level: a network that leaves next to nothing is named at once, the others in the order of their price."""
        waiting: list[tuple[float, Widths, KAN]] = []
        for widths in shapes:
            if self._late():
                break
            model = self._trained(widths)
            error = self._error(model)
            if error <= CONVINCING:
                self._name(widths, model)
                if self._settled():
                    return
            elif error <= max(PROMISING, 1.5 * self.noise):
                waiting.append((self._price(model), widths, model))
            else:
                shape = _shape(widths)
                self.evidence.append(f"A network of shape {shape} leaves {error:.1%} of the spread of y unexplained.")
        cheapest = min((price for price, *_ in waiting), default=0.0)
        # Prices as close as these do not decide between structures: the laws do, from the simplest on.
        rivals = [entry for entry in waiting if entry[0] <= cheapest + UNDECIDED]
        others = [entry for entry in waiting if entry[0] > cheapest + UNDECIDED]
        for entry in (*rivals[:MOST_RIVALS], *sorted(others, key=lambda entry: entry[0])):
            if self._late() or (self._settled() and entry not in rivals):
                break
            self._name(*entry[1:])

    def _name(self, widths: Widths, model: KAN) -> None:
        """Names a network's curves, reads its law and keeps it."""
        shape, edges, error = _shape(widths), len(model.edges()), self._error(model)
        self._say("prune", f"{edges} edges of a {shape} network leave {error:.1e} of the spread of y", model)
        X, y = self.rows.part("train")
        try:
            named = name_all(model, X[:ROWS], y[:ROWS], self._name_heard)
            reading = read_law(named, self.rows)
        except SymbolicError as reason:
            self.evidence.append(f"A network of shape {shape} could not be read as a formula: {reason}")
            return
        self.evidence.append(f"A {shape} network with {edges} edges explains y up to {error:.1e} of its spread.")
        self._keep(reading, named)

    def _price(self, model: KAN) -> float:
        """Bits on held-out rows for as many as the fit has seen: those it has seen flatter a flexible structure."""
        X, y = self.rows.part("validation")
        return description_length(model, X, y) * min(len(self.rows.part("train")[1]), ROWS) / len(y)

    def _concluded(self) -> bool:
        """Whether the best law needs no rival: exact, or at the noise with at most one number that is no plain one.

        Under noise a formula that merely fits has numbers to spare, some of which pass for π/2 or log 2.
        """
        if not self._settled():
            return False
        odd = sum(constant.recognised not in PLAIN for constant in self._best().reading.law.constants)
        return self._best().error <= EXACT or odd <= 1

    def _settled(self) -> bool:
        return bool(self.found) and self._status(self._best()) != "approximate"

    def _late(self) -> bool:
        return self._elapsed() > SEARCHING * self.budget

    def _trained(self, widths: Widths) -> KAN:
        """A sparse fit on some rows; where it is promising, refined on finer grids."""
        from kan_core import KAN, fit

        X, y = self.rows.part("train")
        X, y, held = X[:ROWS], y[:ROWS], self.rows.part("validation")
        start = KAN(widths, grid=GRID, seed=self.seed)
        sparsity = max(SPARSITY, SPARSITY_IN_NOISE * self.noise**2)
        restarts = RESTARTS[any(isinstance(w, tuple) for w in widths)]
        sparse = fit(start, X, y, held, STEPS, sparsity=sparsity, restarts=restarts, on_step=self._hear)
        if self._error(sparse.model) > max(PROMISING, 1.5 * self.noise):
            return sparse.model
        plain = straightened(sparse.model, (X, y), held, self.seed)
        return fit(plain, X, y, held, FINER_STEPS, grids=FINER, on_step=self._hear).model

    def _error(self, model: KAN) -> float:
        """Typical error on the validation rows: a network may miss a few rows beyond its grids, a law must not."""
        X, y = self.rows.part("validation")
        squares = (model(X)[:, 0] - y) ** 2
        return float(np.sqrt(min(np.mean(squares), np.median(squares) / 0.455))) / self.spread

    def _keep(self, reading: Reading, model: KAN | None) -> None:
        law, n = reading.law, len(reading.residual)
        if wrong := self.hints.fault(law.expr):
            self.left_out = f"{law} was left out: it {wrong}."
            return
        error = float(law.rmse_validation or 0.0) / self.spread
        data = 0.5 * n * np.log2(max(float(np.mean(reading.residual**2)) / self.spread**2, EXACT**2))
        price = data + BITS_PER_NODE * law.complexity + 0.5 * np.log2(n) * _measured(law)
        if self.units is not None and (wrong := fault(law.expr, self.units, self.rows.names)):
            self.evidence.append(f"{law} breaks the units and has to be so much better: {wrong}.")
            price += UNDECIDED
        self.found.append(Found(reading, model, error, float(price)))
        self._say("law", str(law), model)

    def _best(self) -> Found:
        return min(self.found, key=lambda found: found.price)

    def _status(self, found: Found) -> Status:
        if found.error <= EXACT:
            return "exact"
        chance = 3 / math.sqrt(2 * max(len(self.rows.split["validation"]), 1))
        near_noise = found.error <= (NOISE_MARGIN + chance) * self.noise
        return "noise" if near_noise and found.white else "approximate"

    def _discovery(self) -> Discovery:
        if self.left_out:
            self.evidence.append(self.left_out)
        if not self.found:
            return Discovery(None, (), "none", tuple(self.evidence), self._elapsed())
        best = self._refitted(self._best())
        evidence = (*self.evidence, *self._reasons(best))
        front, law = self._front(), best.reading.law
        others = tuple(found.reading.law for found in self.found if not any(found.reading.law is one for one in front))
        return Discovery(law, front, self._status(best), evidence, self._elapsed(), best.model, others)

    def _refitted(self, best: Found) -> Found:
        """The best law with its numbers fitted to more rows than those that chose it, where there are more and time."""
        rows = len(self.rows.part("train", "validation")[1])
        if rows <= FITTED_ROWS or _measured(best.reading.law) == 0 or self._elapsed() > self.budget:
            return best
        law = best.reading.law
        try:
            reading = settle(law.expr, self.rows, law.provenance, most=LAST_ROWS)
        except SymbolicError:
            return best
        found = replace(best, reading=replace(reading, law=replace(reading.law, law_vs_network=law.law_vs_network)))
        self.found = [found if one is best else one for one in self.found]
        return found

    def _reasons(self, best: Found) -> list[str]:
        law, status = best.reading.law, self._status(best)
        said = {
            "exact": f"The law meets unseen rows to {best.error:.0e} of the spread of y: nothing is left to explain.",
            "noise": f"What the law leaves, {best.error:.2g} of the spread of y, is white and as large as the scatter "
            f"between neighbouring rows ({self.noise:.2g}): it is noise.",
            "approximate": f"The law leaves {best.error:.2g} of the spread of y, more than noise explains: "
            "structure remains in the residual.",
        }
        exact = [c.recognised for c in law.constants if c.recognised not in (None, "0", "1", "-1")]
        return [said[status], *([f"Recognised constants: {', '.join(map(str, exact))}."] if exact else [])]

    def _front(self) -> tuple[Law, ...]:
        """Laws that no simpler one beats, simplest first."""
        laws = sorted((f.reading.law for f in self.found), key=lambda law: (law.complexity, law.rmse_validation or 0.0))
        front: list[Law] = []
        for law in laws:
            if not front or (law.rmse_validation or 0.0) < (front[-1].rmse_validation or 0.0):
                front.append(law)
        return tuple(front)

    def _elapsed(self) -> float:
        return time.perf_counter() - self.started

    def _hear(self, step: FitStep) -> bool:
        """Passes a training step on; the budget binds here too."""
        self._say("train", f"step {step.step}: error {step.rmse_train:.2e}", step.model, step.rmse_train)
        return not self._late()

    def _name_heard(self, model: KAN, text: str) -> None:
        """Passes a named edge on, and ends the attempt once the budget is spent."""
        self._say("name", text, model)
        if self._late():
            raise SymbolicError("there was no time left to name its curves")

    def _say(self, stage: str, text: str, model: KAN | None = None, rmse: float | None = None) -> bool:
        best = self._best().reading.law if self.found else None
        # How far a search will have to go is not known: the bar follows the stages, and the clock where that is ahead.
        self.fraction = max(self.fraction, REACHED[stage], min(self._elapsed() / self.budget, 1.0))
        law = None if best is None else str(best)
        front, evidence = self._front(), tuple(self.evidence)
        progress = Progress(stage, text, self.fraction, law, rmse, model, best, front, evidence)
        if self.on_progress is not None and self.on_progress(progress) is False:
            raise Cancelled
        return True


def _bits(candidate: Candidate, n: int) -> float:
    """The description length of a formula whose constants are not settled yet."""
    said = BITS_PER_NODE * complexity(candidate.expr) + 0.5 * math.log2(n) * numbers(candidate.expr)
    return said + n * math.log2(max(candidate.error, EXACT))


def _shape(widths: Widths) -> str:
    return "-".join(map(str, widths))


def _measured(law: Law) -> int:
    """Constants of a law that are measured numbers, not recognised ones."""
    return sum(constant.recognised is None for constant in law.constants)

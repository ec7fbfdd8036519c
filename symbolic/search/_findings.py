"""The laws that a search has found, what each costs to describe, and what the best of them leaves unexplained."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import sympy as sp
from numpy.typing import NDArray

from symbolic.asked._gate import Rows
from symbolic.asked._hints import Hints
from symbolic.fitting._noise import is_white, printed_floor, sigma_neighbours, spread_of
from symbolic.laws._law import Law, Status
from symbolic.laws._printed import ROUNDED, as_printed
from symbolic.networks._from_network import Reading
from symbolic.stages._task import EXACT, MANY, NOISE_MARGIN, ROUNDING
from symbolic.units._law_units import fault
from symbolic.units._unit_table import Units

if TYPE_CHECKING:
    from kan_core import KAN

Array = NDArray[np.float64]

BITS_PER_NODE = 3.0
UNDECIDED = 30.0  # bits
_READ = 500  # rows whose digits are read
_WEAK = 0.8  # share of the spread of y: a law that leaves more has to show that it is no chance,
_CHANCE, _FEWEST = 2.0, 8  # by so many standard errors, where there are as many rows;
_FAR = 6.0  # values that are so many median distances from the median count as so far, or one outlier hides all gain
PLAIN = ("0", "1", "-1", "2", "-2", "3", "-3", "4", "-4", "1/2", "-1/2")  # numbers that no fit comes to by chance


@dataclass(frozen=True)
class Found:
    """A law with its network, its RMSE on the validation rows relative to the spread of y, and its price in bits."""

    reading: Reading
    model: KAN | None  # None where the law has no network of a simple shape
    error: float
    price: float

    @property
    def law(self) -> Law:
        return self.reading.law

    @cached_property
    def white(self) -> bool:
        """Whether what the law leaves shows no structure."""
        return is_white(self.reading.residual, self.reading.X)


class Findings:
    """The laws found so far; `noise` is the standard deviation of the errors of y in units of its `spread`."""

    def __init__(self, rows: Rows, hints: Hints, units: Units | None) -> None:
        self.rows, self.hints, self.units = rows, hints, units
        X, y = rows.part("train")
        self.spread = spread_of(y, rows.weight("train"))
        self.noise = (sigma_neighbours(X, y, rows.errors("train")) or 0.0) * rows.typical / self.spread
        self.found: list[Found] = []
        self.left_out = ""

    def keep(self, reading: Reading, model: KAN | None) -> list[str]:
        """Add a law that keeps to the hints; what is to be said of it."""
        law, n = reading.law, len(reading.residual)
        if wrong := self.hints.fault(law.expr):
            self.left_out = f"{law} was left out: it {wrong}."
            return []
        error = self._error(law)
        if error > _WEAK and law.expr.free_symbols and not self._more_than_chance(law):
            return []
        data = 0.5 * n * np.log2(max(float(np.mean(reading.residual**2)) / self.spread**2, EXACT**2))
        price = data + BITS_PER_NODE * law.complexity + 0.5 * np.log2(n) * measured_numbers(law)
        said = []
        if self.units is not None and (wrong := fault(law.expr, self.units, self.rows.names)):
            said.append(f"{law} breaks the units and has to be so much better: {wrong}.")
            price += UNDECIDED
        self.found.append(Found(reading, model, error, float(price)))
        return said

    def _more_than_chance(self, law: Law) -> bool:
        """Whether a law is nearer to the validation rows than the mean of y is, by more than chance."""
        X, y = self.rows.part("validation")
        if len(y) < _FEWEST:
            return True
        told = self.rows.part("train")[1]
        middle = float(np.median(told))
        far = _FAR * float(np.median(np.abs(told - middle))) or np.inf

        def near(values: Array) -> Array:
            return np.clip(values, middle - far, middle + far)

        gain = (near(y) - np.mean(near(told))) ** 2 - (near(y) - near(law.predict(X))) ** 2
        if (weight := self.rows.weight("validation")) is not None:
            gain = gain * weight
        return bool(np.mean(gain) > _CHANCE * np.std(gain) / np.sqrt(len(y)))

    def _error(self, law: Law) -> float:
        """RMSE on the validation rows, which count by their σ, relative to the spread of y."""
        X, y = self.rows.part("validation")
        weight = self.rows.weight("validation")
        if weight is None or not len(y):
            return float(law.rmse_validation or 0.0) / self.spread
        return float(np.sqrt(np.mean(weight * (y - law.predict(X)) ** 2))) / self.spread

    def exchange(self, old: Found, new: Found) -> None:
        """Put one in the place of another."""
        self.found = [new if one is old else one for one in self.found]

    @property
    def best(self) -> Found:
        """The one with the shortest description."""
        return min(self.found, key=lambda found: found.price)

    def status(self, found: Found) -> Status:
        """Whether a law leaves nothing, or the rounding of the table, or noise, or structure."""
        if found.error <= EXACT:  # many numbers come near to any smooth curve: a pattern tells
            few = measured_numbers(found.law) <= MANY
            return "exact" if few or found.error <= ROUNDING or found.white else "approximate"
        chance = 3 / math.sqrt(2 * max(len(self.rows.split["validation"]), 1))
        near_noise = found.error <= (NOISE_MARGIN + chance) * self.noise
        if not (near_noise and found.white):
            return "approximate"
        return "exact" if self._rounds(found.law) else "noise"

    def _rounds(self, law: Law) -> bool:
        """Whether the values of y are of few digits, and the law meets them to the last."""
        X, y = self.rows.part("validation")
        return self._printed and as_printed(law, X[:_READ], y[:_READ], self.rows.digits)

    @cached_property
    def _printed(self) -> bool:
        y = self.rows.part("validation")[1][:_READ]
        return bool(len(y)) and float(printed_floor(y, self.rows.digits).max()) > EXACT * self.spread

    @property
    def settled(self) -> bool:
        """Whether the best law leaves nothing to explain."""
        return bool(self.found) and self.status(self.best) != "approximate"

    @property
    def concluded(self) -> bool:
        """Whether the best law needs no rival: exact, or at the noise without a number that is no plain one.

        Under noise a formula that merely fits has numbers to spare, some of which pass for π/2 or log 2. A factor of
        the whole is measured in many laws, but beside a sum inside it is one number more to make up for a wrong form.
        """
        if not self.settled:
            return False
        law = self.best.law
        inner = law.expr.as_independent(*law.symbols, as_Add=False)[1]
        odd = any(node.is_number and str(node) not in PLAIN for node in sp.preorder_traversal(inner))
        stretched = measured_numbers(law) > 0 and inner.has(sp.Add)
        nothing = self.best.error <= EXACT and self.status(self.best) == "exact"
        return nothing or not (odd or stretched)

    def front(self) -> tuple[Law, ...]:
        """Laws that no simpler one beats, simplest first; only the best may have numbers that the data do not tell."""
        told = [found.law for found in self.found if found is self.best or determined(found.law)]
        laws = sorted(told, key=lambda law: (law.complexity, law.rmse_validation or 0.0))
        front: list[Law] = []
        for law in laws:
            if front and str(law) == str(front[-1]):  # fitted anew: numbers that differ where nobody reads them
                front[-1] = law if law is self.best.law else front[-1]
            elif not front or (law.rmse_validation or 0.0) < (front[-1].rmse_validation or 0.0):
                front.append(law)
        return tuple(front)

    def reasons(self, best: Found) -> list[str]:
        """What speaks for a law, in sentences."""
        y = self.rows.target
        if not best.law.expr.free_symbols:
            return [f"Nothing explains {y} better than a constant: no dependence on the columns is seen in these rows."]
        left = max(best.error, float(np.finfo(np.float64).eps))
        said = {
            "exact": f"The law meets unseen rows to {left:.0e} of the spread of {y}: nothing is left to explain."
            if best.error <= EXACT
            else ROUNDED,
            "noise": f"What the law leaves, {best.error:.2g} of the spread of {y}, shows no pattern and is no "
            f"larger than the scatter between neighbouring rows ({self.noise:.2g}): it is noise.",
            "approximate": f"The law leaves {best.error:.2g} of the spread of {y}, more than noise explains: "
            "structure remains in the residual.",
        }
        exact = [c.recognised for c in best.law.constants if c.recognised not in (None, "0", "1", "-1")]
        recognised = [f"Recognised constants: {', '.join(map(str, exact))}."] if exact else []
        return [said[self.status(best)], *recognised]


def measured_numbers(law: Law) -> int:
    """Constants of a law that are measured, not recognised."""
    return sum(constant.recognised is None for constant in law.constants)


def determined(law: Law) -> bool:
    """Whether every measured number of a law is larger than its own error: 4000 − 10⁷/(a + 3000) is but a line."""
    measured = [constant for constant in law.constants if constant.recognised is None]
    return all(one.stderr is not None and one.stderr <= abs(one.value) for one in measured)

"""What a figure is made of: quantities with their words, units and targets; and the table that shows them."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.training.results import OURS, Row


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    quick: bool
    sessions: int
    seconds: float
    discoveries: int


@dataclass(frozen=True)
class Quantity:
    """One line of a table. `most` or `least` is the target; several values are shown by `of` them (see OF)."""

    words: str
    unit: str = ""
    most: float | None = None
    least: float | None = None
    of: str = "median"

    def value(self, found: Sequence[float]) -> float:
        return OF[self.of](found)

    @property
    def target(self) -> str:
        bound = self.most if self.most is not None else self.least
        return "" if bound is None else f"{'≤' if self.most is not None else '≥'} {bound:g} {self.unit}".rstrip()

    def met(self, value: float) -> bool:
        return (self.most is None or value <= self.most) and (self.least is None or value >= self.least)


Measured = Iterator[tuple[str, float]]


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that is not below the given share (in per cent) of them."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share / 100 * len(ordered)) - 1)]


OF: dict[str, Callable[[Sequence[float]], float]] = {
    "median": statistics.median,
    "p95": lambda values: percentile(values, 95),
    "max": max,
    "sum": sum,
}


def rows(figure: str, measured: Measured) -> list[Row]:
    return [Row(figure, figure, OURS, seed, quantity, value) for seed, (quantity, value) in enumerate(measured)]


def table(found: Sequence[Row], quantities: dict[str, Quantity]) -> str:
    """Each quantity with its target; what misses it is set in bold."""
    lines = ["| what | measured | target |", "|---|---|---|"]
    for name, one in quantities.items():
        values = [row.value for row in found if row.quantity == name]
        if values:
            value = one.value(values)
            shown = f"{value:.3g} {one.unit}".rstrip()
            count = f" ({one.of} of {len(values)})" if len(values) > 1 else ""
            lines.append(f"| {one.words} | {shown if one.met(value) else f'**{shown}**'}{count} | {one.target} |")
    return "\n".join(lines)

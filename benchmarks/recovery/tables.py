"""The rows as Markdown: rates for the README, and every law with what became of it."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from benchmarks.recovery.problems import NOISES, in_srbench, number
from benchmarks.recovery.published import PUBLISHED
from benchmarks.recovery.results import Row
from benchmarks.training.tables import markdown
from datasets import catalogue

BEGIN, END = "<!-- recovery: begin (written by python -m benchmarks.recovery) -->", "<!-- recovery: end -->"
LATE = 1.05  # of the budget: a search that took longer overran it

TEXT = """Each Feynman law of the catalogue from 10⁴ rows, N(0, γ·RMS(y)) on the training targets and none on the test
rows; one blind setting for all, one core a law; times and budgets are seconds of that processor. Only the single law
that the search returns counts. *Strict*: equal on a box 1.3 times as wide as the data, to 1e-6 (`symbolic.same_law`).
*SRBench*: its symbolic solution, up to an added or a multiplied constant with three digits kept
(`symbolic.srbench_match`), and R² > 0.5. A criterion that takes over a minute, or a search that is ended, counts as not
found. With realistic ranges SRBench's rounding would drop constants of nature, so only the strict one is given."""
PUBLISHED_TEXT = "Published by others, SRBench's criterion, in percent (compare with SRBench's 116 laws):"


class Setting(NamedTuple):
    """What rows must share to be counted together."""

    ranges: str
    units: bool
    budget: float
    rows: int


def setting(row: Row) -> Setting:
    return Setting(row.ranges, row.units, row.budget, row.rows)


def rates(rows: Sequence[Row]) -> str:
    """One line for each setting, set of laws and criterion; the noises side by side."""
    benchmark = {number(entry) for entry in catalogue(collection="feynman") if in_srbench(entry)}
    lines = []
    for kind in sorted({setting(row) for row in rows}):
        here = [row for row in rows if setting(row) == kind]
        for name, chosen in (("SRBench's 116", [r for r in here if r.law in benchmark]), ("all 120", here)):
            for criterion in ("strict", "srbench"):
                cells = [_share([r for r in chosen if r.noise == noise], criterion) for noise in NOISES]
                if any(cell != "–" for cell in cells):
                    lines.append([*_words(kind), name, {"srbench": "SRBench"}.get(criterion, criterion), *cells])
    noises = [f"γ = {noise:g}" for noise in NOISES]
    return markdown(("ranges", "units", "budget", "laws", "criterion", *noises), lines)


def _words(kind: Setting) -> list[str]:
    return [kind.ranges, "given" if kind.units else "no", f"{kind.budget:g} s"]


def _share(rows: Sequence[Row], criterion: str) -> str:
    """Found of tried, and the percentage."""
    verdicts = [getattr(row, criterion) for row in rows if getattr(row, criterion) is not None]
    if not verdicts:
        return "–"
    return f"{sum(verdicts)} of {len(verdicts)}, {100 * sum(verdicts) / len(verdicts):.1f} %"


def times(rows: Sequence[Row]) -> str:
    """How long the searches took, and how well they kept to their budget."""
    lines = []
    for kind in sorted({setting(row) for row in rows}):
        for noise in NOISES:
            here = [row for row in rows if setting(row) == kind and row.noise == noise]
            spent = [row.seconds for row in here if row.seconds is not None]
            solved = [row.seconds for row in here if row.strict and row.seconds is not None]
            if spent:
                late = sum(seconds > LATE * kind.budget for seconds in spent)
                middle = f"{statistics.median(solved):.1f} s" if solved else "–"
                cells = [f"{statistics.median(spent):.1f} s", middle, f"{max(spent):.1f} s", f"{late} of {len(spent)}"]
                lines.append([*_words(kind), f"{noise:g}", *cells])
    head = ("ranges", "units", "budget", "γ", "median", "median where found", "longest", "over the budget")
    return markdown(head, lines)


def published() -> str:
    """The figures of others."""
    lines = [
        [p.system, *("–" if rate is None else f"{rate:.1f}" for rate in p.rates), p.time, p.source, p.caveat]
        for p in PUBLISHED
    ]
    return markdown(("system", *(f"γ = {noise:g}" for noise in NOISES), "time a law", "source", "not alike"), lines)


def section(rows: Sequence[Row]) -> str:
    """The README's section."""
    machines = "; ".join(dict.fromkeys(row.machine for row in rows if row.machine))
    link = "What was returned for each law, in what time, and why it failed: [recovery.md](results/recovery.md)."
    parts = (
        TEXT,
        rates(rows),
        "Times of the searches:",
        times(rows),
        link,
        PUBLISHED_TEXT,
        published(),
        f"*{machines}*",
    )
    return "## Recovery\n\n" + "\n\n".join(parts)


def listing(rows: Sequence[Row]) -> str:
    """Every law with what was returned for it, what was not found first."""
    parts = ["# Recovery of the Feynman laws, law by law", "Written by `python -m benchmarks.recovery`."]
    for kind in sorted({setting(row) for row in rows}):
        for noise in NOISES:
            here = [row for row in rows if setting(row) == kind and row.noise == noise]
            if here:
                units = "units given" if kind.units else "no units"
                parts.append(f"## {kind.ranges} ranges, {units}, {kind.budget:g} s, γ = {noise:g}")
                parts.append(markdown(_HEAD, map(_line, sorted(here, key=lambda r: (r.strict, bool(r.srbench))))))
    return "\n\n".join(parts) + "\n"


_HEAD = ("law", "formula", "returned", "found", "1 − R²", "size", "time", "why not")


def _line(row: Row) -> list[str]:
    found = "strictly" if row.strict else "SRBench" if row.srbench else "no"
    miss = "–" if row.miss is None else f"{row.miss:.1g}"
    seconds = "–" if row.seconds is None else f"{row.seconds:.1f} s"
    size = "–" if row.size is None else str(row.size)
    return [row.law, _code(row.truth), _code(row.found), found, miss, size, seconds, _plain(row.why)]


def _code(text: str, most: int = 160) -> str:
    short = text if len(text) <= most else f"{text[: most - 1]}…"
    return f"`{_plain(short)}`" if short else "–"


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def lines(rows: Iterable[Row]) -> Iterable[str]:
    """A line a law for the terminal."""
    for row in rows:
        seconds = "     –" if row.seconds is None else f"{row.seconds:5.1f} s"
        verdict = "strict " if row.strict else "SRBench" if row.srbench else "no     "
        yield f"{row.law:10} γ={row.noise:<6g} {verdict} {seconds}  {row.found[:70] or '–':70}  {row.why[:80]}"

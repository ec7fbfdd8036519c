"""`python -m benchmarks.recovery`: searches for the Feynman laws, prints tables, and refreshes CSV, list and README."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.recovery import tables
from benchmarks.recovery.problems import NOISES, Job, laws
from benchmarks.recovery.results import Row, load, merged, save, waiting
from benchmarks.recovery.workers import rows_of
from benchmarks.training.results import machine
from benchmarks.training.tables import write_section

FOLDER = Path(__file__).parents[1]
RESULTS = FOLDER / "results" / "recovery.csv"


def main(arguments: Sequence[str] | None = None) -> None:
    given = _parse(arguments)
    jobs = [
        Job(law, noise, given.ranges, given.units, given.seed, given.budget, given.rows)
        for noise in given.noise
        for law in given.laws or laws(given.set)
    ]
    known = load(given.results)
    todo = jobs if given.again else waiting(jobs, known)
    print(f"{len(todo)} of {len(jobs)} searches to do, at most {given.budget:g} s each, {given.workers} at a time.")
    where = machine(1)
    new: list[Row] = []
    if todo:
        for row in rows_of(todo, given.workers):
            new.append(row._replace(machine=where))
            print(*tables.lines([row]), sep="\n", flush=True)
            save(given.results, _ordered(merged(known, new)))
    rows = _ordered(merged(known, new))
    if rows:
        publish(rows, given.results)
        shown = [row for row in rows if row.job in set(jobs)]
        print(f"\n{tables.rates(shown)}\n\n{tables.times(shown)}")


def publish(rows: Sequence[Row], path: Path) -> None:
    """Writes the list of laws beside the CSV file and, where that is the one kept here, the README's section."""
    path.with_suffix(".md").write_text(tables.listing(rows), encoding="utf-8")
    if path == RESULTS:
        write_section(FOLDER / "README.md", tables.section(rows), tables.BEGIN, tables.END)


def _ordered(rows: Sequence[Row]) -> list[Row]:
    place = {law: k for k, law in enumerate(laws("all"))}
    return sorted(rows, key=lambda row: (tables.setting(row), row.seed, row.noise, place.get(row.law, -1)))


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recovery", description=__doc__)
    parser.add_argument(
        "--set", choices=("stratified", "all"), default="stratified", help="40 of SRBench's 116, or 120"
    )
    parser.add_argument("--laws", type=_laws, metavar="I.8.14,…", help="these laws in place of a set")
    parser.add_argument("--noise", type=_noises, default=NOISES[:1], metavar="0,0.01,…", help="in units of RMS(y)")
    parser.add_argument("--budget", type=float, default=60.0, metavar="SECONDS", help="for each law")
    parser.add_argument(
        "--ranges", choices=("uniform", "realistic"), default="uniform", help="as in SRBench, or in SRSD"
    )
    parser.add_argument("--units", action="store_true", help="tell the search the units of the columns")
    parser.add_argument("--seed", type=int, default=0, help="of rows, noise and search")
    parser.add_argument("--rows", type=int, default=10_000, help="training rows")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="laws at a time on this machine")
    parser.add_argument("--again", action="store_true", help="search also where a result is known")
    parser.add_argument("--results", type=Path, default=RESULTS, help="CSV file; another one leaves the README alone")
    return parser.parse_args(arguments)


def _laws(text: str) -> list[str]:
    chosen, known = text.split(","), laws("all")
    unknown = [law for law in chosen if law not in known]
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown law {', '.join(unknown)}; they are called I.6.2a to test_20")
    return chosen


def _noises(text: str) -> tuple[float, ...]:
    try:
        chosen = tuple(float(part) for part in text.split(","))
    except ValueError:
        chosen = (-1.0,)
    if not set(chosen) <= set(NOISES):
        raise argparse.ArgumentTypeError(
            f"noises are {', '.join(f'{n:g}' for n in NOISES)}, as in SRBench; got '{text}'"
        )
    return chosen


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Stopped. What was measured is kept: the same command goes on from there.")

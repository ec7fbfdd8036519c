"""`python -m benchmarks.training`: measures, prints tables, and refreshes the CSV file and the README's section."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import torch

from benchmarks.training import crossover, memory, restarts, scaling, seeds, special, speed, step
from benchmarks.training.peer import find_python
from benchmarks.training.results import Options, Row, load, machine, merged, save
from benchmarks.training.tables import write_section

FIGURES: dict[str, ModuleType] = {
    module.FIGURE: module for module in (speed, seeds, scaling, special, step, memory, restarts, crossover)
}
FOLDER = Path(__file__).parents[1]


def main(arguments: Sequence[str] | None = None) -> None:
    given = _parse(arguments)
    torch.set_num_threads(given.threads)
    options = Options(
        seeds=1 if given.quick else given.seeds,
        seconds=4.0 if given.quick else given.seconds,
        quick=given.quick,
        threads=given.threads,
        peer=lambda: find_python(given.peer),
    )
    if given.quick:
        print("Quick: sizes, steps and budgets are cut. What follows shows that everything runs, and nothing else.")
    where = machine(given.threads)
    for name in given.only:
        rows: list[Row] = []
        for case in FIGURES[name].measure(options):
            rows = merged(rows, (row._replace(machine=where) for row in case))
            if not given.quick:
                publish(rows)
        print(f"\n{_section(name, rows)}", flush=True)


def publish(rows: Sequence[Row]) -> None:
    """Merges a sitting into the CSV file after each case, and writes the README's section from the whole of it."""
    path = FOLDER / "results" / "training.csv"
    known = merged(load(path), rows)
    known.sort(key=lambda row: list(FIGURES).index(row.figure))
    save(path, known)
    sections = [_section(name, [row for row in known if row.figure == name]) for name in FIGURES]
    write_section(FOLDER / "README.md", "## Training\n\n" + "\n\n".join(filter(None, sections)))


def _section(name: str, rows: list[Row]) -> str:
    if not rows:
        return ""
    module = FIGURES[name]
    sittings = "; ".join(dict.fromkeys(row.machine for row in rows))
    return f"### {module.TITLE} (`--only {name}`)\n\n{module.TEXT}\n\n{module.table(rows)}\n\n*{sittings}*"


def _figures(text: str) -> list[str]:
    names = text.split(",")
    unknown = [name for name in names if name not in FIGURES]
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown figure {', '.join(unknown)}; known: {', '.join(FIGURES)}")
    return names


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("--only", type=_figures, default=list(FIGURES), help=f"some of {','.join(FIGURES)}")
    parser.add_argument("--seeds", type=int, default=3, help="seeds of each measurement, 3 or more for a report")
    parser.add_argument("--seconds", type=float, default=120.0, help="the peer's budget for each special function")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="threads of both programs")
    parser.add_argument("--peer", help="interpreter of an environment with benchmarks/requirements.txt")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that all runs; writes nothing")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()

"""`python -m benchmarks.training`: measures, prints tables, and refreshes the CSV file and the README's section."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from types import ModuleType

import torch

from benchmarks import sittings
from benchmarks.training import crossover, memory, restarts, scaling, seeds, special, speed, step
from benchmarks.training.peer import find_python
from benchmarks.training.results import Options, Row, machine, merged

FIGURES: dict[str, ModuleType] = {
    module.FIGURE: module for module in (speed, seeds, scaling, special, step, memory, restarts, crossover)
}


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
                sittings.publish("training", rows, FIGURES, _table)
        print(f"\n{sittings.section(name, rows, FIGURES, _table)}", flush=True)


def _table(module: ModuleType, rows: list[Row]) -> str:
    return str(module.table(rows))


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = sittings.parser("training", __doc__, FIGURES)
    parser.add_argument("--seeds", type=int, default=3, help="seeds of each measurement, 3 or more for a report")
    parser.add_argument("--seconds", type=float, default=120.0, help="the peer's budget for each special function")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="threads of both programs")
    parser.add_argument("--peer", help="interpreter of an environment with benchmarks/requirements.txt")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()

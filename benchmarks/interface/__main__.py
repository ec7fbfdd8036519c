"""`python -m benchmarks.interface`: measures the page in a Chromium, and refreshes CSV file and README."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from types import ModuleType

from benchmarks import sittings
from benchmarks.interface import clicks, crowd, diagram, endurance, faults, frames, starts
from benchmarks.interface.figures import Options, rows, table
from benchmarks.training.results import Row, machine

FIGURES: dict[str, ModuleType] = {
    module.FIGURE: module for module in (diagram, starts, clicks, frames, crowd, endurance, faults)
}


def main(arguments: Sequence[str] | None = None) -> None:
    given = _parse(arguments)
    options = Options(
        quick=given.quick,
        sessions=4 if given.quick else given.sessions,
        seconds=10.0 if given.quick else given.seconds,
        discoveries=6 if given.quick else given.discoveries,
    )
    if given.quick:
        print("Quick: few sessions and repetitions. What follows shows that everything runs, and nothing else.")
    where = machine(1)
    for name in given.only:
        found = [row._replace(machine=where) for row in rows(name, FIGURES[name].measure(options))]
        if not given.quick:
            sittings.publish("interface", found, FIGURES, _table)
        print(f"\n{sittings.section(name, found, FIGURES, _table)}", flush=True)


def _table(module: ModuleType, found: list[Row]) -> str:
    return table(found, module.QUANTITIES)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = sittings.parser("interface", __doc__, FIGURES)
    parser.add_argument("--sessions", type=int, default=20, help="of the crowd, two of them real tabs")
    parser.add_argument("--seconds", type=float, default=60.0, help="that the crowd stays")
    parser.add_argument("--discoveries", type=int, default=200, help="in a row in one session")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()

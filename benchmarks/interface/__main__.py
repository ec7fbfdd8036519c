"""`python -m benchmarks.interface`: measures the page in a Chromium, and refreshes CSV file and README."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from benchmarks.interface import clicks, crowd, diagram, endurance, faults, frames, starts
from benchmarks.interface.figures import Options, rows, table
from benchmarks.training.results import Row, load, machine, merged, save
from benchmarks.training.tables import write_section

FIGURES: dict[str, ModuleType] = {
    module.FIGURE: module for module in (diagram, starts, clicks, frames, crowd, endurance, faults)
}
FOLDER = Path(__file__).parents[1]
BEGIN = "<!-- interface: begin (written by python -m benchmarks.interface) -->"
END = "<!-- interface: end -->"


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
            publish(found)
        print(f"\n{_section(name, found)}", flush=True)


def publish(found: Sequence[Row]) -> None:
    """Merges a figure into the CSV file, and writes the README's section from the whole of it."""
    path = FOLDER / "results" / "interface.csv"
    known = merged(load(path), found)
    known.sort(key=lambda row: list(FIGURES).index(row.figure))
    save(path, known)
    sections = [_section(name, [row for row in known if row.figure == name]) for name in FIGURES]
    write_section(FOLDER / "README.md", "## Interface\n\n" + "\n\n".join(filter(None, sections)), BEGIN, END)


def _section(name: str, found: Sequence[Row]) -> str:
    if not found:
        return ""
    module = FIGURES[name]
    sittings = "; ".join(dict.fromkeys(row.machine for row in found))
    shown = table(found, module.QUANTITIES)
    return f"### {module.TITLE} (`--only {name}`)\n\n{module.TEXT}\n\n{shown}\n\n*{sittings}*"


def _figures(text: str) -> list[str]:
    names = text.split(",")
    unknown = [name for name in names if name not in FIGURES]
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown figure {', '.join(unknown)}; known: {', '.join(FIGURES)}")
    return names


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.interface", description=__doc__)
    parser.add_argument("--only", type=_figures, default=list(FIGURES), help=f"some of {','.join(FIGURES)}")
    parser.add_argument("--sessions", type=int, default=20, help="of the crowd, two of them real tabs")
    parser.add_argument("--seconds", type=float, default=60.0, help="that the crowd stays")
    parser.add_argument("--discoveries", type=int, default=200, help="in a row in one session")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that all runs; writes nothing")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()

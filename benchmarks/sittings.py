"""What the commands that measure figures share: which figures, and where the rows of a sitting go."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType

from benchmarks.training.results import Row, load, merged, save
from benchmarks.training.tables import write_section

FOLDER = Path(__file__).parent
Figures = Mapping[str, ModuleType]  # each with a TITLE and a TEXT
Table = Callable[[ModuleType, list[Row]], str]


def parser(name: str, words: str | None, figures: Figures) -> argparse.ArgumentParser:
    """The command line of `python -m benchmarks.<name>`, as far as all have it."""

    def some(text: str) -> list[str]:
        names = text.split(",")
        unknown = [one for one in names if one not in figures]
        if unknown:
            raise argparse.ArgumentTypeError(f"unknown figure {', '.join(unknown)}; known: {', '.join(figures)}")
        return names

    command = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}", description=words)
    command.add_argument("--only", type=some, default=list(figures), help=f"some of {','.join(figures)}")
    command.add_argument("--quick", action="store_true", help="small sizes, to see that all runs; writes nothing")
    return command


def section(name: str, rows: Sequence[Row], figures: Figures, table: Table) -> str:
    """A figure's part of the README; empty where it was not measured."""
    if not rows:
        return ""
    module = figures[name]
    machines = "; ".join(dict.fromkeys(row.machine for row in rows))
    return f"### {module.TITLE} (`--only {name}`)\n\n{module.TEXT}\n\n{table(module, list(rows))}\n\n*{machines}*"


def publish(name: str, rows: Sequence[Row], figures: Figures, table: Table) -> None:
    """Merges rows into `results/<name>.csv`, and writes the README's section from the whole of it."""
    path = FOLDER / "results" / f"{name}.csv"
    known = merged(load(path), rows)
    known.sort(key=lambda row: list(figures).index(row.figure))
    save(path, known)
    parts = [section(one, [row for row in known if row.figure == one], figures, table) for one in figures]
    begin, end = f"<!-- {name}: begin (written by python -m benchmarks.{name}) -->", f"<!-- {name}: end -->"
    write_section(FOLDER / "README.md", "\n\n".join(filter(None, (f"## {name.capitalize()}", *parts))), begin, end)

"""Measured values as rows of one table, kept in a CSV file that sittings refresh case by case."""

from __future__ import annotations

import csv
import os
import platform
import statistics
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import torch

OURS, THEIRS = "KANvas", "pykan"


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    seeds: int
    seconds: float
    quick: bool
    threads: int
    peer: Callable[[], str]  # the peer's interpreter, installed on first call if need be


class Row(NamedTuple):
    """One measured value. A case is what is measured and replaced together."""

    figure: str
    case: str
    program: str
    seed: int
    quantity: str
    value: float
    machine: str = ""


def machine(threads: int) -> str:
    """The machine and the day in words."""
    info = Path("/proc/cpuinfo")
    names = [line for line in info.read_text().splitlines() if line.startswith("model name")] if info.exists() else []
    name = names[0].split(":", 1)[1].strip() if names else platform.machine()
    day = datetime.now(UTC).date().isoformat()
    return f"{name}, {os.cpu_count()} cores, {threads} threads, torch {torch.__version__}, {day}"


def load(path: Path) -> list[Row]:
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        found = [dict(row) for row in csv.DictReader(file)]
    return [Row(**{**row, "seed": int(row["seed"]), "value": float(row["value"])}) for row in found]


def save(path: Path, rows: Iterable[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Row._fields)
        writer.writerows(row._replace(value=f"{row.value:.6g}") for row in rows)  # type: ignore[arg-type]


def merged(old: Iterable[Row], new: Iterable[Row]) -> list[Row]:
    """The old rows, but for the cases measured anew."""
    new = list(new)
    fresh = {(row.figure, row.case) for row in new}
    return [row for row in old if (row.figure, row.case) not in fresh] + new


def cases(rows: Iterable[Row]) -> Iterator[tuple[str, list[Row]]]:
    """The rows of each case, in order of first appearance."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.case, []).append(row)
    yield from found.items()


def values(rows: Iterable[Row], quantity: str, program: str = OURS) -> list[float]:
    return [row.value for row in rows if row.quantity == quantity and row.program == program]


def median(rows: Iterable[Row], quantity: str, program: str = OURS) -> float:
    """The median over the seeds, not a number where nothing was measured."""
    found = values(rows, quantity, program)
    return statistics.median(found) if found else float("nan")

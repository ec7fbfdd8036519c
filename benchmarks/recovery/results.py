"""What was measured, one row a job, kept in a CSV file that runs add to."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from benchmarks.recovery.problems import Job


class Row(NamedTuple):
    """A job and its outcome. `miss` is 1 − R² on clean test rows; `srbench` is None where it does not apply."""

    law: str
    noise: float
    ranges: str
    units: bool
    seed: int
    budget: float
    rows: int
    strict: bool
    srbench: bool | None
    status: str
    miss: float | None
    seconds: float | None
    wall: float | None
    size: int | None
    found: str
    truth: str
    why: str
    machine: str = ""

    @property
    def job(self) -> Job:
        return Job(self.law, self.noise, self.ranges, self.units, self.seed, self.budget, self.rows)


def load(path: Path) -> list[Row]:
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return [_read(cells) for cells in csv.DictReader(file)]


def save(path: Path, rows: Iterable[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Row._fields)
        writer.writerows([_written(value) for value in row] for row in rows)


def merged(old: Iterable[Row], new: Iterable[Row]) -> list[Row]:
    """The old rows, but for the jobs that were run anew."""
    new = list(new)
    fresh = {row.job for row in new}
    return [row for row in old if row.job not in fresh] + new


def waiting(jobs: Iterable[Job], known: Iterable[Row]) -> list[Job]:
    """The jobs that no row tells of yet; one that was refused or broke off before it had searched is tried again."""
    done = {row.job for row in known if row.seconds is not None}
    return [job for job in jobs if job not in done]


def _written(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _read(cells: dict[str, str]) -> Row:
    def number(name: str) -> float | None:
        return float(cells[name]) if cells[name] else None

    return Row(
        law=cells["law"],
        noise=float(cells["noise"]),
        ranges=cells["ranges"],
        units=cells["units"] == "1",
        seed=int(cells["seed"]),
        budget=float(cells["budget"]),
        rows=int(cells["rows"]),
        strict=cells["strict"] == "1",
        srbench=None if cells["srbench"] == "" else cells["srbench"] == "1",
        status=cells["status"],
        miss=number("miss"),
        seconds=number("seconds"),
        wall=number("wall"),
        size=int(cells["size"]) if cells["size"] else None,
        found=cells["found"],
        truth=cells["truth"],
        why=cells["why"],
        machine=cells["machine"],
    )

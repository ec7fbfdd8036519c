"""Memory and time of a step against the number of rows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.training.results import OURS, Options, Row, cases, median
from benchmarks.training.tables import markdown, seconds

TITLE = "Memory and rows"
TEXT = """[5,5,1] with G=5 on five inputs, five steps, each in a process of its own: the peak of resident memory,
Python and torch included, and the time of a step. Target: 2 GiB at a million rows, time linear in rows."""
FIGURE = "memory"
MEBI = 1 << 20


def measure(options: Options) -> Iterator[list[Row]]:
    """One process for each number of rows and seed."""
    for n in (1_000, 10_000, 100_000) if options.quick else (10_000, 100_000, 1_000_000):
        yield [row for seed in range(options.seeds) for row in _rows(n, seed, options.threads)]


def _rows(n: int, seed: int, threads: int) -> list[Row]:
    command = [sys.executable, "-m", "benchmarks.training.memory_child", str(n), str(seed), str(threads)]
    env = {**os.environ, "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    found: dict[str, float] = json.loads(done.stdout)
    return [Row(FIGURE, f"{n} rows", OURS, seed, quantity, value) for quantity, value in found.items()]


def table(rows: list[Row]) -> str:
    header = ("rows", "peak", "of it before the fit", "a step", "a step and million rows")
    return markdown(header, (_line(case, found) for case, found in cases(rows)))


def _line(case: str, rows: list[Row]) -> list[str]:
    n, step = int(case.split()[0]), median(rows, "seconds a step")
    peak, before = (f"{median(rows, key) / MEBI:.0f} MiB" for key in ("peak", "peak before the fit"))
    return [f"{n:,}", peak, before, seconds(step), seconds(step * 1e6 / n)]

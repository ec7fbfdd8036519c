"""Test error against the fineness of the grid: the exponent, and no blow-up where rows are few."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from benchmarks.training.ours import train_kanvas
from benchmarks.training.results import OURS, Options, Row, cases, values
from benchmarks.training.tables import error, markdown
from benchmarks.training.tasks import BESSEL, HELLO, Task

TITLE = "Error against the grid"
TEXT = """One run for each G, refined from the coarsest grid by doubling, 50 steps on each; n = max(1000, 40·G) rows,
or 1000 throughout. RMSE on 1000 test rows, medians over seeds. The exponent α of RMSE ∝ G^−α is fitted over the
longest run of doublings that each gain at least a factor of 4; theory gives 4 for cubic splines. Blow-up: the last
RMSE over the lowest of all."""
FIGURE = "scaling"
TASKS = (BESSEL, replace(HELLO, widths=(2, 1, 1)))
GROWING, FIXED = (5, 10, 20, 40, 80, 160, 320, 640), (6, 12, 24, 48, 96, 192)
GAIN = 4.0


def measure(options: Options) -> Iterator[list[Row]]:
    """Growing rows first, then 1000 rows on every grid."""
    cut = 4 if options.quick else len(GROWING)
    for task in TASKS:
        yield _sweep(task, "growing", GROWING[:cut], options)
        yield _sweep(task, "fixed", FIXED[: cut + 1], options)


def _sweep(task: Task, kind: str, grids: Sequence[int], options: Options) -> list[Row]:
    rows = []
    for k, seed in itertools.product(range(len(grids)), range(options.seeds)):
        n = max(1000, 40 * grids[k]) if kind == "growing" else 1000
        trace, _ = train_kanvas(task.sample(n, seed), task.widths, grids[: k + 1], 50, seed)
        case = f"{task.key} {kind}"
        rows.append(Row(FIGURE, case, OURS, seed, f"rmse G={grids[k]}", trace.final))
        rows.append(Row(FIGURE, case, OURS, seed, f"seconds G={grids[k]}", trace.seconds))
    return rows


def exponent(grids: Sequence[int], errors: Sequence[float]) -> tuple[float, int, int]:
    """The slope of the straight part, and the grids where that begins and ends."""
    gains = [a / b >= GAIN for a, b in itertools.pairwise(errors)]
    runs = [(i, j) for i in range(len(errors)) for j in range(i + 1, len(errors)) if all(gains[i:j])]
    if not runs:
        return float("nan"), grids[0], grids[-1]
    i, j = max(runs, key=lambda run: run[1] - run[0])
    slope = np.polyfit(np.log(grids[i : j + 1]), np.log(errors[i : j + 1]), 1)[0]
    return -float(slope), grids[i], grids[j]


def table(rows: list[Row]) -> str:
    return "\n\n".join(_one(case, found) for case, found in cases(rows))


def _one(case: str, rows: list[Row]) -> str:
    key, kind = case.split()
    task = next(t for t in TASKS if t.key == key)
    grids = sorted({int(row.quantity.split("=")[1]) for row in rows})
    found = [values(rows, f"rmse G={grid}") for grid in grids]
    middle = [float(np.median(v)) for v in found]
    lines = markdown(
        ("G", *map(str, grids)), [("median", *map(error, middle)), ("worst", *(error(max(v)) for v in found))]
    )
    alpha, first, last = exponent(grids, middle)
    blow = max(v[-1] / min(v) for v in zip(*found, strict=True))
    end = f"α = {alpha:.2f} over G = {first}…{last}" if kind == "growing" else f"worst blow-up {blow:.1f}×"
    count = "max(1000, 40·G)" if kind == "growing" else "1000"
    return f"{task.text} {list(task.widths)}, n = {count}: {end}\n\n{lines}"

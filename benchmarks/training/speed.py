"""Time to the error that pykan ends with, on the same arrays, shape and grid."""

from __future__ import annotations

import math
from collections.abc import Iterator

from benchmarks.training.ours import train_kanvas
from benchmarks.training.peer import train_pykan
from benchmarks.training.results import OURS, THEIRS, Options, Row, cases, median, values
from benchmarks.training.tables import error, markdown, seconds, times
from benchmarks.training.tasks import TOYS, Arrays, Task
from benchmarks.training.trace import Trace

TITLE = "Time to pykan's final error"
TEXT = """1000 training and 1000 test rows drawn uniformly, the same arrays, shape, grid and number of threads. pykan:
its default recipe (50 L-BFGS steps, no penalty, cubic splines, float64). Its time is when it first came within 1 % of
its own final test RMSE. Ours is when we reached that RMSE, on the same grid or, where said, in a second run with two
refinements; [4,4,2,1] by four starts at once, whose time is counted. "Of totals" counts all of pykan's steps instead,
"to its best" the lowest test RMSE that it passed through. Medians over seeds of data and start; the two programs take
turns. Target: 100×."""
FIGURE, STEPS = "speed", 50


def measure(options: Options) -> Iterator[list[Row]]:
    """One task after the other, every seed by both programs."""
    for task in TOYS[:3] if options.quick else TOYS:
        rows: list[Row] = []
        for seed in range(options.seeds):
            data = task.sample(1000, seed)
            steps = 5 if options.quick else STEPS
            theirs = train_pykan(options.peer(), data, task.widths, [task.grid], steps, seed, options.threads)
            ours, finest = _ours(task, data, seed, theirs.final)
            rows += _rows(task, seed, ours, finest, theirs)
        yield rows


def _ours(task: Task, data: Arrays, seed: int, wanted: float) -> tuple[Trace, int]:
    """Our run on one grid, or with refinements if that does not reach the wanted error; and its finest grid."""
    grids: tuple[int, ...] = (task.grid,)
    trace, _ = train_kanvas(data, task.widths, grids, STEPS, seed, restarts=task.restarts)
    if math.isinf(trace.time_to(wanted)):
        grids = (task.grid, 2 * task.grid, 4 * task.grid)
        trace, _ = train_kanvas(data, task.widths, grids, STEPS, seed, restarts=task.restarts)
    return trace, grids[-1]


def _rows(task: Task, seed: int, ours: Trace, finest: int, theirs: Trace) -> list[Row]:
    arrived, reached = theirs.time_to_own_end(), ours.time_to(theirs.final)
    best, reached_best = theirs.time_to(theirs.best), ours.time_to(theirs.best)
    found = {
        OURS: {
            "rmse": ours.final,
            "seconds": ours.seconds,
            "seconds to pykan's rmse": reached,
            "finest grid": finest,
            "ratio": arrived / reached,
            "ratio of totals": theirs.seconds / reached,
            "ratio to best": best / reached_best,
        },
        THEIRS: {"rmse": theirs.final, "seconds": theirs.seconds, "seconds to 1 %": arrived, "best rmse": theirs.best},
    }
    return [
        Row(FIGURE, task.key, program, seed, quantity, float(value))
        for program, quantities in found.items()
        for quantity, value in quantities.items()
    ]


def table(rows: list[Row]) -> str:
    names = {task.key: f"{task.text} {list(task.widths)} G={task.grid}" for task in TOYS}
    return markdown(
        (
            "task",
            "our grids",
            "pykan RMSE",
            "in (total)",
            "our RMSE",
            "our total",
            "to pykan's RMSE",
            "ratio",
            "of totals",
            "to its best",
        ),
        (_line(names[case], found) for case, found in cases(rows)),
    )


def _line(name: str, rows: list[Row]) -> list[str]:
    finest = sorted({int(g) for g in values(rows, "finest grid")})
    total = seconds(median(rows, "seconds", THEIRS))
    return [
        name,
        " or ".join(f"to {g}" for g in finest),
        error(median(rows, "rmse", THEIRS)),
        f"{seconds(median(rows, 'seconds to 1 %', THEIRS))} ({total})",
        error(median(rows, "rmse")),
        seconds(median(rows, "seconds")),
        seconds(median(rows, "seconds to pykan's rmse")),
        *(times(median(rows, key)) for key in ("ratio", "ratio of totals", "ratio to best")),
    ]

"""Fifteen special functions in the KAN paper's best shapes, against pykan under a budget of time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from benchmarks.training.ours import rmse, train_kanvas
from benchmarks.training.peer import train_pykan
from benchmarks.training.results import OURS, THEIRS, Options, Row, cases, median, values
from benchmarks.training.special_tasks import SPECIAL, SpecialTask
from benchmarks.training.tables import error, markdown, seconds
from benchmarks.training.tasks import Arrays

TITLE = "Special functions"
TEXT = """Each in the shape that the KAN paper found best, 1000 rows, test RMSE on 1000 more. Ours: grids 3, 5, 10,
20, every fifth row held out of the training to decide on refinements; one start, and where that does not reach the
paper's error on the held-out rows, 24 more in a batch; the best on those rows is reported with the time of all. pykan:
the same grids, a quarter of its budget on each, and, as in the paper, the lowest test RMSE it ever had. Medians over
seeds of data and start, and in how many of them our error was the lower one. The paper's ranges are unknown (ours are
in `special_tasks.py`), so its columns show the order of magnitude only."""
FIGURE = "special"
GRIDS, STEPS, STARTS, EVERY = (3, 5, 10, 20), 50, (1, 24), 5
UNLIMITED = 100_000


def measure(options: Options) -> Iterator[list[Row]]:
    """One function after the other, ours then theirs."""
    for task in SPECIAL[9:12] if options.quick else SPECIAL:
        yield [row for seed in range(options.seeds) for row in _measured(task, seed, options)]


def _measured(task: SpecialTask, seed: int, options: Options) -> Iterator[Row]:
    """One drawing of the data, and the starts that belong to it."""
    data = task.sample(1000, seed=seed)
    found, spent, tries = _tries(task, data, STARTS[:1] if options.quick else STARTS, seed)
    ours = {"rmse": found, "seconds": spent, "tries": tries}
    budget = options.seconds / len(GRIDS)
    trace = train_pykan(options.peer(), data, task.widths, GRIDS, UNLIMITED, seed, options.threads, budget)
    theirs = {"rmse": trace.best, "seconds": trace.seconds}
    for program, quantities in ((OURS, ours), (THEIRS, theirs)):
        for quantity, value in quantities.items():
            yield Row(FIGURE, task.key, program, seed, quantity, float(value))


def _tries(task: SpecialTask, data: Arrays, batches: Sequence[int], seed: int) -> tuple[float, float, int]:
    """Test RMSE of the start that the held-out rows choose, seconds of all, and their number."""
    first = seed * sum(STARTS)
    held = slice(None, None, EVERY)
    validation = (data.X[held], data.y[held])
    kept = [k for k in range(len(data.X)) if k % EVERY]
    rows = data._replace(X=data.X[kept], y=data.y[kept])
    lowest, found, spent, tries = math.inf, math.nan, 0.0, 0
    for starts in batches:
        trace, result = train_kanvas(rows, task.widths, GRIDS, STEPS, first + tries, validation, restarts=starts)
        spent, tries = spent + trace.seconds, tries + starts
        reached = rmse(result.model, *validation)
        if reached < lowest:
            lowest, found = reached, rmse(result.model, data.X_test, data.y_test)
        if lowest <= task.paper_kan:
            break
    return found, spent, tries


def table(rows: list[Row]) -> str:
    by_key = {task.key: task for task in SPECIAL}
    found = dict(cases(rows))
    order = [key for key in by_key if key in found]
    wins = sum(median(found[key], "rmse") < _or_infinite(median(found[key], "rmse", THEIRS)) for key in order)
    header = (
        "function",
        "shape",
        "our RMSE",
        "in",
        "starts",
        "pykan RMSE",
        "in",
        "lower",
        "paper's KAN",
        "paper's MLP",
    )
    return f"Lower error: {wins} of {len(order)} ours.\n\n" + markdown(
        header, (_line(by_key[key], found[key]) for key in order)
    )


def _or_infinite(value: float) -> float:
    return value if math.isfinite(value) else math.inf


def _line(task: SpecialTask, rows: list[Row]) -> list[str]:
    return [
        task.text,
        str(list(task.widths)),
        error(median(rows, "rmse")),
        seconds(median(rows, "seconds")),
        f"{median(rows, 'tries'):.0f}",
        error(median(rows, "rmse", THEIRS)),
        seconds(median(rows, "seconds", THEIRS)),
        _duels(rows),
        error(task.paper_kan),
        error(task.paper_mlp),
    ]


def _duels(rows: list[Row]) -> str:
    """In how many of the seeds our error was lower. A peer that broke down has lost."""
    pairs = list(zip(values(rows, "rmse"), values(rows, "rmse", THEIRS), strict=True))
    return f"{sum(ours < _or_infinite(theirs) for ours, theirs in pairs)} of {len(pairs)}"

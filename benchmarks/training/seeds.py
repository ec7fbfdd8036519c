"""How many starts of a [2,1,1] find the function, and how many get stuck."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.training.ours import train_kanvas
from benchmarks.training.peer import train_pykan
from benchmarks.training.results import OURS, THEIRS, Options, Row, median, values
from benchmarks.training.tables import error, markdown, seconds
from benchmarks.training.tasks import HELLO
from benchmarks.training.trace import Trace

TITLE = "Starts that arrive"
TEXT = """exp(sin πx + y²) by its true shape [2,1,1], 1000 rows, 50 steps on each of the grids 5, 10, 20; one start a
seed, the same rows for all. Counted: test RMSE below 1e-2 at G=5, and below 1e-4 at G=20."""
FIGURE, CASE = "seeds", "hello [2,1,1]"
WIDTHS, GRIDS = (2, 1, 1), (5, 10, 20)
COARSE, FINE = 1e-2, 1e-4
OUR_SEEDS = 20


def measure(options: Options) -> Iterator[list[Row]]:
    """Our 20 seeds and the peer's few, in turns."""
    data = HELLO.sample(1000, seed=0)
    rows: list[Row] = []
    steps = 5 if options.quick else 50
    for seed in range(6 if options.quick else OUR_SEEDS):
        ours, _ = train_kanvas(data, WIDTHS, GRIDS, 50, seed)
        rows += _rows(OURS, seed, ours)
        if seed < options.seeds:
            theirs = train_pykan(options.peer(), data, WIDTHS, GRIDS, steps, seed, options.threads)
            rows += _rows(THEIRS, seed, theirs)
    yield rows


def _rows(program: str, seed: int, trace: Trace) -> list[Row]:
    found = {"rmse G=5": trace.at_grid(5), "rmse G=20": trace.at_grid(20), "seconds": trace.seconds}
    return [Row(FIGURE, CASE, program, seed, quantity, value) for quantity, value in found.items()]


def table(rows: list[Row]) -> str:
    header = ("program", "RMSE < 1e-2 at G=5", "median", "RMSE < 1e-4 at G=20", "median", "worst", "time of a run")
    return markdown(header, (_line(program, rows) for program in (OURS, THEIRS)))


def _line(program: str, rows: list[Row]) -> list[str]:
    coarse, fine = (values(rows, f"rmse G={grid}", program) for grid in (5, 20))
    return [
        program,
        f"{sum(v < COARSE for v in coarse)} of {len(coarse)}",
        error(median(rows, "rmse G=5", program)),
        f"{sum(v < FINE for v in fine)} of {len(fine)}",
        error(median(rows, "rmse G=20", program)),
        error(max(fine, default=float("nan"))),
        seconds(median(rows, "seconds", program)),
    ]

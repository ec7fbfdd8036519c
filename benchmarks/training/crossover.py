"""Where the dense steps of Levenberg–Marquardt stop paying, against L-BFGS and Adam in the same time."""

from __future__ import annotations

import math
from collections.abc import Iterator

from benchmarks.training.ours import clock, rmse, warm_up
from benchmarks.training.results import OURS, Options, Row, cases, median
from benchmarks.training.step import noisy_rows, parameters
from benchmarks.training.tables import error, markdown, seconds
from benchmarks.training.tasks import HELLO, Arrays
from kan_core import KAN, FitStep, fit

TITLE = "Where the method changes"
TEXT = """5000 rows. One hidden layer of growing width on five inputs, smooth with 1 % noise; and a fine grid on
exp(sin πx + y²) without noise. Levenberg–Marquardt takes 12 steps, and L-BFGS and Adam get the time that those took.
The lowest test RMSE of each run against values without noise; medians over seeds. `fit` changes its method above
`MOST_PARAMETERS` in `kan_core/_stages.py`: wide networks would have it earlier, fine grids later."""
FIGURE = "crossover"
STEPS, UNLIMITED = 12, 100_000
SHAPES = (((5, 10, 1), 5), ((5, 20, 1), 5), ((5, 40, 1), 5), ((5, 60, 1), 5), ((2, 5, 1), 160))
METHODS = ("levenberg-marquardt", "l-bfgs", "adam")


def measure(options: Options) -> Iterator[list[Row]]:
    """One shape after the other; the three methods take turns on the same rows."""
    warm_up()
    for widths, grid in SHAPES[:2] if options.quick else SHAPES:
        rows: list[Row] = []
        for seed in range(options.seeds):
            data, limit = _rows(widths[0], 500 if options.quick else 5000, seed), math.inf
            for method in METHODS:
                lowest, spent = _run(KAN(widths, grid, seed=seed), method, data, limit)
                limit = min(limit, spent)
                rows += [_row(widths, grid, seed, f"rmse, {method}", lowest)]
                rows += [_row(widths, grid, seed, f"seconds, {method}", spent)]
            rows.append(_row(widths, grid, seed, "parameters", parameters(KAN(widths, grid))))
        yield rows


def _row(widths: tuple[int, ...], grid: int, seed: int, quantity: str, value: float) -> Row:
    return Row(FIGURE, f"{list(widths)} G={grid}", OURS, seed, quantity, float(value))


def _rows(inputs: int, n: int, seed: int) -> Arrays:
    if inputs == 2:
        return HELLO.sample(n, seed)
    return Arrays(*noisy_rows(n, seed), *noisy_rows(1000, seed + 1000, noise=0.0))


def _run(model: KAN, method: str, data: Arrays, limit: float) -> tuple[float, float]:
    """The lowest test RMSE of a run, and its seconds: so many steps, or as many as the limit allows."""
    errors: list[float] = []
    begun = clock()

    def note(step: FitStep) -> bool:
        errors.append(rmse(step.model, data.X_test, data.y_test))
        return clock() - begun < limit

    steps = STEPS if math.isinf(limit) else UNLIMITED
    fit(model, data.X, data.y, steps=steps, on_step=note, method=method)
    return min(errors), clock() - begun


def table(rows: list[Row]) -> str:
    header = ("shape", "parameters", "time", *METHODS)
    return markdown(
        header,
        (
            (
                case,
                f"{median(found, 'parameters'):.0f}",
                seconds(median(found, "seconds, levenberg-marquardt")),
                *(error(median(found, f"rmse, {method}")) for method in METHODS),
            )
            for case, found in cases(rows)
        ),
    )

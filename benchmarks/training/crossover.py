"""Where the dense steps of Levenberg–Marquardt stop paying, against L-BFGS and Adam in the same time."""

from __future__ import annotations

import math
from collections.abc import Iterator

from benchmarks.training.ours import clock, rmse, warm_up
from benchmarks.training.results import OURS, Options, Row, cases, median
from benchmarks.training.step import noisy_rows, parameters
from benchmarks.training.tables import error, markdown, seconds
from kan_core import KAN, FitStep, fit

TITLE = "Where the method changes"
TEXT = """Five inputs, smooth with 1 % noise, 5000 rows, one hidden layer of growing width, grid 5: Levenberg–Marquardt
takes 12 steps, and L-BFGS and Adam get the time that those took. The lowest test RMSE of each run against values
without noise; medians over seeds. `fit` changes its method above `MOST_PARAMETERS` in `kan_core/_stages.py`."""
FIGURE = "crossover"
HIDDEN, STEPS, UNLIMITED = (10, 20, 40, 60), 12, 100_000
METHODS = ("levenberg-marquardt", "l-bfgs", "adam")


def measure(options: Options) -> Iterator[list[Row]]:
    """One width after the other; the three methods take turns on the same rows."""
    warm_up()
    for hidden in HIDDEN[:2] if options.quick else HIDDEN:
        rows: list[Row] = []
        for seed in range(options.seeds):
            limit = math.inf
            for method in METHODS:
                lowest, spent = _run(hidden, method, seed, limit, 500 if options.quick else 5000)
                limit = min(limit, spent)
                found = {f"rmse, {method}": lowest, f"seconds, {method}": spent}
                rows += [Row(FIGURE, f"[5,{hidden},1]", OURS, seed, name, value) for name, value in found.items()]
            size = parameters(KAN((5, hidden, 1), 5))
            rows.append(Row(FIGURE, f"[5,{hidden},1]", OURS, seed, "parameters", float(size)))
        yield rows


def _run(hidden: int, method: str, seed: int, limit: float, n: int) -> tuple[float, float]:
    """The lowest test RMSE of a run, and its seconds: so many steps, or as many as the limit allows."""
    X, y = noisy_rows(n, seed)
    X_test, y_test = noisy_rows(1000, seed + 1000, noise=0.0)
    errors: list[float] = []
    begun = clock()

    def note(step: FitStep) -> bool:
        errors.append(rmse(step.model, X_test, y_test))
        return clock() - begun < limit

    steps = STEPS if math.isinf(limit) else UNLIMITED
    fit(KAN((5, hidden, 1), 5, seed=seed), X, y, steps=steps, on_step=note, method=method)
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

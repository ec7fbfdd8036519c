"""Many starts in one batch against the same starts one by one."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from benchmarks.training.ours import clock, warm_up
from benchmarks.training.results import OURS, Options, Row, cases, median
from benchmarks.training.tables import error, markdown, seconds, times
from benchmarks.training.tasks import NESTED
from kan_core import KAN, fit

TITLE = "Restarts in a batch"
TEXT = """[4,4,1] with G=5 on 1000 rows, at most 50 steps: `restarts=64` in one call, which gives the worse half up
every few steps, against 64 calls with the same seeds, the best of which counts. Training error of what is kept."""
FIGURE = "restarts"
WIDTHS, STEPS = (4, 4, 1), 50


def measure(options: Options) -> Iterator[list[Row]]:
    """On the processor, and on the graphics card where there is one."""
    for device in ("cpu", *(["cuda"] if torch.cuda.is_available() else [])):
        rows: list[Row] = []
        for seed in range(options.seeds):
            rows += _rows(device, seed, 8 if options.quick else 64)
        yield rows


def _rows(device: str, seed: int, restarts: int) -> list[Row]:
    data = NESTED.sample(1000, seed)
    warm_up()
    fit(KAN(WIDTHS), data.X, data.y, steps=2, restarts=2, device=device)
    models = [KAN(WIDTHS, seed=seed * restarts + k) for k in range(restarts)]
    begun = clock()
    batch = fit(models[0], data.X, data.y, steps=STEPS, restarts=restarts, device=device)
    middle = clock()
    singles = [fit(model, data.X, data.y, steps=STEPS, device=device) for model in models]
    ended = clock()
    found = {
        "restarts": restarts,
        "seconds in a batch": middle - begun,
        "seconds one by one": ended - middle,
        "ratio": (ended - middle) / (middle - begun),
        "rmse in a batch": batch.history[-1].rmse_train,
        "rmse one by one": min(result.history[-1].rmse_train for result in singles),
    }
    return [Row(FIGURE, device, OURS, seed, quantity, float(value)) for quantity, value in found.items()]


def table(rows: list[Row]) -> str:
    header = ("device", "starts", "time in a batch", "one by one", "ratio", "best in the batch", "one by one")
    return markdown(header, (_line(case, found) for case, found in cases(rows)))


def _line(case: str, rows: list[Row]) -> list[str]:
    starts = f"{median(rows, 'restarts'):.0f}"
    spent = (seconds(median(rows, key)) for key in ("seconds in a batch", "seconds one by one"))
    errors = (error(median(rows, key)) for key in ("rmse in a batch", "rmse one by one"))
    return [case, starts, *spent, times(median(rows, "ratio")), *errors]

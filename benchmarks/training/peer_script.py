"""Trains pykan on given arrays, inside pykan's own environment: `peer_script.py arrays.npz spec.json trace.json`.

Nothing of the program is imported here. The spec holds widths, grids (each later one by pykan's own refinement), steps
for each grid, seed, threads, and a budget of seconds for each grid (null for none). The trace is written even if
pykan raises. Run it in a directory that may be littered: pykan writes checkpoints and figures where it stands.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch


def clock() -> float:
    """Seconds; of the processor where one thread works, so that what else the machine does is not counted."""
    return time.process_time() if torch.get_num_threads() == 1 else time.perf_counter()


class TimeUp(Exception):  # noqa: N818 - not an error
    """The budget of a grid is spent."""


class Watch:
    """Notes time and test error after each step, through the two hooks that pykan's `fit` offers."""

    __name__ = "watch"

    def __init__(self, budget: float | None) -> None:
        self.points: list[tuple[float, float, int]] = []
        self.budget = budget
        self.begun = self.stage = clock()
        self.grid = 0
        self._last = torch.tensor(torch.nan)

    def next_grid(self, grid: int) -> None:
        self.grid, self.stage = grid, clock()

    def loss(self, predicted: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
        """The mean squared error; pykan's last call in a step is the one on the test rows."""
        found = torch.mean((predicted - wanted) ** 2)
        self._last = found.detach()
        return found

    def __call__(self) -> torch.Tensor:
        """The metric that pykan asks for at the end of a step."""
        now = clock()
        self.points.append((now - self.begun, float(self._last.sqrt()), self.grid))
        if self.budget is not None and now - self.stage > self.budget:
            raise TimeUp
        return torch.tensor(0.0)


def train(kan: Any, data: dict[str, torch.Tensor], spec: dict[str, Any], watch: Watch) -> None:
    """pykan's documented recipe: L-BFGS without penalty, then the same again on each finer grid."""
    options = {"width": list(spec["widths"]), "k": 3, "seed": spec["seed"], "auto_save": False}
    model = kan.KAN(grid=spec["grids"][0], **options)
    watch.begun = clock()
    for grid in spec["grids"]:
        watch.next_grid(grid)
        if grid != spec["grids"][0]:
            model = model.refine(grid)
            model.auto_save = False  # refine switches it on, and then looks for a history that was never written
        try:
            model.fit(data, opt="LBFGS", steps=spec["steps"], lamb=0.0, loss_fn=watch.loss, metrics=[watch])
        except TimeUp:
            model.symbolic_enabled = model.save_act = True  # as fit leaves them when it ends by itself


def main(arrays: str, spec_file: str, trace_file: str) -> None:
    spec = json.loads(Path(spec_file).read_text())
    torch.set_num_threads(spec["threads"])
    torch.set_default_dtype(torch.float64)
    kan = importlib.import_module("kan")
    rows = np.load(arrays)
    data = {
        "train_input": torch.as_tensor(rows["X"]),
        "train_label": torch.as_tensor(rows["y"]).unsqueeze(1),
        "test_input": torch.as_tensor(rows["X_test"]),
        "test_label": torch.as_tensor(rows["y_test"]).unsqueeze(1),
    }
    few = {key: value[:50] for key, value in data.items()}
    train(kan, few, {**spec, "grids": [3], "steps": 1}, Watch(None))  # first calls of the libraries are not timed
    watch = Watch(spec["budget"])
    try:
        train(kan, data, spec, watch)
    finally:
        Path(trace_file).write_text(json.dumps(watch.points))


if __name__ == "__main__":
    main(*sys.argv[1:4])

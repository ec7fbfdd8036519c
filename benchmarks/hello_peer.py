"""pykan's first tutorial, inside pykan's own environment: `hello_peer.py arrays.npz spec.json answer.json`.

Fit with a penalty, prune, fit, refine, fit, name every edge by `auto_symbolic` from the tutorial's own ten functions,
fit and round the formula to four digits: https://github.com/KindXiaoming/pykan, hellokan.ipynb.
Nothing of the program is imported here. Run it in a directory that may be littered.
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

LIBRARY = ["x", "x^2", "x^3", "x^4", "exp", "log", "sqrt", "tanh", "sin", "abs"]
STEPS = 50


def clock() -> float:
    """Seconds; of the processor where one thread works, so that what else the machine does is not counted."""
    return time.process_time() if torch.get_num_threads() == 1 else time.perf_counter()


def recipe(kan: Any, data: dict[str, torch.Tensor], seed: int, steps: int) -> tuple[str, float]:
    """The formula and its test RMSE."""
    Path("model").mkdir(exist_ok=True)  # pruning writes to a history that, unless it saves all, was never begun
    (Path("model") / "history.txt").touch()
    model = kan.KAN(width=[2, 5, 1], grid=3, k=3, seed=seed, auto_save=False)
    model.fit(data, opt="LBFGS", steps=steps, lamb=0.001)
    model = model.prune()
    model.auto_save = False
    model.fit(data, opt="LBFGS", steps=steps)
    model = model.refine(10)
    model.auto_save = False  # refine switches it on, and then looks for a history that was never written
    model.fit(data, opt="LBFGS", steps=steps)
    model.auto_symbolic(lib=LIBRARY, verbose=0)
    model.fit(data, opt="LBFGS", steps=steps)
    with torch.no_grad():
        rmse = torch.sqrt(torch.mean((model(data["test_input"]) - data["test_label"]) ** 2))
    return str(kan.utils.ex_round(model.symbolic_formula()[0][0], 4)), float(rmse)


def main(arrays: str, spec_file: str, answer_file: str) -> None:
    spec = json.loads(Path(spec_file).read_text())
    torch.set_num_threads(spec["threads"])
    torch.set_default_dtype(torch.float64)
    kan = importlib.import_module("kan")
    importlib.import_module("kan.utils")
    rows = np.load(arrays)
    data = {
        "train_input": torch.as_tensor(rows["X"]),
        "train_label": torch.as_tensor(rows["y"]).unsqueeze(1),
        "test_input": torch.as_tensor(rows["X_test"]),
        "test_label": torch.as_tensor(rows["y_test"]).unsqueeze(1),
    }
    warm = kan.KAN(width=[2, 1], grid=3, k=3, auto_save=False)  # first calls of the libraries are not timed
    warm.fit({key: value[:50] for key, value in data.items()}, opt="LBFGS", steps=1)
    began = clock()
    try:
        formula, rmse = recipe(kan, data, spec["seed"], spec["steps"])
    except Exception as error:  # noqa: BLE001 - whatever it raises, it has taken its time
        formula, rmse = f"{type(error).__name__}: {error}", float("nan")
    answer = {"seconds": clock() - began, "formula": formula, "rmse": None if rmse != rmse else rmse}
    Path(answer_file).write_text(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:4])

"""`python -m benchmarks.hello`: from a table to the exact law of pykan's first tutorial, no human step, both programs.

exp(sin πx + y²), 1000 rows: ours by one call of `discover`, pykan's by its own scripted recipe (fit, prune, fit,
refine, fit, auto_symbolic, fit), on the same arrays with the same number of threads, both warm, taking turns. With one
thread seconds are those of the processor.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import sympy as sp
import torch

from benchmarks.training.peer import environment, find_python, last_line
from benchmarks.training.results import machine
from benchmarks.training.tables import markdown, write_section
from datasets import parse_formula
from symbolic import discover, same_law

ROWS, TEST_ROWS = 1000, 1000
FASTEST, RATIO = 0.9, 50.0  # seconds and times that are wanted
x, y = sp.symbols("x_1 x_2")
LAW, RANGES = sp.exp(sp.sin(sp.pi * x) + y**2), {"x_1": (-1.0, 1.0), "x_2": (-1.0, 1.0)}
HERE = Path(__file__).parent
BEGIN, END = "<!-- hello: begin (written by python -m benchmarks.hello) -->", "<!-- hello: end -->"


class Run(NamedTuple):
    """What one program returned: seconds, its formula, the RMSE on the test rows, and whether it is the law."""

    seconds: float
    formula: str
    rmse: float | None
    exact: bool


def arrays(seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    X, X_test = rng.uniform(-1, 1, (ROWS, 2)), rng.uniform(-1, 1, (TEST_ROWS, 2))
    law = sp.lambdify([x, y], LAW)
    return {"X": X, "y": law(*X.T), "X_test": X_test, "y_test": law(*X_test.T)}


def ours(rows: dict[str, np.ndarray], seed: int) -> Run:
    """One call, timed."""
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    began = clock()
    found = discover(rows["X"], rows["y"], names=["x_1", "x_2"], seed=seed)
    seconds = clock() - began
    if found.best is None:
        return Run(seconds, "none", None, False)
    rmse = float(np.sqrt(np.mean((found.best.predict(rows["X_test"]) - rows["y_test"]) ** 2)))
    return Run(seconds, str(found.best), rmse, same_law(found.best.expr, LAW, RANGES))


def theirs(python: str, rows: dict[str, np.ndarray], seed: int, threads: int, steps: int) -> Run:
    """pykan's recipe in its own environment; the formula it prints is judged as it is printed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        X, values, X_test, y_test = (rows[key] for key in ("X", "y", "X_test", "y_test"))
        np.savez(folder / "arrays.npz", X=X, y=values, X_test=X_test, y_test=y_test)
        (folder / "spec.json").write_text(json.dumps({"seed": seed, "threads": threads, "steps": steps}))
        files = ["arrays.npz", "spec.json", "answer.json"]
        done = subprocess.run(
            [python, "-I", HERE / "hello_peer.py", *files],
            cwd=folder, env=environment(folder, threads), capture_output=True, text=True,
        )  # fmt: skip
        written = folder / "answer.json"
        if not written.exists():
            raise RuntimeError(f"The peer did not start: {last_line(done.stderr)}.")
        answer: dict[str, Any] = json.loads(written.read_text())
    return Run(answer["seconds"], answer["formula"], answer["rmse"], _is_law(answer["formula"]))


def _is_law(formula: str) -> bool:
    """Whether a printed formula is the law to the four digits it is printed with."""
    try:
        expr = parse_formula(formula)
    except ValueError:
        return False
    if not expr.free_symbols <= {x, y}:
        return False
    points = np.random.default_rng(0).uniform(-1, 1, (200, 2))
    law, other = sp.lambdify([x, y], LAW)(*points.T), sp.lambdify([x, y], expr)(*points.T)
    return bool(np.sqrt(np.mean((law - other) ** 2)) < 1e-3 * np.std(law))


def main(arguments: Sequence[str] | None = None) -> None:
    given = _parse(arguments)
    torch.set_num_threads(given.threads)
    ours(arrays(99), 0)  # warm: imports, compiled expressions
    pairs: list[tuple[Run, Run | None]] = []
    for seed in range(given.seeds):
        rows = arrays(seed)
        mine = ours(rows, seed)
        peer = None if given.alone else theirs(find_python(given.peer), rows, seed, given.threads, given.steps)
        pairs.append((mine, peer))
        print(f"seed {seed}: {mine}{'' if peer is None else f' against {peer}'}", file=sys.stderr, flush=True)
    text = section(pairs, machine(given.threads))
    print(text)
    if not given.alone and given.steps == 50:
        write_section(HERE / "README.md", text, BEGIN, END)


def section(pairs: list[tuple[Run, Run | None]], where: str) -> str:
    """The README's section: a line for each program, the ratio of medians, the machine."""
    lines = []
    for name, runs in (("KANvas", [mine for mine, _ in pairs]), ("pykan", [peer for _, peer in pairs if peer])):
        if not runs:
            continue
        errors = [run.rmse for run in runs if run.rmse is not None]
        formula = max({run.formula for run in runs}, key=[run.formula for run in runs].count)
        lines.append([
            name, f"{statistics.median(run.seconds for run in runs):.2f} s",
            f"{sum(run.exact for run in runs)} of {len(runs)}",
            f"{statistics.median(errors):.1e}" if errors else "-", f"`{_short(formula)}`",
        ])  # fmt: skip
    table = markdown(("program", "median time", "the law", "test RMSE", "formula"), lines)
    ratio = ""
    if all(peer is not None for _, peer in pairs):
        medians = [statistics.median(r.seconds for r in runs) for runs in zip(*pairs, strict=True) if all(runs)]
        ratio = f"Ratio of medians: {medians[1] / medians[0]:.0f} (wanted: {RATIO:.0f}, and at most {FASTEST} s).\n\n"
    words = (__doc__ or "").split(": ", 1)[1].strip()
    return f"## Hello\n\n{words[0].upper()}{words[1:]}\n\n{table}\n\n{ratio}*{where}*"


def _short(formula: str) -> str:
    return formula if len(formula) <= 80 else f"{formula[:77]}..."


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hello", description=__doc__)
    parser.add_argument("--seeds", type=int, default=3, help="tables, and seeds of both programs (default: 3)")
    parser.add_argument("--threads", type=int, default=1, help="threads of both programs (default: 1)")
    parser.add_argument("--steps", type=int, default=50, help="of each of pykan's fits (default: 50, the tutorial's)")
    parser.add_argument("--peer", help="interpreter of an environment with benchmarks/requirements.txt")
    parser.add_argument("--alone", action="store_true", help="without pykan")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()

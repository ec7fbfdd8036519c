"""Runs pykan in a virtual environment of its own and brings back its trace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from benchmarks.training.tasks import Arrays
from benchmarks.training.trace import Point, Trace

HERE = Path(__file__).parent
HOME = HERE.parent / ".peer"
REQUIREMENTS = HERE.parent / "requirements.txt"
VARIABLE = "KANVAS_PEER_PYTHON"


@lru_cache
def find_python(given: str | None) -> str:
    """The peer's interpreter: the given one, else the environment variable's, else one made here on first use."""
    chosen = given or os.environ.get(VARIABLE)
    if chosen:
        return chosen
    python = HOME / ("Scripts" if os.name == "nt" else "bin") / "python"
    finished = HOME / "finished"
    if not finished.exists():
        print(f"Installing the peer into benchmarks/{HOME.name} …", file=sys.stderr)
        venv.create(HOME, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", REQUIREMENTS], check=True)
        finished.touch()
    return str(python)


def train_pykan(
    python: str,
    rows: Arrays,
    widths: Sequence[int],
    grids: Sequence[int],
    steps: int,
    seed: int,
    threads: int,
    budget: float | None = None,
) -> Trace:
    """pykan's run on the rows; `budget` limits the seconds on each grid. A failure leaves a shorter trace."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.savez(folder / "arrays.npz", **rows._asdict())
        spec = {"widths": widths, "grids": grids, "steps": steps, "seed": seed, "threads": threads, "budget": budget}
        (folder / "spec.json").write_text(json.dumps(spec))
        files = ["arrays.npz", "spec.json", "trace.json"]
        done = subprocess.run(
            [python, "-I", HERE / "peer_script.py", *files],
            cwd=folder,
            env=environment(folder, threads),
            capture_output=True,
            text=True,
        )
        written = folder / "trace.json"
        if not written.exists():
            raise RuntimeError(f"The peer did not start: {last_line(done.stderr)}. Check --peer or {VARIABLE}.")
        points = tuple(Point(*row) for row in json.loads(written.read_text()))
    if done.returncode:
        print(f"pykan stopped after {len(points)} steps: {last_line(done.stderr)}", file=sys.stderr)
    return Trace(points)


def environment(folder: Path, threads: int) -> dict[str, str]:
    """What the peer runs in: no screen, and the given threads."""
    quiet = {"MPLBACKEND": "Agg", "MPLCONFIGDIR": str(folder)}
    return {**os.environ, **quiet, "OMP_NUM_THREADS": str(threads), "MKL_NUM_THREADS": str(threads)}


def last_line(text: str) -> str:
    """The last line of a program's complaints."""
    return (text.strip().splitlines() or ["no message"])[-1]

"""A question to a process of its own, which is ended when its time is up: nothing else ends SymPy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
OVER = "over"  # the answer of one that took too long


def ask(module: str, question: dict[str, Any], seconds: float) -> dict[str, Any]:
    """The JSON that `python -m module` answers to JSON; {"failed": why} where it takes too long or breaks."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", module],
            input=json.dumps(question),
            capture_output=True,
            text=True,
            timeout=seconds,
            cwd=ROOT,
            env=_environment(),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"failed": OVER}
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return {"failed": f"broke off: {last[:200]}"}
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _environment() -> dict[str, str]:
    """This process's own, but for Dask's advice to malloc, with which every array comes fresh from the kernel."""
    return {key: value for key, value in os.environ.items() if not key.startswith("MALLOC_")} | ONE_THREAD


def answer(found: dict[str, Any]) -> None:
    """Hands the answer to the process that asked."""
    print(json.dumps(found), flush=True)


def asked() -> dict[str, Any]:
    """The question of the process that asked."""
    question: dict[str, Any] = json.load(sys.stdin)
    return question

"""One fit in a process of its own: prints its peak of resident memory (bytes) and the seconds of a step as JSON."""

from __future__ import annotations

import json
import resource
import sys

import torch

from benchmarks.training.ours import clock, warm_up
from benchmarks.training.step import noisy_rows
from kan_core import KAN, fit

STEPS = 5


def peak() -> int:
    """Bytes; Linux counts in kibibytes, macOS in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main(n: int, seed: int, threads: int) -> None:
    torch.set_num_threads(threads)
    X, y = noisy_rows(n, seed)
    warm_up()
    before, begun = peak(), clock()
    result = fit(KAN((5, 5, 1), grid=5, seed=seed), X, y, steps=STEPS)
    spent = clock() - begun
    found = {"peak": peak(), "peak before the fit": before, "seconds a step": spent / len(result.history)}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))

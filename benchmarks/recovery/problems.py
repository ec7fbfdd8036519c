"""The laws to find again, and the rows they are to be found from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import sympy as sp

from datasets import CatalogueEntry, catalogue, catalogue_entry

NOISES = (0.0, 0.001, 0.01, 0.1)  # of SRBench: standard deviation in units of the root mean square of the target
TEST_ROWS = 2500
STRATIFIED = 40


@dataclass(frozen=True)
class Job:
    """One search: a law of the catalogue by its number, how its rows are drawn, and what the search may use."""

    law: str
    noise: float = 0.0
    ranges: str = "uniform"
    units: bool = False
    seed: int = 0
    budget: float = 60.0
    rows: int = 10_000


class Rows(NamedTuple):
    """Training rows with noise in the target, test rows without, and the law itself in the symbols of `names`."""

    X: np.ndarray
    y: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    names: tuple[str, ...]
    target: str
    units: dict[str, str]
    truth: sp.Expr


def number(entry: CatalogueEntry) -> str:
    """What a law of the Feynman lectures is called: I.8.14, or test_3 for the third bonus law."""
    return entry.key.removeprefix("feynman_")


def in_srbench(entry: CatalogueEntry) -> bool:
    """Whether the law is among the 116 that SRBench's tables count."""
    return any(alias.startswith("feynman_") for alias in entry.aliases)


def laws(which: str) -> list[str]:
    """The numbers of all 120 laws, or of 40 of SRBench's 116: every third or so by kind, difficulty and inputs."""
    entries = catalogue(collection="feynman")
    if which == "all":
        return [number(entry) for entry in entries]
    known = [entry for entry in entries if in_srbench(entry)]
    bonus = [number(entry).startswith("test_") for entry in known]
    order = sorted(range(len(known)), key=lambda k: (bonus[k], known[k].difficulty, len(known[k].variables), k))
    places = np.linspace(0, len(order) - 1, STRATIFIED).round().astype(int)
    return [number(known[k]) for k in sorted(order[place] for place in places)]


def draw(job: Job) -> Rows:
    """The rows of a job: X uniform in its ranges (or as nature has them), N(0, γ·RMS(y)) on training targets only."""
    entry = catalogue_entry(f"feynman_{job.law}")
    ranges = "usual" if job.ranges == "uniform" else "realistic"
    data = entry.load(seed=job.seed, n=job.rows + TEST_ROWS, noise=0.0, ranges=ranges)
    assert data.law is not None
    X, y, X_test, y_test = data.X[: job.rows], data.y[: job.rows], data.X[job.rows :], data.y[job.rows :]
    size = job.noise * float(np.sqrt(np.mean(y**2)))
    noisy = y + size * np.random.default_rng([job.seed, 14]).normal(size=len(y))
    return Rows(X, noisy, X_test, y_test, data.names, data.target, data.units or {}, data.law)

"""The cost of one Levenberg–Marquardt step against the two products that it cannot do without."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import torch

from benchmarks.training.ours import clock, warm_up
from benchmarks.training.results import OURS, Options, Row, median
from benchmarks.training.tables import markdown, seconds, times
from kan_core import KAN, FitResult, fit

TITLE = "Cost of a step"
TEXT = """Five inputs, smooth with 1 % noise, float64: the time of a whole fit over its accepted steps, against JᵀJ
and its Cholesky factor on a matrix of the same size, in one process and in turns. Target: 2×."""
FIGURE, CASE, BARE = "step", "[5,10,1] G=5", "bare"
WIDTHS, GRID, STEPS = (5, 10, 1), 5, 20


def noisy_rows(n: int, seed: int = 0, noise: float = 0.01) -> tuple[np.ndarray, np.ndarray]:
    """Rows (n, 5) of a smooth function with noise, so that a fit neither ends at once nor reaches rounding."""
    draw = np.random.default_rng(seed)
    X = draw.uniform(-1, 1, (n, 5))
    y = np.sin(np.pi * X[:, 0] * X[:, 1]) + np.exp(X[:, 2]) * X[:, 3] + X[:, 4] ** 2
    return X, y + noise * draw.normal(size=n)


def parameters(model: KAN) -> int:
    """Coefficients of live splines and one bias a node."""
    return sum(int(layer.spline.sum()) * layer.coef.shape[2] + layer.n_legs for layer in model.layers)


def accepted(result: FitResult) -> int:
    """Steps that changed the network: a refused one leaves the error as it was."""
    errors = [step.rmse_train for step in result.history]
    return 1 + sum(a != b for a, b in itertools.pairwise(errors))


def bare_seconds(n: int, p: int) -> float:
    """JᵀJ and Cholesky of random numbers of the same size."""
    J = torch.randn((n, p), dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    begun = clock()
    H = J.T @ J
    torch.linalg.cholesky(H + torch.eye(p, dtype=torch.float64))
    return clock() - begun


def measure(options: Options) -> Iterator[list[Row]]:
    """Fits and bare products in turns; several bare products a turn, the median taken."""
    n = 2000 if options.quick else 10_000
    X, y = noisy_rows(n)
    warm_up()
    rows: list[Row] = []
    for seed in range(options.seeds):
        model = KAN(WIDTHS, GRID, seed=seed)
        p = parameters(model)
        before = [bare_seconds(n, p) for _ in range(5)]
        begun = clock()
        result = fit(model, X, y, steps=STEPS)
        spent = clock() - begun
        bare = float(np.median(before + [bare_seconds(n, p) for _ in range(5)]))
        ours = spent / accepted(result)
        found = {"seconds a step": ours, "steps": len(result.history), "accepted": accepted(result)}
        found |= {"rows": n, "parameters": p, "ratio": ours / bare}
        rows += [Row(FIGURE, CASE, OURS, seed, quantity, float(value)) for quantity, value in found.items()]
        rows.append(Row(FIGURE, CASE, BARE, seed, "seconds a step", bare))
    yield rows


def table(rows: list[Row]) -> str:
    n, p = (f"{median(rows, quantity):.0f}" for quantity in ("rows", "parameters"))
    steps = f"{median(rows, 'accepted'):.0f} of {median(rows, 'steps'):.0f}"
    bare, ours = seconds(median(rows, "seconds a step", BARE)), seconds(median(rows, "seconds a step"))
    header = ("shape", "rows", "parameters", "accepted steps", "JᵀJ + Cholesky", "our step", "ratio")
    return markdown(header, [(CASE, n, p, steps, bare, ours, times(median(rows, "ratio")))])

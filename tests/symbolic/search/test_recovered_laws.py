"""A fast subset of what the recovery benchmark measures: laws found again exactly, seeds fixed."""

import numpy as np
import pytest

from datasets import catalogue_entry
from symbolic import discover, same_law

LAWS = [
    *("I.6.2a", "I.12.1", "I.12.4", "I.14.3", "I.32.5", "I.25.13", "I.27.6", "I.29.4", "I.34.27", "I.39.1"),
    *("I.43.31", "II.3.24", "II.8.31", "II.38.3", "III.7.38"),
]
NOISY = ["I.12.1", "I.29.4", "II.38.3"]
ROWS, BUDGET = 300, 60.0


def again(name, noise=0.0):
    entry = catalogue_entry(f"feynman_{name}")
    data = entry.load(seed=0, n=ROWS, noise=0.0, ranges="usual")
    size = noise * float(np.sqrt(np.mean(data.y**2)))
    y = data.y + size * np.random.default_rng(1).normal(size=ROWS)
    found = discover(data.X, y, names=data.names, target=data.target, budget=BUDGET, seed=0)
    ranges = {n: (float(c.min()), float(c.max())) for n, c in zip(data.names, data.X.T, strict=True)}
    return found, data.law, ranges


@pytest.mark.parametrize("name", LAWS)
def test_a_law_is_found_again_exactly(name):
    found, truth, ranges = again(name)
    assert found.status == "exact"
    assert same_law(found.best.expr, truth, ranges)


@pytest.mark.parametrize("name", NOISY)
def test_a_law_under_noise_is_found_again_exactly(name):
    found, truth, ranges = again(name, noise=0.01)
    assert same_law(found.best.expr, truth, ranges)

"""A budget binds every stage: what this thread works on after its end is little, however hard the table."""

import gc
import math
import time

import numpy as np
import pytest
import sympy as sp

from symbolic import _clock, discover
from symbolic._clock import late, left, until
from symbolic.fitting._refine import refine
from symbolic.formulas._limit import within
from symbolic.formulas._same import equal
from symbolic.laws._constants import recognise

BUDGET = 1.5
MOST = 1.25 * BUDGET + 0.6  # seconds of work: the clock on the wall is that of a busy machine


def table(rows, columns, noise=0.0):
    rng = np.random.default_rng(0)
    X = rng.uniform(1, 3, (rows, columns))
    return X, 1 + noise * rng.normal(size=rows)


def wild(X):
    return np.sin(X[:, 0] * X[:, 1]) * np.exp(np.cos(X[:, 2])) + X[:, 3] / (X[:, 4] + X[:, 5] ** 2)


def broken(X):
    return np.abs(np.sin(3 * X[:, 0] * X[:, 1])) + np.floor(X[:, 2]) * X[:, 0] ** 1.3


X9, E9 = table(30_000, 9, 0.01)
X6, E6 = table(2000, 6)
X3, E3 = table(400, 3)
X2, E2 = table(300, 2)
X4, E4 = table(45, 4, 0.05)
LENGTHS = {f"x{k}": "m" for k in range(1, 7)} | {"y": "m"}


@pytest.mark.parametrize(
    ("X", "y", "options"),
    [
        pytest.param(X9, wild(X9) * E9, {}, id="many rows and columns under noise"),
        pytest.param(X9, wild(X9) * E9, {"robust": True}, id="the same with outliers"),
        pytest.param(X6, wild(X6), {}, id="no noise"),
        pytest.param(X3, broken(X3), {}, id="kinks and steps"),
        pytest.param(X6, wild(X6), {"units": LENGTHS}, id="units"),
        pytest.param(X2, X2[:, 0] ** 2 * X2[:, 1] + X2[:, 1] ** 2, {"hints": {"max_complexity": 5}}, id="hints"),
        pytest.param(X4, X4[:, 0] ** 2 * X4[:, 1] / X4[:, 2] * E4, {"robust": "auto"}, id="few rows"),
    ],
)
def test_a_search_works_hardly_longer_than_its_budget(X, y, options):
    known = {"x1": "m", "x2": "m", "y": "m^2"}  # what is imported first, Pint too, is not the search's time
    discover(X2[:60], X2[:60, 0] * X2[:60, 1], units=known, budget=5.0)
    gc.collect()
    gc.freeze()  # what other tests have left in memory is theirs: to look it through takes up to a second
    began = time.thread_time()
    found = discover(X, y, budget=BUDGET, **options)
    gc.unfreeze()
    assert time.thread_time() - began < MOST
    assert found.seconds < MOST


def test_once_time_is_up_constants_stay_as_they_are_and_nothing_is_rewritten():
    x, k = sp.symbols("x k")
    X = np.linspace(1, 2, 50)[:, None]
    with until(_clock.now() - 1.0):
        assert late()
        assert refine(k * x, {k: 2.5}, X, 3 * X[:, 0], [x]).values == {k: 2.5}
        assert recognise(k * x, {k: 3.0 + 1e-14}, X, 3 * X[:, 0], [x]).expr == sp.Float(3.0 + 1e-14) * x
        assert within(60.0, equal, [x, x]) is None
    assert left() == math.inf
    assert recognise(k * x, {k: 3.0 + 1e-14}, X, 3 * X[:, 0], [x]).expr == 3 * x


def test_an_inner_deadline_is_never_later_than_an_outer_one():
    with until(_clock.now() + 5.0), until(_clock.now() + 50.0):
        assert left() <= 5.0

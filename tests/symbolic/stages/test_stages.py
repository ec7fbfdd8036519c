"""All stages, one after another: none breaks a search, whatever the table."""

import numpy as np
import pytest
import sympy as sp

from symbolic import _clock
from symbolic.stages import _stages
from symbolic.stages._stages import STAGES, solve
from symbolic.stages._task import Candidate, Task

SYMBOLS = sp.symbols("a b c")
ROWS = 300


def task_of(X, y, seconds):
    return Task(X, y, SYMBOLS[: X.shape[1]], 0.0, _clock.now() + seconds)


def tables():
    rng = np.random.default_rng(7)
    X, few = rng.uniform(0.1, 3.0, (ROWS, 3)), rng.uniform(-2.0, 2.0, (9, 2))
    t = np.linspace(0.1, 30.0, ROWS)[:, None]
    return {
        "one input, no pattern": (X[:, :1], rng.standard_normal(ROWS)),
        "a chirp": (t, np.sin(t[:, 0]) * np.exp(np.sin(3 * t[:, 0])) + np.cos(t[:, 0] ** 2 / 7)),
        "three inputs, no pattern": (X, rng.standard_cauchy(ROWS)),
        "two values": (X[:, :2], (X[:, 0] > X[:, 1]).astype(float)),
        "whole numbers": (np.floor(2 * X[:, :2]), np.floor(2 * X[:, 0])),
        "few rows": (few, few[:, 0] * few[:, 1]),
        "tiny and huge": (X * [1e-30, 1.0, 1e30], 1e-25 * X[:, 0] / X[:, 2]),
    }


@pytest.mark.parametrize("table", tables())
@pytest.mark.parametrize("name", STAGES)
def test_no_stage_fails(name, table):
    X, y = tables()[table]
    task = task_of(X, y, 0.3)
    for found in STAGES[name](task, solve):
        with np.errstate(all="ignore"):
            left = y - sp.lambdify(task.symbols, found.expr, ["scipy", "numpy"])(*X.T)
            told = np.nan_to_num(np.sqrt(np.mean(left**2)) / np.std(y), nan=np.inf)
        assert found.error == pytest.approx(told, rel=1e-3, abs=1e-6), found


def test_a_curve_like_none_that_is_known_leaves_compound_without_an_answer_about_any_zero():
    task = task_of(*tables()["a chirp"], 60)
    assert all(found.error > 0.5 for found in STAGES["compound"](task, solve))


def test_a_stage_that_fails_costs_its_own_answers_only(monkeypatch):
    def broken(task, solve):
        yield Candidate(SYMBOLS[0], 1.0, "before")
        raise IndexError("a defect")

    monkeypatch.setattr(_stages, "STAGES", {"broken": broken, "compound": STAGES["compound"]})
    x = np.linspace(1.0, 3.0, ROWS)[:, None]
    with pytest.warns(RuntimeWarning, match="IndexError\\('a defect'\\)"):
        found = list(solve(task_of(x, np.exp(x[:, 0]), 60)))
    assert found[0].reason == "before"
    assert found[-1].error < 1e-8

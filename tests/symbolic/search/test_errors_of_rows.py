"""Errors that grow with y, or are given row by row: seen, counted, and no reason for a wrong law."""

from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

from symbolic import discover, same_law
from symbolic.asked._gate import gate
from symbolic.asked._hints import Hints
from symbolic.networks._from_network import settle
from symbolic.search._course import Course
from symbolic.search._networks import _telling
from symbolic.stages._settled import settled
from symbolic.stages._task import Task

V, R = sp.symbols("V R")


def powers(rows=120, share=0.03, seed=7):
    """V²/R with errors in proportion to it, and a column that has nothing to do with it."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([rng.uniform(0.5, 9, rows), rng.uniform(10, 200, rows), rng.uniform(15, 30, rows)])
    exact = X[:, 0] ** 2 / X[:, 1]
    return X, exact, share * exact, rng.standard_normal(rows)


@pytest.mark.parametrize("seed", [1, 7])
def test_errors_in_proportion_to_y_hide_neither_the_law_nor_the_idle_column(seed):
    X, exact, sigma, standard = powers(seed=seed)
    found = discover(X, exact + sigma * standard, names=["V", "R", "room"], target="P", budget=30)
    assert same_law(found.best.expr, V**2 / R, ranges={"V": (0.5, 9), "R": (10, 200)})
    assert found.status == "noise"
    assert any("grows with it" in sentence for sentence in found.evidence)


def test_errors_that_are_given_row_by_row_count_in_every_stage():
    X, exact, _, standard = powers(seed=3)
    sigma = np.where(np.arange(len(X)) % 2, 1e-3, 1.0)  # every other row says next to nothing
    found = discover(X, exact + sigma * standard, names=["V", "R", "room"], target="P", sigma=sigma, budget=30)
    assert same_law(found.best.expr, V**2 / R, ranges={"V": (0.5, 9), "R": (10, 200)})


def test_numbers_of_a_stage_are_refined_with_rows_by_their_weight():
    """Least squares of c·x in closed form: Σw·x·y / Σw·x²."""
    rng = np.random.default_rng(0)
    X = rng.uniform(1, 2, (200, 1))
    sigma = np.where(np.arange(200) % 2, 0.01, 1.0)
    y, x = 3 * X[:, 0] + sigma * rng.standard_normal(200), sp.Symbol("x")
    task = Task(X, y, (x,), 0.02, np.inf, weight=sigma**-2)
    (found,) = settled(task, sp.Float(2.5) * x, "", thorough=True).expr.atoms(sp.Float)
    weighed = np.sum(X[:, 0] * y / sigma**2) / np.sum(X[:, 0] ** 2 / sigma**2)
    assert float(found) == pytest.approx(weighed, rel=1e-6)
    assert float(found) != pytest.approx(np.sum(X[:, 0] * y) / np.sum(X[:, 0] ** 2), rel=1e-4)


def test_networks_are_named_on_the_rows_that_say_something():
    X = np.random.default_rng(0).uniform(size=(100, 1))
    sigma = np.where(np.arange(100) % 2, 1e-3, 1.0)
    course = Course(gate(X, X[:, 0] ** 2, ["x"], "y", sigma, 0), 9.0, 0, None, None, Hints())
    kept, y, weight = _telling(course, "train")
    precise = [k for k in course.rows.split["train"] if k % 2]
    assert set(kept[:, 0]) >= set(X[precise, 0])
    assert len(y) == max(len(precise), len(course.rows.split["train"]) // 2)
    assert np.median(weight) == pytest.approx(course.rows.weight("train").max())


def test_weights_are_those_of_the_rows_of_a_part():
    X, y = np.arange(10.0)[:, None], np.arange(10.0) ** 2
    rows = gate(X, y, None, "y", np.linspace(1, 2, 10), 0)
    chosen = rows.split["train"]
    np.testing.assert_allclose(rows.weight("train"), (rows.typical / np.linspace(1, 2, 10)[chosen]) ** 2)
    assert np.mean(np.concatenate([rows.weight(name) for name in rows.split])) == pytest.approx(1.0)


def test_a_fading_wave_in_eighty_rows_keeps_its_phase():
    t = np.linspace(0, 20, 80)
    y = 0.3 * np.exp(-0.08 * t) * np.cos(1.9 * t + 0.2) + 0.004 * np.random.default_rng(7).standard_normal(80)
    best = discover(t[:, None], y, names=["t"], target="angle", budget=12).best
    np.testing.assert_allclose(best.predict(t[:, None]), 0.3 * np.exp(-0.08 * t) * np.cos(1.9 * t + 0.2), atol=0.006)
    assert len(best.constants) == 4


def test_where_there_is_no_scatter_a_guess_at_it_does_not_keep_the_rounding():
    """Morse's potential, whose value and slope are 0 within the data."""
    X = np.random.default_rng(0).uniform([0.5, 0.5, 0.8], [2, 4, 1.5], (300, 3))
    exact = (1 - np.exp(-X[:, 0] * (X[:, 1] - X[:, 2]))) ** 2
    rows = replace(gate(X, exact, ["a", "r", "q"], "y", np.hypot(1e-9, 0.2 * exact), 0), guessed=True)
    a, r, q = sp.symbols("a r q")
    off, two = sp.Float(3e-17), sp.Float(2.0)
    law = settle(sp.exp(two * a * (q - r + off)) - two * sp.exp(a * (q - r + off)) + 1, rows, "").law
    assert law.expr == sp.exp(2 * a * (q - r)) - 2 * sp.exp(a * (q - r)) + 1

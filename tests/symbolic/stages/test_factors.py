"""Columns of both signs: factors that vanish with them, and sums of their squares."""

import numpy as np
import pytest
import sympy as sp

from symbolic import discover, same_law
from symbolic.formulas._numeric import evaluate
from symbolic.stages._factors import factors
from symbolic.stages._stages import solve
from symbolic.stages._task import Task

LAWS = (
    "A*exp(-g*t)*cos(3*t)",
    "a*b*sin(c*x)",
    "z*sin(3*x**2 + 3*y**2)",
    "z*sqrt(1 + x**2 + y**2)",
    "x*y/(2 + sin(3*z))",
    "log(1 + x**2*y**2) + z",
)


@pytest.mark.parametrize("law", LAWS)
def test_laws_are_found_from_ranges_about_zero(law):
    expr = sp.sympify(law)
    symbols = sorted(expr.free_symbols, key=str)
    X = np.random.default_rng(0).uniform(-1, 1, (1000, len(symbols)))
    found = discover(X, evaluate(expr, tuple(symbols), X), names=[s.name for s in symbols], target="q", budget=120)
    assert found.status == "exact", found.best
    assert same_law(found.best.expr, expr, ranges={s.name: (-1, 1) for s in symbols})


def test_a_column_that_y_does_not_vanish_with_is_no_factor():
    X = np.random.default_rng(1).uniform(-1, 1, (1000, 2))
    y = np.cos(3 * X[:, 0]) * (X[:, 1] + 2)
    task = Task(X, y, sp.symbols("x z"), 0.0, np.inf)
    assert not list(factors(task, solve))


def test_a_factor_is_divided_out_under_noise_in_rows_that_still_say_something():
    rng = np.random.default_rng(2)
    X = np.column_stack([rng.uniform(-2, 2, 2000), rng.uniform(0, 3, 2000)])
    clean = X[:, 0] * (1 + X[:, 1] ** 2)
    y = clean + 0.05 * np.std(clean) * rng.standard_normal(2000)
    posed: list[Task] = []

    def listening(task):
        posed.append(task)
        return iter(())

    list(factors(Task(X, y, sp.symbols("x z"), 0.05, np.inf), listening))
    assert [str(s) for s in posed[0].symbols] == ["z"]
    left = posed[0].y - (1 + posed[0].X[:, 0] ** 2)
    assert np.sqrt(np.average(left**2, weights=posed[0].weight)) == pytest.approx(
        posed[0].noise * posed[0].spread, rel=0.1
    )

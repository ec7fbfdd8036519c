"""Sums of terms against the sums they were made of, and curves of several inputs that are found one by one."""

import numpy as np
import pytest
import sympy as sp

from symbolic import _clock, discover, same_law
from symbolic.formulas._numeric import evaluate
from symbolic.stages._stages import solve
from symbolic.stages._sums import sums
from symbolic.stages._task import Task
from symbolic.stages._terms import terms
from symbolic.stages.additive._stage import curves

SUMS = {
    "3*x**3/2 - x*y/2 + exp(x)": (-3, 3),
    "8*sin(x) + 3*y*cos(y)": (-3, 3),
    "x**9 + x**8 + x**7 + x**6 + x**5 + x**4 + x**3 + x**2 + x": (-1, 1),
    "2 + x*y - y**2/3 + log(x)": (0.5, 4),
    "exp(-13*x/10) + x**2": (0, 3),
}


def rows_of(law, ends, noise=0.0, rows=400, seed=0):
    expr = sp.sympify(law)
    symbols = tuple(sorted(expr.free_symbols, key=str))
    rng = np.random.default_rng(seed)
    X = rng.uniform(*ends, (rows, len(symbols)))
    y = evaluate(expr, symbols, X)
    return expr, symbols, X, y + noise * np.std(y) * rng.standard_normal(rows)


@pytest.mark.parametrize("law", SUMS)
def test_a_sum_is_found_exactly(law):
    _, symbols, X, y = rows_of(law, SUMS[law])
    assert min(one.error for one in sums(Task(X, y, symbols, 0.0, _clock.now() + 60.0), None)) < 1e-8


@pytest.mark.parametrize("law", ["3*x**3/2 - x*y/2 + exp(x)", "x**4 - x**3 + y**2/2 - y"])
def test_a_sum_is_found_behind_noise(law):
    expr, symbols, X, y = rows_of(law, (0, 1) if "x**4" in law else (-3, 3), noise=0.01)
    found = discover(X, y, names=[str(s) for s in symbols], target="f", budget=10)
    assert same_law(found.best.expr, expr, ranges=dict.fromkeys(map(str, symbols), (0.0, 1.0)))


def test_noise_alone_is_no_sum_of_terms():
    rng = np.random.default_rng(5)
    X, y = rng.uniform(-1, 1, (500, 3)), rng.standard_normal(500)
    assert list(sums(Task(X, y, sp.symbols("a b c"), 0.5, _clock.now() + 60.0), None)) == []


def test_every_term_has_the_values_of_its_formula():
    X = np.random.default_rng(2).uniform(0.3, 2.0, (20, 2))
    symbols = sp.symbols("x y")
    for term in terms(X):
        np.testing.assert_allclose(term.values(X), evaluate(term.expr(symbols), symbols, X), rtol=1e-12, atol=1e-12)


def test_terms_are_left_out_where_the_columns_have_no_values_for_them():
    X = np.array([[-1.0, 0.0], [0.5, 1.0], [2.0, 3.0]])
    for term in terms(X):
        assert np.isfinite(term.values(X)).all()


def test_curves_without_a_name_in_the_library_are_found_one_by_one():
    expr, symbols, X, y = rows_of("1/(1 + x**(-4)) + 1/(1 + y**(-4))", (0.3, 5), rows=250)
    best = min(curves(Task(X, y, symbols, 0.0, _clock.now() + 120.0), solve), key=lambda one: one.error)
    assert same_law(best.expr, expr, ranges={"x": (0.3, 5), "y": (0.3, 5)}), best.expr

"""Roots as a person writes them: nothing under a root that has one, and no unit under it where that costs nothing."""

import numpy as np
import pytest
import sympy as sp

from symbolic.formulas._canonical import shortest
from symbolic.formulas._numeric import evaluate
from symbolic.formulas._roots import roots_drawn

a, c, m, t, u, v, x = sp.symbols("a c m t u v x")
DOMAIN = {a: (1.0, 2.0), c: (4.0, 6.0), m: (1.0, 5.0), t: (1.0, 3.0), u: (1.0, 2.0), v: (1.0, 3.0), x: (5.0, 9.0)}


def on(expr):
    return {symbol: DOMAIN[symbol] for symbol in sorted(expr.free_symbols, key=str)}


@pytest.mark.parametrize(
    ("expr", "drawn"),
    [
        (sp.sqrt(1 / (c**2 + v**2)), 1 / sp.sqrt(c**2 + v**2)),
        (sp.sqrt((c**2 + m) / (c - v) ** 2), sp.sqrt(c**2 + m) / (c - v)),
        (sp.sqrt((c**2 + m) / (v - c) ** 2), sp.sqrt(c**2 + m) / (c - v)),
        (sp.Abs(v - c), c - v),
        (sp.Abs(v - 2), sp.Abs(v - 2)),
        (c * m * sp.sqrt(1 / (c**2 - v**2)), m / sp.sqrt(1 - v**2 / c**2)),
        (sp.sqrt(c**2 - v**2), sp.sqrt(c**2 - v**2)),
        ((c**2 * t - u * x) / (c * sp.sqrt(c**2 - u**2)), (t - u * x / c**2) / sp.sqrt(1 - u**2 / c**2)),
        ((c * t - u * x / c) / sp.sqrt(c**2 - u**2), (t - u * x / c**2) / sp.sqrt(1 - u**2 / c**2)),
        (m * sp.sqrt(c**2 - v**2) / (c + v * sp.cos(t)), m * sp.sqrt(1 - v**2 / c**2) / (1 + v * sp.cos(t) / c)),
        (c * m * sp.sqrt(c**2 - v**2) / (c + v), c * m * sp.sqrt(c**2 - v**2) / (c + v)),
        (m * sp.sqrt(c**2 - v**2) / (t + v), m * sp.sqrt(c**2 - v**2) / (t + v)),
    ],
    ids=str,
)
def test_what_can_come_out_of_a_root_does(expr, drawn):
    found = roots_drawn(expr, on(expr))
    symbols = sorted(expr.free_symbols, key=str)
    X = np.random.default_rng(1).uniform(*np.array([DOMAIN[s] for s in symbols]).T, (50, len(symbols)))
    assert sp.expand(found - drawn) == 0
    np.testing.assert_allclose(evaluate(found, symbols, X), evaluate(expr, symbols, X), rtol=1e-12)


def test_a_factor_that_changes_its_sign_stays_under_the_root():
    expr = sp.sqrt(c / (v - 2) ** 2)
    assert roots_drawn(expr, on(expr)).has(sp.Pow(v - 2, -2)) or roots_drawn(expr, on(expr)).has(sp.Abs)


def test_a_root_of_an_inverse_is_the_inverse_of_a_root_also_where_some_of_the_data_have_none():
    expr = c * t * (1 - u * x / (c**2 * t)) * sp.sqrt(1 / (c**2 - u**2))
    for slow in (1.0, 5.0):
        found = shortest(expr, {c: (4.0, 6.0), t: (1.0, 3.0), u: (slow, 2 * slow), x: (5.0, 9.0)})
        assert found == (t - u * x / c**2) / sp.sqrt(1 - u**2 / c**2)


def test_a_law_is_written_with_its_roots_drawn():
    assert shortest(c * m * sp.sqrt(1 / (c**2 - v**2)), on(c * m * v)) == m / sp.sqrt(1 - v**2 / c**2)

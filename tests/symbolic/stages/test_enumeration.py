"""Short expressions, each once, and laws met among them."""

import numpy as np
import pytest
import sympy as sp

from symbolic import _clock
from symbolic.formulas._numeric import evaluate
from symbolic.stages._bank import bank
from symbolic.stages._enumeration import enumerated
from symbolic.stages._stages import solve
from symbolic.stages._task import Task

x, y, z = SYMBOLS = sp.symbols("x y z")


def task_of(law, low=0.5, high=2.5, n=400, noise=0.0):
    symbols = sorted(law.free_symbols, key=str)
    rng = np.random.default_rng(0)
    X = rng.uniform(low, high, (n, len(symbols)))
    values = sp.lambdify(symbols, law)(*X.T)
    values = values + noise * np.std(values) * rng.normal(size=n)
    return Task(X, values, tuple(symbols), 1.05 * noise, _clock.now() + 600)


def test_values_in_the_bank_are_those_of_its_expressions():
    X = np.random.default_rng(0).uniform(0.5, 2, (40, 2))
    known = bank(X, (x, y), 800)
    for k in range(0, 800, 37):
        np.testing.assert_allclose(evaluate(known.expr(k), (x, y), X), known.values[k], rtol=1e-9)


def test_no_two_expressions_of_the_bank_have_the_same_values():
    X = np.random.default_rng(0).uniform(0.5, 2, (40, 2))
    values = bank(X, (x, y), 800).values
    assert len(np.unique(np.round(values / np.linalg.norm(values), 12), axis=0)) == 800


def test_the_bank_is_in_order_of_cost_and_begins_with_the_columns():
    known = bank(np.random.default_rng(0).uniform(0.5, 2, (40, 3)), SYMBOLS, 500)
    assert [known.expr(k) for k in range(3)] == [x, y, z]
    assert (np.diff(known.cost) >= 0).all()


@pytest.mark.parametrize(
    "law",
    [
        sp.sin(x * y) + x / 2,
        sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi),
        1 / (sp.exp(x / y) - 1),
        x * sp.cos(y) - z * sp.sin(y),
        sp.log(x + sp.exp(y)),
    ],
    ids=str,
)
def test_short_laws_are_met(law):
    assert next(iter(enumerated(task_of(law), solve))).error < 1e-9


def test_noise_does_not_hide_a_short_law():
    found = next(iter(enumerated(task_of(sp.sin(x * y) + x / 2, noise=0.01), solve)))
    assert found.error < 0.0105
    assert found.expr.has(sp.sin)


def test_a_law_that_is_not_short_is_not_claimed():
    law = sp.sin(3.7 * x + sp.exp(y) / 3) * sp.log(2.3 + x * y) + sp.tanh(5.1 * x - y**2)
    assert not list(enumerated(task_of(law), solve))


@pytest.mark.parametrize("law", [1 / sp.sqrt(1 + x * y), y * sp.cos(x)], ids=str)
def test_a_short_law_is_met_behind_loud_noise(law):
    found = enumerated(task_of(law, n=3000, noise=0.1), solve)
    assert any(_rounded(one.expr) == law for one in found)


def _rounded(expr):
    """Numbers within two hundredths of a whole one as that one, and those below as none."""
    return expr.xreplace({f: sp.Integer(round(f)) for f in expr.atoms(sp.Float) if abs(f - round(f)) < 0.02})

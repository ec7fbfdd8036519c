"""The printed form: short, of the same values, and such that SRBench's scorer sees the law in it."""

import numpy as np
import pytest
import sympy as sp

from symbolic.formulas._canonical import canonical, shortest
from symbolic.formulas._complexity import complexity
from symbolic.formulas._numeric import evaluate
from symbolic.formulas._same import srbench
from symbolic.formulas._tree import from_tree

a, b, c, m, r, u, v, w, x, y = sp.symbols("a b c m r u v w x y")


def form(expr):
    return from_tree(canonical([expr, sp.Add(*expr.free_symbols, evaluate=False)]))


@pytest.mark.parametrize(
    ("expr", "short"),
    [
        (a * b * sp.sin(x) + a * c, a * (b * sp.sin(x) + c)),
        (x * sp.sqrt(1 + y**2 / x**2), sp.sqrt(x**2 + y**2)),
        (a / (sp.exp(x / y) + sp.exp(-x / y)), a / (2 * sp.cosh(x / y))),
        (sp.exp(y**2) * sp.exp(sp.sin(sp.pi * x)), sp.exp(y**2 + sp.sin(sp.pi * x))),
        (sp.cos(2 * x) / 2 + sp.Rational(1, 2), sp.cos(x) ** 2),
        (-c * a / (r * (v - c)), c * a / (r * (c - v))),
        (sp.sqrt(x**2 - 2 * x * y + y**2 + a**2), sp.sqrt(a**2 + (x - y) ** 2)),
        (2.5 * x * sp.exp(1.3 * y) + 2.5 * x * c, 2.5 * x * (sp.exp(1.3 * y) + c)),
        (x / sp.sqrt(1 - u**2 / c**2) - u * y / (c**2 * sp.sqrt(1 - u**2 / c**2)),
         (x - u * y / c**2) / sp.sqrt(1 - u**2 / c**2)),
        (4 * x * sp.cos(y) ** 3 - 3 * x * sp.cos(y) + a, x * sp.cos(3 * y) + a),
        (sp.log((x**2 + 1) * sp.exp(y)), y + sp.log(x**2 + 1)),
        (a - a / ((x / y) ** c + 1), a / ((y / x) ** c + 1)),
        (sp.sqrt(2) * b * sp.sqrt(c**2 / 2 + x), b * sp.sqrt(c**2 + 2 * x)),
    ],
    ids=str,
)  # fmt: skip
def test_the_form_is_the_one_a_person_writes(expr, short):
    assert form(expr) == short


@pytest.mark.parametrize(
    ("truth", "found"),
    [
        ((1 + v / c) / sp.sqrt(1 - v**2 / c**2) * w, w * sp.sqrt(-1 - 2 / (-1 + v / c))),
        (sp.sqrt(2 / m * (w - u - a**2 / (2 * m * r**2))),
         r * sp.sqrt(2 * a**2 * w / (m * r**2) - a**4 / (m**2 * r**4) - 2 * a**2 * u / (m * r**2)) / a),
        (sp.sqrt(1 - v**2 / c**2), sp.sqrt(1 - v / c) * sp.sqrt(1 + v / c)),
        (a * sp.sqrt(x**2 + y**2), a * x * sp.sqrt(1 + y**2 / x**2)),
    ],
    ids=["Doppler", "radial momentum", "Lorentz", "norm"],
)  # fmt: skip
def test_the_scorer_sees_laws_that_it_did_not_see_before(truth, found):
    assert not srbench([truth, found])
    assert srbench([truth, form(found)])


@pytest.mark.parametrize("seed", range(12))
def test_a_form_has_the_values_of_the_expression_and_is_no_longer(seed):
    rng = np.random.default_rng(seed)
    leaves = [a, b, c, x, sp.Integer(2), sp.Float(0.7)]
    steps = [
        lambda p, q: p + q, lambda p, q: p * q, lambda p, q: p / q, lambda p, q: sp.sqrt(p * q + 1),
        lambda p, q: sp.exp(-p) * q, lambda p, q: p - q, lambda p, q: sp.cos(p) + q,
    ]  # fmt: skip
    for _ in range(6):
        i, j = rng.integers(len(leaves), size=2)
        leaves.append(steps[rng.integers(len(steps))](leaves[i], leaves[j]))
    expr = leaves[-1]
    if not expr.free_symbols:
        return
    found, X = form(expr), rng.uniform(1, 2, (50, 4))
    before, after = (evaluate(one, (a, b, c, x), X) for one in (expr, found))
    known = np.isfinite(before)
    np.testing.assert_allclose(after[known], before[known], rtol=1e-9)
    assert complexity(found) <= complexity(expr)


def test_a_form_that_takes_too_long_is_left_as_it_is():
    expr = sp.sqrt(1 - v / c) * sp.sqrt(1 + v / c)
    assert shortest(expr, {v: (1.0, 2.0), c: (3.0, 4.0)}, seconds=0.0) == expr


def test_signs_are_those_of_the_data():
    expr = x * sp.sqrt(1 + y**2 / x**2)
    assert shortest(expr, {x: (1.0, 2.0), y: (1.0, 2.0)}) == sp.sqrt(x**2 + y**2)
    negative = shortest(expr, {x: (-2.0, -1.0), y: (1.0, 2.0)})
    assert float(negative.subs({x: -1.5, y: 1.2})) == pytest.approx(float(expr.subs({x: -1.5, y: 1.2})))

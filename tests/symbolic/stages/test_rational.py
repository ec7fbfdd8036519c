"""Quotients of polynomials: found whole by linear algebra, stripped to the terms of the law, with and without noise."""

import numpy as np
import pytest
import sympy as sp

from symbolic import _clock, same_law
from symbolic.stages._stages import solve
from symbolic.stages._task import Task
from symbolic.stages.additive._links import IDENTITY
from symbolic.stages.rational._fit import Sparse, dense, monomials, products
from symbolic.stages.rational._stage import quotients, rational, repaired

a, b, c, d, e, t = sp.symbols("a b c d e t")
BOX = dict.fromkeys("abcde", (1.0, 5.0)) | {"t": (0.0, 6.0)}


def task_of(law, noise=0.0, n=800, box=BOX):
    symbols = sorted(law.free_symbols, key=str)
    rng = np.random.default_rng(0)
    X = np.stack([rng.uniform(*box[s.name], n) for s in symbols], axis=1)
    y = sp.lambdify(symbols, law)(*X.T)
    y = y + noise * np.sqrt(np.mean(y**2)) * rng.normal(size=n)
    share = noise * float(np.sqrt(np.mean(y**2)) / np.std(y))
    return Task(X, y, tuple(symbols), 1.05 * share, _clock.now() + 600)


def rounded(expr):
    """The formula with its numbers to two digits."""
    return expr.xreplace({number: sp.Float(round(float(number), 2)) for number in expr.atoms(sp.Float)})


def is_law(expr, law, box=BOX):
    ranges = {s.name: box[s.name] for s in law.free_symbols}
    return same_law(sp.nsimplify(expr, rational=True), law, ranges)


def test_monomials_are_counted_by_the_binomial_and_evaluated():
    exponents = monomials(3, 4)
    assert len(exponents) == 35
    F = np.random.default_rng(0).normal(size=(5, 3))
    np.testing.assert_allclose(products(F, exponents), np.prod(F[:, None, :] ** exponents, axis=2))


def test_the_square_of_a_sine_is_left_to_its_cosine():
    assert not (monomials(2, 3, (1,))[:, 1] > 1).any()


def test_the_smallest_singular_value_is_the_noise_whatever_the_degrees():
    task = task_of((a + b * c) / (d + 2), noise=0.01, n=2000)
    noise = 0.01 * np.sqrt(np.mean(task.y**2))
    for above, below in ((2, 1), (2, 2), (3, 1)):
        F = products(task.X / 5, monomials(4, above))
        P, Q = F[:, : len(monomials(4, above))], F[:, : len(monomials(4, below))]
        assert dense(P, Q, task.y, IDENTITY)[2] == pytest.approx(noise, rel=0.1)


def test_slopes_of_a_quotient_are_those_of_finite_differences():
    task = task_of(a * b / (a + c), n=50)
    F = products(task.X / 5, monomials(3, 2))
    search = Sparse(F, monomials(3, 2).sum(1), task.y, IDENTITY)
    up, down = np.array([1, 4]), np.array([0, 2])
    at = search.quotient(up, down, np.array([0.7, 0.4]), np.array([1.0, 0.3]), 0)
    J, r = search.linearised(at, up, down)
    h = 1e-6
    for k in range(3):
        step = np.eye(3)[k] * h
        ends = [search.value(up, down, at.p + s * step[:2], at.q + s * np.array([0.0, step[2]])) for s in (1.0, -1.0)]
        np.testing.assert_allclose(J[:, k], (ends[0] - ends[1]) / (2 * h), rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(r, task.y - search.value(up, down, at.p, at.q))


@pytest.mark.parametrize(
    "law",
    [
        (a * b + c * d) / (a + c),
        (a + b) / (1 + a * b / c**2),
        e / (d / a + d / b),
        (a**2 + b * c) / (d + e),
        sp.sqrt((a + b * c) / (d + 2)),
        a / (b + c) ** 2,
        sp.sqrt(a**2 + b**2 - 2 * a * b * sp.cos(t)),
        a / sp.sqrt(b**2 + c**2),
        sp.exp(-a / (b + c)),
    ],
    ids=str,
)
def test_quotients_are_found_exactly(law):
    (found,) = repaired(task_of(law), solve)
    assert found.error < 1e-12
    assert is_law(found.expr, law)


def test_what_stands_before_other_stages_is_short():
    square = a**2 + b**2 - 2 * a * b * sp.cos(t) + c**2 + c * d + d * a * b + a
    assert not list(rational(task_of(square), solve))
    assert next(iter(repaired(task_of(square), solve))).error < 1e-12


@pytest.mark.parametrize("law", [sp.sin(a * b), sp.tanh(a) / (a + b), sp.log(a + b**2)], ids=str)
def test_what_is_no_quotient_of_polynomials_is_not_made_one(law):
    small = dict.fromkeys("ab", (1.0, 2.0))
    assert all(
        found.error < 1e-12 and is_law(found.expr, law, small) for found in rational(task_of(law, box=small), solve)
    )


@pytest.mark.parametrize(("law", "noise"), [(a * b / (a + b), 0.001), ((a**2 + b * c) / (d + e), 0.01)], ids=str)
def test_noise_leaves_the_terms_of_the_law_and_no_others(law, noise):
    found = next(iter(quotients(task_of(law, noise), solve)))
    assert is_law(rounded(found.expr), law)


def test_a_quotient_with_a_pole_in_reach_of_the_data_stays_finite_on_them():
    law = 1 / (a - b)
    (found,) = rational(task_of(law, box={"a": (3.0, 5.0), "b": (1.0, 2.5)}), solve)
    assert found.error < 1e-12

"""Exact constants where the data allow them, measured ones where they do not."""

import numpy as np
import pytest
import sympy as sp

from symbolic.laws._constants import parametrise, recognise
from symbolic.laws._exact_numbers import candidates

x, z, a, b, c, d, p = sp.symbols("x z a b c d p")


def _X(n=200, seed=0):
    return np.random.default_rng(seed).uniform(0.5, 4, (n, 2))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.pi, "pi"), (2 * np.pi, "2*pi"), (np.pi / 4, "pi/4"), (1 / np.pi, "1/pi"), (np.pi**2 / 6, "pi**2/6"),
        (np.sqrt(2), "sqrt(2)"), (1 / np.sqrt(2 * np.pi), "sqrt(2)/(2*sqrt(pi))"), (np.e, "E"), (3.0, "3"),
        (-7 / 12, "-7/12"), (1.0, "1"), (1200.0, "1200"),
    ],
)  # fmt: skip
def test_exact_data_give_exact_constants(value, text):
    X = _X()
    found = recognise(c * x**p, {c: 0.9, p: 0.8}, X, value * X[:, 0] ** 1.5, [x, z])
    assert found.expr == sp.sympify(text) * x ** sp.Rational(3, 2)
    assert [constant.recognised for constant in found.constants] == [text, "3/2"]


@pytest.mark.parametrize("value", [0.1234, 9.81, 6.674e-11, 2.99792458e8, 1.380649e-23, 0.7317])
def test_a_physical_constant_stays_a_number_with_its_error(value):
    X = _X()
    noise = 1 + 1e-3 * np.random.default_rng(1).normal(size=200)
    for y in (value * X[:, 0], value * X[:, 0] * noise):
        (constant,) = recognise(c * x, {c: value * 1.1}, X, y, [x, z]).constants
        assert constant.recognised is None
        assert constant.value == pytest.approx(value, rel=3e-4)


def test_noise_leaves_two_within_its_error_and_keeps_a_number_that_is_none():
    X = _X(100)
    rng = np.random.default_rng(5)
    y = 2 * X[:, 0] - 0.7317 * X[:, 1] + 0.1 * rng.normal(size=100)
    first, second = recognise(c * x + a * z, {c: 1.0, a: 1.0}, X, y, [x, z]).constants
    assert first.recognised == "2"
    assert first.stderr == pytest.approx(0.006, rel=0.5)
    assert second.recognised is None


def test_a_number_three_and_more_errors_from_an_integer_is_not_made_one():
    X = _X(400)
    rng = np.random.default_rng(6)
    kept = 0
    for _ in range(10):
        y = 2.01 * X[:, 0] + 0.04 * rng.normal(size=400)  # standard error 0.0008: twelve of them away
        (constant,) = recognise(c * x, {c: 1.0}, X, y, [x, z]).constants
        kept += constant.recognised != "2"
    assert kept == 10


def test_terms_that_are_not_there_are_removed():
    X = _X()
    y = 3 * X[:, 0] + 0.05 * np.random.default_rng(2).normal(size=200)
    found = recognise(c * x + a * z + d, {c: 1.0, a: 0.1, d: 0.1}, X, y, [x, z])
    assert found.expr == 3 * x
    exact = recognise(
        c * sp.sin(a * x + b) + d, {c: 1.9, a: 3.1, b: 0.1, d: 0.1}, X, 2 * np.sin(np.pi * X[:, 0]), [x, z]
    )
    assert exact.expr == 2 * sp.sin(sp.pi * x)


def test_a_constant_the_data_do_not_determine_is_dropped():
    X = _X()
    found = recognise(c * sp.exp(d + a * x), {c: 1.0, d: 0.1, a: 1.0}, X, 3 * np.exp(X[:, 0] / 2), [x, z])
    assert sp.simplify(found.expr - 3 * sp.exp(x / 2)) == 0


def test_known_errors_replace_the_residual_as_the_measure():
    X = _X()
    y = 2.02 * X[:, 0]
    loose = recognise(c * x, {c: 1.0}, X, y, [x, z], sigma=0.5).constants[0]
    tight = recognise(c * x, {c: 1.0}, X, y, [x, z], sigma=0.001).constants[0]
    assert (loose.recognised, tight.recognised) == ("2", None)


def test_floats_in_a_formula_are_found_and_read():
    expr = 1.4142135623730951 * x**1.5 + 0.0 * z + 3
    found, values = parametrise(expr)
    assert not found.has(sp.Float)
    assert found.subs(values) == expr
    X = _X()
    read = recognise(expr, {}, X, np.sqrt(2) * X[:, 0] ** 1.5 + 3, [x, z])
    assert read.expr == sp.sqrt(2) * x ** sp.Rational(3, 2) + 3


def test_exponents_are_halves_and_thirds_and_never_multiples_of_pi():
    forms = [form for form, _ in candidates(np.pi / 2, exponent=True)]
    assert all(form.is_Rational for form in forms)
    assert sp.Rational(3, 2) in forms


def test_simple_forms_cost_fewer_bits():
    price = {str(form): bits for form, bits in (*candidates(1.0), *candidates(0.875), *candidates(np.pi))}
    assert price["1"] < price["7/8"]
    assert price["pi"] < price["22/7"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (4 * np.pi / 3, "4*pi/3"), (8 * np.pi / 3, "8*pi/3"), (1 / (2 * np.pi**3), "1/(2*pi**3)"),
        (3 / (20 * np.pi), "3/(20*pi)"), (32 / 5, "32/5"), (7 / 18, "7/18"),
    ],
)  # fmt: skip
def test_exact_data_give_longer_forms_too(value, text):
    X = _X(2000)
    found = recognise(c * x**2 / z, {c: value}, X, value * X[:, 0] ** 2 / X[:, 1], [x, z])
    assert sp.simplify(found.expr - sp.sympify(text) * x**2 / z) == 0


@pytest.mark.parametrize(("precision", "share"), [(1e-3, 0.16), (1e-4, 0.08), (1e-6, 0.02)])
def test_numbers_that_are_none_are_seldom_taken_for_exact_ones(precision, share):
    rng = np.random.default_rng(0)
    column, taken, count = rng.uniform(0.5, 2, (200, 1)), 0, 60
    for _ in range(count):
        value = 10 ** rng.uniform(-2, 2)
        noise = precision * value * np.sqrt(200 * np.mean(column**2)) * rng.normal(size=200)
        (constant,) = recognise(c * x, {c: value}, column, value * column[:, 0] + noise, [x]).constants
        taken += constant.recognised is not None
    assert taken <= share * count


@pytest.mark.parametrize("multiple", [1.0, -1.0, 2.0, -0.5], ids=str)
def test_numbers_that_are_multiples_of_each_other_become_one(multiple):
    x, y, k1, k2 = sp.symbols("x y k1 k2")
    rng = np.random.default_rng(3)
    X = rng.uniform(1, 3, (4000, 2))
    clean = 0.37193 * X[:, 0] ** 2 + multiple * 0.37193 * X[:, 1]
    found = recognise(k1 * x**2 + k2 * y, {k1: 0.4, k2: 0.4}, X, clean + 0.01 * rng.normal(size=4000), [x, y])
    assert float(found.forms[k2]) == pytest.approx(multiple * float(found.forms[k1]), rel=1e-12)
    assert float(found.forms[k1]) == pytest.approx(0.37193, abs=1e-3)
    assert len(found.constants) == (1 if abs(multiple) == 1 else 2)


def test_numbers_that_differ_by_more_than_their_errors_stay_two():
    x, y, k1, k2 = sp.symbols("x y k1 k2")
    rng = np.random.default_rng(4)
    X = rng.uniform(1, 3, (4000, 2))
    clean = 0.37193 * X[:, 0] + 0.3799 * X[:, 1]
    found = recognise(k1 * x + k2 * y, {k1: 0.4, k2: 0.4}, X, clean + 0.01 * rng.normal(size=4000), [x, y])
    assert float(found.forms[k2]) == pytest.approx(0.3799, abs=1e-3)
    assert abs(float(found.forms[k2]) - float(found.forms[k1])) > 0.004


def test_a_number_equal_to_a_recognised_one_is_that():
    x, y, k1, k2, k3 = sp.symbols("x y k1 k2 k3")
    rng = np.random.default_rng(5)
    X = rng.uniform(1, 3, (4000, 2))
    u, v = X.T
    clean = 1 / np.sqrt(16 * np.pi**2 * (u**2 - 0.6 * u * v + v**2))
    expr = 1 / sp.sqrt(k1 * x**2 + k2 * x * y * sp.Rational(3, 10) + k3 * y**2)
    noise = 0.01 * float(np.std(clean)) * rng.normal(size=4000)
    found = recognise(expr, {k1: 150.0, k2: -300.0, k3: 160.0}, X, clean + noise, [x, y])
    assert found.forms[k1] == found.forms[k3] == 16 * sp.pi**2
    assert found.forms[k2] == -32 * sp.pi**2


@pytest.mark.parametrize(("errors", "kept"), [(2.9, False), (4.0, True)])
def test_a_term_goes_where_chance_explains_it(errors, kept):
    """y = x + e, with e such that the intercept of the line is so many of its standard errors, by their formula."""
    X = _X(1000)
    design = np.stack([X[:, 0], np.ones(1000)], 1)
    raw = np.random.default_rng(0).normal(size=1000)
    rest = raw - design @ np.linalg.lstsq(design, raw, rcond=None)[0]
    error = np.sqrt(np.linalg.inv(design.T @ design)[1, 1] * (rest @ rest) / 998)
    found = recognise(a * x + b, {a: 1.0, b: 0.1}, X, X[:, 0] + rest + errors * error, [x, z]).expr
    assert (found.subs(x, 0) != 0) == kept


@pytest.mark.parametrize("value", [1e308, -1e200, np.inf, np.nan])
def test_a_number_beyond_all_forms_has_none_but_zero(value):
    assert [form for form, _ in candidates(value)] == [0]

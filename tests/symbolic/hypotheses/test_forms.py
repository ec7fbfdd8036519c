"""A law from its fitted numbers to its exact ones."""

from dataclasses import replace

import numpy as np
import pytest
import sympy as sp

from symbolic import Constant, Law, fit_formula, forms, freed, make_variables, verdict

m, v = sp.symbols("m v")
DRAWS = np.random.default_rng(0)
X = DRAWS.uniform(1, 5, (200, 2))
TRUE = 0.5 * X[:, 0] * X[:, 1] ** 2 + 3.2
Y = TRUE + DRAWS.normal(0, 0.1, 200)


def law(expr, *constants):
    told = tuple(Constant(float(value), 0.01, recognised=form) for value, form in constants)
    return Law(expr, "E", make_variables(["m", "v"]), constants=told)


KINETIC = law(m * v**2 / 2 + 3.2, (0.5, "1/2"), (2.0, "2"), (3.2, None))


def test_the_fitted_numbers_are_those_of_least_squares_with_their_errors():
    from scipy.optimize import curve_fit

    _, numbers = forms(KINETIC, X, Y)
    best, covariance = curve_fit(lambda X, a, p, c: a * X[:, 0] * X[:, 1] ** p + c, X, Y, [0.5, 2, 3.2])
    found = {number.exact: number for number in numbers}
    for exact, value, error in zip((0.5, 2.0, 3.2), best, np.sqrt(np.diag(covariance)), strict=True):
        assert found[exact].value == pytest.approx(value, rel=1e-6)
        assert found[exact].stderr == pytest.approx(error, rel=1e-3)
        assert found[exact].apart == pytest.approx(abs(value - exact) / error, rel=2e-3)


def test_each_step_is_the_formula_that_it_shows():
    ways, numbers = forms(KINETIC, X, Y)
    assert [way.name for way in ways] == ["fitted", "rounded", "recognised"]
    assert ways[2].expr == KINETIC.expr
    fitted, rounded = (sorted(map(float, way.expr.atoms(sp.Float))) for way in ways[:2])
    for number, value, short in zip(sorted(numbers, key=lambda one: one.value), fitted, rounded, strict=True):
        assert value == number.value
        assert abs(short - value) < number.stderr
        assert len(repr(short)) < len(repr(value))


def test_a_fit_with_free_numbers_is_no_worse_than_the_law_and_rounding_costs_less_than_the_noise():
    ways, _ = forms(KINETIC, X, Y)
    errors = [float(np.sqrt(np.mean((replace(KINETIC, expr=way.expr).predict(X) - Y) ** 2))) for way in ways]
    assert errors[0] <= errors[2]
    assert errors[1] < 1.01 * errors[0]


def test_numbers_that_were_never_measured_stay():
    expr, values = freed(law(sp.sqrt(1 - v**2 / m**2)))
    assert not values
    assert expr == sp.sqrt(1 - v**2 / m**2)


def test_a_factor_recognised_as_one_is_set_free_too():
    expr, values = freed(law(m * v, (1.0, "1")))
    assert list(values.values()) == [1.0]
    assert expr.subs(dict.fromkeys(values, 2)) == 2 * m * v


def test_a_law_without_numbers_has_one_form():
    ways, numbers = forms(law(m * v**2), X, Y)
    assert [way.name for way in ways] == ["recognised"]
    assert not numbers


@pytest.mark.parametrize(
    ("y", "expected"),
    [(TRUE, "exact"), (Y, "noise"), (TRUE + np.sin(X[:, 0]), "approximate")],
)
def test_what_a_law_leaves_is_told_in_a_word(y, expected):
    assert verdict(KINETIC, X, y) == expected


def test_forms_of_a_fitted_formula_keep_its_numbers():
    fitted = fit_formula("a*m*v^2 + b", X, Y, ["m", "v"], "E")
    _, numbers = forms(fitted, X, Y)
    # The exponent is the user's own and not measured, unless a constant happens to be recognised as 2.
    assert {round(number.exact, 6) for number in numbers} >= {round(one.value, 6) for one in fitted.constants}

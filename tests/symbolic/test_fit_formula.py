"""A formula typed by a user, fitted."""

import numpy as np
import pandas as pd
import pytest
import sympy as sp
from scipy.optimize import curve_fit

from symbolic import SymbolicError, fit_formula


def test_constants_and_errors_equal_scipys():
    rng = np.random.default_rng(0)
    t = np.linspace(0, 8, 90)
    y = 3 * np.exp(-0.6 * t) - 1 + 0.05 * rng.normal(size=90)
    law = fit_formula("A*exp(-k*t) + d", t[:, None], y, names=["t"])
    best, covariance = curve_fit(lambda t, A, d, k: A * np.exp(-k * t) + d, t, y, p0=[1, 0, 1])
    assert [c.name for c in law.constants] == ["A", "d", "k"]
    np.testing.assert_allclose([c.value for c in law.constants], best, rtol=1e-5)
    np.testing.assert_allclose([c.stderr for c in law.constants], np.sqrt(np.diag(covariance)), rtol=1e-3)
    assert law.constants[0].recognised == "3"


@pytest.mark.parametrize(
    ("formula", "constants", "law"),
    [
        ("A*sin(w*t + f) + d", {"A": 3, "w": 4.2, "f": 1, "d": 0.5}, lambda t, A, w, f, d: A * np.sin(w * t + f) + d),
        ("A*exp(-k*t) + B*exp(-m*t)", None, lambda t: 3 * np.exp(-0.3 * t) + 2 * np.exp(-2 * t)),
        ("c*t^p", {"c": 6e-11, "p": -1.7}, lambda t, c, p: c * t**p),
        ("c/(1 + exp(-k*(t - t0)))", {"c": 5, "k": 2, "t0": 4}, lambda t, c, k, t0: c / (1 + np.exp(-k * (t - t0)))),
        ("A*exp(-(t - m)^2/(2*s^2))", None, lambda t: 7 * np.exp(-((t - 6) ** 2) / 0.5)),
    ],
)
def test_the_constants_of_exact_data_are_found_from_nothing(formula, constants, law):
    t = np.linspace(0.1, 10, 200)
    y = law(t, **(constants or {}))
    found = fit_formula(formula, t[:, None], y, names=["t"])
    np.testing.assert_allclose(found.predict(t[:, None]), y, rtol=1e-9, atol=1e-9 * np.max(np.abs(y)))
    for constant in found.constants if constants and "w" not in constants else ():
        assert constant.value == pytest.approx(constants[constant.name], rel=1e-8)


def test_a_frequency_far_above_the_sampling_is_not_preferred():
    t = np.linspace(0, 10, 200)
    y = 3 * np.sin(4.2 * t + 1) + 0.1 * np.random.default_rng(0).normal(size=200)
    law = fit_formula("A*sin(w*t + f)", t[:, None], y, names=["t"])
    assert abs({c.name: c.value for c in law.constants}["w"]) == pytest.approx(4.2, abs=0.01)


def test_data_over_decades_are_fitted_relatively():
    x = np.array([0.3871, 0.7233, 1.0, 1.524, 5.203, 9.537, 19.19, 30.07])
    y = np.array([0.2408, 0.6152, 1.0, 1.881, 11.86, 29.45, 84.02, 164.8])
    law = fit_formula("c*a**p", x[:, None], y, names=["a"], target="T")
    assert {c.name: c.recognised for c in law.constants} == {"c": "1", "p": "3/2"}
    assert law.provenance.endswith("relative errors")
    assert str(law).startswith("T = 0.99987")


def test_a_table_brings_its_own_names_and_odd_headings_are_written_by_symbol():
    frame = pd.DataFrame({"mass (kg)": [1.0, 2.0, 3.0], "v": [2.0, 1.0, 4.0]})
    law = fit_formula("k*mass_kg*v^2", frame, [2.0, 1.0, 24.0])
    assert law.constants[0].value == pytest.approx(0.5)
    assert law.constants[0].recognised == "1/2"


def test_an_expression_is_as_good_as_text():
    a, k = sp.symbols("a k")
    law = fit_formula(k * a, [[1.0], [2.0]], [3.0, 6.0], names=["a"])
    assert law.predict([[5.0]]) == pytest.approx(15)


def test_what_cannot_be_fitted_is_refused_in_words():
    with pytest.raises(SymbolicError, match="uses none of the columns"):
        fit_formula("c*q", [[1.0], [2.0]], [1.0, 2.0], names=["a"])
    with pytest.raises(SymbolicError, match="no finite values"):
        fit_formula("sqrt(-a^2 - 1)", [[1.0], [2.0]], [1.0, 2.0], names=["a"])
    with pytest.raises(SymbolicError, match="need at least as many rows"):
        fit_formula("b + c*a + d*a^2", [[1.0], [2.0]], [1.0, 2.0], names=["a"])

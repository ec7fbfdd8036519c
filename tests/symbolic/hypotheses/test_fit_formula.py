"""A formula typed by a user, fitted."""

import numpy as np
import pandas as pd
import pytest
import sympy as sp
from scipy.optimize import curve_fit

from symbolic import SymbolicError, UnitError, fit_formula


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


def test_the_covariance_with_errors_given_row_by_row_is_scipys():
    rng = np.random.default_rng(2)
    t = np.linspace(0.5, 6, 60)
    sigma = 0.02 + 0.03 * t
    y = 2 * np.exp(-0.4 * t) + 0.7 + sigma * rng.normal(size=60)
    law = fit_formula("A*exp(-k*t) + d", t[:, None], y, names=["t"], sigma=sigma)
    best, covariance = curve_fit(
        lambda t, A, d, k: A * np.exp(-k * t) + d, t, y, p0=[1, 0, 1], sigma=sigma, absolute_sigma=True
    )
    np.testing.assert_allclose([c.value for c in law.constants], best, rtol=1e-5)
    np.testing.assert_allclose([c.stderr for c in law.constants], np.sqrt(np.diag(covariance)), rtol=1e-4)
    place = [[c.value for c in law.constants].index(abs(float(v))) for v in _numbers(law.expr)]
    signs = np.array([np.sign(float(v)) for v in _numbers(law.expr)])
    wanted = covariance[np.ix_(place, place)] * np.outer(signs, signs)
    np.testing.assert_allclose(np.array(law.uncertainty.covariance), wanted, rtol=1e-3)
    squares = float(np.sum(((y - law.predict(t[:, None])) / sigma) ** 2))
    assert law.provenance == f"fitted to 60 rows with given errors: χ² = {squares:.4g} for 57 degrees of freedom"
    reach = 1.959963984540054
    for constant in law.constants:
        assert constant.interval == pytest.approx(
            (constant.value - reach * constant.stderr, constant.value + reach * constant.stderr)
        )


def _numbers(expr):
    return [node for node in sp.preorder_traversal(expr) if isinstance(node, sp.Float)]


def test_intervals_without_given_errors_are_those_of_students_t():
    t = np.arange(1.0, 8.0)
    y = 2 * t + np.array([0.1, -0.2, 0.05, 0.1, -0.1, 0.15, -0.1])
    (constant,) = fit_formula("k*t", t[:, None], y, names=["t"], loss="absolute").constants
    half = 2.4469118511449692 * constant.stderr  # the 97.5 % point of t with 6 degrees of freedom
    assert constant.interval == pytest.approx((constant.value - half, constant.value + half))


def test_the_kind_of_error_can_be_asked_for():
    t = np.linspace(1, 100, 40)
    y = 3 * t**1.5 * np.exp(0.1 * np.random.default_rng(0).normal(size=40))
    by_share, by_size = (
        fit_formula("c*t^p", t[:, None], y, names=["t"], loss=loss) for loss in ("relative", "absolute")
    )
    slope, level = np.polyfit(np.log(t), np.log(y), 1)
    np.testing.assert_allclose([c.value for c in by_share.constants], [np.exp(level), slope], rtol=1e-6)
    best, _ = curve_fit(lambda t, c, p: c * t**p, t, y, p0=[3, 1.5])
    np.testing.assert_allclose([c.value for c in by_size.constants], best, rtol=1e-5)
    with pytest.raises(SymbolicError, match="values of one sign"):
        fit_formula("c*t - 50", t[:, None], t - 50, names=["t"], loss="relative")


def test_a_start_chooses_between_equal_fits():
    t = np.linspace(0, 2 * np.pi, 24, endpoint=False)  # on these rows sin(t) and sin(25 t) agree
    y = np.sin(t)
    for start in (1.1, 25.1):
        law = fit_formula("sin(w*t)", t[:, None], y, names=["t"], starts={"w": start})
        assert law.constants[0].value == pytest.approx(start - 0.1, abs=1e-6)


def test_a_constant_stays_at_the_end_of_its_bounds_and_the_others_are_fitted():
    t = np.linspace(0, 3, 30)
    y = 3 * np.exp(-0.5 * t) - 0.2
    law = fit_formula("A*exp(-k*t) + d", t[:, None], y, names=["t"], bounds={"d": (0, None)})
    A, d, k = law.constants
    assert (d.value, d.stderr, d.interval) == (0.0, None, None)
    best, covariance = curve_fit(lambda t, A, k: A * np.exp(-k * t), t, y, p0=[3, 0.5])
    np.testing.assert_allclose([A.value, k.value], best, rtol=1e-5)
    np.testing.assert_allclose([A.stderr, k.stderr], np.sqrt(np.diag(covariance)), rtol=1e-3)
    assert law.provenance.endswith("d at the end of the bounds")
    free = fit_formula("A*exp(-k*t) + d", t[:, None], y, names=["t"], bounds={"d": (-1, 1)})
    assert free.constants[1].value == pytest.approx(-0.2)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"starts": {"q": 1.0}}, "A start is given for 'q', which is no constant. They are c."),
        ({"starts": {"c": "x"}}, "must be a finite number"),
        ({"bounds": {"q": (0, 1)}}, "Bounds are given for 'q'"),
        ({"bounds": {"c": (1, 0)}}, "low below high"),
        ({"bounds": {"c": 3}}, "are \\(low, high\\)"),
    ],
)
def test_starts_and_bounds_that_cannot_be_read_are_refused(options, text):
    with pytest.raises(SymbolicError, match=text):
        fit_formula("c*a", [[1.0], [2.0], [3.0]], [1.0, 2.0, 3.1], names=["a"], **options)


def test_constants_have_the_units_that_the_formula_needs():
    t = np.linspace(0.1, 3, 30)
    law = fit_formula("A*exp(-k*t) + d", t[:, None], 3 * np.exp(-t) + 1, names=["t"], target="V",
                      units={"t": "s", "V": "V"})  # fmt: skip
    assert {c.name: c.unit for c in law.constants} == {"A": "V", "d": "V", "k": "1/s"}
    own = fit_formula("v0 + a*t", t[:, None], 3 * t + 1, names=["t"], target="v", units={"t": "h", "v": "km/h"})
    assert {c.name: c.unit for c in own.constants} == {"a": "(km/h)/h", "v0": "km/h"}


def test_a_formula_that_no_units_make_consistent_is_refused_with_the_place():
    X = np.random.default_rng(0).uniform(1, 2, (10, 2))
    with pytest.raises(UnitError, match="m1 and t are added, so have one unit"):
        fit_formula("c*(m1 + t)", X, X.sum(1), names=["m1", "t"], units={"m1": "kg", "t": "s", "y": "m"})
    with pytest.raises(UnitError, match="t in sin must be a pure number"):
        fit_formula("c*sin(t)*m1", X, X.sum(1), names=["m1", "t"], units={"m1": "kg", "t": "s", "y": "m"})

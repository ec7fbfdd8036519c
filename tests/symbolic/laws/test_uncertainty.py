"""Bands around predictions, and rows outside the data."""

import json

import numpy as np
import pandas as pd
import pytest
import sympy as sp
from scipy import stats
from scipy.optimize import curve_fit

from symbolic import Law, SymbolicError, discover, fit_formula
from symbolic.laws._law import make_variables
from symbolic.laws._uncertainty import measured

x, y = sp.symbols("x y")


def _line(n=25, noise=0.3, seed=2):
    rng = np.random.default_rng(seed)
    t = rng.uniform(-2, 5, n)
    return t, 1.7 * t - 4 + noise * rng.normal(size=n)


def test_bands_of_a_straight_line_are_those_of_the_textbook():
    t, z = _line()
    law = fit_formula("a*t + b", t[:, None], z, names=["t"])
    new = np.array([-3.0, 0.0, 2.2, 9.0])
    found = law.predict(new, band=True)
    line = stats.linregress(t, z)
    scatter = np.sqrt(np.sum((z - line.intercept - line.slope * t) ** 2) / (len(t) - 2))
    leverage = 1 / len(t) + (new - t.mean()) ** 2 / np.sum((t - t.mean()) ** 2)
    reach = stats.t.ppf(0.975, len(t) - 2)
    np.testing.assert_allclose(found.values, line.intercept + line.slope * new, rtol=1e-10)
    np.testing.assert_allclose(found.stderr, scatter * np.sqrt(leverage), rtol=1e-8)
    np.testing.assert_allclose(found.spread, scatter * np.sqrt(1 + leverage), rtol=1e-8)
    np.testing.assert_allclose(found.high - found.values, reach * found.spread, rtol=1e-8)
    np.testing.assert_allclose(found.values - found.low, reach * found.spread, rtol=1e-8)


def test_intervals_of_constants_are_students():
    t, z = _line(n=7)
    law = fit_formula("a*t + b", t[:, None], z, names=["t"])
    line = stats.linregress(t, z)
    reach = stats.t.ppf(0.975, 5)
    a, b = law.constants
    assert a.interval == pytest.approx((line.slope - reach * line.stderr, line.slope + reach * line.stderr))
    high = line.intercept + reach * line.intercept_stderr
    assert b.interval == pytest.approx((2 * line.intercept - high, high))


def test_errors_of_every_row_weigh_it_and_are_taken_as_known():
    t = np.linspace(0, 5, 60)
    sigma = np.where(t > 2, 1.0, 0.1)
    z = 2 * np.exp(0.5 * t) - 1 + sigma * np.random.default_rng(1).normal(size=60)
    law = fit_formula("A*exp(k*t) + b", t[:, None], z, names=["t"], sigma=sigma)
    best, covariance = curve_fit(lambda t, A, b, k: A * np.exp(k * t) + b, t, z, [1, 0, 0.2], sigma, True)
    assert [c.value for c in law.constants] == pytest.approx(best, rel=1e-3)
    assert [c.stderr for c in law.constants] == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-2)
    half = law.constants[2].interval[1] - law.constants[2].value
    assert half == pytest.approx(stats.norm.ppf(0.975) * law.constants[2].stderr)
    assert law.uncertainty.dof is None


def test_bands_of_a_curve_are_the_delta_method():
    rng = np.random.default_rng(0)
    t = np.linspace(0, 8, 90)
    z = 3 * np.exp(-0.6 * t) - 1 + 0.05 * rng.normal(size=90)
    law = fit_formula("A*exp(-k*t) + d", t[:, None], z, names=["t"])
    best, covariance = curve_fit(lambda t, A, d, k: A * np.exp(-k * t) + d, t, z, p0=[1, 0, 1])
    A, _, k = best
    J = np.stack([np.exp(-k * t), np.ones_like(t), -A * t * np.exp(-k * t)], axis=1)
    expected = np.sqrt(np.einsum("np,pq,nq->n", J, covariance, J))
    np.testing.assert_allclose(law.predict(t, band=True).stderr, expected, rtol=2e-3)


def test_a_constant_that_stands_twice_is_one_number():
    t, z = _line()
    once = fit_formula("a*(t + t^2)", t[:, None], z, names=["t"])
    twice = fit_formula("a*t + a*t^2", t[:, None], z, names=["t"])
    assert len(twice.uncertainty.covariance) == 1
    np.testing.assert_allclose(twice.predict(t, band=True).stderr, once.predict(t, band=True).stderr, rtol=1e-6)


def test_errors_in_proportion_give_bands_in_proportion():
    rng = np.random.default_rng(3)
    t = 10 ** rng.uniform(-3, 3, 400)
    z = 5 * t**1.5 * np.exp(0.1 * rng.normal(size=400))
    law = fit_formula("c*t^p", t[:, None], z, names=["t"])
    assert law.uncertainty.relative
    band = law.predict([1e-2, 1.0, 1e2], band=True)
    np.testing.assert_allclose(band.spread / band.values, 0.1, rtol=0.1)
    inside = law.predict(t, band=True)
    assert np.mean((z > inside.low) & (z < inside.high)) == pytest.approx(0.95, abs=0.03)


def test_exact_constants_add_nothing():
    t, z = _line()
    law = measured(Law(sp.Rational(17, 10) * x - 4, "z", make_variables(["x"])), t[:, None], z)
    band = law.predict([0.0, 3.0], band=True)
    assert band.stderr.tolist() == [0.0, 0.0]
    assert band.spread == pytest.approx(np.sqrt(np.mean((z - 1.7 * t + 4) ** 2)))


def test_what_the_data_do_not_determine_has_no_band():
    X = np.stack([np.linspace(1, 2, 30), np.zeros(30)], axis=1)
    z = 2 * X[:, 0] + 0.1 * np.random.default_rng(0).normal(size=30)
    law = measured(Law(2.01 * x + 0.5 * y, "z", make_variables(["x", "y"])), X, z)
    stderr = law.predict([[1.5, 0.0], [1.5, 1.0]], band=True).stderr
    assert stderr[0] < 0.1
    assert np.isnan(stderr[1])


def test_bands_survive_json_and_snapshots_without_them_are_read():
    t, z = _line()
    law = fit_formula("a*t + b", t[:, None], z, names=["t"])
    snapshot = json.loads(json.dumps(law.to_dict()))
    assert Law.from_dict(snapshot) == law
    del snapshot["uncertainty"]
    for constant in snapshot["constants"]:
        del constant["interval"]
    old = Law.from_dict(snapshot)
    assert old.predict(t) == pytest.approx(law.predict(t))
    with pytest.raises(SymbolicError, match="does not say how well its numbers are known"):
        old.predict(t, band=True)


@pytest.mark.parametrize("covariance", [[[1.0, 2.0]], [["a"]], 3, [[1.0]]])
def test_a_garbled_covariance_is_refused(covariance):
    snapshot = Law(1.5 * x + 2.5, "z", make_variables(["x"])).to_dict()
    snapshot["uncertainty"] = {"covariance": covariance, "scatter": 1.0, "dof": 3, "relative": False}
    with pytest.raises(SymbolicError, match="stored"):
        Law.from_dict(snapshot).predict([1.0], band=True)


def test_rows_beyond_the_data_are_told():
    law = Law(x * y, "z", make_variables(["x", "y"]), domain={"x": (0.0, 1.0), "y": (-1.0, 1.0)})
    rows = [[0, 1], [1.1, 0], [0.5, -2], [0.5, np.nan], [1, -1]]
    assert law.outside(rows).tolist() == [False, True, True, True, False]
    assert law.outside(pd.DataFrame({"y": [0.0], "x": [3.0]})).tolist() == [True]
    with pytest.raises(SymbolicError, match="over which ranges"):
        Law(x, "z", make_variables(["x"])).outside([1.0])


@pytest.mark.parametrize(
    ("sigma", "words"),
    [
        (0.0, "row 1 has 0"),
        ([1.0, -1.0, 1.0], "row 2 has -1"),
        ([1.0, np.nan, 1.0], "row 2 has nan"),
        ([1.0, 1.0], "one for each of the 3 rows"),
        ("small", "sigma is one number"),
    ],
)
def test_errors_that_are_none_are_refused(sigma, words):
    with pytest.raises(SymbolicError, match=words):
        fit_formula("a*x", [[1.0], [2.0], [3.0]], [1.0, 2.0, 3.1], names=["x"], sigma=sigma)


def test_laws_that_were_discovered_have_bands():
    t, z = _line()
    found = discover(t[:, None], z, names=["t"], target="z")
    band = found.best.predict(t[:, None], band=True)
    assert 0.2 < np.median(band.spread) < 0.4
    assert np.mean((z > band.low) & (z < band.high)) > 0.85
    assert all(law.uncertainty is not None for law in found.front)

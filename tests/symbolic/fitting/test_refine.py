"""Refinement against scipy's own least squares."""

import numpy as np
import pytest
import sympy as sp
from scipy.optimize import curve_fit, least_squares

from symbolic import SymbolicError
from symbolic.fitting._refine import refine

x, z, a, b, c, d = sp.symbols("x z a b c d")


def _noisy(seed=0, n=120):
    rng = np.random.default_rng(seed)
    X = rng.uniform(0.5, 4, (n, 1))
    return X, 2.5 * np.exp(-0.8 * X[:, 0]) + 0.4 + 0.03 * rng.normal(size=n)


def test_values_and_covariance_equal_scipys():
    X, y = _noisy()
    fit = refine(c * sp.exp(-a * x) + d, {c: 1.0, a: 0.3, d: 0.0}, X, y, [x])
    best, covariance = curve_fit(lambda x, c, a, d: c * np.exp(-a * x) + d, X[:, 0], y, p0=[1, 0.3, 0])
    np.testing.assert_allclose(list(fit.values.values()), best, rtol=1e-6)
    np.testing.assert_allclose(fit.covariance, covariance, rtol=1e-4)
    np.testing.assert_allclose(list(fit.stderr.values()), np.sqrt(np.diag(covariance)), rtol=1e-4)
    assert fit.converged
    assert fit.dof == 117


def test_a_known_sigma_gives_absolute_standard_errors():
    X, y = _noisy()
    sigma = np.linspace(0.02, 0.05, 120)
    fit = refine(c * sp.exp(-a * x) + d, {c: 1.0, a: 0.3, d: 0.0}, X, y, [x], sigma=sigma)
    model = lambda x, c, a, d: c * np.exp(-a * x) + d  # noqa: E731
    best, covariance = curve_fit(model, X[:, 0], y, p0=[1, 0.3, 0], sigma=sigma, absolute_sigma=True)
    np.testing.assert_allclose(list(fit.values.values()), best, rtol=1e-6)
    np.testing.assert_allclose(fit.covariance, covariance, rtol=1e-4)


def test_the_relative_loss_is_least_squares_on_the_logarithm():
    rng = np.random.default_rng(2)
    X = 10 ** rng.uniform(-2, 3, (60, 1))
    y = 3 * X[:, 0] ** 1.4 * np.exp(0.05 * rng.normal(size=60))
    fit = refine(c * x**a, {c: 1.0, a: 1.0}, X, y, [x], loss="relative")
    a_line, log_c = np.polyfit(np.log(X[:, 0]), np.log(y), 1)
    assert fit.values[a] == pytest.approx(a_line, rel=1e-10)
    assert fit.values[c] == pytest.approx(np.exp(log_c), rel=1e-10)


def test_noise_free_data_are_met_to_the_precision_floor():
    rng = np.random.default_rng(0)
    X = rng.uniform(0.5, 3, (200, 2))
    y = 1.7 * np.sin(2.3 * X[:, 0] + 0.4) * X[:, 1] ** -1.5
    fit = refine(c * sp.sin(a * x + b) * z**d, {c: 1.0, a: 2.0, b: 0.0, d: -1.0}, X, y, [x, z])
    assert fit.rmse < 4e-15 * np.std(y)
    np.testing.assert_allclose(list(fit.values.values()), [1.7, 2.3, 0.4, -1.5], rtol=1e-13)


def test_directions_the_data_do_not_determine_have_no_standard_error():
    X, y = _noisy()
    fit = refine(c * sp.exp(b - a * x), {c: 1.0, b: 0.2, a: 0.3}, X, y, [x])
    assert fit.stderr[c] is None
    assert fit.stderr[b] is None
    assert fit.stderr[a] is not None
    assert np.isnan(fit.covariance[0, 1])
    assert fit.dof == 118


def test_slopes_without_a_symbolic_form_are_taken_by_differences():
    X = np.linspace(-2, 2, 81)[:, None]
    y = 2 * np.abs(X[:, 0] - 0.33)
    fit = refine(c * sp.Abs(x - a), {c: 1.0, a: 0.2}, X, y, [x])
    assert fit.values[a] == pytest.approx(0.33, abs=1e-12)
    y = np.maximum(X[:, 0], 0.4) * 3
    fit = refine(c * sp.Max(x, a), {c: 1.0, a: 0.3}, X, y, [x])
    assert fit.values[a] == pytest.approx(0.4, abs=1e-6)


def test_steps_out_of_the_domain_are_not_taken():
    X = np.linspace(0, 1, 100)[:, None]
    y = np.sqrt(1.05 - X[:, 0])
    fit = refine(c * sp.sqrt(a - x), {c: 0.5, a: 3.0}, X, y, [x])
    assert fit.values[a] == pytest.approx(1.05, rel=1e-12)


def test_it_matches_least_squares_where_the_cost_is_badly_scaled():
    rng = np.random.default_rng(4)
    X = rng.uniform(1, 2, (50, 1)) * 1e-9
    y = 6e20 * X[:, 0] ** 2 + 3e-4 + 1e-5 * rng.normal(size=50)
    fit = refine(a * x**2 + b, {a: 1.0, b: 1.0}, X, y, [x])
    scipy = least_squares(lambda p: 1e20 * p[0] * X[:, 0] ** 2 + 1e-4 * p[1] - y, [1, 1], xtol=1e-15, ftol=1e-15)
    assert fit.values[a] == pytest.approx(1e20 * scipy.x[0], rel=1e-5)


def test_a_start_without_a_value_is_refused_in_words():
    with pytest.raises(SymbolicError, match="no finite value at row 1"):
        refine(sp.log(a * x), {a: -1.0}, [[1.0], [2.0]], [1.0, 2.0], [x])


def test_a_formula_without_constants_is_only_measured():
    fit = refine(2 * x, {}, [[1.0], [2.0], [3.0]], [2.0, 4.0, 7.0], [x])
    assert fit.rmse == pytest.approx(np.sqrt(1 / 3))
    np.testing.assert_allclose(fit.residual, [0, 0, 1])

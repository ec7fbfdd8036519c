"""Smoothing splines: what penalised least squares promises."""

import numpy as np
import pytest
from scipy.interpolate import BSpline

from symbolic.fitting._splines import Smoother, axis


def test_the_basis_is_scipys_and_sums_to_one():
    x = np.random.default_rng(0).lognormal(size=200)
    one = axis(x, 1)
    values = one.values(x)
    np.testing.assert_allclose(values.sum(1), 1, atol=1e-13)
    coef = np.random.default_rng(1).normal(size=one.size)
    np.testing.assert_allclose(values @ coef, BSpline(one.knots, coef, 3)((x - one.low) / one.width), atol=1e-12)


def test_bending_is_zero_for_lines_and_for_nothing_else():
    one = axis(np.linspace(-3, 5, 100) ** 3, 1)
    null = np.linalg.eigvalsh(one.bending())
    assert np.sum(null < 1e-10 * null.max()) == 2
    x = np.linspace(-27, 125, 60)
    line = np.linalg.lstsq(one.values(x), 2 * x - 1, rcond=None)[0]
    assert line @ one.bending() @ line < 1e-12 * float(line @ line)


def test_a_constant_column_has_no_splines():
    assert axis(np.full(30, 2.5), 3) is None


def test_a_smooth_curve_is_followed_and_noise_is_not():
    rng = np.random.default_rng(0)
    x = np.sort(rng.uniform(0, 6, 800))
    one = axis(x, 1)
    smoother = Smoother(one.values(x), one.bending())
    assert np.sqrt(smoother.fit(np.sin(x)).left) < 1e-5
    noisy = smoother.fit(np.sin(x) + 0.3 * rng.normal(size=800))
    assert noisy.edf < 15
    assert np.std(noisy.fitted - np.sin(x)) < 0.06
    assert smoother.fit(0.3 * rng.normal(size=800)).edf < 6


@pytest.mark.parametrize("factor", [1e-20, 1.0, 1e15])
def test_weights_and_units_are_those_of_least_squares(factor):
    rng = np.random.default_rng(0)
    x, w = rng.uniform(0, 1, 300), rng.uniform(0.2, 3, 300)
    one = axis(x, 8)
    z = factor * np.exp(x)
    fitted = Smoother(one.values(x), one.bending(), w).fit(z).fitted
    np.testing.assert_allclose(fitted, z, rtol=1e-4)

"""Estimates of the noise, its kind, and whiteness."""

import numpy as np
import pytest

from symbolic.fitting._noise import choose_loss, growing, is_white, printed_floor, sigma_neighbours


@pytest.mark.parametrize(("n", "d"), [(40, 1), (400, 1), (2000, 2), (3000, 3)])
def test_neighbours_give_the_noise_without_a_model(n, d):
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (n, d))
    y = np.sin(2 * X).sum(axis=1) + 0.1 * rng.normal(size=n)
    assert sigma_neighbours(X, y) == pytest.approx(0.1, rel=0.35)


def test_repeated_rows_give_the_noise_however_wild_the_law():
    rng = np.random.default_rng(1)
    X = np.repeat(rng.uniform(-1, 1, (40, 1)), 3, axis=0)
    y = 1e3 * np.sin(1e4 * X[:, 0]) + 0.1 * rng.normal(size=120)
    assert sigma_neighbours(X, y) == pytest.approx(0.1, rel=0.3)


def test_clean_data_have_next_to_no_noise():
    X = np.random.default_rng(2).uniform(-1, 1, (1000, 1))
    assert sigma_neighbours(X, np.exp(X[:, 0])) < 1e-4


def test_the_kind_of_error_follows_the_evidence():
    rng = np.random.default_rng(3)
    x = 10 ** rng.uniform(-1, 3, 40)
    kick = rng.normal(size=40)
    y = 2 * x * np.exp(0.05 * kick)
    assert choose_loss(y, y - 2 * x) == "relative"
    y = 2 * x + 30 + kick
    assert choose_loss(y, kick) == "absolute"
    assert choose_loss(y - 100, kick) == "absolute"


def test_white_residuals_pass_and_structured_ones_do_not():
    rng = np.random.default_rng(4)
    passed = 0
    for _ in range(100):
        X = rng.uniform(-1, 1, (200, 2))
        noise = rng.normal(size=200)
        passed += is_white(noise, X)
        assert not is_white(noise + 1.2 * np.sin(5 * X[:, 0]), X)
        assert not is_white(noise + 2 * X[:, 0] * X[:, 1], X)
    assert passed >= 97


def test_printed_digits_are_the_floor_of_the_data():
    planets = np.array([0.2408, 0.6152, 1.0, 1.881, 11.86, 29.45, 84.02, 164.8])
    units = np.sqrt(12) * printed_floor(planets)
    np.testing.assert_allclose(units, [1e-4, 1e-4, 1e-3, 1e-3, 1e-2, 1e-2, 1e-2, 1e-1], rtol=1e-9)
    np.testing.assert_allclose(np.sqrt(12) * printed_floor([12.34, 0.05, 100.12]), [0.01] * 3, rtol=1e-9)
    assert printed_floor([1.0, 4.0, 9.0]).max() < 1e-13
    assert printed_floor(np.random.default_rng(0).uniform(size=50)).max() < 1e-13
    np.testing.assert_allclose(np.sqrt(12) * printed_floor([123.0, 4.5], digits=3), [1.0, 0.01], rtol=1e-9)


def test_the_growth_of_errors_is_read_from_a_residual():
    rng = np.random.default_rng(0)
    size = rng.uniform(0.1, 10, 2000)
    least, share = growing(size, np.hypot(0.02, 0.05 * size) * rng.standard_normal(2000))
    assert share == pytest.approx(0.05, rel=0.1)
    assert least == pytest.approx(0.02, rel=0.5)


@pytest.mark.parametrize("seed", range(5))
def test_errors_of_one_size_are_not_taken_to_grow(seed):
    rng = np.random.default_rng(seed)
    assert growing(rng.uniform(0.1, 10, 500), rng.standard_normal(500)) is None


def test_the_noise_of_a_wave_is_not_its_own_curvature():
    t = np.linspace(0, 20, 80)
    noise = 0.01 * np.random.default_rng(1).standard_normal(80)
    assert sigma_neighbours(t[:, None], np.cos(1.9 * t) + noise) < 0.02  # neighbours on a plane say 0.3

"""Awkward data: scales, constants, twins, few rows, and the kinds of array that arrive."""

import json

import numpy as np
import pytest
from kan_for_tests import assert_close, hello, rmse

from kan_core import KAN, fit, look


def fit_and_check(model, X, y, **options):
    """The fitted network, with finite outputs, a strict JSON snapshot and something to look at."""
    result = fit(model, X, y, **options)
    assert np.isfinite(result.model(X)).all()
    json.dumps(result.model.to_dict(), allow_nan=False)
    assert all(np.isfinite(seen.y).all() and 0 <= seen.importance <= 1 for seen in look(result.model, X))
    return result.model


@pytest.mark.parametrize("scale", [1e-12, 1e12, 1e-100, 1e100])
def test_targets_of_any_scale_are_fitted_alike(scale):
    X, y = hello(300)
    plain = fit_and_check(KAN((2, 1, 1)), X, y)
    scaled = fit_and_check(KAN((2, 1, 1)), X, scale * y)
    assert rmse(scaled, X, scale * y) / scale == pytest.approx(rmse(plain, X, y), rel=1e-3)


@pytest.mark.parametrize("scale", [1e-9, 1e9, 1e-100, 1e100])
def test_inputs_of_any_scale_are_fitted_alike(scale):
    X, y = hello(300)
    plain = fit_and_check(KAN((2, 1, 1)), X, y)
    scaled = fit_and_check(KAN((2, 1, 1)), scale * X, y)
    assert rmse(scaled, scale * X, y) == pytest.approx(rmse(plain, X, y), rel=1e-3)


def test_inputs_of_different_scales_live_together():
    X, y = hello(300)
    units = np.array([1e-9, 1e9])
    assert rmse(fit_and_check(KAN((2, 1, 1)), units * X, y), units * X, y) < 1e-2


def test_a_large_offset_does_not_hide_a_small_signal():
    X, y = hello(300)
    assert rmse(fit_and_check(KAN((2, 1, 1)), X + 1e6, y + 1e7), X + 1e6, y + 1e7) < 1e-2


def test_a_target_with_an_outlier_still_fits():
    X, y = hello(200)
    y[3] = 1e6
    fit_and_check(KAN((2, 2, 1)), X, y, steps=15)


@pytest.mark.parametrize("value", [0.0, 0.1, -3.7, 1e-12, 1e12])
def test_a_constant_target_is_met(value):
    X, _ = hello(60)
    model = fit_and_check(KAN((2, 2, 1)), X, np.full(60, value))
    assert_close(model(X)[:, 0], np.full(60, value), 1e-9)


def test_a_constant_input_does_no_harm():
    X, _ = hello(200)
    X[:, 1] = 0.3
    y = np.sin(X[:, 0])
    assert rmse(fit_and_check(KAN((2, 2, 1)), X, y), X, y) < 1e-3


def test_the_same_input_twice_does_no_harm():
    """Rank-deficient least squares made pykan crash or return NaN."""
    X, _ = hello(200)
    X[:, 1] = X[:, 0]
    y = np.sin(3 * X[:, 0])
    assert rmse(fit_and_check(KAN((2, 2, 1)), X, y, grids=(5, 10)), X, y) < 1e-3


def test_collinear_inputs_do_no_harm():
    X, y = hello(300)
    X = np.column_stack([X, X.sum(1)])
    assert rmse(fit_and_check(KAN((3, 2, 1)), X, y), X, y) < 5e-2


def test_the_same_row_many_times_does_no_harm():
    X, y = hello(5)
    X, y = np.repeat(X, 30, axis=0), np.repeat(y, 30)
    assert rmse(fit_and_check(KAN((2, 2, 1)), X, y), X, y) < 1e-2 * y.std()


@pytest.mark.parametrize("n", [2, 3, 5])
def test_a_handful_of_rows_is_enough_for_a_finite_fit(n):
    X, y = hello(n)
    assert rmse(fit_and_check(KAN((2, 2, 1)), X, y), X, y) < 1e-2


def test_more_parameters_than_rows_are_no_trouble():
    X, y = hello(40)
    fit_and_check(KAN((2, 5, 1), grid=20), X, y, steps=20)


def test_an_input_of_few_levels_is_no_trouble():
    X, y = hello(300)
    X[:, 1] = np.round(X[:, 1])  # −1, 0, 1
    y = X[:, 0] + X[:, 1] ** 2
    assert rmse(fit_and_check(KAN((2, 1), grid=20), X, y), X, y) < 1e-3


def test_far_outside_the_training_box_predictions_stay_finite():
    X, y = hello(200)
    model = fit(KAN((2, 2, 1)), X, y, steps=20).model
    assert np.isfinite(model(1e6 * X)).all()


def test_many_inputs_can_be_fitted_and_refined():
    """pykan could not go to a finer grid with a hundred inputs."""
    X = np.random.default_rng(0).uniform(-1, 1, (150, 40))
    fit_and_check(KAN((40, 1), grid=2), X, X[:, 0], steps=4, grids=(2, 4))


def test_whole_numbers_lists_and_columns_are_welcome():
    X = [[0, 1], [1, 0], [2, 2], [3, 1]]
    y = [1, 2, 6, 5]
    one, other = (fit(KAN((2, 1)), X, t, steps=3).model for t in (y, np.array(y)[:, None]))
    assert np.array_equal(one(X), other(X))

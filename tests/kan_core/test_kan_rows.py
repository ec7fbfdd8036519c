"""Awkward data: scales, constants, twins, few rows, and the kinds of array that arrive."""

import json

import numpy as np
import pandas as pd
import pytest
from kan_for_tests import assert_close, hello, rmse

from kan_core import KAN, Edge, edge_data, fit, look, prune


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


def test_sorted_rows_are_fitted_as_well_as_shuffled_ones():
    draw = np.random.default_rng(0)
    X = np.sort(draw.uniform(-1, 1, (9000, 1)), axis=0)
    y = np.sin(6 * X[:, 0])
    shuffled = draw.permutation(9000)
    errors = [rmse(fit(KAN((1, 1), grid=8), X[i], y[i]).model, X, y) for i in (slice(None), shuffled)]
    assert errors[0] < 1.1 * errors[1]


def test_inputs_that_are_all_constant_give_the_mean():
    _, y = hello(100)
    X = np.full((100, 2), 0.3)
    model = fit(KAN((2, 2, 1)), X, y).model
    assert_close(model(X)[:, 0], np.full(100, y.mean()), 1e-6)


def test_one_row_can_be_fitted():
    X, y = hello(1)
    model = fit(KAN((2, 2, 1)), X, y).model
    assert_close(model(X)[:, 0], y, 1e-6)
    assert len(look(model, X)) == 6


def test_rows_of_weight_zero_do_not_set_the_scale():
    draw = np.random.default_rng(1)
    X = draw.uniform(-1, 1, (200, 1))
    y = np.sin(4 * X[:, 0])
    weights = np.r_[np.ones(100), np.zeros(100)]
    junk = np.r_[y[:100], np.full(100, 1e9)]
    weighted = fit(KAN((1, 2, 1), grid=8), X, junk, weights=weights).model
    dropped = fit(KAN((1, 2, 1), grid=8), X[:100], y[:100]).model
    inside = np.linspace(-0.9, 0.9, 99)[:, None]
    assert rmse(weighted, inside, np.sin(4 * inside)) < 10 * rmse(dropped, inside, np.sin(4 * inside)) + 1e-3


def test_rows_of_weight_zero_do_not_set_the_grid():
    draw = np.random.default_rng(1)
    X = draw.uniform(-1, 1, (101, 1))
    X[100] = 1e6
    y = np.sin(4 * X[:, 0])
    model = fit(KAN((1, 1), grid=8), X, y, weights=np.r_[np.ones(100), 0.0]).model
    assert rmse(model, X[:100], y[:100]) < 1e-2


def test_frames_and_series_are_welcome():
    X, y = hello(50)
    frame = pd.DataFrame(X, columns=["a", "b"])
    model = fit(KAN((2, 1)), frame, pd.Series(y), steps=3).model
    assert np.array_equal(model(frame), model(X))


@pytest.mark.parametrize("act", ["fit", "call", "look", "edge_data", "prune"])
@pytest.mark.parametrize("kind", ["read-only", "reversed"])
def test_read_only_and_reversed_arrays_are_welcome(act, kind):
    X, y = hello(50)
    model = fit(KAN((2, 2, 1)), X, y, steps=2).model
    if kind == "reversed":
        X, y = X[::-1], y[::-1]
    else:
        X.setflags(write=False)
        y.setflags(write=False)
    {
        "fit": lambda: fit(model, X, y, validation=(X, y), weights=y * 0 + 1, steps=1),
        "call": lambda: model(X),
        "look": lambda: look(model, X),
        "edge_data": lambda: edge_data(model, Edge(0, 0, 0), X),
        "prune": lambda: prune(model, X, y),
    }[act]()

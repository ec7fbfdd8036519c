"""The smoothness chosen by cross-validation."""

import numpy as np
import pytest
import torch
from kan_for_tests import normal_of, rmse

from kan_core import KAN, fit
from kan_core._normal import parameters, roughness_factor
from kan_core._smoothness import INFLATION, WEIGHTS, choose_weight


def linear_problem(seed, grid=30, signal=lambda x: np.sin(4 * x)):
    """A single spline, which is linear in its coefficients, on 100 noisy rows; equations for y of unit spread."""
    draw = np.random.default_rng(seed)
    X = np.sort(draw.uniform(-1, 1, (100, 1)), axis=0)
    X[[0, -1]] = [[-1], [1]]  # so that a fit takes the same grid
    raw = signal(X) + 0.3 * draw.normal(size=(100, 1))
    y = (raw - raw.mean()) / raw.std()
    model = KAN((1, 1), grid=grid)
    layout, normal = normal_of(model.layers, X, y)
    F = roughness_factor(model.layers, layout, normal.strength)
    theta = parameters(model.layers, layout)
    mean_square = torch.as_tensor([rmse(model, X, y) ** 2])
    return X, raw, normal, F, theta, mean_square


def test_the_score_equals_cross_validation_by_brute_force():
    X, _, normal, F, theta, mean_square = linear_problem(0, grid=12)
    n, H, g, S = len(X), normal.hessian[0].numpy(), normal.gradient[0].numpy(), (F[0] @ F[0].T).numpy()
    scores, freedoms = [], []
    for weight in WEIGHTS.tolist():
        A = H + weight * S + 1e-13 * len(H) * H.diagonal().mean() * np.eye(len(H))
        move = np.linalg.solve(A, H @ theta[0].numpy() - g) - theta[0].numpy()
        left = float(mean_square[0]) + 2 * g @ move + move @ H @ move
        freedoms.append(np.trace(np.linalg.solve(A, H)))
        scores.append(left / (1 - INFLATION * freedoms[-1] / n) ** 2)
    chosen = choose_weight(normal.hessian, normal.gradient, F, theta, mean_square, n)
    best = int(np.argmin(scores))
    assert float(chosen.weight) == pytest.approx(float(WEIGHTS[best]), rel=1e-9)
    # The null direction of the centred basis counts in our sum by the ridge alone.
    assert float(chosen.freedom) == pytest.approx(freedoms[best], abs=1.01)


def test_a_line_gets_the_stiffest_curve_and_keeps_few_degrees_of_freedom():
    X, _, normal, F, theta, mean_square = linear_problem(1, signal=lambda x: x)
    chosen = choose_weight(normal.hessian, normal.gradient, F, theta, mean_square, len(X))
    assert float(chosen.freedom) < 5


def test_on_a_noisy_sine_the_chosen_smoothness_beats_a_hundred_times_more_or_less():
    clean = np.linspace(-0.98, 0.98, 300)[:, None]
    errors = []
    for seed in range(6):
        X, raw, normal, F, theta, mean_square = linear_problem(seed)
        weight = float(choose_weight(normal.hessian, normal.gradient, F, theta, mean_square, len(X)).weight)
        models = [fit(KAN((1, 1), grid=30), X, raw, smoothness=weight * f).model for f in (1, 100, 0.01)]
        errors.append([rmse(model, clean, np.sin(4 * clean)) for model in models])
    chosen, stiffer, softer = np.mean(errors, axis=0)
    assert chosen < stiffer
    assert chosen < softer


def test_a_fixed_smoothness_means_the_same_on_every_scale_of_the_data():
    draw = np.random.default_rng(3)
    X = draw.uniform(-1, 1, (80, 1))
    y = np.sin(4 * X[:, 0]) + 0.3 * draw.normal(size=80)
    one = fit(KAN((1, 1), grid=20), X, y, smoothness=1e-4).model
    other = fit(KAN((1, 1), grid=20), 1e6 * X, 1e-6 * y, smoothness=1e-4).model
    np.testing.assert_allclose(1e6 * other(1e6 * X), one(X), rtol=0, atol=1e-4)


def test_clean_data_are_not_smoothed_in_a_single_layer():
    X = np.linspace(-1, 1, 400)[:, None]
    y = np.sin(6 * X[:, 0])
    automatic, free = (fit(KAN((1, 1), grid=20), X, y, smoothness=s).model for s in ("gcv", 0.0))
    assert rmse(automatic, X, y) < 1.05 * rmse(free, X, y)


def test_a_fit_takes_the_smoothness_that_cross_validation_chooses():
    clean = np.linspace(-0.98, 0.98, 300)[:, None]
    errors = []
    for seed in range(6):
        X, raw, normal, F, theta, mean_square = linear_problem(seed)
        weight = float(choose_weight(normal.hessian, normal.gradient, F, theta, mean_square, len(X)).weight)
        models = [fit(KAN((1, 1), grid=30), X, raw, smoothness=s).model for s in ("gcv", weight)]
        errors.append([rmse(model, clean, np.sin(4 * clean)) for model in models])
    automatic, chosen = np.mean(errors, axis=0)
    assert automatic < 1.1 * chosen

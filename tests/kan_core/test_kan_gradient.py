"""Training by the gradient alone: its gradient, what it reaches, and what it promises."""

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from kan_for_tests import assert_close, assert_same_network, hello, networks, normal_of, rmse, rows_for

from kan_core import KAN, Edge, FitStatus, TrainingError, fit, probabilities, set_symbolic
from kan_core import _normal as normal
from kan_core import _stages as stages
from kan_core._gradient import curvatures, gradient
from kan_core._losses import LOSSES
from kan_core._normal import blocks, count, evaluate, jacobian
from kan_core._state import Problem


def problem_for(model, n, loss="squares"):
    X = torch.as_tensor(rows_for(model, n))
    y = torch.as_tensor(np.random.default_rng(1).normal(size=(n, model.n_out)))
    return Problem(X, y, torch.ones((n, 1), dtype=torch.float64), LOSSES[loss])


@given(model=networks())
@effort(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_the_gradient_is_that_of_the_normal_equations(model):
    problem = problem_for(model, 40)
    layout, expected = normal_of(model.layers, problem.X, problem.y)
    value, found = gradient(model.layers, layout, problem, expected.centre)
    assert_close(found, expected.gradient, 1e-10)
    assert_close(value, problem.value(evaluate(model.layers, problem.X).outputs), 1e-12)


@pytest.mark.parametrize("loss", ["huber", "logistic", "softmax"])
def test_the_gradient_of_other_losses_equals_autograd_on_the_bias(loss):
    model = KAN((2, 3, 1 if loss == "logistic" else 2), seed=1)
    problem = problem_for(model, 30, loss)
    y = (problem.y > 0).double() if loss != "softmax" else torch.eye(2, dtype=torch.float64)[torch.arange(30) % 2]
    problem = Problem(problem.X, y, problem.weights, problem.loss)
    layout = blocks(model.layers)
    centre = normal_of(model.layers, problem.X, problem.y)[1].centre
    _, found = gradient(model.layers, layout, problem, centre)
    bias = model.layers[-1].bias.clone().requires_grad_()
    moved = model._with(layers=(model.layers[0], model.layers[1].map(lambda key, v: bias if key == "bias" else v)))
    problem.value(moved(problem.X).unsqueeze(0)).sum().backward()
    assert_close(found[:, layout[1].bias], bias.grad, 1e-10)


def test_rows_in_chunks_give_the_same_gradient(monkeypatch):
    model = set_symbolic(KAN((2, (2, 1), 2), seed=5), Edge(0, 0, 0), "sin", 1.5, 0.3, 0.8)
    problem = problem_for(model, 333)
    layout = blocks(model.layers)
    centre = normal_of(model.layers, problem.X, problem.y)[1].centre
    whole = gradient(model.layers, layout, problem, centre)
    monkeypatch.setattr(normal, "CHUNK_NUMBERS", 1)
    for a, b in zip(whole, gradient(model.layers, layout, problem, centre), strict=True):
        assert_close(b, a, 1e-12)


def test_curvatures_are_the_diagonal_of_the_normal_equations():
    model = KAN((2, 3, 1), seed=2)
    problem = problem_for(model, 200)
    layout, expected = normal_of(model.layers, problem.X, problem.y)
    found = curvatures(model.layers, layout, problem, expected.centre)
    assert_close(found, expected.hessian.diagonal(dim1=1, dim2=2), 1e-10)  # with one output the estimate is exact
    assert jacobian(model.layers, layout, evaluate(model.layers, problem.X).passes)[0].shape[-1] == count(layout)


def test_l_bfgs_learns_the_first_example():
    X, y = hello(500)
    result = fit(KAN((2, 5, 1)), X, y, method="l-bfgs", steps=25)
    assert result.method == "l-bfgs"
    assert rmse(result.model, *hello(500, seed=9)) < 0.02
    losses = [step.loss_train for step in result.history]
    assert losses[-1] < losses[0]
    assert {step.damping for step in result.history} == {0.0}


def test_adam_learns_the_first_example_in_batches():
    X, y = hello(1500)
    result = fit(KAN((2, 3, 1)), X, y, method="adam", steps=8)
    assert result.method == "adam"
    assert rmse(result.model, *hello(500, seed=9)) < 0.2
    assert rmse(result.model, X, y) <= 1.0001 * min(step.rmse_train for step in result.history)


def test_a_network_with_too_many_parameters_says_that_it_was_trained_by_l_bfgs(monkeypatch):
    X, y = hello(200)
    assert fit(KAN((2, 30, 30, 1)), X, y, steps=2).method == "l-bfgs"  # 7501 parameters
    monkeypatch.setattr(stages, "MOST_ROWS", 100)
    assert fit(KAN((2, 30, 30, 1)), X, y, steps=1).method == "adam"
    assert fit(KAN((2, 3, 1)), X, y, steps=1).method == "levenberg-marquardt"


def test_the_method_is_that_of_the_grid_that_was_kept(monkeypatch):
    X, y = hello(200)
    monkeypatch.setattr(stages, "MOST_PARAMETERS", 100)
    result = fit(KAN((2, 3, 1), grid=3), X, y, steps=5, grids=(3, 24))
    assert result.model.grid == 24
    assert result.method == "l-bfgs"


@pytest.mark.parametrize("method", ["l-bfgs", "adam"])
def test_cancelling_stops_at_once(method):
    X, y = hello(100)
    seen = []
    result = fit(
        KAN((2, 3, 1)), X, y, method=method, restarts=2, on_step=lambda step: seen.append(step) or len(seen) < 3
    )
    assert result.status is FitStatus.STOPPED
    assert len(result.history) == 3
    assert np.isfinite(result.model(X)).all()


@pytest.mark.parametrize("method", ["l-bfgs", "adam"])
def test_the_same_seed_gives_the_same_network_by_the_gradient(method):
    X, y = hello(100)
    one, other = (fit(KAN((2, 2, 1), seed=4), X, y, method=method, steps=2, restarts=2).model for _ in range(2))
    assert_same_network(one, other)


@pytest.mark.parametrize("method", ["l-bfgs", "adam"])
def test_classes_go_by_the_gradient_too(method):
    X, y = hello(300)
    model = fit(KAN((2, 3, 1)), X, y > 1.5, loss="logistic", method=method, steps=6).model
    assert ((probabilities(model, X)[:, 1] > 0.5) == (y > 1.5)).mean() > 0.93


def test_outliers_go_by_the_gradient_too():
    X, y = hello(300)
    bad = np.where(np.arange(300) % 7 == 0, 50.0, y)
    assert rmse(fit(KAN((2, 3, 1)), X, bad, loss="tukey", method="l-bfgs", steps=12).model, X, y) < 0.05


def test_l_bfgs_loses_an_input_that_does_nothing():
    X = np.random.default_rng(1).uniform(-1, 1, (400, 3))
    model = fit(KAN((3, 1)), X, np.sin(3 * X[:, 0]) + X[:, 2] ** 2, method="l-bfgs", sparsity=1e-2, steps=20).model
    assert [edge.source for edge in model.edges()] == [0, 2]


@pytest.mark.parametrize("method", ["l-bfgs", "adam"])
def test_the_gradient_does_not_pretend_to_thin_hidden_layers(method):
    X, y = hello(50)
    with pytest.raises(
        TrainingError, match=rf"made sparse by Levenberg-Marquardt alone.* 45 parameters .* by {method}"
    ):
        fit(KAN((2, 2, 1), grid=4), X, y, method=method, sparsity=1e-2)


@pytest.mark.parametrize("method", ["l-bfgs", "adam"])
def test_no_step_by_the_gradient_leaves_a_network_without_finite_values(method):
    X, y = hello(60)
    model = set_symbolic(KAN((2, 2, 1)), Edge(0, 0, 0), "exp", 3.0, 0.0, 5.0)
    assert np.isfinite(fit(model, X, 1e6 * y, method=method, steps=10).model(X)).all()
    diverging = set_symbolic(KAN((2, 2, 1)), Edge(0, 0, 0), "log", 1.0, -9.0, 1.0)
    assert fit(diverging, X, y, method=method, steps=3).status is FitStatus.DIVERGED


def test_an_exact_fit_by_l_bfgs_goes_far_below_torchs_own_tolerances():
    X, _ = hello(100)
    y = X[:, 0] - 2 * X[:, 1] ** 3
    result = fit(KAN((2, 1)), X, y, smoothness=0.0, method="l-bfgs", steps=60)
    assert rmse(result.model, X, y) < 1e-8


def test_an_unknown_method_is_refused():
    X, y = hello(20)
    with pytest.raises(TrainingError, match=r"No method is called 'sgd'\. Known: auto, levenberg-marquardt, l-bfgs"):
        fit(KAN((2, 1)), X, y, method="sgd")

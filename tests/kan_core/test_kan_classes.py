"""Classification: logits, probabilities, and data that part."""

import numpy as np
import pytest
import torch
from kan_for_tests import hello, normal_of, roughened, rows_for

from kan_core import KAN, FitStatus, TrainingError, fit, probabilities
from kan_core._classes import softened
from kan_core._losses import LOSSES
from kan_core._normal import assemble, blocks, evaluate, jacobian


def moons(n, seed=0, noise=0.15):
    """Two interleaving half circles."""
    draw = np.random.default_rng(seed)
    angle, label = np.pi * draw.uniform(0, 1, n), draw.integers(0, 2, n)
    x, y = np.cos(angle), np.sin(angle)
    X = np.column_stack([np.where(label, 1 - x, x), np.where(label, 0.5 - y, y)])
    return X + noise * draw.normal(size=(n, 2)), label


def blobs(n, seed=0, spread=0.35):
    """Three round clouds on a circle."""
    draw = np.random.default_rng(seed)
    label = draw.integers(0, 3, n)
    angle = 2 * np.pi * label / 3
    return np.column_stack([np.cos(angle), np.sin(angle)]) + spread * draw.normal(size=(n, 2)), label


def cross_entropy(model, X, label):
    return float(-np.log(probabilities(model, X)[np.arange(len(X)), label]).mean())


def accuracy(model, X, label):
    return float((probabilities(model, X).argmax(1) == label).mean())


@pytest.mark.parametrize("seed", [0, 1])
def test_two_moons_are_told_apart(seed):
    X, label = moons(1000, seed)
    result = fit(KAN((2, 5, 1), seed=seed), X, label, loss="logistic")
    assert accuracy(result.model, *moons(2000, 9)) > 0.975
    assert cross_entropy(result.model, *moons(2000, 9)) < 0.09


@pytest.mark.parametrize("seed", [0, 1])
def test_three_clouds_are_told_apart(seed):
    X, label = blobs(600, seed)
    result = fit(KAN((2, 4, 3), seed=seed), X, label, loss="softmax")
    assert accuracy(result.model, *blobs(2000, 9)) > 0.96
    assert cross_entropy(result.model, *blobs(2000, 9)) < 0.13


def test_class_numbers_one_hot_rows_and_bools_say_the_same():
    X, label = blobs(150)
    models = [fit(KAN((2, 3)), X, y, loss="softmax", steps=5).model for y in (label, label[:, None], np.eye(3)[label])]
    assert all(np.array_equal(model(X), models[0](X)) for model in models[1:])
    X, label = moons(150)
    models = [fit(KAN((2, 1)), X, y, loss="logistic", steps=5).model for y in (label, label == 1, label[:, None] * 1.0)]
    assert all(np.array_equal(model(X), models[0](X)) for model in models[1:])


def test_probabilities_are_those_of_the_logits():
    X, label = blobs(100)
    model = fit(KAN((2, 3)), X, label, loss="softmax", steps=5).model
    p = probabilities(model, X)
    np.testing.assert_allclose(p, np.exp(model(X)) / np.exp(model(X)).sum(1, keepdims=True), rtol=1e-12)
    assert bool(((model.shift == 0) & (model.scale == 1)).all())
    two = fit(KAN((2, 1)), X, label == 1, loss="logistic", steps=5).model
    np.testing.assert_allclose(probabilities(two, X)[:, 1], 1 / (1 + np.exp(-two(X)[:, 0])), rtol=1e-12)
    assert probabilities(two, torch.as_tensor(X)).shape == (100, 2)


def test_the_softmax_of_two_outputs_is_the_logistic_of_their_difference():
    X, label = moons(300, noise=0.4)
    one = fit(KAN((2, 1)), X, label, loss="logistic", smoothness=1e-6, steps=100).model
    two = fit(KAN((2, 2)), X, label, loss="softmax", smoothness=2e-6, steps=100).model
    np.testing.assert_allclose(probabilities(two, X), probabilities(one, X), atol=5e-3)


def test_history_tells_cross_entropy_and_the_root_of_briers_score():
    X, label = blobs(200)
    held, held_label = blobs(100, seed=5)
    for step in fit(KAN((2, 2, 3)), X, label, loss="softmax", steps=4, validation=(held, held_label)).history:
        assert step.loss_train == pytest.approx(cross_entropy(step.model, X, label), rel=1e-9)
        assert step.loss_validation == pytest.approx(cross_entropy(step.model, held, held_label), rel=1e-9)
        brier = np.mean((probabilities(step.model, held) - np.eye(3)[held_label]) ** 2)
        assert step.rmse_validation == pytest.approx(np.sqrt(brier), rel=1e-9)


def test_logits_of_data_that_part_stay_finite():
    X = np.linspace(-1, 1, 200)[:, None]
    result = fit(KAN((1, 1)), X, X[:, 0] > 0, loss="logistic", steps=200)
    assert result.status in (FitStatus.CONVERGED, FitStatus.PLATEAU)
    assert np.abs(result.model(X)).max() < 30
    assert accuracy(result.model, X, X[:, 0] > 0) == 1
    assert cross_entropy(result.model, X, (X[:, 0] > 0).astype(int)) < 0.06


@pytest.mark.parametrize("loss", ["logistic", "softmax"])
@pytest.mark.parametrize("rows", [1, 2, 40])
def test_one_class_alone_is_learned_with_the_doubt_that_the_rows_leave(loss, rows):
    X, _ = hello(rows)
    model = fit(KAN((2, 1 if loss == "logistic" else 2)), X, np.ones(rows), loss=loss, steps=60).model
    np.testing.assert_allclose(probabilities(model, X)[:, 1], (rows + 1) / (rows + 2), rtol=1e-3)


def test_softened_labels_are_those_of_the_rule_of_succession():
    label = np.array([0, 0, 0, 1, 2, 2])
    y = torch.as_tensor(np.eye(3)[label])
    found = softened(y, torch.ones(6, dtype=torch.float64)).numpy()
    np.testing.assert_allclose(found.sum(1), 1)
    np.testing.assert_allclose(
        found[np.arange(6), label], (np.bincount(label)[label] + 1) / (np.bincount(label)[label] + 3)
    )
    two = softened(torch.tensor([[0.0], [1.0], [1.0]], dtype=torch.float64), torch.ones(3, dtype=torch.float64))
    np.testing.assert_allclose(two[:, 0], [1 / 3, 3 / 4, 3 / 4])


def test_the_normal_equations_of_classes_equal_their_definition():
    model = roughened(KAN((2, 2, 3), seed=2), 2)
    X = torch.as_tensor(rows_for(model, 30))
    y = torch.eye(3, dtype=torch.float64)[torch.arange(30) % 3]
    layout, here = blocks(model.layers), evaluate(model.layers, X)
    loss, f = LOSSES["softmax"], 0.1 * here.outputs
    p = loss.shares(f, y)
    found = assemble(model.layers, layout, X, loss.curvature(f, y), loss.slope(f, y), shares=p)
    J = jacobian(model.layers, layout, here.passes)[0][0]
    C = torch.diag_embed(p[0]) - p[0].unsqueeze(2) * p[0].unsqueeze(1)
    torch.testing.assert_close(found.hessian[0], torch.einsum("nap,nab,nbq->pq", J, C, J) / 30)
    assert normal_of(model.layers, X, y)[1].hessian.shape == found.hessian.shape


def test_weights_of_classes_count_as_rows():
    X, label = moons(80, noise=0.4)
    weights = np.r_[np.full(40, 2.0), np.ones(40)]
    weighted = fit(KAN((2, 1)), X, label, weights=weights, loss="logistic", smoothness=1e-5, steps=80).model
    twice = fit(
        KAN((2, 1)), np.r_[X, X[:40]], np.r_[label, label[:40]], loss="logistic", smoothness=1e-5, steps=80
    ).model
    np.testing.assert_allclose(probabilities(weighted, X), probabilities(twice, X), atol=2e-2)


def test_restarts_sparsity_and_grids_go_with_classes():
    X, label = moons(400)
    draw = np.random.default_rng(0)
    X = np.column_stack([X, draw.normal(size=400)])
    result = fit(KAN((3, 3, 1), grid=3), X, label, loss="logistic", sparsity=1e-2, restarts=2, grids=(3, 6))
    assert accuracy(result.model, X, label) > 0.95
    assert len(result.model.edges()) < 12


def test_the_same_seed_gives_the_same_classes():
    X, label = blobs(100)
    one, other = (fit(KAN((2, 2, 3), seed=3), X, label, loss="softmax", steps=8).model for _ in range(2))
    assert np.array_equal(one(X), other(X))


@pytest.mark.parametrize(
    ("widths", "loss", "y", "words"),
    [
        ((2, 3), "logistic", np.zeros(20), r'"logistic" needs a network with 1 output, not 3\. Take "softmax"'),
        ((2, 1), "softmax", np.zeros(20), r'"softmax" needs an output for each class\. Take "logistic"'),
        ((2, 1), "logistic", np.arange(20), r"y must hold zeros and ones; row 2 holds 2\."),
        ((2, 3), "softmax", np.arange(20), r"y must hold class numbers from 0 to 2; row 3 holds 3\."),
        ((2, 3), "softmax", np.full(20, 0.5), r"y must hold class numbers from 0 to 2; row 0 holds 0.5\."),
        ((2, 3), "softmax", np.full((20, 3), 1 / 3), r"y must hold class numbers, or rows with a single 1; row 0"),
        ((2, 3), "softmax", np.ones((20, 3)), r"rows with a single 1; row 0 holds 1, 1, 1\."),
        ((2, 3), "softmax", np.zeros((20, 2)), r"y must have shape \(20,\) or \(20, 3\) to match X, not \(20, 2\)"),
        ((2, 3), "softmax", np.full(20, np.nan), r"y has values that are not finite"),
        ((2, 3), "softmax", ["cat"] * 20, r"y must hold numbers"),
    ],
)
def test_labels_that_are_none_are_refused(widths, loss, y, words):
    with pytest.raises(TrainingError, match=words):
        fit(KAN(widths), hello(20)[0], y, loss=loss)


def test_a_network_fitted_to_numbers_is_not_taken_for_a_classifier():
    X, y = hello(30)
    with pytest.raises(TrainingError, match=r"fitted to numbers, not to classes\. Start from a new one"):
        fit(fit(KAN((2, 1)), X, y, steps=2).model, X, y > 1, loss="logistic")


def test_a_classifier_can_be_fitted_further():
    X, label = moons(200)
    once = fit(KAN((2, 3, 1)), X, label, loss="logistic", steps=5).model
    further = fit(once, X, label, loss="logistic", steps=30).model
    assert cross_entropy(further, X, label) < cross_entropy(once, X, label)

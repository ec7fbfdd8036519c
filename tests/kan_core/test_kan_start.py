"""Where training begins: near the best additive curves, with an output that regresses the targets."""

import numpy as np
import pytest
import torch
from kan_for_tests import assert_close

from kan_core import KAN, remove_edge
from kan_core._layer import basis_values
from kan_core._normal import bending, blocks, evaluate, parameters, roughness
from kan_core._start import _additive_fit, start_near_linear


def started(widths, X, y, seeds=(0,), **options):
    """Layers of a fresh start on rows X and targets y scaled to unit spread, and these targets."""
    X, y = torch.as_tensor(X), torch.as_tensor(y).reshape(len(X), -1)
    y = (y - y.mean(0)) / y.std(0, correction=0)
    return start_near_linear(KAN(widths, **options).layers, X.unsqueeze(0), seeds, y), X, y


def left_by(layers, X, y):
    return float((evaluate(layers, X).outputs - y).square().mean())


def box(n, d, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (n, d))


@pytest.mark.parametrize("bend", [np.exp, np.tanh, lambda s: s**3 + s], ids=["exp", "tanh", "cubic"])
def test_a_bent_sum_of_curves_is_nearly_met_at_once(bend):
    X = box(1000, 3)
    y = bend(np.sin(3 * X[:, 0]) + X[:, 1] ** 2)
    layers, X, y = started((3, 1, 1), X, y)
    assert left_by(layers, X, y) < 0.02


def test_the_additive_fit_finds_the_curves_of_a_bent_sum_up_to_one_factor():
    X = box(2000, 2)
    inner = np.sin(3 * X[:, 0]) + X[:, 1] ** 2
    layers, X, y = started((2, 1, 1), X, np.exp(inner))
    values = basis_values(layers[0], X.unsqueeze(0))[0][0]
    curves, share = _additive_fit(values, y)
    found = (values * curves).sum((1, 2)).numpy()
    assert abs(np.corrcoef(found, inner)[0, 1]) > 0.999
    assert 0.99 < share <= 1


def test_noise_has_no_additive_curves():
    X = box(2000, 2)
    layers, X, y = started((2, 1, 1), X, np.random.default_rng(1).normal(size=2000))
    assert _additive_fit(basis_values(layers[0], X.unsqueeze(0))[0][0], y)[1] < 0.05


def test_removed_edges_stay_removed_and_outliers_are_not_regressed():
    X = box(300, 2)
    model = KAN((2, 2, 1))
    dead = [edge for edge in model.edges() if edge.target == 0 and edge.source == 1]
    for edge in dead:
        model = remove_edge(model, edge)
    y = torch.as_tensor(np.sin(3 * X[:, :1]))
    plain, wary = (
        start_near_linear(model.layers, torch.as_tensor(X).unsqueeze(0), [0], y, outliers=flag)
        for flag in (False, True)
    )
    for layers in (plain, wary):
        for edge in dead:
            assert not layers[edge.layer].coef[0, edge.source, :, edge.target].any()
    assert torch.equal(plain[0].coef, wary[0].coef)
    assert not torch.equal(plain[1].coef, wary[1].coef)


def test_factors_begin_about_zero_where_sums_explain_little_and_about_one_where_they_explain_much():
    X = box(500, 2)
    for shift, expected in ((0.0, 0.0), (3.0, 1.0)):
        layers, rows, _ = started((2, (0, 1)), X, (X[:, 0] + shift) * (X[:, 1] + shift), seeds=(0, 1))
        legs = evaluate(layers, rows).passes[0].legs.mean(1)
        assert (legs[0] - expected).abs().max() < 1e-9
        assert (legs[1] - (1 - expected)).abs().max() < 1e-9  # the second restart the other way


def test_bending_is_the_quadratic_form_of_the_roughness_matrix():
    layers, X, _ = started((2, 3, 2), box(200, 2), np.stack([box(200, 1)[:, 0], box(200, 1, 5)[:, 0]], 1), seeds=(0, 1))
    layout, strength = blocks(layers), evaluate(layers, X, strength=True).strength
    theta = parameters(layers, layout)
    expected = (theta.unsqueeze(1) @ roughness(layers, layout, strength) @ theta.unsqueeze(-1)).flatten()
    assert_close(bending(layers, strength), expected, 1e-10)

"""KAN 2.0's backward scores, against numbers worked out by hand."""

import numpy as np
import pytest
import torch
from kan_for_tests import assert_close, rows_for

from kan_core import KAN, Edge, look, set_symbolic
from kan_core._attribution import attribution
from kan_core._layer import edge_values


def scores_of(model, X):
    nodes = model.activations(torch.as_tensor(X))
    values = [edge_values(layer, h.unsqueeze(0))[0] for layer, h in zip(model.layers, nodes, strict=False)]
    return attribution(model.layers, values)


def lines(widths, slopes):
    """A network whose edges are lines of these slopes, edge by edge."""
    model = KAN(widths)
    for edge, slope in zip(model.all_edges(), slopes, strict=True):
        model = set_symbolic(model, edge, "x", slope, 0.0, 1.0)
    return model


def test_scores_of_two_layers_are_those_worked_out_by_hand():
    # x and y independent with spreads 1 and 1 on these four rows; h = (3x + 4y, x − 0y), f = 2h₀ + 5h₁.
    X = np.array([[-1.0, -1], [-1, 1], [1, -1], [1, 1]])
    found = scores_of(lines((2, 2, 1), (3, 1, 4, 0, 2, 5)), X)
    output = np.sqrt(11**2 + 8**2)  # spread of f = 11x + 8y
    upper = np.array([[2 * 5 / output], [5 * 1 / output]])  # spreads of 2h₀ and 5h₁ over that of f
    lower = np.array([[3 / 5, 1 / 1], [4 / 5, 0]]) * upper.T  # shares in h₀ (spread 5) and h₁ (spread 1)
    assert_close(found.edges[1], upper, 1e-14)
    assert_close(found.edges[0], lower, 1e-14)
    assert_close(found.nodes[0], lower.sum(1), 1e-14)
    assert_close(found.nodes[1], upper[:, 0], 1e-14)
    assert_close(found.shares()[1], upper / upper.max(), 1e-14)


def test_the_score_of_a_product_goes_to_both_of_its_factors():
    X = np.array([[1.0, 1], [1, 2], [3, 1], [3, 2]])
    found = scores_of(lines((2, (0, 1), 1), (1, 0, 0, 1, 1)), X)
    assert_close(found.edges[0], np.eye(2), 1e-14)


def test_an_additive_network_gives_the_spreads_of_its_terms():
    """KAN 2.0's first example prints 0.892, 0.516, 0.108, 0.004; over uniform inputs they are known in closed form."""
    X = np.random.default_rng(0).uniform(-1, 1, (200_000, 4))
    model = KAN((4, 1))
    for i, (name, c) in enumerate((("x^2", 1.0), ("x", 0.3), ("x^3", 0.1), ("x", 0.0))):
        model = set_symbolic(model, Edge(0, i, 0), name, 1.0, 0.0, c)
    terms = np.array([4 / 45, 0.09 / 3, 0.01 / 7, 0])
    assert_close(scores_of(model, X).nodes[0], np.sqrt(terms / terms.sum()), 5e-3)


def test_several_outputs_add_their_scores():
    X = np.array([[-1.0, -1], [-1, 1], [1, -1], [1, 1]])
    found = scores_of(lines((2, 2), (3, 0, 4, 2)), X)
    assert_close(found.edges[0], [[0.6, 0], [0.8, 1]], 1e-14)
    assert_close(found.nodes[0], [0.6, 1.8], 1e-14)


def test_edges_that_cancel_do_not_drown_the_others():
    X = rows_for(KAN((2, 1)), 50)
    twice = np.column_stack([X[:, 0], X[:, 0], X[:, 1]])
    found = scores_of(lines((3, 2, 1), (1, 0, -1, 0, 0, 1, 1, 1)), twice)
    assert bool(found.edges[0].isfinite().all())
    assert float(found.edges[0][2, 1]) == pytest.approx(1)
    assert float(found.edges[0][:2].max()) < 1e-3  # their sum moves nothing


def test_inputs_that_stand_still_have_no_score():
    X = np.tile([[0.3, 0.7]], (20, 1))
    assert all(one.importance == 0 for one in look(KAN((2, 2, 1)), X))

"""Sparsity: the network loses what the data do not need."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as effort
from kan_for_tests import assert_close, hello, networks, outputs_of, rmse, roughened, rows_for, three_true_edges

from kan_core import KAN, Edge, fit, remove_edge
from kan_core._layer import stack
from kan_core._normal import blocks, parameters
from kan_core._sparsity import group_penalty, without_idle
from kan_core._tidy import node_of_leg, tidy


@pytest.mark.parametrize("sparsity", [1e-3, 1e-2])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_five_hidden_nodes_become_one(seed, sparsity):
    X, y = hello(1000)
    model = fit(KAN((2, 5, 1), seed=seed), X, y, sparsity=sparsity).model
    assert three_true_edges(model)
    assert rmse(model, *hello(500, seed=9)) < 1e-2


def test_sparsity_loses_an_input_that_does_nothing():
    draw = np.random.default_rng(1)
    X = draw.uniform(-1, 1, (400, 3))
    y = np.sin(3 * X[:, 0]) + X[:, 2] ** 2
    model = fit(KAN((3, 1)), X, y, sparsity=1e-3).model
    assert [edge.source for edge in model.edges()] == [0, 2]


def test_what_is_left_is_fitted_without_the_penalty():
    X, y = hello(500)
    sparse = fit(KAN((2, 3, 1)), X, y, sparsity=1e-2).model
    plain = fit(KAN((2, 1, 1)), X, y).model
    assert rmse(sparse, X, y) < 1.1 * rmse(plain, X, y)


def test_the_penalty_counts_edges_as_its_width_falls():
    model = roughened(KAN((2, 3, 1)), 3)
    X = torch.as_tensor(rows_for(model, 300))
    layout = blocks(model.layers)
    strength = [torch.ones((1, layer.n_legs), dtype=torch.float64) for layer in model.layers]
    T = group_penalty(model.layers, layout, X, strength, 1.0)
    theta = parameters(model.layers, layout)[0]
    assert float(theta @ T[0] @ theta) == pytest.approx(len(model.edges()), rel=1e-2)
    assert torch.linalg.eigvalsh(T[0]).min() > -1e-9 * T.abs().max()


@given(model=networks())
@effort(max_examples=30)
def test_tidying_leaves_only_edges_on_a_path(model):
    tidied = model._with(layers=tidy(model.layers))
    kept = tidied.edges()
    assert set(kept) <= set(model.edges())
    again = tidied._with(layers=tidy(tidied.layers))
    assert again.edges() == kept
    depth = len(model.layers)
    for edge in kept:
        if edge.layer + 1 < depth:
            node = node_of_leg(model.layers[edge.layer])[edge.target]
            assert any(other.layer == edge.layer + 1 and other.source == node for other in kept)


def test_tidying_a_whole_network_changes_nothing():
    model = roughened(KAN((2, (2, 1), 1)), 1)
    X = rows_for(model, 20)
    assert np.array_equal(model._with(layers=tidy(model.layers))(X), model(X))


def test_edges_into_a_node_that_leads_nowhere_are_tidied_without_a_change_of_output():
    model = remove_edge(roughened(KAN((2, 2, 1)), 1), Edge(1, 0, 0))
    X = rows_for(model, 20)
    tidied = model._with(layers=tidy(model.layers))
    assert [str(edge) for edge in tidied.edges()] == ["0-0-1", "0-1-1", "1-1-0"]
    assert_close(tidied(X), model(X), 1e-14)


def sized(model, sizes):
    """A network of one layer with edges of these sizes, as sparsity measures them, and rows that say so."""
    X = torch.as_tensor(rows_for(model, 100))
    spread = torch.stack([model.edge_values(edge, X[:, edge.source]).std(correction=0) for edge in model.edges()])
    factor = torch.tensor(sizes, dtype=torch.float64) / spread
    layer = model.layers[0].map(lambda key, v: v * factor.view(1, -1, 1, 1) if key == "coef" else v)
    return model._with(layers=(layer,)), X


@pytest.mark.parametrize(
    ("sizes", "left"),
    [
        ((0.5, 1e-6, 0.5), [0, 2]),
        ((5e-4, 5e-3, 5e-5), [1]),  # all below the limit: it falls until the output is fed
        ((5e-4, 5e-5, 5e-4), [0, 2]),
        ((1e-9, 2e-9, 3e-9), [0, 1, 2]),  # nothing to choose between: all stay
    ],
)
def test_idle_edges_go_but_never_all_of_an_output(sizes, left):
    model, X = sized(roughened(KAN((3, 1)), 2), sizes)
    assert [edge.source for edge in model._with(layers=without_idle(model.layers, X)).edges()] == left


def test_each_network_of_a_batch_loses_its_own_edges():
    model = roughened(KAN((2, 1)), 2)
    first, second = (model.layers[0].coef.clone() for _ in range(2))
    first[0, 0] *= 1e-6
    second[0, 1] *= 1e-6
    members = [model.layers[0].map(lambda key, v, c=c: c if key == "coef" else v) for c in (first, second)]
    X = torch.as_tensor(rows_for(model, 100))
    both = without_idle((stack(members),), X)
    assert both[0].spline[:, :, 0].tolist() == [[False, True], [True, False]]
    assert outputs_of(both, X).isfinite().all()


def test_sparse_restarts_end_in_one_consistent_network():
    X, y = hello(300)
    model = fit(KAN((2, 3, 1)), X, y, sparsity=1e-2, restarts=3).model
    assert rmse(model, X, y) < 2e-2
    assert model.layers[0].coef.shape[0] == 1


def test_sparsity_measures_edges_on_all_of_sorted_rows():
    draw = np.random.default_rng(0)
    X = draw.uniform(-1, 1, (4000, 2))
    X = X[np.argsort(X[:, 0])]
    y = np.where(X[:, 0] > 0, X[:, 0] ** 2, 0) + 0.5 * X[:, 1]
    assert len(fit(KAN((2, 1), grid=10), X, y, sparsity=1e-2).model.edges()) == 2


def test_sparsity_never_cuts_the_last_path():
    draw = np.random.default_rng(0)
    X, Y = draw.normal(size=(200, 2)), draw.normal(size=(200, 2))
    model = fit(KAN((2, 3, 2)), X, Y, sparsity=0.5, steps=15).model
    assert {edge.target for edge in model.edges() if edge.layer == 1} == {0, 1}
    assert np.isfinite(model(X)).all()

"""Product nodes of any number of factors."""

import json

import numpy as np
import pytest
import torch
from kan_for_tests import assert_close, assert_same_network, rmse, roughened, rows_for

from kan_core import KAN, Edge, TrainingError, fit, look, node_of_leg, prune, remove_edge
from kan_core._tidy import tidy


@pytest.mark.parametrize(
    ("widths", "back"),
    [
        ((3, (0, (3,)), 1), (3, (0, (3,)), 1)),
        ((2, (2, (3, 2)), (1, (4,))), (2, (2, (3, 2)), (1, (4,)))),
        ((2, [1, [2, 2]], 1), (2, (1, 2), 1)),  # two factors each: the short form says so
        ((2, (4, ()), 1), (2, 4, 1)),
    ],
)
def test_widths_are_read_back(widths, back):
    model = KAN(widths)
    assert model.widths == back
    assert KAN(model.widths).widths == back
    again = KAN.from_dict(json.loads(json.dumps(model.to_dict())))
    assert again.widths == back
    assert_same_network(again, model)


@pytest.mark.parametrize("entry", [(1, (1,)), (1, (0,)), (1, (2.5,)), (1, (-2,)), (1, "ab"), (1, ((2,),)), (-1, (3,))])
def test_factors_of_the_wrong_kind_are_refused(entry):
    with pytest.raises(TrainingError, match=r"widths holds .* how many factors each has, two or more"):
        KAN((2, entry, 1))


def test_legs_follow_their_nodes():
    layer = KAN((2, (2, (3, 2)), 1)).layers[0]
    assert node_of_leg(layer) == [0, 1, 2, 2, 2, 3, 3]
    assert (layer.n_sums, layer.n_legs, layer.n_nodes) == (2, 7, 4)


@pytest.mark.parametrize("arity", [2, 3, 5])
def test_a_product_node_multiplies_all_its_legs(arity):
    model = roughened(KAN((2, (1, (arity, 2)))), 5)
    X = torch.as_tensor(rows_for(model, 50))
    bias = model.layers[0].bias[0]
    legs = [sum(model.edge_values(Edge(0, i, j), X[:, i]) for i in (0, 1)) + bias[j] for j in range(arity + 3)]
    expected = [legs[0], torch.stack(legs[1 : arity + 1]).prod(0), legs[-2] * legs[-1]]
    assert_close(model(X), torch.stack(expected, dim=1), 1e-12)


def test_tidying_keeps_the_constant_factors_of_a_product():
    model = roughened(KAN((2, (0, (3,)), 1), seed=1), 1)
    for i in (0, 1):
        model = remove_edge(model, Edge(0, i, 1))
    tidied = model._with(layers=tidy(model.layers))
    assert tidied.edges() == model.edges()
    X = rows_for(model, 20)
    assert np.array_equal(tidied(X), model(X))
    gone = remove_edge(model, Edge(1, 0, 0))
    assert gone._with(layers=tidy(gone.layers)).edges() == []


def test_a_product_of_three_inputs_is_found_and_looked_at():
    X = np.random.default_rng(0).uniform(-1, 1, (400, 3))
    y = X.prod(1)
    model = fit(KAN((3, (0, (3,))), seed=0), X, y, restarts=4).model
    assert rmse(model, X, y) < 1e-6
    assert len(look(model, X)) == 9
    smaller = prune(model, X, y).model
    assert smaller.widths == model.widths
    assert sorted(edge.source for edge in smaller.edges()) == [0, 1, 2]
    assert sorted(edge.target for edge in smaller.edges()) == [0, 1, 2]
    assert rmse(smaller, X, y) < 1e-2


def test_products_of_three_positive_factors_are_found_too():
    X = np.random.default_rng(0).uniform(-1, 1, (400, 3))
    y = np.exp(X[:, 0]) * (2 + np.sin(2 * X[:, 1])) * (1 + X[:, 2] ** 2)
    assert rmse(fit(KAN((3, (0, (3,))), seed=1), X, y, restarts=2).model, X, y) < 1e-2 * y.std()

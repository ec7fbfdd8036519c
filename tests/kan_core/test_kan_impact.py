"""The cost of removals read off the Schur complement, against refits."""

import numpy as np
import pytest
from kan_for_tests import hello, rmse
from scipy.stats import spearmanr

from kan_core import KAN, Edge, fit, look, remove_edge, set_symbolic
from kan_core._begin import scaled_problem
from kan_core._gate import table
from kan_core._impact import Impacts
from kan_core._tangent import tangent

WEIGHT = 1e-10


@pytest.fixture(scope="module")
def additive():
    """A fitted [3, 1] network on correlated inputs: linear in its parameters, so the complement is exact."""
    draw = np.random.default_rng(0)
    X = draw.uniform(-1, 1, (300, 3))
    X[:, 1] += 0.6 * X[:, 0]
    y = np.sin(3 * X[:, 0]) + 0.5 * X[:, 1] ** 2 + 0.05 * X[:, 2] + 0.1 * draw.normal(size=300)
    return fit(KAN((3, 1), grid=4), X, y, smoothness=WEIGHT).model, X, y


def impacts_of(model, X, y, weight=WEIGHT):
    problem = scaled_problem(model, table(X, y, None, model.n_in, model.n_out))
    return Impacts(tangent(model.layers, problem, weight))


def loss(model, X, y):
    return 0.5 * (rmse(model, X, y) / float(model.scale)) ** 2


@pytest.mark.parametrize("gone", [[0], [1], [2], [0, 1], [1, 2]])
def test_the_predicted_cost_of_a_removal_is_that_of_a_real_refit(additive, gone):
    model, X, y = additive
    predicted = impacts_of(model, X, y).cost((0, tuple((source, 0) for source in gone)))
    smaller = model
    for source in gone:
        smaller = remove_edge(smaller, Edge(0, source, 0))
    refitted = fit(smaller, X, y, smoothness=WEIGHT).model
    assert predicted == pytest.approx(loss(refitted, X, y) - loss(model, X, y), rel=1e-4)


def test_impacts_rank_edges_as_their_refits_do(additive):
    model, X, y = additive
    impacts = impacts_of(model, X, y)
    costs = [impacts.cost((0, ((source, 0),))) for source in range(3)]
    refits = [loss(fit(remove_edge(model, Edge(0, s, 0)), X, y, smoothness=WEIGHT).model, X, y) for s in range(3)]
    assert np.argsort(costs).tolist() == np.argsort(refits).tolist()


def test_a_twin_input_costs_nothing():
    draw = np.random.default_rng(1)
    X = draw.uniform(-1, 1, (300, 2))
    X = np.column_stack([X, X[:, 0]])
    y = np.sin(3 * X[:, 0]) + X[:, 1] ** 2
    model = fit(KAN((3, 1), grid=4), X, y, smoothness=WEIGHT).model
    impacts = impacts_of(model, X, y)
    twin, other = impacts.cost((0, ((0, 0),))), impacts.cost((0, ((1, 0),)))
    assert 0 <= twin < 1e-3 * other


def test_asking_for_impacts_changes_nothing(additive):
    model, X, y = additive
    before = model.to_dict()
    impacts = impacts_of(model, X, y)
    assert impacts.cost((0, ((0, 0),))) == impacts.cost((0, ((0, 0),)))
    assert model.to_dict() == before


@pytest.mark.parametrize("weight", [1e-8, 1e-4, 1e-1])
def test_the_penalty_is_no_part_of_the_predicted_error(weight):
    draw = np.random.default_rng(4)
    X = draw.uniform(-1, 1, (200, 3))
    y = np.sin(3 * X[:, 0]) + 0.5 * X[:, 1] ** 2 + 0.2 * X[:, 2] * (X[:, 0] > 0) + 0.1 * draw.normal(size=200)
    model = fit(KAN((3, 1)), X, y, smoothness=weight).model
    for source, seen in enumerate(look(model, X, y, smoothness=weight)):
        refitted = fit(remove_edge(model, Edge(0, source, 0)), X, y, smoothness=weight).model
        rise = (rmse(refitted, X, y) - rmse(model, X, y)) / float(model.scale)
        assert seen.impact == pytest.approx(rise, rel=1e-4, abs=1e-9)


def test_impacts_of_a_deep_network_rank_its_inputs_as_refits_do():
    draw = np.random.default_rng(0)
    X = draw.uniform(-1, 1, (400, 5))
    hidden = X @ [0.0, 1.0, 0.15, 0.5, 0.03] + 0.3 * X[:, 1] ** 2
    y = np.exp(hidden) + 0.05 * draw.normal(size=400)
    model = fit(KAN((5, 1, 1)), X, y).model
    first = [seen for seen in look(model, X, y) if seen.edge.layer == 0]
    refits = [rmse(fit(remove_edge(model, seen.edge), X, y, steps=20).model, X, y) for seen in first]
    assert spearmanr([seen.impact for seen in first], refits).statistic > 0.99
    assert all(0 <= seen.impact <= 1 for seen in first)


def test_the_impact_of_a_named_edge_is_that_of_a_refit_without_it():
    X, _ = hello(200)
    y = 2 * np.exp(X[:, 0]) + 0.3 * X[:, 1] + 0.05 * np.random.default_rng(0).normal(size=200)
    model = set_symbolic(KAN((2, 1)), Edge(0, 0, 0), "exp", 1.0, 0.0, 2.0)
    model = fit(set_symbolic(model, Edge(0, 1, 0), "x", 1.0, 0.0, 0.3), X, y).model
    second = look(model, X, y)[1]
    refitted = fit(remove_edge(model, Edge(0, 1, 0)), X, y).model
    rise = (rmse(refitted, X, y) - rmse(model, X, y)) / float(model.scale)
    assert second.impact == pytest.approx(rise, rel=1e-2)

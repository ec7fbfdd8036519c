"""Looking at a network: curves, importance, density; and that looking changes nothing."""

import copy

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as effort
from kan_for_tests import assert_close, hello, networks, rows_for

from kan_core import KAN, Edge, edge_data, fit, look, remove_edge, set_symbolic


@pytest.fixture(scope="module")
def fitted():
    X, y = hello(300)
    return fit(KAN((2, 3, 1), seed=1), X, y, steps=20).model, X, y


@given(model=networks())
@effort(max_examples=30)
def test_looking_changes_nothing(model):
    """pykan's suggest_symbolic left other functions on the edges it looked at."""
    before = copy.deepcopy(model.to_dict())
    X = rows_for(model, 30)
    looks = look(model, X)
    for edge in model.edges():
        edge_data(model, edge, X)
    assert model.to_dict() == before
    assert [seen.edge for seen in looks] == model.all_edges()
    assert all(0 <= seen.importance <= 1 for seen in looks)
    assert all(int(seen.density.sum()) == 30 for seen in looks)
    assert all(np.isfinite(seen.y).all() for seen in looks)


def test_what_is_seen_does_not_depend_on_what_was_predicted_before(fitted):
    """pykan's plot changed after every prediction on other data."""
    model, X, _ = fitted
    before = look(model, X)
    model(100 * X)
    for a, b in zip(before, look(model, X), strict=True):
        assert np.array_equal(a.y, b.y)
        assert a.importance == b.importance


def test_a_network_that_never_saw_data_can_be_looked_at():
    """pykan asked for a forward pass first, or raised TypeError."""
    model = KAN((2, 2, 1))
    assert len(look(model, rows_for(model, 10))) == 6


def test_a_curve_is_the_edge_over_the_range_of_its_data(fitted):
    model, X, _ = fitted
    for seen in look(model, X):
        h, values = edge_data(model, seen.edge, X)
        assert seen.domain == (h.min(), h.max())
        assert (seen.x[0], seen.x[-1]) == pytest.approx(seen.domain, rel=1e-12)
        assert seen.x.shape == seen.y.shape == (200,)
        order = np.argsort(h)
        dense = np.interp(h[order], seen.x, seen.y)
        assert np.abs(dense - (values - values.mean())[order]).max() < 1e-2 * (np.ptp(values) + 1e-12)


def test_the_edges_of_an_additive_network_are_seen_as_what_they_are():
    X, _ = hello(400, seed=3)
    y = np.sin(3 * X[:, 0]) + X[:, 1] ** 2
    model = fit(KAN((2, 1), grid=20), X, y, smoothness=0.0).model
    first, second = look(model, X)
    scale = float(model.scale)
    assert_close(scale * first.y, np.sin(3 * first.x) - np.sin(3 * X[:, 0]).mean(), 1e-3)
    assert_close(scale * second.y, second.x**2 - (X[:, 1] ** 2).mean(), 1e-3)


def test_importance_ranks_inputs_by_what_they_do():
    draw = np.random.default_rng(0)
    X = draw.uniform(-1, 1, (400, 4))
    model = fit(KAN((4, 1)), X, X[:, 0] ** 2 + 0.3 * X[:, 1] + 0.1 * X[:, 2] ** 3).model
    importance = [seen.importance for seen in look(model, X)]
    assert importance[0] == 1
    assert importance[0] > importance[1] > importance[2] > importance[3]
    assert importance[3] < 1e-3


def test_importance_does_not_depend_on_the_units_of_inputs_or_target():
    X, y = hello(200)
    plain = look(fit(KAN((2, 2, 1)), X, y, steps=15).model, X)
    scaled = look(fit(KAN((2, 2, 1)), 1e9 * X, 1e-12 * y, steps=15).model, 1e9 * X)
    assert [seen.importance for seen in scaled] == pytest.approx([seen.importance for seen in plain], rel=1e-5)


def test_removed_and_named_edges_are_shown_as_such(fitted):
    model, X, _ = fitted
    model = set_symbolic(remove_edge(model, Edge(0, 0, 0)), Edge(0, 1, 1), "sin", 2, 0.5, 3)
    looks = {seen.edge: seen for seen in look(model, X)}
    gone, named = looks[Edge(0, 0, 0)], looks[Edge(0, 1, 1)]
    assert (gone.state, gone.function, gone.importance) == ("removed", None, 0.0)
    assert np.abs(gone.y).max() == 0
    assert named.state == "symbolic"
    assert named.function.name == "sin"
    curve = 3 * np.sin(2 * named.x + 0.5)
    assert_close(named.y, curve - (3 * np.sin(2 * X[:, 1] + 0.5)).mean(), 1e-12)


def test_every_row_is_counted_in_the_density(fitted):
    model, _, _ = fitted
    X = np.column_stack([np.linspace(0, 1, 100), np.zeros(100)])
    looks = {seen.edge: seen for seen in look(model, X)}
    assert looks[Edge(0, 0, 0)].density.tolist() == [5] * 20
    assert int(looks[Edge(0, 1, 0)].density.sum()) == 100  # a constant input has no width to spread over


def test_one_row_is_enough_to_look():
    model = KAN((2, 2, 1))
    assert all(np.isfinite(seen.y).all() for seen in look(model, [[0.3, 0.4]]))


def test_edge_data_are_the_node_and_the_edge_at_the_rows(fitted):
    model, X, _ = fitted
    h, values = edge_data(model, Edge(0, 1, 2), X)
    assert np.array_equal(h, X[:, 1])
    assert values.shape == (300,)


def test_a_look_cannot_be_changed(fitted):
    model, X, _ = fitted
    with pytest.raises(AttributeError):
        look(model, X)[0].importance = 0.5

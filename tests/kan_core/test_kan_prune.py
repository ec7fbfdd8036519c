"""Pruning: smaller networks, never at the price of the fit, never in place, never the last path."""

import copy
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as effort
from kan_for_tests import assert_close, assert_same_network, hello, networks, rmse, rows_for, three_true_edges

from kan_core import (
    KAN,
    Edge,
    FitStatus,
    TrainingError,
    compact,
    fit,
    look,
    probabilities,
    prune,
    remove_edge,
    set_symbolic,
)


def limit(model, X, y, tolerance):
    return np.sqrt(rmse(model, X, y) ** 2 + (tolerance * np.std(y)) ** 2) * (1 + 1e-9)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_five_hidden_nodes_become_one(seed):
    X, y = hello(1000)
    model = fit(KAN((2, 5, 1), seed=seed), X, y).model
    smaller = prune(model, X, y).model
    assert three_true_edges(smaller)
    assert rmse(smaller, X, y) <= limit(model, X, y, 0.02)


def test_pruning_leaves_its_argument_untouched():
    """pykan's prune returned a new model and edited the masks of the old one."""
    X, y = hello(200)
    model = fit(KAN((2, 3, 1)), X, y, steps=20).model
    before, output = copy.deepcopy(model.to_dict()), model(X)
    kept_X, kept_y = X.copy(), y.copy()
    prune(model, X, y, validation=(X[:50], y[:50]))
    assert model.to_dict() == before
    assert np.array_equal(model(X), output)
    assert np.array_equal(X, kept_X)
    assert np.array_equal(y, kept_y)


@pytest.mark.parametrize("tolerance", [0.0, 0.02, 0.3])
def test_the_error_never_rises_above_what_was_allowed(tolerance):
    X, y = hello(300, noise=0.1)
    held = hello(200, seed=5, noise=0.1)
    model = fit(KAN((2, 3, 1)), X, y, steps=20).model
    smaller = prune(model, X, y, validation=held, tolerance=tolerance).model
    # The spread is that of the training target.
    allowed = np.sqrt(rmse(model, *held) ** 2 + (tolerance * np.std(y)) ** 2)
    assert rmse(smaller, *held) <= allowed * (1 + 1e-9)
    assert len(smaller.edges()) <= len(model.edges())


def test_the_last_path_is_never_cut_however_large_the_tolerance():
    """pykan could sever a layer, and its outputs became NaN."""
    X, y = hello(100)
    smaller = prune(fit(KAN((2, 2, 1)), X, y, steps=10).model, X, y, tolerance=100.0).model
    assert len(smaller.edges()) == 2
    assert np.isfinite(smaller(X)).all()
    assert all(np.isfinite(seen.y).all() for seen in look(smaller, X))


def test_every_output_keeps_a_path():
    X, y = hello(100)
    Y = np.column_stack([y, X[:, 0], X[:, 1] ** 2])
    smaller = prune(fit(KAN((2, 2, 3)), X, Y, steps=10).model, X, Y, tolerance=100.0).model
    assert {edge.target for edge in smaller.edges() if edge.layer == 1} == {0, 1, 2}
    assert np.isfinite(smaller(X)).all()


def test_pure_noise_leaves_a_path():
    draw = np.random.default_rng(0)
    X, y = draw.normal(size=(120, 2)), draw.normal(size=120)
    smaller = prune(fit(KAN((2, 2, 1), grid=3), X, y, steps=10).model, X, y, tolerance=0.5).model
    assert any(edge.layer == 1 for edge in smaller.edges())


def test_a_constant_target_leaves_a_path_and_its_value():
    X, _ = hello(80)
    y = np.full(80, 2.5)
    smaller = prune(fit(KAN((2, 2, 1)), X, y).model, X, y).model
    assert smaller.edges()
    np.testing.assert_allclose(smaller(X)[:, 0], 2.5, rtol=1e-9)


def test_a_network_that_needs_everything_comes_back_as_it_was():
    X, y = hello(500)
    model = fit(KAN((2, 1, 1)), X, y, grids=(5, 10)).model
    result = prune(model, X, y)
    assert_same_network(result.model, model)
    assert result.history == []
    assert result.status is FitStatus.CONVERGED


def test_pruning_twice_is_pruning_once():
    X, y = hello(300)
    once = prune(fit(KAN((2, 3, 1)), X, y).model, X, y).model
    assert prune(once, X, y, tolerance=0.002).model.edges() == once.edges()


def test_an_input_that_does_nothing_goes_and_the_others_keep_their_columns():
    """pykan's pruned networks could not be loaded again, or came back with the wrong columns."""
    draw = np.random.default_rng(1)
    X = draw.uniform(-1, 1, (400, 3))
    y = np.exp(np.sin(3 * X[:, 0]) * 0.5 + X[:, 2] ** 2)
    smaller = prune(fit(KAN((3, 2, 1)), X, y).model, X, y).model
    assert {edge.source for edge in smaller.edges() if edge.layer == 0} == {0, 2}
    back = KAN.from_dict(json.loads(json.dumps(smaller.to_dict())))
    scrambled = X.copy()
    scrambled[:, 1] = 1e6
    assert np.array_equal(back(X), smaller(X))
    assert np.array_equal(back(scrambled), smaller(X))


def test_pruning_tells_its_steps_and_can_be_stopped():
    X, y = hello(300)
    model = fit(KAN((2, 3, 1)), X, y, steps=20).model
    seen = []
    result = prune(model, X, y, on_step=lambda step: seen.append(step.model) or False)
    assert result.status is FitStatus.STOPPED
    assert len(seen) == 1
    assert len(seen[0].edges()) < len(model.edges())
    assert result.model.edges() == seen[0].edges()


def test_a_pruned_network_has_no_dead_ends():
    X, y = hello(300)
    smaller = prune(fit(KAN((2, (2, 1), 1), seed=2), X, y, steps=30).model, X, y, tolerance=0.05).model
    used = {edge.source for edge in smaller.edges() if edge.layer == 1}
    fed = {min(edge.target, 2) for edge in smaller.edges() if edge.layer == 0}
    assert used == fed


def test_named_edges_live_through_pruning_when_they_matter():
    X, _ = hello(300)
    y = np.sin(3 * X[:, 0]) + 0.001 * X[:, 1]
    model = set_symbolic(KAN((2, 1)), Edge(0, 0, 0), "sin", 2.9, 0.0, 1.0)
    smaller = prune(fit(model, X, y).model, X, y).model
    assert smaller.edges() == [Edge(0, 0, 0)]
    assert smaller.function(Edge(0, 0, 0)).name == "sin"


def test_named_edges_go_when_they_do_not_matter():
    X, _ = hello(300)
    y = np.sin(3 * X[:, 0])
    model = set_symbolic(KAN((2, 1)), Edge(0, 1, 0), "exp", 1.0, 0.0, 1.0)
    assert prune(fit(model, X, y).model, X, y).model.edges() == [Edge(0, 0, 0)]


def test_a_fully_named_network_can_be_pruned():
    X, _ = hello(200)
    y = np.sin(3 * X[:, 0])
    model = set_symbolic(KAN((2, 1)), Edge(0, 0, 0), "sin", 2.9, 0.0, 1.0)
    model = set_symbolic(model, Edge(0, 1, 0), "x^2", 1.0, 0.0, 0.3)
    smaller = prune(fit(model, X, y).model, X, y).model
    assert smaller.edges() == [Edge(0, 0, 0)]


def test_undoing_is_keeping_the_old_network():
    X, y = hello(150)
    model = fit(KAN((2, 2, 1)), X, y, steps=10).model
    kept = copy.deepcopy(model)
    remove_edge(model, Edge(0, 0, 0))
    prune(model, X, y, tolerance=1.0)
    assert_same_network(model, kept)


def test_a_network_that_was_never_fitted_cannot_be_pruned():
    """pykan raised a TypeError about missing scores."""
    X, y = hello(20)
    with pytest.raises(TrainingError, match=r"never fitted.*Fit it first"):
        prune(KAN((2, 2, 1)), X, y)


def with_dummies(n, seed, noise):
    """Rows of exp(sin πx + y²) with three inputs more that do nothing."""
    draw = np.random.default_rng(seed)
    X = draw.uniform(-1, 1, (n, 5))
    f = np.exp(np.sin(np.pi * X[:, 0]) + X[:, 1] ** 2)
    return X, f + noise * f.std() * draw.normal(size=n)


@pytest.mark.parametrize(("seed", "noise"), [(0, 0.0), (1, 0.05)])
def test_dummy_inputs_are_found_and_dropped(seed, noise):
    X, y = with_dummies(400, seed, noise)
    held = with_dummies(200, 100 + seed, noise)
    model = fit(KAN((5, 5, 1), seed=seed), X, y, validation=held).model
    smaller = prune(model, X, y, validation=held).model
    assert model.used_inputs == (0, 1, 2, 3, 4)
    assert smaller.used_inputs == (0, 1)
    assert three_true_edges(smaller)
    least, columns = compact(smaller)
    assert (least.widths, columns) == ((2, 1, 1), (0, 1))
    assert_close(least(held[0][:, columns]), smaller(held[0]), 1e-12)
    assert rmse(smaller, *with_dummies(1000, 999, 0.0)) < 0.03 * y.std()


def test_an_input_whose_path_ends_at_a_dead_node_is_not_used():
    model = remove_edge(remove_edge(KAN((3, 2, 1)), Edge(1, 1, 0)), Edge(0, 2, 0))
    assert model.used_inputs == (0, 1)


@given(model=networks())
@effort(max_examples=60)
def test_a_compact_network_says_the_same(model):
    X = rows_for(model, 20)
    small, columns = compact(model)
    assert_close(small(X[:, columns]), model(X), 1e-9)
    assert len(small.edges()) <= len(model.edges())
    again, every = compact(small)
    assert (again.widths, list(every)) == (small.widths, list(range(small.n_in)))


def test_a_compact_network_keeps_its_columns_in_order_and_can_be_fitted_saved_and_looked_at():
    """pykan's pruned inputs failed at the second forward pass, and came back from a file as other columns."""
    draw = np.random.default_rng(0)
    X = draw.uniform(-1, 1, (200, 4))
    y = np.sin(2 * X[:, 1]) + X[:, 3]
    model = fit(remove_edge(remove_edge(KAN((4, 1)), Edge(0, 0, 0)), Edge(0, 2, 0)), X, y).model
    small, columns = compact(model)
    assert columns == (1, 3)
    few = X[:, columns]
    assert_close(small(few), model(X), 1e-12)
    assert_close(KAN.from_bytes(small.to_bytes())(few), model(X), 1e-12)
    assert rmse(fit(small, few, y).model, few, y) <= 1.001 * rmse(model, X, y)
    assert len(look(small, few, y)) == 2


def test_a_network_without_any_edge_compacts_to_a_constant():
    model = KAN((3, 2, 1))
    for edge in model.all_edges():
        model = remove_edge(model, edge)
    small, columns = compact(model)
    assert (small.widths, columns, model.used_inputs) == ((1, 1, 1), (0,), ())
    X = rows_for(model, 4)
    assert_close(small(X[:, :1]), model(X), 1e-12)


def test_a_classifier_is_pruned_by_its_cross_entropy():
    draw = np.random.default_rng(0)
    X = draw.uniform(-1, 1, (400, 3))
    law = X[:, 0] ** 2 + X[:, 1] > 0.3
    y = (X[:, 0] ** 2 + X[:, 1] + 0.2 * draw.normal(size=400) > 0.3).astype(float)
    model = fit(KAN((3, 2, 1)), X, y, loss="logistic").model
    smaller = prune(model, X, y, loss="logistic").model
    assert set(smaller.used_inputs) == {0, 1}
    assert (probabilities(smaller, X).argmax(1) == y).mean() > (law == y).mean() - 0.01  # no rule does better for long


def test_outliers_do_not_decide_what_is_pruned():
    draw = np.random.default_rng(3)
    X = draw.uniform(-1, 1, (300, 4))
    y = np.sin(3 * X[:, 0]) + X[:, 1] ** 2 + 0.02 * draw.normal(size=300)
    y[::20] += 20
    model = fit(KAN((4, 1)), X, y, loss="huber").model
    assert prune(model, X, y, loss="huber").model.used_inputs == (0, 1)


@pytest.mark.parametrize("tolerance", [-0.1, np.nan, np.inf, "much", None])
def test_a_tolerance_that_is_no_share_is_refused(tolerance):
    X, y = hello(30)
    model = fit(KAN((2, 1)), X, y, steps=1).model
    with pytest.raises(TrainingError, match="tolerance is a share of the spread of y"):
        prune(model, X, y, tolerance=tolerance)


def test_a_network_without_a_finite_error_cannot_be_pruned():
    X, y = hello(50)
    model = set_symbolic(KAN((2, 2, 1)), Edge(0, 0, 0), "log", 1.0, -9.0, 1.0)
    model = fit(model, X, y, steps=2).model
    with pytest.raises(TrainingError, match=r"not finite: fit it to such rows first"):
        prune(model, X, y)


def test_pruning_decides_on_the_validation_rows_and_looks_at_no_others():
    X, y = hello(200, noise=0.1)
    model = fit(KAN((2, 2, 1)), X, y, steps=15).model
    held = hello(100, seed=7, noise=0.1)
    first, again = (prune(model, X, y, validation=held).model for _ in range(2))
    assert_same_network(first, again)
    lost = (held[0], np.random.default_rng(0).permutation(held[1]))  # rows that nothing can fit: all may go
    assert len(prune(model, X, y, validation=lost, tolerance=0.3).model.edges()) <= len(first.edges())


def test_edges_to_keep_survive_pruning():
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (200, 2))
    y = X[:, 0] ** 2
    model = fit(KAN((2, 2, 1), grid=3), X, y, steps=15).model
    idle = Edge(0, 1, 0)
    assert idle not in prune(model, X, y, tolerance=0.05).model.edges()
    assert idle in prune(model, X, y, tolerance=0.05, keep=[idle]).model.edges()

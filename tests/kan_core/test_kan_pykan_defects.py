"""Defects that pykan 0.2.8 has and that could exist here, where no other test of the engine names them already.

#n is its tracker's number; what is not numbered was found by running it.
"""

import io
import random
import threading
from contextlib import redirect_stderr, redirect_stdout

import numpy as np
import pytest
import torch
from kan_for_tests import assert_same_network, hello, rmse, roughened, rows_for

from kan_core import KAN, Edge, TrainingError, edge_data, fit, look, prune, remove_edge, set_symbolic


@pytest.fixture(scope="module")
def fitted():
    X, y = hello(120, noise=0.05)
    return fit(KAN((2, 3, 1), seed=1), X, y, steps=10).model, X, y


def every_act(model, X, y):
    """What a user can do with a network, one after the other."""
    further = fit(model, X, y, steps=3, grids=(5, 10), restarts=2).model
    looks = look(further, X, y)
    smaller = prune(further, X, y, validation=(X, y), tolerance=0.1).model
    return further, smaller, KAN.from_bytes(smaller.to_bytes()), [one.impact for one in looks]


def test_no_act_touches_a_random_state_that_others_use(fitted):
    """pykan reseeded torch, NumPy and random on every construction, also inside refine, prune and load."""
    before = torch.random.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
    every_act(*fitted)
    KAN((2, 2, 1))
    assert torch.equal(torch.random.get_rng_state(), before[0])
    assert np.array_equal(np.random.get_state()[1], before[1])  # noqa: NPY002
    assert random.getstate() == before[2]


def test_no_act_prints_or_writes(fitted, tmp_path, monkeypatch):
    """pykan printed progress, wrote checkpoints of every act, figures, and the training data beside them."""
    monkeypatch.chdir(tmp_path)
    said = io.StringIO()
    with redirect_stdout(said), redirect_stderr(said):
        every_act(*fitted)
    assert said.getvalue() == ""
    assert list(tmp_path.iterdir()) == []


def test_two_users_in_threads_do_not_meet(fitted):
    """pykan's losses and symbols were globals of its modules: two fits at once shared them."""
    _, X, y = fitted

    def acts(k):
        model = fit(KAN((2, 2, 1), seed=k), X, (k + 1) * y, steps=8).model
        return model, [one.impact for one in look(model, X, (k + 1) * y)]

    alone, found = [acts(k) for k in range(2)], [None, None]

    def work(k):
        found[k] = acts(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one, other in zip(found, alone, strict=True):
        assert_same_network(one[0], other[0])
        assert one[1] == other[1]


def test_no_act_changes_its_network_or_rows(fitted):
    """#425: prune returned a new model and edited the old one; predicting changed its plot (#403)."""
    model, X, y = fitted
    before, rows, target = model.to_bytes(), X.copy(), y.copy()
    every_act(model, X, y)
    assert model.to_bytes() == before
    assert np.array_equal(X, rows)
    assert np.array_equal(y, target)


def test_nothing_carries_a_gradient_graph(fitted):
    """pykan evaluated its test rows with a graph at every step."""
    model, X, y = fitted
    seen = []
    fit(model, X, y, validation=(X, y), steps=2, on_step=lambda step: seen.append(step.model) or True)
    for one in (model, *seen, every_act(model, X, y)[1]):
        for layer in one.layers:
            assert not any(value.requires_grad for value in layer.tensors().values())


def test_a_pruned_network_keeps_its_settings():
    """pykan's prune_node dropped affine_trainable, grid_eps, grid_range, symbolic_enabled and more."""
    X, y = hello(150)
    model = fit(KAN((2, 3, 1), grid=4, order=2, seed=5, basis="chebyshev"), X, y, steps=10).model
    smaller = prune(model, X, y, tolerance=0.3).model
    for a, b in zip(smaller.layers, model.layers, strict=True):
        assert (a.grid, a.order, a.basis, a.products) == (b.grid, b.order, b.basis, b.products)
    assert (smaller.seed, smaller.widths) == (model.seed, model.widths)
    assert torch.equal(smaller.scale, model.scale)


def test_named_edges_are_counted_as_edges():
    """pykan's n_edge was 0 once every edge had a name."""
    model = KAN((2, 1))
    for edge in model.all_edges():
        model = set_symbolic(model, edge, "sin", 1, 0, 1)
    assert len(model.edges()) == 2
    assert model.used_inputs == (0, 1)


def test_a_name_that_was_taken_back_leaves_no_trace_in_a_file():
    """pykan's unfixed edges still printed their old term."""
    plain = roughened(KAN((2, 1)), 3)
    named = set_symbolic(plain, Edge(0, 0, 0), "exp", 1, 2, 3)
    assert remove_edge(named, Edge(0, 0, 0)).to_bytes() == remove_edge(plain, Edge(0, 0, 0)).to_bytes()


def test_a_pruned_network_can_be_refined_and_fitted_again():
    """#416, #457, #539: NaN after prune, cured by update_grid=False; again after refine."""
    X, y = hello(200)
    smaller = prune(fit(KAN((2, 4, 1)), X, y).model, X, y).model
    finer = fit(smaller, X, y, grids=(5, 10, 20), steps=20)
    assert np.isfinite(finer.model(X)).all()
    assert rmse(finer.model, X, y) < rmse(smaller, X, y)
    assert finer.model.edges() == smaller.edges()


@pytest.mark.parametrize("widths", [(2, 2, 2, 1), (2, 3, 3, 3, 1)])
def test_more_layers_bring_no_missing_numbers(widths):
    """#520: least squares failed silently when a layer was added, and an unset variable was used."""
    X, y = hello(150)
    result = fit(KAN(widths, grid=3), X, y, steps=15, grids=(3, 6))
    assert all(np.isfinite(step.rmse_train) for step in result.history)
    assert np.isfinite([one.y for one in look(result.model, X)]).all()


def test_every_step_of_a_fit_is_finite_and_the_best_is_kept():
    """#218, #379: the loss became NaN on the way and stayed."""
    X, y = hello(200)
    y[::50] += 50
    result = fit(KAN((2, 4, 1)), X, y, grids=(5, 10))
    errors = [step.rmse_train for step in result.history]
    assert np.isfinite(errors).all()
    assert rmse(result.model, X, y) <= min(errors) * 1.02


def test_a_refinement_of_the_finest_grids_keeps_the_curves():
    """#539, #300: refine gave NaN, or a rank-deficient least squares."""
    X, y = hello(60)
    result = fit(KAN((2, 1)), X, y, grids=(5, 40, 160), steps=4)
    assert np.isfinite(result.model(X)).all()


def test_looking_shows_what_the_edge_gives_and_needs_no_figure(fitted):
    """pykan's get_fun opened a figure, and its plot drew one PNG an edge on disk (#70, #294)."""
    model, X, _ = fitted
    for one in look(model, X):
        h, values = edge_data(model, one.edge, X)
        middle = np.interp(h, one.x, one.y)
        assert np.abs(middle - (values - values.mean())).max() < 2e-2 * (np.ptp(values) + 1e-9)


def test_a_pruned_edge_never_comes_back_by_being_looked_at(fitted):
    """pykan's suggest_symbolic left a live gaussian on an edge that had been pruned."""
    model, X, y = fitted
    model = remove_edge(model, Edge(0, 0, 1))
    expected = model(X)
    look(model, X, y)
    edge_data(model, Edge(0, 0, 1), X)
    assert model.state(Edge(0, 0, 1)) == "removed"
    assert np.array_equal(model(X), expected)


def test_an_unknown_function_is_named_and_not_a_key_error():
    """#349, #480: cosh raised a KeyError in the middle of a search; a callable came back as None or KeyError."""
    with pytest.raises(TrainingError, match="No function is called"):
        set_symbolic(KAN((2, 1)), Edge(0, 0, 0), "besselj", 1, 0, 1)


@pytest.mark.parametrize("arity", [2, 3, 4])
def test_products_of_any_arity_keep_their_legs_apart(arity):
    """#404: with products of more than two factors, formulas took every second leg."""
    model = roughened(KAN((2, (1, (arity, arity)), 1)), 0)
    X = rows_for(model, 30)
    nodes = model.activations(torch.as_tensor(X))[1]
    legs = np.zeros((30, 1 + 2 * arity)) + model.layers[0].bias[0].numpy()
    for edge in model.all_edges():
        if edge.layer == 0:
            legs[:, edge.target] += edge_data(model, edge, X)[1]
    expected = np.column_stack([legs[:, 0], legs[:, 1 : 1 + arity].prod(1), legs[:, 1 + arity :].prod(1)])
    np.testing.assert_allclose(nodes.numpy(), expected, rtol=1e-10, atol=1e-12)

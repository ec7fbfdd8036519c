"""Fitting: what it reaches, what it promises, and what it leaves alone."""

import copy

import numpy as np
import pytest
import torch
from kan_for_tests import assert_same_network, hello, rmse

from kan_core import KAN, Edge, FitStatus, TrainingError, fit, look, remove_edge, set_symbolic

TEST_X, TEST_Y = hello(1000, seed=99)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_first_example_is_learned_from_any_seed(seed):
    X, y = hello(1000)
    result = fit(KAN((2, 1, 1), grid=5, seed=seed), X, y)
    assert rmse(result.model, TEST_X, TEST_Y) < 1e-2


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_finer_grids_learn_the_first_example_to_five_digits(seed):
    X, y = hello(1000)
    result = fit(KAN((2, 1, 1), grid=5, seed=seed), X, y, grids=(5, 10, 20))
    assert rmse(result.model, TEST_X, TEST_Y) < 1e-4
    assert result.model.grid == 20


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_a_product_node_learns_a_product(seed):
    X = np.random.default_rng(0).uniform(-1, 1, (300, 2))
    model = fit(KAN((2, (1, 1), 1), grid=3, seed=seed), X, X.prod(1), restarts=8).model
    inside = 0.9 * TEST_X
    assert rmse(model, inside, inside.prod(1)) < 1e-3
    assert rmse(model, TEST_X, TEST_X.prod(1)) < 2e-2  # corners without rows, beyond the data of the hidden nodes, too


def test_sums_alone_learn_a_product_with_restarts():
    X = np.random.default_rng(0).uniform(-1, 1, (300, 2))
    assert rmse(fit(KAN((2, 2, 1)), X, X.prod(1), restarts=6).model, TEST_X, TEST_X.prod(1)) < 1e-4


def test_several_outputs_are_learned_together_whatever_their_units():
    X, y = hello(400)
    Y = np.column_stack([y, 1e6 * (X[:, 0] + X[:, 1]) ** 2, 1e-9 * np.sin(2 * X[:, 0])])
    model = fit(KAN((2, 4, 3), seed=1), X, Y, steps=80).model
    assert model(X).shape == (400, 3)
    left = (model(X) - Y).std(0) / Y.std(0)
    assert left.max() < 2e-2


def test_same_seed_same_result_to_the_bit():
    X, y = hello(200, noise=0.1)
    results = [fit(KAN((2, 3, 1), seed=4), X, y, restarts=2, grids=(3, 6), steps=12) for _ in range(2)]
    assert_same_network(results[0].model, results[1].model)
    assert [s.rmse_train for s in results[0].history] == [s.rmse_train for s in results[1].history]


def test_nothing_given_is_changed():
    X, y = hello(150)
    model, weights = KAN((2, 2, 1)), np.ones(150)
    before = copy.deepcopy((model.to_dict(), X, y, weights))
    fit(model, X, y, validation=(X, y), weights=weights, steps=5, sparsity=1e-3, grids=(5, 10), restarts=2)
    assert model.to_dict() == before[0]
    for now, then in zip((X, y, weights), before[1:], strict=True):
        assert np.array_equal(now, then)


def test_nothing_is_written_to_disk(tmp_path, monkeypatch):
    """pykan wrote checkpoints, figures and the training data into the working directory."""
    monkeypatch.chdir(tmp_path)
    X, y = hello(60)
    look(fit(KAN((2, 2, 1)), X, y, steps=3, grids=(5, 10)).model, X)
    assert list(tmp_path.iterdir()) == []


def test_validation_rows_never_change_the_fit_on_a_single_grid():
    X, y = hello(200, noise=0.2)
    plain = fit(KAN((2, 3, 1)), X, y, steps=20)
    held = fit(KAN((2, 3, 1)), X, y, steps=20, validation=(TEST_X[:50], -TEST_Y[:50]))
    assert_same_network(held.model, plain.model)
    assert all(step.rmse_validation is None for step in plain.history)
    assert all(step.rmse_validation > 0 for step in held.history)


def test_a_fit_leaves_nothing_of_the_validation_rows_behind():
    """After pykan's fit the cached activations were those of the test rows, and pruning was decided on them."""
    X, y = hello(150)
    plain, held = (fit(KAN((2, 2, 1)), X, y, steps=10, validation=v).model for v in (None, (TEST_X, TEST_Y)))
    for a, b in zip(look(plain, X), look(held, X), strict=True):
        assert a.importance == b.importance


def test_one_validation_row_is_enough():
    """pykan could not draw a batch larger than its test set."""
    X, y = hello(150)
    result = fit(KAN((2, 2, 1)), X, y, steps=5, validation=(TEST_X[:1], TEST_Y[:1]))
    assert result.history[-1].rmse_validation == pytest.approx(
        rmse(result.history[-1].model, TEST_X[:1], TEST_Y[:1]), rel=1e-9
    )


def test_no_validation_rows_are_none():
    X, y = hello(100)
    plain = fit(KAN((2, 2, 1)), X, y, steps=5)
    empty = fit(KAN((2, 2, 1)), X, y, steps=5, validation=(X[:0], y[:0]))
    assert_same_network(plain.model, empty.model)
    assert empty.history[-1].rmse_validation is None


def test_history_tells_the_errors_of_its_own_networks_in_the_units_of_y():
    X, y = hello(200)
    y = 1e4 * y + 7e5
    result = fit(KAN((2, 3, 1)), X, y, steps=8, validation=(TEST_X, 1e4 * TEST_Y + 7e5))
    assert [step.step for step in result.history] == list(range(1, 9))
    for step in result.history:
        assert step.rmse_train == pytest.approx(rmse(step.model, X, y), rel=1e-9)
        assert step.rmse_validation == pytest.approx(rmse(step.model, TEST_X, 1e4 * TEST_Y + 7e5), rel=1e-9)
        assert step.grid == 5
        assert step.damping > 0
    seconds = [step.seconds for step in result.history]
    assert seconds == sorted(seconds)
    assert result.seconds >= seconds[-1]
    assert rmse(result.model, X, y) == pytest.approx(result.history[-1].rmse_train, rel=1e-9)


def test_networks_in_the_history_do_not_change_afterwards():
    X, y = hello(100)
    seen = []
    result = fit(KAN((2, 2, 1)), X, y, steps=6, on_step=lambda step: seen.append((step.model, step.model(X))))
    assert len(seen) == len(result.history) == 6
    assert all(np.array_equal(model(X), then) for model, then in seen)
    assert not np.allclose(seen[0][1], seen[-1][1])


def test_cancelling_stops_at_once_and_keeps_what_was_reached():
    X, y = hello(200)
    seen = []

    def cancel(step):
        seen.append(step)
        return step.step < 7

    result = fit(KAN((2, 3, 1)), X, y, on_step=cancel)
    assert result.status is FitStatus.STOPPED
    assert len(seen) == len(result.history) == 7
    assert_same_network(result.model, fit(KAN((2, 3, 1)), X, y, steps=7).model)


def test_a_cancelled_fit_can_be_looked_at_and_gone_on_with():
    """pykan kept activations of the last step only; interrupt it and there was nothing to plot."""
    X, y = hello(300)
    stopped = fit(KAN((2, 2, 1)), X, y, on_step=lambda step: step.step < 3)
    assert len(look(stopped.model, X)) == 6
    further = fit(stopped.model, X, y, steps=30)
    assert rmse(further.model, X, y) < 0.2 * rmse(stopped.model, X, y)


def test_cancelling_between_grids_goes_no_further():
    X, y = hello(150)
    seen = []
    result = fit(
        KAN((2, 2, 1)), X, y, grids=(3, 6, 12), steps=4, on_step=lambda s: seen.append(s.grid) or len(seen) != 6
    )
    assert seen == [3] * 4 + [6] * 2
    assert result.status is FitStatus.STOPPED


def test_a_callback_that_says_nothing_does_not_cancel():
    X, y = hello(80)
    assert len(fit(KAN((2, 2, 1)), X, y, steps=4, on_step=lambda _: None).history) == 4


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_few_steps_are_fine(steps):
    """pykan divided by zero when few steps met many grid updates."""
    X, y = hello(60)
    result = fit(KAN((2, 2, 1)), X, y, steps=steps, grids=(3, 6))
    assert result.status is FitStatus.STOPPED
    assert np.isfinite(result.model(X)).all()


def test_data_that_a_network_can_hold_exactly_converge():
    X, _ = hello(100)
    result = fit(KAN((2, 1)), X, X[:, 0] - 2 * X[:, 1] ** 3, smoothness=0.0)
    assert result.status is FitStatus.CONVERGED
    assert rmse(result.model, X, X[:, 0] - 2 * X[:, 1] ** 3) < 1e-13


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_noise_ends_on_a_plateau(seed):
    X, y = hello(200, seed=seed, noise=0.5)
    assert fit(KAN((2, 1, 1), seed=seed), X, y, steps=200).status is FitStatus.PLATEAU


def test_noise_does_not_smooth_a_network_with_hidden_nodes_to_nothing():
    X, _ = hello(400)
    clean = np.sin(2 * X[:, 0]) * X[:, 1]
    noise = 0.1 * clean.std() * np.random.default_rng(5).normal(size=400)
    errors = [rmse(fit(KAN((2, 3, 1), seed=seed), X, clean + noise).model, X, clean) for seed in range(4)]
    assert np.median(errors) < 0.05 * clean.std()


@pytest.mark.parametrize("b", [-9.0, 0.0])  # no row, half of the rows inside the domain
def test_a_network_without_a_finite_error_diverges_and_says_so(b):
    X, y = hello(50)
    model = set_symbolic(KAN((2, 2, 1)), Edge(0, 0, 0), "log", 1.0, b, 1.0)
    result = fit(model, X, y, steps=20)
    assert result.status is FitStatus.DIVERGED


def test_a_fit_goes_on_from_where_the_network_is():
    X, y = hello(200)
    once = fit(KAN((2, 2, 1)), X, y, steps=20).model
    again = fit(once, X, y, steps=5)
    assert again.history[0].rmse_train < 1.2 * rmse(once, X, y)


def test_a_different_seed_or_restart_is_never_worse_than_the_first():
    X, y = hello(200)
    alone = rmse(fit(KAN((2, 2, 1)), X, y, steps=25).model, X, y)
    assert rmse(fit(KAN((2, 2, 1)), X, y, steps=25, restarts=4).model, X, y) <= 1.01 * alone


def test_restarts_are_chosen_by_the_validation_rows():
    X, y = hello(60, noise=0.3)
    held = fit(KAN((2, 4, 1)), X, y, steps=15, restarts=5, validation=(TEST_X, TEST_Y)).model
    blind = fit(KAN((2, 4, 1)), X, y, steps=15, restarts=5).model
    assert rmse(held, TEST_X, TEST_Y) < rmse(blind, TEST_X, TEST_Y)
    assert rmse(blind, X, y) < rmse(held, X, y)


def test_a_refinement_that_hurts_is_rolled_back():
    """pykan's last refinement undid the gains of all before it, in its own tutorial."""
    draw = np.random.default_rng(1)
    X = draw.uniform(-1, 1, (60, 1))
    y = np.sin(3 * X[:, 0]) + 0.3 * draw.normal(size=60)
    clean = np.linspace(-0.95, 0.95, 200)[:, None]
    held = (clean, np.sin(3 * clean[:, 0]))
    coarse = fit(KAN((1, 1), grid=2), X, y, smoothness=0.0, validation=held).model
    result = fit(KAN((1, 1), grid=2), X, y, smoothness=0.0, grids=(2, 4, 8, 16, 32, 64), validation=held)
    assert result.model.grid < 64
    assert rmse(result.model, *held) < 1.1 * rmse(coarse, *held)


def test_many_refinements_never_lose_what_was_won():
    X, y = hello(500)
    errors = [
        rmse(
            fit(KAN((2, 1, 1), grid=3), X, y, grids=grids, validation=(TEST_X[:300], TEST_Y[:300])).model,
            TEST_X,
            TEST_Y,
        )
        for grids in ((3,), (3, 6, 12), (3, 6, 12, 24, 48))
    ]
    assert errors[1] < errors[0]
    assert errors[2] < 1.2 * errors[1]


def test_the_first_step_on_a_finer_grid_does_not_jump():
    X, y = hello(300)
    history = fit(KAN((2, 2, 1)), X, y, grids=(5, 10), steps=20).history
    last = [step for step in history if step.grid == 5][-1]
    first = next(step for step in history if step.grid == 10)
    assert first.rmse_train <= 1.001 * last.rmse_train


def test_weights_of_zero_are_rows_dropped():
    draw = np.random.default_rng(2)
    X = np.concatenate([[[-1.0], [1.0]], draw.uniform(-1, 1, (198, 1))])
    y = np.sin(3 * X[:, 0]) + 0.2 * draw.normal(size=200)
    y[100:] += 1.0
    weights = np.r_[np.ones(100), np.zeros(100)]
    weighted = fit(KAN((1, 1)), X, y, weights=weights, smoothness=0.0).model
    dropped = fit(KAN((1, 1)), X[:100], y[:100], smoothness=0.0).model
    np.testing.assert_allclose(weighted(X), dropped(X), atol=1e-6)


def test_a_weight_of_two_is_a_row_given_twice():
    draw = np.random.default_rng(3)
    X = draw.uniform(-1, 1, (80, 1))
    y = np.sin(3 * X[:, 0]) + 0.2 * draw.normal(size=80)
    weights = np.r_[np.full(40, 2.0), np.ones(40)]
    weighted = fit(KAN((1, 1)), X, y, weights=weights, smoothness=0.0).model
    twice = fit(KAN((1, 1)), np.r_[X, X[:40]], np.r_[y, y[:40]], smoothness=0.0).model
    np.testing.assert_allclose(weighted(X), twice(X), atol=1e-6)


def test_only_the_ratios_of_weights_count():
    X, y = hello(100, noise=0.3)
    weights = np.random.default_rng(0).uniform(0.5, 2, 100)
    one, other = (fit(KAN((2, 2, 1)), X, y, weights=w, steps=15).model for w in (weights, 1024 * weights))
    np.testing.assert_allclose(one(X), other(X), rtol=1e-9)


def test_removed_edges_stay_removed():
    X, y = hello(150)
    model = remove_edge(remove_edge(KAN((2, 2, 1)), Edge(0, 0, 0)), Edge(0, 1, 1))
    fitted = fit(model, X, y, steps=10, grids=(5, 10), restarts=2).model
    assert fitted.edges() == model.edges()
    moved = X.copy()
    moved[:, 0] += 1
    layer_one = [fitted.activations(torch.as_tensor(rows))[1][:, 0] for rows in (X, moved)]
    assert bool((layer_one[0] == layer_one[1]).all())


def test_constants_of_a_named_edge_are_refined_to_the_last_digit():
    x = np.random.default_rng(0).uniform(-1, 1, (100, 1))
    y = 3 * np.sin(2 * x[:, 0] + 0.5) + 1
    model = set_symbolic(KAN((1, 1)), Edge(0, 0, 0), "sin", 1.8, 0.4, 1.0)
    result = fit(model, x, y)
    found = result.model.function(Edge(0, 0, 0))
    assert (found.a, found.b) == pytest.approx((2, 0.5), rel=1e-9)
    assert found.c * float(result.model.scale) == pytest.approx(3, rel=1e-9)
    assert rmse(result.model, x, y) < 1e-12


def test_splines_and_named_edges_are_refined_together():
    X, _ = hello(300)
    y = 2 * np.exp(0.7 * X[:, 0]) + np.sin(3 * X[:, 1])
    model = set_symbolic(KAN((2, 1), grid=10), Edge(0, 0, 0), "exp", 1.0, 0.0, 0.5)
    result = fit(model, X, y, smoothness=0.0)
    assert result.model.function(Edge(0, 0, 0)).a == pytest.approx(0.7, rel=2e-3)
    assert rmse(result.model, X, y) < 1e-3


def test_a_deep_network_with_only_named_edges_recovers_its_law():
    """Fixing an edge before any forward pass crashed pykan, and training after it exploded."""
    X, y = hello(200)
    model = remove_edge(KAN((2, 1, 1)), Edge(0, 0, 0))
    for edge, name, a in ((Edge(0, 0, 0), "sin", 3.0), (Edge(0, 1, 0), "x^2", 1.0), (Edge(1, 0, 0), "exp", 1.0)):
        model = set_symbolic(model, edge, name, a, 0.1, 0.8)
    result = fit(model, X, y, steps=100)
    assert rmse(result.model, TEST_X, TEST_Y) < 1e-10
    assert abs(result.model.function(Edge(0, 0, 0)).a) == pytest.approx(np.pi, rel=1e-8)
    assert [result.model.state(edge) for edge in result.model.edges()] == ["symbolic"] * 3


def test_a_result_cannot_be_changed():
    X, y = hello(30)
    result = fit(KAN((2, 1)), X, y, steps=1)
    with pytest.raises(AttributeError):
        result.status = FitStatus.CONVERGED
    with pytest.raises(AttributeError):
        result.history[0].rmse_train = 0.0


def test_the_training_error_of_several_outputs_is_that_of_the_network():
    X, y = hello(200)
    Y = np.column_stack([y, y[::-1]])
    step = fit(KAN((2, 2, 2)), X, Y, validation=(X, Y), steps=3).history[-1]
    assert step.rmse_train == pytest.approx(rmse(step.model, X, Y), rel=1e-9)
    assert step.rmse_train == pytest.approx(step.rmse_validation, rel=1e-9)


def test_the_training_error_of_outputs_in_different_units_is_that_of_the_network():
    X, y = hello(200)
    Y = np.column_stack([y, 1e3 * np.sin(X[:, 0])])
    step = fit(KAN((2, 2, 2)), X, Y, steps=3).history[-1]
    assert step.rmse_train == pytest.approx(rmse(step.model, X, Y), rel=1e-9)


def test_cancelling_in_the_sparse_phase_stops_at_once():
    X, y = hello(150)
    seen = []
    result = fit(KAN((2, 3, 1)), X, y, sparsity=1e-3, on_step=lambda step: seen.append(step.step) or step.step != 3)
    assert result.status is FitStatus.STOPPED
    assert seen == [1, 2, 3]


def test_a_hidden_layer_of_products_alone_is_fitted_without_a_warning():
    X, _ = hello(100)
    model = fit(KAN((2, (0, 1), 1)), X, X.prod(1), steps=5).model
    assert np.isfinite(model(X)).all()


def test_a_root_at_the_edge_of_its_domain_can_be_refined():
    x = np.linspace(0, 1, 50)[:, None]
    y = 2 * np.sqrt(x[:, 0]) + 1
    model = set_symbolic(KAN((1, 1)), Edge(0, 0, 0), "sqrt", 1.0, 0.0, 1.0)
    result = fit(model, x, y)
    assert rmse(result.model, x, y) < 1e-8


def test_every_stage_may_have_steps_of_its_own():
    X, y = hello(200)
    found = fit(KAN([2, 2, 1], grid=3), X, y, steps=[3, 0, 2], grids=[3, 6], sparsity=0.01)
    stages = [step.stage for step in found.history]
    assert stages == [0, 0, 0, 2, 2]
    with pytest.raises(TrainingError, match="one for each stage: 3 of them, not 2"):
        fit(KAN([2, 2, 1], grid=3), X, y, steps=[3, 2], grids=[3, 6], sparsity=0.01)

"""The descent: what it keeps, what it gives up, and how stiff it lets curves be."""

import numpy as np
import torch
from kan_for_tests import hello

from kan_core import KAN, fit
from kan_core._begin import scaled_problem
from kan_core._gate import table
from kan_core._levenberg import FINALISTS, HEAT, minimise
from kan_core._normal import bending, evaluate
from kan_core._smoothness import SHARE
from kan_core._start import start_near_linear


def problem_and_starts(widths, restarts, n=400, noise=0.0):
    X, y = hello(n)
    y = y + noise * np.random.default_rng(0).normal(size=n)
    model = KAN(widths)
    problem = scaled_problem(model, table(X, (y - y.mean()) / y.std(), None, 2, 1))
    return problem, start_near_linear(model.layers, problem.X.unsqueeze(0), range(restarts), problem.y)


def test_the_worse_half_of_many_starts_is_given_up_down_to_the_finalists():
    problem, layers = problem_and_starts((2, 2, 1), 4 * FINALISTS)
    seen = []

    def each(step, state):
        seen.append((step, len(state.fit), float(state.objective.min())))
        return True

    state = minimise(layers, problem, 3 * HEAT, "gcv", each)
    counts = {step: count for step, count, _ in seen}
    assert counts[HEAT] == 4 * FINALISTS
    assert counts[HEAT + 1] == 2 * FINALISTS
    assert len(state.fit) == FINALISTS
    before, after = (next(least for step, _, least in seen if step == k) for k in (HEAT, HEAT + 1))
    assert after <= before * (1 + 1e-9)  # the best is among those that go on


def test_few_starts_all_go_on():
    problem, layers = problem_and_starts((2, 1, 1), FINALISTS)
    assert len(minimise(layers, problem, 2 * HEAT + 1, "gcv", lambda *_: True).fit) == FINALISTS


def test_hidden_curves_are_never_stiffer_than_the_loss_warrants():
    problem, layers = problem_and_starts((2, 3, 1), 1, noise=0.5)
    state = minimise(layers, problem, 30, "gcv", lambda *_: True)
    strength = evaluate(state.layers, problem.X, strength=True).strength
    penalty = state.weight * bending(state.layers, strength)
    assert float(penalty) <= 3 * SHARE * 2 * float(state.fit)  # the weight was chosen some steps before the end


def test_twenty_starts_of_the_smallest_true_shape_all_arrive():
    X, y = hello(500, seed=1)
    errors = [fit(KAN((2, 1, 1), seed=seed), X, y, steps=40).history[-1].rmse_train for seed in range(20)]
    assert max(errors) < 2e-2


def test_a_good_start_does_not_keep_edges_that_sparsity_should_take():
    X, y = hello(600, seed=2)
    assert len(fit(KAN((2, 4, 1), seed=3), X, y, steps=40, sparsity=1e-2).model.edges()) == 3


def test_starts_of_mixed_fate_leave_no_missing_number():
    problem, layers = problem_and_starts((2, 2, 1), 3)
    broken = tuple(
        layer.map(lambda key, v: torch.cat([v[:1] * (1e200 if key == "coef" else 1), v[1:]])) for layer in layers
    )
    state = minimise(broken, problem, 20, "gcv", lambda *_: True)
    assert state.fit[1:].isfinite().all()
    assert float(state.fit[1:].min()) < 1e-3

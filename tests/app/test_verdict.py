"""What is said of a fit."""

import numpy as np
import pytest

from app.tasks.verdict import verdict


def said(status="converged", train=0.1, validation=0.1, spread=1.0, white=True, noise=None):
    return " ".join(verdict(status, train, validation, spread, white, noise))


@pytest.mark.parametrize(
    ("status", "word"),
    [("converged", "no step gains"), ("plateau", "plateau"), ("stopped", "Train on"), ("diverged", "Failed")],
)
def test_how_a_fit_ended_is_said_in_words(status, word):
    assert word in said(status)


def test_the_noise_floor_is_only_said_where_two_estimates_agree_and_the_residual_is_white():
    assert "Noise floor" in said(noise=0.1)
    assert "Noise floor" not in said(noise=0.1, white=False)
    assert "Noise floor" not in said(noise=0.01)
    assert "Noise floor" not in said(noise=10.0)  # an upper bound where the law bends between neighbours
    assert "Noise floor" not in said(noise=None)


def test_a_residual_with_a_pattern_asks_for_more():
    assert "pattern" in said(white=False)


def test_the_precision_of_the_computation_is_an_end():
    assert "nothing left to learn" in said(train=1e-13, validation=1e-12)


def test_curves_that_follow_chance_are_told_by_new_rows():
    assert "3.0 times worse" in said(train=0.1, validation=0.3)
    assert "worse" not in said(train=1e-5, validation=3e-5)  # nobody feels that
    assert "worse" not in said(validation=None)


def test_noise_that_was_added_is_found_by_the_training_task():
    from app.tasks import network_tasks
    from datasets import sample

    dataset = sample("sin(3*x)", {"x": (-1, 1)}, n=600, noise=0.1, seed=0).to_dict()
    options = {"widths": [1, 1], "grids": [5], "steps": 20, "seed": 0, "sparsity": 0.0}
    found = network_tasks.train(dataset, options, lambda **_: None, lambda: False)
    assert any(line.startswith("Noise floor") for line in found["report"])
    sigma = 0.1 * np.sqrt(np.mean(np.sin(3 * np.linspace(-1, 1, 999)) ** 2))
    assert found["errors"]["validation"] == pytest.approx(sigma, rel=0.2)

"""Awkward tables: whatever can be fitted can also be looked at, pruned and saved, and what cannot is said."""

import numpy as np
import pytest
from kan_for_tests import assert_same_network, hello

from kan_core import KAN, TrainingError, fit, look, prune


def constant(X, y):
    return np.column_stack([X, np.full(len(X), 3.0)]), y


def duplicated(X, y):
    return np.column_stack([X, X[:, 0]]), y


def collinear(X, y):
    return np.column_stack([X, 2 * X[:, 0] - X[:, 1] + 1]), y


def nearly_constant(X, y):
    return np.column_stack([X, 1 + 1e-15 * np.arange(len(X))]), y


def levels(X, y):
    return np.column_stack([np.sign(X), np.ones(len(X))]), y


TABLES = {
    "a constant input": constant,
    "the same input twice": duplicated,
    "collinear inputs": collinear,
    "an input that is constant but for rounding": nearly_constant,
    "inputs of two levels": levels,
    "one row": lambda X, y: (X[:1], y[:1]),
    "two rows": lambda X, y: (X[:2], y[:2]),
    "one row many times": lambda X, y: (np.repeat(X[:1], 30, 0), np.repeat(y[:1], 30)),
    "all inputs constant": lambda X, y: (np.ones_like(X), y),
    "a constant target": lambda X, y: (X, np.full_like(y, 7.0)),
    "a target of zeros": lambda X, y: (X, np.zeros_like(y)),
    "a target of 1e-12": lambda X, y: (X, 1e-12 * y),
    "a target of 1e12": lambda X, y: (X, 1e12 * y),
    "a target of 1e-12 about 1": lambda X, y: (X, 1 + 1e-12 * y),
    "inputs of 1e-12": lambda X, y: (1e-12 * X, y),
    "inputs of 1e12": lambda X, y: (1e12 * X, y),
    "inputs of 1 about 1e9": lambda X, y: (X + 1e9, y),
}


@pytest.mark.parametrize("hidden", [(), ((1, 1),)], ids=["additive", "a sum and a product"])
@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_awkward_tables_are_fitted_looked_at_pruned_and_saved(table, hidden):
    X, y = table(*hello(80, noise=0.02))
    model = fit(KAN((X.shape[1], *hidden, 1), grid=3), X, y, steps=8).model
    assert np.isfinite(model(X)).all()
    for one in look(model, X, y):
        assert np.isfinite(one.y).all()
        assert 0 <= one.importance <= 1
        assert one.impact is None or 0 <= one.impact <= 1 + 1e-9
        assert one.low is None or np.isfinite([one.low, one.high]).all()
    smaller = prune(model, X, y).model
    assert np.isfinite(smaller(X)).all()
    assert smaller.edges()
    assert_same_network(KAN.from_bytes(smaller.to_bytes()), smaller)


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_what_is_pruned_does_not_depend_on_the_units(scale):
    draw = np.random.default_rng(0)
    X = draw.uniform(-1, 1, (200, 3))
    y = np.sin(3 * X[:, 0]) + X[:, 1] ** 2 + 0.05 * draw.normal(size=200)
    model = fit(KAN((3, 2, 1)), X, scale * y).model
    assert prune(model, X, scale * y).model.used_inputs == (0, 1)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e200])
def test_looking_and_pruning_refuse_values_that_are_not_finite(bad):
    X, y = hello(20)
    model = fit(KAN((2, 1)), X, y, steps=2).model
    holed, target = X.copy(), y.copy()
    holed[[4, 9], 1], target[11] = bad, bad
    for act in (look, prune):
        with pytest.raises(TrainingError, match=r"^X has values that are not finite .* in rows 4, 9"):
            act(model, holed, y)
        with pytest.raises(TrainingError, match=r"^y has values that are not finite .* in rows 11"):
            act(model, X, target)
    with pytest.raises(TrainingError, match=r"^validation y has values that are not finite .* in rows 11"):
        prune(model, X, y, validation=(X, target))


def test_looking_refuses_targets_that_do_not_fit():
    X, y = hello(20)
    model = fit(KAN((2, 1)), X, y, steps=2).model
    with pytest.raises(TrainingError, match=r"y must have shape \(20, 1\)"):
        look(model, X, y[:3])
    with pytest.raises(TrainingError, match="smoothness"):
        look(model, X, y, smoothness="much")
    with pytest.raises(TrainingError, match="No loss is called"):
        look(model, X, y, loss="absolute")
    with pytest.raises(TrainingError, match="weights"):
        look(model, X, y, weights=-y)


def test_a_network_without_a_finite_error_is_shown_without_bands():
    X, y = hello(40)
    model = fit(KAN((2, 1)), X, y, steps=2).model
    far = look(model, 1e140 * X, y)
    assert all(np.isfinite(one.y).all() for one in far)

"""What the gate refuses, and in which words."""

import math

import numpy as np
import pytest
from kan_for_tests import hello

from kan_core import KAN, Edge, TrainingError, edge_data, fit, look, prune, remove_edge, set_symbolic

X, Y = hello(20)
MODEL = KAN((2, 2, 1))


def test_the_error_is_a_value_error():
    assert issubclass(TrainingError, ValueError)


@pytest.mark.parametrize("widths", [(), (2,), (0, 1), (2, 0, 1), ((1, 1), 1), (2, (0, 0), 1)])
def test_widths_that_make_no_network_are_refused(widths):
    with pytest.raises(TrainingError, match="needs an input layer of plain nodes and at least one more layer"):
        KAN(widths)


@pytest.mark.parametrize(("grid", "order"), [(0, 3), (-1, 3), (5, 0), (5, 6), (5, 11)])
def test_a_grid_or_order_out_of_range_is_refused(grid, order):
    with pytest.raises(TrainingError, match=f"order from 1 to 5; grid={grid}, order={order}"):
        KAN((2, 1), grid=grid, order=order)


@pytest.mark.parametrize(
    "edge", [Edge(2, 0, 0), Edge(0, 2, 0), Edge(0, 0, 2), Edge(-1, 0, 0), Edge(0, -1, 0), Edge(0, 0, -1)]
)
@pytest.mark.parametrize(
    "act",
    [
        KAN.state,
        KAN.function,
        remove_edge,
        lambda model, edge: set_symbolic(model, edge, "sin", 1, 0, 1),
    ],
    ids=["state", "function", "remove_edge", "set_symbolic"],
)
def test_an_unknown_edge_is_refused(act, edge):
    with pytest.raises(TrainingError, match=rf"There is no edge {edge} in a network of widths \(2, 2, 1\)"):
        act(MODEL, edge)


def test_an_unknown_function_is_refused_with_the_known_ones():
    with pytest.raises(TrainingError, match=r"No function is called 'wave'. Known: x, .*cos.*"):
        set_symbolic(MODEL, Edge(0, 0, 0), "wave", 1, 0, 1)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused_with_their_rows(bad):
    holed = X.copy()
    holed[[4, 9], 1] = bad
    target = Y.copy()
    target[11] = bad
    with pytest.raises(TrainingError, match=r"^X has values that are not finite .* in rows 4, 9\. Repair or drop them"):
        fit(MODEL, holed, Y)
    with pytest.raises(TrainingError, match=r"^y has values that are not finite .* in rows 11"):
        fit(MODEL, X, target)
    with pytest.raises(TrainingError, match=r"^validation X has values that are not finite .* in rows 4, 9"):
        fit(MODEL, X, Y, validation=(holed, Y))
    with pytest.raises(TrainingError, match=r"^validation y has values that are not finite .* in rows 11"):
        fit(MODEL, X, Y, validation=(X, target))


def test_many_bad_rows_are_counted_not_listed():
    with pytest.raises(TrainingError, match="in rows 0, 1, 2, 3, 4 and 15 more"):
        fit(MODEL, np.full((20, 2), np.nan), Y)


@pytest.mark.parametrize("shape", [(20,), (20, 1), (20, 3), (2, 20), (20, 2, 1)])
def test_inputs_of_the_wrong_shape_are_refused(shape):
    with pytest.raises(TrainingError, match=r"X must have shape \(n, 2\) for this network, not \(\d+"):
        fit(MODEL, np.zeros(shape), Y)


@pytest.mark.parametrize("shape", [(19,), (20, 2), (1, 20), (), (20, 1, 1)])
def test_targets_of_the_wrong_shape_are_refused(shape):
    with pytest.raises(TrainingError, match=r"y must have shape \(20, 1\) to match X, not \("):
        fit(MODEL, X, np.zeros(shape))


def test_a_target_for_each_output_is_asked_for():
    with pytest.raises(TrainingError, match=r"y must have shape \(20, 2\)"):
        fit(KAN((2, 2)), X, Y)


def test_no_rows_are_refused():
    with pytest.raises(TrainingError, match="X has no rows"):
        fit(MODEL, X[:0], Y[:0])


@pytest.mark.parametrize("rows", [[["a", "b"]] * 20, [[None, 1.0]] * 20, "text", object()])
def test_what_is_no_number_is_refused(rows):
    with pytest.raises(TrainingError, match=r"X must hold numbers: .+\.|X has values that are not finite"):
        fit(MODEL, rows, Y)


def test_ragged_rows_are_refused():
    with pytest.raises(TrainingError, match="must hold numbers"):
        fit(KAN((2, 1)), [[1, 2], [3]], [1, 2])


def test_validation_rows_of_another_network_are_refused():
    with pytest.raises(TrainingError, match=r"validation X must have shape \(n, 2\)"):
        fit(MODEL, X, Y, validation=(X[:, :1], Y))


@pytest.mark.parametrize(
    "weights", [np.ones(3), np.ones((20, 1)), -np.ones(20), np.full(20, np.nan), np.full(20, np.inf)]
)
def test_weights_that_are_none_are_refused(weights):
    with pytest.raises(TrainingError, match="weights must be 20 finite numbers, none negative"):
        fit(MODEL, X, Y, weights=weights)


def test_weights_that_weigh_nothing_are_refused():
    with pytest.raises(TrainingError, match="X has no rows of positive weight"):
        fit(MODEL, X, Y, weights=np.zeros(20))


def test_an_unknown_loss_is_refused():
    with pytest.raises(TrainingError, match=r"No loss is called 'absolute'\. Known: squares"):
        fit(MODEL, X, Y, loss="absolute")


def test_a_negative_sparsity_is_refused():
    with pytest.raises(TrainingError, match=r"sparsity must be a number of at least 0, not -0\.1"):
        fit(MODEL, X, Y, sparsity=-0.1)


@pytest.mark.parametrize("shape", [(20, 3), (20,), (2, 2, 2)])
def test_a_prediction_needs_as_many_columns_as_inputs(shape):
    with pytest.raises(TrainingError, match=r"X must have shape \(n, 2\) for this network, not \("):
        MODEL(np.zeros(shape))


def test_pruning_checks_its_rows_as_a_fit_does():
    model = fit(MODEL, X, Y, steps=1).model
    with pytest.raises(TrainingError, match=r"X must have shape \(n, 2\)"):
        prune(model, X[:, :1], Y)
    with pytest.raises(TrainingError, match=r"validation y must have shape \(20, 1\)"):
        prune(model, X, Y, validation=(X, Y[:3]))


@pytest.mark.parametrize("act", [look, lambda model, X: edge_data(model, Edge(0, 0, 0), X)], ids=["look", "edge_data"])
@pytest.mark.parametrize("rows", [X[:, :1], X[:, 0], np.zeros((5, 3)), X[:0], np.full((5, 2), np.nan), "text"])
def test_looking_refuses_rows_that_do_not_fit(act, rows):
    with pytest.raises(TrainingError, match="X"):
        act(KAN((2, 2, 1)), rows)


def test_predicting_from_text_is_refused():
    with pytest.raises(TrainingError, match="X must hold numbers"):
        KAN((2, 1))([["a", "b"]])


@pytest.mark.parametrize("widths", [(2.5, 1), (2, -1, 1), (2, (3, -1), 1), (2, (-1, 3), 1), (2, (1, 1, 1), 1)])
def test_widths_of_the_wrong_kind_are_refused(widths):
    with pytest.raises(TrainingError, match="widths"):
        KAN(widths)


@pytest.mark.parametrize(
    "option",
    [
        {"smoothness": "foo"},
        {"smoothness": -1.0},
        {"smoothness": math.nan},
        {"sparsity": math.nan},
        {"sparsity": math.inf},
        {"steps": -1},
        {"steps": 2.5},
        {"restarts": 0},
        {"sparsity": -1e-3},
        {"grids": (0,)},
        {"grids": (2.5,)},
        {"weights": "abc"},
        {"validation": (X,)},
        {"device": "abacus"},
        {"device": "meta"},
    ],
    ids=lambda option: next(iter(option)),
)
def test_options_out_of_range_are_refused(option):
    with pytest.raises(TrainingError, match=next(iter(option))):
        fit(KAN((2, 1)), X, Y, **{"steps": 2, **option})


@pytest.mark.parametrize("constants", [(math.nan, 0, 1), (1, math.inf, 1), (1, 0, math.nan), (1, 0, 1, math.nan)])
def test_constants_that_are_not_finite_are_refused(constants):
    with pytest.raises(TrainingError, match="finite"):
        set_symbolic(KAN((2, 1)), Edge(0, 0, 0), "sin", *constants)


@pytest.mark.parametrize("text", ["", "0-1", "0-x-1", "0-1-2-3"])
def test_what_names_no_edge_is_refused(text):
    with pytest.raises(TrainingError, match="edge"):
        Edge.parse(text)


def test_a_misspelt_function_meets_its_neighbour():
    with pytest.raises(TrainingError, match=r"Did you mean '?sin'?"):
        set_symbolic(KAN((2, 1)), Edge(0, 0, 0), "sinn", 1, 0, 1)


def test_targets_too_large_to_square_are_refused():
    X, y = hello(50)
    with pytest.raises(TrainingError, match="y"):
        fit(KAN((2, 1)), X, 1e200 * y)

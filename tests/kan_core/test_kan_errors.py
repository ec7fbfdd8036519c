"""What the gate refuses, and in which words."""

import numpy as np
import pytest
from kan_for_tests import hello

from kan_core import KAN, Edge, TrainingError, fit, prune, remove_edge, set_symbolic

X, Y = hello(20)
MODEL = KAN((2, 2, 1))


def test_the_error_is_a_value_error():
    assert issubclass(TrainingError, ValueError)


@pytest.mark.parametrize("widths", [(), (2,), (0, 1), (2, 0, 1), (2, -1, 1), ((1, 1), 1), (2, (0, 0), 1)])
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
    with pytest.raises(TrainingError, match=r"No function is called 'cosine'. Known: x, .*cos.*"):
        set_symbolic(MODEL, Edge(0, 0, 0), "cosine", 1, 0, 1)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused_with_their_rows(bad):
    holed = X.copy()
    holed[[4, 9], 1] = bad
    target = Y.copy()
    target[11] = bad
    with pytest.raises(TrainingError, match=r"^X has values that are not finite in rows 4, 9. Drop or repair them"):
        fit(MODEL, holed, Y)
    with pytest.raises(TrainingError, match=r"^y has values that are not finite in rows 11"):
        fit(MODEL, X, target)
    with pytest.raises(TrainingError, match=r"^validation X has values that are not finite in rows 4, 9"):
        fit(MODEL, X, Y, validation=(holed, Y))
    with pytest.raises(TrainingError, match=r"^validation y has values that are not finite in rows 11"):
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
    with pytest.raises(TrainingError, match=r"X and y must hold numbers|X must have shape|not finite"):
        fit(MODEL, rows, Y)


def test_ragged_rows_are_refused():
    with pytest.raises(TrainingError, match="must hold numbers"):
        fit(KAN((2, 1)), [[1, 2], [3]], [1, 2])


def test_validation_rows_of_another_network_are_refused():
    with pytest.raises(TrainingError, match=r"validation X must have shape \(n, 2\)"):
        fit(MODEL, X, Y, validation=(X[:, :1], Y))


@pytest.mark.parametrize(
    "weights", [np.ones(3), np.ones((20, 1)), -np.ones(20), np.zeros(20), np.full(20, np.nan), np.full(20, np.inf)]
)
def test_weights_that_weigh_nothing_are_refused(weights):
    with pytest.raises(TrainingError, match="weights must be 20 numbers, none negative and not all zero"):
        fit(MODEL, X, Y, weights=weights)


def test_an_unknown_loss_is_refused():
    with pytest.raises(TrainingError, match=r"loss='absolute'.*known losses are squares"):
        fit(MODEL, X, Y, loss="absolute")


def test_a_negative_sparsity_is_refused():
    with pytest.raises(TrainingError, match="sparsity is ≥ 0"):
        fit(MODEL, X, Y, sparsity=-0.1)


@pytest.mark.parametrize("shape", [(20, 3), (20,), (2, 2, 2)])
def test_a_prediction_needs_as_many_columns_as_inputs(shape):
    with pytest.raises(TrainingError, match=r"takes \(n, 2\) inputs, but X has shape"):
        MODEL(np.zeros(shape))


def test_pruning_checks_its_rows_as_a_fit_does():
    model = fit(MODEL, X, Y, steps=1).model
    with pytest.raises(TrainingError, match=r"X must have shape \(n, 2\)"):
        prune(model, X[:, :1], Y)
    with pytest.raises(TrainingError, match=r"validation y must have shape \(20, 1\)"):
        prune(model, X, Y, validation=(X, Y[:3]))

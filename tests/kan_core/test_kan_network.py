"""The network: structure, edges, edits, prediction."""

import copy
import json
import random

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as effort
from kan_for_tests import assert_close, assert_same_network, networks, roughened, rows_for, splines

from kan_core import FUNCTIONS, KAN, Edge, SymbolicEdge, fit, look, remove_edge, set_symbolic
from kan_core import _network as network


@pytest.mark.parametrize("widths", [(1, 1), (2, 5, 1), (2, (5, 2), 1), (3, (0, 1), (2, 1)), (4, 3, 2, 5)])
def test_widths_are_read_back_as_given(widths):
    model = KAN(widths)
    assert model.widths == widths
    assert model.n_in == widths[0]
    last = widths[-1]
    assert model.n_out == (last if isinstance(last, int) else sum(last))
    assert model(np.zeros((4, model.n_in))).shape == (4, model.n_out)


def test_a_fresh_network_has_a_spline_on_every_edge():
    model = KAN((2, (3, 1), 1))
    assert len(model.all_edges()) == 2 * 5 + 4 * 1  # three sums and two factors, then four nodes to one
    assert model.edges() == model.all_edges() == splines(model)


def test_the_widths_of_the_caller_are_not_touched():
    widths = [2, [5, 2], 1]
    KAN(widths)
    assert widths == [2, [5, 2], 1]


def test_edges_print_and_parse():
    assert str(Edge(0, 1, 2)) == "0-1-2"
    assert Edge.parse("0-1-2") == Edge(0, 1, 2)
    assert all(Edge.parse(str(edge)) == edge for edge in KAN((3, 12, 2)).all_edges())


def test_states_follow_the_edits():
    model, edge = KAN((2, 2, 1)), Edge(0, 1, 0)
    named = set_symbolic(model, edge, "sin", 2.0, 0.5, -1.5)
    gone = remove_edge(named, edge)
    assert [m.state(edge) for m in (model, named, gone)] == ["spline", "symbolic", "removed"]
    assert [m.function(edge) for m in (model, named, gone)] == [None, SymbolicEdge("sin", 2.0, 0.5, -1.5, 0.0), None]
    assert len(named.edges()) == len(model.edges())  # a named edge counts as alive
    assert edge not in gone.edges()
    assert edge in gone.all_edges()


def test_edits_leave_their_argument_untouched():
    model = set_symbolic(roughened(KAN((2, 2, 1)), 1), Edge(0, 0, 0), "exp", 1, 0, 1)
    before = copy.deepcopy(model.to_dict())
    remove_edge(model, Edge(0, 0, 0))
    remove_edge(model, Edge(0, 1, 1))
    set_symbolic(model, Edge(0, 0, 0), "sin", 1, 2, 3, 4)
    set_symbolic(model, Edge(1, 0, 0), "x", 1, 2, 3, 4)
    assert model.to_dict() == before


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_named_edge_carries_its_function(name):
    a, b, c, d = 0.4, 0.5, 1.7, -0.6
    model = set_symbolic(KAN((1, 1)), Edge(0, 0, 0), name, a, b, c, d)
    x = np.linspace(0.2, 1.1, 30)[:, None]
    expected = c * FUNCTIONS[name].value(torch.as_tensor(a * x + b)) + d + float(KAN((1, 1)).layers[0].bias)
    assert_close(model(x), expected, 1e-14)


def test_naming_an_edge_by_what_it_says_changes_nothing():
    edge = Edge(0, 0, 1)
    model = set_symbolic(roughened(KAN((2, 2, 1)), 3), edge, "tanh", 1.5, 0.1, 0.8, 2.0)
    again = set_symbolic(model, edge, *model.function(edge))
    X = rows_for(model, 20)
    assert np.array_equal(again(X), model(X))


def test_a_removed_name_leaves_no_trace():
    """pykan's unfix_symbolic kept the old function and printed its term for ever."""
    edge = Edge(0, 0, 0)
    bare = remove_edge(KAN((2, 1)), edge)
    named = remove_edge(set_symbolic(KAN((2, 1)), edge, "sin", 3, 1, 5), edge)
    assert_same_network(named, bare)


def test_an_additive_network_is_the_sum_of_its_edges():
    model = roughened(KAN((3, 1), grid=4), 2)
    X = torch.as_tensor(rows_for(model, 50))
    total = sum(model.edge_values(edge, X[:, edge.source]) for edge in model.edges()) + model.layers[0].bias[0, 0]
    assert_close(model(X)[:, 0].detach(), total, 1e-13)


def test_a_product_node_multiplies_its_two_legs():
    model = roughened(KAN((2, (0, 1))), 5)
    X = torch.as_tensor(rows_for(model, 50))
    bias = model.layers[0].bias[0]
    legs = [sum(model.edge_values(Edge(0, i, j), X[:, i]) for i in (0, 1)) + bias[j] for j in (0, 1)]
    assert_close(model(X)[:, 0], legs[0] * legs[1], 1e-13)


@given(model=networks())
@effort(max_examples=20)
def test_prediction_is_pure(model):
    """pykan overwrote its activations at every forward pass, and later acts were decided on them."""
    X, before = rows_for(model, 15), copy.deepcopy(model.to_dict())
    kept = X.copy()
    first = model(X)
    model(100 * X)
    assert np.array_equal(model(X), first)
    assert np.array_equal(X, kept)
    assert model.to_dict() == before


def test_a_tensor_comes_back_differentiable_and_an_array_detached():
    model = roughened(KAN((2, (2, 1), 1)), 1)
    rows = torch.as_tensor(rows_for(model, 12)).requires_grad_()
    out = model(rows)
    assert isinstance(model(rows.detach().numpy()), np.ndarray)
    assert_close(model(rows.detach().numpy()), out.detach(), 1e-14)
    (slope,) = torch.autograd.grad(out.sum(), rows)
    h = 1e-6
    for k in (0, 1):
        shift = np.eye(2)[k] * h
        central = (model(rows.detach().numpy() + shift) - model(rows.detach().numpy() - shift)) / (2 * h)
        assert_close(slope[:, k], central[:, 0], 1e-7)


def test_prediction_in_chunks_is_prediction_in_one_piece(monkeypatch):
    model = roughened(KAN((2, 3, 2)), 1)
    X = rows_for(model, 100)
    whole = model(X)
    monkeypatch.setattr(network, "CHUNK", 7)
    assert_close(model(X), whole, 1e-14)


def test_no_rows_in_no_rows_out():
    assert KAN((2, 3, 2))(np.zeros((0, 2))).shape == (0, 2)


def test_lists_and_whole_numbers_are_welcome():
    assert KAN((2, 1))([[0, 1], [1, 0]]).shape == (2, 1)


def test_a_missing_input_gives_a_missing_output_in_its_row_alone():
    out = KAN((2, 3, 1))([[0.1, 0.2], [np.nan, 0.2], [0.3, 0.4]])
    assert np.isfinite(out[:, 0]).tolist() == [True, False, True]


def test_outside_its_grid_a_network_goes_straight_on():
    model = roughened(KAN((1, 1), grid=6), 4)
    for side in (-1, 1):
        x = side * np.linspace(1.0, 50.0, 40)[:, None]
        assert np.abs(np.diff(model(x)[:, 0], 2)).max() < 1e-9


def test_seventeen_inputs_give_finite_numbers_at_every_order():
    """pykan's predictions were all NaN on 17 inputs with a high order."""
    for order in (1, 2, 3, 4, 5):
        model = KAN((17, 3, 1), order=order)
        assert np.isfinite(model(10 * rows_for(model, 50))).all()


def test_one_seed_is_one_start_and_another_is_another():
    assert_same_network(KAN((2, 5, 1), seed=3), KAN((2, 5, 1), seed=3))
    X = rows_for(KAN((2, 5, 1)), 5)
    assert not np.allclose(KAN((2, 5, 1), seed=3)(X), KAN((2, 5, 1), seed=4)(X))


def test_the_start_is_near_linear():
    model = KAN((2, 5, 1), seed=2)
    x = torch.linspace(-1, 1, 100, dtype=torch.float64)
    for edge in model.edges()[:10]:
        curve = model.edge_values(edge, x)
        line = np.polyval(np.polyfit(x.numpy(), curve.numpy(), 1), x.numpy())
        left = np.std(curve.numpy() - line)
        assert left < 0.35 * max(np.std(curve.numpy()), 0.2)


def test_no_global_random_state_is_touched():
    """pykan reseeded torch, NumPy and random whenever a network was built."""
    torch.manual_seed(5)
    random.seed(5)
    before = torch.random.get_rng_state().clone(), np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
    model = KAN((2, 2, 1), seed=9)
    X = rows_for(model, 40)
    look(fit(model, X, X[:, 0] * X[:, 1], steps=3, restarts=2, sparsity=1e-3).model, X)
    after = torch.random.get_rng_state(), np.random.get_state()[1], random.getstate()  # noqa: NPY002
    assert torch.equal(before[0], after[0])
    assert np.array_equal(before[1], after[1])
    assert before[2] == after[2]


def test_the_text_of_a_network_counts_its_edges():
    model = set_symbolic(KAN((2, 2, 1)), Edge(0, 0, 0), "sin", 1, 0, 1)
    assert repr(model) == "KAN(2, 2, 1), grid 5: 5 splines, 1 named"


def test_naming_an_edge_twice_is_naming_it_once():
    model, edge = roughened(KAN((2, 2, 1)), 1), Edge(0, 0, 0)
    once = set_symbolic(model, edge, "sin", 1, 2, 3, 4)
    twice = set_symbolic(once, edge, "sin", 1, 2, 3, 4)
    X = rows_for(model, 20)
    assert_close(twice(X), once(X), 1e-12)


@pytest.mark.parametrize("count", [np.int64(2), np.int32(2)])
def test_whole_numbers_of_numpy_are_welcome(count):
    model = KAN((count, count, 1), grid=count, seed=np.int64(3))
    json.dumps(model.to_dict())
    assert model.widths == (2, 2, 1)

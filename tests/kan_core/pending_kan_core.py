"""Tests that the engine does not pass yet. Not collected; run them by naming this file."""

import copy
import json
import math

import numpy as np
import pandas as pd
import pytest
import torch
from kan_for_tests import assert_close, hello, rmse, roughened, rows_for
from scipy import special
from test_kan_smoothness import linear_problem

from kan_core import FUNCTIONS, KAN, Edge, FitStatus, TrainingError, edge_data, fit, look, prune, set_symbolic
from kan_core._smoothness import choose_weight

# --- the numbers ------------------------------------------------------------------------------------------------


def test_clean_data_are_not_smoothed_in_a_single_layer():
    X = np.linspace(-1, 1, 400)[:, None]
    y = np.sin(6 * X[:, 0])
    automatic, free = (fit(KAN((1, 1), grid=20), X, y, smoothness=s).model for s in ("gcv", 0.0))
    assert rmse(automatic, X, y) < 1.05 * rmse(free, X, y)


def test_a_fit_takes_the_smoothness_that_cross_validation_chooses():
    clean = np.linspace(-0.98, 0.98, 300)[:, None]
    errors = []
    for seed in range(6):
        X, raw, normal, S, theta, mean_square = linear_problem(seed)
        weight = float(choose_weight(normal.hessian, normal.gradient, S, theta, mean_square, len(X)).weight)
        models = [fit(KAN((1, 1), grid=30), X, raw, smoothness=s).model for s in ("gcv", weight)]
        errors.append([rmse(model, clean, np.sin(4 * clean)) for model in models])
    automatic, chosen = np.mean(errors, axis=0)
    assert automatic < 1.1 * chosen


def test_sorted_rows_are_fitted_as_well_as_shuffled_ones():
    draw = np.random.default_rng(0)
    X = np.sort(draw.uniform(-1, 1, (9000, 1)), axis=0)
    y = np.sin(6 * X[:, 0])
    shuffled = draw.permutation(9000)
    errors = [rmse(fit(KAN((1, 1), grid=8), X[i], y[i]).model, X, y) for i in (slice(None), shuffled)]
    assert errors[0] < 1.1 * errors[1]


def test_sparsity_measures_edges_on_all_of_sorted_rows():
    draw = np.random.default_rng(0)
    X = draw.uniform(-1, 1, (4000, 2))
    X = X[np.argsort(X[:, 0])]
    y = np.where(X[:, 0] > 0, X[:, 0] ** 2, 0) + 0.5 * X[:, 1]
    assert len(fit(KAN((2, 1), grid=10), X, y, sparsity=1e-2).model.edges()) == 2


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


def test_inputs_that_are_all_constant_give_the_mean():
    _, y = hello(100)
    X = np.full((100, 2), 0.3)
    model = fit(KAN((2, 2, 1)), X, y).model
    assert_close(model(X)[:, 0], np.full(100, y.mean()), 1e-6)


def test_one_row_can_be_fitted():
    X, y = hello(1)
    model = fit(KAN((2, 2, 1)), X, y).model
    assert_close(model(X)[:, 0], y, 1e-6)
    assert len(look(model, X)) == 6


def test_rows_of_weight_zero_do_not_set_the_scale():
    draw = np.random.default_rng(1)
    X = draw.uniform(-1, 1, (200, 1))
    y = np.sin(4 * X[:, 0])
    weights = np.r_[np.ones(100), np.zeros(100)]
    junk = np.r_[y[:100], np.full(100, 1e9)]
    weighted = fit(KAN((1, 2, 1), grid=8), X, junk, weights=weights).model
    dropped = fit(KAN((1, 2, 1), grid=8), X[:100], y[:100]).model
    inside = np.linspace(-0.9, 0.9, 99)[:, None]
    assert rmse(weighted, inside, np.sin(4 * inside)) < 10 * rmse(dropped, inside, np.sin(4 * inside)) + 1e-3


def test_rows_of_weight_zero_do_not_set_the_grid():
    draw = np.random.default_rng(1)
    X = draw.uniform(-1, 1, (101, 1))
    X[100] = 1e6
    y = np.sin(4 * X[:, 0])
    model = fit(KAN((1, 1), grid=8), X, y, weights=np.r_[np.ones(100), 0.0]).model
    assert rmse(model, X[:100], y[:100]) < 1e-2


def test_a_root_at_the_edge_of_its_domain_can_be_refined():
    x = np.linspace(0, 1, 50)[:, None]
    y = 2 * np.sqrt(x[:, 0]) + 1
    model = set_symbolic(KAN((1, 1)), Edge(0, 0, 0), "sqrt", 1.0, 0.0, 1.0)
    result = fit(model, x, y)
    assert rmse(result.model, x, y) < 1e-8


def test_the_bessel_function_is_good_to_twelve_digits():
    u = torch.linspace(-30, 30, 4001, dtype=torch.float64)
    assert (FUNCTIONS["J0"].value(u) - torch.as_tensor(special.j0(u.numpy()))).abs().max() < 1e-12
    assert (FUNCTIONS["J0"].slope(u) + torch.as_tensor(special.j1(u.numpy()))).abs().max() < 1e-12


def test_a_tensor_through_a_bessel_edge_has_its_slope():
    """torch gives zeros without a word."""
    model = set_symbolic(KAN((1, 1)), Edge(0, 0, 0), "J0", 1.0, 0.0, 1.0)
    x = torch.linspace(0.1, 0.9, 20, dtype=torch.float64).unsqueeze(1).requires_grad_()
    (slope,) = torch.autograd.grad(model(x).sum(), x)
    assert_close(slope, -special.j1(x.detach().numpy()), 1e-9)


def test_outside_its_domain_a_tangent_is_not_a_number():
    assert bool(FUNCTIONS["tan"].value(torch.tensor([2.0], dtype=torch.float64)).isnan())


def test_naming_an_edge_twice_is_naming_it_once():
    model, edge = roughened(KAN((2, 2, 1)), 1), Edge(0, 0, 0)
    once = set_symbolic(model, edge, "sin", 1, 2, 3, 4)
    twice = set_symbolic(once, edge, "sin", 1, 2, 3, 4)
    X = rows_for(model, 20)
    assert_close(twice(X), once(X), 1e-12)


def test_sparsity_never_cuts_the_last_path():
    draw = np.random.default_rng(0)
    X, Y = draw.normal(size=(200, 2)), draw.normal(size=(200, 2))
    model = fit(KAN((2, 3, 2)), X, Y, sparsity=0.5, steps=15).model
    assert {edge.target for edge in model.edges() if edge.layer == 1} == {0, 1}
    assert np.isfinite(model(X)).all()


# --- cancelling --------------------------------------------------------------------------------------------------


def test_cancelling_in_the_sparse_phase_stops_at_once():
    X, y = hello(150)
    seen = []
    result = fit(KAN((2, 3, 1)), X, y, sparsity=1e-3, on_step=lambda step: seen.append(step.step) or step.step != 3)
    assert result.status is FitStatus.STOPPED
    assert seen == [1, 2, 3]


# --- kinds of array ----------------------------------------------------------------------------------------------


def test_frames_and_series_are_welcome():
    X, y = hello(50)
    frame = pd.DataFrame(X, columns=["a", "b"])
    model = fit(KAN((2, 1)), frame, pd.Series(y), steps=3).model
    assert np.array_equal(model(frame), model(X))


@pytest.mark.parametrize("act", ["fit", "call", "look", "edge_data", "prune"])
@pytest.mark.parametrize("kind", ["read-only", "reversed"])
def test_read_only_and_reversed_arrays_are_welcome(act, kind):
    X, y = hello(50)
    model = fit(KAN((2, 2, 1)), X, y, steps=2).model
    if kind == "reversed":
        X, y = X[::-1], y[::-1]
    else:
        X.setflags(write=False)
        y.setflags(write=False)
    {
        "fit": lambda: fit(model, X, y, validation=(X, y), weights=y * 0 + 1, steps=1),
        "call": lambda: model(X),
        "look": lambda: look(model, X),
        "edge_data": lambda: edge_data(model, Edge(0, 0, 0), X),
        "prune": lambda: prune(model, X, y),
    }[act]()


@pytest.mark.parametrize("count", [np.int64(2), np.int32(2)])
def test_whole_numbers_of_numpy_are_welcome(count):
    model = KAN((count, count, 1), grid=count, seed=np.int64(3))
    json.dumps(model.to_dict())
    assert model.widths == (2, 2, 1)


# --- the gate ----------------------------------------------------------------------------------------------------

X20, Y20 = hello(20)


@pytest.mark.parametrize("act", [look, lambda model, X: edge_data(model, Edge(0, 0, 0), X)], ids=["look", "edge_data"])
@pytest.mark.parametrize("rows", [X20[:, :1], X20[:, 0], np.zeros((5, 3)), X20[:0], np.full((5, 2), np.nan), "text"])
def test_looking_refuses_rows_that_do_not_fit(act, rows):
    with pytest.raises(TrainingError, match="X"):
        act(KAN((2, 2, 1)), rows)


def test_predicting_from_text_is_refused():
    with pytest.raises(TrainingError, match="X must hold numbers"):
        KAN((2, 1))([["a", "b"]])


@pytest.mark.parametrize("widths", [(2.5, 1), (2, (3, -1), 1), (2, (-1, 3), 1), (2, (1, 1, 1), 1)])
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
        {"grids": (0,)},
        {"grids": (2.5,)},
        {"weights": "abc"},
        {"validation": (X20,)},
        {"device": "abacus"},
    ],
    ids=lambda option: next(iter(option)),
)
def test_options_out_of_range_are_refused(option):
    with pytest.raises(TrainingError, match=next(iter(option))):
        fit(KAN((2, 1)), X20, Y20, **{"steps": 2, **option})


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


def test_a_hidden_layer_of_products_alone_is_fitted_without_a_warning():
    X, _ = hello(100)
    model = fit(KAN((2, (0, 1), 1)), X, X.prod(1), steps=5).model
    assert np.isfinite(model(X)).all()


# --- snapshots ---------------------------------------------------------------------------------------------------


def put(value, *path):
    def change(snapshot):
        place = snapshot
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return change


FIRST = ("layers", 0)
BASE = json.loads(json.dumps(set_symbolic(KAN((2, (1, 1), 1)), Edge(0, 0, 0), "sin", 1, 2, 3).to_dict()))
DAMAGE = {
    "shift is empty": put([], "shift"),
    "shift is too long": put([0.0, 0.0], "shift"),
    "shift is NaN": put([math.nan], "shift"),
    "scale is infinite": put([math.inf], "scale"),
    "scale is zero": put([0.0], "scale"),
    "no layers at all": put([], "layers"),
    "layers are a mapping": put({}, "layers"),
    "layers in the wrong order": lambda s: s["layers"].reverse(),
    "lo is too short": put([0.0], *FIRST, "lo"),
    "lo is too long": put([0.0] * 5, *FIRST, "lo"),
    "hi is lo": put([-1.0, -1.0], *FIRST, "hi"),
    "bias is too short": put([0.0], *FIRST, "bias"),
    "three factors of two legs": put([3], *FIRST, "products"),
    "a product of nothing": put([0, 2], *FIRST, "products"),
    "a negative product": put([-1, 3], *FIRST, "products"),
    "more factors than legs": put([7], *FIRST, "products"),
    "nodes that the next layer does not know": put([1, 1], *FIRST, "products"),
    "grid is infinite": put(math.inf, *FIRST, "grid"),
    "seed is infinite": put(math.inf, "seed"),
    "a named edge from nowhere": put([[9, 0, "sin"]], *FIRST, "named"),
    "a named edge to nowhere": put([[0, 9, "sin"]], *FIRST, "named"),
    "a named edge below zero": put([[-1, 0, "sin"]], *FIRST, "named"),
    "two names on one edge": lambda s: (
        put([[0, 0, "sin"], [0, 0, "cos"]], *FIRST, "named")(s),
        put([[1.0, 2.0, 3.0]] * 2, *FIRST, "affine")(s),
    ),
    "more names than constants": put([[0, 0, "sin"], [1, 1, "cos"]], *FIRST, "named"),
    "a name on a live spline": put([[0, 1, "sin"]], *FIRST, "named"),
    "constants without names": put([], *FIRST, "named"),
    "too few constants": put([[1.0, 2.0]], *FIRST, "affine"),
    "a layer is missing": lambda s: s["layers"].pop(0),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_snapshot_is_refused_in_clear_words(damage):
    snapshot = copy.deepcopy(BASE)
    damage(snapshot)
    with pytest.raises(TrainingError, match=r"The saved network is damaged: .+\."):
        KAN.from_dict(snapshot)


@pytest.mark.parametrize("snapshot", [None, [], "text", 5], ids=repr)
def test_what_is_no_snapshot_at_all_is_refused(snapshot):
    with pytest.raises(TrainingError):
        KAN.from_dict(snapshot)

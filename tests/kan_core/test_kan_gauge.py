"""Re-gauging and moving grids."""

import numpy as np
import torch
from hypothesis import assume, given
from hypothesis import settings as effort
from kan_for_tests import assert_close, networks, outputs_of, roughened, rows_for

from kan_core import KAN, Edge, remove_edge, set_symbolic
from kan_core._gauge import regauge
from kan_core._grid import ROOM, follow, refine, regrid
from kan_core._layer import basis_values
from kan_core._normal import evaluate


@given(model=networks(min_depth=2))
@effort(max_examples=40)
def test_regauging_changes_no_output_not_even_outside_the_data(model):
    X = torch.as_tensor(rows_for(model, 40))
    assume(bool(outputs_of(model.layers, X).isfinite().all()))  # an exp of a product of four may overflow
    gauged = regauge(model.layers, X)
    far = 3 * rows_for(model, 40, seed=1)
    assert_close(outputs_of(gauged, X), outputs_of(model.layers, X), 1e-10)
    before, after = outputs_of(model.layers, far), outputs_of(gauged, far)
    finite = before.isfinite()
    assert_close(after[finite], before[finite], 1e-9)


def test_after_regauging_hidden_sums_have_mean_zero_and_spread_one():
    model = roughened(KAN((2, (3, 1), 2, 1), seed=3), 3)
    X = torch.as_tensor(rows_for(model, 200))
    nodes = model._with(layers=regauge(model.layers, X)).activations(X)
    for h, sums in ((nodes[1], 3), (nodes[2], 2)):
        assert h[:, :sums].mean(0).abs().max() < 1e-12
        assert (h[:, :sums].std(0, correction=0) - 1).abs().max() < 1e-12


def test_regauging_twice_is_regauging_once():
    model = roughened(KAN((2, 3, 1), seed=5), 5)
    X = torch.as_tensor(rows_for(model, 100))
    once = regauge(model.layers, X)
    for a, b in zip(once, regauge(once, X), strict=True):
        assert_close(b.coef, a.coef, 1e-12)


def test_a_tiny_gauge_is_mended_without_harm():
    model = KAN((2, 2, 1), seed=1)
    X = torch.as_tensor(rows_for(model, 100))
    expected = outputs_of(model.layers, X)
    first, second = model.layers
    shrunk = (
        first.map(lambda key, v: v * 1e-3 if key in ("coef", "bias") else v),
        second.map(lambda key, v: v * 1e-3 if key in ("lo", "hi") else v),
    )
    assert_close(outputs_of(shrunk, X), expected, 1e-12)
    for a, b in zip(regauge(shrunk, X), regauge(model.layers, X), strict=True):
        assert_close(a.coef, b.coef, 1e-10)


def test_regauging_a_node_of_rounding_noise_changes_no_output():
    model = roughened(KAN((2, 2, 1), seed=2), 2)
    X = torch.full((50, 2), 0.3, dtype=torch.float64) + 1e-16 * torch.as_tensor(rows_for(model, 50))
    far = rows_for(model, 50)
    assert_close(outputs_of(regauge(model.layers, X), far), outputs_of(model.layers, far), 1e-6)


def test_a_constant_hidden_node_is_left_alone():
    model = roughened(KAN((2, 2, 1), seed=2), 2)
    model = remove_edge(remove_edge(model, Edge(0, 0, 1)), Edge(0, 1, 1))
    X = torch.as_tensor(rows_for(model, 50))
    gauged = regauge(model.layers, X)
    assert_close(outputs_of(gauged, X), outputs_of(model.layers, X), 1e-12)
    assert all(v.isfinite().all() for layer in gauged for v in layer.tensors().values())


@given(model=networks())
@effort(max_examples=25)
def test_doubling_the_grid_of_a_network_changes_nothing(model):
    X = np.concatenate([rows_for(model, 30), 2 * rows_for(model, 30, seed=1)])
    grid = model.grid
    finer = refine(refine(model.layers, 2 * grid), 4 * grid)
    assert all(layer.grid == 4 * grid for layer in finer)
    assert_close(outputs_of(finer, X), outputs_of(model.layers, X), 1e-11)


def test_refining_to_the_same_grid_is_the_same_object():
    model = KAN((2, 2, 1), grid=5)
    assert all(a is b for a, b in zip(refine(model.layers, 5), model.layers, strict=True))


def test_removed_and_named_edges_survive_refinement():
    model = set_symbolic(remove_edge(KAN((2, 2, 1)), Edge(0, 0, 0)), Edge(0, 1, 1), "sin", 1, 2, 3)
    finer = model._with(layers=refine(model.layers, 20))
    assert [finer.state(e) for e in finer.all_edges()] == [model.state(e) for e in model.all_edges()]
    assert finer.function(Edge(0, 1, 1)) == model.function(Edge(0, 1, 1))


def test_a_cubic_survives_any_move_of_its_grid():
    layer = KAN((1, 1), grid=5, order=3).layers[0]
    x = torch.linspace(-1, 1, 50, dtype=torch.float64).view(1, -1, 1)
    values, _ = basis_values(layer, x)
    cubic = 1 - x + 2 * x**2 - 0.7 * x**3
    coef = torch.linalg.lstsq(values[0, :, 0], cubic[0]).solution
    layer = layer.map(lambda key, v: coef.view(v.shape) if key == "coef" else v)
    low, high = torch.full((1, 1), -0.4, dtype=torch.float64), torch.full((1, 1), 0.83, dtype=torch.float64)
    moved = regrid(layer, low, high, torch.ones((1, 1), dtype=torch.bool))
    inside = torch.linspace(-0.4, 0.83, 40, dtype=torch.float64).view(1, -1, 1)
    curve = (basis_values(moved, inside)[0] * moved.coef[..., 0].unsqueeze(1)).sum((2, 3))
    expected = (1 - inside + 2 * inside**2 - 0.7 * inside**3)[..., 0]
    assert_close(curve, expected, 1e-12)


def test_grids_follow_their_data_only_when_they_must():
    model = KAN((2, 2, 1), seed=1)
    X = torch.as_tensor(rows_for(model, 100)).clamp(-1, 1)
    X[:2] = torch.tensor([[-1.0, -1.0], [1.0, 1.0]])
    ranges = evaluate(model.layers, X).ranges
    fitting = [
        model.layers[0],
        model.layers[1].map(lambda key, v: {"lo": ranges[1][0], "hi": ranges[1][1]}.get(key, v)),
    ]
    assert all(a is b for a, b in zip(follow(fitting, ranges), fitting, strict=True))
    stray = [ranges[0], (ranges[1][0] - 5, ranges[1][1])]
    moved = follow(fitting, stray)
    assert moved[0] is fitting[0]  # the user's inputs keep their grid
    low, high = stray[1]
    assert_close(moved[1].lo, low - ROOM * (high - low), 1e-12)  # rows not seen yet may lie a little further out

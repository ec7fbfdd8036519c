"""Bases and base functions: theorems that hold for all of them, and NumPy, autograd and quadrature as oracles."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from kan_for_tests import assert_close, assert_same_network, hello, outputs_of, rmse, roughened, rows_for, splines
from numpy.polynomial import chebyshev

from kan_core import FUNCTIONS, KAN, Edge, TrainingError, fit, look, prune, set_symbolic
from kan_core._basis import transfer
from kan_core._fourier import PERIOD
from kan_core._grid import refine, regrid
from kan_core._layer import BASES, PLAIN

ALL = list(BASES)
GLOBAL = [name for name in ALL if not name.startswith("bspline")]
points = st.lists(st.floats(-3, 4), min_size=1, max_size=20).map(lambda t: torch.tensor(t, dtype=torch.float64))
grids, orders, names = st.integers(1, 12), st.integers(1, 5), st.sampled_from(ALL)


def derivative(functions, t):
    """The derivative (n, m) at t (n,) of functions (n, m) of it, by autograd."""
    t = t.clone().requires_grad_()
    columns = functions(t).T
    each = [
        torch.autograd.grad(c.sum(), t, retain_graph=True, materialize_grads=True, allow_unused=True) for c in columns
    ]
    return torch.stack([found for (found,) in each], dim=1)


@given(name=names, t=points, grid=grids, order=orders)
@effort(max_examples=60)
def test_slopes_equal_finite_differences(name, t, grid, order):
    h, basis = 1e-6, BASES[name]
    knots = torch.arange(grid + 1, dtype=torch.float64) / grid
    t = torch.cat([t, torch.tensor([0.4321], dtype=torch.float64)])
    t = t[((t.unsqueeze(1) - knots).abs() > 2 * h).all(1)]  # hats have kinks there, and tails begin
    values, slopes = basis.evaluate(t, grid, order)
    assert values.shape == slopes.shape == (len(t), basis.size(grid, order))
    central = (basis.evaluate(t + h, grid, order)[0] - basis.evaluate(t - h, grid, order)[0]) / (2 * h)
    assert (slopes - central).abs().max() <= 1e-6 * (1 + float(slopes.abs().max()))


@given(name=names, grid=grids, order=orders)
@effort(max_examples=40)
def test_slopes_and_second_derivatives_equal_autograd(name, grid, order):
    t = torch.as_tensor(np.random.default_rng(0).uniform(-0.6, 1.6, 40))
    basis = BASES[name]
    slopes, bends = (
        derivative(lambda t, k=k: basis.evaluate(t, grid, order)[k] + 0 * t.unsqueeze(1), t) for k in (0, 1)
    )
    assert_close(basis.evaluate(t, grid, order)[1], slopes, 1e-12)
    found = basis.curvature(t, grid, order)
    assert (found - bends).abs().max() <= 1e-11 * (1 + bends.abs().max())


@given(name=names, t=points, grid=grids, order=orders)
@effort(max_examples=60)
def test_outside_the_range_every_function_goes_on_as_its_tangent(name, t, grid, order):
    basis = BASES[name]
    ends = t.clamp(0, 1)
    values, slopes = basis.evaluate(t, grid, order)
    at, steep = basis.evaluate(ends, grid, order)
    size = 1 + float(steep.abs().max())
    assert ((slopes - steep).abs() <= 1e-12 * size).all()
    assert ((values - at - (t - ends).unsqueeze(1) * steep).abs() <= 1e-12 * size * 4).all()
    outside = t != ends
    assert (basis.curvature(t, grid, order)[outside] == 0).all()


@given(name=names, t=points, grid=grids, order=orders)
@effort(max_examples=60)
def test_every_basis_holds_constants_and_lines(name, t, grid, order):
    basis = BASES[name]
    values, slopes = basis.evaluate(t, grid, order)
    size = 1 + float(values.abs().max())
    one, line = (torch.as_tensor(part(grid, order)) for part in (basis.constant, basis.linear))
    assert (values @ one - 1).abs().max() < 1e-12 * size
    assert (slopes @ one).abs().max() < 1e-12 * size * grid
    assert (values @ line - t).abs().max() < 1e-12 * size
    assert (slopes @ line - 1).abs().max() < 1e-12 * size * grid


@pytest.mark.parametrize("name", ALL)
def test_the_bowl_of_a_start_is_nearly_a_parabola_of_mean_zero(name):
    t = torch.linspace(0, 1, 201, dtype=torch.float64)
    curve = BASES[name].evaluate(t, 6, 3)[0] @ torch.as_tensor(BASES[name].bowl(6, 3))
    assert abs(float(curve.mean())) < 0.06
    assert (curve - ((2 * t - 1) ** 2 - 1 / 3)).abs().max() < 0.12


@pytest.mark.parametrize("m", [2, 3, 8, 23])
def test_chebyshev_polynomials_equal_numpy(m):
    t = np.random.default_rng(0).uniform(0, 1, 100)
    values, slopes = BASES["chebyshev"].evaluate(torch.as_tensor(t), m - 1, 1)
    bends = BASES["chebyshev"].curvature(torch.as_tensor(t), m - 1, 1)
    for found, q in ((values, 0), (slopes, 1), (bends, 2)):
        expected = 2**q * np.array([chebyshev.chebval(2 * t - 1, chebyshev.chebder(e, q)) for e in np.eye(m)]).T
        assert np.abs(found.numpy() - expected).max() < 1e-12 * max(1, np.abs(expected).max())


def test_waves_equal_their_formula():
    t = np.linspace(0, 1, 60)
    angle = 2 * np.pi * (t - 0.5) / PERIOD
    expected = [np.ones(60), 2 * t - 1, np.cos(angle), np.sin(angle), np.cos(2 * angle), np.sin(2 * angle)]
    assert_close(BASES["fourier"].evaluate(torch.as_tensor(t), 3, 3)[0], np.array(expected).T, 1e-14)


@pytest.mark.parametrize(("grid", "order"), [(1, 1), (1, 2), (5, 3), (20, 3), (6, 5)])
@pytest.mark.parametrize("name", GLOBAL)
def test_the_penalty_equals_numerical_quadrature(name, grid, order):
    nodes, weights = np.polynomial.legendre.leggauss(80)
    t, w = torch.as_tensor((nodes + 1) / 2), torch.as_tensor(weights / 2)
    bent = derivative(lambda t: BASES[name].curvature(t, grid, order) + 0 * t.unsqueeze(1), t)
    bent[:, bent.shape[1] - BASES[name].extra :] = 0  # base functions are free
    expected = bent.T @ (w.unsqueeze(1) * bent)
    found = BASES[name].penalty(grid, order)
    assert found.shape == expected.shape
    assert np.abs(found - expected.numpy()).max() <= 1e-9 * float(expected.abs().max())


@pytest.mark.parametrize("name", ALL)
def test_a_curve_is_as_rough_in_every_basis(name):
    """So that one smoothness means the same whatever the basis."""
    basis, t = BASES[name], torch.linspace(0, 1, 400, dtype=torch.float64)
    values = basis.evaluate(t, 20, 4)[0]
    coef = torch.linalg.lstsq(values[:, : values.shape[1] - basis.extra], torch.sin(4 * t), driver="gelsd").solution
    coef = torch.cat([coef, torch.zeros(basis.extra, dtype=torch.float64)]).numpy()
    expected = 4**6 * (0.5 + np.sin(8) / 16)  # ∫ (64 cos 4t)² dt
    assert coef @ basis.penalty(20, 4) @ coef == pytest.approx(expected, rel=2e-3)


@given(name=st.sampled_from(GLOBAL), grid=grids, more=st.integers(1, 30), order=orders)
@effort(max_examples=40)
def test_a_nested_basis_moves_to_any_larger_grid_exactly(name, grid, more, order):
    basis = BASES[name]
    coef = torch.as_tensor(np.random.default_rng(grid).normal(size=basis.size(grid, order)))
    t = torch.linspace(-0.5, 1.5, 101, dtype=torch.float64)
    before = [part @ coef for part in basis.evaluate(t, grid, order)]
    moved = transfer(basis, grid, grid + more, order) @ coef
    after = [part @ moved for part in basis.evaluate(t, grid + more, order)]
    for a, b in zip(after, before, strict=True):
        assert (a - b).abs().max() <= 1e-12 * b.abs().max()


@pytest.mark.parametrize("name", ALL)
def test_a_smaller_grid_keeps_what_it_can_hold(name):
    basis, t = BASES[name], torch.linspace(0, 1, 101, dtype=torch.float64)
    small = torch.as_tensor(np.random.default_rng(0).normal(size=basis.size(4, 3)))
    there = transfer(basis, 4, 8, 3) @ small
    back = transfer(basis, 8, 4, 3) @ there
    values = basis.evaluate(t, 4, 3)[0]
    assert (values @ (back - small)).abs().max() < 1e-9 * float((values @ small).abs().max())


@pytest.mark.parametrize("base", [None, "identity", "silu"])
@pytest.mark.parametrize("basis", PLAIN)
def test_refining_keeps_a_network(basis, base):
    model = roughened(KAN((2, (1, (3,)), 2), grid=3, seed=1, basis=basis, base=base), 1)
    X = 1.5 * rows_for(model, 60)
    assert_close(outputs_of(refine(model.layers, 12), X), outputs_of(model.layers, X), 1e-11)


@pytest.mark.parametrize(("basis", "tolerance"), [("chebyshev", 1e-12), ("fourier", 1e-3), ("fourier+silu", 1e-3)])
def test_curves_follow_a_grid_that_shrinks(basis, tolerance):
    """A polynomial on part of its range is a polynomial; waves have to be fitted anew."""
    plain, _, base = basis.partition("+")
    layer = roughened(KAN((1, 1), grid=9, basis=plain, base=base or None), 3).layers[0]
    smooth = torch.exp(-0.8 * torch.arange(layer.coef.shape[2], dtype=torch.float64)).view(1, 1, -1, 1)
    layer = layer.map(lambda key, v: v * smooth if key == "coef" else v)
    low, high = torch.full((1, 1), -0.4, dtype=torch.float64), torch.full((1, 1), 0.9, dtype=torch.float64)
    moved = regrid(layer, low, high, torch.ones((1, 1), dtype=torch.bool))
    x = torch.linspace(-0.4, 0.9, 50, dtype=torch.float64).unsqueeze(1)
    assert_close(outputs_of([moved], x), outputs_of([layer], x), tolerance)
    assert torch.equal(
        moved.coef[:, :, layer.coef.shape[2] - BASES[basis].extra :], layer.coef[:, :, -1:][:, :, : BASES[basis].extra]
    )


def test_an_edge_with_a_base_function_is_the_sum_of_the_two():
    plain = roughened(KAN((1, 1), grid=4, seed=2), 2)
    model = KAN((1, 1), grid=4, seed=2, base="silu")
    w, layer = 0.7, plain.layers[0]
    coef = torch.cat([layer.coef, torch.full((1, 1, 1, 1), w, dtype=torch.float64)], dim=2)
    model = model._with(layers=(model.layers[0].map(lambda key, v: {"coef": coef, "bias": layer.bias}.get(key, v)),))
    x = np.linspace(-1, 1, 40)[:, None]  # where the grid is, a fresh network's being [−1, 1]
    assert_close(model(x), plain(x) + w * x / (1 + np.exp(-x)), 1e-14)


@given(name=names, grid=st.integers(1, 5), order=orders, kind=st.sampled_from(list(FUNCTIONS)))
@effort(max_examples=40)
def test_derivatives_of_an_edge_equal_finite_differences(name, grid, order, kind):
    plain, _, base = name.partition("+")
    model = roughened(KAN((2, 2), grid, order, 1, plain, base or None), 1)
    model = set_symbolic(model, Edge(0, 1, 1), kind, 0.31, 0.5, 1.3)
    x = torch.linspace(0.013, 0.713, 24, dtype=torch.float64)
    x = x[((x + 1) / 2 * grid % 1 - 0.5).abs() < 0.49]  # not at a knot
    h = 1e-4
    for edge in (Edge(0, 0, 1), Edge(0, 1, 1)):
        slope, bend = model.edge_derivatives(edge, x)
        below, here, above = (model.edge_values(edge, x + d) for d in (-h, 0, h))
        assert_close(slope, (above - below) / (2 * h), 1e-4)
        assert (bend - (above - 2 * here + below) / h**2).abs().max() <= 1e-3 * (1 + float(bend.abs().max()))


@pytest.mark.parametrize("name", ALL)
def test_a_missing_number_stays_missing_in_its_row_alone(name):
    plain, _, base = name.partition("+")
    out = KAN((2, 2, 1), basis=plain, base=base or None)([[0.1, 0.2], [np.nan, 0.2], [0.3, 50.0]])
    assert np.isfinite(out[:, 0]).tolist() == [True, False, True]


@pytest.mark.parametrize("name", ALL)
def test_each_basis_learns_and_one_seed_gives_one_result(name):
    X, y = hello(300)
    plain, _, base = name.partition("+")
    results = [fit(KAN((2, 1, 1), seed=1, basis=plain, base=base or None), X, y, grids=(4, 8), steps=25) for _ in "ab"]
    model = results[0].model
    assert rmse(model, X, y) < 5e-3
    assert model.bases == (name, name)
    assert_same_network(model, results[1].model)
    assert_same_network(KAN.from_dict(model.to_dict()), model)
    assert all(np.isfinite(seen.y).all() for seen in look(model, X))


def test_chebyshev_polynomials_beat_splines_on_an_analytic_law_at_the_same_size():
    X, y = hello(500)
    spline, polynomial = (fit(KAN((2, 1, 1), seed=1, basis=b), X, y).model for b in ("bspline", "chebyshev"))
    far = hello(500, seed=1)
    assert rmse(polynomial, *far) < 0.2 * rmse(spline, *far)


@pytest.mark.parametrize("basis", ["chebyshev", "fourier"])
def test_pruning_works_in_every_basis(basis):
    X, y = hello(400)
    model = fit(KAN((2, 2, 1), seed=0, basis=basis, base="silu"), X, y, steps=30).model
    smaller = prune(model, X, y).model
    assert len(splines(smaller)) < len(splines(model))
    assert rmse(smaller, X, y) < rmse(model, X, y) + 0.03 * y.std()


def test_bases_may_differ_from_layer_to_layer():
    model = KAN((2, 3, 2, 1), basis=("fourier", "bspline", "chebyshev"), base=(None, "silu", "identity"))
    assert model.bases == ("fourier", "bspline+silu", "chebyshev+identity")
    assert [layer.coef.shape[2] for layer in model.layers] == [8, 9, 9]


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"basis": "wavelet"}, "basis must be one of 'bspline', 'chebyshev', 'fourier', .* for each of 2 layers"),
        ({"basis": "bspline+silu"}, "basis must be one of"),
        ({"basis": ("bspline",)}, "basis must be one of"),
        ({"basis": None}, "basis must be one of"),
        ({"basis": [["bspline"], "bspline"]}, "basis must be one of"),
        ({"base": "relu"}, "base must be one of None, 'identity', 'silu'"),
        ({"base": 3}, "base must be one of"),
        ({"base": (None, None, None)}, "base must be one of"),
    ],
)
def test_an_unknown_basis_is_refused_with_the_known_ones(option, words):
    with pytest.raises(TrainingError, match=words):
        KAN((2, 2, 1), **option)

"""The analytic Jacobian and the normal equations against torch's autograd, on random networks."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from kan_for_tests import assert_close, jacobian_of, networks, normal_of, outputs_of, roughened, rows_for

from kan_core import KAN, Edge, remove_edge, set_symbolic
from kan_core import _normal as normal
from kan_core._layer import forward, stack
from kan_core._normal import assemble, blocks, count, evaluate, jacobian, parameters, step


def autograd_jacobian(layers, layout, X, centre):
    """(R, n, o, P) by torch, through `step`: what moving one parameter does to each output."""
    R, P = layers[0].coef.shape[0], count(layout)
    still = torch.zeros((R, P), dtype=torch.float64)
    ranges = evaluate(layers, X).ranges
    whole = torch.autograd.functional.jacobian(
        lambda move: outputs_of(step(layers, layout, move, centre, ranges), X), still
    )
    return torch.stack([whole[r, :, :, r] for r in range(R)])


@given(model=networks())
@effort(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
def test_the_jacobian_equals_autograd(model):
    X = torch.as_tensor(rows_for(model, 6))
    layout, J, centre = jacobian_of(model.layers, X)
    assert_close(J, autograd_jacobian(model.layers, layout, X, centre), 1e-10)


@given(model=networks())
@effort(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
def test_the_gradient_equals_autograd_on_the_bare_coefficients(model):
    X, y = torch.as_tensor(rows_for(model, 7)), torch.as_tensor(rows_for(model, 7, seed=1)[:, :1])
    layout, found = normal_of(model.layers, X, y)
    leaves = [
        {k: v.clone().requires_grad_() for k, v in layer.tensors().items() if k in ("coef", "bias", "affine")}
        for layer in model.layers
    ]
    h = X.unsqueeze(0)
    for layer, own in zip(model.layers, leaves, strict=True):
        h, _ = forward(replace(layer, **own), h)
    (0.5 * (h - y).square().sum(2).mean(1)).sum().backward()
    expected = torch.zeros_like(found.gradient)
    for own, block, mean in zip(leaves, layout, found.centre, strict=True):
        grad = {k: torch.zeros_like(v) if v.grad is None else v.grad for k, v in own.items()}
        # A centred basis function moves the bias along, by minus its mean.
        splines = grad["coef"][0][block.source, :, block.leg] - mean[0, block.source] * grad["bias"][0][
            block.leg
        ].unsqueeze(1)
        expected[0, block.splines] = splines.flatten()
        expected[0, block.bias] = grad["bias"][0][block.biases]
        if block.named:
            expected[0, block.affine] = grad["affine"][0].flatten()[list(block.named)]
    assert_close(found.gradient, expected, 1e-9)


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("widths", [(2, 2), (2, (1, 1), 2), (2, 2, (1, 2), 1)])
def test_the_jacobian_equals_autograd_for_every_order_and_depth(widths, order):
    model = roughened(KAN(widths, grid=3, order=order, seed=4), 4)
    model = set_symbolic(remove_edge(model, Edge(0, 0, 1)), Edge(0, 1, 0), "sin", 1.3, 0.2, -0.7)
    X = torch.as_tensor(rows_for(model, 9))
    layout, J, centre = jacobian_of(model.layers, X)
    assert_close(J, autograd_jacobian(model.layers, layout, X, centre), 1e-10)


@pytest.mark.parametrize("widths", [(2, (0, (3,)), 1), (3, (1, (4, 2)), (1, (3,)), 2)])
def test_the_jacobian_of_products_of_many_factors_equals_autograd(widths):
    model = roughened(KAN(widths, seed=1), 1)
    X = torch.as_tensor(rows_for(model, 9))
    layout, J, centre = jacobian_of(model.layers, X)
    assert_close(J, autograd_jacobian(model.layers, layout, X, centre), 1e-10)


@pytest.mark.parametrize("base", [None, "identity", "silu"])
@pytest.mark.parametrize("basis", ["bspline", "chebyshev", "fourier"])
def test_the_jacobian_equals_autograd_in_every_basis(basis, base):
    model = roughened(KAN((2, (1, 1), 2), grid=4, seed=4, basis=basis, base=base), 4)
    X = torch.as_tensor(rows_for(model, 9))
    layout, J, centre = jacobian_of(model.layers, X)
    assert_close(J, autograd_jacobian(model.layers, layout, X, centre), 1e-10)


def test_a_factor_that_is_zero_does_not_spoil_the_jacobian():
    model = roughened(KAN((1, (0, 1), 1), seed=2), 2)
    for leg in (0, 1):
        model = remove_edge(model, Edge(0, 0, leg))
    first = replace(model.layers[0], bias=torch.zeros_like(model.layers[0].bias))
    layers = (set_symbolic(model._with(layers=(first, model.layers[1])), Edge(0, 0, 0), "x", 1, 0, 1)).layers
    X = torch.zeros((4, 1), dtype=torch.float64)
    layout, J, centre = jacobian_of(layers, X)
    assert J.isfinite().all()
    assert_close(J, autograd_jacobian(layers, layout, X, centre), 1e-12)


@given(model=networks())
@effort(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
def test_a_batch_of_networks_has_the_jacobians_of_its_members(model):
    other = roughened(model, 77)
    X = rows_for(model, 6)
    both = tuple(stack([a, b]) for a, b in zip(model.layers, other.layers, strict=True))
    _, J, _ = jacobian_of(both, X)
    for r, layers in enumerate((model.layers, other.layers)):
        assert_close(J[r : r + 1], jacobian_of(layers, X)[1], 1e-12)


def test_an_edge_removed_in_one_network_of_a_batch_has_zero_columns_there():
    model = roughened(KAN((2, 2, 1), seed=3), 3)
    smaller = remove_edge(model, Edge(0, 1, 1))
    both = tuple(stack([a, b]) for a, b in zip(model.layers, smaller.layers, strict=True))
    layout, J, _ = jacobian_of(both, rows_for(model, 8))
    e = next(e for e in range(4) if (int(layout[0].source[e]), int(layout[0].leg[e])) == (1, 1))
    columns = layout[0].place[e]
    assert J[1, ..., columns].abs().max() == 0
    assert J[0, ..., columns].abs().max() > 0


def uncentred(found, layers, layout):
    """The normal equations of the bare coefficients: free of the choice of centres."""
    A = torch.eye(count(layout), dtype=torch.float64)
    for block, mean in zip(layout, found.centre, strict=True):
        bias_of = {int(leg): block.bias.start + k for k, leg in enumerate(block.biases)}
        for e, (source, leg) in enumerate(zip(block.source.tolist(), block.leg.tolist(), strict=True)):
            A[bias_of[leg], block.place[e]] = mean[0, source]
    return A.T @ found.hessian[0] @ A, found.gradient[0] @ A


@pytest.mark.parametrize("widths", [(2, 1), (2, (2, 1), 2)])
def test_rows_in_chunks_give_the_same_normal_equations(monkeypatch, widths):
    model = set_symbolic(roughened(KAN(widths, seed=5), 5), Edge(0, 0, 0), "sin", 1.5, 0.3, 0.8)
    X, y = rows_for(model, 333), rows_for(model, 333, seed=2)[:, : model.n_out]
    layout, whole = normal_of(model.layers, X, y)
    monkeypatch.setattr(normal, "CHUNK_NUMBERS", 1)
    assert evaluate(model.layers, torch.as_tensor(X)).passes is None  # there really are several chunks
    _, pieces = normal_of(model.layers, X, y)
    for a, b in zip(uncentred(whole, model.layers, layout), uncentred(pieces, model.layers, layout), strict=True):
        assert_close(b, a, 1e-12)
    for a, b in zip(whole.strength, pieces.strength, strict=True):
        assert_close(b, a, 1e-12)


def test_outputs_and_ranges_in_chunks_are_those_in_one_piece(monkeypatch):
    model = roughened(KAN((2, 3, 2), seed=6), 6)
    X = torch.as_tensor(rows_for(model, 500))
    whole = evaluate(model.layers, X)
    monkeypatch.setattr(normal, "CHUNK_NUMBERS", 1)
    pieces = evaluate(model.layers, X)
    assert_close(pieces.outputs, whole.outputs, 1e-14)
    for a, b in zip(whole.ranges, pieces.ranges, strict=True):
        assert_close(b[0], a[0], 1e-14)
        assert_close(b[1], a[1], 1e-14)


@given(model=networks())
@effort(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
def test_passes_at_hand_change_nothing(model):
    X = torch.as_tensor(rows_for(model, 20))
    layout, here = blocks(model.layers), evaluate(model.layers, X)
    ones = torch.ones_like(here.outputs)
    with_passes = assemble(model.layers, layout, X, ones, here.outputs, here)
    without = assemble(model.layers, layout, X, ones, here.outputs)
    assert_close(with_passes.hessian, without.hessian, 1e-14)
    assert_close(with_passes.gradient, without.gradient, 1e-14)


@given(model=networks())
@effort(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
def test_an_evaluation_in_chunks_tells_the_sensitivities_of_the_jacobian(model):
    X = torch.as_tensor(rows_for(model, 150))
    expected = jacobian(model.layers, blocks(model.layers), evaluate(model.layers, X).passes)[2]
    whole = evaluate(model.layers, X, strength=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(normal, "CHUNK_NUMBERS", 1)
        parts = evaluate(model.layers, X, strength=True)
    assert parts.passes is None
    for a, b, c in zip(whole.strength, parts.strength, expected, strict=True):
        assert_close(a, c, 1e-12)
        assert_close(b, c, 1e-12)


@given(model=networks(min_order=3))
@effort(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
def test_a_step_moves_the_outputs_by_the_jacobian_to_second_order(model):
    X = rows_for(model, 12)
    layout, J, centre = jacobian_of(model.layers, X)
    move = torch.as_tensor(np.random.default_rng(8).normal(size=(1, count(layout))))
    here = evaluate(model.layers, torch.as_tensor(X))
    before = here.outputs

    def miss(size):
        straight = before + size * (J @ move.unsqueeze(1).unsqueeze(-1)).squeeze(-1)
        moved = step(model.layers, layout, size * move, centre, here.ranges)
        return float((outputs_of(moved, X) - straight).abs().max())

    size = float(before.abs().max()) + float((J @ move[0]).abs().max())
    # Products of many factors reach 1e5, where a sine has turned many times before second order is all that is left.
    h = 1e-4 / max(1.0, *(float(end.abs().max()) for span in here.ranges for end in span))
    assert miss(h) < 0.3 * miss(2 * h) + 1e-12 * size


@given(model=networks())
@effort(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
def test_a_step_moves_the_parameters_it_names(model):
    layout = blocks(model.layers)
    X = torch.as_tensor(rows_for(model, 10))
    move = torch.as_tensor(np.random.default_rng(9).normal(size=(1, count(layout))))
    here = evaluate(model.layers, X)
    centre = [torch.zeros_like(cache.values[:, 0]) for cache in here.passes]
    moved = step(model.layers, layout, move, centre, here.ranges)
    assert_close(parameters(moved, layout) - parameters(model.layers, layout), move, 1e-12)
    for before, after in zip(model.layers, moved, strict=True):
        assert (after.coef * ~after.spline.unsqueeze(2)).abs().max() == 0  # what is no live spline stays zero
        assert torch.equal(before.lo, after.lo)


def test_constants_move_only_in_the_bias():
    model = roughened(KAN((2, 1), seed=1), 1)
    layout, J, _ = jacobian_of(model.layers, rows_for(model, 50))
    assert J[..., layout[0].splines].mean(1).abs().max() < 1e-14
    shift = J[..., layout[0].splines].reshape(1, 50, 1, 2, -1).sum(-1)  # all coefficients of an edge up by one
    assert shift.abs().max() < 1e-13

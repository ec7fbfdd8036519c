"""B-splines: theorems, and SciPy as the oracle."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from scipy.interpolate import BSpline

from kan_core._basis import transfer
from kan_core._spline import BSPLINE, curvature, evaluate, greville, local_polynomials, penalty

ORDERS = (1, 2, 3, 4, 5)
points = st.lists(st.floats(-3, 4), min_size=1, max_size=20).map(lambda t: torch.tensor(t, dtype=torch.float64))


def scipy_basis(grid, order):
    """All B-splines on [0, 1] as one SciPy object with vector values."""
    knots = np.arange(-order, grid + order + 1) / grid
    return BSpline(knots, np.eye(grid + order), order)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("grid", [1, 2, 5, 17])
def test_values_and_slopes_equal_scipy_inside_the_grid(grid, order):
    t = np.random.default_rng(0).uniform(0, 1, 400)
    values, slopes = evaluate(torch.as_tensor(t), grid, order)
    oracle = scipy_basis(grid, order)
    np.testing.assert_allclose(values, oracle(t), atol=1e-13)
    np.testing.assert_allclose(slopes, oracle.derivative()(t), atol=1e-12 * grid)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("grid", [1, 2, 5, 17])
def test_second_derivatives_equal_scipy_inside_the_grid_and_vanish_outside(grid, order):
    t = np.random.default_rng(1).uniform(-0.5, 1.5, 800)
    oracle = scipy_basis(grid, order)
    expected = oracle.derivative(2)(t) if order > 1 else np.zeros((800, grid + order))
    expected[(t < 0) | (t > 1)] = 0
    np.testing.assert_allclose(curvature(torch.as_tensor(t), grid, order), expected, atol=1e-11 * grid**2)


@pytest.mark.parametrize("order", ORDERS)
def test_the_ends_of_the_grid_equal_scipy_too(order):
    t = np.array([0.0, 1.0])
    values, slopes = evaluate(torch.as_tensor(t), 5, order)
    np.testing.assert_allclose(values, scipy_basis(5, order)(t), atol=1e-14)
    np.testing.assert_allclose(slopes, scipy_basis(5, order).derivative()(t), atol=1e-12)


@given(t=points, grid=st.integers(1, 40), order=st.sampled_from(ORDERS))
@effort(max_examples=40)
def test_b_splines_sum_to_one_everywhere(t, grid, order):
    values, slopes = evaluate(t, grid, order)
    size = 1 + grid * float(t.abs().max())
    assert (values.sum(-1) - 1).abs().max() < 1e-13 * size
    assert slopes.sum(-1).abs().max() < 1e-12 * grid


@given(t=points, grid=st.integers(1, 40), order=st.sampled_from(ORDERS))
@effort(max_examples=40)
def test_greville_abscissae_give_the_identity_everywhere(t, grid, order):
    values, slopes = evaluate(t, grid, order)
    line = torch.as_tensor(greville(grid, order))
    assert (values @ line - t).abs().max() < 1e-12 * (1 + float(t.abs().max()) * grid)
    assert (slopes @ line - 1).abs().max() < 1e-11


@given(grid=st.integers(1, 30), order=st.sampled_from(ORDERS))
@effort(max_examples=30)
def test_at_most_order_plus_one_splines_are_alive_and_none_is_negative(grid, order):
    values, _ = evaluate(torch.linspace(0, 1, 97, dtype=torch.float64), grid, order)
    assert int((values != 0).sum(-1).max()) <= order + 1
    assert float(values.min()) >= -1e-16


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("end", [0.0, 1.0])
def test_tails_are_tangents(order, end):
    away = torch.tensor([0.0, 1e-9, 0.5, 1.0, 1.5], dtype=torch.float64) * (1 if end else -1)
    values, slopes = evaluate(end + away, 5, order)
    assert (values[1] - values[0]).abs().max() < 1e-7  # the value does not jump
    assert (slopes - slopes[0]).abs().max() < 1e-12  # nor does the slope, which stays what it is at the end
    straight = values[0] + (away.unsqueeze(-1)) * slopes[0]
    assert (values - straight).abs().max() < 1e-12  # so the second derivative is zero


@pytest.mark.parametrize("order", ORDERS)
def test_the_slope_is_continuous_into_the_tail(order):
    inside = torch.tensor([1e-12, 1 - 1e-12], dtype=torch.float64)
    outside = torch.tensor([-1e-12, 1 + 1e-12], dtype=torch.float64)
    assert (evaluate(inside, 5, order)[1] - evaluate(outside, 5, order)[1]).abs().max() < 1e-9


def test_a_missing_number_stays_missing():
    values, slopes = evaluate(torch.tensor([0.5, torch.nan], dtype=torch.float64), 5, 3)
    assert values[0].isfinite().all()
    assert slopes[0].isfinite().all()
    assert bool(values[1].sum().isnan())


def test_local_polynomials_of_order_three_are_the_textbook_ones():
    expected = np.array([[1, -3, 3, -1], [4, 0, -6, 3], [1, 3, 3, -3], [0, 0, 0, 1]]) / 6
    np.testing.assert_allclose(local_polynomials(3), expected, atol=1e-15)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("grid", [1, 4, 9])
def test_the_penalty_equals_numerical_quadrature(grid, order):
    q = min(3, order)
    nodes, weights = np.polynomial.legendre.leggauss(8)
    t = ((nodes + 1) / 2 + np.arange(grid)[:, None]).ravel() / grid
    w = np.tile(weights / 2 / grid, grid)
    bent = scipy_basis(grid, order).derivative(q)(t)
    expected = bent.T @ (w[:, None] * bent)
    np.testing.assert_allclose(penalty(grid, order), expected, atol=1e-11 * np.abs(expected).max())


@pytest.mark.parametrize("order", [3, 4, 5])
def test_the_penalty_spares_parabolas(order):
    t = np.linspace(0, 1, 60)
    values, _ = evaluate(torch.as_tensor(t), 7, order)
    parabola = np.linalg.lstsq(values.numpy(), 2 - t + 3 * t**2, rcond=None)[0]
    S = penalty(7, order)
    assert abs(parabola @ S @ parabola) < 1e-12 * np.abs(S).max()
    assert np.linalg.matrix_rank(S, tol=1e-10 * np.abs(S).max()) == len(S) - 3


@pytest.mark.parametrize("order", ORDERS)
def test_the_penalty_of_a_curve_does_not_depend_on_its_grid(order):
    coarse = np.random.default_rng(1).normal(size=5 + order)
    fine = transfer(BSPLINE, 5, 20, order).numpy() @ coarse
    rough = fine @ penalty(20, order) @ fine
    # Order 1 and 2 bend only at the old knots: their highest derivative is a step, which the finer grid holds exactly.
    np.testing.assert_allclose(rough, coarse @ penalty(5, order) @ coarse, rtol=1e-7)


@pytest.mark.parametrize("order", ORDERS)
def test_knot_insertion_preserves_the_curve(order):
    coarse = torch.as_tensor(np.random.default_rng(2).normal(size=5 + order))
    t = torch.linspace(-0.5, 1.5, 501, dtype=torch.float64)  # the tails with it
    before = [part @ coarse for part in evaluate(t, 5, order)]
    coef, grid = coarse, 5
    for finer in (10, 20):
        coef, grid = transfer(BSPLINE, grid, finer, order) @ coef, finer
        after = [part @ coef for part in evaluate(t, grid, order)]
        assert (after[0] - before[0]).abs().max() < 1e-13 * before[0].abs().max()
        assert (after[1] - before[1]).abs().max() < 1e-11 * before[1].abs().max()

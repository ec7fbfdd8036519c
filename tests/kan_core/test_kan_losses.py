"""Losses: their derivatives, and fits that outliers do not spoil."""

import numpy as np
import pytest
import torch
from kan_for_tests import hello, rmse
from scipy.optimize import minimize
from scipy.stats import median_abs_deviation

from kan_core import KAN, FitStatus, TrainingError, fit
from kan_core._losses import HUBER, LOSSES, TUKEY, noise_scale

TEST_X, TEST_Y = hello(1000, seed=99)


def outputs_and_targets(loss, n=40):
    draw = torch.Generator().manual_seed(3)
    width = 3 if loss.name == "softmax" else 1
    f = 4 * torch.randn((2, n, width), generator=draw, dtype=torch.float64)
    if loss.name == "softmax":
        return f, torch.eye(3, dtype=torch.float64)[torch.randint(3, (n,), generator=draw)]
    if loss.name == "logistic":
        return f, torch.randint(2, (n, 1), generator=draw).double()
    return f, torch.randn((n, 1), generator=draw, dtype=torch.float64)


@pytest.mark.parametrize("scale", [None, 0.5])
@pytest.mark.parametrize("name", LOSSES)
def test_the_slope_of_a_loss_is_the_derivative_of_its_value(name, scale):
    loss = LOSSES[name]
    f, y = outputs_and_targets(loss)
    if scale and loss.robust:
        loss = loss.at(torch.tensor([scale], dtype=torch.float64))
    f.requires_grad_()
    (found,) = torch.autograd.grad(loss.value(f, y).sum(), f)
    torch.testing.assert_close(loss.slope(f.detach(), y), found, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ["logistic", "softmax"])
def test_the_curvature_of_classes_is_their_hessian_where_a_row_is_not_far_wrong(name):
    loss = LOSSES[name]
    f, y = outputs_and_targets(loss)
    f, y = f[:1, :6] / 4, y[:6]
    for row, label in zip(f[0], y, strict=True):
        hessian = torch.autograd.functional.hessian(lambda v, t=label: loss.value(v, t).sum(), row)
        p = loss.curvature(row, label)
        found = torch.diag(p)
        if loss.shares is not None:
            shares = loss.shares(row, label)
            root = p.sqrt().unsqueeze(1) * (torch.eye(len(p)) - shares)  # as the normal equations scale their rows
            found = root.T @ root
        torch.testing.assert_close(found, hessian, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", ["logistic", "softmax"])
def test_a_row_far_on_the_wrong_side_keeps_a_curvature(name):
    loss = LOSSES[name]
    f = torch.tensor([[40.0, 0.0]]) if name == "softmax" else torch.tensor([[40.0]])
    y = torch.tensor([[0.0, 1.0]]) if name == "softmax" else torch.tensor([[0.0]])
    assert loss.curvature(f, y).min() > 0.04


@pytest.mark.parametrize(("name", "constant"), [("huber", HUBER), ("tukey", TUKEY)])
def test_the_constants_give_95_percent_efficiency(name, constant):
    r = torch.linspace(-9, 9, 200001, dtype=torch.float64)
    density = torch.exp(-(r**2) / 2)
    loss, zero = LOSSES[name], torch.zeros_like(r)
    psi = loss.slope(r, zero)
    bend = torch.gradient(psi, spacing=(r,))[0]
    mean = lambda v: float((v * density).sum() / density.sum())  # noqa: E731
    assert mean(bend) ** 2 / mean(psi**2) == pytest.approx(0.95, abs=1e-3)
    assert bend.max() <= 1 + 1e-6  # the curvature that steps are taken with bounds it
    assert constant > 1


def test_the_scale_of_the_noise_is_the_normalised_median_and_weights_count_as_rows():
    draw = np.random.default_rng(0)
    r = 3 * draw.standard_normal((1, 2001, 2))
    found = noise_scale(torch.as_tensor(r), torch.ones((2001, 1), dtype=torch.float64))[0]
    expected = [median_abs_deviation(r[0, :, k], center=lambda *_, **__: 0.0, scale="normal") for k in (0, 1)]
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    heavy = torch.where(torch.arange(2001).unsqueeze(1) < 500, 2.0, 1.0).double()
    twice = torch.as_tensor(np.concatenate([r, r[:, :500]], axis=1))
    once = noise_scale(twice, torch.ones((2501, 1), dtype=torch.float64))
    torch.testing.assert_close(noise_scale(torch.as_tensor(r), heavy), once)


def spoilt(n, seed, share=0.2, noise=0.1):
    """hello with noise, a share of the rows thrown far off, mostly upwards."""
    X, clean = hello(n, seed)
    draw = np.random.default_rng(100 + seed)
    y = clean + noise * draw.normal(size=n)
    bad = draw.random(n) < share
    return X, y, np.where(bad, y + 20 * draw.exponential(size=n) * draw.choice([-1, 1, 1], n), y)


@pytest.mark.parametrize("seed", [0, 1])
def test_twenty_percent_of_gross_outliers_hardly_matter(seed):
    X, y, bad = spoilt(1000, seed)
    clean = rmse(fit(KAN((2, 5, 1), seed=seed), X, y).model, TEST_X, TEST_Y)
    squares = rmse(fit(KAN((2, 5, 1), seed=seed), X, bad).model, TEST_X, TEST_Y)
    for loss, factor in (("huber", 3.5), ("tukey", 1.6)):
        robust = rmse(fit(KAN((2, 5, 1), seed=seed), X, bad, loss=loss).model, TEST_X, TEST_Y)
        assert robust < factor * clean
        assert squares > 10 * robust


@pytest.mark.parametrize("loss", ["huber", "tukey"])
def test_on_gaussian_noise_robust_fits_cost_little(loss):
    ratios = []
    for seed in range(4):
        X, y, _ = spoilt(400, seed, share=0.0, noise=0.3)
        X, y = X[:, :1], y - np.exp(X[:, 1] ** 2 + np.sin(np.pi * X[:, 0])) + np.sin(3 * X[:, 0])
        grid = np.linspace(-0.95, 0.95, 200)[:, None]
        errors = [rmse(fit(KAN((1, 1), grid=8), X, y, loss=a).model, grid, np.sin(3 * grid)) for a in (loss, "squares")]
        ratios.append(errors[0] / errors[1])
    assert np.median(ratios) < 1.1


def test_a_huber_fit_is_the_minimum_that_scipy_finds():
    """A straight line through basis functions of order 1 on one cell: two free constants."""
    draw = np.random.default_rng(1)
    x = draw.uniform(-1, 1, (200, 1))
    y = 2 * x[:, 0] + 1 + 0.1 * draw.normal(size=200) + np.where(draw.random(200) < 0.2, 30.0, 0.0)
    model = fit(KAN((1, 1), grid=1, order=1), x, y, loss="huber", smoothness=0.0, steps=200).model
    scale = noise_scale(torch.as_tensor(model(x)).unsqueeze(0) - torch.as_tensor(y).view(-1, 1), torch.ones((200, 1)))
    s = float(scale.squeeze())

    def objective(v):
        r = np.abs(v[0] + v[1] * x[:, 0] - y) / s
        return np.where(r <= HUBER, r**2 / 2, HUBER * r - HUBER**2 / 2).sum()

    best = minimize(objective, [1.0, 2.0], method="BFGS").x
    np.testing.assert_allclose(model(np.array([[0.0], [1.0]]))[:, 0], [best[0], best.sum()], atol=2e-3)


@pytest.mark.parametrize("loss", ["huber", "tukey"])
def test_clean_data_do_not_shrink_the_scale_to_nothing(loss):
    X, y = hello(300)
    assert rmse(fit(KAN((2, 3, 1)), X, y, loss=loss, steps=80).model, X, y) < 0.02
    line = X[:, 0] - 2 * X[:, 1] ** 3
    exact = fit(KAN((2, 1)), X, line, loss=loss, smoothness=0.0)
    assert rmse(exact.model, X, line) < 1e-9


@pytest.mark.parametrize("factor", [1e-12, 1e12])
@pytest.mark.parametrize("loss", ["huber", "tukey"])
def test_robust_fits_do_not_depend_on_the_units_of_y(loss, factor):
    X, _, y = spoilt(200, 0)
    one = fit(KAN((2, 2, 1)), X, y, loss=loss, steps=12)
    other = fit(KAN((2, 2, 1)), X, factor * y, loss=loss, steps=12)
    np.testing.assert_allclose(other.model(X) / factor, one.model(X), rtol=1e-4, atol=1e-4)
    assert other.history[-1].loss_train == pytest.approx(one.history[-1].loss_train, rel=1e-4)


@pytest.mark.parametrize("loss", ["squares", "huber", "tukey"])
@pytest.mark.parametrize("rows", [1, 30])
def test_constant_targets_and_single_rows_are_fine(loss, rows):
    X, _ = hello(rows)
    model = fit(KAN((2, 2, 1)), X, np.full(rows, 7.0), loss=loss, steps=20).model
    np.testing.assert_allclose(model(X), 7.0, rtol=1e-4)


@pytest.mark.parametrize("loss", ["huber", "tukey"])
def test_mostly_equal_targets_have_a_scale(loss):
    X, _ = hello(60)
    model = fit(KAN((2, 1)), X, np.where(np.arange(60) % 5 == 0, X[:, 0], 0.0), loss=loss, steps=20).model
    assert np.isfinite(model(X)).all()


@pytest.mark.parametrize("loss", [name for name in LOSSES if name != "softmax"])
def test_holes_in_the_targets_are_refused_whatever_the_loss(loss):
    X, _ = hello(20)
    with pytest.raises(TrainingError, match=r"y has values that are not finite .* in rows 3"):
        fit(KAN((2, 1)), X, np.where(np.arange(20) == 3, np.nan, 1.0), loss=loss)


def test_weights_and_outliers_go_together():
    X, _, bad = spoilt(400, 1)
    weights = np.where(np.arange(400) < 200, 1.0, 0.0)
    weighted = fit(KAN((2, 1)), X, bad, loss="huber", weights=weights, smoothness=1e-6).model
    dropped = fit(KAN((2, 1)), X[:200], bad[:200], loss="huber", smoothness=1e-6).model
    np.testing.assert_allclose(weighted(X), dropped(X), atol=1e-9)


def test_restarts_and_grids_go_with_outliers():
    X, _, bad = spoilt(600, 2)
    result = fit(KAN((2, 3, 1), grid=3), X, bad, loss="tukey", restarts=2, grids=(3, 6), validation=(TEST_X, TEST_Y))
    assert rmse(result.model, TEST_X, TEST_Y) < 0.3
    assert result.history[-1].loss_validation > 0


def test_sparsity_goes_with_outliers():
    X, _, bad = spoilt(1000, 0)
    model = fit(KAN((2, 3, 1)), X, bad, loss="huber", sparsity=1e-2).model
    assert len(model.edges()) < 9
    assert rmse(model, TEST_X, TEST_Y) < 0.3


def test_cancelling_between_the_two_losses_of_tukey_stops_there():
    X, _, bad = spoilt(100, 0)
    seen = []
    result = fit(KAN((2, 2, 1)), X, bad, loss="tukey", steps=20, on_step=lambda s: seen.append(s) or len(seen) < 10)
    assert result.status is FitStatus.STOPPED
    assert len(seen) == 10


def test_the_loss_of_squares_is_half_the_square_of_the_error_in_units_of_the_spread():
    X, y = hello(100)
    for step in fit(KAN((2, 2, 1)), X, y, steps=3, validation=(X, y)).history:
        assert step.loss_train == pytest.approx(0.5 * (step.rmse_train / y.std()) ** 2, rel=1e-9)
        assert step.loss_validation == pytest.approx(step.loss_train, rel=1e-9)

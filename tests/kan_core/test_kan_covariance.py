"""Confidence bands: how often they hold the truth, and what they are where theory says it."""

import numpy as np
import pytest
from kan_for_tests import assert_close, hello
from scipy.optimize import curve_fit
from scipy.stats import t as student

from kan_core import KAN, Edge, fit, look, remove_edge, set_symbolic


def covered(one, truth):
    """Share of the points at which the band holds the centred truth."""
    return ((one.low <= truth) & (truth <= one.high)).mean()


@pytest.mark.parametrize("noise", [0.05, 0.3])
def test_bands_hold_the_true_curve_ninety_five_times_in_a_hundred(noise):
    draw = np.random.default_rng(1)
    truths = (lambda x: np.sin(3 * x), np.expm1)  # a lively and a calm curve under one smoothness
    X = draw.uniform(-1, 1, (100, 2))
    clean = sum(truth(X[:, i]) for i, truth in enumerate(truths))
    shares = []
    for _ in range(60):
        y = clean + noise * draw.normal(size=100)
        model = fit(KAN((2, 1)), X, y).model
        scale = float(model.scale)
        shares.append(
            [
                covered(one, (truth(one.x) - truth(X[:, i]).mean()) / scale)
                for i, (one, truth) in enumerate(zip(look(model, X, y), truths, strict=True))
            ]
        )
    assert 0.93 < np.mean(shares) < 0.98
    assert np.mean(shares, axis=0).min() > 0.92
    assert np.mean(shares, axis=0).max() < 0.985


def test_bands_of_hidden_curves_hold_the_truth_up_to_their_scale():
    """The scale and origin of a hidden node are free: bands that showed this freedom would be ten times as wide."""
    draw = np.random.default_rng(2)
    X = draw.uniform(-1, 1, (200, 2))
    hidden = np.sin(np.pi * X[:, 0]) + X[:, 1] ** 2
    mean, spread = hidden.mean(), hidden.std()
    shares, widths = [], []
    for seed in range(10):
        y = np.exp(hidden) + 0.1 * draw.normal(size=200)
        model = fit(KAN((2, 1, 1), grid=10, seed=seed), X, y, restarts=4).model
        looks = look(model, X, y)
        sign = np.sign(looks[0].y @ np.sin(np.pi * looks[0].x))
        node = sign * (hidden - mean) / spread
        truths = (
            lambda x, s=sign: s * np.sin(np.pi * x) / spread,
            lambda x, s=sign: s * x**2 / spread,
            lambda x, s=sign, m=model: np.exp(s * spread * x + mean) / float(m.scale),
        )
        for one, truth, rows in zip(looks, truths, (X[:, 0], X[:, 1], node), strict=True):
            shares.append(covered(one, truth(one.x) - truth(rows).mean()))
            widths.append(np.median(one.high - one.low))
    assert 0.92 < np.mean(shares) < 0.99
    assert 0.92 < np.mean(shares) < 0.99
    assert max(widths) < 0.3


def test_without_a_penalty_the_band_is_that_of_ordinary_least_squares():
    draw = np.random.default_rng(0)
    x = np.sort(draw.uniform(-1, 1, 80))
    y = np.sin(2 * x) + 0.2 * draw.normal(size=80)
    model = fit(KAN((1, 1), grid=3), x[:, None], y, smoothness=0.0).model
    one = look(model, x[:, None], y, smoothness=0.0)[0]
    knots = x[0] + (x[-1] - x[0]) / 3 * np.array([1, 2])

    def design(at):  # truncated powers span the same splines
        return np.column_stack([at, at**2, at**3, *(np.clip(at - k, 0, None) ** 3 for k in knots)])

    D = np.column_stack([np.ones(80), design(x)])
    left = y - D @ np.linalg.lstsq(D, y, rcond=None)[0]
    sigma2 = left @ left / (80 - 6)
    away = design(one.x) - design(x).mean(0)
    spread = np.sqrt(sigma2 * np.einsum("pi,ij,pj->p", away, np.linalg.inv(D.T @ D)[1:, 1:], away))
    half = (one.high - one.low) / 2 * float(model.scale)
    assert_close(half, student.ppf(0.975, 74) * spread, 1e-6)
    assert_close((one.low + one.high) / 2, one.y, 1e-12)


def test_the_band_of_a_named_edge_is_that_of_its_constants():
    draw = np.random.default_rng(3)
    x = draw.uniform(-1, 1, 60)
    y = 1.5 * np.exp(0.8 * x) + 0.7 + 0.1 * draw.normal(size=60)

    def law(x, a, c, d):
        return c * np.exp(a * x) + d

    (a, c, _), cov = curve_fit(law, x, y, p0=(1, 1, 0))
    model = set_symbolic(KAN((1, 1)), Edge(0, 0, 0), "exp", 1.0, 0.0, 1.0)
    model = fit(model, x[:, None], y).model
    one = look(model, x[:, None], y)[0]

    def slopes(at):
        return np.column_stack([c * at * np.exp(a * at), np.exp(a * at)])

    away = slopes(one.x) - slopes(x).mean(0)
    spread = np.sqrt(np.einsum("pi,ij,pj->p", away, cov[:2, :2], away))
    half = (one.high - one.low) / 2 * float(model.scale)
    assert_close(half, student.ppf(0.975, 57) * spread, 1e-3)


def test_bands_shrink_with_the_root_of_the_rows():
    widths = []
    for n in (100, 1600):
        X, _ = hello(n)
        y = np.sin(2 * X[:, 0]) + X[:, 1] + 0.2 * np.random.default_rng(1).normal(size=n)
        model = fit(KAN((2, 1)), X, y, smoothness=1e-8).model
        widths.append(np.mean([np.median(one.high - one.low) for one in look(model, X, y, smoothness=1e-8)]))
    assert widths[0] / widths[1] == pytest.approx(4, rel=0.2)


def test_bands_follow_the_units_of_the_target():
    X, y = hello(120, noise=0.2)
    plain, scaled = (look(fit(KAN((2, 2, 1)), X, k * y, steps=20).model, X, k * y) for k in (1.0, 1024.0))
    for a, b in zip(plain, scaled, strict=True):
        assert_close(b.high - b.low, a.high - a.low, 1e-5)  # in units of the spread of y
        assert b.impact == pytest.approx(a.impact, rel=1e-5)


def test_each_output_has_bands_of_its_own_noise():
    X, _ = hello(300)
    noise = np.random.default_rng(0).normal(size=300)
    clean = np.sin(2 * X[:, 0]) + X[:, 1] ** 2
    Y = np.column_stack([clean + 0.01 * noise, clean + 0.3 * noise[::-1]])
    together = fit(KAN((2, 2)), X, Y, smoothness=1e-7).model
    looks = {one.edge: one for one in look(together, X, Y, smoothness=1e-7)}
    for k in range(2):
        alone = fit(KAN((2, 1)), X, Y[:, k], smoothness=1e-7).model
        for i, one in enumerate(look(alone, X, Y[:, k], smoothness=1e-7)):
            other = looks[Edge(0, i, k)]
            assert np.median(other.high - other.low) == pytest.approx(np.median(one.high - one.low), rel=0.1)


def test_a_gap_in_the_data_is_a_bulge_in_the_band():
    x = np.r_[np.linspace(-1, -0.5, 60), np.linspace(0.5, 1, 60)]
    y = x**2 + 0.1 * np.random.default_rng(0).normal(size=120)
    one = look(fit(KAN((1, 1), grid=8), x[:, None], y, smoothness=1e-7).model, x[:, None], y, smoothness=1e-7)[0]
    width = one.high - one.low
    assert width[95:105].min() > 3 * np.median(width[:40])


def test_weights_tell_which_rows_to_trust():
    X, _ = hello(200)
    draw = np.random.default_rng(1)
    sigma = np.where(np.arange(200) < 100, 0.02, 1.0)
    y = np.sin(2 * X[:, 0]) + X[:, 1] + sigma * draw.normal(size=200)
    model = fit(KAN((2, 1)), X, y, weights=sigma**-2).model
    trusting, plain = (look(model, X, y, weights=w)[0] for w in (sigma**-2, None))
    assert np.median(trusting.high - trusting.low) < 0.2 * np.median(plain.high - plain.low)


def test_too_few_rows_leave_the_bands_open():
    X, y = hello(4)
    model = fit(KAN((2, 2, 1)), X, y, smoothness=0.0).model
    looks = look(model, X, y, smoothness=0.0)
    assert all(one.low is None and one.high is None for one in looks)
    assert all(np.isfinite(one.impact) for one in looks)


def test_removed_edges_have_no_width_and_no_impact():
    X, y = hello(100)
    model = fit(remove_edge(KAN((2, 2, 1)), Edge(0, 0, 0)), X, y, steps=10).model
    one = look(model, X, y)[0]
    assert (np.ptp(one.high), np.ptp(one.low), one.impact) == (0, 0, 0)


@pytest.mark.parametrize("widths", [(2, (1, 1), 1), (2, (2, 1), 1, 1), (2, (0, 1)), (2, 2, 2)])
def test_every_kind_of_network_has_finite_bands(widths):
    X, y = hello(150, noise=0.1)
    target = y if KAN(widths).n_out == 1 else np.column_stack([y, y**2])
    model = fit(KAN(widths), X, target, steps=15).model
    for one in look(model, X, target):
        assert np.isfinite([one.low, one.high]).all()
        assert (one.low <= one.y).all()
        assert (one.y <= one.high).all()
        assert one.impact >= 0

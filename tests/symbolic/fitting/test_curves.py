"""Naming a sampled curve: the right function, to the last digits, whatever its scale and place."""

import numpy as np
import pytest
import torch
from scipy.optimize import curve_fit

from kan_core import FUNCTIONS
from symbolic import SymbolicError
from symbolic.fitting._curves import suggest_curve
from symbolic.formulas._functions import LIBRARY

_U_RANGES = {
    **{name: (0.05, 3.0) for name in LIBRARY if "/" in name or name in ("log", "sqrt")},
    **{"asin": (-0.9, 0.6), "acos": (-0.9, 0.6), "tan": (-1.3, 1.1), "exp": (-2.0, 4.0), "abs": (-1.0, 0.4)},
    **{"sin": (-3.0, 11.0), "cos": (-3.0, 11.0), "J0": (-2.0, 13.0), "sign": (-1.0, 0.5)},
}


def _value(name, u):
    return FUNCTIONS[name].value(torch.from_numpy(np.ascontiguousarray(u))).numpy()


def _fit_of(found, name):
    return next(fit for fit in found if fit.name == name)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 250.0])
@pytest.mark.parametrize("flip", [1.0, -1.0])
@pytest.mark.parametrize("name", LIBRARY)
def test_every_function_is_recovered_exactly_at_any_scale_and_in_either_direction(name, flip, scale):
    low, high = _U_RANGES.get(name, (-1.5, 2.0))
    rng = np.random.default_rng(3)
    u = np.sort(np.concatenate([rng.uniform(low, high, 198), [low, high]]))
    x = flip * scale * (u - low + 0.3)
    y = -40.0 * _value(name, u) + 7.0
    others = None if scale == 1.0 else [name]  # they compete, which is the same at every scale
    fit = _fit_of(suggest_curve(x, y, others), name)
    assert 1 - fit.r2 < 1e-12
    np.testing.assert_allclose(fit.c * _value(name, fit.a * x + fit.b) + fit.d, y, atol=1e-6 * np.std(y))


def test_the_root_of_one_minus_x_is_exact_with_a_equal_to_minus_one():
    x = np.linspace(0, 1, 200)
    best = suggest_curve(x, np.sqrt(1 - x))[0]
    assert (best.name, best.a, best.d) == ("sqrt", -1.0, 0.0)
    assert best.b == pytest.approx(1, abs=1e-12)
    assert best.c == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_a_sine_with_five_per_cent_noise_is_ranked_first_and_kept(seed):
    rng = np.random.default_rng(seed)
    x = np.sort(rng.uniform(-1, 1, 150))
    best = suggest_curve(x, np.sin(3 * x) + 0.05 * rng.normal(size=150))[0]
    assert best.name == "sin"
    assert best.a == pytest.approx(3, abs=0.1)
    assert best.b == 0.0  # an offset must earn its place


def test_a_sine_of_high_frequency_is_found_up_to_nyquist():
    x = np.linspace(0, 1, 400)
    best = suggest_curve(x, 0.3 * np.cos(900 * x + 0.4))[0]
    assert best.name in ("sin", "cos")
    assert best.a == pytest.approx(900)


@pytest.mark.parametrize(("name", "power"), [("x^2", 2), ("x^3", 3), ("1/x", -1), ("sqrt", 0.5), ("1/x^2", -2)])
def test_a_plain_power_comes_without_an_offset(name, power):
    x = np.linspace(0.5, 4, 100)
    best = suggest_curve(x, 3.0 * x**power)[0]
    assert (best.name, best.b, best.d) == (name, 0.0, 0.0)
    assert best.c == pytest.approx(3, rel=1e-10)


def test_the_rate_of_a_noisy_decay_equals_scipys():
    rng = np.random.default_rng(0)
    x = np.linspace(2, 9, 120)
    y = 5 * np.exp(-0.7 * x) + 1 + 0.01 * rng.normal(size=120)
    fit = suggest_curve(x, y, names=["exp"])[0]
    (a, _, _), _ = curve_fit(lambda x, a, c, d: c * np.exp(a * x) + d, x, y, p0=[-0.6, 4, 1])
    assert fit.a == pytest.approx(a, rel=1e-5)


@pytest.mark.parametrize("factor", [1e-12, 1.0, 1e12])
def test_the_share_explained_does_not_depend_on_the_size_of_the_curve(factor):
    x = np.linspace(-1, 1, 80)
    y = factor * np.tanh(2 * x + 0.3)
    assert suggest_curve(x, y)[0].name == "tanh"


def test_a_constant_curve_is_a_line_without_slope():
    (only,) = suggest_curve(np.linspace(0, 1, 30), np.full(30, 4.5))
    assert (only.name, only.c, only.d) == ("x", 0.0, 4.5)


def test_a_pole_between_the_points_is_found():
    x = np.concatenate([np.linspace(-3, -0.2, 40), np.linspace(0.25, 3, 41)])
    best = suggest_curve(x, 2 / x)[0]
    assert (best.name, best.b) == ("1/x", 0.0)


def test_functions_undefined_on_the_data_are_never_returned_with_invalid_numbers():
    x = np.linspace(-2, 2, 60)
    for fit in suggest_curve(x, np.exp(x)):
        assert np.isfinite([fit.a, fit.b, fit.c, fit.d, fit.r2]).all()
        assert np.isfinite(_value(fit.name, fit.a * x + fit.b)).all() or fit.r2 < 1


def test_the_order_of_the_points_does_not_matter():
    rng = np.random.default_rng(1)
    x = rng.uniform(0, 2, 100)
    y = np.log(1 + 3 * x)
    order = np.argsort(x)
    assert suggest_curve(x, y) == suggest_curve(x[order], y[order])


def test_only_the_names_asked_for_are_fitted_and_unknown_ones_are_refused():
    x = np.linspace(0, 1, 20)
    assert {fit.name for fit in suggest_curve(x, x**2, names=["sin", "x"])} == {"sin", "x"}
    with pytest.raises(SymbolicError, match="Unknown function 'sinus'"):
        suggest_curve(x, x, names=["sinus"])


def test_weights_of_zero_leave_points_out():
    x = np.linspace(0, 1, 50)
    y = x**2
    y[10] = 99.0
    w = np.ones(50)
    w[10] = 0
    assert suggest_curve(x, y, weights=w)[0].name == "x^2"

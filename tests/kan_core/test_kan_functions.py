"""The registry of edge functions against NumPy and SciPy."""

import math

import numpy as np
import pytest
import torch
from scipy import special

from kan_core import FUNCTIONS, KAN, Edge, set_symbolic

ORACLES = {
    "x": lambda u: u,
    **{f"x^{p}": lambda u, p=p: u**p for p in range(2, 7)},
    "1/x": lambda u: 1 / u,
    **{f"1/x^{p}": lambda u, p=p: 1 / u**p for p in range(2, 7)},
    "sqrt": np.sqrt,
    "1/sqrt": lambda u: 1 / np.sqrt(u),
    "x^(3/2)": lambda u: u * np.sqrt(u),
    "1/x^(3/2)": lambda u: 1 / (u * np.sqrt(u)),
    "x^(5/2)": lambda u: u * u * np.sqrt(u),
    "1/x^(5/2)": lambda u: 1 / (u * u * np.sqrt(u)),
    "x^(1/3)": np.cbrt,
    "1/x^(1/3)": lambda u: 1 / np.cbrt(u),
    "x^(2/3)": lambda u: np.cbrt(u) ** 2,
    "1/x^(2/3)": lambda u: 1 / np.cbrt(u) ** 2,
    "x^(4/3)": lambda u: u * np.cbrt(u),
    "1/x^(4/3)": lambda u: 1 / (u * np.cbrt(u)),
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "sigmoid": special.expit,
    "gaussian": lambda u: np.exp(-u * u),
    "abs": np.abs,
    "sign": np.sign,
    "erf": special.erf,
    "J0": special.j0,
}


def domain_points(function):
    """Points well inside the domain, on both sides of a pole."""
    low, high = max(function.lower, -2.9), min(function.upper, 2.9)
    margin = 0.02 * (high - low)
    u = np.linspace(low + margin, high - margin, 200)
    return torch.as_tensor(u[np.abs(u) > 0.05])


def test_the_registry_holds_exactly_the_promised_names():
    assert set(FUNCTIONS) == set(ORACLES)
    assert all(FUNCTIONS[name].name == name for name in FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_value_equals_numpy_and_scipy(name):
    u = domain_points(FUNCTIONS[name])
    np.testing.assert_allclose(FUNCTIONS[name].value(u).numpy(), ORACLES[name](u.numpy()), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_slope_equals_the_central_difference(name):
    u, h = domain_points(FUNCTIONS[name]), 1e-5
    central = (FUNCTIONS[name].value(u + h) - FUNCTIONS[name].value(u - h)) / (2 * h)
    np.testing.assert_allclose(FUNCTIONS[name].slope(u).numpy(), central.numpy(), rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("name", [n for n, f in FUNCTIONS.items() if f.lower == 0.0])
def test_roots_and_logarithms_of_negative_numbers_are_not_numbers(name):
    assert FUNCTIONS[name].value(torch.tensor([-0.5, -3.0], dtype=torch.float64)).isnan().all()


@pytest.mark.parametrize("name", ["asin", "acos"])
def test_arc_functions_end_at_one(name):
    u = torch.tensor([-1.5, -1.0, 1.0, 1.5], dtype=torch.float64)
    assert FUNCTIONS[name].value(u).isfinite().tolist() == [False, True, True, False]


@pytest.mark.parametrize("name", [n for n, f in FUNCTIONS.items() if f.pole])
def test_a_function_with_a_pole_has_no_finite_value_there(name):
    assert not bool(FUNCTIONS[name].value(torch.zeros(1, dtype=torch.float64)).isfinite())


@pytest.mark.parametrize("name", [n for n, f in FUNCTIONS.items() if not f.pole])
def test_a_function_without_a_pole_is_finite_at_zero(name):
    assert bool(FUNCTIONS[name].value(torch.zeros(1, dtype=torch.float64)).isfinite())


@pytest.mark.parametrize("name", ["exp", "sinh", "cosh", "tanh", "sigmoid", "gaussian", "erf", "atan", "sin", "J0"])
def test_functions_of_the_whole_line_say_so(name):
    assert (FUNCTIONS[name].lower, FUNCTIONS[name].upper) == (-math.inf, math.inf)


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "gaussian", "erf"])
def test_bounded_functions_stay_finite_far_out(name):
    u = torch.tensor([-1e3, 1e3], dtype=torch.float64)
    assert FUNCTIONS[name].value(u).isfinite().all()
    assert FUNCTIONS[name].slope(u).abs().max() < 1e-300


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_tensor_through_a_named_edge_has_the_slope_of_the_function(name):
    model = set_symbolic(KAN((1, 1)), Edge(0, 0, 0), name, 1.0, 0.0, 1.0)
    x = torch.linspace(0.1, 0.9, 20, dtype=torch.float64).unsqueeze(1).requires_grad_()
    (slope,) = torch.autograd.grad(model(x).sum(), x)
    np.testing.assert_allclose(slope, FUNCTIONS[name].slope(x.detach()), rtol=1e-9)


def test_the_bessel_function_is_good_to_twelve_digits():
    """torch's own is good to seven between 5 and 10."""
    u = torch.linspace(-30, 30, 4001, dtype=torch.float64)
    assert (FUNCTIONS["J0"].value(u) - torch.as_tensor(special.j0(u.numpy()))).abs().max() < 1e-12
    assert (FUNCTIONS["J0"].slope(u) + torch.as_tensor(special.j1(u.numpy()))).abs().max() < 1e-12

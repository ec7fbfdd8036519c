"""The SymPy rows against the network's own functions."""

import numpy as np
import pytest
import sympy as sp
import torch

from kan_core import FUNCTIONS
from symbolic.formulas._functions import LIBRARY
from symbolic.formulas._numeric import evaluate

x = sp.Symbol("x")


def test_every_function_of_the_network_has_a_row_and_no_other_name_has():
    assert set(LIBRARY) == set(FUNCTIONS)


@pytest.mark.parametrize("name", LIBRARY)
def test_sympy_and_torch_agree_inside_the_domain(name):
    row = FUNCTIONS[name]
    low, high = max(row.lower, -3.0), min(row.upper, 3.0)
    u = np.linspace(low, high, 42)[1:-1]  # an even count skips 0
    values = evaluate(LIBRARY[name].sympy(x), [x], u[:, None])
    # torch's J0 is off by up to 5e-10 between its zeros; scipy's, which laws use, is not.
    rtol = 1e-8 if name == "J0" else 1e-12
    np.testing.assert_allclose(values, row.value(torch.from_numpy(u)).numpy(), rtol=rtol, atol=1e-14)


@pytest.mark.parametrize("name", LIBRARY)
def test_what_is_called_redundant_is_absorbed_by_c_and_d(name):
    row, function = FUNCTIONS[name], LIBRARY[name]
    u = torch.linspace(max(row.lower, -1.0) + 0.1, min(row.upper, 1.0) - 0.1, 40, dtype=torch.float64)
    moved = []
    if "a" not in function.free:
        moved.append(u * 0.5)
    if "b" not in function.free:
        moved.append(u + 0.3)
    if not function.signed:
        moved.append(-u)
    plain = row.value(u).numpy()
    for other in moved:
        if name in ("sin", "cos", "tan", "asin", "acos", "atan") or torch.isfinite(row.value(other)).all():
            columns = np.stack([row.value(other).numpy(), np.ones(40)], axis=1)
            fitted = columns @ np.linalg.lstsq(columns, plain, rcond=None)[0]
            np.testing.assert_allclose(fitted, plain, atol=1e-10 * np.ptp(plain))


def test_simple_functions_are_cheaper_than_rare_ones():
    assert LIBRARY["x"].complexity < LIBRARY["sin"].complexity < LIBRARY["tanh"].complexity < LIBRARY["J0"].complexity

"""Functions of a user's own: the name is the formula."""

import numpy as np
import pytest
import torch

from kan_core import FUNCTIONS, KAN, Edge, TrainingError, set_symbolic

U = torch.linspace(0.15, 0.85, 8, dtype=torch.float64)


@pytest.mark.parametrize(
    ("name", "oracle"),
    [
        ("u*exp(-u)", lambda u: u * np.exp(-u)),
        ("langevin(u) = 1/tanh(u) - 1/u for u > 0", lambda u: 1 / np.tanh(u) - 1 / u),
        ("-u^2/2 + 3e-1", lambda u: -(u**2) / 2 + 0.3),
        ("2**-u", lambda u: 2.0**-u),
        ("u^u^2", lambda u: u ** (u**2)),
        ("sqrt(1 - u^2) for -1 < u < 1", lambda u: np.sqrt(1 - u**2)),
        ("sin(2*pi*u)*abs(u - 0.5)", lambda u: np.sin(2 * np.pi * u) * np.abs(u - 0.5)),
    ],
)
def test_value_and_slope_are_those_of_the_formula(name, oracle):
    row = FUNCTIONS[name]
    np.testing.assert_allclose(row.value(U).numpy(), oracle(U.numpy()), rtol=1e-13, atol=1e-14)
    u = U.clone().requires_grad_()
    (slope,) = torch.autograd.grad(row.value(u).sum(), u)
    np.testing.assert_allclose(row.slope(U).numpy(), slope.numpy(), rtol=1e-12, atol=1e-13)


def test_outside_its_domain_there_is_no_value_and_a_gap_at_zero_is_closed():
    half = FUNCTIONS["log(u) for 0 < u < 1"]
    assert (half.lower, half.upper) == (0.0, 1.0)
    assert bool(half.value(torch.tensor([-0.5, 1.5], dtype=torch.float64)).isnan().all())
    sinc = FUNCTIONS["sin(u)/u"]
    assert not sinc.pole
    assert float(sinc.value(torch.zeros(1, dtype=torch.float64))) == pytest.approx(1.0)
    assert FUNCTIONS["cos(u)/u"].pole


@pytest.mark.parametrize(
    "name",
    ["u*", "foo(u)", "__import__('os')", "u; u", "3", "x + 1", "sine", "u.real", "(" * 60 + "u" + ")" * 60, "u" * 400],
)
def test_what_is_no_formula_of_u_is_no_function(name):
    assert name not in FUNCTIONS
    model = KAN((1, 1))
    with pytest.raises(TrainingError, match="No function is called"):
        set_symbolic(model, Edge(0, 0, 0), name, 1.0, 0.0, 1.0)


def test_formulas_are_no_members_of_the_registry():
    before = list(FUNCTIONS)
    assert "u*exp(-u)" in FUNCTIONS
    assert list(FUNCTIONS) == before


def test_a_network_with_such_an_edge_is_saved_and_read_back_to_the_bit():
    model = set_symbolic(KAN((1, 1)), Edge(0, 0, 0), "u*exp(-u)", 2.0, 0.1, 3.0, -1.0)
    again = KAN.from_bytes(model.to_bytes())
    x = np.linspace(-1, 1, 20)[:, None]
    assert np.array_equal(again(x), model(x))
    assert again.function(Edge(0, 0, 0)) == model.function(Edge(0, 0, 0))


def test_a_snapshot_that_names_no_function_is_refused():
    snapshot = set_symbolic(KAN((1, 1)), Edge(0, 0, 0), "u*exp(-u)", 2.0, 0.1, 3.0).to_dict()
    snapshot["layers"][0]["named"] = [[0, 0, "__import__('os')(u)"]]
    with pytest.raises(TrainingError, match="names no edge and function"):
        KAN.from_dict(snapshot)

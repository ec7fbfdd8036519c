"""The formula of a named network is the network, with no constant that means nothing."""

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from kan_core import FUNCTIONS, KAN, Edge, set_symbolic
from symbolic import SymbolicError, law_from_network
from symbolic.formulas._numeric import evaluate
from symbolic.networks._network import network_expression

x, y = sp.symbols("x y")
INNER = ["x", "x^2", "x^3", "1/x", "sqrt", "exp", "log", "sin", "cos", "tanh", "gaussian", "x^(3/2)", "1/sqrt"]
OUTER = ["x", "x^2", "x^3", "exp", "sin", "cosh", "atan", "gaussian", "abs"]
rows = np.random.default_rng(0).uniform(0.5, 2.0, (40, 2))
size = st.floats(0.3, 1.5) | st.floats(-1.5, -0.3)


@given(
    names=st.tuples(st.sampled_from(INNER), st.sampled_from(INNER), st.sampled_from(OUTER)),
    inner=st.lists(st.tuples(st.floats(0.3, 1.5), st.floats(0, 1), size), min_size=2, max_size=2),
    outer=st.tuples(size, st.floats(-1, 1), size),
)
@settings(max_examples=60, deadline=None)
def test_the_formula_equals_the_named_network_everywhere(names, inner, outer):
    model = KAN((2, 1, 1), seed=1)
    for source in (0, 1):
        a, b, c = inner[source]
        model = set_symbolic(model, Edge(0, source, 0), names[source], a, b, c, 0.2)
    model = set_symbolic(model, Edge(1, 0, 0), names[2], *outer)
    (expr,) = network_expression(model, [x, y])
    expected = model(rows)[:, 0]
    assert np.allclose(evaluate(expr, [x, y], rows), expected, rtol=1e-8, atol=1e-9 * np.abs(expected).max())


def test_every_function_of_the_library_has_the_same_values_as_a_formula():
    for name in FUNCTIONS:
        points = np.linspace(0.1, 0.9, 30)[:, None]
        model = set_symbolic(KAN((1, 1)), Edge(0, 0, 0), name, 0.8, 0.05, -1.7, 0.4)
        (expr,) = network_expression(model, [x])
        assert np.allclose(evaluate(expr, [x], points), model(points)[:, 0], rtol=1e-12), name


def test_a_product_node_multiplies_its_factors():
    model = KAN((2, (0, 1)))
    for source, leg, name in ((0, 0, "x"), (1, 1, "sin")):
        model = set_symbolic(model, Edge(0, source, leg), name, 1.0, 0.0, 2.0)
    model = _without_splines(model)
    (expr,) = network_expression(model, [x, y])
    assert np.allclose(evaluate(expr, [x, y], rows), model(rows)[:, 0], rtol=1e-12)


def test_what_a_function_absorbs_leaves_no_constant():
    model = KAN((2, 1, 1))
    model = set_symbolic(model, Edge(0, 0, 0), "log", 3.0, 0.0, 1.5)
    model = set_symbolic(model, Edge(0, 1, 0), "log", 2.0, 0.0, -0.5)
    model = set_symbolic(model, Edge(1, 0, 0), "exp", 2.0, 0.1, 1.2)
    (expr,) = network_expression(model, [x, y])
    factor, rest = (expr - expr.as_coeff_Add()[0]).as_coeff_Mul()
    assert rest == x ** sp.Float(3.0) * y ** sp.Float(-1.0)
    assert factor.is_Float


def test_a_formula_is_never_read_while_an_edge_is_still_a_spline():
    model = set_symbolic(KAN((2, 1, 1)), Edge(0, 0, 0), "sin", 1.0, 0.0, 1.0)
    with pytest.raises(SymbolicError, match=r"2 still carry splines \(0-1-0, 1-0-0\)"):
        law_from_network(model, rows, rows[:, 0], ["x", "y"])


def _without_splines(model):
    from kan_core import remove_edge

    for edge in model.edges():
        if model.state(edge) == "spline":
            model = remove_edge(model, edge)
    return model

"""The network that is drawn for a law computes that law."""

import numpy as np
import pytest
import sympy as sp

from symbolic.formulas._complexity import complexity
from symbolic.formulas._numeric import evaluate
from symbolic.laws._law import Law, make_variables
from symbolic.laws._picture import as_network

PICTURES = {
    "3*x**2 + 1": (3, 1),
    "2*sin(3*x + 1) - exp(y)/2 + 4": (3, 1),
    "exp(sin(pi*x) + y**2)": (3, 1, 1),
    "5*x**2/sqrt(y)": (3, 1, 1),
    "3*exp(-2*x/5)*cos(3*x + 1/5)/10": (3, (0, 1)),
    "x*sin(2*y)*exp(-z)": (3, (0, (3,))),
    "-2*(1 - exp(-x))*(3 + y)": (3, (0, 1)),
}


@pytest.mark.parametrize("text", PICTURES)
def test_the_network_of_a_law_computes_it(text):
    expr = sp.sympify(text)
    variables = make_variables(["x", "y", "z"])
    law = Law(expr=expr, target="f", variables=variables, complexity=complexity(expr), rmse_train=0.0, constants=())
    model = as_network(law)
    X = np.random.default_rng(0).uniform(0.5, 2.0, (50, 3))
    np.testing.assert_allclose(model(X)[:, 0], evaluate(expr, law.symbols, X), rtol=1e-12, atol=1e-12)
    assert model.widths == PICTURES[text]
    assert {model.state(edge) for edge in model.edges()} == {"symbolic"}


@pytest.mark.parametrize("text", ["sin(x*y)", "x + y*exp(x)", "1/(1 + x**2*y)", "7"])
def test_a_law_of_another_shape_has_no_picture(text):
    expr = sp.sympify(text)
    variables = make_variables(["x", "y"])
    law = Law(expr=expr, target="f", variables=variables, complexity=complexity(expr), rmse_train=0.0, constants=())
    assert as_network(law) is None

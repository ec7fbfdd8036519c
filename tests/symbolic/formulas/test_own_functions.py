"""Functions of the user's own, checked on entry and used like those of the library."""

import numpy as np
import pytest
import sympy as sp

from kan_core import KAN, Edge, fit
from symbolic import SymbolicError, discover, law_from_network, own_function, same_law, snap_edge, suggest
from symbolic.fitting._curves import suggest_curve
from symbolic.formulas._functions import LIBRARY, in_force, only

a, b, u = sp.symbols("a b u")


@pytest.mark.parametrize(
    ("formula", "name", "free", "signed", "domain"),
    [
        ("x*exp(-x)", "u*exp(-u)", "abcd", True, (-np.inf, np.inf)),
        ("t*log(t)", "u*log(u) for u > 0", "abcd", True, (0, np.inf)),
        ("pulse(x) = exp(2x)", "pulse(u) = exp(2*u)", "acd", True, (-np.inf, np.inf)),
        ("x^4", "u^4", "bcd", False, (-np.inf, np.inf)),
        ("sqrt(1 - x^2)", "sqrt(1 - u^2) for -1 < u < 1", "abcd", False, (-1, 1)),
        (sp.sinh(3 * a), "sinh(3*u)", "abcd", False, (-np.inf, np.inf)),
    ],
)
def test_what_is_not_said_of_a_function_is_found_by_trial(formula, name, free, signed, domain):
    row = own_function(formula)
    assert (row.name, row.free, row.signed, row.domain) == (name, free, signed, domain)


def test_everything_said_of_a_function_is_taken_when_it_holds():
    row = own_function(
        "v*exp(-v)", "pulse", value=lambda v: v * np.exp(-v), derivative=lambda v: (1 - v) * np.exp(-v),
        domain=(0, None), complexity=2, redundant="",
    )  # fmt: skip
    assert (row.name, row.complexity, row.free) == ("pulse(u) = u*exp(-u) for u > 0", 2, "abcd")
    assert LIBRARY[row.name].domain == (0, np.inf)  # the name says all that is needed to read it back


@pytest.mark.parametrize(
    ("formula", "options", "text"),
    [
        ("x + y", {}, "has one variable"),
        ("foo(x)", {}, "cannot be read"),
        ("x*exp(-x)", {"derivative": lambda v: np.exp(-v)}, "derivative given differs from the finite differences"),
        ("x*exp(-x)", {"value": np.sin}, "value given differs from the SymPy form"),
        ("x*exp(-x)", {"redundant": "a"}, "'a' is not redundant"),
        ("x*exp(-x)", {"domain": (1, 0)}, "low < high"),
        ("x*exp(-x)", {"name": "two words"}, "a word of letters"),
        ("sqrt(-1 - x^2)", {}, "no finite values"),
        (sp.gamma(a), {}, "An edge cannot carry gamma"),
        (3, {}, "text or a SymPy expression"),
    ],
)
def test_what_does_not_fit_together_is_refused_in_a_sentence(formula, options, text):
    with pytest.raises(SymbolicError, match=text):
        own_function(formula, **options)


@pytest.mark.parametrize(("scale", "shift"), [(1.7, 0.4), (5.0, 1.0), (1.0, -2.0), (-3.0, 1.0), (0.3, 0.0)])
def test_a_curve_is_named_after_it_wherever_it_lies(scale, shift):
    row = own_function("x*exp(-x)")
    x = np.linspace(0.3, 0.9, 200)
    v = scale * x + shift
    with only({row.name: row}):
        (found,) = suggest_curve(x, 3 * v * np.exp(-v) - 1)
    assert [found.a, found.b, found.c, found.d] == pytest.approx([scale, shift, 3, -1], rel=1e-6, abs=1e-9)


def test_only_binds_its_own_block_and_nothing_is_registered():
    row = own_function("x*exp(-x)")
    before = list(LIBRARY)
    with only({row.name: row}):
        assert list(in_force()) == [row.name]
    assert in_force() is LIBRARY
    assert list(LIBRARY) == before


def test_an_edge_takes_a_typed_formula_and_its_law_is_read_back():
    rng = np.random.default_rng(0)
    X = rng.uniform(0.2, 3, (300, 2))
    y = 2 * X[:, 0] * np.exp(-2 * X[:, 0]) + X[:, 1] ** 2
    model = fit(KAN((2, 1)), X, y, steps=30).model
    edge = Edge(0, 0, 0)
    ranked = suggest(model, edge, X, y, top=2, functions=["x*exp(-x)"])
    assert ranked[0].name == "u*exp(-u)"
    named = snap_edge(snap_edge(model, edge, "x*exp(-x)", X, y), Edge(0, 1, 0), "x^2", X, y)
    again = KAN.from_bytes(named.to_bytes())
    law = law_from_network(again, X, y, ["a", "b"])
    assert same_law(law.expr, 2 * a * sp.exp(-2 * a) + b**2, {"a": (0.2, 3), "b": (0.2, 3)})
    with pytest.raises(SymbolicError, match=r"No function is called 'expp'. Did you mean 'exp'\?"):
        snap_edge(model, edge, "expp", X, y)


def test_a_search_names_curves_after_functions_of_the_users_own():
    X = np.random.default_rng(1).uniform(0.5, 4, (300, 1))
    law = sp.tanh(u) / (1 + sp.exp(-2 * u))
    y = 3 * sp.lambdify(u, law)(1.5 * X[:, 0])
    found = discover(X, y, names=["a"], functions=[own_function(law, "gate")], budget=60)
    assert found.status == "exact"
    assert same_law(found.best.expr, 3 * law.subs(u, 1.5 * a), {"a": (0.5, 4)})

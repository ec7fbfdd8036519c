"""Laws as objects, as text, as JSON."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets import parse_formula
from symbolic import Constant, Law, SymbolicError, discover
from symbolic.formulas._complexity import complexity
from symbolic.formulas._numeric import evaluate
from symbolic.formulas._text import number_text
from symbolic.laws._law import make_variables

x, y = sp.symbols("x y")


def _law(expr, **fields):
    return Law(expr, "T", make_variables(["x", "y"]), **fields)


@given(
    st.lists(st.text(max_size=12) | st.sampled_from(["E", "I", "S", "lambda", "pi", "sin", "a b", "a_b"]), max_size=6)
)
@settings(max_examples=200, deadline=None)
def test_every_heading_gets_a_unique_symbol_that_sympy_reads_back(names):
    symbols = [variable.symbol for variable in make_variables(names)]
    assert len(set(symbols)) == len(symbols)
    table = {symbol: sp.Symbol(symbol) for symbol in symbols}
    for symbol in symbols:
        assert symbol.isidentifier()
        assert sp.sympify(f"2*{symbol}", locals=table) == 2 * sp.Symbol(symbol)


@pytest.mark.parametrize("name", ["a", "semi_major_axis_au", "T", "x1", "gamma", "beta", "E_n", "e"])
def test_a_name_that_is_an_identifier_stays_itself(name):
    assert make_variables([name])[0].symbol == name


def test_the_printed_law_has_digits_to_its_error_and_is_read_back():
    law = _law(1.499953 * x + sp.sqrt(y) ** 3, constants=(Constant(1.499953, 0.00021),))
    assert str(law) == "T = 1.49995*x + y^(3/2)"
    assert parse_formula(str(law), variables=["x", "y"]).subs({x: 2, y: 4}) == pytest.approx(8 + 2.9999)


@pytest.mark.parametrize(
    "expr",
    [
        sp.besselj(0, x),
        sp.Abs(x) / y,
        sp.exp(1) * x,
        -x / (y + 1) ** 2,
        sp.erf(x) + sp.pi,
        6.674e-11 * x,
        x ** sp.Rational(-5, 3),
    ],
)
def test_what_is_printed_means_the_same_when_parsed(expr):
    text = str(_law(expr))
    X = np.array([[0.7, 1.3], [2.1, 0.4]])
    again = _law(parse_formula(text, variables=["x", "y"]))
    np.testing.assert_allclose(again.predict(X), _law(expr).predict(X), rtol=1e-6)


def test_the_sympy_text_is_exact_to_the_last_bit():
    value = 0.1 + 0.2
    law = _law(value * x ** sp.Rational(1, 3))
    back = sp.sympify(law.sympy_text(), locals={"x": x, "y": y})
    assert float(back.subs(x, 1)) == value


def test_a_law_survives_json_exactly():
    law = _law(
        (0.1 + 0.2) * sp.sin(sp.pi * x) / sp.besselj(0, y) + sp.Rational(1, 3) - sp.E,
        complexity=9, rmse_train=0.1, r2_test=0.99, constants=(Constant(0.3, None, "m", None, "k"),),
        domain={"x": (0.0, 1.0)}, provenance="by hand",
    )  # fmt: skip
    assert Law.from_dict(json.loads(json.dumps(law.to_dict()))) == law


@pytest.mark.parametrize("tree", [["__import__", 1], ["symbol", 3], ["lambdify", ["symbol", "x"]], "1+1", None, True])
def test_a_damaged_snapshot_is_refused_and_nothing_is_run(tree):
    with pytest.raises(SymbolicError, match="stored formula"):
        Law.from_dict(_law(x).to_dict() | {"expr": tree})


def test_predictions_take_rows_columns_by_name_and_nothing_else():
    law = _law(x - y)
    np.testing.assert_array_equal(law.predict([[3.0, 1.0]]), [2.0])
    frame = pd.DataFrame({"y": [1.0], "x": [3.0]})
    np.testing.assert_array_equal(law.predict(frame), [2.0])
    with pytest.raises(SymbolicError, match=r"X must be \(n, 2\)"):
        law.predict([[1.0]])
    with pytest.raises(SymbolicError, match="column 'y'"):
        law.predict(frame[["x"]])


def test_outside_its_domain_a_law_has_no_value():
    assert np.isnan(_law(sp.sqrt(x - 5) + 0 * y).predict([[1.0, 0.0]])).all()


def test_a_constant_law_has_a_value_in_every_row():
    np.testing.assert_array_equal(_law(sp.Integer(3)).predict(np.zeros((4, 2))), np.full(4, 3.0))


def test_long_names_are_upright_and_escaped_in_latex():
    law = Law(sp.Symbol("semi_major_axis_au") ** sp.Rational(3, 2), "period_yr", make_variables(["semi_major_axis_au"]))
    assert law.latex() == r"\mathrm{period\_yr} = \mathrm{semi\_major\_axis\_au}^{3/2}"
    assert _law(6.674e-11 * x).latex() == r"T = 6.674 \cdot 10^{-11} x"


@pytest.mark.parametrize(
    ("expr", "nodes"),
    [
        (x, 1),
        (2 * x + 1, 5),
        (x - y, 3),
        (x / y, 3),
        (1 / x, 3),
        (sp.sqrt(x), 2),
        (x**2, 3),
        (sp.sin(sp.pi * x), 4),
        (-x, 1),
    ],
)
def test_complexity_counts_what_is_read(expr, nodes):
    assert complexity(expr) == nodes


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (1.499953, 0.0002, "1.49995"),
        (424.2, 42.0, "424"),
        (0.3, 0.0, "0.3"),
        (689.7, 34.0, "690"),
        (3.21e7, 1e6, "3.21e+07"),
        (0.30000000000000004, 1e-17, "0.3"),
        (2.5, None, "2.5"),
    ],
)
def test_numbers_are_printed_to_two_digits_of_their_error(value, error, text):
    assert number_text(value, error) == text


def test_a_law_whose_constants_make_up_for_each_other_is_printed_so_that_it_can_be_typed_in():
    """(a + 176)² − 31000 with standard errors as wide as that: printed to those alone it would be another law."""
    a = sp.Symbol("a")
    big, small = 175.98321, 30969.4871
    law = Law(
        expr=(a + sp.Float(big)) ** 2 - sp.Float(small),
        target="y",
        variables=make_variables(["a"]),
        complexity=7,
        rmse_train=0.5,
        constants=(Constant(big, 40.0), Constant(-small, 9000.0)),
        domain={"a": (1.0, 5.0)},
    )
    rows = np.linspace(1, 5, 50)[:, None]
    again = evaluate(parse_formula(str(law)), (a,), rows)
    assert np.max(np.abs(again - law.predict(rows))) < law.rmse_train
    assert str(replace(law, domain={})) == str(replace(law, domain=None)) == "y = (a + 176)^2 - 31000"


def test_columns_called_by_letters_that_sympy_keeps_for_itself_are_printed_by_their_names():
    rng = np.random.default_rng(0)
    X = rng.uniform(1, 5, (100, 2))
    found = discover(X, X[:, 0] * X[:, 1] ** 2, names=["I", "R"], target="S")
    assert str(found.best) == "S = I*R^2"
    assert parse_formula("I*R^2") == sp.Symbol("I") * sp.Symbol("R") ** 2
    assert not any("I_" in sentence or "S_" in sentence for sentence in found.evidence)
    assert found.best.sympy_text() == "I_*R**2"  # which SymPy would take for the imaginary unit

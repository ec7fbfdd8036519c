"""Typed formulas: what people type is read as they mean it, everything else is refused with place and reason."""

import math
import pickle
import re

import numpy as np
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from datasets import FormulaError, parse_formula
from datasets.formulas._functions import FUNCTION_ROWS

x, y, z, a, b, c, r, m, v, L, g, theta = sympy.symbols("x y z a b c r m v L g θ")

MEANT = {
    "2x": 2 * x,
    "2 x y": 2 * x * y,
    "2 pi x": 2 * sympy.pi * x,
    "2πr": 2 * sympy.pi * r,
    "2(x+1)": 2 * (x + 1),
    "(x+1)(x-1)": (x + 1) * (x - 1),
    "(x+1)y": (x + 1) * y,
    "x y": x * y,
    "x·y − x×z": x * y - x * z,
    "x÷y": x / y,
    "-x^2": -(x**2),
    "-x**2": -(x**2),
    "(-x)^2": x**2,
    "2^-x": 2 ** (-x),
    "2^-x y": y * 2 ** (-x),
    "a^b^c": a ** (b**c),
    "a**b**c": a ** (b**c),
    "x/2/y": x / (2 * y),
    "x-y-z": x - y - z,
    "x - -y": x + y,
    "+x": x,
    "x²": x**2,
    "2x³": 2 * x**3,
    "x⁻¹": 1 / x,
    "x¹²": x**12,
    "x² y": x**2 * y,
    "3x^2y": 3 * x**2 * y,
    "-x²": -(x**2),
    "2^x²": 2 ** (x**2),
    "√x": sympy.sqrt(x),
    "√(x+1) y": sympy.sqrt(x + 1) * y,
    "2√x": 2 * sympy.sqrt(x),
    "√x^2": x,
    "½ m v²": m * v**2 / 2,
    "|x|": sympy.Abs(x),
    "|x||y|": sympy.Abs(x) * sympy.Abs(y),
    "||x|-1|": sympy.Abs(sympy.Abs(x) - 1),
    "2|x-y|+|(x|y|)|": 2 * sympy.Abs(x - y) + sympy.Abs(x) * sympy.Abs(y),
    "|exp(x) y|": sympy.exp(x) * sympy.Abs(y),
    "ln(x)": sympy.log(x),
    "log(x)": sympy.log(x),
    "log10(x)": sympy.log(x) / sympy.log(10),
    "log(x, 2)": sympy.log(x) / sympy.log(2),
    "sin²(x) + cos^2(x)": sympy.sin(x) ** 2 + sympy.cos(x) ** 2,
    "arcsin(x)": sympy.asin(x),
    "J0(x)": sympy.besselj(0, x),
    "sigmoid(x)": 1 / (1 + sympy.exp(-x)),
    "erf(x)": sympy.erf(x),
    "e^x": sympy.exp(x),
    "e^(-x) y": sympy.exp(-x) * y,
    "θ + x_1": theta + sympy.Symbol("x_1"),
    "y = exp(sin(π x) + z²)": sympy.exp(sympy.sin(sympy.pi * x) + z**2),
    "T(L, g) = 2 pi sqrt(L/g)": 2 * sympy.pi * sympy.sqrt(L / g),
    "  x + 1 \n": x + 1,
    "x^0.5": sympy.sqrt(x),
    "x^1.5": x ** sympy.Rational(3, 2),
    "2.5x": sympy.Rational(5, 2) * x,
    "x-x": sympy.Integer(0),
    "1e3 x": 1000 * x,
    "2e x": 2 * sympy.E * x,
    "exp(3 ln(2x))": 8 * x**3,
    "eˣ": sympy.exp(x),
    "e⁻ˣ y": sympy.exp(-x) * y,
    "xʸ": x**y,
    "x₁ + x_1": 2 * sympy.Symbol("x_1"),
    "θ + theta": 2 * theta,
    "𝑥² + 𝜋𝑦": x**2 + sympy.pi * y,
    "⅜ x": 3 * x / 8,
    "x — y ‐ z": x - y - z,
    "coth(x)": 1 / sympy.tanh(x),
    "besselj(0, x)": sympy.besselj(0, x),
}


@pytest.mark.parametrize(("text", "meant"), MEANT.items())
def test_what_people_type_is_read_as_they_mean_it(text, meant):
    assert parse_formula(text) == meant


@pytest.mark.parametrize("name", ["E", "I", "S", "N", "Q", "O", "C", "beta", "gamma", "zeta", "lambda", "i", "j", "μ"])
def test_names_that_mean_something_elsewhere_are_plain_variables(name):
    assert parse_formula(f"2*{name} + 1") == 2 * sympy.Symbol(name) + 1


def test_e_is_a_variable_only_where_it_is_declared():
    e = sympy.Symbol("e")
    assert parse_formula("e*x") == sympy.E * x
    assert parse_formula("e*x", ["e", "x"]) == e * x
    assert parse_formula("f(e) = e + 1") == e + 1


def test_a_declared_name_before_a_parenthesis_is_a_factor():
    assert parse_formula("x(y+1)", ["x", "y"]) == x * (y + 1)
    assert parse_formula("pi(x+1)") == sympy.pi * (x + 1)


def test_a_declared_function_name_without_parenthesis_is_a_variable():
    assert parse_formula("2*sign", ["sign"]) == 2 * sympy.Symbol("sign")


def test_the_micro_sign_is_the_greek_letter():
    assert parse_formula("µ*x", ["μ", "x"]) == sympy.Symbol("μ") * x
    assert parse_formula("μ*x", ["µ", "x"]) == sympy.Symbol("μ") * x


def test_numbers_are_exact_where_they_look_exact():
    assert parse_formula("0.5*x").coeff(x) is sympy.S.Half
    assert parse_formula("3.14159*x").coeff(x) == sympy.Rational(314159, 100000)
    assert parse_formula("2.99792458*x").coeff(x).is_Float
    assert float(parse_formula("2.99792458*x").coeff(x)) == 2.99792458
    assert float(parse_formula("6.6743e-11 x").coeff(x)) == 6.6743e-11
    assert parse_formula("1e3*x").coeff(x) == sympy.Integer(1000)


def test_exact_numbers_give_way_to_floats_before_they_grow():
    assert parse_formula("9^99*x").coeff(x).is_Float
    assert float(parse_formula("9^99*x").coeff(x)) == pytest.approx(9.0**99)
    assert parse_formula("99999999999*99999999999*x").coeff(x).is_Float


@pytest.mark.parametrize("row", {row.name: row for row in FUNCTION_ROWS.values()}.values(), ids=lambda row: row.name)
@given(u=st.floats(0.05, 0.95))
@settings(derandomize=True, deadline=None, max_examples=15)
def test_the_node_of_a_function_has_the_value_of_the_function(row, u):
    for count in row.arity:
        point = (u + (row.name == "acosh"), 2.5)[:count]
        symbols = (x, y)[:count]
        node = sympy.lambdify(symbols, row.build(*symbols), modules=["scipy", "numpy"])
        assert float(node(*point)) == pytest.approx(row.value(*point), rel=1e-12)


def test_the_cube_root_is_real_and_odd():
    root = sympy.lambdify(x, parse_formula("cbrt(x)"), modules="numpy")
    np.testing.assert_allclose(root(np.array([-8.0, 0.0, 27.0])), [-2, 0, 3])


def _read(text):
    """Returns the expression, or the refusal."""
    try:
        return parse_formula(text)
    except FormulaError as error:
        return error


_LEAVES = st.sampled_from(["x", "y", "2", "3", "0.5", "1.25", "pi"])


def _longer(part):
    unary = st.builds("{}{}".format, st.sampled_from(["-", "+"]), part)
    binary = st.builds("{}{}{}".format, part, st.sampled_from(["+", "-", "*", "/", "^", "**"]), part)
    enclosed = st.builds("({})".format, part)
    called = st.builds("{}({})".format, st.sampled_from(["sin", "cos", "exp", "atan", "tanh", "abs"]), part)
    return unary | binary | enclosed | called


_PYTHON = {"x": 0.7, "y": 1.3, "pi": math.pi, "abs": abs} | {
    name: getattr(math, name) for name in ("sin", "cos", "exp", "atan", "tanh")
}


@given(st.recursive(_LEAVES, _longer, max_leaves=9))
@settings(derandomize=True, deadline=None, max_examples=400)
def test_precedence_and_grouping_are_those_of_python(text):
    assume("x" in text.replace("exp", "") or "y" in text)
    try:
        expected = eval(text.replace("^", "**"), {"__builtins__": {}}, _PYTHON)
    except (OverflowError, ZeroDivisionError, ValueError):
        expected = math.nan
    assume(isinstance(expected, (int, float)) and abs(expected) < 1e6)
    expr = _read(text)
    if isinstance(expr, FormulaError):  # for a part without variables that is hardly a number, or a large exponent
        assert re.search("constant part|exponent|denominator|power of zero|nest", str(expr))
        return
    value = complex(sympy.lambdify((x, y), expr, modules="math")(0.7, 1.3)) if expr.free_symbols else complex(expr)
    assert value == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(st.text(alphabet="xy12.^*/+-()|=eπ²√, sincoexp", max_size=25))
@settings(derandomize=True, deadline=None, max_examples=600)
def test_any_text_is_read_or_refused_but_never_breaks(text):
    expr = _read(text)
    if isinstance(expr, FormulaError):
        assert 0 <= expr.position <= len(text)
    else:
        assert isinstance(expr, sympy.Expr)
        assert not expr.has(sympy.zoo, sympy.nan, sympy.oo, sympy.I)


@given(st.text(max_size=12))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_text_in_any_script_is_read_or_refused(text):
    expr = _read(text)
    assert isinstance(expr, sympy.Expr) or 0 <= expr.position <= len(text)


REFUSED = [
    ("", 0, "empty"),
    ("   ", 0, "empty"),
    ("x;y", 1, "one line, but ';' came at character 2"),
    ("x\ny", 1, "one line"),
    ("y = 3", 4, "needs a variable"),
    ("3 + pi", 0, "needs a variable"),
    ("y =", 3, "nothing came"),
    ("= x", 0, "In front of ="),
    ("2x = y", 0, "In front of ="),
    ("y = x = z", 6, "one ="),
    ("y = y + x", 4, "'y' again"),
    ("x == y", 2, "not a comparison"),
    ("x < y", 2, "not a comparison"),
    ("(x + 1", 0, "Every '(' is closed"),
    ("x + 1)", 5, "Remove it or add its '('"),
    ("|x + 1", 0, "Every '|' is closed"),
    ("(x + |y)|", 7, "')' came"),
    ("x +", 3, "the end came at character 4"),
    ("* x", 0, "'*' came"),
    ("()", 1, "')' came"),
    ("sin()", 4, "')' came"),
    ("sin x", 0, "Write sin(…)"),
    ("sine(x)", 0, "Did you mean 'sin'?"),
    ("foo(x)", 0, "For a product write foo*(…)"),
    ("sin(0,5 x)", 0, "sin takes 1; write decimals with a point"),
    ("0,5 x", 1, "Write decimals with a point"),
    ("sin^-1(x)", 4, "asin(x) or 1/sin(x)"),
    ("sin⁻¹(x)", 3, "asin(x) or 1/sin(x)"),
    ("1/2x", 3, "Write /(… * x) or /… * x"),
    ("1/2(x+1)", 3, "Write /(… * () or"),
    ("e^2x", 3, "Write e^(2*x) or e^2*x"),
    ("x 2", 2, "Write * or ^ in between"),
    ("x[0]", 1, "round parentheses"),
    ("'x'", 0, "no text in quotes"),
    ("x.real", 1, "A point belongs inside a number"),
    ("nan", 0, "finite numbers"),
    ("x + Inf", 4, "finite numbers"),
    ("x if y", 2, "not a program"),
    ("x/0", 1, "division by zero"),
    ("x/(1-1)", 1, "division by zero"),
    ("sqrt(-1)*x", 0, "constant part"),
    ("ln(0)*x", 0, "constant part"),
    ("9**9**9*x", 1, "constant part"),
    ("x^101", 1, "exponent is at most 100"),
    ("(x^20)^20", 6, "exponent is at most 100"),
    ("x^" + "9" * 31, 2, "at most 30 digits"),
    ("x" + "²" * 9, 1, "at most three digits"),
    ("1e999 x", 0, "constant part"),
    ("0^x", 1, "power of zero"),
    ("x" * 61, 0, "at most 60 characters"),
    ("x+" * 300 + "x", 500, "at most 500 characters"),
    ("(" * 60 + "x" + ")" * 60, 50, "at most 50 deep"),
    ("sin(cos(tan(exp(ln(1+x^y)))))", 0, "Functions and powers nest at most 5 deep"),
    ("erf(sinh((x+y)^31))", 4, "A high power or long product does not stand in sinh"),
    ("log(x, 1)", 0, "base of a logarithm"),
    ("٣*x", 0, "digits 0 to 9, but '٣' came at character 1. Write 3."),
    ("∞*x", 0, "finite numbers"),
    ("x ± y", 2, "one value"),
    ("x\ufe0f", 1, "unprintable U+FE0F"),
    ("x\u200by", 1, "unprintable U+200B"),
]


@pytest.mark.parametrize(("text", "position", "words"), REFUSED, ids=[text[:20] for text, _, _ in REFUSED])
def test_a_refusal_says_what_came_where(text, position, words):
    with pytest.raises(FormulaError) as caught:
        parse_formula(text)
    assert words in str(caught.value)
    assert caught.value.position == position


def test_a_declared_variable_is_met_in_any_spelling():
    theta1, x1 = sympy.symbols("theta1 x1")
    for text in ("θ₁ x₁", "theta_1 x_1", "theta1*x1", r"\theta_{1} x_{1}"):
        assert parse_formula(text, ["theta1", "x1"]) == theta1 * x1
    assert parse_formula("x_1 x1", ["x_1", "x1"]) == sympy.Symbol("x_1") * x1


def test_a_refusal_draws_a_caret_under_the_culprit():
    with pytest.raises(FormulaError) as caught:
        parse_formula("2 + sine(x)")
    assert caught.value.caret == "2 + sine(x)\n    ^"
    with pytest.raises(FormulaError) as caught:
        parse_formula("x + " * 30 + "\x00 + x")
    above, below = caught.value.caret.split("\n")
    assert above[below.index("^")] == "\N{REPLACEMENT CHARACTER}"


def test_an_unknown_variable_is_answered_with_the_nearest_one():
    with pytest.raises(FormulaError, match=r"'mas' came at character 3. Did you mean 'mass'\? They are: mass, speed"):
        parse_formula("2*mas", ["speed", "mass"])


def test_two_variables_run_together_are_answered_with_their_product():
    with pytest.raises(FormulaError, match=r"Did you mean x\*y\?"):
        parse_formula("xy + 1", ["x", "y"])


def test_a_formula_of_another_type_is_refused():
    with pytest.raises(FormulaError, match="A formula is text, but a int came"):
        parse_formula(3)


def test_too_many_operations_are_refused():
    with pytest.raises(FormulaError, match="at most 250 operations"):
        parse_formula("$" + "x+" * 260 + "x$")


def test_the_error_keeps_its_position_between_processes():
    error = pickle.loads(pickle.dumps(FormulaError("no", 7)))
    assert (str(error), error.position) == ("no", 7)

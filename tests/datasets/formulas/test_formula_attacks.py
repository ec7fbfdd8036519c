"""Hostile text: refused at once with a FormulaError, or read as harmless algebra."""

import sys
import time

import pytest
import sympy
from formula_attacks import ATTACKS, DECLARED
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets import DataError, FormulaError, parse_formula
from datasets.formulas._fuse import FuseError, fused
from datasets.formulas._tree import from_tree

HANGING = 2.0  # seconds of processor time: a guard against work without end (the script formula_attacks.py measures)
MOST_NODES = 2000


def read(text, variables=None):
    """Returns the expression or the refusal, which has to point into the text; neither may take long."""
    start = time.process_time()
    try:
        outcome = parse_formula(text, variables)
    except FormulaError as error:
        outcome = error
    assert time.process_time() - start < HANGING
    if isinstance(outcome, FormulaError):
        assert 0 <= outcome.position <= len(text)
        assert outcome.formula == text
        assert str(outcome).endswith((".", "?"))
    else:
        assert sum(1 for _ in sympy.preorder_traversal(outcome)) < MOST_NODES
        assert not outcome.has(sympy.zoo, sympy.nan, sympy.oo, sympy.I)
    return outcome


def test_the_collection_of_attacks_is_large():
    assert len(set(ATTACKS)) >= 500


@pytest.mark.parametrize("text", ATTACKS, ids=lambda text: ascii(text[:25]).strip("'"))
def test_hostile_text_is_refused(text):
    assert isinstance(read(text), FormulaError)


@pytest.mark.parametrize("text", ATTACKS[::3], ids=lambda text: ascii(text[:25]).strip("'"))
def test_hostile_text_between_dollars_is_refused_or_harmless(text):
    read(f"${text}$")


@pytest.mark.parametrize(("text", "variables"), DECLARED, ids=lambda value: str(value)[:20])
def test_hostile_names_are_refused_among_declared_ones(text, variables):
    assert "variables at hand" in str(read(text, variables))


HARMLESS = [
    "exp(cosh(exp(1e9x)))",
    "cosh(exp(9999x)^99)^2",
    "acosh(sigmoid(123456789)) + x",
    "tan(cosh(x/erf(e)*erf(7)^(-123456789)))",
    "x " * 100,
    "os*system",
    "rm x",
    "E^I",
    "x" + "+x" * 249,
    "x" + "*y" * 100,
    "(x+1)" * 90,
    "sin(" * 5 + "x" + ")" * 5,
    "|" * 5 + "x" + "-1|" * 5,
    "x^x^x^x^x",
    "tanh(1000) x",
    "erf(sinh(x^5))",
    "(x+y+z)^100",
    "2^(1/3)*x^(1/7)",
    "sqrt(999999999999989)*x",
    "(99x)^(7/123456789)",
    "x/99^((x/99)^(7/123456789))",
    "match x",
    "1j * x",
    "x⁺⁺²",
    "\\exp\\exp\\exp\\exp 9 x",
    "\\frac{1}{" * 15 + "x" + "}" * 15,
    "{" * 20 + "x" + "}" * 20 + "^{2}",
    "\\mathrm{system} \\cdot \\mathrm{os}",
    "+".join(f"{k}.5*x_{k}" for k in range(1, 40)),
]


@pytest.mark.parametrize("text", HARMLESS, ids=lambda text: ascii(text[:25]).strip("'"))
def test_odd_but_honest_algebra_is_read(text):
    assert isinstance(read(text), sympy.Expr)


_PIECES = r"""
x y z 2 9 99 0.5 1e9 123456789 e π \pi \alpha m_1 x_{1} ( ) { } [ ] ^ _ + - * / | , = ² √ \frac \sqrt
\sin \exp \ln \log \tanh \cosh \left( \right) \left| \right| \operatorname{erf} \log_{2} \mathrm{max} \cdot
\frac{ \sqrt{ ^{ _{ \sqrt[3]{ \big| $ \( \) \\ \hat{x} sin( exp( tanh( 1/3 ^-7
"""


@given(st.lists(st.sampled_from(_PIECES.split()), max_size=40).map(" ".join))
@settings(derandomize=True, deadline=None, max_examples=400)
def test_pieces_of_latex_in_any_order_are_read_or_refused(text):
    read(text)


def _deeper(part):
    enclosed = st.builds(
        "{}{{\\left({} \\right)}}".format,
        st.sampled_from([rf"\{name}" for name in ("sin", "exp", "tanh", "cosh", "ln", "operatorname{erf}", "arcsin")]),
        part,
    )
    fraction = st.builds("\\frac{{{}}}{{{}}}".format, part, part)
    power = st.builds("\\left({}\\right)^{{{}}}".format, part, part)
    total = st.builds("{} {} {}".format, part, st.sampled_from("+-"), part)
    return enclosed | fraction | power | total | st.builds("\\left|{}\\right|".format, part)


@given(st.recursive(st.sampled_from(["x", "y", "2", "99", "0.5", "1e9", "123456789", r"\pi", "(x+y)"]), _deeper))
@settings(derandomize=True, deadline=None, max_examples=200)
def test_well_formed_towers_are_read_or_refused(text):
    read(f"{text} + x")


def test_a_stored_tower_of_powers_is_refused():
    nine = ["Rational", "9", "1"]
    with pytest.raises(DataError, match="number is too large"):
        from_tree(["Pow", nine, ["Pow", nine, nine]])
    with pytest.raises(DataError, match="number is too large"):
        from_tree(["Rational", "9" * 5000, "1"])


def test_the_fuse_breaks_off_work_without_end():
    def forever():
        while True:
            abs(int(str(len([1]))))
            (lambda: None)()

    with pytest.raises(FuseError):
        fused(forever)
    assert sys.getprofile() is None


def test_the_fuse_gives_back_what_the_work_returns_and_raises():
    assert fused(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        fused(lambda: 1 // 0)


def test_the_fuse_lets_a_profiler_in_use_go_on():
    def profiler(*_):
        return None

    sys.setprofile(profiler)
    try:
        fused(lambda: 7)
        assert sys.getprofile() is profiler
    finally:
        sys.setprofile(None)

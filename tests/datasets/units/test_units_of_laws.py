"""Laws checked for their units."""

import pytest
import sympy

from datasets import DataError, catalogue, consistent, parse_formula, read_unit, unit_fault, unit_of, unit_text

UNITS = {
    **{"a": "m", "b": "s", "v": "m/s", "m": "kg", "T": "K", "k": "J/K", "c": "m/s", "q": "C"},
    **{"V_1": "m^3", "V_2": "L", "n": "1", "x": "m", "y": "m"},
}


@pytest.mark.parametrize(
    ("formula", "unit"),
    [
        ("m v^2/2", "J"),
        ("m c^2/sqrt(1 - v^2/c^2)", "eV"),
        ("k T ln(V_2/V_1)", "J"),
        ("k T*(ln(V_2) - ln(V_1))", "J"),
        ("sqrt(x^2 + y^2)", "m"),
        ("atan2(x, y)", "1"),
        ("|x - v b|", "m"),
        ("sign(x) n", "1"),
        ("a^0.333333333", "m^(1/3)"),
        ("exp(-m v^2/(2 k T))", "1"),
        ("2^(a/x)", "1"),
        ("ln(V_1) - ln(V_2) + n", "1"),
    ],
)
def test_a_law_that_keeps_to_its_units_has_the_unit_of_the_right_side(formula, unit):
    law = parse_formula(formula)
    assert unit_of(law, UNITS) == read_unit(unit).dimensions
    assert consistent(law, UNITS, unit)
    assert unit_fault(law, UNITS, read_unit(unit)) == ""


@pytest.mark.parametrize(
    ("formula", "unit", "words"),
    [
        ("a + b", "m", "a + b adds m and s"),
        ("sin(a)", "1", "sin(a) takes sin of m, but only a pure number will do"),
        ("a^v", "m", "a**v has an exponent in m/s, but only a pure number will do"),
        ("a^n", "m", "a**n raises m to a power that varies"),
        ("ln(V_1) + ln(V_2)", "1", "log(V_1) + log(V_2) takes the logarithm of m^6, but only a pure number will do"),
        ("m v", "J", "m*v has the unit kg m/s, but the target's is J"),
        ("atan2(a, b)", "1", "atan2(a, b) compares m and s"),
        ("exp(a) + exp(b)", "1", "exp(a) takes exp of m, but only a pure number will do"),
        ("q*(a + b) + n", "1", "a + b adds m and s"),
        ("ln(V_1) - ln(V_2) + a", "1", None),
    ],
)
def test_a_law_that_breaks_its_units_is_told_where(formula, unit, words):
    fault = unit_fault(parse_formula(formula), UNITS, unit)
    assert fault == words if words else "adds" in fault
    assert not consistent(parse_formula(formula), UNITS, unit)


def test_measured_constants_may_carry_the_missing_unit():
    law = parse_formula("9.81 b^2/2 + 0.25 b")
    assert unit_fault(law, UNITS, "m") == "981*b**2/200 + b/4 adds s and s^2"
    assert consistent(parse_formula("9.81 b^2/2"), UNITS, "m", free_constants=True)
    assert consistent(parse_formula("6.6743e-11 m/a^2"), UNITS, "m/s^2", free_constants=True)
    assert not consistent(parse_formula("9.81 b^2/2"), UNITS, "m")
    assert not consistent(parse_formula("b^2/2"), UNITS, "m", free_constants=True)
    assert not consistent(parse_formula("9.81*sin(a + b)"), UNITS, "m", free_constants=True)


def test_zero_and_numbers_fit_as_they_should():
    x = sympy.Symbol("x")
    assert unit_of(sympy.Integer(0), {}) == read_unit("1").dimensions
    assert unit_text(unit_of(sympy.Add(x, 0, evaluate=False), UNITS)) == "m"
    assert unit_fault(x + 1, UNITS, "m") == "x + 1 adds 1 and m"
    assert consistent(sympy.Max(x, sympy.Symbol("y")), UNITS, "m")


def test_units_may_come_as_text_as_unit_or_as_exponents():
    law = parse_formula("a/b")
    for unit in ("m", read_unit("km"), (1, 0, 0)):
        assert unit_text(unit_of(law, {"a": unit, "b": "s"})) == "m/s"


def test_a_variable_without_a_unit_is_named():
    with pytest.raises(DataError, match=r"'aa' has none. Did you mean 'a'"):
        unit_of(parse_formula("aa + b"), UNITS)
    with pytest.raises(DataError, match="'aa' has none"):
        unit_fault(parse_formula("aa + b"), UNITS, "m")


FEYNMAN = [entry for entry in catalogue(collection="feynman") if entry.units_consistent]


def test_the_list_of_consistent_feynman_laws_is_not_empty():
    assert len(FEYNMAN) == 120


@pytest.mark.parametrize("entry", FEYNMAN, ids=lambda entry: entry.key)
def test_a_feynman_law_keeps_to_its_units(entry):
    target = entry.formula.split("=")[0].strip()
    assert unit_fault(entry.law, entry.units, entry.units[target]) == ""


@pytest.mark.parametrize(
    "entry",
    [one for one in catalogue(collection="classroom") if one.units],
    ids=lambda entry: entry.key,
)
def test_a_classroom_law_keeps_to_its_units_where_it_says_so(entry):
    target = entry.formula.split("=")[0].strip()
    fault = unit_fault(entry.law, entry.units, entry.units.get(target, "1"), free_constants=True)
    assert (fault == "") == entry.units_consistent


def test_swapping_two_units_is_noticed():
    entry = next(one for one in FEYNMAN if one.key == "feynman_I.47.23")
    wrong = {**entry.units, "pr": entry.units["rho"], "rho": entry.units["pr"]}
    assert "but the target's is m/s" in unit_fault(entry.law, wrong, "m/s")

"""Units in discovery: exact exponents, smaller tasks, laws with units on their constants."""

import csv
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets import catalogue, read_unit
from symbolic import Law, SymbolicError, discover, same_law
from symbolic.formulas._complexity import complexity
from symbolic.laws._law import Constant, Discovery, make_variables
from symbolic.units._exponents import particular, reductions
from symbolic.units._known import FURTHER
from symbolic.units._law_units import fault, gathered, with_units
from symbolic.units._law_units import given as given_units
from symbolic.units._unit_table import CONSTANTS

FEYNMAN = Path(__file__).parent / "feynman_groups.csv"
MATRICES = st.integers(1, 5).flatmap(
    lambda rows: st.lists(st.lists(st.integers(-4, 4), min_size=rows, max_size=rows), min_size=1, max_size=7)
)


def columns(*texts):
    return [read_unit(text).dimensions for text in texts]


def times(matrix, exponents):
    """Σ exponentⱼ·columnⱼ, exactly."""
    return [sum(p * column[k] for p, column in zip(exponents, matrix, strict=True)) for k in range(len(matrix[0]))]


def fractions(matrix):
    return [tuple(map(Fraction, column)) for column in matrix]


def test_a_pendulum_swings_as_the_root_of_length_over_gravity_whatever_its_mass():
    inputs, period = columns("m", "m/s^2", "kg"), columns("s")[0]
    assert particular(inputs, period) == (Fraction(1, 2), Fraction(-1, 2), 0)
    (only,) = reductions(inputs, period)
    assert only.groups == ()


@given(MATRICES, st.data())
@settings(max_examples=50, deadline=None)
def test_every_reduction_has_the_targets_unit_and_spans_all_groups(matrix, data):
    powers = data.draw(st.lists(st.integers(-3, 3), min_size=len(matrix), max_size=len(matrix)))
    wanted = tuple(map(Fraction, times(matrix, powers)))
    found = reductions(fractions(matrix), wanted)
    assert found
    for reduction in found[:5]:
        assert times(matrix, reduction.monomial) == list(wanted)
        assert all(times(matrix, group) == [0] * len(matrix[0]) for group in reduction.groups)
        assert len(reduction.groups) == len(matrix) - sp.Matrix(matrix).rank()
        assert all(np.gcd.reduce(group) == 1 and all(isinstance(p, int) for p in group) for group in reduction.groups)
        assert not reduction.groups or sp.Matrix(reduction.groups).rank() == len(reduction.groups)
    assert [one.cost for one in found] == sorted(one.cost for one in found)


@given(MATRICES, st.lists(st.integers(-4, 4), min_size=5, max_size=5))
@settings(max_examples=50, deadline=None)
def test_a_unit_out_of_reach_is_seen_by_the_rank(matrix, wanted):
    wanted = wanted[: len(matrix[0])]
    reachable = sp.Matrix(matrix).rank() == sp.Matrix([*matrix, wanted]).rank()
    assert (particular(fractions(matrix), tuple(map(Fraction, wanted))) is not None) == reachable


def test_ratios_of_inputs_with_one_unit_come_first():
    found = reductions(columns("kg", "m/s", "m/s"), columns("kg")[0])
    assert {one.groups for one in found[:2]} == {((0, 1, -1),), ((0, -1, 1),)}


def test_the_feynman_laws_have_the_number_of_groups_that_was_counted_elsewhere():
    counted = {row["name"]: int(row["groups"]) for row in csv.DictReader(FEYNMAN.read_text().splitlines())}
    assert len(counted) == 120
    for entry in catalogue(collection="feynman"):
        units = [read_unit(entry.units[name]).dimensions for name in entry.variables]
        groups = reductions(units, units[0])[0].groups
        assert len(groups) == counted[entry.key.removeprefix("feynman_")], entry.key


def test_the_constants_of_nature_are_those_of_scipy():
    from scipy import constants

    theirs = {"k_B": constants.k, "N_A": constants.N_A, "e": constants.e}
    for name, (value, _) in CONSTANTS.items():
        assert value == pytest.approx(theirs.get(name, getattr(constants, name, None)), rel=1e-4), name
    further = {
        **{"R": "molar gas constant", "F": "Faraday constant", "sigma_SB": "Stefan-Boltzmann constant"},
        **{"b_Wien": "Wien wavelength displacement law constant", "R_inf": "Rydberg constant"},
        **{"mu_0": "vacuum mag. permeability", "m_e": "electron mass", "m_p": "proton mass", "a_0": "Bohr radius"},
    }
    for name, (value, unit) in FURTHER.items():
        known, theirs_in, _ = constants.physical_constants[further[name]]
        assert value == pytest.approx(known, rel=1e-6), name
        assert read_unit(unit).dimensions == read_unit(theirs_in).dimensions, name


m_0, v, c, length, g, I_0, q, V, k, T = sp.symbols("m_0 v c l g I_0 q V k T")
LAWS = {
    "mass in motion": (
        m_0 / sp.sqrt(1 - v**2 / c**2),
        {"m_0": (1, 5, "kg"), "v": (1, 2, "m/s"), "c": (3, 10, "m/s")},
        "kg",
        "one dimensionless group",
    ),
    "pendulum": (
        2 * sp.pi * sp.sqrt(length / g),
        {"l": (1, 5, "m"), "g": (5, 15, "m/s^2"), "m": (1, 5, "kg")},
        "s",
        "is a constant",
    ),
    "diode": (
        I_0 * (sp.exp(q * V / (k * T)) - 1),
        {"I_0": (1, 5, "A"), "q": (1, 2, "C"), "V": (1, 2, "V"), "k": (1, 2, "J/K"), "T": (1, 2, "K")},
        "A",
        "one dimensionless group",
    ),
}


def table(law, ranges, n=400, noise=0.0):
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.uniform(low, high, n) for low, high, _ in ranges.values()])
    values = sp.lambdify(sp.symbols(list(ranges)), law)(*X.T)
    return X, values * (1 + noise * rng.normal(size=n))


@pytest.mark.parametrize("name", LAWS)
def test_units_lead_to_the_law(name):
    law, ranges, unit, words = LAWS[name]
    X, values = table(law, ranges)
    units = {name: one for name, (*_, one) in ranges.items()} | {"y": unit}
    found = discover(X, values, names=list(ranges), units=units)
    assert found.status == "exact"
    assert same_law(found.best.expr, law, {name: ends for name, (*ends, _) in ranges.items()})
    assert any(words in sentence for sentence in found.evidence)
    assert found.evidence[-1] == "The law keeps to the units."


def test_units_fix_the_exponents_under_noise():
    law, ranges, *_ = LAWS["pendulum"]
    X, values = table(law, ranges, noise=0.1)
    found = discover(X, values, names=list(ranges), units={"l": "m", "g": "m/s^2", "m": "kg", "y": "s"})
    ratio = found.best.predict(X) / sp.lambdify([length, g], law)(X[:, 0], X[:, 1])
    assert np.ptp(ratio) < 1e-12
    assert abs(ratio[0] - 1) < 0.03


def test_kepler_asks_for_a_constant_and_newtons_is_found():
    X = np.random.default_rng(0).uniform(0.5, 5, (300, 2)) * [1.5e11, 2e30]
    period = 2 * np.pi * np.sqrt(X[:, 0] ** 3 / (6.6743e-11 * X[:, 1]))
    found = discover(X, period, names=["a", "M"], target="T", units={"a": "m", "M": "kg", "T": "s"})
    assert found.status == "exact"
    assert any("has the unit of T, s: the law needs a constant" in sentence for sentence in found.evidence)
    assert any("With G" in sentence for sentence in found.evidence)
    (constant,) = [one for one in found.best.constants if one.unit]
    assert constant.unit == "kg^(1/2) s/m^(3/2)"
    assert constant.value == pytest.approx(2 * np.pi / np.sqrt(6.6743e-11))


def test_a_constant_is_in_the_units_of_the_columns():
    X = np.random.default_rng(0).uniform(0.5, 5, (300, 1))
    found = discover(X, 3 * X[:, 0], names=["a"], target="T", units={"a": "AU", "T": "yr"})
    assert [one.unit for one in found.best.constants] == ["yr/AU"]


def test_a_factor_before_a_function_has_a_unit_unless_a_number_within_may_have_any():
    read = given_units({"v": "m/s", "c": "m/s", "y": "J"}, ["v", "c"], "y")
    for expr, unit in (
        (2.5 * v**2, "kg"),
        (2.5 * v * sp.exp(-1.5 * c), "kg m/s"),
        (2.5 * sp.sqrt(1.5 * v + 0.5 * c), None),
    ):
        constants = tuple(Constant(float(number)) for number in sorted(expr.atoms(sp.Float)))
        law = Law(expr, "y", make_variables("vc"), constants=constants)
        (constant,) = [
            one for one in with_units(Discovery(law, (), "exact", (), 0.0), read).best.constants if one.value == 2.5
        ]
        assert constant.unit == unit, expr


def test_kilometres_and_metres_are_told_apart():
    law, ranges, *_ = LAWS["mass in motion"]
    X, values = table(law, ranges)
    X[:, 1] /= 1000
    units = {"m_0": "kg", "v": "km/s", "c": "m/s", "y": "g"}
    found = discover(X, 1000 * values, names=["m_0", "v", "c"], units=units)
    assert found.status == "exact"
    assert any("one dimensionless group" in sentence for sentence in found.evidence)


def test_few_rows_have_units_too():
    lengths = np.linspace(0.5, 3, 11)
    period = 2.006 * np.sqrt(lengths) * (1 + 1e-3 * np.random.default_rng(0).normal(size=11))
    found = discover(lengths, period, names=["l"], target="T", units={"l": "m", "T": "s"})
    assert "s/m^(1/2)" in [one.unit for one in found.best.constants]


def test_a_law_that_adds_metres_and_seconds_is_said_to_break_the_units():
    read = given_units({"l": "m", "T": "s", "y": "m"}, ["l", "T"], "y").units
    assert "adds" in fault(length + T, read, ["l", "T"])
    assert fault(length + sp.Float(2.5) * T, read, ["l", "T"]) == ""  # the measured number may be a speed
    X = np.random.default_rng(0).uniform(1, 5, (200, 2))
    found = discover(X, X[:, 0] + X[:, 1], names=["l", "T"], units={"l": "m", "T": "s", "y": "m"}, budget=5)
    assert found.evidence[-1].startswith("The law breaks the units: T + l adds")


@pytest.mark.parametrize(
    ("units", "words"),
    [
        ({"q": "m"}, "there is no 'q'. Name one of a, b, y."),
        ({"a": "wobbles"}, "'wobbles' is unknown"),
        ({"a": 3}, "A unit is text"),
    ],
)
def test_units_that_cannot_be_read_are_refused(units, words):
    X = np.random.default_rng(0).uniform(1, 5, (60, 2))
    with pytest.raises(SymbolicError) as error:
        discover(X, X[:, 0] * X[:, 1], names=["a", "b"], units=units)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("units", "words"), [({"a": "m", "y": "m"}, "'b' has none"), ({"a": "m", "b": "°C", "y": "m"}, "zero at 273.15 K")]
)
def test_units_that_do_not_serve_are_left_out_with_a_word(units, words):
    X = np.random.default_rng(0).uniform(1, 5, (100, 2))
    found = discover(X, X[:, 0] * X[:, 1], names=["a", "b"], units=units)
    assert found.status == "exact"
    assert words in found.evidence[-1]


def test_brackets_take_factors_in_where_that_reads_better_and_signs_allow_it():
    x, y = sp.symbols("x y")
    expr = 2.5 * x * sp.sqrt(1 + y**2 / x**2)
    ahead, behind = (
        Law(expr, "z", make_variables("xy"), complexity(expr), domain={"x": (low, 2), "y": (1, 2)}) for low in (1, -1)
    )
    assert gathered(ahead).expr == 2.5 * sp.sqrt(x**2 + y**2)
    assert gathered(behind) is behind


def test_a_wide_table_is_reduced_too():
    wide = columns(*["m", "m/s", "kg"] * 8)
    found = reductions(wide, columns("J")[0])
    assert found
    assert all(len(one.groups) == 21 for one in found)

"""Units of constants from the formula alone."""

import pytest
import sympy as sp

from datasets import consistent, read_unit, unit_text
from symbolic import UnitError
from symbolic.units._constant_units import constant_units, own_text

t, x, A, k, c, p = sp.symbols("t x A k c p")
UNITS = {"t": read_unit("s"), "x": read_unit("m")}


@pytest.mark.parametrize(
    ("expr", "target", "units"),
    [
        (A * sp.exp(-k * t) + c, "V", {A: "V", k: "1/s", c: "V"}),
        (A * sp.sin(k * t + c), "m", {A: "m", k: "1/s", c: "1"}),
        (x / (c + t) ** 2, "m/s^2", {c: "s"}),
        (sp.sqrt(A * x), "s", {A: "s^2/m"}),
        (A * (t / c) ** p, "N", {A: "N", c: "s", p: "1"}),
        (A * k * x, "m", {A: None, k: None}),
    ],
)
def test_each_constant_has_the_unit_that_makes_the_formula_consistent(expr, target, units):
    found = constant_units(expr, list(units), UNITS, read_unit(target))
    said = {s: None if one is None else unit_text(one) for s, one in found.items()}
    assert said == {s: None if u is None else unit_text(read_unit(u).dimensions) for s, u in units.items()}
    if all(one is not None for one in found.values()) and not expr.has(p):
        known = {**UNITS, **{s.name: one for s, one in found.items()}}
        assert consistent(expr, known, read_unit(target))  # the walk of another package agrees


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (A * (x + t), "are added, so have one unit"),
        (A * sp.sin(t), "t in sin must be a pure number"),
        (x + A * k - A * k * t, "are added, so have one unit"),
        (A * t**p, "t, which is raised to p, must be a pure number"),
        (x * sp.exp(k * t), "must have the target's unit N"),
    ],
)
def test_what_no_units_make_consistent_is_refused_with_the_place(expr, text):
    with pytest.raises(UnitError, match=text):
        constant_units(expr, sorted(expr.free_symbols - {t, x}, key=str), UNITS, read_unit("N"))


def test_units_are_written_in_those_of_the_columns():
    speed = read_unit("km/h")
    assert own_text(read_unit("1/h").dimensions, [read_unit("h"), read_unit("km")]) == "1/h"
    assert own_text(speed.dimensions, [read_unit("h"), read_unit("km")]) == "km/h"
    assert own_text(speed.dimensions, [read_unit("s"), read_unit("m")]) == "m/s"
    assert own_text(speed.dimensions, [read_unit("m"), read_unit("km"), read_unit("s")]) is None

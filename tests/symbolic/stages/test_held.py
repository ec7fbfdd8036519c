"""Controlled experiments: curves in one column whose numbers depend on the others."""

import numpy as np
import pytest
import sympy as sp

from symbolic import _clock, same_law
from symbolic.stages._stages import solve
from symbolic.stages._task import EXACT, Task
from symbolic.stages.held._families import FAMILIES
from symbolic.stages.held._fit import Held, Rows, _squares
from symbolic.stages.held._stage import held

LAWS = {
    "a chain of two decays": ("10*k/(k - 0.3)*(exp(-0.3*t) - exp(-k*t))", {"k": (0.5, 2), "t": (0, 10)}),
    "a fading wave": (
        "A*exp(-b*t)*sin(sqrt(w**2 - b**2)*t)",
        {"A": (1, 2), "b": (0.1, 0.5), "w": (1, 3), "t": (0, 6)},
    ),
}


def drawn(law, ranges, n=2400, seed=0):
    symbols, rng = sp.symbols(list(ranges)), np.random.default_rng(seed)
    X = np.column_stack([rng.uniform(*ends, n) for ends in ranges.values()])
    return Task(X, sp.lambdify(symbols, law)(*X.T), tuple(symbols), 0.0, _clock.now() + 60.0)


@pytest.mark.parametrize("name", LAWS)
def test_rates_that_depend_on_other_columns_are_named(name):
    text, ranges = LAWS[name]
    law = sp.sympify(text)
    task = drawn(law, ranges)
    found = next(one for one in held(task, solve) if one.error < EXACT)
    assert same_law(found.expr, law, ranges)
    assert " held, y is " in found.reason


def test_a_law_that_a_polynomial_knows_as_well_is_left_to_others():
    law = sp.sympify("x*y + x**2 - y")
    assert list(held(drawn(law, {"x": (0, 1), "y": (0, 1)}, n=600), solve)) == []


@pytest.mark.parametrize("family", FAMILIES, ids=lambda one: one.words)
def test_the_slopes_of_each_family_are_those_of_finite_differences(family):
    t = np.linspace(1.0, 2.0, 7)
    rates = np.stack([np.full(7, 3.1 - k) for k in range(len(family.kinds))])
    slopes = family.values(t, rates)[1]
    for k, step in enumerate(1e-6 * np.eye(len(rates))):
        ahead, behind = (family.values(t, rates + sign * step[:, None])[0] for sign in (1, -1))
        np.testing.assert_allclose(slopes[k], (ahead - behind) / 2e-6, rtol=1e-7, atol=1e-8)


def test_all_starts_at_once_leave_what_each_leaves_alone():
    task = drawn(sp.sympify("a*exp(-t*a)"), {"a": (1, 2), "t": (0, 3)}, n=80)
    rows = Rows.of(task.X, task.y, np.ones(80), moving=1)
    starts = np.random.default_rng(0).uniform(0.5, 1.5, (5, 1, 2))
    together = _squares(rows, FAMILIES[0], starts)
    for start, squares in zip(starts, together, strict=True):
        r = start @ rows.B[:, :2].T
        terms = np.stack([np.ones(80), np.exp(-r[0] * rows.t)])
        design = np.concatenate([terms[k][:, None] * rows.B[:, :2] for k in range(2)], axis=1)
        left = rows.y - design @ np.linalg.lstsq(design, rows.y, rcond=None)[0]
        np.testing.assert_allclose(squares, left @ left, rtol=1e-6)
        np.testing.assert_allclose(Held.at(rows, FAMILIES[0], start).squares, left @ left, rtol=1e-6)

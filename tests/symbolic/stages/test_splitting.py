"""Parts of products, named by their own rows."""

import numpy as np
import pytest
import sympy as sp

from symbolic import _clock, discover, same_law
from symbolic.stages._parts import Part
from symbolic.stages._task import Candidate, Task


def test_what_a_factor_leaves_is_named_from_the_rows_themselves():
    """A polynomial knows (u³(a − 1)/(a + 2) − 1)·cos t far less well than the rows do."""
    rng = np.random.default_rng(0)
    t, u, a = rng.uniform(1, 5, 1000), rng.uniform(0.4, 3, 1000), rng.uniform(1, 5, 1000)
    found = discover(
        np.stack([t, u, a], 1), (u**3 * (a - 1) / (a + 2) - 1) * np.cos(t), names=["t", "u", "a"], budget=20
    )
    T, U, A = sp.symbols("t u a")
    ranges = {"t": (1, 5), "u": (0.4, 3), "a": (1, 5)}
    assert found.status == "exact", found.best
    assert same_law(found.best.expr, (U**3 * (A - 1) / (A + 2) - 1) * sp.cos(T), ranges=ranges)


@pytest.mark.parametrize("offset", [0, -5])
def test_what_is_left_beside_a_term_is_named_from_the_rows_themselves(offset):
    x, y, z = np.random.default_rng(1).uniform(-1, 1, (3, 1000))
    rows = np.stack([x, y, z], 1)
    found = discover(rows, np.sin(4 * x * y) + z + offset, names=["x", "y", "z"], target="q", budget=20)
    X, Y, Z = sp.symbols("x y z")
    assert found.status == "exact", found.best
    assert same_law(found.best.expr, sp.sin(4 * X * Y) + Z + offset, ranges=dict.fromkeys("xyz", (-1, 1)))


def test_short_names_of_parts_are_tried_on_y_before_longer_ones_that_fit_a_surrogate_better():
    """u = L²/k spans four decades: a polynomial knows 1/u and √(1 + 2u)/u to six digits at best."""
    E, L, k, m, t = np.random.default_rng(0).uniform(1, 3, (5, 2000))
    u = E * L**2 / k**2 / m
    found = discover(np.stack([u, t], 1), (1 + np.sqrt(1 + 2 * u) * np.cos(t)) / u, names=["u", "t"], budget=20)
    U, T = sp.symbols("u t")
    assert found.status == "exact", found.best
    assert same_law(found.best.expr, (1 + sp.sqrt(1 + 2 * U) * sp.cos(T)) / U, ranges={"u": (0.1, 20), "t": (1, 3)})


@pytest.mark.parametrize(("law", "plain"), [("x", 1), ("3/x", 1), ("log(x) - 2", 1), ("sin(4*x)", 0)])
def test_beside_the_names_of_a_part_stands_a_plainer_one_for_a_curve_that_a_fit_has_bent(law, plain):
    x = sp.Symbol("x")
    X = np.random.default_rng(0).uniform(1, 4, (300, 1))
    true = sp.sympify(law)
    values = sp.lambdify(x, true)(X[:, 0])
    bent = values + 0.02 * np.std(values) * np.sin(3 * X[:, 0])
    task = Task(X, bent, (x,), 0.0, _clock.now() + 60.0)
    long = sum(sp.sin(sp.Float(k) * x) for k in range(2, 7))

    def solve(task):
        yield Candidate(long, 0.001, "")

    found = Part.of(task, X, (0,), bent, 0.01, solve).best()
    assert found[0] == long
    assert len(found) == 1 + plain
    for one in found[1:]:
        assert same_law(
            one.xreplace({n: sp.Integer(round(float(n))) for n in one.atoms(sp.Float)}), true, {"x": (1, 4)}
        )

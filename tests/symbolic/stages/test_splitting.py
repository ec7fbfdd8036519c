"""Parts of products, named by their own rows."""

import numpy as np
import pytest
import sympy as sp

from symbolic import discover, same_law


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

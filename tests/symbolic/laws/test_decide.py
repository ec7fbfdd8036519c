"""Where a measurement would tell two laws apart."""

import numpy as np
import pytest
import sympy as sp

from symbolic import Law, discover
from symbolic.laws._decide import decide
from symbolic.laws._law import make_variables
from symbolic.laws._uncertainty import measured

a, b = sp.symbols("a b")


def law(expr, X, y, names=("a",)):
    columns = zip(names, X.T, strict=True)
    domain = {name: (float(column.min()), float(column.max())) for name, column in columns}
    one = Law(expr, "y", make_variables(names), complexity=3, domain=domain, rmse_train=0.01)
    return measured(one, X, y)


def test_a_line_and_a_gentle_curve_part_at_the_end_of_the_box():
    X = np.linspace(1, 2, 30)[:, None]
    y = 2 * X[:, 0] + 0.15 * np.random.default_rng(0).normal(size=30)
    line, curve = law(2.0 * a, X, y), law(2.0 * a + sp.Float(0.05) * (a - 1) ** 2, X, y)
    found = decide(line, [curve], X, y)
    assert found.point["a"] == pytest.approx(2.25, abs=0.01)  # a quarter of the range beyond the data
    assert found.values == pytest.approx(
        (2 * found.point["a"], 2 * found.point["a"] + 0.05 * (found.point["a"] - 1) ** 2)
    )
    assert found.laws == (line, curve)
    away = abs(found.values[0] - found.values[1])
    assert found.apart == pytest.approx(away / np.hypot(found.scatter, np.hypot(*found.stderr)), rel=1e-9)
    assert f"A measurement at a = {found.point['a']:.4g} would tell most" in str(found)


def test_no_place_in_the_box_is_better_than_the_one_found():
    rng = np.random.default_rng(1)
    X = rng.uniform(1, 3, (60, 2))
    y = X[:, 0] * X[:, 1] + 0.3 * rng.normal(size=60)
    one, other = (
        law(expr, X, y, ("a", "b")) for expr in (a * b, sp.Float(1.0) * a * b + sp.Float(0.05) * sp.sin(3 * a))
    )
    found = decide(one, [other], X, y)
    places = rng.uniform(X.min(0) - 0.25 * np.ptp(X, 0), X.max(0) + 0.25 * np.ptp(X, 0), (2000, 2))
    bands = [candidate.predict(places, band=True) for candidate in (one, other)]
    apart = np.abs(bands[0].values - bands[1].values) / np.sqrt(found.scatter**2 + bands[1].stderr ** 2)
    assert found.apart >= 0.97 * apart.max()


def test_laws_that_the_data_tell_apart_or_that_differ_in_their_numbers_only_need_no_measurement():
    X = np.linspace(1, 2, 30)[:, None]
    y = 2 * X[:, 0] + 1e-3 * np.random.default_rng(0).normal(size=30)
    line = law(2 * a, X, y)
    assert decide(line, [law(sp.Float(1.4) * a**2, X, y)], X, y) is None
    assert decide(line, [law(sp.Float(2.0001) * a, X, y)], X, y) is None
    assert decide(line, [], X, y) is None


def test_a_search_that_cannot_decide_says_where_to_measure():
    rng = np.random.default_rng(0)
    x = np.linspace(1, 2, 11)
    found = discover(x[:, None], 3 * x + 0.3 * rng.normal(size=11), names=["x"])
    assert found.decide is not None
    assert found.decide.laws[0] == found.best
    assert str(found.decide) in found.evidence
    exact = discover(x[:, None], 3 * x, names=["x"])
    assert exact.decide is None

"""Gross outliers: the law survives them, and the evidence names the rows."""

import numpy as np
import pytest
import sympy as sp

from symbolic import discover
from symbolic.asked._gate import gate
from symbolic.asked._hints import Hints
from symbolic.networks._from_network import settle
from symbolic.search._findings import Findings
from symbolic.search._robust import suspicious, suspicious_few, without


def spoiled(share, n=300, seed=3):
    rng = np.random.default_rng(seed)
    X = rng.uniform(1, 3, (n, 2))
    clean = 3 * X[:, 0] * X[:, 1] ** 2
    y = clean + 0.01 * clean.std() * rng.normal(size=n)
    rows = rng.choice(n, int(share * n), replace=False)
    y[rows] += rng.choice([-1, 1], len(rows)) * rng.uniform(3, 20, len(rows)) * clean.std()
    return X, y, np.sort(rows)


def few():
    x = np.linspace(1, 10, 20)
    y = 2.5 * x**2 + 0.5 * np.random.default_rng(0).normal(size=20)
    y[[4, 11]] += [80, -120]
    return x[:, None], y


def rows_of(X, y):
    return gate(X, y, None, "y", None, 0)


@pytest.mark.parametrize("share", [0.05, 0.1])
def test_every_gross_outlier_is_suspicious_and_hardly_another_row(share):
    X, y, rows = spoiled(share)
    seen = suspicious(rows_of(X, y))
    assert seen[rows].all()
    assert seen.sum() - len(rows) <= 3


def test_rows_on_a_polynomial_are_never_suspicious():
    X = np.random.default_rng(0).uniform(-1, 1, (200, 2))
    assert not suspicious(rows_of(X, X[:, 0] ** 3 - X[:, 1] * X[:, 0])).any()


def test_rows_set_aside_leave_every_part_of_the_split():
    X, y, rows = spoiled(0.1)
    table = rows_of(X, y)
    aside = np.zeros(len(y), dtype=bool)
    aside[rows] = True
    smaller = without(table, aside)
    parts = np.concatenate(list(smaller.split.values()))
    assert sorted(parts.tolist()) == list(range(len(y) - len(rows)))
    for name, part in smaller.split.items():
        assert set(smaller.y[part]) == set(table.y[table.split[name]]) - set(y[rows])


@pytest.mark.parametrize(("robust", "budget"), [(True, 60.0), ("auto", 8.0)])  # half of "auto" is spent in vain
def test_a_tenth_of_gross_outliers_does_not_destroy_the_law(robust, budget):
    X, y, rows = spoiled(0.1)
    found = discover(X, y, names=["a", "b"], robust=robust, budget=budget)
    assert str(found.best) == "y = 3*a*b^2"
    assert found.status == "noise"
    said = next(sentence for sentence in found.evidence if "outliers" in sentence)
    assert said.startswith(f"{len(rows)} of 300 rows are outliers, rows {rows[0] + 1}, {rows[1] + 1}, ")
    kept = np.setdiff1d(np.arange(300), rows)
    assert found.best.rmse_train == pytest.approx(np.std(y[kept] - 3 * X[kept, 0] * X[kept, 1] ** 2), rel=0.3)


def test_without_being_asked_a_search_says_that_rows_stand_out():
    X, y, _ = spoiled(0.08)
    found = discover(X, y, names=["a", "b"], budget=3)
    assert found.status == "approximate"
    assert any("Search again with robust=True" in said for said in found.evidence)


def test_outliers_do_not_hide_that_a_law_is_better_than_the_mean():
    X, y, _ = spoiled(0.08)
    rows = rows_of(X, y)
    findings = Findings(rows, Hints(), None)
    a, b = map(sp.Symbol, rows.names)
    findings.keep(settle(3 * a * b**2, rows, ""), None)
    assert [found.error > 0.8 for found in findings.found] == [True]  # of the spread, which is that of the outliers


def test_outliers_of_a_small_table_are_found_and_named():
    X, y = few()
    assert np.flatnonzero(suspicious_few(rows_of(X, y))).tolist() == [4, 11]
    found = discover(X, y, names=["x"], robust=True)
    assert found.best.predict(X) == pytest.approx(2.5 * X[:, 0] ** 2, rel=0.02, abs=1)
    said = next(sentence for sentence in found.evidence if "rows are outliers, rows " in sentence)
    assert {"5", "12"} <= set(said.split("outliers, rows ")[1].split(" of the table")[0].split(", "))


def test_a_small_table_without_outliers_gives_the_same_law_either_way():
    x = np.linspace(1, 5, 9)
    y = 3 * x + 0.02 * np.random.default_rng(1).normal(size=9)
    plain, robust = (discover(x[:, None], y, names=["x"], robust=robust) for robust in (False, True))
    assert str(plain.best) == str(robust.best) == "y = 3*x"

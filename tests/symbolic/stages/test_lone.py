"""A column in one term alone: which term that is, what y is without it, and where there is none."""

import numpy as np
import pytest
import sympy as sp

from symbolic import _clock, discover, same_law
from symbolic.formulas._numeric import evaluate
from symbolic.stages._lone import lone
from symbolic.stages._task import Task

POSITIVE = {
    "a*b + sqrt(c**2 + (d - b)**2)": ("a*b", "b c d"),
    "a*b**2/(2*c) + c*sin(b*d)": ("a*b**2/(2*c)", "b c d"),
    "c/(1 + b*d) - 3*b/(a*sqrt(d))": ("-3*b/(a*sqrt(d))", "b c d"),
}
SIGNED = {
    "a**2*b/2 + exp(c)/(2 + b)": ("a**2*b/2", "b c"),
    "a*b*c + cos(b + 2*c)": ("a*b*c", "b c"),
}
NONE = ("sqrt(1 + a**2 - 2*a*cos(b))", "a*b/(1 + a*c)", "exp(-a*b)*c + a", "1/(a + b) + a*sqrt(1 + b)")


def posed(law, low, high, noise=0.0, rows=6000):
    """What is asked without the term, and the columns; the noise of y is a share of its spread."""
    expr = sp.sympify(law)
    symbols = tuple(sorted(expr.free_symbols, key=str))
    rng = np.random.default_rng(0)
    X = rng.uniform(low, high, (rows, len(symbols)))
    clean = evaluate(expr, symbols, X)
    y = clean + noise * float(np.std(clean)) * rng.standard_normal(rows)
    asked: list[Task] = []

    def listening(task):
        asked.append(task)
        return iter(())

    list(lone(Task(X, y, symbols, noise, _clock.now() + 60.0), listening))
    return asked, expr, symbols, X, y


CASES = [*((law, said, 1, 3) for law, said in POSITIVE.items()), *((law, said, -1, 1) for law, said in SIGNED.items())]


@pytest.mark.parametrize("noise", [0.0, 0.02])
@pytest.mark.parametrize(("law", "said", "low", "high"), CASES, ids=[law for law, *_ in CASES])
def test_y_is_rid_of_the_term_with_a_column_of_its_own(law, said, low, high, noise):
    (first, *_), expr, symbols, X, y = posed(law, low, high, noise)
    term, kept = said
    assert " ".join(map(str, first.symbols)) == kept
    rest = evaluate(expr - sp.sympify(term), symbols, X)
    away = float(np.sqrt(np.mean((first.y - rest - (y - evaluate(expr, symbols, X))) ** 2)))
    assert away < max(1e-12, 0.2 * noise) * float(np.std(y))
    assert first.noise * first.spread == pytest.approx(noise * float(np.std(y)), rel=0.2, abs=1e-9)


def test_all_columns_of_the_term_alone_go_with_it():
    (first, *_), _, _, X, _ = posed("exp(-b)*c - a*d**3", 1, 3)
    assert [str(s) for s in first.symbols] == ["b", "c"]
    np.testing.assert_allclose(first.y, np.exp(-X[:, 1]) * X[:, 2], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("noise", [0.0, 0.02])
@pytest.mark.parametrize("law", NONE)
def test_a_column_that_is_elsewhere_too_is_left_in(law, noise):
    asked, *_ = posed(law, 1, 3, noise)
    assert not asked


def test_a_law_of_a_potential_and_a_root_is_found():
    V, q, c, m, p = symbols = sp.symbols("V q c m p")
    expr = V * q + sp.sqrt(c**4 * m**2 + c**2 * (p - 2 * q) ** 2)
    X = np.random.default_rng(1).uniform(1, 5, (3000, 5))
    found = discover(X, evaluate(expr, symbols, X), names=[s.name for s in symbols], target="E", budget=60.0)
    assert found.status == "exact"
    assert same_law(found.best.expr, expr, {s.name: (1, 5) for s in symbols})
    assert any("in one term of E, V*q, alone" in said for said in found.evidence)

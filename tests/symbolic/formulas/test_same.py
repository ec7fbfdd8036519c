"""When two formulas are one law."""

import time

import pytest
import sympy as sp

from symbolic import SymbolicError, same_law, srbench_match
from symbolic.formulas._limit import task, within
from symbolic.formulas._same import equal
from symbolic.formulas._tree import from_tree, to_tree

x, y, z = sp.symbols("x y z")
BOX = {"x": (1, 3), "y": (1, 2), "z": (0.5, 4)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (sp.sin(x) ** 2, 1 - sp.cos(x) ** 2),
        (sp.sqrt(x**2), x),
        (sp.log(x * y), sp.log(x) + sp.log(y)),
        (sp.sin(x + sp.pi / 2), sp.cos(x)),
        (x * y / (x + y), 1 / (1 / x + 1 / y)),
        (0.5 * x, x / 2),
        (sp.sqrt(1 - x / 9) * sp.sqrt(1 + x / 9), sp.sqrt(1 - x**2 / 81)),
        (x * (1 + 1e-9), x),
    ],
)
def test_one_law_in_two_forms(one, other):
    assert same_law(one, other, BOX)
    assert same_law(other, one, BOX)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (x, x + 1e-4),
        (sp.sin(x), x - x**3 / 6),
        (x, y),
        (sp.sqrt(x), sp.sqrt(-x)),
        (x, 1.001 * x),
        (x, sp.Abs(x - 1.2) + 1.2),
    ],
)
def test_laws_that_only_look_alike(one, other):
    assert not same_law(one, other, BOX)


def test_rounding_is_settled_with_more_digits():
    cancelling = (1 - sp.cos(x)) / x**2
    stable = (sp.sin(x / 2) / (x / 2)) ** 2 / 2
    assert same_law(cancelling, stable, {"x": (1e-6, 2e-6)})
    assert not same_law(cancelling, stable * (1 + sp.Rational(1, 10**4)), {"x": (1e-6, 2e-6)})


def test_formulas_without_a_value_on_the_box_are_compared_by_algebra():
    assert same_law(sp.sqrt(-x) * sp.sqrt(y) * (x + 1), sp.sqrt(-x) * sp.sqrt(y) * x + sp.sqrt(-x) * sp.sqrt(y), BOX)
    assert not same_law(sp.sqrt(-x), sp.sqrt(-y), BOX)


def test_a_symbol_without_a_range_is_refused():
    with pytest.raises(SymbolicError, match="'q' has no range"):
        same_law(sp.Symbol("q"), x, BOX)


@pytest.mark.parametrize(
    ("truth", "model"),
    [
        (x * y, 2.5 * x * y),
        (sp.sqrt(x), sp.sqrt(x) + 3.0),
        (x**2 / (2 * sp.pi), 0.159154 * x**2),
        (sp.exp(-(x**2) / 2), 0.99998 * sp.exp(-0.50001 * x**2)),
        (x + 1e-9 * y, x),
        (sp.cos(x) * y, y * sp.sin(x + sp.pi / 2)),
    ],
)
def test_srbench_counts_a_law_up_to_one_constant(truth, model):
    assert srbench_match(truth, model)


@pytest.mark.parametrize(
    ("truth", "model"),
    [(x * sp.sin(y), x * sp.cos(y)), (x**2, x**3), (x * y, x + y), (x, sp.Integer(3)), (x, sp.nan), (x, 1e-6 * x)],
)
def test_srbench_counts_nothing_else(truth, model):
    assert not srbench_match(truth, model)


@task
def _endless(_):  # runs only in this process, where it is never called
    raise AssertionError


def test_a_rewrite_that_takes_too_long_is_ended_and_the_next_one_works():
    slow = sp.sin(x) ** 60 * sp.cos(x + y) ** 60 + sp.tan(x * y + z) ** 40 / (1 + sp.sin(x * z) ** 37)
    began = time.monotonic()
    assert within(0.2, equal, [slow, sp.Integer(0)]) is None
    assert time.monotonic() - began < 5
    assert within(60, equal, [sp.sin(x) ** 2 + sp.cos(x) ** 2, sp.Integer(1)]) is True


def test_a_task_that_fails_is_no_answer():
    assert within(60, _endless, [x]) is None


@pytest.mark.parametrize("expr", [x / 3 - sp.pi, sp.besselj(0, 1.5 * x), sp.exp(-(x**2)) * sp.E, sp.Abs(x) ** 0.1])
def test_trees_hold_an_expression_exactly(expr):
    assert from_tree(to_tree(expr)) == expr

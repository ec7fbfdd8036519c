"""Hints: read field by field, and held by every law that a search returns."""

import numpy as np
import pytest
import sympy as sp

from symbolic import SymbolicError, UnitError, discover, same_law
from symbolic.asked._hints import Hints
from symbolic.asked._hints_read import load_hints, read_hints
from symbolic.formulas._made_of import used

a, b = sp.symbols("a b")
X = np.random.default_rng(0).uniform(1, 3, (300, 2))
A, B = X.T
FEW = X[:11]  # waves and peaks are looked for from twelve rows on


def found(y, X=X, budget=60.0, **options):
    return discover(X, y, names=["a", "b"], budget=budget, **options)


@pytest.mark.parametrize(
    ("expr", "names"),
    [
        (sp.sin(a) * b**2, {"sin", "x^2"}),
        (sp.sqrt(a) / b, {"sqrt", "1/x"}),
        (a ** sp.Float(1.37), {"powers"}),
        (2**a, {"exp"}),
        (sp.exp(-(a**2) / 3), {"gaussian", "x^2"}),
        (3 / (1 + sp.exp(-a)), {"sigmoid"}),
        (sp.besselj(0, a) + sp.log(b), {"J0", "log"}),
        (sp.sqrt(2) * a, set()),
    ],
)
def test_what_a_formula_is_made_of(expr, names):
    assert used(expr) == names


def test_arithmetic_is_allowed_unless_it_is_forbidden_by_name():
    only_sin = read_hints({"allowed": ["sin"]}, ["a"])
    assert only_sin.permits(sp.sin(a) * a**2 / b)
    assert not only_sin.permits(sp.sqrt(a))
    assert not only_sin.permits(sp.cos(a))
    assert not read_hints({"forbidden": ["x^2"]}, ["a"]).permits(a**2 * b)
    assert not read_hints({"forbidden": ["exp"]}, ["a"]).permits(sp.exp(-(a**2)))
    assert read_hints({"allowed": ["exp"]}, ["a"]).permits(sp.exp(-(a**2)))
    assert read_hints({"allowed": ["trigonometric"]}, ["a"]).permits(sp.tan(a))
    assert "sqrt" not in only_sin.functions_in_force()
    assert {"x", "sin", "x^2"} <= set(only_sin.functions_in_force())


@pytest.mark.parametrize(
    ("hints", "text"),
    [
        ([1], "Hints are a table of fields"),
        ({"alowed": ["sin"]}, "There is no hint 'alowed'. Did you mean 'allowed'?"),
        ({"allowed": ["sine"]}, "names 'sine', which is no function. Did you mean 'sin'?"),
        ({"allowed": 3}, "Hint 'allowed' lists names of functions"),
        ({"allowed": ["sin"], "forbidden": ["sin"]}, "both allow and forbid 'sin'"),
        ({"max_complexity": 0}, "whole number of at least 1; got 0"),
        ({"max_complexity": True}, "whole number of at least 1; got True"),
        ({"constants": {"a": 1.0}}, "a word that no column has; got 'a'"),
        ({"constants": {"g": "x"}}, "'g' needs a value and perhaps a unit"),
        ({"constants": {"g": 0}}, "finite and not zero"),
        ({"constants": {"g": [9.81, "wobbles"]}}, "unit of the known constant 'g' cannot be read"),
        ({"contains": ["c/b"]}, "has 'c', which is no column in c/b. The columns are a, b."),
        ({"contains": ["a/"]}, "cannot be read at 'a/'"),
        ({"link": "foo"}, "Hint 'link' is one of exp, log"),
        ({"functions": ["a + b"]}, "has one variable"),
        ({"functions": [{"name": "f"}]}, "A function in the hints has the fields"),
        ({"unit_constants": 1}, "true or false; got 1"),
    ],
)
def test_a_hint_that_cannot_be_read_is_refused_in_a_sentence(hints, text):
    with pytest.raises(SymbolicError) as refused:
        found(A * B, hints=hints)
    assert text in str(refused.value)


def test_hints_come_from_a_file(tmp_path):
    place = tmp_path / "hints.json"
    place.write_text('{"forbidden": ["tan"], "constants": {"g": {"value": 9.81, "unit": "m/s^2"}}}')
    read = read_hints(load_hints(str(place)), ["a"])
    assert (read.forbidden, read.constants[0].unit) == (frozenset({"tan"}), "m/s^2")
    place.write_text("[1, 2")
    with pytest.raises(SymbolicError, match="are no JSON"):
        load_hints(str(place))


def test_no_hints_bind_nothing():
    assert read_hints(None, ["a"]) == Hints()
    assert Hints().fault(sp.tan(a) ** 7) == ""


def test_a_forbidden_function_is_in_no_law_and_the_reason_is_said():
    answer = found(np.sqrt(A) * B, budget=4, hints={"forbidden": ["roots"]})
    laws = [law for law in (answer.best, *answer.front, *answer.others) if law is not None]
    assert all(not (used(law.expr) & {"sqrt", "powers"}) for law in laws)
    if answer.status in ("approximate", "none"):
        assert any("keep to the hints" in said or "keeps to the hints" in said for said in answer.evidence)


def test_only_allowed_functions_name_curves():
    answer = found(np.sin(2 * A) * B**2, hints={"allowed": ["sin"]})
    assert answer.status == "exact"
    assert used(answer.best.expr) <= {"sin", "x^2"}


def test_a_law_longer_than_allowed_is_left_out():
    y = A**2 * B + B**2
    answer = found(y, budget=2, hints={"max_complexity": 5})
    assert all(law.complexity <= 5 for law in (answer.best, *answer.front) if law is not None)
    assert any("has complexity 7, and the hints allow 5" in said for said in answer.evidence)


def test_a_small_table_keeps_to_hints_too():
    y = 3 * FEW[:, 0] ** 1.5
    free = discover(FEW[:, :1], y, names=["a"])
    assert same_law(free.best.expr, 3 * a**1.5, {"a": (1, 3)})
    bound = discover(FEW[:, :1], y, names=["a"], hints={"forbidden": ["roots"], "max_complexity": 9})
    for law in (bound.best, *bound.front, *bound.others):
        assert not used(law.expr) & {"sqrt", "powers"}
        assert law.complexity <= 9


def test_a_locked_expression_stands_in_the_law_and_its_columns_nowhere_else():
    answer = found(3 * np.exp(A / B), hints={"contains": ["a/b"]})
    assert answer.status == "exact"
    assert same_law(answer.best.expr, 3 * sp.exp(a / b), {"a": (1, 3), "b": (1, 3)})
    assert [variable.name for variable in answer.best.variables] == ["a", "b"]
    assert answer.best.domain["a"] == (pytest.approx(A.min()), pytest.approx(A.max()))


def test_a_column_that_is_listed_beside_the_expression_stays_in_the_race():
    answer = found(A * np.exp(A / B), hints={"contains": ["a/b", "a"]})
    assert same_law(answer.best.expr, a * sp.exp(a / b), {"a": (1, 3), "b": (1, 3)})


def test_a_locked_link_is_the_outermost_function_and_constants_are_fitted_to_the_target():
    noise = 1 + 0.05 * np.random.default_rng(1).normal(size=len(A))
    answer = found(np.exp(np.sin(A) * B) * noise, budget=5, hints={"link": "exp"})
    assert isinstance(answer.best.expr, sp.exp)
    assert same_law(answer.best.expr, sp.exp(b * sp.sin(a)), {"a": (1, 3), "b": (1, 3)})
    rms = float(np.sqrt(np.mean((answer.best.predict(X) - np.exp(np.sin(A) * B) * noise) ** 2)))
    assert answer.best.rmse_test == pytest.approx(rms, rel=0.5)
    with pytest.raises(SymbolicError, match="needs values between -1 and 1"):
        found(5 * A, hints={"link": "sin"})


def test_a_known_constant_is_recognised_with_the_evidence_for_it():
    y = 2 * np.pi * np.sqrt(A / 9.81) * B
    answer = found(y, hints={"constants": {"g": 9.81}})
    (constant,) = [c for c in answer.best.constants if c.recognised and "g" in c.recognised]
    assert constant.recognised == "2*pi/sqrt(g)"
    assert constant.value == pytest.approx(2 * np.pi / np.sqrt(9.81), rel=1e-12)
    assert any("is 2*pi/sqrt(g) = 2.00606668" in said for said in answer.evidence)


def test_a_constant_measured_badly_is_called_no_known_one():
    noisy = 9.7 * A * B * (1 + 0.3 * np.random.default_rng(0).normal(size=len(A)))
    answer = found(noisy, budget=6, hints={"constants": {"k": 3.14, "q": 11.0}})
    assert not any("is k" in said or "is q" in said for said in answer.evidence)


def test_units_without_further_constants_are_refused_with_what_cannot_be_made():
    y = 2 * np.pi * np.sqrt(A / 9.81)
    units = {"a": "m", "b": "kg", "y": "s"}
    with pytest.raises(UnitError, match="y is in s, which cannot be made of m and kg: there is no time in them"):
        found(y, units=units, hints={"unit_constants": False})
    hints = {"unit_constants": False, "constants": {"g": [9.81, "m/s^2"]}}
    answer = found(y, units=units, hints=hints)
    assert same_law(answer.best.expr, 2 * sp.pi * sp.sqrt(a / 9.81), {"a": (1, 3)})
    assert "With g = 9.81, units leave nothing to find but a number: y/sqrt(a/g) is a constant." in answer.evidence

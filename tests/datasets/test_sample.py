"""Points drawn from laws."""

import numpy as np
import pytest
import sympy

from datasets import DataError, FormulaError, parse_formula, sample

SQUARE = {"x": (-1, 1), "y": (-1, 1)}


def test_the_points_lie_on_the_formula():
    data = sample("exp(sin(pi x) + y²)", SQUARE, n=500)
    x, y = data.X.T
    np.testing.assert_allclose(data.y, np.exp(np.sin(np.pi * x) + y**2), rtol=1e-13)


def test_special_functions_are_worked_out_by_scipy():
    from scipy.special import erf, j0

    data = sample("J0(x) + erf(y)", SQUARE, n=100)
    np.testing.assert_allclose(data.y, j0(data.X[:, 0]) + erf(data.X[:, 1]), rtol=1e-13)


def test_the_points_fill_the_ranges_evenly():
    data = sample("a*b", {"a": (2, 4), "b": (-10, 0)}, n=20_000)
    assert data.X.min(axis=0) == pytest.approx([2, -10], abs=0.01)
    assert data.X.max(axis=0) == pytest.approx([4, 0], abs=0.01)
    assert data.X.mean(axis=0) == pytest.approx([3, -5], abs=0.1)


def test_one_seed_gives_one_result():
    first, again, other = (sample("x*y", SQUARE, n=80, noise=0.1, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.X, again.X)
    np.testing.assert_array_equal(first.y, again.y)
    np.testing.assert_array_equal(first.split.test, again.split.test)
    assert not np.array_equal(first.y, other.y)


def test_noise_moves_the_target_alone():
    clean, noisy = (sample("x*y", SQUARE, n=80, noise=noise) for noise in (0.0, 0.1))
    np.testing.assert_array_equal(clean.X, noisy.X)
    assert not np.array_equal(clean.y, noisy.y)


def test_noise_is_relative_to_the_root_mean_square():
    clean, noisy = (sample("1000 x", {"x": (1, 2)}, n=50_000, noise=noise) for noise in (0.0, 0.05))
    error = noisy.y - clean.y
    assert np.std(error) / np.sqrt(np.mean(clean.y**2)) == pytest.approx(0.05, rel=0.02)
    assert abs(np.mean(error)) < 4 * np.std(error) / np.sqrt(len(error))


def test_noise_on_very_large_values_stays_finite():
    assert np.isfinite(sample("x^100 * 1e200", {"x": (0.5, 2)}, n=100, noise=0.1).y).all()


def test_rows_where_the_formula_is_not_real_are_drawn_again():
    data = sample("sqrt(x) + ln(y)", SQUARE, n=1000)
    assert len(data.y) == 1000
    assert (data.X > 0).all()
    np.testing.assert_allclose(data.y, np.sqrt(data.X[:, 0]) + np.log(data.X[:, 1]))


@pytest.mark.parametrize(
    "text", ["sqrt(-1 - x^2)", "ln(-|x|)", "asin(2 + x^2)", "exp(exp(exp(20+x)))", "sqrt(x-0.9999)"]
)
def test_a_formula_hardly_anywhere_real_is_refused(text):
    with pytest.raises(DataError, match=r"real and finite on its ranges, but this one was at \d+ of \d+ points"):
        sample(text, {"x": (-1, 1)}, n=100)


def test_a_variable_the_formula_does_not_use_becomes_an_input_all_the_same():
    data = sample("2x", {"idle": (0, 1), "x": (0, 1)}, n=60)
    assert data.names == ("idle", "x")
    np.testing.assert_allclose(data.y, 2 * data.X[:, 1])


def test_the_law_goes_with_the_data():
    assert sample("2x", {"x": (0, 1)}).law == 2 * sympy.Symbol("x")


def test_an_expression_does_as_well_as_text():
    x = sympy.Symbol("x", positive=True)
    text, expr = sample("x^2", {"x": (0, 1)}, n=9), sample(x**2, {"x": (0, 1)}, n=9)
    np.testing.assert_array_equal(text.y, expr.y)


def test_the_target_is_named_by_the_formula_the_caller_or_the_first_free_letter():
    assert sample("T = 2x", {"x": (0, 1)}).target == "T"
    assert sample("T = 2x", {"x": (0, 1)}, target="t").target == "t"
    assert sample("2x", {"x": (0, 1)}).target == "y"
    assert sample("x y", SQUARE).target == "z"
    assert sample("y z f", {"y": (0, 1), "z": (0, 1), "f": (0, 1)}).target == "y_1"


@pytest.mark.parametrize("name", ["lambda", "sin", "numpy", "x_1", "θ", "E", "Dummy_1"])
def test_no_name_of_a_variable_reaches_the_compiled_code(name):
    data = sample(f"2*{name}", {name: (1, 2)}, n=60)
    np.testing.assert_allclose(data.y, 2 * data.X[:, 0])


def test_the_story_of_the_points_is_told():
    assert sample("2x", {"x": (0, 1)}, n=70, noise=0.01, seed=5).provenance == (
        "70 points drawn from 2*x with 0.01 of its root mean square as noise, seed 5.",
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"ranges": {}}, "Every variable has a range, but none came"),
        ({"ranges": {"x": (1, 1), "y": (0, 1)}}, "runs upwards, but 'x' runs from 1 to 1"),
        ({"ranges": {"x": (2, 1), "y": (0, 1)}}, "Make low less than high"),
        ({"ranges": {"x": (0, float("inf")), "y": (0, 1)}}, "A range is finite, but 'x' runs from 0 to inf"),
        ({"ranges": {"x": (-1.5e308, 1.5e308), "y": (0, 1)}}, "narrower than 1e308"),
        ({"ranges": {"x": (0, 1, 2), "y": (0, 1)}}, r"A range is two numbers, but 'x' has \(0, 1, 2\)"),
        ({"ranges": {"x": "ab", "y": (0, 1)}}, "A range is two numbers"),
        ({"n": 0}, "The number of points is whole, 1 to 25000000 here, but 0 came"),
        ({"n": 2.5}, "but 2.5 came"),
        ({"n": 10**12}, "but 1000000000000 came"),
        ({"noise": -0.1}, "Noise is a share of y's root mean square, 0 or more, but -0.1 came"),
        ({"noise": float("nan")}, "but nan came"),
        ({"noise": "much"}, "but 'much' came"),
        ({"seed": -1}, "A seed is a whole number from 0 on, but -1 came"),
        ({"target": "x"}, "'x' came twice"),
        ({"formula": sympy.Function("f")(sympy.Symbol("x"))}, "known functions, but f"),
        ({"formula": sympy.Integer(3)}, "depends on a variable, but this one is 3"),
        ({"formula": "x - x"}, "depends on a variable, but this one is 0"),
        ({"formula": sympy.Symbol("x1")}, "'x1' has none. Did you mean 'x'?"),
    ],
)
def test_bad_settings_are_answered_with_the_rule_and_a_way_out(settings, words):
    with pytest.raises(DataError, match=words):
        sample(**{"formula": "x*y", "ranges": SQUARE} | settings)


def test_a_variable_without_a_range_is_an_error_in_the_formula():
    with pytest.raises(FormulaError, match=r"'w' came at character 3. They are: x, y"):
        sample("x*w", SQUARE)


def test_a_million_points_come_in_one_piece():
    data = sample(parse_formula("x*y"), SQUARE, n=1_000_000)
    assert data.X.shape == (1_000_000, 2)
    assert [len(data.part(name)[1]) for name in ("train", "validation", "test")] == [600_000, 200_000, 200_000]

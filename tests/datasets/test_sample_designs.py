"""Distributions of variables, and designs that fill the box."""

import numpy as np
import pytest
from scipy import stats

from datasets import DataError, Range, sample

BOX = {"x": (-1, 1), "y": (2, 3)}
DESIGNS = ["random", "sobol", "latin", "grid"]


def _drawn(n=20_000, **settings):
    return sample("x", {"x": Range(**settings)}, n=n).X[:, 0]


def _agrees(values, distribution):
    """Kolmogorov and Smirnov see no difference; the seed is fixed, so one level does."""
    assert stats.kstest(values, distribution.cdf).pvalue > 1e-3


def test_uniform_values_are_uniform():
    _agrees(_drawn(low=2, high=5), stats.uniform(2, 3))


def test_log_uniform_values_are_uniform_in_the_logarithm():
    values = _drawn(low=1e-3, high=1e4, distribution="log-uniform")
    _agrees(np.log(values), stats.uniform(np.log(1e-3), np.log(1e7)))
    assert values.min() >= 1e-3
    assert values.max() <= 1e4


def test_normal_values_are_normal_and_end_at_three_standard_deviations():
    values = _drawn(low=4, high=10, distribution="normal")
    _agrees(values, stats.truncnorm(-3, 3, 7, 1))


def test_integers_are_whole_even_and_include_both_ends():
    values, counts = np.unique(_drawn(low=-1, high=4, integer=True), return_counts=True)
    assert values.tolist() == [-1, 0, 1, 2, 3, 4]
    assert stats.chisquare(counts).pvalue > 1e-3
    assert set(_drawn(low=1, high=100, integer=True, distribution="log-uniform")) <= set(range(1, 101))


@pytest.mark.parametrize(("sign", "share"), [("+", 0), ("-", 1), ("+-", 0.5)])
def test_a_sign_is_dealt_on_top(sign, share):
    values = _drawn(low=1, high=10, distribution="log-uniform", sign=sign)
    assert np.mean(values < 0) == pytest.approx(share, abs=0.02)
    _agrees(np.log(np.abs(values)), stats.uniform(0, np.log(10)))


def test_levels_are_evenly_spaced_and_equally_frequent():
    values, counts = np.unique(_drawn(low=0, high=1, levels=5), return_counts=True)
    np.testing.assert_allclose(values, [0, 0.25, 0.5, 0.75, 1])
    assert stats.chisquare(counts).pvalue > 1e-3
    np.testing.assert_allclose(np.unique(_drawn(low=1, high=100, distribution="log-uniform", levels=3)), [1, 10, 100])


@pytest.mark.parametrize("design", DESIGNS)
def test_every_design_stays_in_the_box_and_follows_the_formula(design):
    data = sample("x*y", BOX, n=256, design=design)
    assert (data.X >= [-1, 2]).all()
    assert (data.X <= [1, 3]).all()
    np.testing.assert_allclose(data.y, data.X.prod(axis=1))
    again = sample("x*y", BOX, n=256, design=design)
    np.testing.assert_array_equal(data.X, again.X)


def test_a_latin_square_has_one_point_in_every_row_and_column():
    X = sample("x*y", BOX, n=200, design="latin", seed=4).X
    for column, (low, high) in zip(X.T, BOX.values(), strict=True):
        cells = np.floor((column - low) / (high - low) * 200).astype(int)
        np.testing.assert_array_equal(np.sort(cells), np.arange(200))


def test_a_sobol_sequence_fills_the_box_more_evenly_than_chance():
    from scipy.stats import qmc

    even, random = (
        qmc.discrepancy((sample("x*y", BOX, n=256, design=design).X - [-1, 2]) / [2, 1])
        for design in ("sobol", "random")
    )
    assert even < random / 10


def test_a_sobol_sequence_of_any_length_does_not_complain():
    assert len(sample("x*y", BOX, n=1000, design="sobol").y) == 1000


def test_a_grid_has_every_combination():
    data = sample("x*y", BOX, n=110, design="grid")
    axes = [np.unique(column) for column in data.X.T]
    assert [len(axis) for axis in axes] == [11, 10]
    assert len(data.y) == 110
    np.testing.assert_allclose(axes[0], np.linspace(-1, 1, 11), atol=1e-15)
    kept = sample("x*y", {"x": Range(0, 1, levels=3), "y": Range(1, 3, integer=True)}, n=100, design="grid")
    assert [np.unique(column).tolist() for column in kept.X.T] == [[0, 0.5, 1], [1, 2, 3]]


def test_a_grid_leaves_out_where_there_is_no_value():
    data = sample("sqrt(x) y", BOX, n=110, design="grid")
    assert (data.X[:, 0] >= 0).all()
    assert len(data.y) == 60
    with pytest.raises(DataError, match="at 0 of 110 points: nowhere"):
        sample("sqrt(x - 2) y", BOX, n=110, design="grid")


@pytest.mark.parametrize("design", ["sobol", "latin"])
def test_other_designs_draw_again_where_there_is_no_value(design):
    data = sample("sqrt(x) y", BOX, n=300, design=design)
    assert len(data.y) == 300
    assert (data.X[:, 0] >= 0).all()


def test_the_story_names_the_design():
    assert sample("2x", {"x": (0, 1)}, n=60, design="sobol").provenance == (
        "60 points in a sobol design from 2*x without noise, seed 0.",
    )


def test_a_range_may_come_as_its_settings():
    data = sample("x", {"x": {"low": 1, "high": 1000, "distribution": "log-uniform"}}, n=2000)
    assert np.median(data.X) == pytest.approx(31.6, rel=0.2)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"low": -1, "high": 1, "distribution": "log-uniform"}, "'x': A log-uniform range is positive"),
        ({"low": 0, "high": 1, "distribution": "unifrom"}, "Did you mean 'uniform'"),
        ({"low": 0, "high": 1, "sign": "?"}, r"A sign is '\+', '-' or '\+-'"),
        ({"low": 0.2, "high": 0.8, "integer": True}, "0.2 to 0.8 does not"),
        ({"low": 0, "high": 1, "levels": 1}, "whole numbers from 2 on, but 1 came"),
        ({"low": 0, "high": 1, "levels": 2.5}, "whole numbers from 2 on, but 2.5 came"),
        ({"low": 0, "high": 1, "width": 1}, "but 'x' has"),
        ({"low": 0}, "A range is two numbers"),
    ],
)
def test_a_range_that_makes_no_sense_is_refused(given, words):
    with pytest.raises(DataError, match=words):
        sample("x", {"x": given})


def test_a_design_that_does_not_fit_is_refused():
    with pytest.raises(DataError, match="Did you mean 'sobol'"):
        sample("x*y", BOX, design="sobel")
    ranges = {f"x_{k}": (0, 1) for k in range(12)}
    with pytest.raises(DataError, match="A grid of 12 variables has at least 4096 points, but 1000 came"):
        sample("x_1", ranges, design="grid")

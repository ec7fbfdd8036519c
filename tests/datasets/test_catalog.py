"""The catalogue: every entry loads, and holds what it says."""

import numpy as np
import pytest

from datasets import catalogue, parse_formula

ENTRIES = catalogue()
BY_KEY = {entry.key: entry for entry in ENTRIES}
FORMULAS = [entry for entry in ENTRIES if entry.kind == "formula"]

NUMPY = {  # written by hand from the sources, columns in the order of the ranges
    "hello_kan": lambda x, y: np.exp(np.sin(np.pi * x) + y**2),
    "pendulum": lambda L, g: 2 * np.pi * np.sqrt(L / g),
    "gaussian": lambda x: np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi),
    "lorentz": lambda beta: (1 - beta**2) ** -0.5,
    "ideal_gas": lambda n, T, V: n * 8.314462618 * T / V,
    "lens": lambda a, b: a * b / (a + b),
    "damped_oscillation": lambda t: np.exp(-t / 4) * np.cos(3 * t),
    "gravitation": lambda m_1, m_2, r: 6.6743e-11 * m_1 * m_2 / r**2,
}


def test_keys_and_titles_are_different_and_the_first_is_the_hello():
    assert len(BY_KEY) == len({entry.title for entry in ENTRIES}) == len(ENTRIES)
    assert ENTRIES[0].key == "hello_kan"


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.key)
def test_an_entry_tells_its_story_and_source(entry):
    assert entry.kind in ("formula", "table")
    assert entry.difficulty in (1, 2, 3)
    assert entry.story.endswith((".", "?"))
    assert entry.source
    assert entry.field


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.key)
def test_an_entry_loads_with_units_for_its_own_columns_and_a_network_that_fits(entry):
    data = entry.load(seed=1)
    assert data.provenance[0] == f"{entry.title}: {entry.source}."
    assert set(entry.units) <= {*data.names, data.target}
    assert entry.widths[0] == len(data.names)
    assert entry.widths[-1] == 1
    assert np.isfinite(data.y).all()


@pytest.mark.parametrize("entry", FORMULAS, ids=lambda entry: entry.key)
def test_a_formula_entry_agrees_with_its_source(entry):
    data = entry.load(n=200, seed=2)
    assert data.X.shape == (200, len(entry.ranges))
    np.testing.assert_allclose(data.y, NUMPY[entry.key](*data.X.T), rtol=1e-12)
    assert data.law == parse_formula(entry.formula)


def test_noise_and_seed_reach_a_formula_entry():
    clean, noisy = BY_KEY["pendulum"].load(seed=3), BY_KEY["pendulum"].load(seed=3, noise=0.1)
    np.testing.assert_array_equal(clean.X, noisy.X)
    assert np.std(noisy.y - clean.y) / np.sqrt(np.mean(clean.y**2)) == pytest.approx(0.1, rel=0.1)


def test_the_planets_keep_keplers_third_law_to_the_printed_precision():
    data = BY_KEY["kepler"].load()
    assert (data.names, data.target) == (("semi_major_axis_au",), "period_yr")
    assert data.digits == (4, 4)
    assert len(data.y) == 8
    axis = data.X[:, 0]
    np.testing.assert_allclose(data.y, axis**1.5, rtol=1e-3)
    slope, intercept = np.polyfit(np.log(axis), np.log(data.y), 1)
    assert slope == pytest.approx(1.5, abs=5e-4)
    assert intercept == pytest.approx(0, abs=5e-4)


def test_the_planets_agree_with_their_orbital_periods_in_days():
    days = [87.969, 224.701, 365.256, 686.980, 4332.589, 10759.22, 30685.4, 60189.0]  # NASA fact sheets
    np.testing.assert_allclose(BY_KEY["kepler"].load().y, np.array(days) / 365.25, rtol=5e-4)

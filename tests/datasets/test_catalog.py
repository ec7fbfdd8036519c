"""The catalogue: every entry loads, and holds what it says."""

import numpy as np
import pytest
from scipy import special

from datasets import DataError, Noise, catalogue, catalogue_entry, parse_formula
from datasets._catalog import COLLECTIONS
from datasets.formulas._tree import from_tree, to_tree

ENTRIES = catalogue()
BY_KEY = {entry.key: entry for entry in ENTRIES}
FORMULAS = [entry for entry in ENTRIES if entry.kind == "formula"]
FEYNMAN = catalogue(collection="feynman")
TAU = 2 * np.pi


def _harmonic(order, degree):
    return lambda phi, theta: special.sph_harm_y(degree, order, theta, phi).real


NUMPY = {  # written by hand from the sources, columns in the order of the ranges
    "hello_kan": lambda x, y: np.exp(np.sin(np.pi * x) + y**2),
    "pendulum": lambda L, g: 2 * np.pi * np.sqrt(L / g),
    "gaussian": lambda x: np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi),
    "lorentz": lambda beta: (1 - beta**2) ** -0.5,
    "ideal_gas": lambda n, T, V: n * 8.314462618 * T / V,
    "lens": lambda a, b: a * b / (a + b),
    "damped_oscillation": lambda t: np.exp(-t / 4) * np.cos(3 * t),
    "gravitation": lambda m_1, m_2, r: 6.6743e-11 * m_1 * m_2 / r**2,
    "free_fall": lambda t: 4.903325 * t**2,
    "projectile": lambda v, theta, g: v**2 * np.sin(2 * theta) / g,
    "spring": lambda m, k: TAU * np.sqrt(m / k),
    "kinetic_energy": lambda m, v: m * v * v / 2,
    "escape_velocity": lambda M, R: np.sqrt(2 * 6.6743e-11 * M / R),
    "decay": lambda t, h: 1000 * 0.5 ** (t / h),
    "logistic": lambda r, t: 100 / (1 + 99 * np.exp(-r * t)),
    "interest": lambda P, r, t: P * (1 + r) ** t,
    "parallel_resistors": lambda a, b: 1 / (1 / a + 1 / b),
    "capacitor": lambda U, t, tau: U * (1 - np.exp(-t / tau)),
    "refraction": lambda alpha, n: np.arcsin(np.sin(alpha) / n),
    "glow": lambda A, T: 5.670374e-8 * A * T**4,
    "arrhenius": lambda A, T: A * np.exp(-50000 / 8.314462618 / T),
    "michaelis_menten": lambda v, S, K: v * S / (K + S),
    "beats": lambda t: 2 * np.sin(10.5 * t) * np.cos(0.5 * t),
    "parabola": lambda x: (x - 3) * (x + 1),
    "pythagoras": np.hypot,
    "kan_bessel": lambda x: special.j0(20 * x),
    "kan_product": lambda x, y: x * y,
    "kan_division": lambda x, y: x / y,
    "kan_special": lambda x, y: np.exp(special.j0(20 * x) + y**2),
    "kan_phase": lambda a, b, c: np.tanh(5 * (a**4 + b**4 + c**4 - 1)),
    "kan_distance": lambda a, b, c, d: np.hypot(a - b, c - d),
    "kan_nested": lambda a, b, c, d: np.exp((np.sin(np.pi * (a**2 + b**2)) + np.sin(np.pi * (c**2 + d**2))) / 2),
    "kan_hundred": lambda *x: np.exp(np.mean(np.sin(np.pi * np.array(x) / 2) ** 2, axis=0)),
    "special_ellipj": lambda u, m: special.ellipj(u, m)[0],
    "special_ellipkinc": special.ellipkinc,
    "special_ellipeinc": special.ellipeinc,
    "special_jv": special.jv,
    "special_yv": special.yv,
    "special_kv": special.kv,
    "special_iv": special.iv,
    "special_lpmv0": lambda v, x: special.lpmv(0, v, x),
    "special_lpmv1": lambda v, x: special.lpmv(1, v, x),
    "special_lpmv2": lambda v, x: special.lpmv(2, v, x),
    "special_harmonic01": _harmonic(0, 1),
    "special_harmonic11": _harmonic(1, 1),
    "special_harmonic02": _harmonic(0, 2),
    "special_harmonic12": _harmonic(1, 2),
    "special_harmonic22": _harmonic(2, 2),
}


def test_keys_and_titles_are_different_and_the_first_is_the_hello():
    assert len(BY_KEY) == len({entry.title for entry in ENTRIES}) == len(ENTRIES)
    assert ENTRIES[0].key == "hello_kan"


def test_the_catalogue_has_what_it_should():
    counts = {name: len(catalogue(collection=name)) for name in COLLECTIONS}
    assert counts == {"classroom": 24, "measured": 12, "kan": 9, "special": 15, "feynman": 120}
    assert sum(counts.values()) == len(ENTRIES)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.key)
def test_an_entry_tells_its_story_and_source(entry):
    assert entry.kind in ("formula", "function", "table")
    assert entry.difficulty in (1, 2, 3)
    assert entry.story.endswith((".", "?"))
    assert entry.source
    assert entry.field
    assert entry.terms.endswith(".")
    assert entry.collection in COLLECTIONS


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.key)
def test_an_entry_loads_with_units_for_its_own_columns_and_a_network_that_fits(entry):
    data = entry.load(seed=1, n=200)
    assert data.provenance[0] == f"{entry.title}: {entry.source}."
    assert set(entry.units) <= {*data.names, data.target}
    assert set(data.dimensions) == set(data.units or {})
    assert entry.variables == data.names
    assert entry.widths[0] == len(data.names)
    assert entry.widths[-1] == 1
    assert np.isfinite(data.y).all()
    assert np.ptp(data.y) > 0


@pytest.mark.parametrize("entry", [one for one in ENTRIES if one.key in NUMPY], ids=lambda entry: entry.key)
def test_an_entry_agrees_with_its_source(entry):
    data = entry.load(n=200, seed=2)
    assert data.X.shape == (200, len(entry.ranges))
    np.testing.assert_allclose(data.y, NUMPY[entry.key](*data.X.T), rtol=1e-9, atol=1e-12)
    if entry.kind == "formula":
        assert data.law == parse_formula(entry.formula)


def test_every_entry_that_is_computed_has_an_oracle_or_is_a_feynman_law():
    assert {entry.key for entry in ENTRIES if entry.kind != "table"} == {*NUMPY, *(entry.key for entry in FEYNMAN)}


def test_noise_and_seed_reach_a_formula_entry():
    clean, noisy = BY_KEY["pendulum"].load(seed=3), BY_KEY["pendulum"].load(seed=3, noise=0.1)
    np.testing.assert_array_equal(clean.X, noisy.X)
    assert np.std(noisy.y - clean.y) / np.sqrt(np.mean(clean.y**2)) == pytest.approx(0.1, rel=0.1)


@pytest.mark.parametrize("entry", [one for one in ENTRIES if one.law is not None], ids=lambda entry: entry.key)
def test_a_law_of_the_catalogue_survives_storage(entry):
    laws = [entry.law] if entry.realistic is None else [entry.law, parse_formula(entry.realistic.formula)]
    for law in laws:
        assert from_tree(to_tree(law)) == law


def test_a_hundred_inputs_have_a_law_and_a_special_function_has_none():
    data = BY_KEY["kan_hundred"].load(n=60)
    assert len(data.law.free_symbols) == 100
    assert BY_KEY["special_jv"].law is None
    assert BY_KEY["special_jv"].load(n=60).law is None


def test_an_entry_is_found_by_its_words_its_field_its_size_and_its_difficulty():
    assert [entry.key for entry in catalogue("galileo ramp")] == ["galileo_ramp"]
    assert {entry.key for entry in catalogue("SNELL")} >= {"refraction", "feynman_I.26.2"}
    assert all(entry.field == "optics" for entry in catalogue(field="optics"))
    assert all(len(entry.variables) == 9 for entry in catalogue(n_variables=9))
    assert {len(entry.variables) for entry in catalogue(n_variables=(2, 3))} == {2, 3}
    assert all(entry.kind == "table" for entry in catalogue(kind="table", difficulty=1))
    assert catalogue("no such thing") == []
    assert [entry.key for entry in catalogue("feynman_I_8_14")] == ["feynman_I.8.14"]


def test_an_entry_is_called_by_its_key_or_its_name_elsewhere():
    assert catalogue_entry("kepler").key == "kepler"
    assert catalogue_entry("I.15.1") is catalogue_entry("feynman_I_15_10") is catalogue_entry("feynman-i.15.10")
    with pytest.raises(DataError, match=r"no 'keppler'. Did you mean 'kepler'"):
        catalogue_entry("keppler")


def test_settings_reach_the_sample():
    entry = BY_KEY["pendulum"]
    grid = entry.load(n=100, design="grid", split="extrapolation")
    assert len(np.unique(grid.X[:, 0])) == 10
    assert len(grid.split.test) == 20
    noisy = entry.load(n=100, noise=Noise(0.1, only_training=True))
    np.testing.assert_array_equal(noisy.part("test")[1], entry.load(n=100).part("test")[1])
    assert len(BY_KEY["cars"].load(split="none").split.train) == 50

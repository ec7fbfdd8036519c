"""The Feynman laws, in their two sets of ranges."""

import numpy as np
import pytest
import sympy

from datasets import DataError, Range, catalogue, catalogue_entry

ENTRIES = catalogue(collection="feynman")
CONSTANTS = {  # of CODATA 2018, to the digits that SRSD prints; alpha and m where they are those of the electron
    **{"G": 6.6743e-11, "c": 299792458.0, "h": 6.626e-34, "kb": 1.380649e-23, "epsilon": 8.854e-12, "g": 9.80665},
    **{"hbar": 1.054571817e-34, "alpha": 0.0072973525693, "m": 9.10938356e-31, "mom": 9.2740100783e-24},
}
SOLVED_OTHERWISE = {"feynman_I.26.2": "n", "feynman_I.30.5": "d", "feynman_test_10": "cos_theta1"}
WRITTEN_OTHERWISE = {"feynman_I.29.16", "feynman_test_6"}


def test_there_are_the_hundred_and_the_twenty():
    assert len(ENTRIES) == 120
    assert sum("bonus" in entry.source for entry in ENTRIES) == 20
    assert sum(any(alias.startswith("feynman_") for alias in entry.aliases) for entry in ENTRIES) == 116  # of SRBench


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.key)
def test_a_law_is_drawn_from_its_published_box(entry):
    data = entry.load(n=300, seed=1)
    low, high = np.array([bounds.ends for bounds in entry.ranges.values()]).T
    assert (low <= data.X).all()
    assert (high >= data.X).all()
    assert all(bounds == Range(bounds.low, bounds.high) for bounds in entry.ranges.values())  # uniform, as published
    assert set(entry.units) == {*data.names, data.target}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.key)
def test_a_law_in_realistic_ranges_has_its_constants_put_in(entry):
    data = entry.load(n=60, seed=1, ranges="realistic")
    assert set(data.dimensions) == {*data.names, data.target}
    assert data.target == SOLVED_OTHERWISE.get(entry.key, entry.load(n=3).target)
    if entry.key in SOLVED_OTHERWISE or entry.key in WRITTEN_OTHERWISE:
        return
    missing = {name: CONSTANTS[name] for name in entry.variables if name not in data.names}
    general = entry.law.subs({sympy.Symbol(name): value for name, value in missing.items()})
    for point in data.X[:3].tolist():
        at = {sympy.Symbol(name): sympy.Float(x, 40) for name, x in zip(data.names, point, strict=True)}
        expected, found = (complex(law.evalf(40, subs=at)) for law in (general, data.law))
        assert abs(found - expected) <= 1e-6 * abs(expected)


def test_realistic_ranges_have_signs_and_whole_numbers():
    data = catalogue_entry("II.36.38").load(n=500, ranges="realistic")
    assert (data.X[:, 0] < 0).mean() == pytest.approx(0.5, abs=0.1)
    assert np.abs(data.X[:, 0]).max() <= 1e-23
    orders = catalogue_entry("III.12.43").load(n=500, ranges="realistic").X[:, 0]
    assert (orders == np.round(orders)).all()
    assert (orders.min(), orders.max()) == (1, 99)


def test_other_ranges_are_refused():
    with pytest.raises(DataError, match="'usual' or 'realistic', but 'real' came"):
        ENTRIES[0].load(ranges="real")
    with pytest.raises(DataError, match="'pendulum' has none"):
        catalogue_entry("pendulum").load(ranges="realistic")

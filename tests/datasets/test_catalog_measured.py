"""The measurements agree with what was published about them."""

import numpy as np
import pytest

from datasets import catalogue, catalogue_entry

RYDBERG_HYDROGEN = 1.0967758e7  # 1/m, CODATA with the mass of the proton
AIR = 1.00028  # index of refraction of air in the visible


def _columns(key):
    data = catalogue_entry(key).load()
    return data.X[:, 0], data.y


@pytest.mark.parametrize("entry", catalogue(collection="measured"), ids=lambda entry: entry.key)
def test_a_measurement_has_its_own_rows_its_precision_and_its_terms(entry):
    data = entry.load(n=3, noise=0.5)
    assert len(data.y) >= 4
    assert data.law is None
    assert "public domain" in entry.terms
    assert len(data.digits) == 2
    assert "Read from" in " ".join(data.provenance)


def test_the_planets_keep_keplers_third_law_to_the_printed_precision():
    data = catalogue_entry("kepler").load()
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
    np.testing.assert_allclose(catalogue_entry("kepler").load().y, np.array(days) / 365.25, rtol=5e-4)


def test_the_moons_keep_keplers_law_with_the_mass_of_jupiter():
    axis, period = _columns("moons")
    mass = 4 * np.pi**2 * (axis * 1e6) ** 3 / (6.6743e-11 * (period * 86400) ** 2)
    np.testing.assert_allclose(mass, 1.898e27, rtol=3e-3)


def test_boyles_pressure_times_volume_is_constant_within_one_percent_in_every_row():
    volume, pressure = _columns("boyle")
    assert len(volume) == 25
    product = volume * pressure
    np.testing.assert_allclose(product, product.mean(), rtol=0.01)


def test_boyles_pressure_is_mercury_and_atmosphere_but_for_the_three_slips():
    from datasets import read_table
    from datasets._catalog import _FOLDER

    frame = read_table(_FOLDER / "boyle.csv").frame
    slip = frame["pressure"] - frame["mercury"] - 29.125
    assert dict(zip(frame["volume"][slip != 0], slip[slip != 0] * 16, strict=True)) == {36: 1, 17: -1, 16: 10}


def test_boyles_hypothesis_comes_out_as_he_printed_it():
    volume, pressure = _columns("boyle")
    printed = {48: 29 + 2 / 16, 40: 35, 28: 50, 24: 58 + 2 / 8, 20: 70, 16: 87 + 3 / 8, 12: 116 + 4 / 8}
    for at, value in printed.items():
        assert 48 * 29.125 / at == pytest.approx(value, abs=0.15)
        assert pressure[volume == at][0] == pytest.approx(value, rel=0.012)


def test_hubbles_regressions_come_out():
    distance, velocity = _columns("hubble")
    assert len(distance) == 24
    slope = distance @ velocity / (distance @ distance)
    left = velocity - slope * distance
    error = np.sqrt(left @ left / 23 / (distance @ distance))
    assert slope == pytest.approx(423.9, abs=0.1)
    assert error == pytest.approx(42, abs=1)
    steep, intercept = np.polyfit(distance, velocity, 1)
    assert steep == pytest.approx(454.2, abs=0.1)
    assert intercept == pytest.approx(-40.8, abs=0.1)


def test_balmers_formula_meets_angstroms_lines():
    m, wavelength = _columns("balmer")
    np.testing.assert_allclose(wavelength, 3645.6 * m**2 / (m**2 - 4), rtol=2.5e-5)  # his own: within 1/40000


@pytest.mark.parametrize(("key", "unit"), [("balmer", 1e-10), ("hydrogen", 1e-9)])
def test_the_lines_of_hydrogen_give_the_rydberg_constant(key, unit):
    m, wavelength = _columns(key)
    rydberg = 1 / (AIR * wavelength * unit * (1 / 4 - 1 / m**2))
    np.testing.assert_allclose(rydberg, RYDBERG_HYDROGEN, rtol=2e-4)


def test_galileos_ramp_shows_the_square_of_the_time():
    time, distance = _columns("galileo_ramp")
    np.testing.assert_allclose(distance / time**2, 33, atol=0.55)


def test_galileos_table_shows_the_square_root_of_the_height():
    height, distance = _columns("galileo_table")
    expected = [1131, 1306, 1330, 1460]  # computed by Galileo from the first row
    np.testing.assert_allclose(800 * np.sqrt(height[1:] / 300), expected, atol=1.5)
    np.testing.assert_array_equal(distance[1:] - expected, [41, 22, 10, 40])  # as he noted them


@pytest.mark.parametrize(("column", "first"), [("in_water", 7.5), ("in_glass", 6.5)])
def test_ptolemys_second_differences_are_half_a_degree(column, first):
    from datasets import read_table
    from datasets._catalog import _FOLDER

    angles = read_table(_FOLDER / "ptolemy.csv").frame[column].to_numpy()
    np.testing.assert_allclose(np.diff(angles), first - 0.5 * np.arange(7))


@pytest.mark.parametrize(
    ("column", "published"),
    [
        ("gold", [28.8, 31.2, 29.0, 27.5, 29.1, 29.8, 30.8, 35.3, 35.0, 39.6, 38.4]),
        ("silver", [19.3, 19.8, 18.4, 18.7, 18.8, 20.0, 21.2, 18.8, 23.6, 29.4, 30.6]),
    ],
)
def test_scattering_follows_the_sine_to_the_fourth_as_the_paper_has_it(column, published):
    from datasets import read_table
    from datasets._catalog import _FOLDER

    frame = read_table(_FOLDER / "scattering.csv").frame
    constant = frame[column] * np.sin(np.radians(frame["angle"]) / 2) ** 4
    np.testing.assert_allclose(constant, published, rtol=1e-2)  # they rounded 1/sin^4 first


def test_moseleys_numbers_come_out():
    number, wavelength = _columns("moseley")
    published = [19.00, 20.99, 21.96, 22.98, 23.99, 24.99, 26.00, 27.04, 28.01, 29.01]
    q = np.sqrt(1 / (0.75 * 1.09720e7 * wavelength * 1e-10))
    np.testing.assert_allclose(q, published, atol=0.013)
    np.testing.assert_allclose(q, number - 1, atol=0.05)


def test_the_cars_of_the_twenties_stop_as_published():
    speed, distance = _columns("cars")
    slope, intercept = np.polyfit(speed, distance, 1)
    assert (slope, intercept) == (pytest.approx(3.9324, abs=1e-4), pytest.approx(-17.5791, abs=1e-4))
    assert (speed.mean(), distance.mean()) == (15.4, 42.98)

"""Laws from a handful of rows, and the honest sentences beside them."""

import numpy as np
import pytest
import sympy as sp

from datasets import read_table
from symbolic.laws._law import Law, make_variables
from symbolic.laws._picture import as_network
from symbolic.small._small import discover_small

KEPLER = """a,T
0.3871,0.2408
0.7233,0.6152
1.000,1.000
1.524,1.881
5.203,11.86
9.537,29.45
19.19,84.02
30.07,164.8
"""
# Hubble, PNAS 15, 168 (1929): distance in Mpc, velocity in km/s.
HUBBLE = np.array([
    (0.032, 170), (0.034, 290), (0.214, -130), (0.263, -70), (0.275, -185), (0.275, -220), (0.45, 200), (0.5, 290),
    (0.5, 270), (0.63, 200), (0.8, 300), (0.9, -30), (0.9, 650), (0.9, 150), (0.9, 500), (1.0, 920), (1.1, 450),
    (1.1, 500), (1.4, 500), (1.7, 960), (2.0, 500), (2.0, 850), (2.0, 800), (2.0, 1090),
])  # fmt: skip
x, y = sp.symbols("x y")


def _kepler():
    return read_table(KEPLER.encode()).to_dataset("T")


@pytest.fixture(scope="module")
def kepler():
    """What is found in Kepler's table, and what was heard on the way."""
    table, heard = _kepler(), []
    found = discover_small(table.X, table.y, table.names, table.target, on_progress=heard.append)
    return found, heard


def test_keplers_exponent_is_recognised_from_eight_planets(kepler):
    found, _ = kepler
    assert found.best.expr == sp.Symbol("a") ** sp.Rational(3, 2)
    assert str(found.best) == "T = a^(3/2)"
    factor, exponent = found.best.constants
    assert (factor.recognised, exponent.recognised) == ("1", "3/2")
    assert 0 < exponent.stderr < 1e-3
    assert found.best.rmse_test is None
    assert found.best.r2_test is None
    assert found.status in ("noise", "exact")


def test_the_evidence_says_how_well_the_exponent_is_known_and_what_cannot_be_known(kepler):
    evidence = " ".join(kepler[0].evidence)
    assert "The exponent is 1.49" in evidence
    assert "±" in evidence
    assert "3/2 lies within" in evidence
    assert "8 rows are too few" in evidence
    assert "no test score" in evidence
    assert "next best family" in evidence
    assert "in proportion to the target" in evidence


def test_the_picture_of_keplers_law_is_one_power_edge(kepler):
    table, (found, _) = _kepler(), kepler
    (edge,) = found.model.edges()
    assert found.model.widths == (1, 1)
    assert found.model.function(edge).name == "x^(3/2)"
    np.testing.assert_allclose(found.model(table.X)[:, 0], found.best.predict(table.X), rtol=1e-12)


def test_hubbles_galaxies_are_a_line_and_the_rest_is_noise():
    found = discover_small(HUBBLE[:, :1], HUBBLE[:, 1], ["distance"], "velocity")
    assert found.status == "noise"
    slope = sp.diff(found.best.expr, sp.Symbol("distance"))
    assert slope.is_number
    assert float(slope) == pytest.approx(424, abs=45)
    assert found.best.constants[0].stderr > 10


def test_balmers_lines_give_rydbergs_constant_and_one_quarter():
    n = np.array([3.0, 4, 5, 6, 7])
    found = discover_small(n[:, None], [656.3, 486.1, 434.0, 410.2, 397.0], ["n"], "nm")
    assert [constant.recognised for constant in found.best.constants] == [None, "1/4"]
    assert found.best.constants[0].value == pytest.approx(91.15, abs=0.02)


@pytest.mark.parametrize(
    ("law", "rows", "columns"),  # waves and peaks are looked for from twelve rows on
    [
        (lambda u, v: u**2 / v, 20, 2), (lambda u, v: u * v / (u + v), 20, 2),
        (lambda u, v: np.sqrt(u**2 + v**2), 20, 2), (lambda u, v: 3 * u - 2 * v + 1, 20, 2),
        (lambda u: 5 * np.exp(-u / 2), 20, 1), (lambda u: u**3 - 2 * u, 20, 1), (lambda u: u**0.5 + 1, 20, 1),
        (lambda u: np.log(u) + 2, 11, 1), (lambda u: u**2 / 2, 11, 1),
    ],
)  # fmt: skip
def test_clean_rows_give_the_law_itself(law, rows, columns):
    X = np.random.default_rng(0).uniform(1, 5, (rows, columns))
    found = discover_small(X, law(*X.T), ["u", "v"][:columns])
    assert found.status == "exact"
    fresh = np.random.default_rng(1).uniform(0.5, 9, (50, columns))
    np.testing.assert_allclose(found.best.predict(fresh), law(*fresh.T), rtol=1e-9)
    if found.model is not None:
        np.testing.assert_allclose(found.model(fresh)[:, 0], law(*fresh.T), rtol=1e-9)


def test_a_wave_needs_rows_enough_and_is_then_found():
    t = np.linspace(0, 10, 30)
    y = 2 * np.sin(1.5 * t) + 1 + 0.1 * np.random.default_rng(0).normal(size=30)
    found = discover_small(t[:, None], y, ["t"])
    assert found.best.expr.has(sp.sin)
    few = discover_small(t[:8, None], y[:8], ["t"])
    assert few.best is None or not few.best.expr.has(sp.sin)


@pytest.mark.parametrize("seed", range(3))
def test_no_law_is_claimed_where_there_is_none(seed):
    rng = np.random.default_rng(seed)
    found = discover_small(rng.uniform(0, 1, (30, 2)), 5 + 0.1 * rng.normal(size=30), ["u", "v"])
    assert found.best is None or found.best.complexity <= 7
    assert found.status != "exact"


def test_structure_in_the_residual_is_said_and_not_called_noise():
    t = np.linspace(0.1, 3, 45)
    y = np.where(t < 1.5, t, 3 - t) + 0.3 * np.sign(np.sin(9 * t))
    found = discover_small(t[:, None], y, ["t"])
    assert found.status == "approximate"


def test_the_front_grows_in_complexity_and_falls_in_error():
    t = np.linspace(0, 6, 30)
    found = discover_small(t[:, None], 5 * np.exp(-t / 2) + 0.05 * np.random.default_rng(1).normal(size=30), ["t"])
    sizes = [law.complexity for law in found.front]
    assert sizes == sorted(sizes)
    assert found.best in found.front


def test_answering_false_cancels_the_search():
    table = _kepler()
    seen = []
    found = discover_small(table.X, table.y, ["a"], on_progress=lambda p: seen.append(p) or False)
    assert (found.best, found.status) == (None, "none")
    assert len(seen) == 1


def test_progress_names_its_stages_in_order(kepler):
    _, seen = kepler
    stages = [progress.stage for progress in seen]
    assert stages == sorted(stages, key=["data", "train", "prune", "name", "law"].index)
    assert [p.fraction for p in seen] == sorted(p.fraction for p in seen)
    assert seen[-1].law == "T = a^(3/2)"


@pytest.mark.parametrize(
    "expr",
    [2 * sp.sin(3 * x + 1) - 1, x**2 / y, 3 * sp.exp(-(x**2)), 1 / (1 + sp.exp(-2 * x)), 1 / (1 / x + 1 / y),
     sp.sqrt(x**2 + y**2), x - 2 * sp.log(y) + 1, 1.2345 * x**1.37, sp.besselj(0, 2 * x), sp.tanh(x) + sp.erf(y)],
)  # fmt: skip
def test_a_network_drawn_from_a_law_computes_it(expr):
    law = Law(expr, "y", make_variables(["x", "y"]))
    model = as_network(law)
    X = np.random.default_rng(0).uniform(0.3, 2, (40, 2))
    rtol = 1e-8 if expr.has(sp.besselj) else 1e-11  # torch's J0 is off by up to 5e-10
    np.testing.assert_allclose(model(X)[:, 0], law.predict(X), rtol=rtol)
    assert all(model.state(edge) == "symbolic" for edge in model.edges())


def test_a_law_of_no_simple_shape_has_no_picture():
    assert as_network(Law(sp.sin(x * y) + x, "y", make_variables(["x", "y"]))) is None


@pytest.mark.parametrize(
    ("curve", "ends", "noise", "functions"),
    [
        (lambda t: 2.5 * np.exp(-0.3 * t) * np.cos(2 * t), (0, 8), 0.03, {sp.exp, sp.cos}),
        (lambda t: 1 + 3 * np.exp(-2 * (t - 2) ** 2), (0, 5), 0.05, {sp.exp}),
        (lambda t: 3 * np.exp(-t) + 2 * np.exp(-t / 5), (0, 8), 0.02, {sp.exp}),
        (lambda t: np.abs(t - 1) + 2, (-2, 4), 0.02, {sp.Abs}),
    ],
    ids=["fading wave", "peak", "two decays", "kink"],
)
def test_waves_that_fade_peaks_and_kinks_are_seen_in_thirty_rows(curve, ends, noise, functions):
    rng = np.random.default_rng(4)
    t = np.sort(rng.uniform(*ends, 30))
    found = discover_small(
        t[:, None], np.round(curve(t) + noise * rng.standard_normal(30), 4), names=["t"], budget=30.0
    )
    assert found.status == "noise"
    rows = np.linspace(*ends, 200)[:, None]
    assert float(np.sqrt(np.mean((found.best.predict(rows) - curve(rows[:, 0])) ** 2))) < noise
    assert {type(node) for node in found.best.expr.atoms(sp.Function)} == functions


def test_in_a_cloud_no_peak_is_seen():
    rng = np.random.default_rng(6)
    t = np.sort(rng.uniform(0, 5, 24))
    found = discover_small(t[:, None], 2 * t + 3 * rng.standard_normal(24), names=["t"], budget=30.0)
    assert found.best.expr.atoms(sp.exp, sp.Abs, sp.sign, sp.tanh, sp.atan) == set()


@pytest.mark.parametrize("noise", [0.0, 0.01])
@pytest.mark.parametrize("powers", [(1, 2, 3, 4, 5), (1, 4)])
def test_twenty_rows_tell_which_powers_a_polynomial_has(powers, noise):
    rng = np.random.default_rng(1)
    column = rng.uniform(-1, 1, 20)
    values = sum(column**k for k in powers)
    values = values + noise * np.std(values) * rng.standard_normal(20)
    best = discover_small(column[:, None], values, ["x"], "f").best.expr
    assert {power for (power,) in sp.Poly(best, x).monoms()} == set(powers)

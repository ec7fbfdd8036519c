"""The catalogue and typed formulas, without the page."""

import numpy as np
import pytest

from app import presets
from app.acts import steps
from app.charts import charts_data
from app.data import sources
from app.data.settings import DataSettings
from app.kept.work import Act, Work
from app.session import Session
from app.views.data_law import COLLECTIONS
from app.views.data_sampling import DESIGNS, NOISE, SPLITS
from datasets import catalogue, catalogue_entry
from datasets._catalog import COLLECTIONS as KNOWN_COLLECTIONS


def test_the_page_opens_on_the_data_its_settings_describe():
    assert sources.source(DataSettings()) == presets.load("kepler")["work"]["source"]


def test_the_short_menu_names_laws_as_the_catalogue_does():
    assert {key: catalogue_entry(key).title for key in sources.TO_TRY} == sources.TO_TRY


def test_every_collection_can_be_browsed():
    assert set(COLLECTIONS) == set(KNOWN_COLLECTIONS)
    found = [sources.found_laws("", one) for one in COLLECTIONS]
    assert sorted(key for keys in found for key in keys) == sorted(one.key for one in catalogue())


def test_every_card_can_be_drawn():
    for one in catalogue():
        card = sources.card(one.key)
        assert card["latex"] or card["written"] or card["measured"]
        assert all(row["From"] <= row["To"] for row in card["variables"])
        assert {row["Variable"] for row in card["variables"]} >= set(one.variables)


def test_every_law_of_the_menu_can_be_loaded():
    s = Session((Act(0, "Start", Work({}, "", {})),), points=60)
    for one in catalogue():
        s.choose_law(one.key)
        steps.take_data(s)
        assert (s.message, s.work.source["entry"]) == ("", one.key)
        assert len(s.work.dataset["y"]) >= 4


def test_a_card_of_magnitudes_as_in_nature_has_other_ranges():
    key = "feynman_I.8.14"
    usual, nature = sources.card(key), sources.card(key, nature=True)
    assert usual["nature"]
    assert usual["variables"] != nature["variables"]


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("split", SPLITS)
def test_points_are_drawn_as_the_settings_say(design, split):
    s = DataSettings(entry="pendulum", points=200, design=design, split=split)
    data = sources._law(s)[2]
    assert data.units == {"L": "m", "g": "m/s^2", "T": "s"}
    assert (len(data.split.test) == 0) == (split == "none")


@pytest.mark.parametrize("kind", NOISE)
def test_noise_may_be_told_to_the_search(kind):
    s = DataSettings(entry="pendulum", noise=0.05, noise_kind=kind, known=True)
    assert sources._law(s)[2].sigma is not None
    s.known = False
    assert sources._law(s)[2].sigma is None


@pytest.mark.parametrize(
    ("spread", "holds"),
    [
        ("uniform", lambda x: abs(np.median(x) - 50.5) < 5),
        ("log-uniform", lambda x: abs(np.median(x) - 10) < 2),
        ("normal", lambda x: np.std(x) < 20),
        ("integer", lambda x: np.array_equal(x, np.round(x))),
    ],
)
def test_a_variable_is_spread_over_its_range_as_chosen(spread, holds):
    s = DataSettings(kind="formula", formula="y = 2 x", ranges={"x": (1.0, 100.0)}, spreads={"x": spread})
    assert holds(sources._formula(s)[2].X[:, 0])
    assert set(sources.SPREADS) >= {spread}


def test_a_chosen_law_comes_as_it_is_whatever_was_set_for_others():
    s = DataSettings(kind="formula", noise=0.5, split="none", search="optics", collection="special", nature=True)
    s.choose_law("lens")
    assert sources.source(s) == sources.source(DataSettings(entry="lens"))
    assert (s.search, s.collection) == ("", None)


@pytest.mark.parametrize(
    ("formula", "shown"),
    [("T = 2 x", "T = 2 x"), ("2 x", "2 x"), (r"\sqrt{a}", r"\sqrt{a}"), ("f(x) = x^2", "x^{2}")],
)
def test_the_preview_shows_the_result_by_its_name(formula, shown):
    assert sources.equation(formula) == shown


def _plotted(formula, ranges, view="map"):
    names = sources.variables(formula)[1]
    return charts_data.formula(sources.values(formula), names, ranges, "<b>y</b>", view)


def test_one_variable_is_drawn_as_a_curve_of_the_true_values():
    figure = _plotted("x^2", {"x": (0, 2)})
    np.testing.assert_allclose(figure.data[0].y, np.asarray(figure.data[0].x) ** 2)
    assert "<b>" not in figure.layout.yaxis.title.text


@pytest.mark.parametrize("view", charts_data.VIEWS)
def test_two_variables_are_drawn_as_map_or_surface_with_axes_the_right_way_round(view):
    figure = _plotted("a - 10*b", {"a": (0, 1), "b": (0, 1)}, view)
    z = np.asarray(figure.data[0].z)
    assert z[0, -1] == pytest.approx(1)  # a runs to the right,
    assert z[-1, 0] == pytest.approx(-10)  # b upwards


def test_more_variables_are_drawn_in_slices_through_one_point():
    ranges = dict.fromkeys("abcdp", (0.0, 1.0))
    figure = _plotted("a + 2 b + 3 c + 4 d + 5 p", ranges)
    assert len(figure.data) == 5
    slopes = [np.ptp(line.y) for line in figure.data]
    np.testing.assert_allclose(slopes, [1, 2, 3, 4, 5])


def test_a_pole_does_not_flatten_the_rest():
    low, high = _plotted("1/x", {"x": (-1, 1)}).layout.yaxis.range
    assert -200 < low < -10
    assert 10 < high < 200


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("formula", ["log(x)", "sqrt(-1 - x^2)", "exp(exp(9*x))", "1e300*x + exp(700*x)"])
def test_where_a_formula_has_no_value_the_plot_has_a_gap(formula):
    figure = _plotted(formula, {"x": (-1.0, 1.0)})
    y = np.asarray(figure.data[0].y)
    assert not np.isinf(y).any()
    assert all(np.isfinite(figure.layout.yaxis.range))

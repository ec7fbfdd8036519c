"""The page in Streamlit's own test harness: it opens on a finished law, and errors are sentences."""

import subprocess
import sys

import pytest
from page_for_tests import MAIN, chosen, drawn, healthy, press, said, select, source, state, to, upload, use_formula

from app.data.sources import found_laws
from app.views.data_law import COLLECTIONS


def test_opens_on_keplers_law(page):
    assert any("frac{3}{2}" in one.value or "3/2" in one.value for one in page.latex)
    assert [edge["state"] for edge in drawn(page)["edges"]] == ["symbolic"]
    assert not said(page)
    assert {"Discover"} <= {button.label for button in page.button}


def test_first_paint_needs_no_heavy_package():
    # Plotly is missing here because Streamlit imports its Python side by itself; test_browser looks at its script.
    script = """
import sys
from app import visit
from app.views import data, edge, header, law, live, network, prune, train
print([name for name in ("torch", "distributed", "symbolic", "kan_core", "sympy") if name in sys.modules])
"""
    run = [sys.executable, "-c", script]
    shown = subprocess.run(run, capture_output=True, text=True, cwd=MAIN.parents[1], check=True)
    assert shown.stdout.strip() == "[]"


def test_a_formula_that_cannot_be_read_is_told_in_a_sentence_and_nothing_is_lost(page):
    source(page, "formula")
    page.text_input(key="formula").set_value("exp(sin(pi*x) + ").run()
    healthy(page)
    assert len(said(page)) == 1
    assert "Traceback" not in said(page)[0]
    press(page, "Discover")
    assert said(page)
    to(page, "law")
    assert page.latex


@pytest.mark.parametrize("formula", ["0*x", "x - x + 2", "y = x/x"])
def test_a_formula_whose_variables_cancel_is_told_in_a_sentence(page, formula):
    source(page, "formula").text_input(key="formula").set_value(formula).run()
    assert "needs a variable" in said(healthy(page))[0]
    press(page, "Discover")
    assert "needs a variable" in said(page)[0]


def test_an_empty_range_is_told_in_a_sentence(page):
    source(page, "formula")
    page.number_input(key="range x 0").set_value(3.0).run()
    press(page, "Use these data")
    assert "runs upwards" in said(page)[0]


def test_a_bad_table_is_told_by_its_column(page):
    upload(page, "a,b\n1,2\n,3\n3,4\n4,5\n")
    assert any("a" in caption.value and "empty" in caption.value for caption in page.caption)


def test_a_table_becomes_data_with_the_chosen_columns(page):
    rows = "\n".join(f"{i},{2 * i + 1},{i * i}" for i in range(1, 13))
    upload(page, f"u,v,w\n{rows}\n")
    page.selectbox(key="target").set_value("v").run()
    press(page, "Use these data")
    assert any("12 rows" in caption.value and "u, w → v" in caption.value for caption in page.caption)


def test_training_draws_the_network_and_undo_brings_the_law_back(page):
    use_formula(page)
    press(to(page, "train"), "Train")
    assert len(drawn(page)["edges"]) == 15
    assert len(drawn(page)["frames"]) > 3
    assert drawn(page)["autoplay"]
    press(page, "Undo")
    assert not page.get("bidi_component")
    press(page, "Undo")
    assert [edge["state"] for edge in drawn(page)["edges"]] == ["symbolic"]
    press(page, "Redo")
    press(page, "Redo")
    assert len(drawn(page)["edges"]) == 15


@pytest.mark.parametrize(("field", "value"), [("widths", "2, x, 1"), ("grids", "fine")])
def test_settings_that_cannot_be_read_are_told(page, field, value):
    to(page, "train")
    page.text_input(key=field).set_value(value).run()
    press(page, "Train")
    assert "whole numbers" in said(page)[0]


def test_widths_that_do_not_fit_the_data_are_told(page):
    use_formula(page)
    to(page, "train")
    page.text_input(key="widths").set_value("3, 1").run()
    press(page, "Train")
    assert said(page)


def test_the_select_box_opens_an_edge(page):
    to(page, "name")
    page.selectbox(key="edge").set_value("0-0-0").run()
    healthy(page)
    assert chosen(page)["selected"] == "0-0-0"
    assert any("named" in caption.value for caption in page.caption)
    assert page.radio


def test_hostile_column_names_reach_the_diagram_as_data_only(page):
    rows = "\n".join(f"{i},{2 * i + 1}" for i in range(1, 13))
    upload(page, f"<img src=x onerror=alert(1)>,v\n{rows}\n")
    press(page, "Use these data")
    to(page, "train")
    page.text_input(key="widths").set_value("1, 1").run()
    press(page, "Train")
    assert drawn(page)["nodes"][0][3] == "<img src=x onerror=alert(1)>"
    assert not [one for one in page.markdown if "<img" in one.value and "\\<img" not in one.value]


def test_a_law_can_be_made_by_hand(page):
    use_formula(page, "x^2 + 3*y")
    to(page, "train")
    page.text_input(key="widths").set_value("2, 1").run()
    press(page, "Train")
    for edge, name in (("0-0-0", "x^2"), ("0-1-0", "x")):
        select(page, edge)
        page.radio[0].set_value(name).run()
        press(page, f"Use `{name}`")
    assert [edge["name"] for edge in drawn(page)["edges"]] == ["x^2", "x"]
    assert "x^{2} + 3 y" in page.latex[0].value or "3 y + x^{2}" in page.latex[0].value
    assert not said(page)


def test_an_edge_can_be_removed_and_comes_back(page):
    use_formula(page, "x^2 + 3*y")
    press(to(page, "train"), "Train")
    select(page, "0-0-0")
    press(page, "Remove")
    assert drawn(page)["edges"][0]["state"] == "removed"
    press(page, "Undo")
    assert drawn(page)["edges"][0]["state"] == "spline"


def test_discover_finds_the_typed_formula(page):
    use_formula(page, "x^2 + 3*y")
    press(page, "Discover")
    assert "x^{2}" in page.latex[0].value
    assert {edge["state"] for edge in drawn(page)["edges"]} <= {"symbolic", "removed"}
    assert not said(page)


def test_a_search_without_a_law_says_so(page, monkeypatch):
    from symbolic import Discovery

    nothing = Discovery(None, (), "none", ("The data are white noise.",), 0.1, None)
    monkeypatch.setattr("symbolic.discover", lambda *_, **__: nothing, raising=False)
    use_formula(page)
    press(page, "Discover")
    assert "No law was found. The data are white noise." in [info.value for info in page.info]


def test_a_law_of_every_collection_can_be_loaded_and_leafed_to(page):
    to(page, "data")
    for collection in COLLECTIONS:
        key = found_laws("", collection)[-1]
        state(page).choose_law(key)
        press(page.run(), "Use these data")
        assert not said(page)
        assert state(page).work.source["entry"] == key


@pytest.mark.parametrize(("stage", "kind"), [("data", "law"), ("data", "formula"), ("train", "law"), ("prune", "law")])
def test_a_widget_whose_value_the_browser_missed_opens_on_its_field_all_the_same(page, stage, kind):
    source(page, kind)
    state(page).formula, state(page).points, state(page).noise, state(page).split = "a + b", 77, 0.5, "none"
    state(page).widths, state(page).tolerance, state(page).basis = "3, 1", 0.1, "fourier"
    state(page).known = True
    to(page, stage).run()  # the run that sets the values; the browser may draw the next one only
    boxes = [*page.text_input, *page.number_input, *page.checkbox]
    assert [box.proto.default for box in boxes] == [box.value for box in boxes]
    assert [box.proto.default for box in page.slider] == [[box.value] for box in page.slider if box.key == "tolerance"]
    choices = [box for box in page.selectbox if box.value is not None]
    assert [box.options[box.proto.default] for box in choices] == [box.format_func(box.value) for box in choices]
    assert boxes or page.slider

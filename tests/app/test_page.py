"""The page in Streamlit's own test harness: it opens on a finished law, and errors are sentences."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

MAIN = Path(__file__).parents[2] / "app" / "main.py"
FORMULA = "exp(sin(pi*x) + y^2)"


@pytest.fixture
def page(pool):
    page = AppTest.from_file(str(MAIN), default_timeout=60).run()
    healthy(page)
    return page


def healthy(page):
    assert not page.exception


def press(page, label):
    next(button for button in page.button if button.label == label).click()
    page.run()
    healthy(page)
    return page.run()


def to(page, stage):
    page.segmented_control(key="stage").set_value(stage).run()
    healthy(page)
    return page


def said(page):
    return [error.value for error in page.error]


def drawn(page):
    return json.loads(page.get("bidi_component")[0].proto.json)


def test_opens_on_keplers_law(page):
    assert any("frac{3}{2}" in one.value or "3/2" in one.value for one in page.latex)
    assert [edge["state"] for edge in drawn(page)["edges"]] == ["symbolic"]
    assert not said(page)
    assert {"Discover"} <= {button.label for button in page.button}


def test_first_paint_needs_no_heavy_package():
    # Plotly is missing here because Streamlit imports its Python side by itself; test_browser looks at its script.
    script = """
import sys
from app import session
from app.views import data, edge, header, law, live, network, prune, train
print([name for name in ("torch", "distributed", "symbolic", "kan_core", "sympy") if name in sys.modules])
"""
    run = [sys.executable, "-c", script]
    shown = subprocess.run(run, capture_output=True, text=True, cwd=MAIN.parents[1], check=True)
    assert shown.stdout.strip() == "[]"


def test_a_formula_that_cannot_be_read_is_told_in_a_sentence_and_nothing_is_lost(page):
    to(page, "data")
    page.segmented_control(key="kind").set_value("formula").run()
    page.text_input(key="formula").set_value("exp(sin(pi*x) + ").run()
    healthy(page)
    assert len(said(page)) == 1
    assert "Traceback" not in said(page)[0]
    press(page, "Discover")
    assert said(page)
    to(page, "law")
    assert page.latex


def test_an_empty_range_is_told_in_a_sentence(page):
    to(page, "data")
    page.segmented_control(key="kind").set_value("formula").run()
    page.number_input(key="range x 0").set_value(3.0).run()
    press(page, "Use these data")
    assert "runs upwards" in said(page)[0]


def test_a_bad_table_is_told_by_its_column(page):
    to(page, "data")
    page.segmented_control(key="kind").set_value("table").run()
    page.file_uploader[0].upload("d.csv", b"a,b\n1,2\n,3\n3,4\n4,5\n", "text/csv").run()
    healthy(page)
    assert any("a" in caption.value and "empty" in caption.value for caption in page.caption)


def test_a_table_becomes_data_with_the_chosen_columns(page):
    to(page, "data")
    page.segmented_control(key="kind").set_value("table").run()
    rows = "\n".join(f"{i},{2 * i + 1},{i * i}" for i in range(1, 13))
    page.file_uploader[0].upload("d.csv", f"u,v,w\n{rows}\n".encode(), "text/csv").run()
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
    assert drawn(page)["selected"] == "0-0-0"
    assert any("named" in caption.value for caption in page.caption)
    assert page.radio


def test_hostile_column_names_reach_the_diagram_as_data_only(page):
    to(page, "data")
    page.segmented_control(key="kind").set_value("table").run()
    rows = "\n".join(f"{i},{2 * i + 1}" for i in range(1, 13))
    page.file_uploader[0].upload("d.csv", f"<img src=x onerror=alert(1)>,v\n{rows}\n".encode(), "text/csv").run()
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
        to(page, "name")
        page.selectbox(key="edge").set_value(edge).run()
        page.run()
        page.radio[0].set_value(name).run()
        press(page, f"Use `{name}`")
    assert [edge["name"] for edge in drawn(page)["edges"]] == ["x^2", "x"]
    assert "x^{2} + 3 y" in page.latex[0].value or "3 y + x^{2}" in page.latex[0].value
    assert not said(page)


def test_an_edge_can_be_removed_and_comes_back(page):
    use_formula(page, "x^2 + 3*y")
    press(to(page, "train"), "Train")
    to(page, "name")
    page.selectbox(key="edge").set_value("0-0-0").run()
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


def test_every_law_of_the_menu_can_be_loaded(page):
    from app.sources import known_laws

    to(page, "data")
    for key in known_laws():
        page.selectbox(key="entry").set_value(key).run()
        press(page, "Use these data")
        assert not said(page)


def use_formula(page, formula=FORMULA):
    to(page, "data")
    page.segmented_control(key="kind").set_value("formula").run()
    page.text_input(key="formula").set_value(formula).run()
    press(page, "Use these data")
    healthy(page)

"""The law panel in Streamlit's test harness: every detail of it, and every error a sentence."""

import json
from dataclasses import replace

import pytest
from page_for_tests import captions, charts, drawn, healthy, look_at, press, resumed, said, source, state, upload

from app.words import plain


def searched(X, y, names, target, sigma=None, units=None, **_):
    """In place of a search: three laws of m and v, of which the last is the true one."""
    from symbolic import Discovery, as_network, fit_formula

    laws = [fit_formula(text, X, y, names, target) for text in ("a*v^2", "a*v^2 + b*m", "a*m*v^2")]
    laws = tuple(replace(law, rmse_validation=law.rmse_train) for law in laws)
    return Discovery(laws[-1], laws, "noise", ("It was put here.",), 0.1, as_network(laws[-1]))


@pytest.fixture
def found(page, kept, monkeypatch):
    """The page on a law with rivals, of 200 noisy rows."""
    monkeypatch.setattr("symbolic.discover", searched, raising=False)
    return resumed(page, kept, reach=discovered)


def discovered(page):
    source(page, "formula").text_input(key="formula").set_value("m*v^2/2").run()
    page.number_input(key="points").set_value(200)
    page.number_input(key="noise").set_value(0.01).run()
    press(page, "Use these data")
    press(page, "Discover")
    assert not said(page)
    return page


def test_the_law_stands_with_its_units(page):
    assert "Units: semi\\_major\\_axis\\_au in au, period\\_yr in yr" in captions(page)


def test_a_law_that_no_network_computes_says_so_where_the_picture_would_be(page, monkeypatch):
    alone = lambda *rows, **options: replace(searched(*rows, **options), model=None)  # noqa: E731
    monkeypatch.setattr("symbolic.discover", alone, raising=False)
    discovered(page)
    assert any("there is none to draw" in info.value for info in page.info)
    assert not any("No network yet" in info.value for info in page.info)


def test_no_chart_is_drawn_before_it_is_asked_for(page):
    assert not charts(page)


def test_numbers_go_from_fitted_to_rounded_to_recognised_each_with_its_error(page):
    look_at(page, "constants")
    told = [text for text in captions(page) if "error" in text]
    assert [text.split(":")[0] for text in told[-4:-1]] or told
    shown = [latex.value for latex in page.latex]
    assert any("0.9998735" in one for one in shown)
    assert any("1.49988" in one for one in shown)
    assert sum("3/2" in one for one in shown) == 2
    assert any("standard errors from the fitted" in text for text in captions(page))


@pytest.mark.parametrize("chart", ["parity", "residuals", "slices", "surface"])
def test_every_chart_of_two_inputs_is_drawn_and_told_in_words(found, chart):
    look_at(found, "charts")
    found.segmented_control(key="chart").set_value(chart).run()
    healthy(found)
    assert len(found.get("plotly_chart")) == 1
    assert found.get("plotly_chart")[0].proto.alt


def test_a_law_of_one_input_has_no_surface(page):
    look_at(page, "charts")
    assert "surface" not in page.segmented_control(key="chart").options


def test_a_slice_can_be_moved_along_the_other_input(found):
    look_at(found, "charts")
    found.segmented_control(key="chart").set_value("slices").run()
    before = charts(found)[0]["data"]
    found.slider[0].set_value(found.slider[0].min).run()
    healthy(found)
    assert charts(found)[0]["data"] != before


def test_the_test_rows_are_kept_from_the_search_and_judge_the_law(page, monkeypatch):
    rows = []

    def watched(X, y, *names, **rest):
        rows.append(len(y))
        return searched(X, y, *names, **rest)

    monkeypatch.setattr("symbolic.discover", watched, raising=False)
    source(page, "formula")
    page.text_input(key="formula").set_value("m*v^2/2").run()
    page.number_input(key="points").set_value(200).run()
    press(page, "Discover")
    assert rows == [160]
    assert any("on the test rows (40)" in text for text in captions(page))


def test_choosing_in_the_select_box_adopts_a_law_of_the_front_and_undo_brings_the_other_back(found):
    look_at(found, "front")
    first = found.latex[0].value
    assert len(charts(found)) == 1
    box = next(box for box in found.selectbox if box.label == "Adopt a law")
    box.set_value(0).run()
    healthy(found)
    assert found.latex[0].value != first
    assert [edge["name"] for edge in drawn(found)["edges"] if edge["state"] == "symbolic"] == ["x^2"]
    press(found, "Undo")
    assert found.latex[0].value == first


def test_without_a_search_there_is_no_front_to_choose_from(page):
    look_at(page, "front")
    assert any("No other law stands beside this one" in text for text in captions(page))


def test_a_hypothesis_that_is_the_law_is_told_so(found):
    look_at(found, "compare")
    found.text_input(key="hypothesis").set_value("k*m*v^2").run()
    press(found, "Compare")
    assert any("It is the same law" in one.value for one in found.markdown)
    assert "Adopt it as the law" not in [button.label for button in found.button]


def test_a_hypothesis_that_is_another_law_is_told_so_with_both_errors(found):
    look_at(found, "compare")
    found.text_input(key="hypothesis").set_value("k*v^2").run()
    press(found, "Compare")
    assert any("It is another law" in one.value for one in found.markdown)
    assert {"Your formula vs data", "The law vs data"} <= {metric.label for metric in found.metric}
    press(found, "Adopt it as the law")
    assert any("This formula was typed" in text.value for text in look_at(found, "why").text)


def test_a_hypothesis_that_cannot_be_read_is_told_with_a_caret(found):
    look_at(found, "compare")
    found.text_input(key="hypothesis").set_value("k*m*(v^2").run()
    healthy(found)
    assert len(said(found)) == 1
    assert any("^" in code.value.splitlines()[-1] for code in found.code)


def test_a_hypothesis_without_columns_is_refused_in_a_sentence(found):
    look_at(found, "compare")
    found.text_input(key="hypothesis").set_value("q + p").run()
    press(found, "Compare")
    assert any("uses none of the columns" in text for text in said(found))


def test_a_typed_row_is_predicted_with_its_band_and_flagged_outside_the_data(page):
    look_at(page, "predict")
    page.number_input[0].set_value(1.0).run()
    assert any(metric.value.startswith("1 yr") for metric in page.metric)
    assert any("with 95 %" in text for text in captions(page))
    assert not page.warning
    page.number_input[0].set_value(100.0).run()
    assert any(metric.value.startswith("1000 yr") for metric in page.metric)
    assert any("Outside the data" in one.value for one in page.warning)


@pytest.mark.parametrize("unit", ["**m**", "[x](http://y)"])
def test_a_unit_stays_text_beside_a_prediction(found, unit):
    before = state(found).work
    state(found).push("Data", replace(before, dataset={**before.dataset, "units": {before.dataset["target"]: unit}}))
    look_at(found, "predict")
    assert found.metric[-1].value.endswith(plain(unit))
    for detail in ("constants", "charts", "front", "compare", "predict"):
        look_at(found, detail)
        told = [one.value for one in (*found.markdown, *found.caption, *found.metric)]
        told += [one.label for one in (*found.number_input, *found.slider, *found.metric)]
        assert not [text for text in told if unit in text], detail


def test_a_table_of_new_rows_comes_back_with_predictions(page):
    look_at(page, "predict")
    rows = b"semi_major_axis_au,body\n1,Earth\n67.7,Eris\n"
    next(box for box in page.file_uploader if box.label == "New rows").upload("new.csv", rows, "text/csv").run()
    healthy(page)
    table = page.dataframe[0].value
    assert list(table["outside"]) == ["no", "yes"]
    assert float(table["period_yr predicted"][1]) == pytest.approx(67.7**1.5)


def test_a_table_without_the_laws_column_is_told_in_a_sentence(page):
    look_at(page, "predict")
    box = next(box for box in page.file_uploader if box.label == "New rows")
    box.upload("new.csv", b"u,v\n1,2\n3,4\n", "text/csv").run()
    healthy(page)
    assert len(said(page)) == 1
    assert "semi" in said(page)[0]


@pytest.mark.parametrize("language", ["text", "latex", "sympy", "numpy", "torch", "c", "julia", "javascript"])
def test_the_law_is_written_in_every_language(page, language):
    look_at(page, "export")
    page.selectbox(key="language").set_value(language).run()
    healthy(page)
    assert page.code[0].value
    assert {"Download", "Report", "Notebook"} <= {one.proto.label for one in page.get("download_button")}


def test_hostile_names_stay_text_in_every_detail(page):
    evil = "<img src=x onerror=alert(1)> $x$ **b** [a](javascript:1)"
    rows = "\n".join(f"{i},{2 * i * i}" for i in range(1, 13))
    upload(page, f'"{evil}",v\n{rows}\n')
    press(page, "Use these data")
    press(page, "Discover")
    for detail in ("why", "constants", "charts", "front", "compare", "predict", "export"):
        look_at(page, detail)
        told = [one.value for one in (*page.markdown, *page.caption, *page.warning, *page.error)]
        told += [one.label for one in (*page.number_input, *page.slider, *page.metric)]
        assert not [text for text in told if "<img" in text and "\\<img" not in text], detail
        for chart in charts(page):
            assert "<img" not in json.dumps(chart)

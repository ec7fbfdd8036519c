"""The data panel in Streamlit's own test harness."""

from types import SimpleNamespace

import pytest
from page_for_tests import healthy, source, state, to
from page_for_tests import upload as upload_table

from app.acts import out_acts
from app.out import project
from app.session import Session
from datasets import Dataset
from symbolic import Discovery, Project

TABLE = "u [m],v,w,note\n" + "\n".join(f"{i},{2 * i + 1},{i * i},ok" for i in range(1, 13)) + "\n13,,169,ok\n"
EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def page(page):
    return to(page, "data")


def press(page, label):
    """Clicks a button; the page is drawn no second time, which would hide what it says once."""
    next(button for button in page.button if button.label == label).click()
    return healthy(page.run())


def upload(page, content=TABLE, name="lab.csv"):
    return upload_table(page, content, name)


def said(page):
    return [one.value for one in (*page.error, *page.caption)]


def tells(page, text):
    return any(text in one.replace("\\", "") for one in said(page))


def data(page):
    return page.session_state["session"].work.dataset


def test_a_search_shows_the_first_law_found(page):
    page.text_input(key="search").set_value("straw glass").run()
    assert page.selectbox(key="entry").value == "refraction"
    assert r"\beta" in page.latex[0].value
    page.text_input(key="search").set_value("no such law").run()
    assert tells(page, "No law has all of these words")
    assert page.selectbox(key="entry").value == "refraction"
    page.text_input(key="search").set_value("").run()
    assert len(page.selectbox(key="entry").options) == 180


def test_laws_are_leafed_through_and_filtered(page):
    press(page, "Next")
    assert page.selectbox(key="entry").label == "Law 3 of 180"
    page.button_group(key="collection").set_value("special").run()
    healthy(page)
    assert page.selectbox(key="entry").label.startswith("Law 1 of 15")
    assert page.code  # a function without a formula is shown by its usual sign


def test_another_law_is_tried_whatever_the_filter(page):
    page.text_input(key="search").set_value("straw glass").run()
    page.session_state["session"].choose_law("lens")
    page.run()
    healthy(page)
    assert page.selectbox(key="entry").value == "lens"


def test_sampling_settings_reach_the_data(page):
    page.selectbox(key="entry").set_value("pendulum").run()
    page.number_input(key="points").set_value(200).run()
    page.number_input(key="noise").set_value(0.05).run()
    page.selectbox(key="split").set_value("extrapolation").run()
    page.checkbox(key="known").check().run()
    press(page, "Use these data")
    assert len(data(page)["y"]) == 200
    assert data(page)["sigma"] is not None
    assert data(page)["units"]["L"] == "m"
    assert not page.error


def test_a_formula_is_drawn_and_an_unreadable_one_is_pointed_at(page):
    source(page, "formula")
    assert page.get("plotly_chart")
    page.text_input(key="formula").set_value("x + * y").run()
    healthy(page)
    assert len(page.error) == 1
    assert page.code[0].value.endswith("^")
    assert not [button for button in page.button if button.label == "Use these data"]


def test_the_report_and_the_parts_of_an_uploaded_table(page):
    upload(page)
    report = page.dataframe[0].value
    assert report["Column"].tolist() == ["u", "v", "w", "note"]
    assert report["Unit"].tolist()[0] == "m"
    assert tells(page, "Column 'v' has 1 empty cell")
    assert page.selectbox(key="target").options == ["u", "w"]
    press(page, "Use these data")
    assert (data(page)["names"], data(page)["target"], data(page)["units"]) == (["u"], "w", {"u": "m"})


def test_a_repair_says_what_it_would_change_is_made_and_undone(page):
    upload(page)
    page.selectbox(key="ailing").set_value("v").run()
    page.radio(key="repair").set_value("drop rows with gaps").run()
    assert tells(page, "12 of 13 rows remain")
    press(page, "Repair")
    assert tells(page, "1. Dropped 1 row")
    assert page.selectbox(key="target").options == ["u", "v", "w"]
    press(page, "Use these data")
    assert len(data(page)["y"]) == 12
    assert any("Dropped" in one for one in data(page)["provenance"])
    press(page, "Undo the last repair")
    assert page.selectbox(key="target").options == ["u", "w"]


def test_a_file_that_the_browser_sends_again_keeps_its_repairs(page):
    upload(page)
    press(page, "Repair")
    source(page, "law")
    upload(page)
    assert tells(page, "1. ")
    upload(page, TABLE.replace("1,3,1", "1,3,2"))
    assert not tells(page, "1. ")


def test_a_column_that_was_mended_may_become_the_target_and_its_repair_is_not_meant_for_the_next(page):
    upload(page, TABLE.replace(",note", "").replace(",ok", "").replace("\n13,,169", "\n13,27,"))
    assert page.selectbox(key="target").value == "v"
    page.selectbox(key="ailing").set_value("w").run()
    page.radio(key="repair").set_value(page.radio(key="repair").options[1]).run()
    page.selectbox(key="ailing").set_value("v").run()
    assert page.radio(key="repair").value == page.radio(key="repair").options[0]
    page.selectbox(key="ailing").set_value("w").run()
    press(page, "Repair")
    assert page.selectbox(key="target").value == "w"
    page.selectbox(key="target").set_value("u").run()
    press(page, "Undo the last repair")
    assert page.selectbox(key="target").value == "u"


def test_a_table_survives_navigation_and_a_file_that_cannot_be_read(page):
    upload(page)
    source(page, "law")
    page.segmented_control(key="stage").set_value("law").run()
    page.segmented_control(key="stage").set_value("data").run()
    source(page, "table")
    assert tells(page, "13 rows, 4 columns")
    page.file_uploader[0].upload("photo.csv", b"\x89PNG\r\n\x1a\n....", "text/csv").run()
    healthy(page)
    assert "picture" in page.error[0].value
    assert tells(page, "13 rows, 4 columns")


def test_pasted_rows_become_data(page):
    source(page, "typed")
    assert tells(page, "Type three rows or more")
    rows = "\n".join(f"{i}\t{0.5 * i}" for i in range(1, 8))
    page.text_area(key="pasted").set_value(f"t [s]\tx [m]\n{rows}").run()
    press(page, "Take these rows")
    assert page.text_input(key="typed_columns").value == "t [s], x [m]"
    press(page, "Use these data")
    assert (data(page)["names"], data(page)["units"]) == (["t"], {"t": "s", "x": "m"})
    press(page, "Start afresh")
    assert tells(page, "Type three rows or more")


def test_pasted_nonsense_is_told_and_what_was_typed_stays(page):
    source(page, "typed")
    page.text_area(key="pasted").set_value("a,b\n1,2\n2,3\n3,5").run()
    press(page, "Take these rows")
    page.text_area(key="pasted").set_value("<html><body>Sign in</body></html>").run()
    press(page, "Take these rows")
    assert "web page" in page.error[0].value
    assert page.session_state["session"].typed_rows[:3] == [["1", "2"], ["2", "3"], ["3", "5"]]


def test_an_uploaded_table_is_edited_by_hand(page):
    press(upload(page), "Edit by hand")
    s = page.session_state["session"]
    assert (s.kind, s.typed_columns) == ("typed", "u [m], v, w, note")
    assert s.typed_rows[12] == ["13", "", "169", "ok"]
    assert s.table is not None


def test_names_of_columns_that_cannot_be_are_told(page):
    source(page, "typed")
    page.text_input(key="typed_columns").set_value("x, x").run()
    healthy(page)
    assert "'x' came twice" in page.error[0].value


def test_a_repair_that_no_longer_suits_can_be_undone(page):
    source(page, "typed")
    page.text_area(key="pasted").set_value("a,b\n1,2\n2,\n3,5\n4,6").run()
    press(page, "Take these rows")
    page.selectbox(key="ailing").set_value("b").run()
    press(page, "Repair")
    page.session_state["session"].typed_rows = [["1", "2"], ["2", "4"], ["3", "5"]]
    page.session_state["session"].reopen_editor()
    page.run()
    healthy(page)
    assert "suits other columns" in page.error[0].value
    press(page, "Undo the last repair")
    assert not page.error


def test_units_that_cannot_be_read_are_told_and_do_not_stop_the_search(page):
    upload(page, TABLE.replace("u [m]", "u [furlong per blip]").replace("13,,169,ok\n", ""))
    assert tells(page, "'u': ")
    page.selectbox(key="target").set_value("w").run()
    page.multiselect(key="inputs").set_value(["u"]).run()
    press(page, "Discover")
    assert not page.error
    assert page.session_state["session"].work.law is not None


def test_units_and_errors_reach_the_search(page, pool, monkeypatch):
    asked = {}

    def listen(*arguments, **settings):
        asked.update(settings)
        raise ValueError("This is enough.")

    monkeypatch.setattr("symbolic.discover", listen, raising=False)
    rows = "\n".join(f"{i},{i * i},{0.1 * i}" for i in range(1, 13))
    upload(page, f"t [s],h [m],h_err\n{rows}\n")
    assert page.selectbox(key="sigma").value == "h_err"
    press(page, "Discover")
    assert asked["units"] == {"t": "s", "h": "m"}
    assert asked["sigma"].tolist() == pytest.approx([0.1 * i for i in range(1, 13)])


def test_hostile_names_are_text_in_every_part_of_the_panel(page):
    head = f"{EVIL},![a](http://evil.invalid),$x$"
    rows = "\n".join(f"{i},{i * i},{i if i != 5 else ''}" for i in range(1, 13))
    upload(page, f"{head}\n{rows}\n", "![a](http://evil.invalid)<b>.csv")
    press(page, "Repair")
    for one in (*page.caption, *page.markdown, *page.error, *page.info):
        bare = one.value.replace("\\<", "").replace("\\[", "").replace("\\$", "").replace("\\(", "")
        assert "<img" not in bare
        assert "](http" not in bare
        assert "$x" not in bare
        assert "://evil" not in one.value.replace("\\", "")
    assert not [one for one in page.markdown if one.allow_html and "evil" in one.value]


def test_a_sheet_of_a_workbook_is_chosen_and_has_columns_of_its_own(page, tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    for sheet, power in ((book.active, 2), (book.create_sheet("cubes"), 3)):
        sheet.append(["x", f"p{power}"])
        for i in range(1, 8):
            sheet.append([i, i**power])
    book.save(tmp_path / "b.xlsx")
    source(page, "table").file_uploader[0].upload("b.xlsx", (tmp_path / "b.xlsx").read_bytes(), "").run()
    healthy(page)
    assert page.selectbox(key="target").value == "p2"
    page.selectbox(key="sheet").set_value("cubes").run()
    press(page, "Use these data")
    assert data(page)["target"] == "p3"


def saved(s):
    """The history in a file of ours."""
    return project.to_bytes(s.acts, s.at)


def saved_headless(s):
    """The data in a file as `python -m symbolic` writes it."""
    return Project(Discovery(None, (), "none", (), 0.0), Dataset.from_dict(s.work.dataset)).to_bytes()


@pytest.mark.parametrize("write", [saved, saved_headless])
@pytest.mark.parametrize("kind", ["law", "table"])
def test_discover_searches_the_data_of_an_opened_project_until_the_panel_is_changed(
    page, pool, monkeypatch, write, kind
):
    def enough(*_, **__):
        raise ValueError("This is enough.")

    monkeypatch.setattr("symbolic.discover", enough, raising=False)
    press(upload(page), "Use these data")
    content, s = write(state(page)), state(page)
    s.choose_law("pendulum")
    page.run()
    press(page, "Use these data")
    s.table = None
    source(page, kind)
    file = SimpleNamespace(name="lab.kan", getvalue=lambda: content)
    monkeypatch.setattr(Session, "chosen", lambda *_: file)
    monkeypatch.setattr("app.visit.owner", lambda: "")  # which is asked for outside of a page here
    out_acts.open_project(s)
    to(page.run(), "data")
    press(page, "Discover")
    assert pool.asked[-1][0] == "discover"
    assert pool.asked[-1][1][0]["names"] == ["u"]
    page.run()
    source(page, "law").number_input(key="points").set_value(50).run()
    press(page, "Discover")
    assert pool.asked[-1][1][0]["names"] == ["L", "g"]

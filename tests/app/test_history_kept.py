"""A reload brings the work back, history and settings and all; nothing of it reaches another browser."""

import pytest
from page_for_tests import drawn, healthy, new_page, press, state, to, use_formula

from app.kept import tabs
from app.kept.autosave import Store
from app.limits import Limits


@pytest.fixture
def store(tmp_path, monkeypatch):
    store = Store(tmp_path / "kept", Limits())
    monkeypatch.setattr("app.kept.autosave.store", lambda: store)
    monkeypatch.setattr("app.kept.tabs._shown", {})
    monkeypatch.setattr("app.kept.tabs.browser", lambda: "cookie")
    return store


def open_page(token=None):
    tabs._shown.clear()  # the page of before is gone
    page = new_page()
    if token:
        page.query_params[tabs.TOKEN] = token
    page.run()
    healthy(page)
    return page


def token_of(page, store):
    store.hands.submit(int).result()
    return state(page).place.token


def test_a_page_that_nobody_has_touched_is_not_saved(pool, store):
    assert tabs.TOKEN not in open_page().query_params
    assert not list(store.folder.iterdir())


def test_a_reload_brings_everything_back(pool, store):
    page = open_page()
    use_formula(page, "x^2 + 3*y")
    press(to(page, "train"), "Train")
    before = state(page)
    again = open_page(token_of(page, store))
    back = state(again)
    assert [(act.id, act.name, act.before) for act in back.acts] == [(a.id, a.name, a.before) for a in before.acts]
    assert (back.at, back.stage, back.formula) == (before.at, "train", "x^2 + 3*y")
    assert drawn(again)["edges"] == drawn(page)["edges"]
    assert drawn(again)["frames"] == drawn(page)["frames"]
    assert "Your work is back as you left it just now." in [info.value for info in again.info]
    press(again, "Undo")
    press(again, "Undo")
    assert state(again).at == 0
    press(again, "Redo")
    press(again, "Redo")
    assert len(drawn(again)["edges"]) == len(drawn(page)["edges"])


def test_an_uploaded_table_comes_back(pool, store):
    page = open_page()
    to(page, "data")
    page.segmented_control(key="kind").set_value("table").run()
    rows = "\n".join(f"{i},{2 * i + 1}" for i in range(1, 13))
    page.file_uploader[0].upload("d.csv", f"u,v\n{rows}\n".encode(), "text/csv").run()
    press(page, "Use these data")
    back = state(open_page(token_of(page, store)))
    assert back.table[0] == "d.csv"
    assert back.work.dataset["target"] == "v"


def test_a_second_tab_on_the_same_address_gets_a_copy(pool, store):
    page = open_page()
    use_formula(page, "x + y")
    token = token_of(page, store)
    second = new_page()
    second.query_params[tabs.TOKEN] = token
    second.run()
    healthy(second)
    assert state(second).formula == "x + y"
    assert token_of(second, store) != token


def test_another_browser_sees_a_fresh_page(pool, store, monkeypatch):
    page = open_page()
    use_formula(page, "x + y")
    token = token_of(page, store)
    monkeypatch.setattr("app.kept.tabs.browser", lambda: "somebody else")
    assert len(state(open_page(token)).acts) == 1


def test_work_under_way_that_was_lost_is_told(pool, store):
    page = open_page()
    use_formula(page, "x + y")
    s = state(page)
    s.place.keep(s.place.last.__class__(s.place.last.acts, s.at, s.place.last.settings, job="gone"))
    again = open_page(token_of(page, store))
    assert any("What was under way was lost with the page" in info.value for info in again.info)
    assert len(state(again).acts) == len(s.acts)

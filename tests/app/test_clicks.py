"""No click is lost where the server is busy: messages that wait for each other, and such as end each other."""

from page_for_tests import healthy, state
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx

from app import visit
from app.acts import steps
from app.widgets import Widgets


def rail(page):
    return page.segmented_control(key="stage")


def once(monkeypatch, owner, name, act):
    """Does something the first time that a function is called, before that does its own work."""
    own, done = getattr(owner, name), []

    def first(*arguments, **options):
        if not done:
            done.append(True)
            act()
        return own(*arguments, **options)

    monkeypatch.setattr(owner, name, first)


def test_a_timers_message_of_the_page_before_does_not_close_the_panel_of_an_edge(page, monkeypatch):
    before = WidgetStates()
    before.widgets.add(id=rail(page).proto.id).string_array_value.data.append("✓ Law")

    def tick():
        told = RerunData(fragment_id="a timer's", widget_states=before, is_auto_rerun=True)
        get_script_run_ctx().script_requests.request_rerun(told)

    once(monkeypatch, steps, "rank", tick)  # so it waits, and becomes part of the page's next drawing
    _rank_the_first_edge(page)
    assert (state(page).edge, state(page).stage, rail(page).value) == ("0-0-0", "name", "name")
    rail(page).set_value("law").run()
    assert state(page).stage == "law"


def click_on_data(page):
    clicked = WidgetStates()
    clicked.widgets.add(id=rail(page).proto.id).string_array_value.data.append("✓ Data")
    get_script_run_ctx().script_requests.request_rerun(RerunData(widget_states=clicked))


def test_a_click_is_heard_though_there_is_news_to_draw_the_page_for(page, monkeypatch):
    once(monkeypatch, Widgets, "redraw", lambda: click_on_data(page))
    _rank_the_first_edge(page)
    assert (state(page).edge, state(page).stage, rail(page).value) == ("0-0-0", "data", "data")


def test_a_click_is_heard_though_the_page_begins_to_be_drawn_for_news(page, monkeypatch):
    once(monkeypatch, Widgets, "redraw", lambda: once(monkeypatch, visit, "current", lambda: click_on_data(page)))
    _rank_the_first_edge(page)
    assert (state(page).edge, state(page).stage, rail(page).value) == ("0-0-0", "data", "data")


def _rank_the_first_edge(page):
    """Its candidates are news: the page is drawn twice."""
    state(page).candidates.clear()
    state(page).select("0-0-0")
    healthy(page.run())


def test_a_click_is_heard_though_the_next_one_ends_its_run(page, monkeypatch):
    once(monkeypatch, Widgets, "_unmeant", lambda: get_script_run_ctx().script_requests.request_stop())
    rail(page).set_value("data").run()
    assert state(page).stage == "data"

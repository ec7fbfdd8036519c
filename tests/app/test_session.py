"""History with undo and redo, selection, and reading of settings."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from app import widgets
from app.acts.steps import read_widths, whole_numbers
from app.data.settings import SettingError
from app.jobs import Job
from app.kept.work import CAP, Act, Work
from app.session import Session


def work(title="data", edges=()):
    picture = {"edges": [{"id": edge, "state": state} for edge, state in edges]} if edges else None
    return Work(source={}, title=title, dataset={}, picture=picture)


@pytest.fixture
def s():
    return Session((Act(0, "start", work("start")),))


def test_undo_and_redo_walk_the_history(s):
    s.push("train", work("trained"))
    s.push("prune", work("pruned"))
    s.go(s.undo_to)
    assert s.work.title == "trained"
    s.go(s.redo_to)
    assert s.work.title == "pruned"
    s.go(0)
    assert s.work.title == "start"


def test_undo_and_redo_end_where_there_is_no_more(s):
    assert (s.undo_to, s.redo_to) == (None, None)
    s.push("train", work("trained"))
    assert (s.undo_to, s.redo_to) == (0, None)


def test_going_beyond_the_history_stays_inside_it(s):
    s.go(-1)
    assert s.at == 0
    s.go(5)
    assert s.at == 0


def test_an_act_done_after_undo_keeps_what_was_undone(s):
    s.push("a", work("a"))
    s.go(s.undo_to)
    s.push("b", work("b"))
    assert [act.name for act in s.acts] == ["start", "a", "b"]
    assert s.line == {0, 2}
    s.go(s.undo_to)
    assert s.act.name == "start"
    assert s.acts[s.redo_to].name == "b"  # the newest
    s.go(1)
    assert (s.work.title, s.acts[s.undo_to].name) == ("a", "start")


def test_the_history_is_capped(s):
    for i in range(2 * CAP):
        s.push(f"act {i}", work())
    assert len(s.acts) == CAP
    assert s.act.name == f"act {2 * CAP - 1}"
    assert len({act.id for act in s.acts}) == CAP


def test_only_edges_of_the_picture_can_be_selected(s):
    s.push("train", work(edges=[("0-0-0", "spline")]))
    for hostile in ("9-9-9", "<script>", None, ""):
        s.select(hostile)
        assert s.edge is None
    s.select("0-0-0")
    assert (s.edge, s.stage) == ("0-0-0", "name")


def test_a_question_asked_while_the_page_was_drawn_is_no_news_but_its_answer_is(s, pool):
    s.seen = s.milestones
    s.look_job = Job(pool, len)
    s.meet()
    assert s.milestones == s.seen
    s.look_job.publish(state="running")
    assert s.milestones == s.seen
    s.look_job.publish(state="done", result={})
    assert s.milestones != s.seen


def test_a_question_given_up_for_another_is_no_news(s, pool):
    s.look_job = Job(pool, len)
    s.seen = s.milestones
    s.look_job = Job(pool, len)
    s.meet()
    assert s.milestones == s.seen


def test_every_stage_of_the_work_is_news(s, pool):
    s.work_job = Job(pool, len)
    for event in ({"stage": "train", "text": ""}, {"stage": "law", "text": ""}):
        s.seen = s.milestones
        s.work_job.publish(event, state="running")
        assert s.milestones != s.seen


def test_news_are_looked_for_less_often_while_others_jobs_come_first(s, pool):
    s.work_job = Job(pool, len)
    soon = s.news
    s.work_job.publish(ahead=3)
    assert s.news > soon
    s.work_job.publish(ahead=0, state="running")
    assert s.news == soon


def test_a_selection_that_left_the_picture_is_dropped(s):
    s.push("train", work(edges=[("0-0-0", "spline"), ("0-1-0", "spline")]))
    s.select("0-1-0")
    s.push("smaller", work(edges=[("0-0-0", "spline")]))
    assert s.edge is None


def test_the_next_unnamed_edge_is_one_further_on_that_is_not_locked(s):
    drawn = work(edges=[("0-0-0", "spline"), ("0-1-0", "symbolic"), ("0-2-0", "spline"), ("1-0-0", "spline")])
    s.push("train", replace(drawn, locked=["0-2-0"]))
    assert s.next_spline == "0-0-0"
    s.select("0-0-0")
    assert s.next_spline == "1-0-0"
    s.select("1-0-0")
    assert s.next_spline == "0-0-0"
    s.push("lock", replace(drawn, locked=["0-0-0", "0-2-0"]))
    assert s.next_spline is None


@pytest.mark.parametrize(
    ("states", "law", "reached"),
    [
        ([], None, 1),
        (["spline", "spline"], None, 2),
        (["spline", "removed"], None, 3),
        (["symbolic", "removed"], None, 4),
        (["symbolic"], {"text": "y = x"}, 5),
    ],
)
def test_the_stage_reached_follows_from_the_work(states, law, reached):
    edges = [(f"0-{i}-0", state) for i, state in enumerate(states)]
    picture = {"edges": [{"id": e, "state": state} for e, state in edges]} if edges else None
    done = Work(source={}, title="", dataset={}, model={} if not edges else {"a": 1}, picture=picture, law=law)
    assert done.reached == reached


def test_widths_are_read_with_and_without_products():
    assert read_widths("2, 5, 1") == [2, 5, 1]
    assert read_widths("[2, (3, 1), 1]") == [2, (3, 1), 1]


@pytest.mark.parametrize("text", ["", "two", "2, -5, 1", "2, 0, 1", "2; 5; 1", "2, x, 1"])
def test_widths_that_cannot_be_read_are_refused_with_an_example(text):
    with pytest.raises(SettingError, match="2, 5, 1"):
        read_widths(text)


def test_grids_are_whole_numbers():
    assert whole_numbers("5, 10,20", "Grid", "5, 10") == [5, 10, 20]
    with pytest.raises(SettingError, match=r"Grid should be whole numbers such as 5, 10; it is '1\.5'"):
        whole_numbers("1.5", "Grid", "5, 10")


def test_an_edge_clicked_while_its_picture_grows_is_opened_when_it_is_there(s):
    s.work_job = object()
    s.select("0-0-0")
    assert s.edge is None
    s.work_job = None
    s.push("train", work(edges=[("0-0-0", "spline")]))
    s.select(s.later)
    assert (s.edge, s.later) == ("0-0-0", None)


class Held(dict):
    """What widgets hold."""

    to_dict = dict.copy


def told(s, name, value, monkeypatch, fragments=()):
    """The browser says that the widget of a field holds a value, in a message that draws fragments alone anew."""
    context = SimpleNamespace(fragment_ids_this_run=list(fragments) or None)
    monkeypatch.setattr(widgets, "get_script_run_ctx", lambda: context)
    monkeypatch.setattr(widgets.st, "session_state", Held({name: value}))
    tied = s.bound(name)
    widgets.st.session_state[name] = value
    tied["on_change"](*tied["args"])


def test_an_act_on_a_widget_is_heard(s, monkeypatch):
    told(s, "stage", "train", monkeypatch)
    assert s.stage == "train"


def test_a_timer_that_tells_of_the_page_before_changes_nothing(s, monkeypatch):
    told(s, "stage", "train", monkeypatch, fragments=["pulse"])
    assert s.stage == "law"


def test_of_a_click_on_the_rail_and_one_on_an_edge_in_one_message_the_later_decides_what_is_shown(s, monkeypatch):
    s.push("train", work("trained", edges=(("0-0-0", "spline"), ("0-1-0", "spline"))))
    told(s, "stage", "train", monkeypatch)
    s.pick("0-0-0", "train")
    assert (s.edge, s.stage) == ("0-0-0", "name")
    told(s, "stage", "data", monkeypatch)
    s.pick("0-1-0", "name")  # which the rail said before it said data
    assert (s.edge, s.stage) == ("0-1-0", "data")


def test_a_click_on_an_edge_goes_before_what_its_message_says_of_the_menu_of_edges(s, monkeypatch):
    s.push("train", work("trained", edges=(("0-0-0", "spline"), ("0-1-0", "spline"))))
    told(s, "edge", "0-0-0", monkeypatch)
    s.pick("0-1-0", "")
    assert (s.edge, s.stage) == ("0-1-0", "name")


def test_what_is_drawn_in_a_fragment_is_heard_with_it(s, monkeypatch):
    monkeypatch.setattr(widgets, "get_script_run_ctx", lambda: SimpleNamespace(fragment_ids_this_run=["panel"]))
    monkeypatch.setattr(widgets.st, "session_state", Held())
    tied = s.bound_choice("wish", ["x", "y"], in_fragment=True)
    widgets.st.session_state["wish"] = "y"
    tied["on_change"](*tied["args"])
    assert s.wish == "y"

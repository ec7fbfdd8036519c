"""What becomes of a job's end: an act, a sentence, or nothing."""

import pytest

from app.acts import steps
from app.jobs import Job
from app.kept.work import Act, Work
from app.session import Session
from app.words import percent, plain


def pretend(*arguments):
    """Stands for a task."""


@pytest.fixture
def s(pool):
    s = Session((Act(0, "start", Work(source={}, title="start", dataset={})),))
    s.work_job = Job(pool, pretend)
    return s


def test_a_job_that_is_done_becomes_an_act(s):
    s.work_job.publish(state="done", result={"act": "Train", "model": {"version": 1}, "law": None})
    steps.collect(s)
    assert (s.act.name, s.work.model, s.work.title) == ("Train", {"version": 1}, "start")
    assert s.work_job is None
    assert s.message == ""


def test_a_job_that_runs_is_left_alone(s):
    s.work_job.publish({"stage": "train"}, state="running")
    steps.collect(s)
    assert s.work_job is not None
    assert s.busy


def test_a_job_that_failed_says_why_and_changes_nothing(s):
    s.work_job.publish(state="failed", error="There are too few rows.")
    steps.collect(s)
    assert s.message == "There are too few rows."
    assert len(s.acts) == 1


def test_a_job_that_ends_after_it_was_looked_at_is_still_waited_for(s):
    steps.collect(s)
    s.work_job.publish(state="done", result={"act": "Train"})
    assert s.busy  # so the page goes on asking, and takes it over next time
    steps.collect(s)
    assert not s.busy


def test_stop_keeps_what_was_there(s):
    job = s.work_job
    steps.stop(s)
    assert job.snapshot().state == "cancelled"
    assert (s.message, s.note) == ("", "Cancelled. What you had before is kept.")
    assert len(s.acts) == 1
    assert not s.busy


def test_a_second_click_on_cancel_leaves_what_the_first_one_said(s, pool):
    s.work_job = Job(pool, pretend)
    steps.stop(s)
    said = s.note
    steps.stop(s)
    assert said.startswith("Cancelled.")
    assert s.note == said


def test_a_ranking_that_failed_is_not_asked_for_again(s, pool):
    s.work_job, s.look_job, s.ranking = None, Job(pool, pretend), (0, "0-0-0")
    s.look_job.publish(state="failed", error="The edge is flat.")
    steps.collect(s)
    assert s.candidates == {(0, "0-0-0"): []}
    assert s.message == "The edge is flat."


def test_a_ranking_that_ended_with_the_connection_is_asked_for_again(s, pool):
    s.work_job, s.look_job, s.ranking = None, Job(pool, pretend), (0, "0-0-0")
    s.look_job.cancel()
    steps.collect(s)
    assert (s.candidates, s.ranking) == ({}, None)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (0.0312, "3.1 %"),
        (0.5, "50 %"),
        (0.996, "100 %"),
        (12.34, "1234 %"),
        (2.5e-9, "2e-07 %"),
        (3e-16, "0 %"),
    ],
)
def test_errors_are_shown_in_few_characters(value, shown):
    assert percent(value) == shown


def test_text_of_a_user_is_no_markdown():
    assert plain("![a](b) <b>$x_1$") == r"\!\[a\]\(b\) \<b\>\$x\_1\$"


@pytest.mark.parametrize("address", ["http://evil.invalid", "WWW.evil.invalid", "me@evil.invalid"])
def test_an_address_in_the_text_of_a_user_is_no_link(address):
    shown = plain(address)
    assert not any(link in shown.replace("\\", "") for link in ("://", "WWW.", "me@"))
    assert shown.replace("\\", "").replace("\u2060", "") == address


def test_the_history_stands_still_while_work_is_under_way(s):
    s.acts = (*s.acts, Act(1, "more", s.work))
    s.at = 1
    s.go(0)
    assert s.at == 1


def test_work_that_ended_with_the_connection_says_so(s):
    s.work_job.publish(state="cancelled")
    steps.collect(s)
    assert "lost its connection" in s.note

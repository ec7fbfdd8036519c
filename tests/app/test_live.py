"""The panel of a search under way: what it knows, what it lets one choose, and what comes of that."""

import json
import re
from dataclasses import replace

import pytest
from page_for_tests import captions, healthy, look_at, press, state, to

from app.jobs import Job
from app.tasks import law_tasks, network_tasks

LAWS = [
    {"text": "y = x", "latex": "y = x", "complexity": 1, "error": 0.5},
    {"text": "y = x + sin(z)", "latex": r"y = x + \sin z", "complexity": 4, "error": 0.01},
]


@pytest.fixture
def job(page, pool):
    """A discovery that has come as far as naming."""
    job = Job(pool, network_tasks.discover)
    job.publish({"stage": "data", "text": "1000 rows", "fraction": 0.02}, state="running")
    found = {"latex": LAWS[1]["latex"], "front": LAWS, "evidence": ["x and z do not interact."]}
    job.publish({"stage": "name", "text": "sin fits", "fraction": 0.6, **found})
    job.publish({"stage": "name", "text": "sin fits well", "fraction": 0.7})
    state(page).work_job = job
    page.run()
    healthy(page)
    return job


def labels(page):
    return [button.label for button in page.button]


def test_stages_light_up_and_the_rest_lies_ahead(page, job):
    lines = next(one.value for one in page.markdown if "**Train**" in one.value).split("  \n")
    signs = [line.split()[0] for line in lines]
    assert signs == [
        ":material/check_circle:",
        *[":material/radio_button_unchecked:"] * 2,
        ":material/pending:",
        ":material/radio_button_unchecked:",
    ]
    assert "sin fits well" in lines[3]


def test_the_best_law_the_front_and_the_evidence_are_kept_while_news_without_them_come(page, job):
    assert any(LAWS[1]["latex"] in one.value for one in page.latex)
    assert any("x and z do not interact." in text.value for text in page.text)
    grown = next(one.proto for one in page.get("bidi_component") if one.proto.component_name == "front")
    assert [point["error"] for point in json.loads(grown.json)["points"]] == [0.5, 0.01]
    assert page.selectbox(key="wish").options == [law["text"] for law in LAWS]


def test_the_time_left_is_told(page, job):
    job.began -= 25
    page.run()
    assert any(re.search(r"[23]\d s gone, at most [23]\d s left", str(bar.proto)) for bar in page.get("progress"))


def test_a_law_that_is_chosen_can_be_used_at_once(page, job):
    assert "Stop and use the best" in labels(page)
    page.selectbox(key="wish").set_value("y = x").run()
    assert "Stop and use it" in labels(page)


def test_a_choice_that_was_beaten_is_taken_back(page, job):
    page.selectbox(key="wish").set_value("y = x").run()
    job.publish({"stage": "name", "text": "better", "front": LAWS[1:]})
    page.run()
    healthy(page)
    assert state(page).wish is None


def test_a_job_that_waits_tells_its_place(page, pool):
    state(page).work_job = job = Job(pool, network_tasks.discover)
    job.publish(ahead=3)
    page.run()
    assert any("2 jobs are before yours" in text.value for text in page.text)
    job.publish(ahead=1)
    page.run()
    assert any("Yours is next." in text.value for text in page.text)


def waiting(pool, task, ahead=3):
    """A job with two of others before it."""
    job = Job(pool, task)
    job.publish(ahead=ahead)
    return job


def test_a_fit_that_waits_tells_its_place_in_the_train_panel(page, pool):
    to(page, "train")
    state(page).work_job = job = waiting(pool, network_tasks.train)
    page.run()
    assert any("2 jobs are before yours" in str(bar.proto) for bar in healthy(page).get("progress"))
    job.publish({"stage": "train", "text": "step 1"}, state="running", ahead=0)
    page.run()
    assert any("step 1" in str(bar.proto) for bar in page.get("progress"))


def test_a_ranking_that_waits_tells_its_place(page, pool):
    s, edge = state(page), "0-0-0"
    s.candidates = {}
    s.look_job, s.ranking = waiting(pool, network_tasks.suggest), (s.act.id, edge)
    to(page, "name").selectbox(key="edge").set_value(edge).run()
    assert any("2 jobs are before yours" in text for text in captions(page))
    s.look_job.publish(state="running", ahead=0)
    page.run()
    assert any("Fitting every function" in text for text in captions(healthy(page)))


def test_a_comparison_that_waits_tells_its_place(page, pool):
    s = state(page)
    s.ask_job = waiting(pool, law_tasks.compare, ahead=2)
    look_at(page, "compare")
    assert any("1 job is before yours" in text for text in captions(page))
    s.ask_job.publish(state="running", ahead=0)
    page.run()
    assert any("Fitting its constants" in text for text in captions(healthy(page)))


def test_a_fit_can_be_paused_from_every_stage(page, pool, job):
    assert "Pause" not in labels(page)  # a search is no fit
    state(page).work_job = fit = Job(pool, network_tasks.train)
    fit.publish({"stage": "train", "text": "step 1"}, state="running")
    pool.satisfied = []
    pool.satisfy = pool.satisfied.append
    assert state(page).stage == "law"
    page.run()
    press(page, "Pause")
    assert pool.satisfied == [fit]


def test_cancel_brings_the_page_back(page, job):
    press(page, "Cancel")
    assert job.snapshot().state == "cancelled"
    assert "Cancelled. What you had before is kept." in [info.value for info in page.info]


def test_the_law_chosen_on_the_way_is_adopted_when_the_search_ends(page):
    s = state(page)
    rivals = [
        {"text": text, "law": {**s.work.law, "text": text}, "drawn": None} for text in (s.work.law["text"], "y = x")
    ]
    s.push("Discover", replace(s.work, law={**s.work.law, "front": rivals}))
    s.wish = "y = x"
    page.run()
    healthy(page)
    assert (s.work.law["text"], s.act.name, s.wish) == ("y = x", "Adopt y = x", None)

"""Training, pruning and naming in Streamlit's own test harness."""

from dataclasses import replace

import numpy as np
import pytest
from page_for_tests import chosen, drawn, healthy, press, resumed, said, select, state, to, use_formula

from app.jobs import JobError
from app.words import plain


@pytest.fixture
def page(page, kept):
    """A page on y = x^2 + 3y, trained as [2, 2, 1]."""
    return resumed(page, kept, reach=trained)


def trained(page):
    use_formula(page, "x^2 + 3*y")
    to(page, "train").text_input(key="widths").set_value("2, 2, 1").run()
    return press(page, "Train")


def labels(page):
    return {button.label: button for button in page.button}


def work(page):
    return state(page).work


def test_a_trained_network_has_bands_impacts_errors_and_a_verdict(page):
    assert all(edge["half"] and edge["impact"] is not None for edge in drawn(page)["edges"])
    assert {metric.label for metric in page.metric} == {"Error, train rows", "Error, validation rows"}
    assert work(page).report
    assert [text.value for text in page.text if f"• {work(page).report[0]}" in text.value]


@pytest.mark.parametrize("stage", ["train", "prune"])
def test_the_name_of_rows_in_a_file_from_elsewhere_stays_text(page, stage):
    now = work(page)
    more = {"edges": [{**edge, "state": "removed"} for edge in now.picture["edges"][:1]] + now.picture["edges"][1:]}
    errors = {"[x](http://y)": 0.1}
    state(page).push("Open", replace(now, errors=errors))
    state(page).push("Prune", replace(now, errors=errors, picture={**now.picture, **more}))
    labels = [metric.label for metric in to(page, stage).metric]
    assert f"Error, {plain('[x](http://y)')} rows" in labels


def test_the_film_knows_its_steps_on_the_loss_chart(page):
    sent = drawn(page)
    steps = [frame["step"] for frame in sent["frames"]]
    assert steps == sorted(steps)
    assert (sent["losses"][0][0], sent["losses"][-1][0]) == (steps[0], steps[-1])


def test_a_click_on_an_edge_leaves_the_picture_as_it_was_sent(page):
    before, nothing = drawn(page), chosen(page)
    select(page, "1-0-0")
    assert drawn(page) == before
    assert nothing["selected"] is None
    assert chosen(page)["selected"] == "1-0-0"


def test_one_more_step_goes_on_from_the_network_and_counts_on(page):
    before = work(page)
    press(page, "One step")
    after = work(page)
    assert after.losses[: len(before.losses)] == before.losses
    assert after.losses[-1][0] == before.losses[-1][0] + 1
    assert after.errors["train"] <= before.errors["train"] * (1 + 1e-9)
    assert page.session_state["session"].act.name.startswith("One step")


def test_a_paused_fit_is_resumed_with_what_was_left_of_it(page, pool):
    assert "Resume" not in labels(to(page, "train"))
    left = {"steps": [0, 2, 3], "grids": [5, 5, 10], "sparsity": 0.0}
    before = replace(work(page), paused=left)
    state(page).push("Train", before)
    page.run()
    press(page, "Resume")
    assert pool.asked[-1][0] == "resume"
    assert pool.asked[-1][1][2] == left
    assert work(page).losses[: len(before.losses)] == before.losses
    assert work(page).paused is None
    assert "Resume" not in labels(page)


def test_what_was_left_of_a_fit_is_forgotten_with_its_network(page):
    state(page).push("Train", replace(work(page), paused={"steps": [1], "grids": [5], "sparsity": 0.0}))
    press(to(page, "prune"), "Prune")
    assert work(page).paused is None


def test_a_finer_grid_is_kept_only_where_new_rows_gain_by_it(page):
    cells = [layer["grid"] for layer in work(page).model["layers"]]
    press(page, "Finer grid")
    after = [layer["grid"] for layer in work(page).model["layers"]]
    kept = after == [2 * n for n in cells]
    assert kept or after == cells
    assert ("did not help" in page.session_state["session"].act.name) is not kept


def test_the_sparsity_slider_trains_at_once(page):
    acts = len(page.session_state["session"].acts)
    page.select_slider(key="sparsity").set_value(0.01).run()
    healthy(page.run())
    assert len(page.session_state["session"].acts) == acts + 1
    assert "removed" in {edge["state"] for edge in drawn(page)["edges"]}


def test_pruning_says_before_what_would_go_and_after_what_it_cost(page):
    to(page, "prune")
    page.slider(key="tolerance").set_value(0.1).run()
    assert chosen(page)["doomed"]
    assert any("Dashed in the picture" in caption.value for caption in page.caption)
    press(page, "Prune")
    edges = next(metric for metric in page.metric if metric.label == "Edges")
    assert int(edges.value) - int(edges.delta) == 6


def test_a_locked_edge_survives_pruning_and_is_not_for_removing_or_naming(page):
    select(page, "0-0-0")
    press(page, "Lock")
    select(page, "0-0-1")
    press(page, "Lock")
    assert [edge["id"] for edge in drawn(page)["edges"] if edge.get("locked")] == ["0-0-0", "0-0-1"]
    assert labels(page)["Remove"].disabled
    assert all(button.disabled for label, button in labels(page).items() if label.startswith("Use `"))
    press(to(page, "prune"), "Prune")
    states = {edge["id"]: edge["state"] for edge in drawn(page)["edges"]}
    assert states["0-0-0"] == states["0-0-1"] == "spline"
    press(page, "Undo")
    press(page, "Undo")
    assert [edge["id"] for edge in drawn(page)["edges"] if edge.get("locked")] == ["0-0-0"]


def test_a_new_fit_says_that_the_locks_are_gone_and_undo_brings_them_back(page):
    select(page, "0-0-0")
    press(page, "Lock")
    next(button for button in to(page, "train").button if button.label == "Train").click()
    page.run()
    assert any("the lock on 1 edge" in info.value for info in healthy(page.run()).info)
    press(page, "Undo")
    assert [edge["id"] for edge in drawn(page)["edges"] if edge.get("locked")] == ["0-0-0"]


def test_locking_keeps_what_is_known_of_the_candidates(page, pool):
    select(page, "0-0-0")
    asked = [name for name, _ in pool.asked].count("suggest")
    press(page, "Lock")
    assert page.radio
    assert [name for name, _ in pool.asked].count("suggest") == asked


def test_the_impact_of_removing_an_edge_is_told_before_it_is_done(page):
    select(page, "0-0-0")
    assert any("Without it the error on new rows goes from" in caption.value for caption in page.caption)
    assert "`0`: nothing at all" in page.radio[0].options
    page.radio[0].set_value("0").run()
    assert not [label for label in labels(page) if label.startswith("Use `")]
    session = page.session_state["session"]
    zero = next(row for row in session.candidates[session.act.id, "0-0-0"] if row["name"] == "0")
    press(page, "Remove")
    assert work(page).errors["validation"] <= zero["after"] * 1.5


def learn_from_all_rows(page):
    """The same data and network, with no rows kept from the fit, as of a small table."""
    data = work(page).dataset
    split = {"train": np.arange(len(data["y"])), "validation": np.array([], int), "test": np.array([], int)}
    state(page).push("Data", replace(work(page), dataset={**data, "split": {**data["split"], **split}}))


def test_where_no_rows_are_new_a_finer_grid_is_not_said_to_be_judged_by_them(page):
    assert "kept if new rows gain by it" in labels(to(page, "train"))["Finer grid"].help
    learn_from_all_rows(page)
    assert "kept if the fit is no worse for it: all rows are learned from" in labels(page.run())["Finer grid"].help


def test_a_locked_edge_stays_a_curve_and_the_next_one_is_gone_on_to(page):
    select(page, "0-0-0")
    press(page, "Lock")
    assert [act.name for act in state(page).acts][-1] == "Lock x → node 1"
    press(page, "Next unnamed edge")
    assert state(page).edge == "0-0-1"
    while state(page).edge != "1-1-0":
        press(page, "Next unnamed edge")
    press(page, "Next unnamed edge")
    assert state(page).edge == "0-0-1"


def test_a_full_server_is_told_where_something_is_asked_of_it_and_nothing_is_lost(page, pool, monkeypatch):
    full, acts = "This server is busy: 2 jobs wait. Try again in a minute.", len(state(page).acts)

    def refuse(*_, **__):
        raise JobError(full)

    with monkeypatch.context() as busy:
        busy.setattr(pool, "submit", refuse)
        healthy(labels(to(page, "train"))["Train"].click().run())
        assert said(page) == [plain(full)]
        healthy(to(page, "name").selectbox(key="edge").set_value("0-0-0").run())
        assert said(page) == [plain(full)]
    assert len(state(page).acts) == acts
    healthy(healthy(page.run()).run())
    assert said(page) == []
    assert page.radio[0].options


def test_where_no_rows_are_new_the_impact_of_removing_an_edge_is_told_of_the_rows_it_is_fitted_to(page):
    learn_from_all_rows(page)
    select(page, "0-0-0")
    told = [caption.value for caption in page.caption if "Without it" in caption.value]
    assert len(told) == 1
    assert "on the rows it is fitted to goes from" in told[0]


def test_another_function_is_judged_as_the_first_ones_are(page):
    select(page, "0-0-0")
    before = [caption.value for caption in page.caption]
    box = next(box for box in page.selectbox if box.label == "Another function")
    healthy(box.set_value(box.options[0]).run())
    told = [caption.value for caption in page.caption if caption.value not in before]
    row = next(row for row in state(page).candidates[state(page).act.id, "0-0-0"] if row["name"] == box.options[0])
    assert len(told) == 1
    assert told[0].startswith(f"R² {row['r2']:.6f} · complexity {row['complexity']:.0f} · ")


def test_an_edge_that_feeds_the_output_shows_the_rows_about_its_curve(page):
    select(page, "1-0-0")
    session = page.session_state["session"]
    x, y = session.rows_seen[session.act.id, "1-0-0"]
    assert len(x) == len(y) > 50
    assert session.rows_seen.get((session.act.id, "0-0-0"), []) == []


def test_a_function_of_ones_own_is_ranked_and_used(page):
    select(page, "0-0-0")
    page.text_input(key="own").set_value("u^2 + u").run()
    healthy(page.run())
    names = page.radio[0].options
    own = next(name for name in names if "u^2" in name or "u**2" in name)
    page.radio[0].set_value(own.strip("`")).run()
    press(page, f"Use {own}")
    assert drawn(page)["edges"][0]["state"] == "symbolic"


def test_a_function_that_cannot_be_read_is_told_and_the_others_stay(page):
    select(page, "0-0-0")
    page.text_input(key="own").set_value("u*exp(").run()
    healthy(page.run())
    assert page.error
    assert "cannot be read" in page.error[0].value
    assert len(page.radio[0].options) > 2

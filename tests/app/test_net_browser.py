"""The network in a real browser: layers, the replay, its loss chart, the file it saves, keys, and the phone."""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from browser_for_tests import EDGE, stage, type_formula

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

SVG = "{http://www.w3.org/2000/svg}"
CURVE = f"{EDGE} .curve"


def train(page, formula="x*x + sin(3*y)", widths="2, 3, 1"):
    """A trained network, its replay at the end."""
    type_formula(page, formula)
    page.get_by_role("button", name="Use these data").click()
    page.get_by_text("Loaded now: 1000 rows").wait_for()
    stage(page, "Train")
    box = page.get_by_label("Widths", exact=True)
    box.fill(widths)
    box.press("Enter")
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_role("button", name="Pause").first.wait_for()
    page.get_by_role("button", name="Finer grid").wait_for()
    return page


def test_a_replay_plays_pauses_and_its_cursor_follows_the_loss_curve(tab):
    page = train(tab())
    page.get_by_role("button", name="Replay").wait_for()
    cursor, last = page.locator(".loss .cursor"), page.locator(CURVE.format("0-0-0")).get_attribute("d")
    end = cursor.get_attribute("d")
    page.get_by_label("Step of the replay").fill("0")
    assert cursor.get_attribute("d") != end
    assert page.locator(CURVE.format("0-0-0")).get_attribute("d") != last
    page.get_by_label("Speed of the replay").select_option("0.1")
    page.locator(".play").click()
    page.locator(".play", has_text="Pause").wait_for()
    page.locator(".play").click()
    page.locator(".play", has_text=re.compile("^Play$")).wait_for()
    box = page.locator(".loss svg").bounding_box()
    page.mouse.click(box["x"] + box["width"] - 1, box["y"] + box["height"] / 2)
    assert page.locator(".loss .train").count() == page.locator(".loss .validation").count() == 1


def test_reduced_motion_shows_the_end_at_once(tab):
    page = train(tab(reduced_motion="reduce"))
    assert page.locator(".play").inner_text() == "Replay"
    scrub = page.get_by_label("Step of the replay")
    assert scrub.input_value() == scrub.get_attribute("max")


def test_the_picture_is_never_rebuilt_while_a_fit_runs_and_after_it(tab):
    page = train(tab(), widths="2, 2, 1")
    page.locator(EDGE.format("0-0-0")).evaluate("element => element.marked = true")
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_role("button", name="Pause").first.wait_for()
    page.get_by_role("button", name="Finer grid").wait_for()
    assert page.locator(EDGE.format("0-0-0")).evaluate("element => element.marked")


def test_one_layer_alone_fills_the_picture(tab):
    page = train(tab())
    wide = page.locator(f"{EDGE.format('1-0-0')} .frame").bounding_box()["width"]
    page.get_by_role("button", name="Layer 2 alone").click()
    assert not page.locator(EDGE.format("0-0-0")).is_visible()
    assert page.locator(f"{EDGE.format('1-0-0')} .frame").bounding_box()["width"] > wide
    page.get_by_role("button", name="All layers").click()
    assert page.locator(EDGE.format("0-0-0")).is_visible()


def test_a_node_under_the_pointer_shows_its_edges_alone(tab):
    page = train(tab())
    page.locator(".node circle").nth(0).hover()
    near = page.locator("g.edge.near[data-id]")
    near.first.wait_for(state="attached")
    assert {name.split("-")[1] for name in near.evaluate_all("all => all.map(e => e.dataset.id)")} == {"0"}


def test_the_saved_picture_is_an_svg_that_needs_nothing_else(tab, tmp_path):
    page = tab()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save SVG").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    text = Path(path).read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)
    assert root.tag == f"{SVG}svg"
    assert len(root.findall(f".//{SVG}path")) >= 3
    assert "var(" not in text
    assert "script" not in text
    assert not re.search(r'(href|src)="?http|url\((?!"?#)', text)


def test_one_tab_stop_leads_to_the_edges_and_arrows_go_on(tab):
    page = train(tab())
    assert page.locator("g.edge[data-id][tabindex='0']").count() == 1
    page.locator("g.edge[data-id][tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_text("This edge is a learned curve").wait_for()
    assert page.locator("g.edge.selected[data-id]").get_attribute("aria-pressed") == "true"
    assert page.locator("g.edge.selected[data-id]").get_attribute("data-id").startswith("1-")


def test_on_a_phone_a_wide_network_scrolls_in_its_box_and_its_curves_can_be_hit(tab):
    page = train(tab(viewport={"width": 390, "height": 844}), "a + b*c + sin(d) + e^2", "5, 8, 1")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for frame in page.locator("g.edge[data-id] .frame").all():
        box = frame.bounding_box()
        assert min(box["width"], box["height"]) >= 23.9
    page.locator(".st-key-stage button").last.wait_for()
    rail = page.locator(".st-key-stage button").last.bounding_box()
    assert rail["x"] + rail["width"] <= 390


def test_hostile_names_in_the_picture_stay_text(tab):
    page, dialogs = tab(), []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    evil = "<svg onload=alert(1)>"
    rows = "\n".join(f"{i},{i * i},{i % 5}" for i in range(1, 60))
    stage(page, "Data")
    page.get_by_role("radio", name="Your table").click()
    page.locator("input[type=file]").set_input_files(
        {"name": "t.csv", "mimeType": "text/csv", "buffer": f"{evil},v,w\n{rows}\n".encode()}
    )
    page.get_by_role("button", name="Use these data").click()
    stage(page, "Train")
    page.get_by_role("button", name="Train", exact=True).click()
    page.locator("g.edge.spline[data-id]").first.hover()
    assert evil in page.locator(".card .title").text_content()
    assert not page.locator(".net svg svg").count()
    assert not dialogs

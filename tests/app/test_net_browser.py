"""The network in a real browser: layers, the replay, its loss chart, the file it saves, keys, and the phone."""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from browser_for_tests import EDGE, expect, trained, use

pytestmark = pytest.mark.e2e

SVG = "{http://www.w3.org/2000/svg}"
CURVE = f"{EDGE} .curve"


@pytest.fixture(scope="module")
def page(long_tab):
    """A trained network, its replay at the end."""
    page = long_tab()
    use(page, "x*x + sin(3*y)")
    trained(page, Widths="2, 3, 1")
    page.get_by_role("button", name="Replay").wait_for()
    return page


def test_a_replay_plays_pauses_and_its_cursor_follows_the_loss_curve(page):
    cursor, last = page.locator(".loss .cursor"), page.locator(CURVE.format("0-0-0")).get_attribute("d")
    end = cursor.get_attribute("d")
    page.get_by_label("Step of the replay").fill("0")
    expect(cursor).not_to_have_attribute("d", end)
    expect(page.locator(CURVE.format("0-0-0"))).not_to_have_attribute("d", last)
    page.get_by_label("Speed of the replay").select_option("0.1")
    page.locator(".play").click()
    page.locator(".play", has_text="Pause").wait_for()
    page.locator(".play").click()
    page.locator(".play", has_text=re.compile("^Play$")).wait_for()
    box = page.locator(".loss svg").bounding_box()
    page.mouse.click(box["x"] + box["width"] - 1, box["y"] + box["height"] / 2)
    for kind in ("train", "validation"):
        expect(page.locator(f".loss .{kind}")).to_have_count(1)


def test_reduced_motion_shows_the_end_at_once(page):
    page.emulate_media(reduced_motion="reduce")
    trained(page)
    expect(page.locator(".play")).to_have_text("Replay")
    scrub = page.get_by_label("Step of the replay")
    expect(scrub).to_have_value(scrub.get_attribute("max"))
    page.emulate_media(reduced_motion="no-preference")


def test_the_picture_is_never_rebuilt_while_a_fit_runs_and_after_it(page):
    page.locator(EDGE.format("0-0-0")).evaluate("element => element.marked = true")
    trained(page)
    assert page.locator(EDGE.format("0-0-0")).evaluate("element => element.marked")


def test_one_layer_alone_fills_the_picture(page):
    wide = page.locator(f"{EDGE.format('1-0-0')} .frame").bounding_box()["width"]
    page.get_by_role("button", name="Layer 2 alone").click()
    expect(page.locator(EDGE.format("0-0-0"))).to_be_hidden()
    assert page.locator(f"{EDGE.format('1-0-0')} .frame").bounding_box()["width"] > wide
    page.get_by_role("button", name="All layers").click()
    expect(page.locator(EDGE.format("0-0-0"))).to_be_visible()


def test_a_node_under_the_pointer_shows_its_edges_alone(page):
    page.locator(".node circle").nth(0).hover()
    near = page.locator("g.edge.near[data-id]")
    near.first.wait_for(state="attached")
    assert {name.split("-")[1] for name in near.evaluate_all("all => all.map(e => e.dataset.id)")} == {"0"}


def test_the_saved_picture_is_an_svg_that_needs_nothing_else(page, tmp_path):
    with page.expect_download() as download:
        page.get_by_role("button", name="Save SVG").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    text = Path(path).read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)
    assert root.tag == f"{SVG}svg"
    assert len(root.findall(f".//{SVG}path")) >= 9
    assert "var(" not in text
    assert "script" not in text
    assert not re.search(r'(href|src)="?http|url\((?!"?#)', text)


def test_one_tab_stop_leads_to_the_edges_and_arrows_go_on(page):
    expect(page.locator("g.edge[data-id][tabindex='0']")).to_have_count(1)
    page.locator("g.edge[data-id][tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_text("This edge is a learned curve").wait_for()
    expect(page.locator("g.edge.selected[data-id]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("g.edge.selected[data-id]")).to_have_attribute("data-id", re.compile("^1-"))

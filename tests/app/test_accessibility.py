"""The page by keyboard alone, and by the rules of axe-core, in light and dark."""

import re

import pytest
from browser_for_tests import EDGE, stage

pytestmark = pytest.mark.e2e

RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
# What Streamlit draws by itself and no page can change: (rule, part of the element's HTML).
STREAMLITS_OWN = ()


def violations(page):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=RULES).response["violations"]
    return [
        (rule["id"], node["html"][:300], node["failureSummary"][:300])
        for rule in found
        for node in rule["nodes"]
        if not any(rule["id"] == known and part in node["html"] for known, part in STREAMLITS_OWN)
    ]


def settled(page):
    """Everything is drawn, and nothing is still fading in: half-faded text has too little contrast."""
    page.locator("[data-testid='stApp'][data-test-script-state='notRunning']").wait_for()
    page.wait_for_function("document.getAnimations().every((one) => one.playState !== 'running')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["Data", "Train", "Prune", "Name", "Law"])
def test_every_stage_keeps_the_rules_of_accessibility(tab, scheme, name):
    page = tab(color_scheme=scheme, reduced_motion="reduce")
    if name == "Name":
        page.locator(EDGE.format("0-0-0")).click()
        page.locator(".js-plotly-plot").first.wait_for()
    else:
        stage(page, name)
        if name != "Law":
            page.get_by_role("heading", name=name, exact=True).wait_for()
    settled(page)
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_history_keeps_the_rules_of_accessibility(tab, scheme):
    page = tab(color_scheme=scheme, reduced_motion="reduce")
    page.get_by_role("button", name="History").click()
    page.get_by_text("Click an act to go back to it").wait_for()
    page.mouse.move(5, 5)
    settled(page)
    assert violations(page) == []


FOCUSED = """(() => {
  let e = document.activeElement;
  while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
  if (["BODY", "MAIN"].includes(e.tagName)) return ""; // they have all the words there are
  return [e.innerText, e.ariaLabel, e.labels?.[0]?.innerText, e.dataset?.id].filter(Boolean).join();
})()"""


def tab_to(page, name):
    """Presses Tab until the focus is on something called so; fails where it never comes there."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if re.search(name, page.evaluate(FOCUSED) or ""):
            return
    raise AssertionError(f"Tab never came to {name}")


def test_a_law_is_found_taken_back_and_brought_back_without_a_pointer(tab):
    page = tab()
    tab_to(page, "Data")  # the row of stages: one stop, arrows go between
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Name", exact=True).wait_for()
    tab_to(page, "Discover")
    page.keyboard.press("Enter")
    undo = page.get_by_role("button", name="Undo")
    undo.and_(page.locator(":enabled")).wait_for()
    page.get_by_text("Law vs data").wait_for()
    tab_to(page, "^Undo|undo")
    page.keyboard.press("Enter")
    undo.and_(page.locator(":disabled")).wait_for()


def test_an_edge_is_chosen_and_left_again_without_a_pointer(tab):
    page = tab()
    tab_to(page, "0-0-0")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Name", exact=True).wait_for()
    assert page.locator(EDGE.format("0-0-0")).get_attribute("aria-pressed") == "true"

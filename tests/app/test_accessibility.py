"""The page by keyboard alone, and by the rules of axe-core, in light and dark."""

import re

import pytest
from browser_for_tests import EDGE, LEARNED, open_project, stage, still, upload
from law_for_tests import work

from app.kept.work import Act
from app.out import project

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


STAGES = ("Data", "Train", "Prune", "Name", "Law")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_stage_and_the_history_keep_the_rules_of_accessibility(tab, scheme):
    page, found = tab(color_scheme=scheme, reduced_motion="reduce"), {}
    for name in STAGES:
        stage(page, name)
        if name == "Name":
            page.locator(EDGE.format("0-0-0")).click()
            page.locator(LEARNED).wait_for()
        elif name != "Law":
            page.get_by_role("heading", name=name, exact=True).wait_for()
        found[name] = looked_at(page)
    page.get_by_role("button", name="History").click()
    page.get_by_text("Click an act to go back to it").wait_for()
    found["History"] = looked_at(page)
    assert found == {name: [] for name in (*STAGES, "History")}


def looked_at(page):
    page.mouse.move(5, 5)
    still(page)  # half-faded text has too little contrast
    return violations(page)


def in_both_schemes(page):
    """What is found in the light and in the dark."""
    found = []
    for scheme, dark in (("light", False), ("dark", True)):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.wait_for_function(DARK.format(str(dark).lower()))
        found += looked_at(page)
    return found


DARK = "(parseInt(getComputedStyle(document.querySelector('.stApp')).backgroundColor.slice(4)) < 128) === {}"
GAPS = "u [m],v [s],who,w\n" + "".join(f"{i},{'' if i == 9 else i % 5},a,{i * i}\n" for i in range(1, 60))


def test_a_law_of_two_inputs_and_an_uploaded_table_keep_the_rules_of_accessibility(tab):
    page, found = tab(reduced_motion="reduce"), {}
    open_project(page, project.to_bytes([Act(0, "Discover", work())], 0))
    page.locator(".st-key-detail").get_by_text("Charts", exact=True).click()
    page.get_by_role("radio", name="Surface").click()
    page.locator(".js-plotly-plot .gl-container").wait_for(state="attached")
    found["surface"] = in_both_schemes(page)
    page.get_by_role("radio", name="Slices").click()
    page.get_by_role("slider").wait_for()
    found["slices"] = looked_at(page)
    upload(page, GAPS)
    page.get_by_text("Column 'v' has 1 empty cell").wait_for()
    for label in ("Rows", "Test rows and units"):
        page.get_by_text(label, exact=True).click()
    page.get_by_role("button", name="Edit by hand").wait_for()
    found["table"] = in_both_schemes(page)
    assert found == {"surface": [], "slices": [], "table": []}


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


def test_an_edge_is_chosen_and_a_law_found_taken_back_and_brought_back_without_a_pointer(tab):
    page = tab()
    tab_to(page, "Data")  # the row of stages: one stop, arrows go between
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Name", exact=True).wait_for()
    tab_to(page, "Discover")
    page.keyboard.press("Enter")
    undo, redo = (page.get_by_role("button", name=name) for name in ("Undo", "Redo"))
    undo.and_(page.locator(":enabled")).wait_for()
    page.get_by_text("Law vs data").wait_for()
    for name, other in (("^Undo|undo", redo), ("^Redo|redo", undo)):
        tab_to(page, name)
        page.keyboard.press("Enter")
        other.and_(page.locator(":enabled")).wait_for()
    tab_to(page, "0-0-0")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Name", exact=True).wait_for()
    assert page.locator(EDGE.format("0-0-0")).get_attribute("aria-pressed") == "true"

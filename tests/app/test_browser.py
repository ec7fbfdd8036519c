"""The page in a real browser: what only a browser shows. One server for all tests, a fresh tab for each."""

import pytest
from browser_for_tests import EDGE, stage, type_formula

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_opens_on_a_finished_law_without_errors_or_foreign_hosts(tab, url, scheme):
    page = tab(color_scheme=scheme)
    page.locator(".katex").first.wait_for()
    assert page.locator("g.edge.symbolic[data-id]").count() == 1
    own = (url, f"blob:{url}", url.replace("http", "ws"), "data:")
    assert not [address for address in page.requested if not address.startswith(own)]
    assert not [address for address in page.requested if "plotly" in address.lower()]


def test_a_click_on_an_edge_opens_its_panel(tab):
    page = tab()
    page.locator(EDGE.format("0-0-0")).click()
    page.get_by_text("This edge is named").wait_for()
    page.locator(".js-plotly-plot").first.wait_for()
    assert page.locator(EDGE.format("0-0-0")).get_attribute("aria-pressed") == "true"


def test_hovering_an_edge_enlarges_it(tab):
    page = tab()
    page.locator(EDGE.format("0-0-0")).hover()
    page.locator(".card .title").wait_for()
    assert "→" in page.locator(".card .title").text_content()
    assert page.locator(".card .bar").count() == 20


def test_the_keyboard_selects_an_edge(tab):
    page = tab()
    page.locator(EDGE.format("0-0-0")).focus()
    page.keyboard.press("Enter")
    page.get_by_text("This edge is named").wait_for()


def test_discovers_the_typed_formula_step_by_step(tab):
    page = tab()
    type_formula(page, "exp(sin(pi*x) + y^2)")
    page.get_by_role("button", name="Discover").click()
    page.get_by_role("button", name="Cancel").wait_for()
    page.get_by_role("button", name="Cancel").wait_for(state="detached")
    page.get_by_text("Law vs data").wait_for()
    page.locator(".st-key-detail").get_by_text("Export", exact=True).click()
    law = page.locator(".stCode").first.inner_text()
    assert law.replace(" ", "") == r"z=e^{y^{2}+\sin{\left(\pix\right)}}"
    assert page.locator("g.edge.spline[data-id]").count() == 0


def test_a_fit_is_drawn_replayed_pruned_and_undone(tab):
    page = tab()
    type_formula(page, "x*x + sin(3*y)")
    page.get_by_role("button", name="Use these data").click()
    page.get_by_text("Loaded now: 1000 rows").wait_for()
    stage(page, "Train")
    page.get_by_role("button", name="Train", exact=True).click()
    page.locator(EDGE.format("0-1-4")).wait_for()
    page.get_by_role("button", name="Replay").wait_for()  # it plays by itself, then stands still
    first = page.locator(f"{EDGE.format('0-0-0')} .curve").get_attribute("d")
    page.get_by_label("Step of the replay").fill("0")
    assert page.locator(f"{EDGE.format('0-0-0')} .curve").get_attribute("d") != first
    page.locator(EDGE.format("0-0-0")).focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.shadowRoot.activeElement.dataset.id").startswith("1-")
    stage(page, "Prune")
    page.get_by_role("button", name="Prune", exact=True).click()
    page.locator("g.edge.removed[data-id]").first.wait_for()
    page.get_by_role("button", name="Undo").click()
    page.locator("g.edge.removed[data-id]").first.wait_for(state="detached")


def test_an_error_is_a_sentence_and_the_law_stays(tab):
    page = tab()
    type_formula(page, "exp(sin(pi*x) +")
    page.get_by_role("alert").wait_for()
    assert "Traceback" not in page.get_by_role("alert").inner_text()
    stage(page, "Law")
    page.get_by_text("Law vs data").wait_for()


def test_hostile_names_of_columns_are_only_text(tab):
    page, dialogs = tab(), []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    evil = "<img src=//evil.invalid onerror=alert(1)>"
    rows = "\n".join(f"{i},{i * i}" for i in range(1, 13))
    stage(page, "Data")
    page.get_by_role("radio", name="Your table").click()
    page.locator("input[type=file]").set_input_files(
        {"name": "![a](http://evil.invalid).csv", "mimeType": "text/csv", "buffer": f"{evil},v\n{rows}\n".encode()}
    )
    page.get_by_role("button", name="Use these data").click()
    page.get_by_text("Loaded now: 12 rows").wait_for()
    stage(page, "Train")
    widths = page.get_by_label("Widths", exact=True)
    widths.fill("1, 1")
    widths.press("Enter")
    page.get_by_role("button", name="Train", exact=True).click()
    page.locator("g.edge.spline[data-id]").first.wait_for()
    page.locator(EDGE.format("0-0-0")).click()
    page.get_by_text("This edge is").wait_for()
    page.locator(".js-plotly-plot").first.wait_for()
    assert page.locator("title", has_text=evil).count() == 1
    assert not [address for address in page.requested if "evil" in address]
    assert not dialogs


def test_fits_a_phone(tab):
    page = tab(viewport={"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator(f"{EDGE.format('0-0-0')} .frame").bounding_box()
    assert min(box["width"], box["height"]) >= 24


def test_two_visitors_do_not_see_each_others_work(tab):
    mine, yours = tab(), tab()
    type_formula(mine, "x + y")
    mine.get_by_role("button", name="Use these data").click()
    mine.get_by_text("Loaded now: 1000 rows").wait_for()
    stage(yours, "Data")
    yours.get_by_text("Loaded now: 8 rows").wait_for()

"""The data panel in a real browser: typing into cells, units typed over, live previews, a phone."""

import re
from contextlib import suppress

import pytest
from browser_for_tests import PHONE, stage, still, upload

pytestmark = pytest.mark.e2e

FALL = "t [s],h [m],who\n" + "".join(f"{i / 4},{4.9 * (i / 4) ** 2:.4f},a\n" for i in range(1, 25))

GRID = "[data-testid='data-grid-canvas']"


def source(page, name):
    """Chooses where data come from; a click on a page that is just being drawn anew may be lost."""
    still(page)
    page.get_by_role("radio", name=name, exact=True).click()


@pytest.fixture(scope="module")
def page(long_tab):
    """The data panel; each test chooses its own source of data."""
    page = long_tab(permissions=["clipboard-read", "clipboard-write"])
    stage(page, "Data")
    return page


def click_cell(page, x, y):
    """Selects a cell of the first table by its place in pixels, once the page stands still."""
    still(page)
    grid = page.locator(GRID).first
    from playwright.sync_api import TimeoutError as Missed

    for _ in range(10):  # a table that is drawn anew forgets what was chosen in it
        grid.click(position={"x": x, "y": y}, force=True)
        with suppress(Missed):
            grid.locator("[aria-selected=true]").first.wait_for(state="attached", timeout=1000)
            return
    raise AssertionError("no cell could be chosen")


def test_the_formula_is_previewed_while_it_is_typed(page):
    source(page, "A formula")
    box = page.get_by_label("Formula", exact=True)
    box.press("End")
    box.press_sequentially(" + zeta", delay=20)
    page.locator(".katex", has_text="ζ").first.wait_for()
    page.get_by_label("zeta from").wait_for()
    assert box.input_value() == "exp(sin(pi*x) + y^2) + zeta"


def test_a_search_is_answered_while_it_is_typed(page):
    source(page, "A law")
    page.get_by_role("searchbox", name="Search").press_sequentially("straw glass", delay=20)
    page.get_by_text("Law 1 of 1").wait_for()
    page.get_by_text("A straw in a glass looks broken").wait_for()


def test_cells_pasted_from_a_spreadsheet_become_data_and_survive_navigation(page):
    source(page, "Type data")
    page.locator(GRID).first.wait_for()
    cells = "\n".join(f"{i}\t{i * i}" for i in range(1, 8))
    page.evaluate("text => navigator.clipboard.writeText(text)", cells)
    click_cell(page, 100, 52)
    page.keyboard.press("Control+v")
    page.get_by_text("7 rows, 2 columns").wait_for()
    stage(page, "Law")
    page.get_by_text("Law vs data").first.wait_for()
    stage(page, "Data")
    page.get_by_text("7 rows, 2 columns").wait_for()
    names = page.get_by_label("Columns", exact=True)
    names.fill("side [m], area [m^2]")
    names.press("Enter")
    page.get_by_role("button", name="Use these data").click()
    page.get_by_text("Loaded now: 7 rows, side → area").wait_for()


def test_an_uploaded_table_is_repaired_and_its_law_found(page):
    upload(page, FALL.replace("4.9000,a", ",a"))
    page.get_by_text("Column 'h' has 1 empty cell").wait_for()
    page.get_by_role("button", name="Repair", exact=True).click()
    page.get_by_text("1. Dropped 1 row").wait_for()
    page.get_by_role("button", name="Discover").click()
    page.get_by_text("Law vs data").first.wait_for()
    page.locator(".katex-mathml annotation", has_text="t^{2}").first.wait_for(state="attached")
    stage(page, "Data")
    page.get_by_text("1. Dropped 1 row").wait_for()


def test_a_unit_typed_over_is_read_at_once(page):
    upload(page, FALL)
    page.get_by_text("24 rows, 3 columns").wait_for()
    page.locator(GRID).first.wait_for()
    click_cell(page, 130, 52)
    page.keyboard.type("msek", delay=100)
    page.keyboard.press("Enter")
    page.get_by_text("'msek' is unknown").wait_for()


def test_hostile_names_are_no_links_and_ask_for_nothing(page):
    rows = "".join(f"{i},{i * i},{i}\n" for i in range(1, 60))
    head = "![a](http://evil.invalid) <b>$x_1$</b>,<img src=//evil.invalid onerror=alert(1)>,www.evil.invalid"
    upload(page, f"{head}\n{rows}", "![a](http://evil.invalid)<b>.csv")
    page.get_by_text("59 rows, 3 columns").wait_for()
    page.get_by_text("Rows", exact=True).click()
    page.get_by_role("button", name="Edit by hand").wait_for()
    still(page)
    page.get_by_role("button", name="Use these data").click()
    page.get_by_text("Loaded now: 59 rows").wait_for()
    assert page.locator("a[href*=evil]").count() == 0
    assert not [address for address in page.requested if "evil" in address]


def test_every_source_fits_a_phone_in_light_and_dark(page):
    page.set_viewport_size(PHONE)
    for name, sign in {
        "A law": r"Law \d+ of \d+",
        "A formula": "x spread",
        "Your table": "One row a measurement|59 rows",
        "Type data": "Type three rows or more|7 rows, 2 columns",
    }.items():
        source(page, name)
        page.get_by_text(re.compile(sign)).first.wait_for()
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            main = page.locator("[data-testid='stMain']")
            assert main.evaluate("element => element.scrollWidth") <= 390

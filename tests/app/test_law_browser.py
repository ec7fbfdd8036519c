"""The law panel in a real browser: charts, clicks on the front, files that come down and go up again, links."""

import json
import re

import pytest
from browser_for_tests import PHONE, expect, open_project, stage, use
from law_for_tests import work

from app.kept.work import Act
from app.out import project

pytestmark = pytest.mark.e2e


def look_at(page, detail):
    page.locator(".st-key-detail").get_by_text(detail, exact=True).click()


def downloaded(page, label):
    """The bytes behind a download button, and the name that the file would get."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=label, exact=True).click()
    return waiting.value.path().read_bytes(), waiting.value.suggested_filename


@pytest.fixture(scope="module")
def page(long_tab):
    """The page on Kepler's law; its work stays as it is."""
    return long_tab()


def test_a_chart_is_drawn_when_it_is_asked_for_and_told_in_words(page):
    page.locator(".katex").first.wait_for()
    assert page.locator(".js-plotly-plot").count() == 0
    look_at(page, "Charts")
    page.locator(".js-plotly-plot").first.wait_for()
    page.get_by_role("radio", name="Residuals").click()
    page.get_by_text("The grey band is the noise level").wait_for()


def test_report_and_notebook_come_down_whole(page):
    look_at(page, "Export")
    report, name = downloaded(page, "Report")
    assert name == "period_yr.html"
    assert b"<math" in report
    assert b"<h2>Network</h2>" in report
    book, name = downloaded(page, "Notebook")
    assert name == "period_yr.ipynb"
    assert json.loads(book)["nbformat"] == 4


def test_a_hypothesis_is_compared_in_a_worker(page):
    look_at(page, "Compare")
    box = page.get_by_label("Your hypothesis", exact=True)
    box.fill("c*semi_major_axis_au^p")
    box.press("Enter")
    page.get_by_role("button", name="Compare", exact=True).last.click()
    page.get_by_text("It is the same law").wait_for()


def test_every_detail_fits_a_phone_in_light_and_dark(page):
    page.set_viewport_size(PHONE)
    for detail in ("Constants", "Charts", "Front", "Compare", "Predict", "Export"):
        look_at(page, detail)
        chosen = page.locator(".st-key-detail [aria-checked=true], .st-key-detail [aria-pressed=true]")
        chosen.get_by_text(detail).wait_for()
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, (detail, scheme)


def test_a_click_on_the_front_adopts_a_law_and_undo_brings_the_other_back(tab):
    page = tab()
    open_project(page, project.to_bytes([Act(0, "Discover", work())], 0))
    look_at(page, "Front")
    points = page.locator(".js-plotly-plot").first.locator(".point")
    points.first.wait_for()
    law = page.locator(".katex-mathml annotation").first
    expect(law).to_contain_text("m v^{2}")
    points.first.click(force=True)
    law.and_(page.locator(":not(:has-text('m'))")).wait_for(state="attached")
    page.get_by_role("button", name="Undo").click()
    page.locator(".katex-mathml annotation", has_text="m v^{2}").first.wait_for(state="attached")


def test_a_project_and_a_link_carry_the_work_and_its_settings_to_another_tab(tab, url):
    page, other = tab(), tab()
    use(page, "3*a + b")
    page.get_by_text("Save & share").click()
    content, name = downloaded(page, "Save project")
    assert name.endswith(".kan")
    link = page.get_by_text(re.compile(r"\?s=")).first.inner_text()
    open_project(other, content, name)
    other.get_by_text("Loaded now: 1000 rows, a, b → y").wait_for()
    other.locator("input[aria-label=Formula][value='3*a + b']").wait_for()
    other.get_by_role("button", name="Undo").click()
    other.locator("g.edge.symbolic[data-id]").first.wait_for()
    other.goto(f"{url}/?s={link.split('?s=')[1].strip()}")
    stage(other, "Data")
    other.get_by_text("Loaded now: 1000 rows, a, b → y").wait_for()


def test_a_link_that_was_cut_is_told_in_a_sentence_and_the_page_opens(tab, url):
    page = tab()
    page.goto(f"{url}/?s=eJyrVkosLcmIz8nPS1eyUqhWKk")
    page.get_by_text("This link was cut or changed on its way").wait_for()
    page.get_by_text("Law vs data").wait_for()

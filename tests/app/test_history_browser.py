"""What only a browser shows of history and jobs: reloads, lost connections, the cookie, and headers."""

import re
import threading

import pytest
from browser_for_tests import expect, stage, train, type_formula, use

pytestmark = pytest.mark.e2e
BACK = "Your work is back"


def test_a_reload_brings_the_work_back_and_undo_still_goes_and_a_second_tab_gets_work_of_its_own(tab):
    page = tab()
    use(page, "u + v")
    page.wait_for_url(re.compile("work="))
    address = page.url
    second = page.context.new_page()
    second.goto(address)
    second.get_by_text(BACK).wait_for()
    second.wait_for_function(f"location.href !== {address!r}")
    second.get_by_role("button", name="Undo").click()
    second.locator("g.edge.symbolic[data-id]").first.wait_for()
    assert page.locator("g.edge.symbolic[data-id]").count() == 0
    page.reload()
    page.get_by_text(BACK).wait_for()
    page.get_by_text("Loaded now: 1000 rows, u, v").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.locator("g.edge.symbolic[data-id]").first.wait_for()
    page.get_by_role("button", name="Redo").click()
    page.locator("g.edge.symbolic[data-id]").first.wait_for(state="detached")


def test_a_reload_in_the_middle_of_a_fit_loses_nothing_and_nothing_is_undone_until_it_is_cancelled(tab):
    page = tab()
    use(page, "x*x + sin(3*y)")
    train(page, Widths="2, 20, 1", Steps=1000)  # most of a minute: no page is slow enough to miss it
    page.get_by_role("button", name="Cancel").wait_for()
    for name in ("Undo", "Redo", "History", "Discover"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_disabled()
    page.reload()
    page.get_by_text(BACK).wait_for()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("Cancelled. What you had before is kept.").wait_for()
    stage(page, "Data")
    page.get_by_text("Loaded now: 1000 rows, x, y").wait_for()
    page.locator(".st-key-undo button:enabled").click()
    page.locator("g.edge.symbolic[data-id]").first.wait_for()


def test_a_reload_in_the_middle_of_a_search_comes_back_to_it_and_to_its_law(tab):
    page = tab()
    type_formula(page, "exp(sin(pi*x) + y^2)")
    page.get_by_role("button", name="Discover").click()
    page.get_by_role("button", name="Cancel").wait_for()
    page.wait_for_url(re.compile("work="))
    page.reload()
    page.locator(".st-key-undo button:enabled").wait_for()
    page.get_by_text("Law vs data").wait_for()
    page.locator("g.edge.symbolic[data-id]").nth(1).wait_for()
    assert page.get_by_text("was lost with the page").count() == 0


def test_a_connection_that_was_lost_comes_back_with_everything(tab):
    page, sockets, down = tab(), [], threading.Event()

    def meet(socket):
        if down.is_set():
            socket.close()
        else:
            sockets.append((socket, socket.connect_to_server()))

    page.route_web_socket(re.compile("/_stcore/stream"), meet)
    page.reload()
    use(page, "u + v")
    state = page.get_by_test_id("stApp")
    expect(state).to_have_attribute("data-test-connection-state", "CONNECTED")
    down.set()
    for end in sockets[-1]:
        end.close()
    expect(state).not_to_have_attribute("data-test-connection-state", "CONNECTED")
    down.clear()
    expect(state).to_have_attribute("data-test-connection-state", "CONNECTED")
    assert len(sockets) == 2
    stage(page, "Train")
    page.get_by_role("heading", name="Train", exact=True).wait_for()
    stage(page, "Data")
    page.get_by_text("Loaded now: 1000 rows, u, v").wait_for()


def test_neither_the_page_nor_an_address_shows_another_visitors_work(tab):
    mine, yours = tab(), tab()
    use(mine, "u + v")
    stage(yours, "Data")
    yours.get_by_text("Loaded now: 8 rows").wait_for()
    mine.wait_for_url(re.compile("work="))
    yours.goto(mine.url)
    yours.locator("g.edge.symbolic[data-id]").first.wait_for()
    assert yours.get_by_text(BACK).count() == 0


def test_the_server_guards_its_pages(tab, url):
    page = tab()
    headers = page.request.get(url).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    (cookie,) = [one for one in page.context.cookies() if one["name"] == "kanvas"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    assert len(cookie["value"]) > 20
    assert cookie["value"] not in page.url

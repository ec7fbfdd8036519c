"""The train panel in a real browser: what is typed stays typed, however fast."""

import time

import pytest
from browser_for_tests import stage, still

pytestmark = pytest.mark.e2e


def replace(page, label, text):
    """Types over what a box holds, as hands do, and does not wait for anything."""
    page.get_by_label(label, exact=True).focus()
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def slow(page, seconds=0.02):
    """Lets the server's messages through one by one, as over a long line: the page is drawn piece by piece."""

    def joined(socket):
        server = socket.connect_to_server()
        server.on_message(lambda message: (time.sleep(seconds), socket.send(message)))

    page.route_web_socket("**/_stcore/stream*", joined)
    page.reload()
    page.locator("g.edge[data-id]").first.wait_for()


@pytest.fixture
def complaining(tab):
    """The train panel below a sentence that goes away with the next thing typed, over a slow line."""
    page = tab()
    slow(page)
    stage(page, "Train")
    replace(page, "Widths", "two")
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_text("Widths should be whole numbers").wait_for()
    still(page)
    return page


def test_what_is_being_typed_stays_while_a_sentence_above_goes(complaining):
    page = complaining
    replace(page, "Widths", "1, 3, 1")
    page.keyboard.press("Tab")
    replace(page, "Steps", "7")  # the page is drawn anew below these keys
    page.get_by_text("Widths should be whole numbers").wait_for(state="detached")
    still(page)
    steps = page.get_by_label("Steps", exact=True)
    assert steps.input_value() == "7"
    assert steps.evaluate("box => box === box.getRootNode().activeElement")


def test_settings_typed_without_a_pause_are_those_of_the_fit(complaining):
    page = complaining
    replace(page, "Widths", "1, 3, 1")
    page.keyboard.press("Tab")
    replace(page, "Steps", "7")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_label("Step of the replay").wait_for()
    page.wait_for_function("() => document.querySelector('.st-key-undo button:enabled')")
    still(page)
    assert page.get_by_label("Steps", exact=True).input_value() == "7"
    assert page.get_by_label("Widths", exact=True).input_value() == "1, 3, 1"
    page.get_by_role("button", name="History").click()
    page.get_by_text("Train [1, 3, 1]").wait_for()

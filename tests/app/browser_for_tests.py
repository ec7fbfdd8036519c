"""A server and a real browser for tests of what only a browser shows: one server for all, a fresh tab for each."""

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from datasets import FormulaError, parse_formula

ROOT = Path(__file__).parents[2]
BROWSER = os.environ.get("KANVAS_BROWSER") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PATIENCE = int(os.environ.get("KANVAS_PATIENCE", "90000"))  # milliseconds for a search on a busy machine
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
LEARNED = ".large .learned >> nth=-1"  # the curve in the panel of an edge
EDGE = "g.edge[data-id='{}']"


@pytest.fixture(scope="session")
def browser():
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing = "playwright is not installed (tests/requirements.txt)"
    else:
        missing = None if BROWSER else "no Chromium was found (set KANVAS_BROWSER to one)"
    if missing and os.environ.get("KANVAS_E2E") == "required":
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def url(browser, tmp_path_factory):
    """Serves the page as a user would, on a free port; the log is shown when it does not come up.

    KANVAS_URL names a server that runs already, and is used instead.
    """
    if running := os.environ.get("KANVAS_URL"):
        yield running
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "log"
    with log.open("w") as out:
        command = [sys.executable, "-m", "app", "--port", str(port), "--headless"]
        own = {**os.environ, "KANVAS_AUTOSAVE": str(log.parent / "saved")}
        server = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, env=own)
    address = f"http://localhost:{port}"
    try:
        wait_for_health(address, server, log)
        yield address
    finally:
        server.terminate()
        server.wait(20)


def wait_for_health(address, server, log):
    pause = threading.Event()
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            assert server.poll() is None, log.read_text()
        pause.wait(0.1)
    raise AssertionError(f"The server did not come up:\n{log.read_text()}")


class Windows:
    """Contexts of the browser that tests take in turns: always a new visitor, but Streamlit's scripts in cache."""

    def __init__(self, browser):
        self._browser, self._free = browser, []

    def take(self):
        return self._free.pop() if self._free else self._browser.new_context(viewport=DESK)

    def give_back(self, context):
        context.set_offline(False)
        for page in context.pages:
            page.evaluate("localStorage.clear()")
            page.close()
        context.clear_cookies()
        context.clear_permissions()
        self._free.append(context)


@pytest.fixture(scope="session")
def windows(browser):
    return Windows(browser)


@contextmanager
def visiting(windows, url):
    """A function that opens the page for a new visitor; at the end nothing may have gone wrong in the console."""
    contexts, wrong = [], []

    def open_tab(viewport=DESK, permissions=(), **media):
        context = windows.take()
        contexts.append(context)
        context.grant_permissions(list(permissions))
        page = context.new_page()
        page.set_viewport_size(viewport)
        page.emulate_media(**{"color_scheme": "light", "reduced_motion": "no-preference", **media})
        page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.requested = []
        page.on("request", lambda request: page.requested.append(request.url))
        page.set_default_timeout(PATIENCE)
        page.goto(url)
        page.locator("g.edge[data-id]").first.wait_for()
        return page

    yield open_tab
    for context in contexts:
        windows.give_back(context)
    assert not wrong


@pytest.fixture
def tab(windows, url):
    """Opens the page for a new visitor, as often as the test likes."""
    with visiting(windows, url) as open_tab:
        yield open_tab


@pytest.fixture(scope="module")
def long_tab(windows, url):
    """The same for a page that all tests of a file share, because it took long to bring it so far."""
    with visiting(windows, url) as open_tab:
        yield open_tab


def stage(page, name):
    page.get_by_role("radio", name=re.compile(name)).click()


def type_formula(page, formula):
    """Types a formula into the data panel; its variables have their ranges there by the end."""
    stage(page, "Data")
    page.get_by_role("radio", name="A formula").click()
    box = page.get_by_label("Formula", exact=True)
    box.fill(formula)
    box.press("Enter")
    with suppress(FormulaError):
        for name in parse_formula(formula).free_symbols:
            page.get_by_label(f"{name} from", exact=True).first.wait_for()
    still(page)


def still(page):
    """Waits until the server has nothing more to say, and nothing fades in."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.wait_for_function("document.getAnimations().every((one) => one.playState !== 'running')")


def use(page, formula):
    """Makes a typed formula the data."""
    type_formula(page, formula)
    page.get_by_role("button", name="Use these data").click()
    page.get_by_text("Loaded now: 1000 rows").wait_for()


def upload(page, content, name="t.csv"):
    """Puts a table into the data panel."""
    stage(page, "Data")
    page.get_by_role("radio", name="Your table", exact=True).click()
    page.locator(".st-key-upload input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": content.encode()}
    )


def train(page, **settings):
    """Starts a fit with these settings of the panel, by their labels."""
    stage(page, "Train")
    for label, value in settings.items():
        box = page.get_by_label(label, exact=True)
        box.fill(str(value))
        box.press("Enter")
    page.get_by_role("button", name="Train", exact=True).click()


FILM = """([...document.querySelectorAll("*")].map((e) => e.shadowRoot?.querySelector(".net")).find(Boolean)
  ?.data?.autoplay ?? null)"""  # which fit the picture replays


def trained(page, **settings):
    """A fit from its start to its end, whether or not it is quicker than the eye."""
    before = page.evaluate(FILM)
    train(page, **settings)
    page.wait_for_function(f"before => ![null, before].includes({FILM})", arg=before)
    still(page)


def expect(locator):
    """Playwright's expectation, which waits until it holds, with our patience."""
    from playwright.sync_api import expect

    expect.set_options(timeout=PATIENCE)
    return expect(locator)


def open_project(page, content, name="p.kan"):
    """Puts the history of a project file in the place of what is there."""
    page.get_by_text("Save & share").click()
    file = {"name": name, "mimeType": "application/zip", "buffer": content}
    page.locator(".st-key-project input[type=file]").set_input_files(file)
    page.get_by_text(f"Opened {name}").wait_for()
    page.keyboard.press("Escape")

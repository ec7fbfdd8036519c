"""A server and a real browser for tests of what only a browser shows: one server for all, a fresh tab for each."""

import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BROWSER = os.environ.get("KANVAS_BROWSER") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PATIENCE = 90_000  # milliseconds for a search on a busy machine
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


@pytest.fixture
def tab(browser, url):
    """Opens the page; at the end nothing may have gone wrong in the console."""
    contexts, wrong = [], []

    def open_tab(**settings):
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **settings})
        contexts.append(context)
        page = context.new_page()
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
        context.close()
    assert not wrong


def stage(page, name):
    page.get_by_role("radio", name=re.compile(name)).click()


def type_formula(page, formula):
    stage(page, "Data")
    page.get_by_role("radio", name="A formula").click()
    box = page.get_by_label("Formula", exact=True)
    box.fill(formula)
    box.press("Enter")
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()

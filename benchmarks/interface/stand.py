"""Where the page is measured: a server of our own, a Chromium, and the memory they take."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

ROOT = Path(__file__).parents[2]
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
PATIENCE, SHORT = 120_000, 3000  # milliseconds
EDGE = "g.edge[data-id]"
STILL = "[data-testid=stApp][data-test-script-state=notRunning]"
MIB = 2**20


@dataclass(frozen=True)
class Server:
    """A page that is being served."""

    url: str
    process: psutil.Process

    @property
    def memory(self) -> float:
        """MiB of the server itself, its workers not counted."""
        return float(self.process.memory_info().rss / MIB)

    @property
    def workers(self) -> list[psutil.Process]:
        """The processes that compute, oldest first."""
        children = sorted(self.process.children(recursive=True), key=psutil.Process.create_time)
        return [one for one in children if "spawn_main" in " ".join(one.cmdline())]

    @property
    def memory_of_workers(self) -> float:
        return float(sum(one.memory_info().rss for one in self.workers) / MIB)


@contextmanager
def serving(settings: str = "") -> Iterator[Server]:
    """Starts `python -m app` on a free port, with a folder of its own for what is saved.

    `settings` are Streamlit's, beside those of the repository, as they would stand in the config.toml of a user.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("w") as log:
        (Path(folder) / ".streamlit").mkdir()
        (Path(folder) / ".streamlit" / "config.toml").write_text(settings)
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "--port", str(port), "--headless"],
            cwd=ROOT,
            env={**os.environ, "KANVAS_AUTOSAVE": str(Path(folder) / "saved"), "HOME": folder},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            yield Server(f"http://localhost:{port}", psutil.Process(process.pid))
        finally:
            process.terminate()
            process.wait(30)


def wait_for_health(server: Server, seconds: float = 60.0) -> None:
    """Until the server answers."""
    ends = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(f"{server.url}/_stcore/health", timeout=1) as answer:  # noqa: S310 - our own
                if answer.status == 200:
                    return
        except OSError:
            if time.monotonic() > ends:
                raise
        time.sleep(0.05)


@contextmanager
def browsing() -> Iterator[Any]:
    """A Chromium: the one named by KANVAS_BROWSER, or the one on the path."""
    from playwright.sync_api import sync_playwright

    found = os.environ.get("KANVAS_BROWSER") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        raise SystemExit("No Chromium was found: install one, or name it in KANVAS_BROWSER.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


def open_page(browser: Any, url: str) -> Any:
    """A fresh tab of a fresh visitor, ready to be clicked."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    page.locator(EDGE).first.wait_for()
    return page


def stage(page: Any, name: str) -> None:
    page.get_by_role("radio", name=name).click()


def use_formula(page: Any, formula: str) -> None:
    """Makes a typed formula the data."""
    stage(page, "Data")
    page.get_by_role("radio", name="A formula").click()
    box = page.get_by_label("Formula", exact=True)
    box.fill(formula)
    box.press("Enter")
    page.get_by_role("button", name="Use these data").click()
    page.get_by_text("Loaded now: 1000 rows").wait_for()


def train(page: Any, widths: str, steps: int = 50) -> None:
    """Starts a fit in the train panel."""
    stage(page, "Train")
    for label, value in (("Widths", widths), ("Steps", str(steps))):
        _enter(page, label, value)
    page.get_by_role("button", name="Train", exact=True).click()


def _enter(page: Any, label: str, value: str) -> None:
    """Types a value once the page stands still, as a person would, and sees that it is taken."""
    box = page.get_by_label(label, exact=True)
    for _ in range(3):
        page.locator(STILL).wait_for()
        box.fill(value)
        box.press("Enter")
        page.wait_for_timeout(100)
        page.locator(STILL).wait_for()
        if box.input_value() == value:
            return
    raise RuntimeError(f"{label} did not take {value!r}")


def trained(page: Any, widths: str, steps: int = 50) -> None:
    """A fit from its start to its end; one that is over at once never shows that it runs."""
    from playwright.sync_api import TimeoutError as Missed

    train(page, widths, steps)
    with suppress(Missed):
        page.get_by_role("button", name="Cancel").wait_for(timeout=SHORT)
    idle(page)


@contextmanager
def with_network(formula: str, widths: str, steps: int = 50) -> Iterator[tuple[Server, Any]]:
    """A server, and a tab of it in which a network has been trained on points of a formula."""
    with serving() as server, browsing() as browser:
        wait_for_health(server)
        page = open_page(browser, server.url)
        use_formula(page, formula)
        trained(page, widths, steps)
        yield server, page


def idle(page: Any) -> None:
    """Until nothing is under way: only then can acts be undone."""
    page.locator(".st-key-undo button:enabled").wait_for()


def network(page: Any, script: str) -> Any:
    """Evaluates JavaScript in which `net` is the diagram's own element."""
    find = "[...document.querySelectorAll('*')].map((one) => one.shadowRoot?.querySelector('.net')).find(Boolean)"
    return page.evaluate(f"() => {{ const net = {find}; return {script}; }}")

"""What goes wrong on purpose: a worker is killed in the middle of a job, and a page is reloaded during a fit."""

from __future__ import annotations

import time
from typing import Any

from benchmarks.interface.diagram import SIX, WIDTHS
from benchmarks.interface.figures import Measured, Options, Quantity
from benchmarks.interface.stand import (
    Server,
    browsing,
    idle,
    open_page,
    serving,
    train,
    trained,
    use_formula,
    wait_for_health,
)

FIGURE, TITLE = "faults", "Mishaps"
TEXT = """`kill -9` of the worker that has a job: one sentence, and everything else as before. A reload in the
middle of a fit: the work is back, and the fit goes on. Cancel: until the page can be worked with, and until the
worker takes another job."""
QUANTITIES = {
    "told": Quantity("worker killed → sentence on the page", "s"),
    "again": Quantity("worker killed → another job done", "s"),
    "kept": Quantity("acts of the history lost", "", most=0),
    "cancel": Quantity("cancel → the page is free", "s", most=1),
    "back": Quantity("reload → the work is back", "s"),
    "goes on": Quantity("fits that went on after the reload", "of 1", least=1),
}


def measure(options: Options) -> Measured:  # noqa: ARG001 - as every figure is called
    with serving() as server, browsing() as browser:
        wait_for_health(server)
        page = open_page(browser, server.url)
        use_formula(page, SIX)
        trained(page, WIDTHS, steps=5)
        before = _acts(page)
        yield from _killed(page, server)
        yield "kept", float(before + 1 - _acts(page))
        yield from _reloaded(page)


def _killed(page: Any, server: Server) -> Measured:
    _start_long(page)
    _busiest(server).kill()
    began = time.monotonic()
    page.get_by_text("The worker process that did this was lost").wait_for()
    yield "told", time.monotonic() - began
    trained(page, WIDTHS, steps=5)
    yield "again", time.monotonic() - began


def _reloaded(page: Any) -> Measured:
    _start_long(page)
    began = time.monotonic()
    page.reload()
    page.get_by_text("Your work is back").wait_for()
    yield "back", time.monotonic() - began
    yield "goes on", float(page.get_by_role("button", name="Cancel").count())
    began = time.monotonic()
    page.get_by_role("button", name="Cancel").click()
    idle(page)
    yield "cancel", time.monotonic() - began


def _start_long(page: Any) -> None:
    train(page, WIDTHS, steps=1000)
    page.get_by_role("button", name="Cancel").wait_for()
    page.get_by_text("error").first.wait_for()
    page.wait_for_timeout(1500)


def _busiest(server: Server) -> Any:
    workers = server.workers
    for worker in workers:
        worker.cpu_percent()
    time.sleep(0.5)
    return max(workers, key=lambda one: one.cpu_percent())


def _acts(page: Any) -> int:
    """Lines of the history."""
    page.get_by_role("button", name="History").click()
    page.get_by_text("Click an act to go back to it").wait_for()
    count = int(page.locator("[class*='st-key-act-']").count())
    page.keyboard.press("Escape")
    return count

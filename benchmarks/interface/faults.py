"""What goes wrong on purpose: a worker is killed in the middle of a job, and a page is reloaded during a fit."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from typing import Any

from benchmarks.interface.diagram import SIX, WIDTHS
from benchmarks.interface.figures import Measured, Options, Quantity
from benchmarks.interface.stand import (
    SHORT,
    Server,
    idle,
    train,
    trained,
    use_formula,
    with_network,
)

FIGURE, TITLE = "faults", "Mishaps"
TEXT = """`kill -9` of the worker that has a job: one sentence, and everything else as before. A reload in the
middle of a fit: the work is back, and the fit goes on, further than it was. A reload in the middle of a search:
its law comes all the same. Cancel: until the page can be worked with."""
QUANTITIES = {
    "told": Quantity("worker killed → sentence on the page", "s"),
    "again": Quantity("worker killed → another job done", "s"),
    "kept": Quantity("acts of the history lost", "", most=0),
    "cancel": Quantity("cancel → the page is free", "s", most=1),
    "back": Quantity("reload → the work is back", "s"),
    "goes on": Quantity("fits that went on after the reload", "of 1", least=1),
    "found": Quantity("searches whose law came after a reload", "of 1", least=1),
}
STEP = re.compile(r"step (\d+) · error")
SEARCHED = "exp(sin(pi*x) + y^2)"
LONG = "5, 30, 1"  # a fit that would go on for minutes


def measure(options: Options) -> Measured:  # noqa: ARG001 - as every figure is called
    with with_network(SIX, WIDTHS, steps=5) as (server, page):
        before = _acts(page)
        yield from _killed(page, server)
        yield "kept", float(before + 1 - _acts(page))
        yield from _reloaded(page)
        yield "found", float(_found(page))


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
    reached = _step(page)
    began = time.monotonic()
    page.reload()
    page.get_by_text("Your work is back").wait_for()
    yield "back", time.monotonic() - began
    yield "goes on", float(_goes_on(page, reached))
    began = time.monotonic()
    page.get_by_role("button", name="Cancel").click()
    idle(page)
    yield "cancel", time.monotonic() - began


def _start_long(page: Any) -> None:
    train(page, LONG, steps=1000)
    page.get_by_role("button", name="Cancel").wait_for()
    page.get_by_text(STEP).first.wait_for()
    page.wait_for_timeout(1500)


def _step(page: Any) -> int:
    """The step that the fit under way has reached."""
    found = STEP.search(page.get_by_text(STEP).first.inner_text(timeout=SHORT))
    return int(found[1]) if found else 0


def _goes_on(page: Any, reached: int, seconds: float = 60.0) -> bool:
    """Whether the fit comes further than it was."""
    from playwright.sync_api import TimeoutError as Missed

    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        with suppress(Missed):
            if _step(page) > reached:
                return True
        page.wait_for_timeout(200)
    return False


def _found(page: Any) -> bool:
    from playwright.sync_api import TimeoutError as Missed

    use_formula(page, SEARCHED)
    page.get_by_role("button", name="Discover").click()
    page.get_by_role("button", name="Cancel").wait_for()
    page.wait_for_timeout(500)
    page.reload()
    with suppress(Missed):
        page.get_by_text("Law vs data").wait_for()
        idle(page)
        return True
    return False


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

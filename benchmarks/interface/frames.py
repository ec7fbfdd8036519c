"""How smoothly the network moves: in a replay, while a long fit runs, and while a search does."""

from __future__ import annotations

import re
from typing import Any

from benchmarks.interface.diagram import SIX, WIDTHS
from benchmarks.interface.figures import Measured, Options, Quantity
from benchmarks.interface.stand import EDGE, network, train, use_formula, with_network

FIGURE, TITLE = "frames", "Frames a second"
TEXT = """A [5,8,1], in a replay of a recorded fit and while a long fit runs. Then Discover, on a nested formula that
the stages before networks do not find: from the first network that it trains and draws on, one shape after another.
Counted in the page: frames of the browser in which a curve has changed, and the pictures that came from the worker
meanwhile."""
QUANTITIES = {
    "replay": Quantity("replay", "frames/s", least=30),
    "live": Quantity("a long fit", "frames/s", least=4),
    "pictures": Quantity("a long fit, pictures received", "1/s"),
    "search": Quantity("a live search", "frames/s", least=4),
    "search pictures": Quantity("a live search, pictures received", "1/s"),
}
NESTED = "tanh(x1*x2 + sin(2*x3)) * exp(cos(x4) - x5^2)"
# Counts for so many milliseconds, from the first change on.
COUNT = """new Promise((done) => {
  const curves = () => [...net.querySelectorAll("g.edge .curve")].map((curve) => curve.getAttribute("d")).join();
  let last = curves(), data = net.data, frames = 0, pictures = 0, start = null, ends = performance.now() + 60000;
  const look = (now) => {
    const next = curves();
    if (next !== last) (start ??= now), frames++;
    if (net.data !== data) pictures++;
    (last = next), (data = net.data);
    const spent = start === null ? 0 : (now - start) / 1000;
    if (spent > %g || now > ends) done([frames / Math.max(spent, 0.001), pictures / Math.max(spent, 0.001)]);
    else requestAnimationFrame(look);
  };
  %s
  requestAnimationFrame(look);
})"""
REPLAY, LIVE, SEARCH = 3.0, 5.0, 15.0  # seconds


def measure(options: Options) -> Measured:
    with with_network(SIX, WIDTHS) as (_, page):
        page.wait_for_timeout(6000)  # it plays once by itself
        for _ in range(1 if options.quick else 5):
            yield "replay", network(page, COUNT % (REPLAY, "net.querySelector('.play').click();"))[0]
            page.wait_for_timeout(3000)
        for _ in range(1 if options.quick else 3):
            yield from _live(page)
        use_formula(page, NESTED)
        for _ in range(1 if options.quick else 3):
            yield from _search(page)


def _live(page: Any) -> Measured:
    train(page, WIDTHS, steps=1000)
    page.get_by_role("button", name="Cancel").wait_for()
    frames, pictures = network(page, COUNT % (LIVE, ""))
    yield "live", frames
    yield "pictures", pictures
    _cancel(page)


def _search(page: Any) -> Measured:
    page.get_by_role("button", name="Discover", exact=True).click()
    page.get_by_text(re.compile(r"step \d+: error")).wait_for()  # of a network: other stages tell no steps
    page.locator(EDGE).first.wait_for()
    frames, pictures = network(page, COUNT % (SEARCH, ""))
    yield "search", frames
    yield "search pictures", pictures
    _cancel(page)


def _cancel(page: Any) -> None:
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Cancel").wait_for(state="detached")

"""From nothing to the first picture: a server just started, and one that has been running."""

from __future__ import annotations

import time
from typing import Any

from benchmarks.interface.figures import Measured, Options, Quantity
from benchmarks.interface.stand import EDGE, browsing, serving, wait_for_health

FIGURE, TITLE = "starts", "First paint"
TEXT = """Until the network and the law of the finished example are seen. Cold: from the command that starts the
server, in a browser that is open already. Warm: a new visitor with an empty cache, on a server that others have
used."""
QUANTITIES = {
    "cold": Quantity("cold", "s"),
    "warm": Quantity("warm", "s", most=2),
    "heard": Quantity("warm, asked of other hosts", "requests", most=0, of="max"),
}


def measure(options: Options) -> Measured:
    with browsing() as browser:
        for _ in range(1 if options.quick else 3):
            began = time.monotonic()
            with serving() as server:
                wait_for_health(server)
                _paint(browser, server.url)
                yield "cold", time.monotonic() - began
        with serving() as server:
            wait_for_health(server)
            _paint(browser, server.url)
            time.sleep(1 if options.quick else 20)  # the workers' own start is not the visitor's
            for _ in range(3 if options.quick else 10):
                began = time.monotonic()
                foreign = _paint(browser, server.url)
                yield "warm", time.monotonic() - began
                yield "heard", float(foreign)


def _paint(browser: Any, url: str) -> int:
    """Opens the page as a new visitor and answers how many requests went to other hosts."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(url)
    page.locator(EDGE).first.wait_for()
    page.locator(".katex").first.wait_for()
    context.close()
    own = (url, f"blob:{url}", url.replace("http", "ws", 1), "data:")
    return sum(not address.startswith(own) for address in asked)

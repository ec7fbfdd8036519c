"""From nothing to the first picture: a server just started, and one that has been running."""

from __future__ import annotations

import time
from typing import Any

from benchmarks.interface.figures import Measured, Options, Quantity
from benchmarks.interface.stand import EDGE, browsing, serving, wait_for_health

FIGURE, TITLE = "starts", "First paint"
TEXT = """Until the network and the law of the finished example are seen, by the page's own clock, in the frame that
shows both. Cold: from the command that starts the server, in a browser that is open already. Warm: from the visitor's
asking for the page, with an empty cache, on a server that others have used."""
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
                ready = time.monotonic() - began
                yield "cold", ready + _paint(browser, server.url)[0]
        with serving() as server:
            wait_for_health(server)
            _paint(browser, server.url)
            time.sleep(1 if options.quick else 20)  # the workers' own start is not the visitor's
            for _ in range(3 if options.quick else 10):
                painted, foreign = _paint(browser, server.url)
                yield "warm", painted
                yield "heard", float(foreign)


# A component draws into a shadow root of its own; what is in the document is seen in the frame after.
_LOOK = """() => {
    const parts = document.querySelectorAll('[data-testid^="stBidiComponent"], [data-testid^="stBidiComponent"] *');
    const hosts = [...parts].map(one => one.shadowRoot);
    const edge = [document, ...hosts].map(root => root?.querySelector('EDGE')).find(Boolean);
    const drawn = edge?.getBoundingClientRect().width && document.querySelector('.katex');
    requestAnimationFrame(drawn ? () => { window.painted = performance.now() / 1000; } : look);
}""".replace("EDGE", EDGE)


def _paint(browser: Any, url: str) -> tuple[float, int]:
    """Opens the page as a new visitor: seconds until it is painted, and how many requests went to other hosts."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.add_init_script(f"const look = {_LOOK}; requestAnimationFrame(look);")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(url)
    page.wait_for_function("window.painted")
    painted = float(page.evaluate("window.painted"))
    context.close()
    own = (url, f"blob:{url}", url.replace("http", "ws", 1), "data:")
    return painted, sum(not address.startswith(own) for address in asked)

"""The network diagram of a [5,8,1]: what is sent, and what drawing it costs on both sides."""

from __future__ import annotations

import json
import time

import numpy as np

from benchmarks.interface.figures import Measured, Options, Quantity
from benchmarks.interface.stand import STILL, network, trained, with_network

FIGURE, TITLE = "diagram", "The diagram of a [5,8,1]"
TEXT = """48 trained edges with 24 points each, bands and densities. Sent: the JSON that travels to the browser.
Python: from the stored picture to that JSON. Browser: the component's own function, first when it builds the
drawing, then for the curves of another fit, by Undo and Redo."""
QUANTITIES = {
    "payload": Quantity("sent", "KB", most=24),
    "python": Quantity("in Python", "ms", most=10),
    "build": Quantity("in the browser, first", "ms", most=50),
    "update": Quantity("in the browser, new data", "ms", most=50),
}
SIX = "x1*x2 + sin(3*x3) + x4^2 + x5"  # five inputs
WIDTHS = "5, 8, 1"
# Leaves the time of the first drawing with other curves; one that is `live` only begins to glide there.
NEWS = """(() => {
  const heights = () => net.data.edges.map((edge) => edge.y.join()).join(), before = heights();
  window.kanvasUpdate = null;
  const watch = new MutationObserver(() => {
    if (net.data.live || heights() === before) return;
    window.kanvasUpdate = Number(net.dataset.milliseconds);
    watch.disconnect();
  });
  watch.observe(net, { attributes: true, attributeFilter: ["data-milliseconds"] });
})()"""


def measure(options: Options) -> Measured:
    yield from _python(5 if options.quick else 50)
    with with_network(SIX, WIDTHS) as (_, page):
        trained(page, WIDTHS, 5)
        for _ in range(1 if options.quick else 10):
            page.reload()
            page.locator("g.edge[data-id='1-7-0']").wait_for()
            yield "build", network(page, "Number(net.dataset.milliseconds)")
            for act in ("Undo", "Redo"):
                page.locator(STILL).wait_for()
                network(page, NEWS)
                page.get_by_role("button", name=act, exact=True).click()
                yield "update", page.wait_for_function("window.kanvasUpdate").json_value()


def _python(times: int) -> Measured:
    import torch

    from app.components.network import payload
    from app.tasks.picture import picture
    from kan_core import KAN, fit, look

    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (1000, 5))
    y = X[:, 0] * X[:, 1] + np.sin(3 * X[:, 2]) + X[:, 3] ** 2 + X[:, 4]
    model = fit(KAN(widths=(5, 8, 1)), X, y, steps=20).model
    drawn = picture(look(model, X, y), model.widths, [f"x{k}" for k in range(1, 6)], "y")
    for _ in range(times):
        began = time.process_time()
        sent = json.dumps(payload(drawn))
        yield "python", 1e3 * (time.process_time() - began)
    yield "payload", len(sent.encode()) / 1e3

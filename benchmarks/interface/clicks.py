"""From a click on an edge to its panel."""

from __future__ import annotations

from benchmarks.interface.diagram import SIX, WIDTHS
from benchmarks.interface.figures import Measured, Options, Quantity
from benchmarks.interface.stand import network, stage, with_network

FIGURE, TITLE = "clicks", "A click on an edge"
TEXT = """A trained [5,8,1], edge after edge. Timed inside the page: from the click until the panel beside the
network bears the name of the edge. The first of an hour pays for Plotly's script, and is told apart."""
QUANTITIES = {
    "first": Quantity("the first", "ms"),
    "median": Quantity("click → panel", "ms", most=300),
    "p95": Quantity("click → panel", "ms", most=300, of="p95"),
    "lost": Quantity("clicks without an answer in ten seconds", "", most=0, of="sum"),
}
CLICK = """new Promise((done) => {
  const { title } = net.data.edges.find((edge) => edge.id === "%s");
  const panel = () => document.querySelector(".st-key-edge");
  const texts = () => [panel()?.innerText, panel()?.querySelector("input")?.value];
  const shown = () => texts().some((text) => text?.includes(title));
  const start = performance.now();
  net.querySelector('g.edge[data-id="%s"]').dispatchEvent(new MouseEvent("click", { bubbles: true }));
  const late = () => performance.now() - start > 10000;
  const look = () => (shown() ? done(performance.now() - start) : late() ? done(null) : requestAnimationFrame(look));
  look();
})"""


def measure(options: Options) -> Measured:
    with with_network(SIX, WIDTHS) as (_, page):
        stage(page, "Name")
        edges = network(page, "net.data.edges.filter((edge) => edge.state !== 'removed').map((edge) => edge.id)")
        yield "first", network(page, CLICK % (edges[0], edges[0])) or 10_000.0
        for k in range(5 if options.quick else 100):
            edge = edges[(k + 1) % len(edges)]
            page.wait_for_timeout(300)  # a hand is not faster
            took = network(page, CLICK % (edge, edge))
            yield "lost", float(took is None)
            if took is not None:
                yield "median", took
                yield "p95", took

"""One discovery after another in one session: what the server and its workers keep of them."""

from __future__ import annotations

import time

from benchmarks.interface.figures import Measured, Options, Quantity
from benchmarks.interface.stand import serving, wait_for_health
from benchmarks.interface.visitor import Visitor

FIGURE, TITLE = "endurance", "Discoveries in a row"
TEXT = """One session that discovers the same law again and again. The history keeps fifty acts, so memory is
compared from the fiftieth discovery on (or from the middle of fewer): a line through the sizes after each, and its
slope."""
QUANTITIES = {
    "discoveries": Quantity("discoveries", ""),
    "each": Quantity("one of them", "s"),
    "server from": Quantity("server, from", "MiB"),
    "server to": Quantity("server, to", "MiB"),
    "server slope": Quantity("server, for each hundred more", "MiB", most=5),
    "workers from": Quantity("both workers, from", "MiB"),
    "workers to": Quantity("both workers, to", "MiB"),
    "workers slope": Quantity("both workers, for each hundred more", "MiB", most=20),
}
KEPT = 50
FORMULA = "x^2 + 3*y"


def measure(options: Options) -> Measured:
    sizes: dict[str, list[float]] = {"server": [], "workers": []}
    with serving() as server:
        wait_for_health(server)
        with Visitor(server.url) as visitor:
            visitor.choose("stage", "Data")
            visitor.choose("kind", "A formula")
            visitor.fill("formula", FORMULA)
            visitor.press("Use these data")
            for _ in range(options.discoveries):
                began = time.monotonic()
                visitor.press("Discover")
                visitor.wait_until_idle()
                yield "each", time.monotonic() - began
                visitor.seen.clear()
                sizes["server"].append(server.memory)
                sizes["workers"].append(server.memory_of_workers)
    yield "discoveries", float(options.discoveries)
    first = min(KEPT, options.discoveries // 2)
    for name, values in sizes.items():
        yield f"{name} from", values[first]
        yield f"{name} to", values[-1]
        yield f"{name} slope", 100 * _slope(values[first:])


def _slope(values: list[float]) -> float:
    """Of the straight line through the values, by least squares."""
    middle, mean = (len(values) - 1) / 2, sum(values) / len(values)
    spread = sum((k - middle) ** 2 for k in range(len(values)))
    return sum((k - middle) * (value - mean) for k, value in enumerate(values)) / max(spread, 1e-9)

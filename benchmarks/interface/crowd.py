"""Many visitors at once: real tabs, and clients that speak the page's protocol without drawing it."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from benchmarks.interface.figures import Measured, Options, Quantity
from benchmarks.interface.stand import (
    Server,
    browsing,
    idle,
    open_page,
    serving,
    stage,
    train,
    trained,
    use_formula,
    wait_for_health,
)
from benchmarks.interface.visitor import Visitor

FIGURE, TITLE = "crowd", "Twenty sessions at once"
TEXT = """Two real tabs and 18 clients that speak the websocket protocol, timers included, on a server and its two
workers. Each trains a network on a formula of its own again and again, and clicks between; all names differ, so
that anything of one session that reaches another is found in what that one has received. Clients, browser, server
and workers share the machine. Memory is that of the server after a first crowd of one fit each, a real tab among it,
and after this one, once the sessions' time on it (10 seconds here) is over and one more visitor has come and gone: the
server throws old sessions away when another ends."""
QUANTITIES = {
    "answer median": Quantity("the server's answer to a click", "s"),
    "answer p95": Quantity("the server's answer to a click", "s", most=1, of="p95"),
    "tab": Quantity("the same in a real tab, until it is seen", "s", of="p95"),
    "fits": Quantity("fits finished", ""),
    "crossed": Quantity("sessions that received anything of another", "", most=0),
    "errors": Quantity("sessions that failed", "", most=0),
    "before": Quantity("memory before", "MiB"),
    "peak": Quantity("memory at most", "MiB"),
    "after": Quantity("memory afterwards", "MiB"),
    "grown": Quantity("memory afterwards, over before", "", most=1.1),
}
TABS, TTL = 2, 10
LIMIT = 300.0  # seconds for all to be ready


def name(k: int) -> str:
    return f"visitor{k:02d}"


def formula(k: int) -> str:
    return f"2*{name(k)}a + sin(3*{name(k)}b)"


def measure(options: Options) -> Measured:
    with serving(f"[server]\ndisconnectedSessionTTL = {TTL}") as server, browsing() as browser:
        wait_for_health(server)
        _warm(server, browser, options)
        before = server.memory
        yield "before", before
        _tell(f"{options.sessions} sessions open and take their data")
        crowd = [_Client(server, k) for k in range(TABS, max(TABS + 1, options.sessions))]
        ready = threading.Barrier(len(crowd) + 1)
        for client in crowd:
            client.start(ready, options.seconds)
        tabs, answers = _tabs(browser, server, ready, options.seconds)
        _tell("time is up: the last fits end")
        for client in crowd:
            client.join()
        _tell("the sessions close")
        yield from (("tab", seconds) for seconds in answers)
        for client in crowd:
            yield from (("answer median", seconds) for seconds in client.answers)
            yield from (("answer p95", seconds) for seconds in client.answers)
        yield "fits", float(sum(client.fits for client in crowd))
        yield "errors", float(sum(client.error is not None for client in crowd))
        yield "crossed", float(sum(client.crossed for client in crowd) + tabs)
        yield "peak", server.memory
        for context in browser.contexts:
            context.close()
        yield from _afterwards(server, before, 20 if options.quick else 90)


def _warm(server: Server, browser: Any, options: Options) -> None:
    """A first crowd, of one fit each: what is loaded once, the page's files too, and the room many need at once."""
    page = open_page(browser, server.url)
    use_formula(page, formula(0))
    trained(page, "2, 5, 1")
    for place in ("Prune", "Train"):
        _go(page, place)
    page.context.close()
    with ExitStack() as doors:
        visitors = [doors.enter_context(Visitor(server.url)) for _ in range(TABS, max(TABS + 1, options.sessions))]
        for k, visitor in enumerate(visitors):
            _prepare(visitor, 99 - k)
            visitor.press("Train")
        for visitor in visitors:
            visitor.wait_until_idle()
    _empty(server)


def _empty(server: Server) -> None:
    """Waits until the time of those who left is over; the server throws them away when another leaves."""
    time.sleep(2 * TTL)
    with Visitor(server.url):
        pass
    time.sleep(TTL)


def _prepare(visitor: Visitor, k: int) -> None:
    visitor.choose("stage", "Data")
    visitor.choose("kind", "A formula")
    visitor.fill("formula", formula(k))
    visitor.press("Use these data")
    visitor.choose("stage", "Train")


class _Client:
    """One client in a thread of its own, its answers timed."""

    def __init__(self, server: Server, k: int) -> None:
        self.server, self.k = server, k
        self.answers: list[float] = []
        self.fits, self.crossed = 0, False
        self.error: Exception | None = None

    def start(self, ready: threading.Barrier, seconds: float) -> None:
        self._thread = threading.Thread(target=self._run, args=(ready, seconds), daemon=True)
        self._thread.start()

    def join(self) -> None:
        self._thread.join()
        if self.error is not None:
            _tell(f"session {self.k}: {self.error!r}")

    def _run(self, ready: threading.Barrier, seconds: float) -> None:
        try:
            with Visitor(self.server.url) as visitor:
                _prepare(visitor, self.k)
                ready.wait(LIMIT)  # all begin together
                ends = time.monotonic() + seconds
                while time.monotonic() < ends:
                    self.answers.append(visitor.press("Train"))
                    visitor.wait_until_idle()
                    self.fits += 1
                    for place in ("Prune", "Law", "Train"):
                        time.sleep(0.5)
                        self.answers.append(visitor.choose("stage", place))
                received = b"".join(visitor.seen)
                others = (name(k).encode() for k in range(100) if k != self.k)
                self.crossed = name(self.k).encode() not in received or any(other in received for other in others)
        except Exception as error:  # noqa: BLE001 - whatever it was, this session failed, and that is what is counted
            self.error = error
            ready.abort()  # before the start, nobody waits for it in vain


def _tabs(browser: Any, server: Server, ready: threading.Barrier, seconds: float) -> tuple[int, list[float]]:
    """Works in the real tabs until time is up: how many saw another's names, and the seconds of their clicks."""
    pages = [open_page(browser, server.url) for _ in range(TABS)]
    for k, page in enumerate(pages):
        use_formula(page, formula(k))
    try:
        ready.wait(LIMIT)
    except threading.BrokenBarrierError:
        _tell(f"{ready.n_waiting} of {ready.parties} were ready when one failed, or within {LIMIT:g} seconds")
        return 0, []
    _tell(f"all work for {seconds:g} seconds")
    ends, answers = time.monotonic() + seconds, list[float]()
    while time.monotonic() < ends:
        for page in pages:
            train(page, "2, 5, 1")
        for page in pages:
            idle(page)
            answers += [_timed(lambda p=page, n=place: _go(p, n)) for place in ("Prune", "Train")]  # type: ignore[misc]
    texts = [page.locator("body").inner_text() + page.content() for page in pages]
    crossed = sum(any(name(other) in text for other in range(100) if other != k) for k, text in enumerate(texts))
    return crossed, answers


def _go(page: Any, place: str) -> None:
    stage(page, place)
    page.get_by_role("heading", name=place, exact=True).wait_for()


def _tell(text: str) -> None:
    """How far it is, beside the table: minutes pass."""
    print(f"crowd: {text}", file=sys.stderr, flush=True)


def _timed(act: Callable[[], None]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def _afterwards(server: Server, before: float, seconds: float) -> Measured:
    _empty(server)
    ends = time.monotonic() + seconds
    while server.memory > 1.05 * before and time.monotonic() < ends:
        time.sleep(1)
    yield "after", server.memory
    yield "grown", server.memory / before

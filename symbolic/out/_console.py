"""What the headless command shows while it searches, and how Ctrl-C ends the search with its best law."""

from __future__ import annotations

import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TextIO

from symbolic.laws._progress import Progress

BAR = 20  # characters
QUIET = 1.0  # seconds between plain lines that say nothing new
FRAME = 0.1  # seconds between pictures of the bar


class Console:
    """Receives the reports of a search: a bar that is drawn again and again on a terminal, lines elsewhere.

    Once `stopped` it answers False, which ends the search at its next report.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.terminal = stream, stream.isatty()
        self.stopped = False
        self._stage, self._law, self._shown = "", "", -QUIET

    def __call__(self, progress: Progress) -> bool:
        fresh = progress.stage != self._stage or (progress.law or "") != self._law
        since = time.monotonic() - self._shown
        if self.terminal and (fresh or since >= FRAME):
            self._show(f"\r\x1b[K{bar(progress, shutil.get_terminal_size().columns)}", progress)
        elif not self.terminal and (fresh or since >= QUIET):
            best = f"; best so far {printable(progress.law)}" if progress.law and progress.law != self._law else ""
            text = printable(progress.text)
            self._show(f"[{progress.fraction:4.0%}] {progress.stage}: {text}{best}\n", progress)
        return not self.stopped

    def _show(self, text: str, progress: Progress) -> None:
        self.stream.write(text)
        self.stream.flush()
        self._stage, self._law, self._shown = progress.stage, progress.law or "", time.monotonic()

    def stop(self) -> None:
        """Ask the search to end, and say so."""
        self.stopped = True
        self.note("Stopping at the next step with the best law so far. Press Ctrl-C again to leave without it.")

    def note(self, text: str) -> None:
        """Write a line of its own."""
        self.clear()
        self.stream.write(f"{printable(text)}\n")
        self.stream.flush()

    def clear(self) -> None:
        """Take the bar away."""
        if self.terminal:
            self.stream.write("\r\x1b[K")
            self.stream.flush()


def bar(progress: Progress, width: int) -> str:
    """Return one line of at most `width` characters: how far, the stage, and the best law or what is being done."""
    done = round(BAR * min(max(progress.fraction, 0.0), 1.0))
    best = f"best: {progress.law}" if progress.law else progress.text
    line = f"[{'#' * done}{'-' * (BAR - done)}] {progress.fraction:4.0%} {progress.stage:5}  {printable(best)}"
    return line if len(line) < width else f"{line[: max(width - 2, 0)]}…"


def printable(text: str) -> str:
    """Return a text on one line that cannot steer the terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


@contextmanager
def interruptible(console: Console) -> Iterator[None]:
    """Let the first Ctrl-C stop the search and the second one leave at once."""

    def heard(number: int, frame: FrameType | None) -> None:
        if console.stopped:
            signal.default_int_handler(number, frame)
        console.stop()

    before = signal.signal(signal.SIGINT, heard)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        console.clear()

"""The progress of the headless command."""

import io
import os
import signal

import pytest

from symbolic.laws._progress import Progress
from symbolic.out._console import Console, bar, interruptible


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_elsewhere_than_on_a_terminal_every_stage_and_every_better_law_is_a_line():
    stream = io.StringIO()
    console = Console(stream)
    for step in range(50):
        console(Progress("train", f"step {step}", 0.2))
    console(Progress("law", "named", 0.5, "y = a"))
    console(Progress("law", "again", 0.6, "y = a"))
    console(Progress("law", "better", 0.9, "y = a^2"))
    assert stream.getvalue().splitlines() == [
        "[ 20%] train: step 0",
        "[ 50%] law: named; best so far y = a",
        "[ 90%] law: better; best so far y = a^2",
    ]


def test_on_a_terminal_one_line_is_drawn_again_and_taken_away():
    stream = Terminal()
    console = Console(stream)
    assert console(Progress("train", "step 1", 0.25)) is True
    assert console(Progress("law", "named", 0.5, "y = a")) is True
    console.clear()
    assert "\n" not in stream.getvalue()
    assert "[##########----------]  50% law    best: y = a" in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[K")


def test_the_bar_keeps_to_the_width_and_names_cannot_steer_the_terminal():
    line = bar(Progress("train", "x" * 300 + "\x1b[2J\n", 1.7), 60)
    assert len(line) == 59
    assert bar(Progress("train", "a\x1b[2J\nb", 0.0), 200).endswith("a [2J b")


def test_the_first_ctrl_c_stops_the_search_and_the_second_leaves():
    console = Console(io.StringIO())
    before = signal.getsignal(signal.SIGINT)
    with interruptible(console):
        os.kill(os.getpid(), signal.SIGINT)
        assert console(Progress("train", "", 0.1)) is False
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before
    assert "Press Ctrl-C again" in console.stream.getvalue()

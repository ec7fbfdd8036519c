"""Budgets are seconds of the processor here: what else the machine does takes nothing from a search."""

import time

import pytest

from symbolic import _clock


@pytest.fixture(autouse=True)
def _seconds_of_the_processor(monkeypatch):
    monkeypatch.setattr(_clock, "now", time.process_time)

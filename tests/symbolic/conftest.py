"""Budgets are seconds of the processor here: what else the machine does takes nothing from a search."""

import time

import pytest

from symbolic import _clock


@pytest.fixture(autouse=True, scope="module")
def _seconds_of_the_processor():
    """Of a module, so that what its fixtures search for all its tests has this clock, too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_clock, "now", time.process_time)
        yield

"""Tests run on all cores, each on one thread, and so do the processes that they start."""

import os
from pathlib import Path

import pytest

HERE = Path(__file__).parent

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")  # NumPy and torch read it when they are loaded, which is later


def pytest_itemcollected(item):
    """In many processes the tests of a file stay together, and so do those of the page: its servers take turns."""
    room = item.path.relative_to(HERE)
    item.add_marker(pytest.mark.xdist_group("app" if room.parts[0] == "app" else str(room)))

"""The interface's figures: what a table says of measured values, and the arithmetic behind it."""

import pytest

from benchmarks.interface import __main__ as command
from benchmarks.interface.endurance import _slope
from benchmarks.interface.figures import OF, Quantity, percentile, rows, table


def test_a_percentile_is_a_value_that_was_measured():
    assert percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert percentile(range(1, 101), 95) == 95
    assert percentile([7.0], 95) == 7.0


def test_a_quantity_is_shown_by_its_median_or_its_tail():
    values = [1.0] * 94 + [9.0] * 6
    assert Quantity("click", "ms").value(values) == 1.0
    assert Quantity("click", "ms", of="p95").value(values) == 9.0


def test_a_table_sets_what_misses_its_target_in_bold():
    found = rows("clicks", iter([("fast", 0.2), ("slow", 2.0), ("slow", 4.0)]))
    shown = table(found, {"fast": Quantity("answer", "s", most=1), "slow": Quantity("other", "s", most=1)})
    assert "| answer | 0.2 s | ≤ 1 s |" in shown
    assert "| other | **3 s** (median of 2) | ≤ 1 s |" in shown


def test_a_quantity_that_was_not_measured_has_no_line():
    assert "frames" not in table([], {"replay": Quantity("frames", least=30)})


def test_a_slope_is_that_of_the_line():
    assert _slope([5.0, 7.0, 9.0, 11.0]) == pytest.approx(2.0)
    assert _slope([4.0]) == 0.0


def test_every_figure_says_what_it_measures():
    for module in command.FIGURES.values():
        assert module.TITLE
        assert module.TEXT
        assert all(one.of in OF for one in module.QUANTITIES.values())

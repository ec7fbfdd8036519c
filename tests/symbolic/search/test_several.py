"""Several targets of one table in one budget."""

import numpy as np
import pandas as pd
import pytest

from symbolic import SymbolicError, discover, discover_all

x = np.arange(1.0, 12.0)[:, None]


def test_each_target_has_the_law_it_has_alone():
    Y = np.column_stack([3 * x[:, 0], x[:, 0] ** 2])
    found = discover_all(x, Y, names=["a"], targets=["y", "z"])
    assert {name: str(one.best) for name, one in found.items()} == {"y": "y = 3*a", "z": "z = a^2"}
    assert str(found["z"].best) == str(discover(x, Y[:, 1], names=["a"], target="z").best)


def test_a_table_brings_the_names_and_units_and_errors_go_to_their_target():
    Y = pd.DataFrame({"s": 5 * x[:, 0], "v": 2 * x[:, 0]})
    found = discover_all(x, Y, names=["t"], units={"t": "s", "s": "m", "v": "m/s"}, sigma={"v": 0.1})
    assert [constant.unit for constant in found["s"].best.constants] == ["m/s"]
    assert [constant.unit for constant in found["v"].best.constants] == ["m/s^2"]


def test_a_search_that_is_stopped_ends_with_the_target_at_hand():
    Y = np.column_stack([3 * x[:, 0], x[:, 0] ** 2])
    found = discover_all(x, Y, targets=["y", "z"], on_progress=lambda _: False)
    assert list(found) == ["y"]


def test_what_does_not_fit_together_is_refused():
    with pytest.raises(SymbolicError, match="one column a target"):
        discover_all(x, np.ones((11, 2)), targets=["y"])
    with pytest.raises(SymbolicError, match="'q', which is no target"):
        discover_all(x, x, targets=["y"], sigma={"q": 1.0})

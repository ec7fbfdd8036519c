"""Tasks as functions: what they ask of the engine."""

import numpy as np
import pytest

import symbolic
from app.tasks import edge_tasks, network_tasks
from datasets import Dataset
from kan_core import KAN, look


class AskedError(Exception):
    """Ends a task once it has asked."""


@pytest.fixture
def asked(monkeypatch):
    """The arguments with which a task has called the search."""
    seen = {}

    def search(*_, **options):
        seen.update(options)
        raise AskedError

    monkeypatch.setattr(symbolic, "discover", search)
    return seen


@pytest.mark.parametrize(("digits", "told"), [((2, 4), 4), ((3, None), None), ((), None)])
def test_the_search_is_told_to_how_many_digits_the_target_was_printed(asked, digits, told):
    x = np.linspace(1.0, 2.0, 30)
    data = Dataset(X=x[:, None], y=x**2, names=("a",), target="b", digits=digits)
    with pytest.raises(AskedError):
        network_tasks.discover(data.to_dict(), 1.0, lambda **_: True, lambda: False)
    assert asked["digits"] == told


class Pause:
    """A wish to keep what there is, after so many looks."""

    def __init__(self, after):
        self.left = after

    def __call__(self):
        self.left -= 1
        return self.keep

    @property
    def keep(self):
        return self.left < 0


def rows():
    X = np.random.default_rng(0).uniform(-1, 1, (200, 2))
    y = np.exp(np.sin(3 * X[:, 0]) + X[:, 1] ** 2)
    return Dataset(X=X, y=y, names=("a", "b"), target="c").with_split("random").to_dict()


OPTIONS = {"widths": [2, 2, 1], "grids": [3, 6], "steps": 8, "seed": 0, "sparsity": 0.01}


@pytest.mark.parametrize(
    ("after", "sparsity", "left"),
    [
        (2, 0.01, {"steps": [5, 8, 8], "grids": [3, 6], "sparsity": 0.01}),
        (2, 0.0, {"steps": [0, 5, 8], "grids": [3, 3, 6], "sparsity": 0.0}),
        (10, 0.0, {"steps": [0, 5], "grids": [6]}),
    ],
)
def test_a_paused_fit_remembers_the_sparsity_the_steps_and_the_grids_it_had_before_it(after, sparsity, left):
    found = network_tasks.train(rows(), {**OPTIONS, "sparsity": sparsity}, lambda **_: True, Pause(after))
    paused = found["paused"]
    assert {**paused, "grids": paused["grids"][-len(left["grids"]) :]} == {"sparsity": 0.0, **left}
    told = network_tasks.resume(rows(), found["model"], paused, lambda **_: True, lambda: False)
    assert told["paused"] is None
    assert len(told["losses"]) <= sum(paused["steps"])
    assert told["errors"]["train"] <= found["errors"]["train"] * (1 + 1e-9)


def test_a_fit_that_ends_by_itself_or_is_paused_at_its_last_step_leaves_nothing():
    for wish in (lambda: False, Pause(0)):
        found = network_tasks.train(
            rows(), {**OPTIONS, "sparsity": 0.0, "grids": [3], "steps": 1}, lambda **_: True, wish
        )
        assert found["paused"] is None


def test_rows_under_a_curve_lie_on_it_where_the_network_misses_nothing():
    x = np.random.default_rng(0).exponential(size=(700, 2))
    data = Dataset(X=x, y=x[:, 0] ** 2 + x[:, 1], names=("a", "b"), target="c")
    train, rows = data.part("train")[0], data.to_dict()
    model = network_tasks.train(rows, OPTIONS | {"widths": [2, 1], "sparsity": 0.0}, lambda **_: True, lambda: False)
    found = edge_tasks.suggest(rows, model["model"], "0-0-0", "", lambda **_: True, lambda: False)
    shown = look(KAN.from_dict(model["model"]), train)[0]
    at, seen = np.array(found["points"])
    assert 100 < len(at) < len(train)
    assert np.abs(seen - np.interp(at, shown.x, shown.y)).max() < 2e-3 * np.ptp(shown.y)

"""Tasks as functions: what they ask of the engine."""

import numpy as np
import pytest

import symbolic
from app.tasks import network_tasks
from datasets import Dataset


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

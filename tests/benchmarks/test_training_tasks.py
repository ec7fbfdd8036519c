"""The functions that training is measured on."""

import numpy as np
import pytest

from benchmarks.training.special_tasks import SPECIAL
from benchmarks.training.tasks import TOYS

TASKS = (*TOYS, *SPECIAL)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.key)
def test_every_task_is_finite_and_varies_on_its_box(task):
    rows = task.sample(300, seed=0, n_test=100)
    assert rows.X.shape == (300, task.widths[0])
    assert rows.y.shape == (300,)
    assert rows.y_test.shape == (100,)
    assert np.isfinite(rows.y).all()
    assert np.isfinite(rows.y_test).all()
    assert rows.y.std() > 1e-3


def test_one_seed_gives_the_same_rows():
    first, again = TOYS[0].sample(50, seed=3), TOYS[0].sample(50, seed=3)
    assert np.array_equal(first.X, again.X)
    assert not np.array_equal(first.X, TOYS[0].sample(50, seed=4).X)


def test_the_keys_of_tasks_are_unique():
    assert len({task.key for task in TASKS}) == len(TASKS) == 20

"""Ways to deal rows to training, validation and test."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets import DataError, Dataset, sample, split_rows
from datasets._split import SPLITS


def _parts(split):
    return split.train, split.validation, split.test


def _dealt(kind, n, seed=0):
    draws = np.random.default_rng(seed)
    return split_rows(kind, n, seed, X=draws.normal(size=(n, 3)), by=draws.integers(0, 12, n))


@pytest.mark.parametrize("kind", SPLITS)
@given(n=st.integers(50, 400), seed=st.integers(0, 5))
@settings(derandomize=True, deadline=None, max_examples=20)
def test_every_split_deals_every_row_once_and_in_order(kind, n, seed):
    parts = _parts(_dealt(kind, n, seed))
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(n))
    assert all((np.diff(part) > 0).all() for part in parts)


@pytest.mark.parametrize("kind", SPLITS)
def test_below_fifty_rows_all_rows_train_whatever_is_asked(kind):
    assert [len(part) for part in _parts(_dealt(kind, 49))] == [49, 0, 0]


@pytest.mark.parametrize("kind", [kind for kind in SPLITS if kind not in ("groups", "none")])
def test_the_shares_are_kept(kind):
    assert [len(part) for part in _parts(_dealt(kind, 200))] == [120, 40, 40]
    draws = np.random.default_rng(0)
    halves = split_rows(kind, 200, X=draws.normal(size=(200, 1)), by=np.arange(200), shares=(0.5, 0.0))
    assert [len(part) for part in _parts(halves)] == [100, 0, 100]


def test_a_split_by_time_tests_on_the_latest_rows():
    times = np.random.default_rng(1).permutation(100)
    split = split_rows("time", 100, by=times)
    assert times[split.train].max() < times[split.validation].min()
    assert times[split.validation].max() < times[split.test].min()
    np.testing.assert_array_equal(split_rows("time", 100).test, np.arange(80, 100))


def test_blocks_keep_neighbours_in_time_together():
    split = split_rows("blocks", 400, seed=3)
    part = np.empty(400, dtype=int)
    for k, rows in enumerate(_parts(split)):
        part[rows] = k
    assert (np.diff(part) != 0).sum() <= 21
    assert not np.array_equal(split.test, np.arange(320, 400))


def test_no_group_is_in_two_parts_and_the_parts_are_near_their_shares():
    groups = np.repeat([f"patient {k}" for k in range(40)], 10)
    split = split_rows("groups", 400, by=groups)
    train, validation, test = (set(groups[rows]) for rows in _parts(split))
    assert not train & validation
    assert not train & test
    assert not validation & test
    np.testing.assert_allclose([len(rows) for rows in _parts(split)], [240, 80, 80], atol=20)


def test_extrapolation_tests_outside_the_box_it_trains_in():
    X = np.random.default_rng(0).uniform(-1, 1, (2000, 2)) * [1, 1000]
    split = split_rows("extrapolation", 2000, X=X)
    inner = np.abs(X[np.concatenate([split.train, split.validation])] / [1, 1000]).max(axis=1)
    outer = np.abs(X[split.test] / [1, 1000]).max(axis=1)
    assert np.quantile(inner, 0.99) < np.quantile(outer, 0.05) + 0.02
    assert len(split.test) == 400


def test_extrapolation_does_not_mind_logarithmic_axes():
    x = np.random.default_rng(0).uniform(-3, 3, (500, 1))
    np.testing.assert_array_equal(
        split_rows("extrapolation", 500, X=x).test, split_rows("extrapolation", 500, X=10**x).test
    )


def test_a_data_set_takes_another_split_by_a_column_of_its_own():
    data = sample("t^2", {"t": (0, 1)}, n=100)
    later = data.with_split("time", by="t")
    assert later.part("train")[0].max() < later.part("test")[0].min()
    assert data.split.test.tolist() != later.split.test.tolist()
    assert sample("t^2 + u", {"t": (0, 1), "u": (0, 1)}, n=100, split="time", by="u").part("test")[0][:, 1].min() > 0.6


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"kind": "rnadom"}, "Did you mean 'random'"),
        ({"kind": "extrapolation"}, "'X' is missing"),
        ({"kind": "groups"}, "'by' is missing"),
        ({"kind": "groups", "by": ["a", "b"] * 50}, r"at least 3 of them, but 2 groups came \(a, b\)"),
        ({"kind": "time", "by": [1, 2]}, "2 came for 100 rows"),
        ({"kind": "time", "by": np.zeros((100, 2))}, r"its shape is \(100, 2\)"),
        ({"kind": "random", "shares": (0.8, 0.3)}, "at most 1 together"),
        ({"kind": "random", "shares": (0.0, 0.3)}, "at most 1 together"),
        ({"kind": "random", "shares": 1}, "at most 1 together"),
    ],
)
def test_what_cannot_be_split_is_answered_with_the_rule(settings, words):
    with pytest.raises(DataError, match=words):
        split_rows(**{"n": 100} | settings)


def test_a_column_to_split_by_must_be_there():
    with pytest.raises(DataError, match=r"no 'tt'. Did you mean 't'"):
        Dataset(np.arange(60.0), np.arange(60.0), ("t",)).with_split("time", by="tt")
    with pytest.raises(DataError, match=r"no 'tt'. Did you mean 't'"):
        sample("t^2", {"t": (0, 1)}, n=100, split="time", by="tt")

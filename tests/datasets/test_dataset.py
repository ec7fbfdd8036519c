"""The data a law is learned from."""

import json

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets import DataError, Dataset, Split, parse_formula, sample
from datasets.formulas._tree import from_tree, to_tree


def _data(n=6, **changes):
    X = np.arange(2.0 * n).reshape(n, 2)
    return Dataset(**{"X": X, "y": X.sum(axis=1), "names": ("a", "b"), "target": "c"} | changes)


@given(st.integers(50, 3000), st.integers(0, 10))
@settings(derandomize=True, deadline=None, max_examples=50)
def test_a_split_deals_every_row_to_one_part_in_60_20_20(n, seed):
    split = Split.seeded(n, seed)
    rows = np.concatenate([split.train, split.validation, split.test])
    np.testing.assert_array_equal(np.sort(rows), np.arange(n))
    assert abs(len(split.train) - 0.6 * n) <= 1
    assert abs(len(split.validation) - 0.2 * n) <= 1


def test_a_split_depends_on_the_seed_alone():
    np.testing.assert_array_equal(Split.seeded(100, 1).train, Split.seeded(100, 1).train)
    assert not np.array_equal(Split.seeded(100, 1).train, Split.seeded(100, 2).train)


def test_below_fifty_rows_all_rows_train():
    data = _data(49)
    assert [len(data.part(name)[1]) for name in ("train", "validation", "test")] == [49, 0, 0]
    assert data.part("test")[0].shape == (0, 2)
    assert len(_data(50).part("test")[1]) == 10


def test_a_part_holds_its_rows_of_inputs_and_target():
    data = _data(100)
    X, y = data.part("validation")
    np.testing.assert_array_equal(X, data.X[data.split.validation])
    np.testing.assert_array_equal(y, X.sum(axis=1))


def test_the_arrays_of_the_caller_stay_his_own():
    X = np.ones((3, 1))
    data = Dataset(X, [1, 2, 3])
    X[:] = 7
    assert (data.X == 1).all()


def test_lists_and_single_columns_are_welcome():
    data = Dataset([1, 2, 3], [[2], [4], [6]])
    assert data.X.shape == (3, 1)
    assert data.y.dtype == np.float64
    assert data.names == ("x_1",)
    assert data.digits == (None, None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"X": np.zeros((6, 0)), "names": ()}, r"at least one column, but its shape is \(6, 0\)"),
        ({"X": np.zeros((6, 1, 1))}, r"its shape is \(6, 1, 1\)"),
        ({"y": np.zeros((6, 2))}, "'y' has one value a row"),
        ({"X": np.zeros((0, 2)), "y": []}, "at least one row"),
        ({"y": [1, 2]}, "X has 6 and y has 2"),
        ({"X": [["a", "b"]] * 6}, "'X' holds real numbers only"),
        ({"y": [1j] * 6}, "'y' holds real numbers only"),
        ({"names": ("a",)}, "2 columns came with 1 names"),
        ({"names": ("a", "a")}, "'a' came twice"),
        ({"names": ("a", "c")}, "'c' came twice"),
        ({"y": [0, np.nan, 1, np.inf, 2, 3]}, r"Column 'c' has 2 values that are not finite \(rows 2, 4\)"),
        ({"X": np.full((6, 2), np.nan)}, r"Column 'a' has 6 values that are not finite"),
        ({"units": {"aa": "m"}}, "no column 'aa'. Did you mean 'a'?"),
        ({"sigma": [1, 2]}, "2 came for 6 rows"),
        ({"sigma": [1, 1, 0, 1, -1, 1]}, "'sigma' is positive, but rows 3, 5 are not"),
        ({"weights": [1, 1, 0, 1, -1, 1]}, "'weights' is not negative, but rows 5 are not"),
        ({"weights": [0] * 6}, "zero in every row"),
        ({"digits": (3,)}, "1 came for 3 columns"),
        ({"split": Split([0, 9], [], [])}, "rows 0 to 5, but row 9 came"),
        ({"split": Split([0, 1], [1], [])}, "share no row"),
        ({"split": Split([], [1], [])}, "has training rows"),
    ],
)
def test_what_does_not_fit_is_refused_at_the_gate(changes, words):
    with pytest.raises(DataError, match=words):
        _data(**changes)


def test_an_unknown_part_is_refused():
    with pytest.raises(DataError, match="train, validation or test, but 'valid' came"):
        _data().part("valid")


def _same(first, second):
    for key, value in first.to_dict().items():
        other = second.to_dict()[key]
        if key == "split":
            assert all(np.array_equal(value[part], other[part]) for part in value)
        else:
            assert np.array_equal(value, other) if isinstance(value, np.ndarray) else value == other


@pytest.mark.parametrize("listed", [False, True])
def test_a_snapshot_brings_the_data_back(listed):
    data = _data(
        60,
        units={"a": "m"},
        sigma=np.full(60, 0.1),
        weights=np.ones(60),
        law=parse_formula("a + b"),
        digits=(3, None, 4),
        provenance=("by hand",),
    )
    snapshot = data.to_dict()
    if listed:
        snapshot = json.loads(json.dumps(snapshot, default=lambda array: array.tolist()))
    _same(data, Dataset.from_dict(snapshot))


def test_a_snapshot_without_its_parts_is_refused():
    with pytest.raises(DataError, match="but X, names is missing"):
        Dataset.from_dict({"y": [1], "target": "y"})


@pytest.mark.parametrize(
    "text", ["2.99792458 x/3 + J0(y)", "|x - y|^1.5 exp(-x)", "pi e^2 x", "erf(x) atan2(y, x) sign(y)"]
)
def test_a_law_survives_storage_exactly(text):
    law = sample(text, {"x": (1, 2), "y": (0, 1)}, n=3).law
    assert from_tree(json.loads(json.dumps(to_tree(law)))) == law


@pytest.mark.parametrize(
    "tree", [["os.system", "true"], ["Symbol"], [], None, "x", ["Rational", "1", "0.5"], ["Lambda", 1]]
)
def test_a_stored_law_with_anything_else_in_it_is_refused(tree):
    with pytest.raises(DataError, match="stored law cannot be read"):
        from_tree(tree)


def test_a_law_of_unknown_functions_is_not_stored():
    with pytest.raises(DataError, match="but 'gamma' came"):
        to_tree(sympy.gamma(sympy.Symbol("x")))

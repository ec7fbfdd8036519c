"""Plain data come back as they were, and nothing else is taken."""

import io
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kept.archive import ArchiveError, decode, encode

keys = st.text(max_size=5) | st.integers() | st.tuples(st.integers(), st.text(max_size=3))
leaves = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
plain = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(keys, inner), max_leaves=20
)


@given(plain)
def test_plain_data_come_back_as_they_were(value):
    back = decode(encode(value))
    assert back == value
    assert repr(back) == repr(value)  # tuples stay tuples, and True is not 1


def test_arrays_come_back_exactly():
    rng = np.random.default_rng(0)
    value = {"X": rng.normal(size=(7, 3)), "names": np.array(["a", "Δx"]), "rows": np.arange(3)}
    value["empty"] = np.zeros((0, 2))
    back = decode(encode(value))
    for name, array in value.items():
        assert back[name].dtype == array.dtype
        np.testing.assert_array_equal(back[name], array)


def test_what_is_no_number_survives():
    assert repr(decode(encode([float("nan"), float("inf"), np.float64(0.1)]))) == "[nan, inf, 0.1]"


@pytest.mark.parametrize("value", [object(), {1, 2}, np.array([object()]), lambda: 0, 1j])
def test_anything_else_is_refused(value):
    with pytest.raises(ArchiveError, match="Only plain data can be kept"):
        encode(value)


class Evil:
    def __reduce__(self):
        raise AssertionError("it was unpickled")


@pytest.mark.parametrize("content", [b"", b"PK", pickle.dumps([1]), encode([1])[:-30], b"\x93NUMPY\x01\x00garbage"])
def test_bytes_that_are_no_archive_are_refused(content):
    with pytest.raises(ArchiveError, match="no archive of ours"):
        decode(content)


def test_nothing_is_ever_unpickled():
    out = io.BytesIO()
    np.savez(out, text=np.array([Evil.__name__], dtype=object))
    with pytest.raises(ArchiveError):
        decode(out.getvalue())

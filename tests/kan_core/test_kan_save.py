"""One file for one network: back to the bit, the same bytes every time, and a clear error from bad ones."""

import io
import json
import math
import pickle
import struct
import zipfile
import zlib

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from kan_for_tests import assert_same_network, hello, networks, rows_for

from kan_core import KAN, Edge, TrainingError, fit, remove_edge, sealed, set_symbolic
from kan_core import _save as save

MODEL = set_symbolic(KAN((2, (1, 1), 1)), Edge(0, 0, 0), "sin", 1, 2, 3)
DATA = MODEL.to_bytes()


def members_of(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(members, compression=zipfile.ZIP_STORED):
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", compression) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return found.getvalue()


def with_structure(change):
    members = members_of(DATA)
    structure = json.loads(members["network.json"])
    change(structure)
    return packed({**members, "network.json": json.dumps(structure)}.items())


def with_numbers(change):
    members = members_of(DATA)
    tensors = {name: array.copy() for name, array in safetensors.numpy.load(members["network.safetensors"]).items()}
    change(tensors)
    return packed({**members, "network.safetensors": safetensors.numpy.save(tensors)}.items())


@given(model=networks())
@effort(max_examples=40)
def test_a_network_comes_back_from_its_bytes_to_the_bit(model):
    back = KAN.from_bytes(model.to_bytes())
    X = rows_for(model, 20)
    assert np.array_equal(back(X), model(X))
    assert_same_network(back, model)
    assert back.to_bytes() == model.to_bytes()


@pytest.mark.parametrize(
    "model",
    [
        KAN((3, (1, (3,)), 1), basis=("chebyshev", "fourier"), base=(None, "silu")),
        remove_edge(KAN((3, 1)), Edge(0, 1, 0)),
        KAN((17, 4, 3), grid=9, order=5),
    ],
    ids=["bases", "an input without edges", "many inputs"],
)
def test_every_kind_of_network_can_be_saved(model, tmp_path):
    model.save(tmp_path / "a.kan")
    assert_same_network(KAN.load(tmp_path / "a.kan"), model)


def test_a_loaded_network_goes_on_as_the_original_would(tmp_path):
    X, y = hello(150)
    model = fit(KAN((2, 2, 1), seed=1), X, y, steps=10).model
    model.save(str(tmp_path / "a.kan"))
    back = KAN.load(str(tmp_path / "a.kan"))
    assert_same_network(fit(back, X, y, steps=5).model, fit(model, X, y, steps=5).model)


def test_equal_networks_give_equal_files():
    X, y = hello(60)
    one, other = (fit(KAN((2, 2, 1)), X, y, steps=3).model for _ in range(2))
    assert one.to_bytes() == other.to_bytes()


def test_a_file_is_a_zip_of_json_and_safetensors_that_others_can_read():
    members = members_of(DATA)
    assert list(members) == ["network.json", "network.safetensors"]
    structure = json.loads(members["network.json"])
    assert (structure["format"], structure["version"]) == ("KANvas network", 1)
    assert structure["widths"] == [2, [1, 1], 1]
    tensors = safetensors.numpy.load(members["network.safetensors"])
    assert tensors["0.coef"].dtype == np.float64
    assert np.array_equal(tensors["0.coef"], MODEL.layers[0].coef[0].numpy())


def test_a_save_is_whole_or_not_at_all(tmp_path):
    MODEL.save(tmp_path / "a.kan")
    MODEL.save(tmp_path / "a.kan")
    assert [found.name for found in tmp_path.iterdir()] == ["a.kan"]
    with pytest.raises(TrainingError, match=r"cannot be written: No such file"):
        MODEL.save(tmp_path / "nowhere" / "a.kan")
    with pytest.raises(TrainingError, match="cannot be written"):
        MODEL.save(tmp_path)
    assert [found.name for found in tmp_path.iterdir()] == ["a.kan"]


def test_what_cannot_be_read_is_said(tmp_path):
    with pytest.raises(TrainingError, match=r"cannot be read: No such file"):
        KAN.load(tmp_path / "none.kan")
    with pytest.raises(TrainingError, match="cannot be read"):
        KAN.load(tmp_path)


@given(where=st.integers(0, len(DATA) - 1), mask=st.integers(1, 255))
@effort(max_examples=400)
def test_a_flipped_byte_is_noticed_or_harmless(where, mask):
    broken = bytearray(DATA)
    broken[where] ^= mask
    try:
        back = KAN.from_bytes(bytes(broken))
    except TrainingError:
        return
    assert_same_network(back, MODEL)


@given(edits=st.lists(st.tuples(st.integers(0, len(DATA) - 1), st.integers(0, 255)), min_size=2, max_size=30))
@effort(max_examples=200)
def test_many_changed_bytes_are_noticed_or_harmless(edits):
    broken = bytearray(DATA)
    for where, value in edits:
        broken[where] = value
    try:
        back = KAN.from_bytes(bytes(broken))
    except TrainingError:
        return
    assert_same_network(back, MODEL)


@given(data=st.binary(max_size=300), start=st.sampled_from([b"", b"PK\x03\x04", DATA[:100]]))
@effort(max_examples=150)
def test_bytes_from_anywhere_are_refused(data, start):
    with pytest.raises(TrainingError, match="no saved network"):
        KAN.from_bytes(start + data)


@pytest.mark.parametrize("length", [0, 1, 30, len(DATA) // 2, len(DATA) - 22, len(DATA) - 1])
def test_a_truncated_file_is_refused(length):
    with pytest.raises(TrainingError, match=r"This is no saved network, or it is damaged: .+ Save it again"):
        KAN.from_bytes(DATA[:length])


@given(content=st.binary(max_size=200), which=st.sampled_from(["network.json", "network.safetensors"]))
@effort(max_examples=100)
def test_members_of_any_content_are_refused(content, which):
    with pytest.raises(TrainingError, match="damaged"):
        KAN.from_bytes(packed({**members_of(DATA), which: content}.items()))


def test_a_newer_format_says_so():
    with pytest.raises(TrainingError, match=r"saved in format 2; this program reads 1"):
        KAN.from_bytes(with_structure(lambda structure: structure.update(version=2)))


def encrypted():
    data = bytearray(DATA)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    return bytes(data)


def oversized():
    """A member that says it has four gigabytes."""
    data = bytearray(DATA)
    at = data.rindex(b"PK\x01\x02")
    data[at + 20 : at + 28] = struct.pack("<II", 0xFFFFFFF0, 0xFFFFFFF0)
    return bytes(data)


def huge_header():
    """A safetensors header that says it is longer than the world."""
    return packed({**members_of(DATA), "network.safetensors": struct.pack("<Q", 2**63) + b"{}"}.items())


def overlapping():
    """A tensor that lies outside the data."""
    header = json.dumps({"shift": {"dtype": "F64", "shape": [1], "data_offsets": [0, 8_000]}}).encode()
    return packed({**members_of(DATA), "network.safetensors": struct.pack("<Q", len(header)) + header}.items())


def half_true(tensors):
    tensors["0.spline"] = tensors["0.spline"].view(np.uint8) * 2
    tensors["0.spline"] = tensors["0.spline"].view(bool)


MEMBERS = members_of(DATA)
BAD = {
    "an extra member": packed([*MEMBERS.items(), ("more.txt", b"hello")]),
    "a member is missing": packed([("network.json", MEMBERS["network.json"])]),
    "a member is there twice": packed([*MEMBERS.items(), ("network.jsom", b"{}")]).replace(b"jsom", b"json"),
    "something after it": DATA + b"x" * 30,
    "two files in one": DATA + DATA,
    "members in another order": packed(reversed(MEMBERS.items())),
    "a path that leads out": packed([("../network.json", MEMBERS["network.json"]), list(MEMBERS.items())[1]]),
    "an absolute path": packed([("/network.json", MEMBERS["network.json"]), list(MEMBERS.items())[1]]),
    "compressed members": packed(MEMBERS.items(), zipfile.ZIP_DEFLATED),
    "a bomb": packed([("network.json", b" " * 10_000_000), list(MEMBERS.items())[1]], zipfile.ZIP_DEFLATED),
    "encrypted": encrypted(),
    "a size that is not true": oversized(),
    "a huge header": huge_header(),
    "offsets outside": overlapping(),
    "something before it": b"MZ" + DATA,
    "JSON too deep": packed({**MEMBERS, "network.json": b"[" * 200_000}.items()),
    "JSON of a long number": packed({**MEMBERS, "network.json": b"9" * 200_000}.items()),
    "JSON with NaN": with_structure(lambda s: s.update(seed=math.nan)),
    "JSON of a list": packed({**MEMBERS, "network.json": b"[1, 2]"}.items()),
    "another format": with_structure(lambda s: s.update(format="KANvas project")),
    "no format": with_structure(lambda s: s.pop("format")),
    "layers are a number": with_structure(lambda s: s.update(layers=5)),
    "numbers in the structure": with_structure(lambda s: s.update(shift=[0.0])),
    "a layer too many": with_structure(lambda s: s["layers"].append(s["layers"][-1])),
    "an unknown function": with_structure(lambda s: s["layers"][0].update(named=[[0, 0, "os.system"]])),
    "an unknown basis": with_structure(lambda s: s["layers"][0].update(basis="haar")),
    "a grid of another size": with_structure(lambda s: s["layers"][0].update(grid=50_000)),
    "floats of half the width": with_numbers(lambda t: t.update({"0.coef": t["0.coef"].astype(np.float32)})),
    "whole numbers": with_numbers(lambda t: t.update({"0.bias": np.ones(3, dtype=np.int64)})),
    "numbers for a mask": with_numbers(lambda t: t.update({"0.spline": t["0.spline"].astype(np.float64)})),
    "a mask for numbers": with_numbers(lambda t: t.update({"shift": np.array([True])})),
    "a mask that is half true": with_numbers(half_true),
    "another shape": with_numbers(lambda t: t.update({"0.coef": t["0.coef"][:, :-1].copy()})),
    "no numbers": with_numbers(lambda t: t.pop("0.coef")),
    "a number too many": with_numbers(lambda t: t.update(more=np.zeros(3))),
    "numbers of a layer that is not there": with_numbers(lambda t: t.update({"7.lo": np.zeros(2)})),
    "numbers of a layer counted from behind": with_numbers(lambda t: t.update({"-1.lo": t.pop("1.lo")})),
    "numbers of a layer with a leading zero": with_numbers(lambda t: t.update({"01.lo": t.pop("1.lo")})),
    "an infinite coefficient": with_numbers(lambda t: t["0.coef"].__setitem__((0, 0, 1), np.inf)),
    "a scale of zero": with_numbers(lambda t: t["scale"].fill(0)),
    "text": b"hello",
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_a_file_with_a_trick_in_it_is_refused(data):
    with pytest.raises(TrainingError, match=r"damaged: .+\. Save it again"):
        KAN.from_bytes(data)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(save, "LARGEST", len(DATA) - 1)
    monkeypatch.setattr(sealed, "opened", None)
    (tmp_path / "a.kan").write_bytes(DATA + b"x" * 10_000)
    with pytest.raises(TrainingError, match="at most 0 MB"):
        KAN.load(tmp_path / "a.kan")
    with pytest.raises(TrainingError, match="a file holds at most 0"):
        MODEL.to_bytes()


@pytest.mark.parametrize("data", ["text", None, 5, ["a"]], ids=repr)
def test_what_is_no_bytes_is_refused(data):
    with pytest.raises(TrainingError, match="A saved network is bytes, not"):
        KAN.from_bytes(data)


def test_a_pickle_is_never_run(tmp_path):
    """pykan and torch.save write pickles, which run what they hold."""

    class Trap:
        def __reduce__(self):
            return (tmp_path.joinpath("sprung").touch, ())

    trap = pickle.dumps(Trap())
    for data in (trap, packed([("network.json", trap), ("network.safetensors", trap)]), packed([("data.pkl", trap)])):
        with pytest.raises(TrainingError):
            KAN.from_bytes(data)
    assert not (tmp_path / "sprung").exists()


def test_the_checksum_is_that_of_the_numbers():
    content = MEMBERS["network.safetensors"]
    assert struct.pack("<I", zlib.crc32(content)) in DATA

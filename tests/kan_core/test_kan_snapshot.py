"""Snapshots: what goes through JSON comes back to the bit, and what is damaged is refused."""

import copy
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as effort
from kan_for_tests import assert_same_network, hello, networks, roughened, rows_for

from kan_core import KAN, Edge, TrainingError, fit, remove_edge, set_symbolic


def through_json(model):
    return KAN.from_dict(json.loads(json.dumps(model.to_dict(), allow_nan=False)))


@given(model=networks())
@effort(max_examples=40)
def test_a_network_comes_back_from_json_to_the_bit(model):
    back = through_json(model)
    X = rows_for(model, 25)
    assert np.array_equal(back(X), model(X))
    assert back.widths == model.widths
    assert [back.state(e) for e in back.all_edges()] == [model.state(e) for e in model.all_edges()]
    assert [back.function(e) for e in back.all_edges()] == [model.function(e) for e in model.all_edges()]
    assert_same_network(back, model)


def test_a_fitted_network_comes_back_and_goes_on_as_the_original_would():
    X, y = hello(150)
    model = fit(KAN((2, 2, 1), seed=1), X, y, steps=10).model
    back = through_json(model)
    assert np.array_equal(back(X), model(X))
    assert_same_network(fit(back, X, y, steps=5).model, fit(model, X, y, steps=5).model)


def test_inputs_without_edges_keep_their_columns_when_read_back():
    """pykan's pruned inputs came back as the first columns."""
    model = remove_edge(roughened(KAN((3, 1)), 2), Edge(0, 1, 0))
    X = rows_for(model, 20)
    back = through_json(model)
    other = X.copy()
    other[:, 1] = 1e3
    assert np.array_equal(back(X), model(X))
    assert np.array_equal(back(other), model(X))


def test_a_snapshot_shares_nothing_with_its_network():
    model = roughened(KAN((2, 2, 1)), 1)
    X = rows_for(model, 5)
    expected, snapshot = model(X), model.to_dict()
    back = KAN.from_dict(snapshot)
    snapshot["layers"][0]["coef"][0][0][0] = 99.0
    snapshot["shift"][0] = 99.0
    assert np.array_equal(model(X), expected)
    assert np.array_equal(back(X), expected)


def test_networks_copy_deeply():
    model = set_symbolic(roughened(KAN((2, 2, 1)), 1), Edge(0, 0, 0), "sin", 1, 2, 3)
    assert_same_network(copy.deepcopy(model), model)


@pytest.mark.parametrize("version", [2, 0, "1", None])
def test_a_snapshot_of_another_format_is_refused(version):
    snapshot = {**KAN((2, 1)).to_dict(), "version": version}
    with pytest.raises(TrainingError, match=r"saved in format .*; this program reads 1"):
        KAN.from_dict(snapshot)


def without(key):
    def change(snapshot):
        del snapshot["layers"][0][key]

    return change


def put(value, *path):
    def change(snapshot):
        place = snapshot
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return change


DAMAGE = {
    "no layers": lambda s: s.pop("layers"),
    "no seed": lambda s: s.pop("seed"),
    "seed is text": put("x", "seed"),
    "layers are numbers": put([5], "layers"),
    "scale is text": put("abc", "scale"),
    **{
        f"no {key}": without(key) for key in ("grid", "order", "basis", "products", "named", "lo", "hi", "coef", "bias")
    },
    "no affine": without("affine"),
    "no spline": without("spline"),
    "grid is zero": put(0, "layers", 0, "grid"),
    "grid is below zero": put(-3, "layers", 0, "grid"),
    "grid is huge": put(10**9, "layers", 0, "grid"),
    "grid is text": put("many", "layers", 0, "grid"),
    "order does not fit": put(4, "layers", 0, "order"),
    "order is huge": put(10**6, "layers", 0, "order"),
    "basis is unknown": put("wavelet", "layers", 0, "basis"),
    "basis does not fit its coefficients": put("bspline+silu", "layers", 0, "basis"),
    "basis is a list": put([], "layers", 0, "basis"),
    "function is unknown": put([[0, 0, "os.system"]], "layers", 0, "named"),
    "named is a number": put(5, "layers", 0, "named"),
    "named is too short": put([[0, 0]], "layers", 0, "named"),
    "coefficients are empty": put([], "layers", 0, "coef"),
    "coefficients are missing": put(None, "layers", 0, "coef"),
    "coefficients are ragged": put([[[1.0], [2.0, 3.0]]], "layers", 0, "coef"),
    "a coefficient is NaN": put(float("nan"), "layers", 0, "coef", 0, 0, 0),
    "a constant is NaN": put([[1.0, 2.0, float("nan")]], "layers", 0, "affine"),
    "a bias is infinite": put(float("inf"), "layers", 1, "bias", 0),
    "spline mask is too small": put([[True]], "layers", 0, "spline"),
    "spline mask is text": put([["yes"]], "layers", 0, "spline"),
    "shift is empty": put([], "shift"),
    "shift is too long": put([0.0, 0.0], "shift"),
    "shift is NaN": put([math.nan], "shift"),
    "scale is infinite": put([math.inf], "scale"),
    "scale is zero": put([0.0], "scale"),
    "no layers at all": put([], "layers"),
    "layers are a mapping": put({}, "layers"),
    "layers in the wrong order": lambda s: s["layers"].reverse(),
    "lo is too short": put([0.0], "layers", 0, "lo"),
    "lo is too long": put([0.0] * 5, "layers", 0, "lo"),
    "hi is lo": put([-1.0, -1.0], "layers", 0, "hi"),
    "bias is too short": put([0.0], "layers", 0, "bias"),
    "three factors of two legs": put([3], "layers", 0, "products"),
    "a product of nothing": put([0, 2], "layers", 0, "products"),
    "a negative product": put([-1, 3], "layers", 0, "products"),
    "more factors than legs": put([7], "layers", 0, "products"),
    "nodes that the next layer does not know": put([1, 1], "layers", 0, "products"),
    "grid is infinite": put(math.inf, "layers", 0, "grid"),
    "seed is infinite": put(math.inf, "seed"),
    "a named edge from nowhere": put([[9, 0, "sin"]], "layers", 0, "named"),
    "a named edge to nowhere": put([[0, 9, "sin"]], "layers", 0, "named"),
    "a named edge below zero": put([[-1, 0, "sin"]], "layers", 0, "named"),
    "two names on one edge": lambda s: (
        put([[0, 0, "sin"], [0, 0, "cos"]], "layers", 0, "named")(s),
        put([[1.0, 2.0, 3.0]] * 2, "layers", 0, "affine")(s),
    ),
    "more names than constants": put([[0, 0, "sin"], [1, 1, "cos"]], "layers", 0, "named"),
    "a name on a live spline": put([[0, 1, "sin"]], "layers", 0, "named"),
    "constants without names": put([], "layers", 0, "named"),
    "too few constants": put([[1.0, 2.0]], "layers", 0, "affine"),
    "a layer is missing": lambda s: s["layers"].pop(0),
    "no widths": lambda s: s.pop("widths"),
    "widths are a number": put(3, "widths"),
    "widths are lists in lists": put([2, [1, [[2]]], 1], "widths"),
    "widths of products of three": put([2, [1, [3]], 1], "widths"),
    "widths of another network": put([2, 2, 1], "widths"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_snapshot_is_refused_in_clear_words(damage):
    model = set_symbolic(KAN((2, (1, 1), 1)), Edge(0, 0, 0), "sin", 1, 2, 3)
    snapshot = json.loads(json.dumps(model.to_dict()))
    damage(snapshot)
    with pytest.raises(TrainingError, match=r"The saved network is damaged: .+\."):
        KAN.from_dict(snapshot)


@pytest.mark.parametrize("snapshot", [None, [], "text", 5], ids=repr)
def test_what_is_no_snapshot_at_all_is_refused(snapshot):
    with pytest.raises(TrainingError):
        KAN.from_dict(snapshot)

"""The diagram's places and payload, without a browser."""

import itertools
import json
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.components.network import payload
from app.components.network.layout import CAPTION, layout
from app.picture import POINTS, frame, picture, titles

SMALLEST = 24  # pixels of a target one can hit (WCAG 2.2, 2.5.8)


def looks(widths, state="spline", seed=0):
    """What `kan_core.look` returns, made up."""
    rng = np.random.default_rng(seed)
    pairs = [(w, 0) if isinstance(w, int) else w for w in widths]
    for layer, ((a, b), (c, d)) in enumerate(itertools.pairwise(pairs)):
        for source, leg in itertools.product(range(a + b), range(c + 2 * d)):
            x = np.linspace(-1.2345, 1.3456, 200)
            yield SimpleNamespace(
                edge=f"{layer}-{source}-{leg}",
                state=state,
                function=SimpleNamespace(name="sin") if state == "named" else None,
                x=x,
                y=rng.normal(size=200).cumsum(),
                importance=rng.uniform(),
                density=rng.integers(0, 90, 20),
            )


def drawing(widths, names="abcdefgh", target="T"):
    n = widths[0]
    return picture(list(looks(widths)), widths, list(names)[:n], target)


SHAPES = [(1, 1), (2, 1, 1), (2, 5, 1), (5, 8, 1), (5, 8, 8, 1), (3, (2, 1), 1), (2, (0, 2), (1, 1), 1)]


@pytest.mark.parametrize("widths", SHAPES)
def test_every_edge_has_a_place_between_its_nodes(widths):
    places = layout(widths)
    assert set(places.curves) == {one.edge for one in looks(widths)}
    for edge, (x, y) in places.curves.items():
        (left, _), (right, _) = places.ends(edge)
        assert left < x - places.size[0] / 2 < x + places.size[0] / 2 < right
        assert places.size[1] / 2 <= y <= places.height - places.size[1] / 2 - CAPTION + 1e-9


@given(st.lists(st.integers(1, 8), min_size=2, max_size=4))
def test_no_two_curves_overlap(widths):
    places = layout(widths)
    for (x, y), (u, v) in itertools.combinations(places.curves.values(), 2):
        apart = abs(x - u) >= places.size[0] or abs(y - v) >= places.size[1]
        assert apart


def test_both_legs_of_a_product_node_meet_in_it():
    places = layout((2, (1, 1), 1))
    assert [node.sign for node in places.nodes[1]] == ["+", "×"]
    assert places.ends("0-0-1")[1] == places.ends("0-1-2")[1] == places.nodes[1][1].at


@pytest.mark.parametrize("widths", SHAPES)
def test_curves_are_large_enough_to_hit(widths):
    assert min(layout(widths).size) >= SMALLEST


def test_the_payload_of_a_wide_network_stays_small():
    drawn = drawing((5, 8, 1))
    sent = json.dumps(payload(drawn, "0-0-0"), separators=(",", ":"))
    assert all(len(edge["y"]) == POINTS for edge in drawn["edges"])
    assert len(sent) <= 24 * 1024


def test_the_picture_is_json_and_survives_it():
    drawn = drawing((2, 5, 1))
    assert json.loads(json.dumps(drawn)) == drawn


def test_curves_fill_their_boxes_and_early_frames_are_clipped():
    drawn = drawing((2, 1))
    wild = [SimpleNamespace(**{**vars(one), "y": one.y * 1e6}) for one in looks((2, 1))]
    sent = payload(drawn, frames=[frame(wild, "step 1"), frame(list(looks((2, 1))), "step 2")])
    for edge in sent["edges"]:
        assert (min(edge["y"]), max(edge["y"])) == (0, 500)
    levels = [v for y in sent["frames"][0]["y"] for v in y]
    assert min(levels) >= -250
    assert max(levels) <= 750
    assert sent["frames"][1]["y"] == [edge["y"] for edge in sent["edges"]]


def test_a_flat_curve_is_a_line_in_the_middle():
    flat = [SimpleNamespace(**{**vars(one), "y": one.y * 0 + 7}) for one in looks((1, 1))]
    sent = payload(picture(flat, (1, 1), ["a"], "T"))
    assert sent["edges"][0]["y"] == [250] * POINTS


def test_edges_are_called_by_the_names_of_their_columns():
    drawn = drawing((2, (1, 1), 1), names=["mass", "<b>"], target="energy")
    assert titles(drawn)["0-1-2"] == "<b> → node 2"
    assert titles(drawn)["1-1-0"] == "node 2 → energy"

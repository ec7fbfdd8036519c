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
from app.components.network.payload import BELOW, DIGITS, LEVELS, STEPS, pack
from app.tasks.picture import FINE, POINTS, frame, picture, titles

LETTER = (9.0, 9.0)  # room for names of one letter
SMALLEST = 24  # pixels of a target one can hit (WCAG 2.2, 2.5.8)


def looks(widths, state="spline", seed=0, band=0.03):
    """What `kan_core.look` returns, made up."""
    rng = np.random.default_rng(seed)
    pairs = [(w, 0) if isinstance(w, int) else w for w in widths]
    for layer, ((a, b), (c, d)) in enumerate(itertools.pairwise(pairs)):
        for source, leg in itertools.product(range(a + b), range(c + 2 * d)):
            x = np.linspace(-1.2345, 1.3456, 200)
            y = rng.normal(size=200).cumsum()
            yield SimpleNamespace(
                edge=f"{layer}-{source}-{leg}",
                state=state,
                function=SimpleNamespace(name="sin") if state == "named" else None,
                x=x,
                y=y,
                high=y + band * np.ptp(y),
                impact=rng.uniform(),
                importance=rng.uniform(),
                density=rng.integers(0, 90, 20),
            )


def unpack(text):
    """What the script does: two digits of 64 a height."""
    digits = [DIGITS.index(sign) for sign in text]
    return [64 * high + low - BELOW for high, low in zip(digits[::2], digits[1::2], strict=True)]


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
    sent = json.dumps(payload(drawn))  # as Streamlit sends it
    assert all(len(edge["y"]) == POINTS for edge in drawn["edges"])
    assert all(edge["half"] for edge in drawn["edges"])
    assert len(sent) <= 24 * 1024


def test_a_few_edges_leave_room_for_waves():
    few = drawing((3, 4))
    assert all(len(edge["y"]) == len(edge["half"]) == FINE for edge in few["edges"])
    assert len(json.dumps(payload(few))) <= 24 * 1024


def test_the_picture_is_json_and_survives_it():
    drawn = drawing((2, 5, 1))
    assert json.loads(json.dumps(drawn)) == drawn


def test_curves_fill_their_boxes_and_early_frames_are_clipped():
    drawn = drawing((2, 1))
    wild = [SimpleNamespace(**{**vars(one), "y": one.y * 1e6}) for one in looks((2, 1))]
    sent = payload(drawn, frames=[frame(wild, "step 1"), frame(list(looks((2, 1))), "step 2")])
    for edge in sent["edges"]:
        assert (min(unpack(edge["y"])), max(unpack(edge["y"]))) == (0, LEVELS)
    levels = unpack(sent["frames"][0]["y"])
    assert min(levels) == -1024
    assert max(levels) == 64**2 - 1 - 1024
    assert sent["frames"][1]["y"] == "".join(edge["y"] for edge in sent["edges"])


def test_a_flat_curve_is_a_line_in_the_middle():
    flat = [SimpleNamespace(**{**vars(one), "y": one.y * 0 + 7}) for one in looks((1, 1))]
    sent = payload(picture(flat, (1, 1), ["a"], "T"))
    assert unpack(sent["edges"][0]["y"]) == [LEVELS // 2] * FINE


def test_edges_are_called_by_the_names_of_their_columns():
    drawn = drawing((2, (1, 1), 1), names=["mass", "<b>"], target="energy")
    assert titles(drawn)["0-1-2"] == "<b> → node 2"
    assert titles(drawn)["1-1-0"] == "node 2 → energy"


@given(st.lists(st.integers(-5000, 9000), min_size=1, max_size=30))
def test_packed_heights_are_read_back_where_they_can_be_seen(levels):
    assert unpack(pack(levels)) == [max(-BELOW, min(64**2 - 1 - BELOW, level)) for level in levels]


@pytest.mark.parametrize("widths", SHAPES)
def test_every_edge_names_the_circles_it_joins(widths):
    sent, places = payload(drawing(widths)), layout(widths, LETTER)
    for edge in sent["edges"]:
        joined = [sent["nodes"][i][:2] for i in edge["ends"]]
        assert np.allclose(joined, places.ends(edge["id"]), atol=0.5)


@pytest.mark.parametrize("widths", SHAPES)
def test_a_layer_in_focus_holds_its_curves_and_nodes_whole(widths):
    sent, places = payload(drawing(widths)), layout(widths, LETTER)
    assert len(sent["layers"]) == len(widths) - 1
    for edge, (x, _) in places.curves.items():
        left, right = sent["layers"][int(edge.split("-")[0])]
        (start, _), (end, _) = places.ends(edge)
        assert left <= min(start, x - places.size[0] / 2)
        assert max(end, x + places.size[0] / 2) <= right


def test_only_curves_with_wide_bands_are_called_uncertain():
    sure = payload(picture(list(looks((2, 1), band=0.03)), (2, 1), ["a", "b"], "T"))
    lost = payload(picture(list(looks((2, 1), band=0.6)), (2, 1), ["a", "b"], "T"))
    assert not any(edge.get("unsure") for edge in sure["edges"])
    assert all(edge["unsure"] for edge in lost["edges"])


def test_a_picture_saved_before_there_were_bands_can_still_be_drawn():
    drawn = drawing((2, 1))
    for edge in drawn["edges"]:
        del edge["half"], edge["impact"]
    assert [edge["half"] for edge in payload(drawn)["edges"]] == [None, None]


def test_a_long_history_of_losses_is_thinned_but_keeps_its_ends():
    losses = [[i, 1 / i, None] for i in range(1, 5001)]
    sent = payload(drawing((2, 1)), losses=losses)["losses"]
    assert len(sent) == STEPS
    assert (sent[0], sent[-1]) == ([1, 1.0, None], [5000, 0.0002, None])


def test_a_picture_that_travelled_as_tuples_is_the_same_network():
    drawn = drawing((2, (1, 1), 1))
    travelled = {**drawn, "widths": tuple(tuple(w) if isinstance(w, list) else w for w in drawn["widths"])}
    assert payload(travelled)["widths"] == payload(drawn)["widths"]

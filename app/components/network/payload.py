"""What the diagram's script receives: places, curves as text, and the frames of a replay."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from app.components.network.layout import MARGIN, Layout, layout
from app.tasks.picture import titles

LEVELS = 1000  # heights of a curve are sent as 0 (bottom) to 1000 (top): a tenth of a pixel of the largest curve drawn
BELOW = 1024  # levels below the bottom that can still be told; early frames of a replay overshoot by far
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-"
_DIGITS = np.frombuffer(DIGITS.encode(), dtype=np.uint8)
PLACES = "0123456789abcdefghijklmnopqrstuvwxyz"
LETTERS = 14  # of a column's name
STEPS = 200  # of the loss chart at most
FLAT = 1e-9  # less than this is rounding, not a curve
UNSURE = 0.25  # of a curve's height: a band wider than this on average says that the curve is not known


def payload(
    drawn: dict[str, Any],
    frames: Sequence[dict[str, Any]] = (),
    losses: Sequence[Sequence[Any]] = (),
    locked: Collection[str] = (),
) -> dict[str, Any]:
    """A network's picture as the JSON the script draws; `frames` must show networks of the same widths."""
    places = layout(drawn["widths"], (_room(drawn["inputs"]), _room([drawn["target"]])))
    boxes = [_box(edge["y"]) for edge in drawn["edges"]]
    return {
        "widths": json.dumps(drawn["widths"]),  # lists and tuples alike
        "size": [round(places.width), round(places.height), *places.size],
        "nodes": [
            [round(node.at[0]), round(node.at[1], 1), node.sign, _label(drawn, layer, i)]
            for layer, column in enumerate(places.nodes)
            for i, node in enumerate(column)
        ],
        "layers": _layers(places),
        "edges": _edges(drawn, places, boxes, locked),
        "frames": [
            {
                "label": one["label"],
                "step": one.get("step"),
                "y": _levels(one["y"], boxes),
                "importance": [round(100 * v) for v in one["importance"]],
            }
            for one in frames
        ],
        "losses": _thinned(losses),
        "letters": LETTERS,
    }


def pack(levels: Sequence[int] | np.ndarray[Any, Any]) -> str:
    """Each level as two digits of 64, which takes a third of the room of JSON's numbers.

    >>> pack([0, 1000]), pack([-9999])
    ('QAfo', 'AA')
    """
    shifted = np.clip(np.asarray(levels, dtype=float).ravel() + BELOW, 0, len(DIGITS) ** 2 - 1)
    places = np.stack(np.divmod(shifted.astype(int), len(DIGITS)), axis=1)
    return _DIGITS[places].tobytes().decode()


def _edges(
    drawn: dict[str, Any], places: Layout, boxes: Sequence[tuple[float, float]], locked: Collection[str]
) -> list[dict[str, Any]]:
    names = titles(drawn)
    found = []
    for edge, box in zip(drawn["edges"], boxes, strict=True):
        half, impact = edge.get("half"), edge.get("impact")  # pictures on the way have neither
        one = {
            "id": edge["id"],
            "title": names[edge["id"]],
            "state": edge["state"],
            "name": edge["name"],
            "at": [round(v, 1) for v in places.curves[edge["id"]]],
            "ends": places.ends_of(edge["id"]),
            "range": [*edge["x"], *box],
            "y": _levels([edge["y"]], [box]),
            "half": pack(np.rint(LEVELS * np.asarray(half) / (box[1] - box[0]))) if half else None,
            "importance": round(100 * edge["importance"]),
            "impact": impact,
            "density": "".join(PLACES[v] for v in edge["density"]),
        }
        if half and edge["state"] == "spline" and sum(half) / len(half) > UNSURE * (box[1] - box[0]):
            one["unsure"] = True
        if edge["id"] in locked:
            one["locked"] = True
        found.append(one)
    return found


def _layers(places: Layout) -> list[list[int]]:
    """From where to where each layer reaches, its nodes' names included."""
    columns = [column[0].at[0] for column in places.nodes]
    ends = [0.0, *columns[1:-1], places.width]
    return [
        [round(left - MARGIN * (left > 0)), round(right + MARGIN * (right < places.width))]
        for left, right in pairwise(ends)
    ]


def _box(y: Sequence[float]) -> tuple[float, float]:
    """Bottom and top of the finished curve, the same in all frames, so that a replay shows it grow."""
    lower, upper = min(y), max(y)
    return (lower, upper) if upper - lower > FLAT else (lower - 1, upper + 1)


def _levels(curves: Sequence[Sequence[float]], boxes: Sequence[tuple[float, float]]) -> str:
    """Curves one after the other, each in its own box."""
    lower, upper = np.transpose(boxes)[:, :, np.newaxis]
    with np.errstate(over="ignore"):  # an early frame may have overshot beyond all numbers
        return pack(np.rint(LEVELS * ((np.asarray(curves, dtype=float) - lower) / (upper - lower))))


def _thinned(losses: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """At most STEPS rows of step, error on train and on validation rows; the first and the last among them."""
    n = min(len(losses), STEPS)
    kept = (losses[round(i * (len(losses) - 1) / max(1, n - 1))] for i in range(n))
    return [[step, *(None if v is None else float(f"{v:.3g}") for v in errors)] for step, *errors in kept]


def _label(drawn: dict[str, Any], layer: int, i: int) -> str:
    if layer == 0:
        return str(drawn["inputs"][i])
    return str(drawn["target"]) if layer == len(drawn["widths"]) - 1 else ""


def _room(names: Sequence[str]) -> float:
    """Width for the longest of these names, which the script cuts at LETTERS."""
    return 9.0 * min(LETTERS, max(len(str(name)) for name in names))

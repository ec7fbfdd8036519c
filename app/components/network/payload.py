"""What the diagram's script receives: places, curves as whole numbers, and the frames of a replay."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.components.network.layout import layout
from app.picture import titles

LEVELS = 500  # heights of a curve are sent as 0 (bottom) to 500 (top): a fifth of a pixel of the largest curve drawn
LETTERS = 14  # of a column's name
FLAT = 1e-9  # less than this is rounding, not a curve
STATES = {"spline": "learned curve", "symbolic": "named", "removed": "removed"}


def payload(
    drawn: dict[str, Any], selected: str | None = None, frames: Sequence[dict[str, Any]] = ()
) -> dict[str, Any]:
    """A network's picture as the JSON the script draws; `frames` must show networks of the same widths."""
    names = titles(drawn)
    places = layout(drawn["widths"], (_room(drawn["inputs"]), _room([drawn["target"]])))
    boxes = [_box(edge["y"]) for edge in drawn["edges"]]
    return {
        "widths": str(drawn["widths"]),
        "size": [round(places.width), round(places.height), *places.size],
        "nodes": [
            [round(node.at[0]), round(node.at[1], 1), node.sign, _label(drawn, layer, i)]
            for layer, column in enumerate(places.nodes)
            for i, node in enumerate(column)
        ],
        "edges": [
            {
                "id": edge["id"],
                "title": names[edge["id"]],
                "state": edge["state"],
                "name": edge["name"],
                "says": _sentence(edge, names[edge["id"]]),
                "at": [round(v, 1) for v in places.curves[edge["id"]]],
                "ends": [[round(v, 1) for v in point] for point in places.ends(edge["id"])],
                "range": [*edge["x"], *box],
                "y": _levels(edge["y"], box),
                "importance": round(100 * edge["importance"]),
                "density": edge["density"],
            }
            for edge, box in zip(drawn["edges"], boxes, strict=True)
        ],
        "frames": [
            {
                "label": one["label"],
                "y": [_levels(y, box) for y, box in zip(one["y"], boxes, strict=True)],
                "importance": [round(100 * v) for v in one["importance"]],
            }
            for one in frames
        ],
        "letters": LETTERS,
        "selected": selected,
    }


def _box(y: Sequence[float]) -> tuple[float, float]:
    """Bottom and top of the finished curve, the same in all frames, so that a replay shows it grow."""
    lower, upper = min(y), max(y)
    return (lower, upper) if upper - lower > FLAT else (lower - 1, upper + 1)


def _levels(y: Sequence[float], box: tuple[float, float]) -> list[int]:
    lower, upper = box
    # Early frames of a replay may overshoot the box by far: half a box above and below is where the script clips.
    return [max(-LEVELS // 2, min(3 * LEVELS // 2, round(LEVELS * (v - lower) / (upper - lower)))) for v in y]


def _label(drawn: dict[str, Any], layer: int, i: int) -> str:
    if layer == 0:
        return str(drawn["inputs"][i])
    return str(drawn["target"]) if layer == len(drawn["widths"]) - 1 else ""


def _room(names: Sequence[str]) -> float:
    """Width for the longest of these names, which the script cuts at LETTERS."""
    return 9.0 * min(LETTERS, max(len(str(name)) for name in names))


def _sentence(edge: dict[str, Any], title: str) -> str:
    what = f"named {edge['name']}" if edge["name"] else STATES[edge["state"]]
    return f"edge {title}, {what}, importance {edge['importance']:.2f}"

"""What plain data from elsewhere must look like before the page shows them, checked field by field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

from app.kept.work import Work

MOST_TEXT = 100_000  # characters of a text
MOST_ITEMS = 1_000_000  # entries of a list

Shape = Callable[[Any, str], None]


class ShapeError(ValueError):
    """A field is missing, or is not what it should be; the message names it."""


def _is(wanted: str, *kinds: type) -> Shape:
    def check(value: Any, at: str) -> None:
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise ShapeError(f"'{at}' should be {wanted}, but {str(value)[:40]!r} came")
        if isinstance(value, str) and len(value) > MOST_TEXT:
            raise ShapeError(f"'{at}' is longer than {MOST_TEXT} characters")

    return check


def maybe(shape: Shape) -> Shape:
    return lambda value, at: None if value is None else shape(value, at)


def many(shape: Shape, most: int = MOST_ITEMS) -> Shape:
    def check(value: Any, at: str) -> None:
        if not isinstance(value, list) or len(value) > most:
            raise ShapeError(f"'{at}' should be a list of at most {most} entries")
        for k, item in enumerate(value):
            shape(item, f"{at}[{k}]")

    return check


def table(shape: Shape) -> Shape:
    """A value of this shape by each name."""

    def check(value: Any, at: str) -> None:
        if not isinstance(value, dict):
            raise ShapeError(f"'{at}' should be named values")
        for key, item in value.items():
            text(key, at)
            shape(item, f"{at}.{key[:40]}")

    return check


def record(**shapes: Shape) -> Shape:
    """Fields that must all be there; others are let through, for they may belong to a newer version."""

    def check(value: Any, at: str) -> None:
        if not isinstance(value, dict):
            raise ShapeError(f"'{at}' should have fields")
        for key, shape in shapes.items():
            if key not in value:
                raise ShapeError(f"'{at}' lacks '{key}'")
            shape(value[key], f"{at}.{key}")

    return check


def among(*words: str) -> Shape:
    def check(value: Any, at: str) -> None:
        if value not in words:
            raise ShapeError(f"'{at}' should be one of {', '.join(words)}, but {str(value)[:40]!r} came")

    return check


def set_line(value: Any, at: str) -> None:
    """LaTeX that is set as one line: a further one could end it, and what follows would be Markdown."""
    text(value, at)
    if "\n" in value or "\r" in value:
        raise ShapeError(f"'{at}' should be LaTeX in one line, but {value[:40]!r} came")


def edge_id(value: Any, at: str) -> None:
    text(value, at)
    if not (len(parts := value.split("-")) == 3 and all(part.isdecimal() and len(part) < 5 for part in parts)):
        raise ShapeError(f"'{at}' should be an edge such as 0-1-0, but {value[:40]!r} came")


def count(value: Any, at: str) -> None:
    whole(value, at)
    if not 0 <= value <= 100_000:
        raise ShapeError(f"'{at}' should lie between 0 and 100000, but {value!r} came")


def anything(value: Any, at: str) -> None:
    """Whatever JSON can hold; what reads it checks it."""


text, number, whole, flag = (
    _is("text", str),
    _is("a number", int, float),
    _is("a whole number", int),
    _is("yes or no", bool),
)

EDGE = record(
    id=edge_id,
    state=among("spline", "symbolic", "removed"),
    name=text,
    x=many(number, 2),
    y=many(number, 1000),
    importance=number,
    density=many(number, 1000),
)
PICTURE = record(widths=many(anything, 20), inputs=many(text), target=text, edges=many(EDGE, 10_000))
FRAME = record(label=text, y=many(many(number, 1000)), importance=many(number))
ERRORS = {key: maybe(number) for key in ("law_vs_data", "network_vs_data", "law_vs_network")}
SUMMARY = {
    **{"text": text, "latex": set_line, "sympy": text, "complexity": whole, **ERRORS},
    "parts": many(record(name=among("test", "extrapolation", "validation", "all"), rows=whole, **ERRORS), 4),
    "forms": many(record(name=among("fitted", "rounded", "recognised"), latex=set_line, error=maybe(number)), 3),
    "constants": many(
        record(
            **{"value": number, **dict.fromkeys(("name", "unit", "recognised"), maybe(text))},
            **dict.fromkeys(("stderr", "fitted", "fitted_stderr", "apart"), maybe(number)),
        ),
        1000,
    ),
    "domain": table(many(number, 2)),
    "units": table(text),
    "law": record(variables=many(record(name=text, symbol=text))),  # the rest by `Law.from_dict`
    "status": among("exact", "noise", "approximate", "none"),
    "evidence": many(text, 1000),
    "seconds": maybe(number),
}
DRAWN = record(model=maybe(record(widths=many(anything, 20))), picture=maybe(PICTURE))
RIVAL = record(
    **{"text": text, "latex": set_line, "complexity": whole, "error": maybe(number)},
    law=record(**SUMMARY),
    drawn=maybe(DRAWN),
)
LAW = record(**SUMMARY, front=many(RIVAL, 100))
OTHERS = many(record(variables=many(record(name=text, symbol=text))), 100)


def law(value: Any, at: str) -> None:
    LAW(value, at)
    OTHERS(value.get("others", []), f"{at}.others")  # laws of earlier versions have none


KNOWN: dict[str, Shape] = {
    "source": record(kind=text),
    "title": text,
    "story": text,
    "dataset": whole,  # in a file, the number of the dataset
    "model": maybe(record(widths=many(anything, 20))),
    "picture": maybe(PICTURE),
    "frames": many(FRAME, 1000),
    "losses": many(many(maybe(number), 3)),
    "errors": table(maybe(number)),
    "report": many(text, 100),
    "locked": many(edge_id),
    "paused": maybe(record(steps=many(count, 1000), grids=many(count, 1000), sparsity=number)),
    "law": maybe(law),
}
WORK = {one.name: KNOWN.get(one.name, anything) for one in fields(Work)}
_WORK = record(**{name: shape for name, shape in WORK.items() if name != "paused"})


def work(value: Any, at: str) -> None:
    _WORK(value, at)
    WORK["paused"](value.get("paused"), f"{at}.paused")  # work of earlier versions has none


HISTORY = record(
    version=whole,
    at=whole,
    acts=many(record(id=whole, name=text, before=maybe(whole), work=work), 1000),
    datasets=many(record(names=many(text), target=text), 1000),
)


def check(value: Any, shape: Shape, name: str = "project") -> None:
    """Raises ShapeError at the first field that is not what it should be."""
    shape(value, name)

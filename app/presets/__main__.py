"""`python -m app.presets` makes the presets anew, by really discovering each law."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from app.data import sources
from app.data.settings import DataSettings
from app.presets import FOLDER
from app.tasks import network_tasks

MADE = ("kepler",)
BUDGET = 60.0


def make(key: str) -> dict[str, Any]:
    """A preset: data and story of a catalogue entry, the law and network found, and the candidates of each edge."""
    from datasets import catalogue

    entry = next(one for one in catalogue() if one.key == key)
    dataset = entry.load().to_dict()
    found = network_tasks.discover(dataset, BUDGET, _silent, _never)
    act, _ = found.pop("act"), found.pop("note")
    edges = [edge["id"] for edge in found["picture"]["edges"] if edge["state"] != "removed"]
    return {
        "act": act,
        "work": {
            "source": sources.source(DataSettings(entry=key)),
            "title": entry.title,
            "story": entry.story,
            "dataset": dataset,
            **found,
        },
        "candidates": {
            edge: network_tasks.suggest(dataset, found["model"], edge, "", _silent, _never)["candidates"]
            for edge in edges
        },
    }


def _silent(**event: Any) -> None:
    del event


def _never() -> bool:
    return False


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"A preset holds plain data, but a {type(value).__name__} came.")


def main() -> None:
    """Writes one file a preset."""
    for key in MADE:
        path = FOLDER / f"{key}.json"
        path.write_text(json.dumps(make(key), default=_plain, allow_nan=False, indent=1) + "\n", encoding="utf-8")
        print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()

"""Finished discoveries the page can open on without computing anything: JSON files made by `python -m app.presets`."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@cache
def load(key: str) -> dict[str, Any]:
    """The preset of this name: `act`, `work` (the fields of `session.Work`) and `candidates` by edge."""
    content: dict[str, Any] = json.loads((FOLDER / f"{key}.json").read_text(encoding="utf-8"))
    return content

"""The page opens on what a fresh discovery finds."""

import pytest

from app import presets
from app.presets.__main__ import MADE, make


@pytest.mark.parametrize("key", MADE)
def test_the_stored_law_is_the_one_found_today(key):
    stored, fresh = presets.load(key)["work"], make(key)["work"]
    assert stored["law"]["text"] == fresh["law"]["text"]
    assert stored["law"]["status"] == fresh["law"]["status"]
    assert stored["law"]["law_vs_data"] == pytest.approx(fresh["law"]["law_vs_data"], rel=1e-3, abs=1e-9)
    shapes = [
        [(edge["id"], edge["state"], edge["name"]) for edge in work["picture"]["edges"]] for work in (stored, fresh)
    ]
    assert shapes[0] == shapes[1]

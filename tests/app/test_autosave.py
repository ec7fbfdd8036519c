"""Saved work: exact, private, shared parts once, limited in size and age."""

import os
import time
from dataclasses import replace

import numpy as np
import pytest

from app.kept.autosave import STATE, Entry, Saved, Store
from app.limits import Limits


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "kept", Limits(autosave_each=1))


def entry(i, size=10, **work):
    rng = np.random.default_rng(i)
    return Entry(i, i - 1 if i else None, f"act {i}", {"title": "t", "model": {"w": rng.normal(size=size)}, **work})


def write(place, saved):
    place.keep(saved)
    place.store.hands.submit(int).result()  # behind what was asked for before


def test_what_was_kept_comes_back(store):
    place = store.new("cookie")
    write(place, Saved((entry(0), entry(1)), 1, {"stage": "law", "ranges": {"x": (0.0, 1.0)}}, job="j"))
    back = place.load()
    assert (back.at, back.settings, back.job) == (1, {"stage": "law", "ranges": {"x": (0.0, 1.0)}}, "j")
    assert [(one.id, one.before, one.name) for one in back.acts] == [(0, None, "act 0"), (1, 0, "act 1")]
    np.testing.assert_array_equal(back.acts[1].work["model"]["w"], entry(1).work["model"]["w"])


def test_what_acts_share_is_kept_and_read_once(store):
    place, table = store.new("cookie"), {"X": np.ones((100, 3))}
    write(place, Saved(tuple(entry(i, dataset=table) for i in range(5)), 0, {}))
    assert len(list(place.folder.glob("*.npz"))) == 5 + 1 + 1  # models, the table, the settings
    acts = place.load().acts
    assert all(one.work["dataset"] is acts[0].work["dataset"] for one in acts)


def test_nothing_is_written_where_nothing_is_new(store):
    place, saved = store.new("cookie"), Saved((entry(0),), 0, {})
    write(place, saved)
    os.utime(place.folder / STATE, (0, 0))
    write(place, replace(saved, settings={}))
    assert (place.folder / STATE).stat().st_mtime == 0
    write(place, replace(saved, settings={"stage": "data"}))
    assert (place.folder / STATE).stat().st_mtime > 0


def test_what_is_no_longer_needed_is_removed(store):
    place = store.new("cookie")
    write(place, Saved((entry(0), entry(1)), 1, {}))
    write(place, Saved((entry(1),), 0, {}))
    assert len(list(place.folder.glob("*.npz"))) == 2


def test_another_browser_or_another_token_opens_nothing(store):
    place = store.new("cookie")
    write(place, Saved((entry(0),), 0, {}))
    assert replace(place, browser="another").load() is None
    assert replace(place, token="another").load() is None
    assert replace(place, token="../" * 5).load() is None
    assert place.token not in str(place.folder)


def test_the_folder_is_private(store, tmp_path):
    assert store.folder.stat().st_mode & 0o777 == 0o700
    (tmp_path / "open").mkdir(mode=0o755)
    with pytest.raises(OSError, match="can be read by others"):
        Store(tmp_path / "open", Limits())


def test_the_oldest_acts_go_where_there_is_no_room(store):
    place = store.new("cookie")
    acts = tuple(entry(i, size=40_000) for i in range(6))  # 0.3 MiB each, and one is allowed
    write(place, Saved(acts, 1, {}))
    back = place.load()
    assert [one.id for one in back.acts] == [1, 4, 5]
    assert back.acts[back.at].id == 1


def test_old_and_abandoned_work_is_thrown_away(tmp_path):
    store = Store(tmp_path / "kept", Limits(autosave_all=1, autosave_days=2))
    places = [store.new("cookie") for _ in range(4)]
    for hours, place in zip((1, 2, 3, 72), places, strict=True):
        write(place, Saved((entry(0, size=60_000),), 0, {}))
        then = time.time() - 3600 * hours
        os.utime(place.folder / STATE, (then, then))
    store.sweep(every=0)
    assert [place.folder.exists() for place in places] == [True, True, False, False]


@pytest.mark.parametrize("content", ["", "{}", '{"version": 99}', "[1]", '{"version": 1, "acts": 3}'])
def test_what_cannot_be_read_is_no_work(store, content):
    place = store.new("cookie")
    write(place, Saved((entry(0),), 0, {}))
    (place.folder / STATE).write_text(content)
    assert place.load() is None

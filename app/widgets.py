"""Ties widgets to the fields of a session, in both directions."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app.data.settings import DataSettings, Grid

Then = Callable[[Any], None]

_here = threading.local()  # the thread that draws a page: `redrawn` is whether it does so for news alone


def begin() -> None:
    """The page has heard of what waited when it was to be drawn; who is heard from now on has acted.

    Nothing of Streamlit's may come before: most of it hears who waits.
    """
    _here.redrawn = False


def held(key: str) -> Any:
    """What a widget holds, for an act upon it. To ask for one value alone may end the act where another message came
    meanwhile, and Streamlit does not tell of it again."""
    return st.session_state.to_dict().get(key)


def by_timer() -> bool:
    """Whether a fragment alone is drawn anew: no act on a widget outside it asks for that, but its timer does."""
    context = get_script_run_ctx()
    return context is not None and bool(context.fragment_ids_this_run)


class Widgets(DataSettings):
    """What widgets hold, and the arguments that make them show fields and write them back.

    A field goes to its widget as the default too. Streamlit tells the browser of a value that was set in one run only:
    where the next run comes before that one is drawn, as it may on a slow machine, the widget would open on its own
    default and write that over the field.

    Every message of the browser tells of all widgets. One that was sent before the last page arrived tells of what was
    there before it: where a timer sent it, it is not heard. While a page is drawn such messages wait, and become part
    of the next drawing. What a person does outside a fragment never waits so: it ends the drawing, and begins another.
    """

    @property
    def upload(self) -> tuple[str, bytes] | None:
        """The file just chosen."""
        upload = held("upload")
        return (upload.name, upload.getvalue()) if upload else None

    def editor(self) -> tuple[str, Grid]:
        """Key and rows of the table to type into: it starts from the rows of now whenever it is drawn afresh."""
        key = f"editor {self.edition}"
        if key not in st.session_state:
            self.editor_base = self.typed_rows
        return key, self.editor_base

    def unit_editor(self, names: Sequence[str]) -> dict[str, Any]:
        """Arguments that tie a table with a column of units to `units`; other columns make it another table."""
        key = f"units {zlib.crc32(repr(names).encode()):08x}"
        return {"key": key, "on_change": self._pull_units, "args": (key, names)}

    def _pull_units(self, key: str, names: Sequence[str]) -> None:
        if self._unmeant():
            return
        edits = held(key)["edited_rows"]
        self.units = {**self.units, **{names[int(row)]: edit.get("Unit") or "" for row, edit in edits.items()}}

    @staticmethod
    def chosen(key: str) -> Any:
        """What a widget holds that belongs to one act only, and so is no field of its own."""
        return held(key)

    @staticmethod
    def picked(key: str) -> Any:
        """The number of the point that was clicked in a chart; None where the click took a selection back."""
        event = held(key)
        points = event.selection.points if event else []
        return points[0].get("customdata") if points else None

    @property
    def law_to_try(self) -> str | None:
        """What was chosen in the menu of laws."""
        return held("law_to_try")

    @property
    def told_stage(self) -> str | None:
        """What is chosen in the rail of stages, by the message at hand."""
        return held("stage")

    def redraw(self) -> NoReturn:
        """Draws the whole page anew, for no act but because there is news.

        Where a click waits, to ask for any value ends this drawing and begins that of the click. Else the click would
        become part of the page drawn here, where it would be taken for a timer's message, and be lost.
        """
        st.session_state.get("stage")
        _here.redrawn = True
        st.rerun()

    def _unmeant(self, in_fragment: bool = False) -> bool:
        return not in_fragment and (getattr(_here, "redrawn", False) or by_timer())

    def bound(
        self, name: str, then: Then | None = None, default: str = "value", in_fragment: bool = False
    ) -> dict[str, Any]:
        """Arguments that tie a widget to the field `name`: it shows the field and writes it back, then `then` acts.

        `default` is what the widget calls the value it begins with; one that is drawn `in_fragment` is heard when that
        is drawn alone, too.
        """
        value = getattr(self, name)
        if name not in st.session_state or st.session_state[name] != value:  # else what is being typed would jump
            st.session_state[name] = value
        return {default: value, "key": name, "on_change": self._pull, "args": (name, then, in_fragment)}

    def bound_buttons(self, name: str) -> dict[str, Any]:
        """The same for segmented controls, pills and boxes of several choices."""
        return self.bound(name, default="default")

    def shown_buttons(self, name: str) -> dict[str, Any]:
        """The same for one that shows the field and changes nothing."""
        return {key: value for key, value in self.bound_buttons(name).items() if key in ("key", "default")}

    def bound_choice(
        self, name: str, options: Iterable[Any], then: Then | None = None, in_fragment: bool = False
    ) -> dict[str, Any]:
        """The same for a choice among options; none is chosen where the field is none of them."""
        value, listed = getattr(self, name), list(options)
        index = listed.index(value) if value in listed else None
        return {**self.bound(name, then, "index", in_fragment), "options": listed, "index": index}

    def _pull(self, name: str, then: Then | None = None, in_fragment: bool = False) -> None:
        value = held(name)
        if self._unmeant(in_fragment) or value == getattr(self, name):
            return  # a widget that comes back tells what it was given, which is no act and ends no message
        setattr(self, name, value)
        self.say()
        if then:
            then(self)

    def say(self, message: str = "", note: str = "") -> None:
        """Sets what the page tells above the panel; without arguments it says nothing."""
        raise NotImplementedError

    def bound_range(self, name: str, side: int) -> dict[str, Any]:
        """The same for one end of a variable's range."""
        key, value = f"range {name} {side}", self.ranges[name][side]
        st.session_state[key] = value
        return {"value": value, "key": key, "on_change": self._pull_range, "args": (name, side, key)}

    def _pull_range(self, name: str, side: int, key: str) -> None:
        if self._unmeant():
            return
        ends = list(self.ranges[name])
        ends[side] = held(key)
        self.ranges = {**self.ranges, name: (ends[0], ends[1])}

    def bound_spread(self, name: str, options: Iterable[str]) -> dict[str, Any]:
        """The same for how a variable is spread over its range."""
        key, value, listed = f"spread {name}", self.spreads.get(name, "uniform"), list(options)
        st.session_state[key] = value
        tied = {"key": key, "on_change": self._pull_spread, "args": (name, key)}
        return {**tied, "options": listed, "index": listed.index(value) if value in listed else 0}

    def _pull_spread(self, name: str, key: str) -> None:
        if not self._unmeant():
            self.spreads = {**self.spreads, name: held(key)}

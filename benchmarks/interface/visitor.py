"""A visitor without a browser: speaks the protocol of Streamlit's page over its websocket, timers included."""

from __future__ import annotations

import secrets
import threading
import time
from types import TracebackType
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

PATIENCE = 120.0  # seconds
PAUSE = 0.02


class LostError(RuntimeError):
    """Something did not come in time; the message says what."""


class Visitor:
    """One tab: `elements` by their place on the page, `seen` all bytes that ever came."""

    def __init__(self, url: str) -> None:
        self.elements: dict[tuple[int, ...], Any] = {}
        self.seen: list[bytes] = []
        self._timers: dict[str, tuple[float, float]] = {}  # by fragment: interval, and when it is due
        self._fresh: set[tuple[int, ...]] = set()
        self._finished, self._hash, self._address, self._closed = 0, "", "", False
        self._changed = threading.Condition()
        cookie = {"Cookie": f"kanvas={secrets.token_urlsafe(16)}"}
        address = url.replace("http", "ws", 1) + "/_stcore/stream"
        self._socket = connect(address, subprotocols=["streamlit"], additional_headers=cookie, max_size=None)  # type: ignore[list-item]
        for work in (self._listen, self._tick):
            threading.Thread(target=work, daemon=True).start()
        self.act()

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._socket.close()

    def act(self, *states: WidgetState) -> float:
        """Sends what a click or an entry would, and waits for the page drawn anew; returns the seconds that took."""
        began, before = time.monotonic(), self._finished
        self._send(states)
        self._wait(lambda: self._finished > before, "the answer to a click")
        return time.monotonic() - began

    def press(self, label: str) -> float:
        """Presses the button with this label."""
        self._wait(lambda: self._button(label) is not None, f"the button {label}")
        button = self._button(label)
        return self.act(WidgetState(id=button.id, trigger_value=True))

    def choose(self, key: str, option: str) -> float:
        """Chooses an option, by the end of its label, of the row of buttons with this key."""
        group = self.find("button_group", key)
        label = next(one.content for one in group.options if one.content.endswith(option))
        state = WidgetState(id=group.id)
        state.string_array_value.data.append(label)
        return self.act(state)

    def fill(self, key: str, text: str) -> float:
        """Types into the text box with this key."""
        return self.act(WidgetState(id=self.find("text_input", key).id, string_value=text))

    def find(self, kind: str, key: str) -> Any:
        """The widget of a kind, such as button_group, that was made with this key."""
        found: list[Any] = []

        def there() -> bool:
            found[:] = [w for e in self._now() if (w := _widget(e, kind)) is not None and w.id.endswith(f"-{key}")]
            return bool(found)

        self._wait(there, f"the {kind} {key}")
        return found[0]

    def wait_for(self, text: str) -> None:
        """Until this text is somewhere on the page."""
        self._wait(lambda: any(text.encode() in e.SerializeToString() for e in self._now()), f"the text {text!r}")

    def wait_until_idle(self) -> None:
        """Until nothing is under way: the button Discover can be pressed."""
        self._wait(self._idle, "the end of the work")

    def _idle(self) -> bool:
        button = self._button("Discover")
        return button is not None and not button.disabled

    def _button(self, label: str) -> Any:
        buttons = (_widget(element, "button") for element in self._now())
        return next((one for one in buttons if one is not None and one.label == label), None)

    def _now(self) -> list[Any]:
        with self._changed:
            return list(self.elements.values())

    def _wait(self, condition: Any, what: str) -> None:
        ends = time.monotonic() + PATIENCE
        while not condition():
            if self._closed:
                raise LostError(f"the server closed the connection before {what} came")
            if time.monotonic() > ends:
                raise LostError(f"{what} did not come within {PATIENCE:g} seconds")
            with self._changed:
                self._changed.wait(0.1)

    def _send(self, states: tuple[WidgetState, ...] = (), fragment: str = "") -> None:
        message = BackMsg()
        message.rerun_script.query_string = self._address
        message.rerun_script.page_script_hash = self._hash
        message.rerun_script.widget_states.widgets.extend(states)
        message.rerun_script.fragment_id = fragment
        message.rerun_script.is_auto_rerun = bool(fragment)
        self._socket.send(message.SerializeToString())

    def _listen(self) -> None:
        try:
            for content in self._socket:
                assert isinstance(content, bytes)
                message = ForwardMsg.FromString(content)
                with self._changed:
                    self.seen.append(content)
                    if self._take(message):
                        self._changed.notify_all()
        except ConnectionClosed:
            self._closed = True

    def _take(self, message: ForwardMsg) -> bool:
        """Takes a message in; true for one that ends a run, before which there is nothing whole to look at."""
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._hash = message.new_session.page_script_hash
            if not message.metadata.run.fragment_ids:  # the whole page is drawn anew
                self._fresh.clear()
                self._timers.clear()
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            place = tuple(message.metadata.delta_path)
            self.elements[place] = message.delta.new_element
            self._fresh.add(place)
        elif kind == "page_info_changed":
            self._address = message.page_info_changed.query_string
        elif kind == "auto_rerun":
            interval = message.auto_rerun.interval
            self._timers[message.auto_rerun.fragment_id] = (interval, time.monotonic() + interval)
        elif kind == "script_finished" and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
            # A page drawn anew lacks what it does not draw; runs that are cut short, and fragments', do not count.
            self.elements = {place: self.elements[place] for place in self._fresh}
            self._finished += 1
        return kind == "script_finished"

    def _tick(self) -> None:
        try:
            while True:
                time.sleep(PAUSE)
                now = time.monotonic()
                with self._changed:
                    due = [name for name, (_, when) in self._timers.items() if when <= now]
                    self._timers.update({name: (self._timers[name][0], now + self._timers[name][0]) for name in due})
                for name in due:
                    self._send(fragment=name)
        except ConnectionClosed:
            return


def _widget(element: Any, kind: str) -> Any:
    return getattr(element, kind) if element.WhichOneof("type") == kind else None

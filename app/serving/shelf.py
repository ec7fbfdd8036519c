"""Streamlit's own files, held in memory: a page asks for a hundred, and reading one takes the server milliseconds."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

PLACE = "/static/"  # their names bear a hash of their content
ROOM = 32 * 2**20  # bytes of all that is held

Message = MutableMapping[str, Any]
Held = dict[tuple[str, bytes], tuple[Message, bytes]]


class Shelf:
    """Answers again what was answered before; everything but a plain request for a whole file goes through."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self._held: Held = {}
        self._room = ROOM

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        key = _key(scope)
        if key is None:
            await self.app(scope, receive, send)
        elif key in self._held:
            start, body = self._held[key]
            await send({**start, "headers": list(start["headers"])})  # others may add to the list
            await send({"type": "http.response.body", "body": body})
        else:
            await self._fetch(key, scope, receive, send)

    async def _fetch(self, key: tuple[str, bytes], scope: Message, receive: Any, send: Any) -> None:
        start: Message = {}
        parts: list[bytes] = []

        async def heard(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message, headers=list(message["headers"]))
            else:
                parts.append(message.get("body", b""))
                if not message.get("more_body"):
                    self._put(key, start, b"".join(parts))
            await send(message)

        await self.app(scope, receive, heard)

    def _put(self, key: tuple[str, bytes], start: Message, body: bytes) -> None:
        if start.get("status") == 200 and len(body) <= self._room:
            self._held[key] = start, body
            self._room -= len(body)


def _key(scope: Message) -> tuple[str, bytes] | None:
    """Path and encodings of a request that every browser makes alike; None for any other."""
    if scope["type"] != "http" or scope["method"] != "GET" or PLACE not in scope["path"]:
        return None
    asked = dict(scope["headers"])
    if {b"range", b"if-none-match", b"if-modified-since"} & asked.keys():
        return None
    return scope["path"], asked.get(b"accept-encoding", b"")

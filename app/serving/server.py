"""The page as a web server: Streamlit, with headers that keep strangers' scripts out and a cookie for each browser."""

from __future__ import annotations

import secrets
import socket
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager, suppress
from http.cookies import SimpleCookie
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from streamlit.web.server.starlette import starlette_server

from app.kept.tabs import COOKIE
from app.limits import limits
from app.serving.shelf import Shelf

# Nothing may be loaded from elsewhere. Streamlit's own page needs inline styles and scripts, and components come as
# blobs; charts of Vega, which Streamlit may draw, compile their expressions.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' ws: wss: data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
BIND = "_bind_socket"  # what Streamlit calls it
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class Guard:
    """Adds HEADERS to every answer, and to a page asked for by a browser we do not know, a secret to know it by."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                sent = {name.lower() for name, _ in message["headers"]}
                new = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message["headers"] = [*message["headers"], *(one for one in new if one[0] not in sent)]
                if _is_page(scope, message) and not _known(scope):
                    message["headers"].append((b"set-cookie", _cookie(scope["scheme"]).encode()))
            await send(message)

        await self.app(scope, receive, guarded)


def _is_page(scope: MutableMapping[str, Any], message: MutableMapping[str, Any]) -> bool:
    # A page that the browser still holds is answered without a type: it only asked whether there is a newer one.
    asked, told = dict(scope["headers"]), {name.lower(): value for name, value in message["headers"]}
    html = told.get(b"content-type", b"") if message["status"] != 304 else asked.get(b"accept", b"")
    return bool(html.startswith(b"text/html"))


def _known(scope: MutableMapping[str, Any]) -> bool:
    sent = SimpleCookie()
    sent.load("; ".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"cookie"))
    return COOKIE in sent


def _cookie(scheme: str) -> str:
    # Scripts cannot read it, and other sites' pages cannot have it sent along with what they ask of us.
    seconds = limits().autosave_days * 86_400
    secure = "; Secure" if scheme == "https" else ""
    return f"{COOKIE}={secrets.token_urlsafe(16)}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"


def send_at_once() -> None:
    """Switches off that a small message waits for the answer to the one before, up to 40 ms each.

    Asyncio does so for sockets that say they speak TCP, which the one that Streamlit binds (1.67) leaves out; those it
    accepts inherit the option.
    """
    bind: Any = getattr(starlette_server, BIND, None)

    def bound(*arguments: Any) -> Any:
        found = bind(*arguments)
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return found

    if bind is not None:
        setattr(starlette_server, BIND, bound)


@asynccontextmanager
async def told(_: Any) -> AsyncIterator[None]:
    """Says where the page is, once the port is ours: where another program has it, Streamlit says so and ends."""
    host, port = (st.get_option(f"server.{what}") for what in ("address", "port"))
    print(f"KANvas is on http://{_name(host)}:{port} (Ctrl-C ends it).", flush=True)  # noqa: T201 - to whom started it
    yield


def _name(host: str) -> str:
    """What others call this machine, where it serves on all its addresses."""
    with suppress(ValueError):  # of a name
        if ip_address(host).is_unspecified:
            return socket.gethostname()
    return host


PAGE = Path(__file__).parents[1] / "main.py"
app = st.App(PAGE, lifespan=told, middleware=[Middleware(Guard), Middleware(Shelf)])

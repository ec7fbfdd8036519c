"""Streamlit's files from memory: the same answers, and only those that may be given again."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.serving import shelf
from app.serving.shelf import Shelf

FILE = "/static/js/index.abc.js"


class Files:
    """An app whose answers come in two parts; it counts what it was asked."""

    def __init__(self, status=200):
        self.asked, self.status = 0, status

    async def __call__(self, scope, receive, send):  # noqa: ARG002 - as every app is called
        self.asked += 1
        headers = [(b"content-type", b"text/javascript"), (b"content-length", b"4")]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"ab", "more_body": True})
        await send({"type": "http.response.body", "body": b"cd"})


def answer(app, path=FILE, method="GET", **headers):
    """Status, headers and body of one answer."""
    sent = []

    async def keep(message):
        sent.append(message)
        if "headers" in message:
            message["headers"].append((b"added", b"by the guard"))

    asked = [(name.replace("_", "-").encode(), value) for name, value in headers.items()]
    run = app({"type": "http", "method": method, "path": path, "headers": asked}, None, keep)
    with ThreadPoolExecutor(1) as apart:  # the browser of other tests keeps a loop running in this thread
        apart.submit(asyncio.run, run).result()
    return sent[0]["status"], sent[0]["headers"], b"".join(one.get("body", b"") for one in sent[1:])


def test_a_file_is_read_once_and_answered_alike_ever_after():
    files = Files()
    held = Shelf(files)
    first, *others = (answer(held) for _ in range(3))
    assert files.asked == 1
    assert others == [first, first]
    assert (first[0], first[2]) == (200, b"abcd")


def test_each_encoding_is_an_answer_of_its_own():
    files = Files()
    held = Shelf(files)
    for encoding in (b"gzip", b"br", b"gzip"):
        answer(held, accept_encoding=encoding)
    assert files.asked == 2


@pytest.mark.parametrize(
    "request_",
    [{"path": "/"}, {"method": "HEAD"}, {"range": b"bytes=0-1"}, {"if_none_match": b"x"}],
    ids=lambda one: str(*one),
)
def test_what_is_no_plain_request_for_a_file_is_asked_each_time(request_):
    files = Files()
    held = Shelf(files)
    for _ in range(2):
        answer(held, **request_)
    assert files.asked == 2


def test_what_could_not_be_found_is_looked_for_again():
    files = Files(status=404)
    held = Shelf(files)
    for _ in range(2):
        assert answer(held)[0] == 404
    assert files.asked == 2


def test_no_more_is_held_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(shelf, "ROOM", 5)
    files = Files()
    held = Shelf(files)
    for path in ("/static/a", "/static/b", "/static/a", "/static/b"):
        answer(held, path)
    assert files.asked == 3

"""How the server starts and ends, and what its answers bear: guarding headers, and a secret to know a browser by."""

import asyncio
import re
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from streamlit.web.server.starlette import starlette_server
from streamlit.web.server.starlette.starlette_app import _validate_run_config

from app.__main__ import main, settings
from app.kept.tabs import COOKIE
from app.serving.server import BIND, HEADERS, Guard, send_at_once

PAGE = (200, [(b"Content-Type", b"text/html; charset=utf-8")])
STILL_HELD = (304, [(b"ETag", b"x")])
ASKS = (b"accept", b"text/html,application/xhtml+xml")


def answered(answer, *asked):
    """The headers of an answer, after the guard."""
    status, headers = answer
    sent = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": status, "headers": headers})

    async def keep(message):
        sent.append(message)

    answered = Guard(app)({"type": "http", "scheme": "http", "headers": list(asked)}, None, keep)
    with ThreadPoolExecutor(1) as apart:  # the browser of other tests keeps a loop running in this thread
        apart.submit(asyncio.run, answered).result()
    return dict(sent[0]["headers"])


@pytest.mark.parametrize("answer", [PAGE, STILL_HELD])
def test_a_browser_without_a_cookie_gets_one_with_the_page_even_where_it_holds_the_page_still(answer):
    assert answered(answer, ASKS)[b"set-cookie"].startswith(f"{COOKIE}=".encode())


def test_a_browser_that_is_known_keeps_its_cookie():
    assert b"set-cookie" not in answered(PAGE, ASKS, (b"cookie", f"{COOKIE}=abc".encode()))


@pytest.mark.parametrize("answer", [(200, [(b"content-type", b"text/css")]), STILL_HELD])
def test_no_cookie_comes_with_anything_but_a_page(answer):
    assert b"set-cookie" not in answered(answer, (b"accept", b"text/css,*/*"))


def test_small_messages_do_not_wait_for_each_other(monkeypatch):
    monkeypatch.setattr(starlette_server, BIND, getattr(starlette_server, BIND))  # as it was, afterwards
    send_at_once()
    listening = getattr(starlette_server, BIND)("127.0.0.1", 0, 5)
    listening.settimeout(5)
    with listening, socket.create_connection(listening.getsockname()):
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_every_answer_is_guarded():
    assert {name.encode() for name in HEADERS} <= answered((404, [])).keys()


def test_our_settings_hold_wherever_the_page_is_started_from(tmp_path, monkeypatch):
    told = {}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["app", "--port", "8600", "--host", "0.0.0.0", "--headless"])
    monkeypatch.setattr("app.serving.server.app.run", lambda config: told.update(config))
    for quiet in ("app.serving.server.send_at_once", "app.serving.tidy.start", "app.__main__._warm"):
        monkeypatch.setattr(quiet, lambda: None)
    main()
    assert told["client.showErrorDetails"] == "none"
    assert told["server.maxUploadSize"] == 20
    assert told["browser.gatherUsageStats"] is False
    assert told["logger.hideWelcomeMessage"] is True  # what Streamlit has to say of itself would cover the law
    assert told["runner.postScriptGC"] is False
    assert told.get("runner.fastReruns", True)  # app/widgets.py tells acts from timers by it
    assert (told["server.address"], told["server.port"], told["server.headless"]) == ("0.0.0.0", 8600, True)


def test_streamlit_knows_every_setting():
    assert _validate_run_config(settings("localhost", 8501, True))


@contextmanager
def started(*arguments):
    """`python -m app` in a process of its own."""
    command = [sys.executable, "-m", "app", "--headless", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_the_address_is_told_and_ctrl_c_ends_the_page_without_a_word():
    with started("--host", "0.0.0.0", "--port", "0") as process:
        line = process.stdout.readline()
        assert re.fullmatch(rf"KANvas is on http://{re.escape(socket.gethostname())}:[1-9]\d* .*\n", line)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
        assert (process.returncode, "Traceback" in told) == (0, False)


def test_no_address_is_told_where_another_program_has_the_port():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        with started("--host", "127.0.0.1", "--port", port) as process:
            told, why = process.communicate(timeout=30)
    assert (process.returncode, told) == (1, "")
    assert f"Port {port} is not available" in why

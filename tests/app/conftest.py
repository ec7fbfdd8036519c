"""Doubles for the page's tests: a pool that works in this process, before `submit` returns."""

import pytest
from browser_for_tests import browser, long_tab, tab, url, windows  # noqa: F401 - fixtures
from page_for_tests import healthy, new_page

from app.jobs import Job
from app.workers.worker import Interrupted, Wish


class InlinePool:
    """Runs each task at once; keeps what was asked of it in `asked`."""

    def __init__(self):
        self.asked = []

    def submit(self, task, *arguments, **whose):  # noqa: ARG002 - nobody waits here
        self.asked.append((task.__name__, arguments))
        job = Job(self, task)
        emit = lambda **event: job.publish(event, state="running")  # noqa: E731
        try:
            job.publish(state="done", result=task(*arguments, emit, Wish(job.id)))
        except Interrupted:
            job.publish(state="cancelled")
        except (ValueError, RuntimeError) as error:
            job.publish(state="failed", error=str(error))
        return job

    def find(self, job):
        """No job is left under way here."""

    def forget(self, job):
        """A job that is over cannot be stopped."""


@pytest.fixture
def pool(monkeypatch):
    inline = InlinePool()
    monkeypatch.setattr("app.visit.pool", lambda: inline)
    return inline


@pytest.fixture
def page(pool):
    """The page as it opens."""
    return healthy(new_page().run())


@pytest.fixture(scope="module")
def kept():
    """What tests of one file hand on to each other (see `resumed`)."""
    return []


@pytest.fixture(autouse=True)
def _nothing_is_saved(monkeypatch):
    monkeypatch.setattr("app.kept.autosave.store", lambda: None)

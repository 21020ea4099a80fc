"""Fixtures for every test; the people and places in them are in testing/cast.py."""

import os
import shutil
from collections.abc import Generator, Iterator
from typing import Any

import pytest
import redis
import time_machine
from asgiref.sync import SyncToAsync
from channels.layers import get_channel_layer
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from photonranch.auth import credentials
from photonranch.lenient_json import loads
from status.lastseen import notebook
from testing.cast import ADMIN, ALICE, BEFORE_THE_NIGHTS, BOB, BROWSERS, SCHEDULER, Api, Person
from testing.reports import encodable
from testing.stack import missing_programs

# A busy machine is no reason to fail.
hypothesis_settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("here")


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """What a test logged goes to the process that collects the reports as UTF-8, which has no half of a
    surrogate pair: one such character of a stranger's text ended the run of `-n 2`, and its tests were lost.
    """
    return encodable((yield))


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def alice() -> Person:
    return ALICE


@pytest.fixture
def bob() -> Person:
    return BOB


@pytest.fixture
def admin() -> Person:
    return ADMIN


@pytest.fixture
def scheduler() -> Person:
    return SCHEDULER


@pytest.fixture
def before_the_nights() -> Iterator[None]:
    """Nobody reserves the past: the dates in tests lie ahead."""
    with time_machine.travel(BEFORE_THE_NIGHTS):
        yield


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    yield
    credentials.forget_tokens()
    # Else the next test's look at the calls would write down what this one made.
    notebook.take()
    # Asynchronous tests do their synchronous part in this thread, whose connection nobody else would close.
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()
    if settings.REDIS_URL:
        # `cache.clear()` would empty the whole Redis, which is not ours alone.
        client = redis.Redis.from_url(settings.REDIS_URL)
        if keys := list(client.scan_iter(f"{settings.REDIS_PREFIX}:*")):
            client.delete(*keys)
        client.close()
    else:
        cache.clear()


class Published(list[dict[str, Any]]):
    """The frames that were published while a test ran."""

    def of(self, topic: str) -> list[Any]:
        return [frame["data"] for frame in self if frame["topic"] == topic]


@pytest.fixture
def published(db: None, monkeypatch: pytest.MonkeyPatch) -> Published:
    """Collects frames instead of sending them.

    Callbacks of `on_commit` run at once: the transaction that is wrapped around a test never commits.
    """
    frames = Published()

    def collect(layer: Any, site: str, body: bytes) -> int:
        frames.append(loads(b"{" + body))
        return len(frames)

    monkeypatch.setattr(type(get_channel_layer()), "publish", collect)
    monkeypatch.setattr("django.db.transaction.on_commit", lambda callback, **_: callback())
    return frames


# --- What a machine may lack -------------------------------------------------------------------------------


def _lacking() -> dict[str, str]:
    """Marker → what has to be installed for the tests that bear it, and is not."""
    lacking = {}
    if not shutil.which("redis-server"):
        lacking["redis_server"] = "redis-server"
    if not any(map(shutil.which, BROWSERS)):
        lacking["browser"] = "Chromium"
    if missing := missing_programs():
        lacking["drill"] = " and ".join(missing)
    return lacking


# What starts a server or a browser takes seconds where the others take milliseconds.
SLOW = ("live", "browser", "redis_server")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that start servers of their own, or a browser, go first, as they take longest; they need these
    installed. `.ci/run` insists on all."""
    items.sort(key=lambda item: not any(map(item.get_closest_marker, SLOW)))
    if os.environ.get("CI"):
        return
    left_out = [item for item in items if any(map(item.get_closest_marker, _lacking()))]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


def pytest_report_header() -> list[str]:
    lacking = _lacking().items()
    return [f"{needed}: not installed; tests marked {marker} are left out" for marker, needed in lacking] or [
        "PostgreSQL, redis-server, Chromium: installed, nothing is left out"
    ]

"""Fixtures for every test; the people and places in them are in photonranch/testing.py."""

from collections.abc import Iterator
from typing import Any

import pytest
from channels.layers import get_channel_layer
from django.core.cache import cache
from hypothesis import HealthCheck, settings

from photonranch.jsontext import loads
from photonranch.testing import ADMIN, ALICE, BOB, Api, Person

# A busy machine is no reason to fail.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("here")


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


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    yield
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

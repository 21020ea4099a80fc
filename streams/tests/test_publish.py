"""`publish`: once what happened is true, and never at its cost."""

import asyncio
import json
import logging
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction

from streams import services
from streams.layers import NotSent, RedisLayer
from streams.metrics import metrics
from streams.services import publish
from testing.cast import Api

pytestmark = pytest.mark.django_db(transaction=True)


class Rollback(Exception):
    pass


def say_and_fail(data: Any) -> None:
    with suppress(Rollback), transaction.atomic():
        publish("saf", "testing", data)
        raise Rollback


def kept(layer: Any, site: str = "saf") -> list[Any]:
    async def read() -> list[Any]:
        try:
            return [json.loads(frame.text)["data"] for frame in await layer.replay(site, 0)]
        finally:
            await layer.release()

    return asyncio.run(read())


def test_it_works(layer: Any) -> None:
    publish("saf", "testing", {"n": 1})

    assert kept(layer) == [{"n": 1}]


def test_it_waits_for_the_commit(layer: Any) -> None:
    with transaction.atomic():
        publish("saf", "testing", 1)
        with transaction.atomic():
            publish("saf", "testing", 2)
        assert kept(layer) == []

    assert kept(layer) == [1, 2]


def test_what_is_rolled_back_was_never_said(layer: Any) -> None:
    say_and_fail(1)
    with transaction.atomic():
        publish("saf", "testing", 2)
        say_and_fail(3)

    assert kept(layer) == [2]


def test_what_is_sent_is_what_was_true_when_it_was_published(layer: Any) -> None:
    job = {"statusId": "UNREAD"}
    with transaction.atomic():
        publish("saf", "jobs", job)
        job["statusId"] = "CANCELED"

    assert kept(layer) == [{"statusId": "UNREAD"}]


def test_a_layer_that_breaks_fails_nobody(
    api: Api, layer: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> int:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(type(layer), "publish", broken)
    answer = api.post("/logs/newlog", {"site": "saf", "log_message": "x"})

    assert answer.status_code == 200
    assert "a mistake of ours" in caplog.text


class TestWithoutRedis:
    """Nobody listens where Redis should be."""

    @pytest.fixture(autouse=True)
    def _no_redis(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        self.layer = RedisLayer(hosts=[f"redis://127.0.0.1:{port}/0"], prefix="test")
        monkeypatch.setattr(services, "get_channel_layer", lambda: self.layer)
        yield
        self.layer.client.close()

    def test_a_request_whose_data_is_saved_succeeds(self, api: Api, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.WARNING)
        answer = api.post("/logs/newlog", {"site": "saf", "log_message": "x"})

        assert answer.status_code == 200
        assert len(api.get("/logs/recent-logs", {"site": "saf"}).json()) == 1
        assert metrics.unsent == 1
        assert caplog.messages[0].startswith("a frame of saf was not sent")

    def test_only_the_first_of_many_frames_waits_for_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        publish("saf", "testing", 1)
        monkeypatch.setattr(self.layer, "script", pytest.fail)
        publish("saf", "testing", 2)

        assert metrics.unsent == 2
        with pytest.raises(NotSent, match="a moment ago"):
            self.layer.publish("saf", b"")

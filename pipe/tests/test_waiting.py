"""`{"wait_s": 20}`: a dequeue that waits for work, without holding a thread."""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connections

from photonranch.asgi import application
from pipe import services, waiting
from pipe.models import Item
from testing.cast import Api

pytestmark = pytest.mark.django_db(transaction=True)

T = TypeVar("T")
PATH = "/api/pipe/queue/work/dequeue"


@pytest.fixture(autouse=True)
def _work(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting.watch, "every_s", 0.02)
    services.create_queue("work")


class Call:
    """A request to the ASGI application, as a server makes it."""

    def __init__(self, body: dict[str, Any], path: str = PATH) -> None:
        self.said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        sent = json.dumps(body).encode()
        self.say("http.request", body=sent)
        self.sent: list[dict[str, Any]] = []
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "path": path,
            "query_string": b"",
            "headers": [(b"host", b"localhost"), (b"content-length", str(len(sent)).encode())],
        }
        self.task = asyncio.create_task(application(scope, self.said.get, self.send))

    def say(self, kind: str, **message: Any) -> None:
        self.said.put_nowait({"type": kind, **message})

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    async def answer(self) -> tuple[int, bytes]:
        await asyncio.wait_for(self.task, 20)
        return self.sent[0]["status"], self.sent[1]["body"]


async def in_thread(work: Callable[[], T]) -> T:
    """`work()` with a connection that is given back: PostgreSQL drops no database in use."""

    def run() -> T:
        try:
            return work()
        finally:
            connections.close_all()

    return await sync_to_async(run)()


async def enqueue(*payloads: int) -> None:
    new = [services.NewItem(payload) for payload in payloads]
    await in_thread(lambda: services.enqueue("work", new))


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110  # threads end by themselves; nobody could set an event
            await asyncio.sleep(0)


async def until_waiting(count: int) -> None:
    await until(lambda: len(waiting.watch.waiters().waiting.get("work", ())) == count)


async def test_it_works() -> None:
    request = Call({"wait_s": 20})
    await until_waiting(1)
    await enqueue(7)

    status, body = await request.answer()

    assert (status, json.loads(body)["payload"]) == (200, 7)


async def test_an_item_that_is_there_is_not_waited_for() -> None:
    await enqueue(7)

    status, body = await Call({"wait_s": 20, "lease_s": 60}).answer()

    assert status == 200
    assert json.loads(body)["attempts"] == 1


async def test_after_the_time_the_queue_is_empty() -> None:
    began = time.monotonic()
    status, body = await Call({"wait_s": 0.2}).answer()

    assert (status, body) == (404, b"The queue work is empty.")
    assert time.monotonic() - began >= 0.2


async def test_fifty_that_wait_hold_no_thread() -> None:
    before = threading.active_count()
    requests = [Call({"wait_s": 50}) for _ in range(50)]
    await until_waiting(50)

    # All requests share REQUEST_THREADS; asyncio's own pool, from which the one look at the queues is taken,
    # has some five on two cores.
    assert settings.REQUEST_THREADS <= 16
    await until(lambda: threading.active_count() <= before + settings.REQUEST_THREADS + 8)

    await enqueue(*range(50))
    answers = await asyncio.gather(*(request.answer() for request in requests))
    assert [status for status, _ in answers] == [200] * 50
    assert sorted(json.loads(body)["payload"] for _, body in answers) == list(range(50))


async def test_one_item_ends_one_wait() -> None:
    requests = [Call({"wait_s": 1.5}) for _ in range(3)]
    await until_waiting(3)
    await enqueue(7)

    statuses = [(await request.answer())[0] for request in requests]

    assert sorted(statuses) == [200, 404, 404]


async def test_a_client_that_leaves_takes_nothing() -> None:
    request = Call({"wait_s": 20})
    await until_waiting(1)
    request.say("http.disconnect")
    await asyncio.wait_for(request.task, 20)

    await enqueue(7)
    assert not waiting.watch.waiters().waiting
    assert await in_thread(Item.objects.count) == 1


async def test_a_lease_that_ends_ends_the_wait() -> None:
    await enqueue(7)
    await in_thread(lambda: services.take("work", lease_s=60))
    request = Call({"wait_s": 20})
    await until_waiting(1)
    await in_thread(lambda: Item.objects.update(leased_until=1))

    assert (await request.answer())[0] == 200


async def test_nobody_waits_at_a_queue_that_does_not_exist() -> None:
    assert (await Call({"wait_s": 20}, "/api/pipe/queue/nowhere/dequeue").answer())[0] == 404


def test_where_waiting_would_hold_a_thread_the_answer_comes_at_once() -> None:
    """Django's test client calls as a WSGI server does."""
    began = time.monotonic()

    assert Api().post(PATH, {"wait_s": 20}).status_code == 404
    assert time.monotonic() - began < 10

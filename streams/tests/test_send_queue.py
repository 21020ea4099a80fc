"""What waits for one socket is bounded; the others never wait."""

import asyncio
from typing import Any

import pytest
from django.conf import settings as django_settings

from streams import hub as hubs
from streams.consumers import TRY_AGAIN
from streams.frames import StreamFrame
from streams.hub import Hub
from streams.metrics import metrics
from streams.send_queue import SendQueue
from streams.tests.tools import Page, page, say, waiting


@pytest.fixture
def overflows() -> list[str]:
    return []


@pytest.fixture
async def send_queue(overflows: list[str]) -> SendQueue:
    send_queue = SendQueue(lambda: overflows.append("full"))
    send_queue.start("saf", 0)
    return send_queue


def frame(number: int, text: str = "") -> StreamFrame:
    return StreamFrame("saf", number - 1, number, text or f'{{"data":{number}}}')


async def test_it_works(send_queue: SendQueue) -> None:
    send_queue.put(frame(1))
    send_queue.put(frame(2))

    assert [await send_queue.take(), await send_queue.take()] == ['{"data":1}', '{"data":2}']
    assert (send_queue.waiting, send_queue.bytes) == (0, 0)


async def test_it_waits_for_a_frame(send_queue: SendQueue) -> None:
    taking = asyncio.create_task(send_queue.take())
    await asyncio.sleep(0)
    assert not taking.done()
    send_queue.put(frame(1))

    assert await taking == '{"data":1}'


async def test_a_frame_that_it_has_had_is_not_added(send_queue: SendQueue) -> None:
    for number in [2, 1, 2, 3, 3]:
        send_queue.put(frame(number))

    assert waiting(send_queue) == [2, 3]


async def test_at_most_so_many_frames(send_queue: SendQueue, overflows: list[str], settings: Any) -> None:
    settings.STREAM_SOCKET_FRAMES = 10
    for number in range(1, 11):
        send_queue.put(frame(number))
    assert (overflows, send_queue.waiting) == ([], 10)

    for number in range(11, 20):
        send_queue.put(frame(number))
    assert (overflows, send_queue.full, send_queue.waiting, send_queue.bytes) == (["full"], True, 0, 0)


async def test_at_most_so_many_bytes_but_always_one_frame(
    send_queue: SendQueue, overflows: list[str], settings: Any
) -> None:
    settings.STREAM_SOCKET_BYTES = 100
    send_queue.put(frame(1, "x" * 500))
    assert not overflows
    await send_queue.take()
    send_queue.put(frame(2, "x" * 60))
    send_queue.put(frame(3, "x" * 40))
    assert not overflows
    send_queue.put(frame(4, "x"))
    assert overflows == ["full"]


async def test_what_was_missed_goes_first_and_does_not_count(
    send_queue: SendQueue, overflows: list[str], settings: Any
) -> None:
    settings.STREAM_SOCKET_FRAMES = 2
    send_queue.start("saf", 5, [f'{{"data":{number}}}' for number in range(5)])
    send_queue.put(frame(6))
    send_queue.put(frame(7))

    assert not overflows
    assert waiting(send_queue) == [0, 1, 2, 3, 4, 6, 7]


async def test_another_site_begins_empty(send_queue: SendQueue) -> None:
    send_queue.put(frame(1))
    send_queue.start("mrc1", 100)

    assert (send_queue.waiting, send_queue.bytes, send_queue.site) == (0, 0, "mrc1")


async def test_one_that_takes_nothing_is_stuck_however_few_frames_wait(the_hub: Hub) -> None:
    stuck, idle, slow = SendQueue(), SendQueue(), SendQueue()
    for each in (stuck, idle, slow):
        await the_hub.join(each, "saf")
    await the_hub.leave(idle)
    watched = the_hub.sites["saf"]
    for number in range(hubs.STUCK_SWEEPS):
        for each in (stuck, slow):
            each.put(frame(2**52 + number))
        assert not stuck.full
        await slow.take()
        slow.put(frame(2**52 + 100 + number))
        await the_hub.sweep()

    assert stuck.full
    assert not slow.full
    assert watched.send_queues == {slow}


class Stuck(Page):
    """A page whose server cannot send to it: `send` waits, as it does when a client does not read."""

    application: Any

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.reads = asyncio.Event()
        application = self.application

        async def not_reading(scope: Any, receive: Any, send: Any) -> None:
            async def send_when_read(message: Any) -> None:
                if message["type"] == "websocket.send":
                    await self.reads.wait()
                await send(message)

            await application(scope, receive, send_when_read)

        self.application = not_reading


async def test_a_slow_socket_is_closed_and_counted_while_others_never_wait(
    the_hub: Hub, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STREAM_SOCKET_FRAMES = 5
    monkeypatch.setattr("streams.tests.tools.Page", Stuck)
    async with page("site=saf") as slow:
        monkeypatch.undo()
        async with page("site=saf") as other:
            for number in range(10):
                await say(number)
                assert await other.data(1) == [number]

            closing = await slow.receive_output(timeout=5)
            assert (closing["type"], closing["code"]) == ("websocket.close", TRY_AGAIN)
            assert (metrics.dropped, metrics.sockets) == (1, 1)


def test_the_bounds_are_the_documented_ones() -> None:
    assert django_settings.STREAM_SOCKET_FRAMES == 1000
    assert django_settings.STREAM_SOCKET_BYTES == 4 * 1024 * 1024

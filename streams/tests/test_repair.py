"""What a layer announces late, twice, out of order or not at all reaches the sockets once and in order."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from streams.frames import StreamFrame
from streams.hub import Hub
from streams.metrics import metrics
from streams.send_queue import SendQueue
from streams.tests.tools import say, taken, waiting

Announce = Callable[[StreamFrame], Awaitable[None]]


class Wire:
    """Between the layer and the hub: holds announcements back, for a test to pass on as it likes."""

    def __init__(self, the_hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
        self.announce: Announce = the_hub._announced
        self.held: asyncio.Queue[StreamFrame] = asyncio.Queue()
        monkeypatch.setattr(the_hub, "_announced", self.held.put)

    async def take(self, count: int) -> list[StreamFrame]:
        async with asyncio.timeout(5):
            return [await self.held.get() for _ in range(count)]


@pytest.fixture
async def watching(layer: Any, the_hub: Hub) -> SendQueue:
    send_queue = SendQueue()
    await the_hub.join(send_queue, "saf")
    return send_queue


@pytest.fixture
def wire(the_hub: Hub, watching: SendQueue, monkeypatch: pytest.MonkeyPatch) -> Wire:
    return Wire(the_hub, monkeypatch)


async def say_all(count: int) -> None:
    for number in range(count):
        await say(number)


async def test_it_works(watching: SendQueue, wire: Wire) -> None:
    await say_all(3)
    for frame in await wire.take(3):
        await wire.announce(frame)

    assert waiting(watching) == [0, 1, 2]
    assert metrics.repaired == 0


@pytest.mark.parametrize("lost", [[0], [1], [0, 1], [0, 2], [1, 2, 3]])
async def test_lost_announcements_are_seen_by_the_next(
    watching: SendQueue, wire: Wire, lost: list[int]
) -> None:
    await say_all(5)
    for number, frame in enumerate(await wire.take(5)):
        if number not in lost:
            await wire.announce(frame)

    assert waiting(watching) == list(range(5))
    assert metrics.repaired >= len(lost)


async def test_a_lost_last_announcement_is_found_by_the_sweep(
    watching: SendQueue, wire: Wire, the_hub: Hub
) -> None:
    await say_all(3)
    frames = await wire.take(3)
    await wire.announce(frames[0])
    assert waiting(watching) == [0]

    await the_hub.sweep()
    assert waiting(watching) == [0, 1, 2]
    assert metrics.repaired == 2
    await the_hub.sweep()
    assert waiting(watching) == [0, 1, 2]


async def test_late_announcements_after_the_repair_come_to_nothing(
    watching: SendQueue, wire: Wire, the_hub: Hub
) -> None:
    await say_all(3)
    frames = await wire.take(3)
    await the_hub.sweep()
    for frame in frames:
        await wire.announce(frame)

    assert waiting(watching) == [0, 1, 2]


@pytest.mark.parametrize("seed", range(20))
async def test_any_disorder(watching: SendQueue, wire: Wire, the_hub: Hub, seed: int) -> None:
    """Some lost, some twice, all shuffled, some at once."""
    chance = random.Random(seed)
    await say_all(30)
    frames = await wire.take(30)
    disorder = chance.choices(frames, k=40)
    for some in (disorder[:15], disorder[15:30], disorder[30:]):
        await asyncio.gather(*(wire.announce(frame) for frame in some))
    await the_hub.sweep()

    assert waiting(watching) == list(range(30))


async def test_a_gap_that_the_backlog_cannot_fill_is_passed_over(
    watching: SendQueue, wire: Wire, settings: Any
) -> None:
    settings.STREAM_BACKLOG_FRAMES = 2
    # The layer in process made its backlog with the old bound when it was first needed; here it is new.
    await say_all(5)
    *_, last = await wire.take(5)
    await wire.announce(last)

    assert waiting(watching) == [3, 4]


async def test_a_backlog_that_cannot_be_read_is_read_later(
    watching: SendQueue, wire: Wire, the_hub: Hub, layer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> list[StreamFrame]:
        raise ConnectionError("no answer")

    await say_all(3)
    frames = await wire.take(3)
    with monkeypatch.context() as patch:
        patch.setattr(layer, "replay", broken)
        with pytest.raises(ConnectionError):
            await wire.announce(frames[2])
    assert waiting(watching) == []

    await the_hub.sweep()
    assert waiting(watching) == [0, 1, 2]


async def test_nonsense_in_the_mailbox_does_not_end_the_listening(
    watching: SendQueue, the_hub: Hub, layer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    await layer.send(the_hub.channel, {"type": "somebody.elses"})
    await layer.send(the_hub.channel, {"no": "type"})
    await say("still heard")

    assert await taken(watching, 1) == ["still heard"]


async def test_a_frame_of_a_site_that_nobody_watches_any_more(
    watching: SendQueue, wire: Wire, the_hub: Hub
) -> None:
    await say_all(1)
    [frame] = await wire.take(1)
    await the_hub.leave(watching)
    await wire.announce(frame)

    assert the_hub.sites == {}


async def test_what_is_announced_while_a_site_is_entered_is_not_lost(
    the_hub: Hub, layer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Published after the last id was read, heard before its answer was there."""
    last_ids = layer.last_ids
    hearing: asyncio.Queue[int] = asyncio.Queue()
    announced = the_hub._announced

    async def heard(frame: StreamFrame) -> None:
        await announced(frame)
        hearing.put_nowait(frame.id)

    async def slow_last_ids(sites: list[str]) -> list[int]:
        found: list[int] = await last_ids(sites)
        await say("meanwhile", site="mrc1")
        await hearing.get()
        return found

    monkeypatch.setattr(the_hub, "_announced", heard)
    monkeypatch.setattr(layer, "last_ids", slow_last_ids)
    await say("before", site="mrc1")
    send_queue = SendQueue()
    async with asyncio.timeout(5):
        await the_hub.join(send_queue, "mrc1")
    monkeypatch.undo()

    # It was published before the socket was accepted: that it is known is what counts.
    assert the_hub.sites["mrc1"].last_id == send_queue.last_id == (await last_ids(["mrc1"]))[0]
    await say("after", site="mrc1")
    assert await taken(send_queue, 1) == ["after"]

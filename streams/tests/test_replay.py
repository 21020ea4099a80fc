"""`?since=<id>`: what was missed, then what follows; nothing missed, nothing twice."""

import asyncio
import json
from itertools import pairwise
from typing import Any

import pytest
import time_machine

from streams import frames, hub, layers
from streams.hub import Hub
from streams.send_queue import SendQueue
from streams.tests.tools import page, say, taken, waiting


async def ids(layer: Any, site: str = "saf") -> list[int]:
    return [frame.id for frame in await layer.replay(site, 0)]


async def test_it_works(layer: Any, the_hub: Hub) -> None:
    async with page("site=saf") as socket:
        await say(1)
        seen = (await socket.frame())["id"]
    await say(2)
    await say("elsewhere", site="mrc1")
    await say(3)

    async with page(f"site=saf&since={seen}") as socket:
        await say(4)
        assert await socket.data(3) == [2, 3, 4]
        assert await socket.receive_nothing(0.01, 0.001)


async def test_since_0_is_everything_kept(layer: Any, the_hub: Hub) -> None:
    for number in range(5):
        await say(number)

    async with page("site=saf&since=0") as socket:
        assert await socket.data(5) == list(range(5))


async def test_since_the_last_frame_is_nothing(layer: Any, the_hub: Hub) -> None:
    await say(1)
    [newest] = await ids(layer)

    async with page(f"site=saf&since={newest}") as socket:
        await say(2)
        assert await socket.data(1) == [2]


@pytest.mark.parametrize("since", ["", "-1", "1.5", "yesterday", "9" * 20, "١" * 25])
async def test_a_since_that_is_no_id_is_as_none(layer: Any, the_hub: Hub, since: str) -> None:
    await say(1)
    async with page(f"site=saf&since={since}") as socket:
        await say(2)
        assert await socket.data(1) == [2]


@pytest.mark.parametrize("ahead", [1, 10**15])
async def test_since_from_the_future_misses_nothing_that_comes(layer: Any, the_hub: Hub, ahead: int) -> None:
    await say(1)
    [newest] = await ids(layer)

    async with page(f"site=saf&since={newest + ahead}") as socket:
        await say(2)
        await say(3)
        assert await socket.data(2) == [2, 3]


async def test_at_most_1000_frames(layer: Any, the_hub: Hub) -> None:
    async with page("site=saf") as socket:
        await asyncio.to_thread(
            lambda: [layer.publish("saf", frames.encode("saf", "t", n)) for n in range(1010)]
        )
        await socket.data(1010)

        kept = await ids(layer)
        assert len(kept) == 1000
        async with page("site=saf&since=0") as late:
            assert await late.data(1000) == list(range(10, 1010))
            assert await late.receive_nothing(0.01, 0.001)


async def test_at_most_an_hour(layer: Any, the_hub: Hub) -> None:
    await say("old")
    async with page("site=saf&since=0") as socket:  # has the site's recent frames read
        await socket.data(1)
        with time_machine.travel(_time_of(await ids(layer)) + 3601, tick=False):
            assert await ids(layer) == []
            async with page("site=saf&since=0") as late:
                await say("new")
                assert await late.data(1) == ["new"]
                assert await late.receive_nothing(0.01, 0.001)


async def test_frames_of_the_last_hour_are_kept(layer: Any, the_hub: Hub) -> None:
    await say("old")
    with time_machine.travel(_time_of(await ids(layer)) + 3590, tick=False):
        async with page("site=saf&since=0") as socket:
            assert await socket.data(1) == ["old"]


@pytest.mark.parametrize("alone", [True, False])
async def test_while_frames_arrive_nothing_is_missed_and_nothing_comes_twice(
    layer: Any, the_hub: Hub, alone: bool
) -> None:
    """Sockets join and leave while a thread publishes without a pause; `alone`, each takes the site along."""
    total = 900
    await say(0)
    [first] = await ids(layer)
    watching = SendQueue()
    if not alone:
        await the_hub.join(watching, "saf")
    publishing = asyncio.create_task(
        asyncio.to_thread(
            lambda: [layer.publish("saf", frames.encode("saf", "t", n)) for n in range(1, total)]
        )
    )
    for step in range(1, 30):
        send_queue = SendQueue()
        await the_hub.join(send_queue, "saf", first)
        assert await taken(send_queue, step * 25) == list(range(1, step * 25 + 1))
        await the_hub.leave(send_queue)
    await publishing

    last = SendQueue()
    await the_hub.join(last, "saf", first)
    assert await taken(last, total - 1) == list(range(1, total))
    if not alone:
        assert await taken(watching, total - 1) == list(range(1, total))


async def test_a_reconnecting_socket_sees_every_frame_once(layer: Any, the_hub: Hub) -> None:
    total, last = 300, 0
    seen: list[int] = []
    publishing = asyncio.create_task(
        asyncio.to_thread(lambda: [layer.publish("saf", frames.encode("saf", "t", n)) for n in range(total)])
    )
    while len(seen) < total:
        async with page(f"site=saf&since={last}") as socket:
            for _ in range(min(7, total - len(seen))):
                frame = await socket.frame()
                seen.append(frame["data"])
                last = frame["id"]
    await publishing

    assert seen == list(range(total))


async def test_frames_that_are_announced_while_the_backlog_is_read(
    layer: Any, the_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Heard after the reading began and before its answer was there: after it in the order, and once."""
    await say("missed")
    watching = SendQueue()
    await the_hub.join(watching, "saf")
    replay = layer.replay

    async def slow_replay(site: str, after: int) -> list[frames.StreamFrame]:
        kept: list[frames.StreamFrame] = await replay(site, after)
        await say("meanwhile")
        assert await taken(watching, 1) == ["meanwhile"]
        return kept

    monkeypatch.setattr(layer, "replay", slow_replay)
    send_queue = SendQueue()
    await the_hub.join(send_queue, "saf", 0)
    monkeypatch.undo()
    await say("after")

    assert await taken(send_queue, 3) == ["missed", "meanwhile", "after"]
    again = SendQueue()
    await the_hub.join(again, "saf", 0)
    assert waiting(again) == ["missed", "meanwhile", "after"]


async def test_a_socket_that_saw_more_than_this_process_has_heard_of(
    layer: Any, the_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes from another process, whose announcement was faster: it gets no frame twice."""
    watching = SendQueue()
    await the_hub.join(watching, "saf", 0)
    monkeypatch.setattr(the_hub, "_announced", _deaf)
    for number in range(3):
        await say(number)
    seen = (await ids(layer))[1]

    send_queue = SendQueue()
    await the_hub.join(send_queue, "saf", seen)
    assert waiting(send_queue) == [2]
    assert waiting(watching) == [0, 1, 2]

    monkeypatch.undo()
    await say(3)
    assert await taken(send_queue, 2) == [2, 3]


async def test_many_who_come_back_at_once_share_one_reading(
    layer: Any, the_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(50):
        await say(number)
    read, replay = [], layer.replay

    async def counted(site: str, after: int) -> list[frames.StreamFrame]:
        read.append(site)
        kept: list[frames.StreamFrame] = await replay(site, after)
        return kept

    monkeypatch.setattr(layer, "replay", counted)
    send_queues = [SendQueue() for _ in range(100)]
    await asyncio.gather(*(the_hub.join(send_queue, "saf", 0) for send_queue in send_queues))

    assert read == ["saf"]
    assert all(waiting(send_queue) == list(range(50)) for send_queue in send_queues)
    texts = {id(text) for send_queue in send_queues for text in send_queue.missed}
    assert len(texts) == 50

    for _ in range(hub.RECENT_SWEEPS):
        await the_hub.sweep()
    assert the_hub.sites["saf"].recent is not None
    await the_hub.sweep()
    assert the_hub.sites["saf"].recent is None


async def test_a_site_whose_last_socket_leaves_while_another_comes_back(
    layer: Any, the_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    await say("missed")
    leaving, replay = SendQueue(), layer.replay
    await the_hub.join(leaving, "saf")

    async def slow_replay(site: str, after: int) -> list[frames.StreamFrame]:
        gone = asyncio.create_task(the_hub.leave(leaving))
        kept: list[frames.StreamFrame] = await replay(site, after)
        monkeypatch.undo()
        leaves.append(gone)
        return kept

    leaves: list[asyncio.Task[None]] = []
    monkeypatch.setattr(layer, "replay", slow_replay)
    send_queue = SendQueue()
    await the_hub.join(send_queue, "saf", 0)
    await asyncio.gather(*leaves)
    await say("after")

    assert await taken(send_queue, 2) == ["missed", "after"]


async def test_each_kept_frame_names_the_one_before(layer: Any) -> None:
    for number in range(5):
        await say(number)

    kept = await layer.replay("saf", 0)
    assert all(after.after == before.id for before, after in pairwise(kept))
    assert [json.loads(frame.text)["id"] for frame in kept] == [frame.id for frame in kept]
    await layer.release()


def test_the_bounds_are_the_documented_ones(settings: Any) -> None:
    assert settings.STREAM_BACKLOG_S == 3600
    assert settings.STREAM_BACKLOG_FRAMES == 1000
    assert layers.FRAME == "stream.frame"


async def _deaf(_: frames.StreamFrame) -> None:
    pass


def _time_of(found: list[int]) -> float:
    return found[-1] / 1_000_000

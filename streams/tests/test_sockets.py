"""`/datastream`: what a page's socket hears, and what it may say."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator

from photonranch.asgi import application
from streams.hub import Hub
from streams.metrics import metrics
from streams.send_queue import SendQueue
from streams.tests.tools import page, say

Moved = Callable[[], Awaitable[str]]


async def test_it_works(the_hub: Hub) -> None:
    async with page("site=saf") as socket:
        await say({"ulid": "x"}, topic="jobs")

        frame = await socket.frame()
        assert frame == {"id": frame["id"], "topic": "jobs", "site": "saf", "data": {"ulid": "x"}}
        assert isinstance(frame["id"], int)


async def test_it_hears_its_site_only_and_nothing_of_before(the_hub: Hub) -> None:
    await say("before")
    async with page("site=saf") as saf, page("site=mrc1") as mrc:
        await say("to mrc1", site="mrc1")
        await say("to saf")

        assert await saf.data(1) == ["to saf"]
        assert await mrc.data(1) == ["to mrc1"]
        assert await saf.receive_nothing(0.01, 0.001)


async def test_several_sockets_of_a_page_all_hear(the_hub: Hub) -> None:
    async with page("site=saf") as primary, page("site=safw") as wema, page("site=saf") as phases:
        await say(1)
        await say(2, site="safw")

        assert await primary.data(1) == await phases.data(1) == [1]
        assert await wema.data(1) == [2]
        assert metrics.sockets == 3
    assert metrics.sockets == 0


async def test_frames_come_in_the_order_of_their_ids(the_hub: Hub) -> None:
    async with page("site=saf") as socket:
        for number in range(100):
            await say(number)

        found = [await socket.frame() for _ in range(100)]
        assert [frame["data"] for frame in found] == list(range(100))
        ids = [frame["id"] for frame in found]
        assert ids == sorted(set(ids))


@pytest.mark.parametrize(
    "query", ["", "site=", "site=../etc", "site=a%20b", "since=1", "site=" + "x" * 41, "%ff"]
)
async def test_without_a_site_it_is_refused(the_hub: Hub, query: str) -> None:
    socket = WebsocketCommunicator(application, f"/datastream?{query}")
    accepted, _ = await socket.connect()

    assert not accepted
    assert the_hub.sites == {}
    await socket.disconnect()


@pytest.mark.parametrize("path", ["/", "/datastreams", "/datastream/send", "/jobs"])
async def test_elsewhere_there_is_no_socket(path: str) -> None:
    socket = WebsocketCommunicator(application, f"{path}?site=saf")
    accepted, _ = await socket.connect()

    assert not accepted
    await socket.disconnect()


@pytest.mark.parametrize("path", ["/datastream/", "//datastream"])
async def test_slashes_do_not_matter(the_hub: Hub, path: str) -> None:
    socket = WebsocketCommunicator(application, "/datastream?site=saf")
    socket.scope["path"] = path
    accepted, _ = await socket.connect()

    assert accepted
    await socket.disconnect()


class TestUpdatesubscribersite:
    @pytest.fixture
    async def moved(self, the_hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Moved:
        """Says which site a socket was moved to, once it was."""
        moves: asyncio.Queue[str] = asyncio.Queue()
        move = the_hub.move

        async def moving(send_queue: SendQueue, site: str) -> None:
            await move(send_queue, site)
            moves.put_nowait(site)

        monkeypatch.setattr(the_hub, "move", moving)
        return moves.get

    async def test_it_works(self, the_hub: Hub, moved: Moved) -> None:
        async with page("site=saf") as socket:
            await socket.watch("mrc1")
            assert await moved() == "mrc1"
            await say("old", site="saf")
            await say("new", site="mrc1")

            assert await socket.data(1) == ["new"]
            assert list(the_hub.sites) == ["mrc1"]

    async def test_the_same_site_again_changes_nothing(self, the_hub: Hub) -> None:
        async with page("site=saf") as socket, page("site=saf") as other:
            await socket.watch("saf")
            await say(1)
            await socket.watch("saf")
            await say(2)

            assert await socket.data(2) == await other.data(2) == [1, 2]
            assert await socket.receive_nothing(0.01, 0.001)

    async def test_it_replaces_all_sites_of_a_socket(self, the_hub: Hub, moved: Moved) -> None:
        async with page("site=saf&site=eco") as socket:
            await socket.watch("mrc1")
            assert await moved() == "mrc1"
            for site in ["saf", "eco", "mrc1"]:
                await say(site, site=site)

            assert await socket.data(1) == ["mrc1"]
            assert list(the_hub.sites) == ["mrc1"]

    async def test_the_last_of_many_counts(self, moved: Moved) -> None:
        async with page("site=saf") as socket:
            asked = ["mrc1", "new1", "saf", "new1"]
            for site in asked:
                await socket.watch(site)
            assert [await moved() for _ in asked] == asked
            for site in ["mrc1", "saf", "new1"]:
                await say(site, site=site)

            assert (await socket.frame())["site"] == "new1"
            assert await socket.receive_nothing(0.01, 0.001)


@pytest.mark.parametrize(
    "message",
    [
        "",
        "hello",
        "[]",
        "null",
        "7",
        "{}",
        '{"action": "updatesubscribersite"}',
        '{"action": "updatesubscribersite", "site": null}',
        '{"action": "updatesubscribersite", "site": ["mrc1"]}',
        '{"action": "updatesubscribersite", "site": "../etc"}',
        '{"action": "updatesubscribersite", "site": ""}',
        '{"action": "publish", "site": "mrc1", "data": 1}',
        "[" * 60_000,
        '{"action": "\ud800"}',
    ],
)
async def test_everything_else_a_client_says_is_ignored(the_hub: Hub, message: str) -> None:
    async with page("site=saf") as socket:
        await socket.send_input({"type": "websocket.receive", "text": message})
        await socket.send_input({"type": "websocket.receive", "bytes": message.encode("utf-8", "replace")})
        await say("still here")

        assert await socket.data(1) == ["still here"]


async def test_a_large_frame_of_many_characters_arrives_whole(the_hub: Hub) -> None:
    text = "🔭π\n" * 100_000
    async with page("site=saf") as socket:
        await say({"text": text})

        assert await socket.data(1) == [{"text": text}]


async def test_a_frame_larger_than_the_bound_arrives(the_hub: Hub, settings: Any) -> None:
    settings.STREAM_SOCKET_BYTES = 1000
    async with page("site=saf") as socket:
        await say("x" * 2000)

        assert await socket.data(1) == ["x" * 2000]


async def test_a_hub_forgets_sites_that_nobody_watches(the_hub: Hub) -> None:
    async with page("site=saf") as first:
        async with page("site=saf"), page("site=mrc1"):
            assert set(the_hub.sites) == {"saf", "mrc1"}
        assert list(the_hub.sites) == ["saf"]
        await say(1)
        assert await first.data(1) == [1]
    assert the_hub.sites == {}

    async with page("site=saf") as again:
        await say(2)
        assert await again.data(1) == [2]


async def test_a_socket_that_fails_leaves_nothing_behind(
    the_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError("a mistake of ours")

    socket = WebsocketCommunicator(application, "/datastream?site=saf")
    await socket.connect()
    monkeypatch.setattr(the_hub, "move", broken)
    await socket.send_input(
        {"type": "websocket.receive", "text": json.dumps({"action": "updatesubscribersite", "site": "mrc1"})}
    )

    with pytest.raises(RuntimeError, match="a mistake of ours"):
        await socket.wait()
    assert the_hub.sites == {}

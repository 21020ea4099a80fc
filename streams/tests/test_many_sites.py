"""One socket that follows several sites, as the console's page of the whole network does."""

import pytest
from channels.testing import WebsocketCommunicator

from photonranch.asgi import application
from streams.consumers import MAX_SITES
from streams.hub import Hub
from streams.metrics import metrics
from streams.tests.tools import page, say


async def test_it_works(the_hub: Hub) -> None:
    async with page("site=saf&site=mrc1") as socket:
        await say("to saf")
        await say("to mrc1", site="mrc1")
        await say("to somebody else", site="eco")

        assert [(each["site"], each["data"]) for each in [await socket.frame(), await socket.frame()]] == [
            ("saf", "to saf"),
            ("mrc1", "to mrc1"),
        ]
        assert await socket.receive_nothing(0.01, 0.001)


async def test_each_site_is_repeated_from_its_own_id(the_hub: Hub) -> None:
    async with page("site=saf&site=mrc1") as socket:
        for data, site in ((1, "saf"), (2, "mrc1"), (3, "saf"), (4, "mrc1")):
            await say(data, site=site)
        seen = [await socket.frame() for _ in range(4)]
    saf_1, mrc1_4 = seen[0]["id"], seen[3]["id"]

    async with page(f"site=saf&since={saf_1}&site=mrc1&since={mrc1_4}") as socket:
        await say(5, site="mrc1")

        assert await socket.data(2) == [3, 5]


async def test_a_site_without_an_id_begins_now(the_hub: Hub) -> None:
    async with page("site=saf&site=mrc1") as socket:
        await say(1)
        first = await socket.frame()
        await say(2)
        await say(3, site="mrc1")

    async with page(f"site=mrc1&since=&site=saf&since={first['id']}") as socket:
        await say(4, site="mrc1")

        assert await socket.data(2) == [2, 4]


async def test_nothing_is_left_of_it(the_hub: Hub) -> None:
    async with page("site=saf&site=mrc1&site=saf"):
        assert metrics.sockets == 2
    assert metrics.sockets == 0
    assert the_hub.sites == {}


@pytest.mark.parametrize(
    "query",
    ["site=saf&site=", "site=saf&site=../x", "&".join(f"site=s{n}" for n in range(MAX_SITES + 1))],
)
async def test_wrong_and_too_many_sites_are_refused(the_hub: Hub, query: str) -> None:
    socket = WebsocketCommunicator(application, f"/datastream?{query}")

    assert (await socket.connect(timeout=5))[0] is False
    assert the_hub.sites == {}

"""A page's socket as tests hold it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from channels.testing import WebsocketCommunicator

from photonranch.asgi import application
from streams import frames
from streams.send_queue import SendQueue
from streams.services import send

TIMEOUT_S = 5.0


class Page(WebsocketCommunicator):
    """One websocket, without a server in between."""

    async def frame(self) -> dict[str, Any]:
        """The next frame."""
        text = await self.receive_from(timeout=TIMEOUT_S)
        assert isinstance(text, str)
        found = json.loads(text)
        assert isinstance(found, dict)
        return found

    async def data(self, count: int) -> list[Any]:
        """The data of the next `count` frames."""
        return [(await self.frame())["data"] for _ in range(count)]

    async def watch(self, site: str) -> None:
        await self.send_to(json.dumps({"action": "updatesubscribersite", "site": site}))


@asynccontextmanager
async def page(query: str) -> AsyncIterator[Page]:
    socket = Page(application, f"/datastream?{query}")
    accepted, _ = await socket.connect(timeout=TIMEOUT_S)
    assert accepted
    try:
        yield socket
    finally:
        await socket.disconnect()


async def say(data: Any, site: str = "saf", topic: str = "testing") -> None:
    """Publish a frame as a request's thread does."""
    await asyncio.to_thread(send, site, frames.encode(site, topic, data))


async def taken(send_queue: SendQueue, count: int) -> list[Any]:
    """The data of the next `count` frames in a send queue."""
    async with asyncio.timeout(TIMEOUT_S):
        return [json.loads(await send_queue.take())["data"] for _ in range(count)]


def waiting(send_queue: SendQueue) -> list[Any]:
    """The data of what waits in a send queue now."""
    return [json.loads(text)["data"] for text in [*send_queue.missed, *send_queue.frames]]

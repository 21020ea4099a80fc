"""The socket: `/datastream?site=saf`, optionally `&since=<id>`.

It listens only, apart from one message: `{"action": "updatesubscribersite", "site": "mrc"}` replaces the
site. Everything else that a client sends is ignored, and nothing is ever answered.
"""

import asyncio
import contextlib
import logging
from typing import Any
from urllib.parse import parse_qs

from channels.generic.websocket import AsyncWebsocketConsumer

from photonranch.fields import SITE_CODE
from photonranch.jsontext import NotJson, loads
from streams.hub import Outbox, hub
from streams.metrics import metrics

log = logging.getLogger(__name__)

# "Try again later" (RFC 6455's registry): the frontend's socket reconnects by itself.
TOO_SLOW = 1013
CLOSE_TIMEOUT_S = 5.0


class DatastreamConsumer(AsyncWebsocketConsumer):
    """One watcher of one site."""

    # The hub listens for all sockets: a socket needs no mailbox of its own in the channel layer.
    channel_layer_alias = "none"
    outbox: Outbox | None = None
    writer: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        query = parse_qs(self.scope["query_string"].decode("ascii", "replace"))
        site = query.get("site", [""])[0]
        since = query.get("since", [""])[0]
        if not SITE_CODE.fullmatch(site):
            await self.close()
            return
        self.outbox = Outbox(site, self._too_slow)
        # Joined before it is accepted: what is published after the client sees the open socket is sent.
        await hub().join(self.outbox, site, int(since) if since.isdecimal() and len(since) < 20 else None)
        await self.accept()
        self.writer = asyncio.create_task(self._write(self.outbox))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        site = _asked_for(text_data)
        if site is not None and self.outbox is not None:
            await hub().move(self.outbox, site)

    async def disconnect(self, code: int) -> None:
        if self.writer is not None:
            self.writer.cancel()
        if self.outbox is not None:
            await hub().leave(self.outbox)

    async def _write(self, outbox: Outbox) -> None:
        while True:
            await self.base_send({"type": "websocket.send", "text": await outbox.take()})

    def _too_slow(self) -> None:
        """The outbox overflowed. The writer is stuck in a send that may never return: it is replaced."""
        metrics.dropped += 1
        if self.writer is not None:
            self.writer.cancel()
        self.writer = asyncio.create_task(self._hang_up())

    async def _hang_up(self) -> None:
        log.info("a socket of %s did not read fast enough and is closed", self.outbox and self.outbox.site)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self.close(code=TOO_SLOW)


def _asked_for(text: str | None) -> str | None:
    """The site that a client's message asks for, if it is that message."""
    try:
        message: Any = loads((text or "").encode())
    except NotJson:
        return None
    if not isinstance(message, dict) or message.get("action") != "updatesubscribersite":
        return None
    site = message.get("site")
    return site if isinstance(site, str) and SITE_CODE.fullmatch(site) else None

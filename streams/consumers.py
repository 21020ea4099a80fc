"""The socket: `/datastream?site=saf`, optionally `&since=<id>`.

It listens only, apart from one message: `{"action": "updatesubscribersite", "site": "mrc"}` replaces the
site. Everything else that a client sends is ignored, and nothing is ever answered.
"""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any
from urllib.parse import parse_qs

from channels.generic.websocket import AsyncWebsocketConsumer

from photonranch.fields import SITE_CODE
from photonranch.jsontext import NotJson, loads
from streams.direct import direct_way
from streams.hub import hub
from streams.metrics import metrics
from streams.outbox import Outbox
from streams.transport import cut_off, cut_off_later
from streams.writer import Writer

log = logging.getLogger(__name__)

# "Try again later" (RFC 6455's registry): the frontend's socket reconnects by itself.
TOO_SLOW = 1013
CLOSE_TIMEOUT_S = 5.0
# While Redis does not answer, sockets must not pile up at the door.
JOIN_TIMEOUT_S = 10.0


class DatastreamConsumer(AsyncWebsocketConsumer):
    """One watcher of one site."""

    # The hub listens for all sockets: a socket needs no mailbox of its own in the channel layer.
    channel_layer_alias = "none"
    outbox: Outbox | None = None
    writer: Writer | None = None
    closing: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            # However it ended: closed, failed, or cancelled by the server.
            if self.writer is not None:
                self.writer.cancel()
            if self.closing is not None:
                self.closing.cancel()
            if self.outbox is not None:
                await hub().leave(self.outbox)

    async def connect(self) -> None:
        query = parse_qs(self.scope["query_string"].decode("ascii", "replace"))
        site = query.get("site", [""])[0]
        if not SITE_CODE.fullmatch(site):
            await self.close()
            return
        self.outbox = Outbox(self._too_slow)
        # Joined before it is accepted: what is published after the client sees the open socket is sent.
        async with asyncio.timeout(JOIN_TIMEOUT_S):
            await hub().join(self.outbox, site, _frame_id(query.get("since", [""])[0]))
        await self.accept()
        self.writer = Writer(self.outbox, self._send_text, self._gone, direct_way(self.base_send))
        self.writer.flush()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        site = _asked_for(text_data)
        if site is not None and self.outbox is not None:
            async with asyncio.timeout(JOIN_TIMEOUT_S):
                await hub().move(self.outbox, site)

    def _send_text(self, text: str) -> Coroutine[Any, Any, None]:
        sending: Coroutine[Any, Any, None] = self.base_send({"type": "websocket.send", "text": text})
        return sending

    def _gone(self, error: BaseException) -> None:
        """The connection ended, or is closing and does not get done with it. The server tells `receive`."""
        log.debug("a socket of %s is gone: %r", self.outbox and self.outbox.site, error)
        cut_off(self.base_send)

    def _too_slow(self) -> None:
        """The outbox overflowed. The writer is stuck in a send that may never return: it is given up."""
        metrics.dropped += 1
        if self.writer is not None:
            self.writer.cancel()
        self.closing = asyncio.create_task(self._hang_up())

    async def _hang_up(self) -> None:
        log.info("a socket of %s did not read fast enough and is closed", self.outbox and self.outbox.site)
        cut_off_later(self.base_send, CLOSE_TIMEOUT_S)
        try:
            await self.close(code=TOO_SLOW)
        except Exception as error:
            log.debug("a socket is gone: %r", error)


def _frame_id(text: str) -> int | None:
    """What a client says it saw last; None when it says nothing that could be an id."""
    return int(text) if text.isdecimal() and len(text) < 20 else None


def _asked_for(text: str | None) -> str | None:
    """The site that a client's message asks for, if it is that message."""
    try:
        message: Any = loads((text or "").encode("utf-8", "replace"))
    except NotJson:
        return None
    if not isinstance(message, dict) or message.get("action") != "updatesubscribersite":
        return None
    site = message.get("site")
    return site if isinstance(site, str) and SITE_CODE.fullmatch(site) else None

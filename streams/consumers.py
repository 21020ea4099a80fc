"""The socket: `/datastream?site=saf`, optionally `&since=<id>`.

A page that shows many sites names them all, each with the id it saw last of it, or nothing:
`?site=saf&since=17&site=mrc1&since=`.
It listens only, apart from one message: `{"action": "updatesubscribersite", "site": "mrc"}` replaces the
site. Everything else that a client sends is ignored, and nothing is ever answered.
"""

import asyncio
import logging
from collections.abc import Coroutine
from itertools import zip_longest
from typing import Any
from urllib.parse import parse_qs

from channels.generic.websocket import AsyncWebsocketConsumer
from redis.exceptions import RedisError

from photonranch.api.fields import SITE_CODE
from photonranch.lenient_json import NotJson, loads
from photonranch.servers.direct import cut_off, cut_off_later, direct_way
from streams.hub import hub
from streams.metrics import metrics
from streams.send_queue import SendQueue
from streams.writer import SocketWriter

log = logging.getLogger(__name__)

# "Try again later" (RFC 6455's registry): the frontend's socket reconnects by itself.
TRY_AGAIN = 1013
# "Message too big". Clients say which site they watch, in some forty characters.
TOO_BIG = 1009
LONGEST_MESSAGE = 64 * 1024
CLOSE_TIMEOUT_S = 5.0
# Of one socket. Their names and ids fit into the request line that servers take (8 kB).
MAX_SITES = 100
# While Redis does not answer, sockets must not pile up at the door.
JOIN_TIMEOUT_S = 10.0


class DatastreamConsumer(AsyncWebsocketConsumer):
    """One watcher of one site, or of several: it has a send queue and a writer for each."""

    # The hub listens for all sockets: a socket needs no mailbox of its own in the channel layer.
    channel_layer_alias = "none"
    closing: asyncio.Task[None] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.send_queues: list[SendQueue] = []
        self.writers: list[SocketWriter] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            # However it ended: closed, failed, or cancelled by the server.
            self._write_no_more()
            if self.closing is not None:
                self.closing.cancel()
            for send_queue in self.send_queues:
                await hub().leave(send_queue)

    async def connect(self) -> None:
        wanted = _wanted(self.scope["query_string"].decode("ascii", "replace"))
        if not 0 < len(wanted) <= MAX_SITES or not all(map(SITE_CODE.fullmatch, wanted)):
            await self.close()
            return
        # Joined before it is accepted: what is published after the client sees the open socket is sent.
        try:
            await self._join(wanted)
        except (RedisError, OSError) as error:  # of which TimeoutError is one
            log.warning("a socket of %s is refused: %r", self.sites, error)
            await self._refuse()
            return
        await self.accept()
        direct = direct_way(self.base_send)
        self.writers = [
            SocketWriter(send_queue, self._send_text, self._gone, direct) for send_queue in self.send_queues
        ]
        for writer in self.writers:
            writer.flush()

    async def _refuse(self) -> None:
        """503 where the server can say it before the handshake (uvicorn); others say 403."""
        if "websocket.http.response" not in self.scope.get("extensions", {}):
            await self.close()
            return
        head = [(b"content-type", b"text/plain; charset=utf-8"), (b"retry-after", b"5")]
        await self.base_send({"type": "websocket.http.response.start", "status": 503, "headers": head})
        says = b"Live streams are not available just now; please try again."
        await self.base_send({"type": "websocket.http.response.body", "body": says})

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if len(text_data or bytes_data or "") > LONGEST_MESSAGE:
            await self.close(code=TOO_BIG)
            return
        site = _asked_for(text_data)
        if site is not None and self.send_queues:
            try:
                await self._move(site)
            except (RedisError, OSError) as error:
                # It watches nothing now: closed, it comes back and asks again.
                log.warning("a socket cannot move to %s: %r", site, error)
                await self.close(code=TRY_AGAIN)

    async def _join(self, wanted: "dict[str, int | None]") -> None:
        async with asyncio.timeout(JOIN_TIMEOUT_S):
            for site, since in wanted.items():
                self.send_queues.append(SendQueue(self._too_slow))
                await hub().join(self.send_queues[-1], site, since)

    async def _move(self, site: str) -> None:
        async with asyncio.timeout(JOIN_TIMEOUT_S):
            for other in self.send_queues[1:]:
                await hub().leave(other)
                other.start("", 0)  # what still waits in it is not sent any more
            del self.send_queues[1:]
            await hub().move(self.send_queues[0], site)

    @property
    def sites(self) -> str:
        return ", ".join(send_queue.site for send_queue in self.send_queues)

    def _send_text(self, text: str) -> Coroutine[Any, Any, None]:
        sending: Coroutine[Any, Any, None] = self.base_send({"type": "websocket.send", "text": text})
        return sending

    def _write_no_more(self) -> None:
        for writer in self.writers:
            writer.cancel()

    def _gone(self, error: BaseException) -> None:
        """The connection ended, or is closing and does not get done with it. The server tells `receive`."""
        log.debug("a socket of %s is gone: %r", self.sites, error)
        self._write_no_more()
        cut_off(self.base_send)

    def _too_slow(self) -> None:
        """A send queue overflowed. Its writer is stuck in a send that may never return: it is given up."""
        if self.closing is not None:
            return
        metrics.dropped += 1
        self._write_no_more()
        self.closing = asyncio.create_task(self._hang_up())

    async def _hang_up(self) -> None:
        log.info("a socket of %s did not read fast enough and is closed", self.sites)
        cut_off_later(self.base_send, CLOSE_TIMEOUT_S)
        try:
            await self.close(code=TRY_AGAIN)
        except Exception as error:
            log.debug("a socket is gone: %r", error)


def _wanted(query_string: str) -> dict[str, int | None]:
    """The sites that a client names, and for each the id of the frame that it saw last of it."""
    query = parse_qs(query_string, keep_blank_values=True)
    sites = query.get("site", [])
    sinces = map(_frame_id, query.get("since", [])[: len(sites)])
    return dict(zip_longest(sites, sinces))


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

"""What daphne lacks: an end to the memory that a socket which does not read may take.

Daphne's `send` never waits; it hands the bytes to Twisted, whose buffer grows as long as the client does not
read. Twisted tells a registered producer when that buffer passes 64 KiB and when it is empty again, so the
bytes in between are counted here, and a socket over the bound is cut off. (uvicorn's `send` waits; there the
outbox overflows instead.)
"""

import logging
import sys
from typing import Any

from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from streams.metrics import metrics

log = logging.getLogger(__name__)


@implementer(IPushProducer)
class BoundedWebSocket(WebSocketProtocol):
    """Daphne's socket with a bound on what waits in Twisted's buffer."""

    waiting: int | None = None
    muted: bool

    def onOpen(self) -> None:  # noqa: N802
        # The HTTP channel that the socket was upgraded from is still registered; it has nothing to say now.
        self.transport.unregisterProducer()
        self.transport.registerProducer(self, True)
        super().onOpen()

    def pauseProducing(self) -> None:  # noqa: N802
        self.waiting = 0

    def resumeProducing(self) -> None:  # noqa: N802
        self.waiting = None

    def stopProducing(self) -> None:  # noqa: N802
        self.waiting = None

    def serverSend(self, content: Any, binary: bool = False) -> None:  # noqa: N802
        if self.waiting is not None:
            self.waiting += len(content)
            if self.waiting > settings.STREAM_SOCKET_BYTES:
                self.cut_off()
                return
        super().serverSend(content, binary)

    def cut_off(self) -> None:
        if not self.muted:
            self.muted = True
            metrics.dropped += 1
            log.info("a socket did not read %d bytes and was cut off", self.waiting)
            # The application hears of it now: `onClose` says nothing for a muted socket.
            self.application_queue.put_nowait({"type": "websocket.disconnect", "code": 1013})
            self.transport.abortConnection()


def bound_sockets() -> None:
    """Use it, if the server of this process is daphne."""
    if "daphne.server" in sys.modules:
        WebSocketFactory.protocol = BoundedWebSocket

"""What daphne lacks: a `send` that waits while the client does not read.

Daphne hands every message to Twisted at once, whose buffer grows as long as the client does not read.
Twisted tells a registered producer when that buffer passes 64 KiB and when it is empty again; in between,
`send` waits here, as uvicorn's does. So the outbox fills instead, which is bounded.
"""

import asyncio
import sys
from typing import Any

from daphne.server import Server
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from twisted.internet.interfaces import IPushProducer
from twisted.internet.tcp import Connection
from zope.interface import implementer


@implementer(IPushProducer)
class PatientWebSocket(WebSocketProtocol):
    """Daphne's socket, which knows whether more may be written."""

    def __init__(self) -> None:
        super().__init__()
        # Not before the handshake is over: a frame right behind the acceptance would break it.
        self.writable = asyncio.Event()

    def onOpen(self) -> None:  # noqa: N802
        # The HTTP channel that the socket was upgraded from is still registered; it has nothing to say now.
        self.transport.unregisterProducer()
        self.transport.registerProducer(self, True)
        super().onOpen()
        self.writable.set()

    def write_message(self, message: bytes) -> bool:
        """Hand a whole frame to the operating system; False when nothing was (see streams.direct).

        Not by `transport.write`, which asks the event loop to say when the socket is writable, and then not
        to: two system calls more for every frame of every socket.
        """
        transport = self.transport
        if (
            self.state != self.STATE_OPEN
            or self._perMessageCompress is not None
            or self.send_queue
            or not self.writable.is_set()
            or not isinstance(transport, Connection)
            or transport.disconnecting
            or not transport.connected
            or transport.TLS
            or transport.dataBuffer
            or transport._tempDataBuffer
        ):
            return False
        written = transport.writeSomeData(message)
        if not isinstance(written, int):
            return False
        if written < len(message):
            transport.write(message[written:])  # type: ignore[no-untyped-call]
        return True

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:  # noqa: N802, N803
        self.writable.set()
        super().onClose(wasClean, code, reason)

    def pauseProducing(self) -> None:  # noqa: N802
        self.writable.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self.writable.set()

    def stopProducing(self) -> None:  # noqa: N802
        self.writable.set()


class PatientServer(Server):
    """Daphne, with a `send` that waits."""

    async def handle_reply(self, protocol: Any, message: Any) -> None:
        if message["type"] == "websocket.send":
            await protocol.writable.wait()
        await super().handle_reply(protocol, message)


def be_patient() -> None:
    """Make daphne wait, however it was started."""
    WebSocketFactory.protocol = PatientWebSocket
    if "daphne.cli" in sys.modules:
        sys.modules["daphne.cli"].CommandLineInterface.server_class = PatientServer

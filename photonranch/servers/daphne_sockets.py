"""What daphne lacks: a `send` that waits while the client does not read, and an end that cuts nobody off.

Daphne hands every message to Twisted at once, whose buffer grows as long as the client does not read.
Twisted tells a registered producer when that buffer passes 64 KiB and when it is empty again; in between,
`send` waits here, as uvicorn's does. So the send queue fills instead, which is bounded.

Told to stop, daphne cancels whatever is going on. Here it first listens no more, tells the sockets to come
back, and lets the requests that have begun be answered, as uvicorn does.
"""

import asyncio
import logging
import signal
import sys
import time
from typing import Any

from daphne.server import Server
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from twisted.internet import reactor, tcp
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.internet.tcp import Connection
from zope.interface import implementer

log = logging.getLogger(__name__)

# "Service restart" (RFC 6455's registry): the frontend's socket reconnects by itself.
RESTARTS = 1012
# The longest that a request waits is a minute (a zip).
GRACE_S = 65.0
LOOK_S = 0.05


@implementer(IPushProducer)
class FlowControlledSocket(WebSocketProtocol):
    """Daphne's socket, which knows whether more may be written.

    A client whose message is too large is told so (1009); by itself autobahn drops the connection.
    """

    failByDrop = False  # noqa: N815

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
        """Hand a whole frame to the operating system; False when nothing was (see servers.direct).

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

    def serverClose(self, code: int | None = None) -> None:  # noqa: N802
        """Daphne's way lets only codes of applications pass; 1012 and 1013 are a server's."""
        self.sendCloseFrame(code=code or 1000, isReply=False)

    def pauseProducing(self) -> None:  # noqa: N802
        self.writable.clear()

    def resumeProducing(self) -> None:  # noqa: N802
        self.writable.set()

    def stopProducing(self) -> None:  # noqa: N802
        self.writable.set()


class GracefulServer(Server):
    """Daphne, with a `send` that waits, and an end that does."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.ports: list[Any] = []
        self.stops_at = 0.0

    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        self.ports.append(port)

    def kill_all_applications(self) -> Any:
        """What the reactor waits for before it ends."""
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, self._hurry)
        self.stops_at = time.monotonic() + GRACE_S
        return Deferred.fromFuture(asyncio.ensure_future(self._finish()))

    def _hurry(self, *_: Any) -> None:
        """Told a second time: no more waiting."""
        self.stops_at = 0.0

    async def _finish(self) -> None:
        for port in self.ports:
            port.stopListening()
        for protocol in list(self.connections):
            if isinstance(protocol, WebSocketProtocol):
                protocol.serverClose(RESTARTS)
        while self._is_busy() and time.monotonic() < self.stops_at:  # noqa: ASYNC110  (nothing tells of it)
            await asyncio.sleep(LOOK_S)
        begun = [each.get("application_instance") for each in self.connections.values()]
        cut_off = [application for application in begun if application and not application.done()]
        for application in cut_off:
            application.cancel()
        await asyncio.gather(*cut_off, return_exceptions=True)

    def _is_busy(self) -> bool:
        """Whether a request is coming in or being answered, a socket open, or an answer on its way out."""
        if any("disconnected" not in each for each in self.connections.values()):
            return True
        writing: Any = reactor
        return any(isinstance(each, tcp.Server) for each in writing.getWriters())

    async def handle_reply(self, protocol: Any, message: Any) -> None:
        if message["type"] == "websocket.send":
            await protocol.writable.wait()
        await super().handle_reply(protocol, message)


def use_own_sockets() -> None:
    """Make daphne wait, however it was started."""
    WebSocketFactory.protocol = FlowControlledSocket
    if "daphne.cli" in sys.modules:
        sys.modules["daphne.cli"].CommandLineInterface.server_class = GracefulServer

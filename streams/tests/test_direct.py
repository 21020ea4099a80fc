"""A frame goes over the wire as it was made once, and only where nothing is before it and somebody reads."""

import asyncio
import json
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame as WebsocketFrame
from websockets.frames import Opcode
from websockets.sync.client import connect

from photonranch.servers.direct import direct_way, text_message
from streams.frames import StreamFrame
from streams.send_queue import SendQueue
from streams.writer import SocketWriter
from testing.cast import ADMIN
from testing.live import KINDS, Kind, running


class Transport:
    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closing = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def is_closing(self) -> bool:
        return self.closing


@pytest.fixture
async def protocol() -> Any:
    """uvicorn's own protocol, as it stands after a handshake without extensions."""

    async def app(scope: Any, receive: Any, send: Any) -> None: ...

    config = Config(app)
    config.load()
    made: Any = WebSocketsSansIOProtocol(config=config, server_state=ServerState(), app_state={})
    made.transport = Transport()
    return made


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 200_000])
def test_it_works(size: int) -> None:
    text = "å" * (size // 2) + "x" * (size % 2)
    made_by_websockets = WebsocketFrame(Opcode.TEXT, text.encode()).serialize(mask=False, extensions=[])
    assert text_message(text) == made_by_websockets


async def test_uvicorn_is_known_by_its_parts(protocol: Any) -> None:
    direct = direct_way(protocol.send)
    assert direct is not None
    assert direct(b"abc")
    assert protocol.transport.written == [b"abc"]


@pytest.mark.parametrize("reason", ["does not read", "closed by us", "gone", "closing"])
async def test_a_socket_that_takes_nothing_is_left_to_send(protocol: Any, reason: str) -> None:
    direct = direct_way(protocol.send)
    assert direct is not None
    if reason == "does not read":
        protocol.pause_writing()
    protocol.close_sent = reason == "closed by us"
    protocol.disconnected = reason == "gone"
    protocol.transport.closing = reason == "closing"

    assert not direct(b"abc")
    assert protocol.transport.written == []


async def test_a_socket_that_agreed_on_compression_is_left_to_its_server(protocol: Any) -> None:
    protocol.conn.extensions = [object()]
    assert direct_way(protocol.send) is None


def test_another_server_has_no_direct_way() -> None:
    async def send(message: Any) -> None: ...

    assert direct_way(send) is None


async def test_it_waits_behind_whatever_is_under_way() -> None:
    """Ordinary sends and direct ones keep the order of the frames."""
    reads = asyncio.Event()
    sent: list[str] = []

    async def send(text: str) -> None:
        await reads.wait()
        sent.append(text)

    def direct(message: bytes) -> bool:
        if reads.is_set():
            sent.append(message.decode())
        return reads.is_set()

    send_queue = SendQueue()
    writer = SocketWriter(send_queue, send, lambda error: None, direct)
    for number in (1, 2, 3):
        send_queue.put(StreamFrame("saf", number - 1, number, f"sent {number}"), b"direct %d" % number)
    reads.set()
    # The first one still waits in its send: nothing may overtake it.
    send_queue.put(StreamFrame("saf", 3, 4, "sent 4"), b"direct 4")
    while writer.slow is not None:
        await asyncio.wait([writer.slow])
        await asyncio.sleep(0)
    send_queue.put(StreamFrame("saf", 4, 5, "sent 5"), b"direct 5")

    assert sent == ["sent 1", "sent 2", "sent 3", "sent 4", "direct 5"]


@pytest.mark.live
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("compression", [None, "deflate"])
def test_real_clients_read_it(kind: Kind, compression: str | None) -> None:
    """Text beyond ASCII, of every length of header, with and without compression agreed on."""
    texts = ["é", "x" * 100, "ü" * 40_000, "x" * 300_000, "end"]
    headers = {"Authorization": f"Bearer {ADMIN.token}"}
    with (
        running(kind) as server,
        connect(f"{server.ws}/datastream?site=saf", max_size=None, compression=compression) as socket,
    ):
        for text in texts:
            frame = {"site": "saf", "topic": "testing", "data": text}
            assert server.http.post("/datastream/send", json=frame, headers=headers).status_code == 200
        assert [json.loads(socket.recv(timeout=20))["data"] for _ in texts] == texts

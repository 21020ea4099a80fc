"""A socket's frames are sent where they arrive; only a send that has to wait gets a task."""

import asyncio

import pytest

from streams.frames import StreamFrame
from streams.send_queue import SendQueue
from streams.writer import SocketWriter


class Socket:
    """A send that is done at once while `open` is set, and waits otherwise."""

    def __init__(self) -> None:
        self.send_queue = SendQueue()
        self.open = asyncio.Event()
        self.open.set()
        self.sent: list[str] = []
        self.errors: list[BaseException] = []
        self.broken = False
        self.writer = SocketWriter(self.send_queue, self.send, self.errors.append)
        self.number = 0

    async def send(self, text: str) -> None:
        await self.open.wait()
        if self.broken:
            raise OSError("gone")
        self.sent.append(text)

    def put(self, text: str) -> None:
        self.number += 1
        self.send_queue.put(StreamFrame("saf", self.number - 1, self.number, text))


@pytest.fixture
async def socket() -> Socket:
    return Socket()


async def test_it_works(socket: Socket) -> None:
    before = len(asyncio.all_tasks())
    for text in "abc":
        socket.put(text)

    assert socket.sent == ["a", "b", "c"]
    assert len(asyncio.all_tasks()) == before


async def test_while_a_send_waits_frames_gather_and_then_go_in_order(socket: Socket) -> None:
    socket.put("a")
    socket.open.clear()
    for text in "bcd":
        socket.put(text)
    await asyncio.sleep(0)
    assert socket.sent == ["a"]
    assert socket.send_queue.waiting == 2

    socket.open.set()
    assert socket.writer.slow is not None
    await asyncio.wait([socket.writer.slow], timeout=10)
    await asyncio.sleep(0)
    socket.put("e")
    assert socket.sent == ["a", "b", "c", "d", "e"]


async def test_a_send_that_fails_is_told_once_and_ends_it(socket: Socket) -> None:
    socket.broken = True
    for text in "abc":
        socket.put(text)

    assert [str(error) for error in socket.errors] == ["gone"]
    assert socket.sent == []


async def test_a_send_that_fails_after_waiting_is_told_too(socket: Socket) -> None:
    socket.open.clear()
    socket.put("a")
    socket.broken = True
    socket.open.set()
    assert socket.writer.slow is not None
    await asyncio.wait([socket.writer.slow], timeout=10)
    await asyncio.sleep(0)

    assert [str(error) for error in socket.errors] == ["gone"]


async def test_after_a_cancel_nothing_is_sent(socket: Socket) -> None:
    socket.open.clear()
    socket.put("a")
    slow = socket.writer.slow
    assert slow is not None
    socket.writer.cancel()
    await asyncio.wait([slow], timeout=10)
    socket.open.set()
    socket.put("b")

    assert (socket.sent, socket.errors) == ([], [])

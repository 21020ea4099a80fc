"""A thousand websockets that cost next to nothing: raw sockets and epoll, which only count bytes."""

import base64
import os
import resource
import select
import socket
import time

BUFFER = 1 << 18


def allow_many_files(count: int = 8192) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))


class Crowd:
    """`count` websockets on one path."""

    def __init__(self, address: tuple[str, int], path: str, count: int) -> None:
        self.epoll = select.epoll()
        self.sockets: dict[int, socket.socket] = {}
        self.buffer = bytearray(BUFFER)
        self.bytes = 0
        self.closed = 0
        for _ in range(count):
            tcp = _handshake(address, path)
            self.sockets[tcp.fileno()] = tcp
            self.epoll.register(tcp.fileno(), select.EPOLLIN)

    def close(self) -> None:
        for tcp in self.sockets.values():
            tcp.close()
        self.epoll.close()

    def read(self, timeout_s: float, arrived: dict[int, float] | None = None) -> None:
        """Read what is there, waiting for something at most `timeout_s`; note who got it when."""
        for number, _ in self.epoll.poll(timeout_s):
            try:
                count = self.sockets[number].recv_into(self.buffer)
            except ConnectionError:
                count = 0
            if not count:
                self.closed += 1
                self.epoll.unregister(number)
                continue
            self.bytes += count
            if arrived is not None:
                arrived.setdefault(number, time.perf_counter())

    def read_until(self, total: int, timeout_s: float = 20.0) -> bool:
        """Read until `total` bytes have come since the beginning; whether they came in time."""
        deadline = time.monotonic() + timeout_s
        while self.bytes < total:
            if time.monotonic() > deadline:
                return False
            self.read(0.1)
        return True

    def quiet(self) -> None:
        """Read until nothing comes for half a second."""
        before = -1
        while before != self.bytes:
            before = self.bytes
            deadline = time.monotonic() + 0.5
            while time.monotonic() < deadline:
                self.read(0.1)


def _handshake(address: tuple[str, int], path: str) -> socket.socket:
    tcp = socket.create_connection(address, timeout=30)
    key = base64.b64encode(os.urandom(16)).decode()
    tcp.sendall(
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = tcp.recv(1)
        if not byte:
            raise ConnectionError(head.decode(errors="replace"))
        head += byte
    if b" 101 " not in head:
        raise ConnectionError(head.decode(errors="replace"))
    tcp.setblocking(False)
    return tcp

"""A load generator that costs little: the same prepared request on a few keep-alive connections."""

import selectors
import socket
import time


def prepared(path: str, body: bytes, headers: dict[str, str] | None = None) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Connection:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""

    def answered(self) -> bool:
        """Read what is there; whether one whole answer has come. Raises when it is not a 200."""
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the server closed the connection")
        self.received += data
        head, separator, body = self.received.partition(b"\r\n\r\n")
        if not separator:
            return False
        if b" 200 " not in head[:20]:
            raise RuntimeError(self.received[:300].decode())
        if not self._whole(head.lower(), body):
            return False
        self.received = b""
        return True

    @staticmethod
    def _whole(head: bytes, body: bytes) -> bool:
        if b"transfer-encoding: chunked" in head:
            return body.endswith(b"0\r\n\r\n")
        length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        return len(body) >= length


def requests_per_second(port: int, request: bytes, *, clients: int = 16, seconds: float = 3.0) -> float:
    """How many answers come in a second when each of `clients` asks again as soon as it is answered."""
    selector = selectors.DefaultSelector()
    connections = [Connection(port) for _ in range(clients)]
    for connection in connections:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.socket.sendall(request)
    answers, started = 0, time.perf_counter()
    while (passed := time.perf_counter() - started) < seconds:
        for key, _ in selector.select(timeout=1):
            if key.data.answered():
                answers += 1
                key.data.socket.sendall(request)
    for connection in connections:
        connection.socket.close()
    return answers / passed

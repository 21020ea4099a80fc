"""A stand-in for RemoteHQ: a real HTTP server that checks what it is sent, and does as the real one."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "remotehq-token"


class RemoteHQServer(ThreadingHTTPServer):
    """Rooms by slug, every call as (method, path, body), and what to answer instead when told."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.rooms: dict[str, str] = {}
        self.calls: list[tuple[str, str, Any]] = []
        self.wrong: list[str] = []
        self.instead: dict[tuple[str, str], tuple[int, bytes]] = {}
        self.hold = threading.Event()
        self.hold.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def paths(self) -> list[str]:
        return [f"{method} {path}" for method, path, _ in self.calls]


class _Handler(BaseHTTPRequestHandler):
    server: RemoteHQServer

    def _serve(self) -> None:
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(text) if text else None
        path = self.path.removeprefix("/v1")
        self.server.calls.append((self.command, path, body))
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            self.server.wrong.append(f"{self.command} {path}: Authorization")
        if self.headers["Content-Type"] != "application/json" or not self.path.startswith("/v1/"):
            self.server.wrong.append(f"{self.command} {path}: Content-Type or path")
        self.server.hold.wait(10)
        status, answer = self.server.instead.get((self.command, path)) or self._answer(path, body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815

    def _answer(self, path: str, body: Any) -> tuple[int, bytes]:
        parts = path.strip("/").split("/")
        rooms = self.server.rooms
        match self.command, parts:
            case "POST", ["rooms"]:
                slug = f"{body['name']}-{len(self.server.calls)}"
                rooms[slug] = body["name"]
                room = {"id": f"id-{slug}", "slug": slug, "url": f"https://rooms.example/{slug}"}
                return 201, json.dumps({"data": room}).encode()
            case "PUT", ["rooms", slug, "room-app-config"] if slug in rooms:
                return 200, json.dumps({"data": {"config": body["config"]}}).encode()
            case "DELETE", ["rooms", name]:
                gone = [slug for slug, known in rooms.items() if name in (slug, known)]
                for slug in gone:
                    del rooms[slug]
                return (204, b"") if gone else (404, b'{"error": "no such room"}')
            case "POST", ["cb"]:
                browser = {"instanceURN": "urn:1", "embedURL": "https://embed.example/1"}
                return 201, json.dumps({"data": browser, "error": None}).encode()
        return 404, b'{"error": "not found"}'

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def remotehq() -> Iterator[RemoteHQServer]:
    server = RemoteHQServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.hold.set()
        server.shutdown()
        server.server_close()
        thread.join()

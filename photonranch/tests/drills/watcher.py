"""A page that watches a site and comes back with `since` whenever its socket ends, as the frontend's does."""

import json
import threading
from collections import Counter
from typing import Any

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from testing.cast import SITE
from testing.parts import eventually
from testing.stack import ServerPart

AGAIN_S = 0.2


class Watcher:
    """Collects the frames of a site, from one server."""

    def __init__(self, server: ServerPart) -> None:
        self.server = server
        self.frames: list[dict[str, Any]] = []
        self.connections = 0
        self.refusals: list[int] = []
        self.ended = threading.Event()
        self.open = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        self.thread.start()
        assert self.open.wait(60)

    def stop(self) -> None:
        self.ended.set()
        self.thread.join(30)

    @property
    def messages(self) -> Counter[str]:
        return Counter(frame["data"]["message"] for frame in self.frames if frame["topic"] == "userstatus")

    def catches_up(self, expected: set[str]) -> None:
        eventually(lambda: expected <= self.messages.keys())

    def check(self, expected: set[str]) -> None:
        """Each frame once and in order, none left out that was acknowledged."""
        ids = [frame["id"] for frame in self.frames]
        assert ids == sorted(set(ids))
        assert set(self.messages.values()) <= {1}
        assert expected <= self.messages.keys()

    def _watch(self) -> None:
        while not self.ended.is_set():
            since = self.frames[-1]["id"] if self.frames else 0
            url = f"{self.server.ws}/datastream?site={SITE}&since={since}"
            try:
                with connect(url, open_timeout=30, ping_interval=None, close_timeout=1) as socket:
                    self.connections += 1
                    self.open.set()
                    self._read(socket)
            except WebSocketException as error:
                if response := getattr(error, "response", None):
                    self.refusals.append(response.status_code)
                self.ended.wait(AGAIN_S)
            except OSError:
                self.ended.wait(AGAIN_S)

    def _read(self, socket: ClientConnection) -> None:
        while not self.ended.is_set():
            try:
                self.frames.append(json.loads(socket.recv(timeout=0.5)))
            except TimeoutError:
                continue

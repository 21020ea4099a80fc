"""A recorded night of one observatory, played over real HTTP while three sockets watch.

recorded_night.jsonl holds the requests in their order: an observatory that polls and logs in bursts, its
WEMA, a watchdog on the alternate queue, people who command, a cancel. What the sockets receive must be
exactly what was sent, in order, once each; also for the one that loses its connection twice and comes back
with `since`.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from testing.cast import ADMIN, ALICE, BOB
from testing.live import KINDS, Kind, Server, running

RECORD = Path(__file__).with_name("recorded_night.jsonl")
NIGHT = [json.loads(line) for line in RECORD.read_text().splitlines()]
PEOPLE = {"alice": ALICE, "bob": BOB, "ada": ADMIN}
TIMEOUT_S = 30.0

Frame = dict[str, Any]


class Watcher:
    """A socket that watches saf as a page of the web frontend does."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.frames: list[Frame] = []
        self.closing = ExitStack()
        self.socket = self.opened("")

    def opened(self, since: str) -> ClientConnection:
        url = f"{self.server.ws}/datastream?site=saf{since}"
        socket = self.closing.enter_context(connect(url, max_size=None))
        # The frontend says this at once, with the site it has already.
        socket.send('{"action": "updatesubscribersite", "site": "saf"}')
        return socket

    def read(self, count: int) -> None:
        while len(self.frames) < count:
            self.frames.append(json.loads(self.socket.recv(timeout=TIMEOUT_S)))

    def lose_connection(self) -> None:
        self.closing.close()

    def come_back(self) -> None:
        self.socket = self.opened(f"&since={self.frames[-1]['id']}")


class Player:
    """Sends the night's requests, and notes what the watchers of saf must therefore see."""

    def __init__(self, server: Server) -> None:
        self.http = server.http
        self.expected: list[tuple[str, Any]] = []
        self.waiting: dict[str, dict[str, Any]] = {}

    def play(self, lines: list[dict[str, Any]]) -> None:
        for line in lines:
            self._note(line, self._send(line))

    def _send(self, line: dict[str, Any]) -> Any:
        person = PEOPLE.get(line["who"])
        headers = {"Authorization": f"Bearer {person.token}"} if person else {}
        # The telescopes' clients send no Content-Type.
        answer = self.http.post(line["path"], content=json.dumps(line["body"]), headers=headers)
        assert answer.status_code == 200, (line, answer.text)
        return answer.json()

    def _note(self, line: dict[str, Any], answer: Any) -> None:
        if line["body"]["site"] != "saf":
            return
        if line["path"].startswith("/logs"):
            self._note_log(line["body"], answer)
        elif line["path"].startswith("/jobs/newjob"):
            self._note_job(answer)
        else:
            self._note_fetched(answer, alternate=line["body"].get("alternateQueue", False))

    def _note_log(self, sent: dict[str, Any], answer: Any) -> None:
        assert answer["message"] == sent["log_message"]
        assert answer["timestamp"] == str(int(sent["timestamp"]))
        assert answer["timestamp_ms"] == pytest.approx(sent["timestamp"] * 1000)
        self.expected.append(("userstatus", answer))

    def _note_job(self, job: dict[str, Any]) -> None:
        if job["action"] == "cancel_all_commands":
            for queue in ("statusId", "replicaStatusId"):
                self._note_moves(queue, "CANCELED", [key for key in self.waiting if self._unread(key, queue)])
        self.waiting[job["ulid"]] = dict(job)
        self.expected.append(("jobs", job))

    def _note_fetched(self, jobs: list[dict[str, Any]], *, alternate: bool) -> None:
        queue = "replicaStatusId" if alternate else "statusId"
        for job in jobs:
            assert job == self.waiting[job["ulid"]]
        self._note_moves(queue, "RECEIVED", [job["ulid"] for job in jobs])

    def _note_moves(self, queue: str, status: str, ulids: list[str]) -> None:
        for ulid in ulids:
            self.waiting[ulid] = {**self.waiting[ulid], queue: f"{status}#{ulid}"}
            self.expected.append(("jobs", self.waiting[ulid]))

    def _unread(self, ulid: str, queue: str) -> bool:
        return bool(self.waiting[ulid][queue].startswith("UNREAD"))


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    kind: Kind = request.param
    with running(kind) as started:
        yield started


@pytest.mark.live
def test_it_works(server: Server) -> None:
    steady, also, shaky = (Watcher(server) for _ in range(3))
    player = Player(server)
    third = len(NIGHT) // 3

    player.play(NIGHT[:third])
    shaky.read(len(player.expected))
    shaky.lose_connection()
    player.play(NIGHT[third : 2 * third])
    shaky.come_back()
    shaky.read(len(player.expected))
    shaky.lose_connection()
    shaky.come_back()
    player.play(NIGHT[2 * third :])

    for watcher in (steady, also, shaky):
        watcher.read(len(player.expected))
        assert [(frame["topic"], frame["data"]) for frame in watcher.frames] == player.expected
        assert all(frame["site"] == "saf" for frame in watcher.frames)
        ids = [frame["id"] for frame in watcher.frames]
        assert ids == sorted(set(ids))
        # Nothing more comes: the next frame is the one that is caused now.
        server.http.post("/logs/newlog", json={"site": "saf", "log_message": "the end"})
        last = json.loads(watcher.socket.recv(timeout=TIMEOUT_S))
        assert last["data"]["message"] == "the end"
        player.expected.append((last["topic"], last["data"]))
        watcher.lose_connection()


def test_the_record_holds_what_it_should() -> None:
    commands = [line["body"]["action"] for line in NIGHT if line["path"].startswith("/jobs/newjob")]
    assert {"go", "expose", "cancel_all_commands", "stop", "observatory_restart", "open"} <= set(commands)
    logs = [line["body"]["timestamp"] for line in NIGHT if line["path"] == "/logs/newlog"]
    in_one_second = max(sum(int(other) == int(one) for other in logs) for one in logs)
    assert in_one_second >= 3

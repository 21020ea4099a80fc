"""Sockets that do not read, on real servers: closed, counted, cut off; nobody waits for them."""

import json
from itertools import repeat
from typing import Any

import pytest
from websockets.sync.client import connect

from testing.cast import ADMIN
from testing.live import KINDS, Kind, RawSocket, Server, running

pytestmark = pytest.mark.live

LARGE = "x" * 500_000


def send(server: Server, data: Any) -> None:
    headers = {"Authorization": f"Bearer {ADMIN.token}"}
    frame = {"site": "saf", "topic": "testing", "data": data}
    assert server.http.post("/datastream/send", json=frame, headers=headers).status_code == 200


def write_on(socket: RawSocket) -> None:
    for pong in repeat(b"\x8a\x80\x00\x00\x00\x00"):
        socket.tcp.sendall(pong)


@pytest.mark.parametrize("kind", KINDS)
def test_it_works(kind: Kind) -> None:
    """Thirty that read nothing, one that reads all: 40 MB of frames for each."""
    with running(kind) as server, connect(f"{server.ws}/datastream?site=saf", max_size=None) as reader:
        stuck = [RawSocket(server, "/datastream?site=saf") for _ in range(30)]
        send(server, "first")
        assert json.loads(reader.recv(timeout=10))["data"] == "first"
        before = server.memory_kb()
        for number in range(80):
            send(server, [number, LARGE])
            assert json.loads(reader.recv(timeout=10))["data"][0] == number

        server.wait_for("did not read fast enough", times=30)
        # The backlog's texts, 40 MB, are shared by all; unbounded, the thirty would hold 1200 MB.
        assert server.memory_kb() - before < 400_000
        for each in stuck:
            with each:
                each.read_to_the_end()
        send(server, "last")
        assert json.loads(reader.recv(timeout=10))["data"] == "last"


@pytest.mark.parametrize("kind", KINDS)
def test_its_connection_ends_though_it_never_reads(kind: Kind) -> None:
    with running(kind) as server, RawSocket(server, "/datastream?site=saf") as stuck:
        for number in range(40):
            send(server, [number, LARGE])
        server.wait_for("did not read fast enough")

        # What we write is ignored there, and fails once the server's side is gone.
        with pytest.raises(OSError, match=r"reset|pipe"):
            write_on(stuck)


@pytest.mark.parametrize("kind", KINDS)
def test_a_socket_that_gives_no_sign_of_life_is_closed(kind: Kind) -> None:
    short = {"daphne": ["--ping=1"], "uvicorn": ["--ws-ping-interval=1", "--ws-ping-timeout=1"]}[kind]
    with running(kind, *short) as server:
        with RawSocket(server, "/datastream?site=saf") as silent:
            assert b"\x89" in silent.read_to_the_end()[:1]
        with connect(f"{server.ws}/datastream?site=saf") as alive:
            with RawSocket(server, "/datastream?site=saf") as silent:
                silent.read_to_the_end()
            send(server, "still here")
            assert json.loads(alive.recv(timeout=10))["data"] == "still here"


@pytest.mark.parametrize("kind", KINDS)
def test_a_replay_larger_than_the_bound_arrives_whole(kind: Kind) -> None:
    with running(kind) as server:
        for number in range(30):
            send(server, [number, LARGE])
        with connect(f"{server.ws}/datastream?site=saf&since=0", max_size=None) as reader:
            assert [json.loads(reader.recv(timeout=10))["data"][0] for _ in range(30)] == list(range(30))

"""Names that nobody here knows, asked of a stand-in for CDS and the MPC."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest
from django.core.cache import cache

from targets import online
from testing.cast import Api

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("night")]

SESAME = b"# WISE J0855\n#=S=Simbad: 1\n%C.0 BD*\n%I.0 WISE J085510.83-071442.5\n%J 133.795 -7.245 = 08:55\n"
MPC = [
    {
        "mpc_orb": {
            "COM": {
                "coefficient_names": ["q", "e", "i", "node", "argperi", "peri_time"],
                "coefficient_values": [1.1333, 0.2227, 10.828, 304.27, 178.9, 61000.5],
            },
            "epoch_data": {"epoch": 61000.0},
        }
    }
]


class StandIn(BaseHTTPRequestHandler):
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answers = {"/-oI/SNV?wise%20j0855-0714": SESAME, "/-oI/SNV?huge": b"x" * 200_000}
        body = json.dumps(MPC).encode() if self.path == "/mpc" else answers.get(self.path)
        self.send_response(404 if body is None else 200)
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def network(settings: Any) -> Iterator[list[str]]:
    StandIn.asked.clear()
    cache.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    settings.TARGETS_ONLINE = True
    settings.TARGETS_SESAME_URL, settings.TARGETS_MPC_URL = address, f"{address}/nothing"
    yield StandIn.asked
    server.shutdown()
    server.server_close()


def test_sesame_knows_it(api: Api, network: list[str]) -> None:
    (found,) = api.get("/api/targets/resolve?q=wise j0855-0714").json()

    assert (found["name"], found["kind"], found["source"]) == (
        "WISE J085510.83-071442.5",
        "BD*",
        "CDS Sesame",
    )
    assert (found["ra"], found["dec"]) == (133.795, -7.245)


def test_it_is_asked_once(api: Api, network: list[str]) -> None:
    for _ in range(3):
        assert api.get("/api/targets/resolve?q=nonsense99").json() == []

    assert network == ["/-oI/SNV?nonsense99", "/nothing"]


def test_the_mpc_knows_it(api: Api, network: list[str], settings: Any) -> None:
    settings.TARGETS_MPC_URL = settings.TARGETS_SESAME_URL + "/mpc"
    (eros,) = api.get("/api/targets/resolve?q=2026 qq99").json()

    assert (eros["kind"], eros["source"], eros["epoch"]) == (
        "minor body",
        "Minor Planet Center",
        "elements of 2025-11-21",
    )


def test_what_is_known_here_is_not_asked(api: Api, network: list[str]) -> None:
    assert api.get("/api/targets/resolve?q=m31").json()
    assert network == []


def test_the_network_is_not_asked_by_default(api: Api, network: list[str], settings: Any) -> None:
    settings.TARGETS_ONLINE = False

    assert api.get("/api/targets/resolve?q=wise j0855-0714").json() == []
    assert network == []


@pytest.mark.parametrize("name", ["huge", "gone99"])
def test_what_fails_is_a_name_that_nobody_knows(api: Api, network: list[str], name: str) -> None:
    assert api.get(f"/api/targets/resolve?q={name}").json() == []


def test_a_closed_door(api: Api, settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    cache.clear()
    settings.TARGETS_ONLINE = True
    settings.TARGETS_SESAME_URL = settings.TARGETS_MPC_URL = "http://127.0.0.1:9"

    assert online.resolve("nonsense99") is None
    assert "names cannot be asked at http://127.0.0.1:9" in caplog.text

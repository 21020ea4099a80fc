"""The servers start, serve, and stop when told to."""

import pytest
from websockets.sync.client import connect

from testing.cast import ADMIN
from testing.live import KINDS, Kind, running

pytestmark = pytest.mark.live


@pytest.mark.parametrize("kind", KINDS)
def test_it_works(kind: Kind) -> None:
    with running(kind) as server:
        assert server.http.get("/healthz").text == "ok"

        with connect(f"{server.ws}/datastream?site=saf") as socket:
            frame = {"site": "saf", "topic": "testing", "data": 1}
            headers = {"Authorization": f"Bearer {ADMIN.token}"}
            assert server.http.post("/datastream/send", json=frame, headers=headers).status_code == 200
            assert '"testing"' in socket.recv(timeout=10)

        assert server.stop() in (0, -15)
        assert "Traceback" not in server.output

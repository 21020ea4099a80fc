"""A message that is too large: its sender is told so, on both servers."""

from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from testing.live import KINDS, Kind, running


@pytest.mark.live
@pytest.mark.parametrize("kind", KINDS)
def test_a_client_that_sends_100_kb_is_told_that_it_is_too_much(kind: Kind) -> None:
    with running(kind) as server:
        for message in ("x" * 100_000, b"x" * 100_000, "x" * 5_000_000):
            with connect(f"{server.ws}/datastream?site=saf", compression=None) as socket:
                with suppress(ConnectionClosed):  # while it is still being sent
                    socket.send(message)
                with pytest.raises(ConnectionClosed) as closed:
                    socket.recv(timeout=20)
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == 1009
        with connect(f"{server.ws}/datastream?site=saf") as socket:
            socket.send('{"site": "mrc1"}')
            socket.ping().wait(20)

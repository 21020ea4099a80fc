"""SIGKILL of a server process under load."""

import pytest

from photonranch.tests.drills.load import Load
from testing.stack import stack

pytestmark = [pytest.mark.drill]


def test_one_of_several_dies_and_comes_back() -> None:
    """uvicorn, then granian: everything acknowledged is there once, and watchers of either miss nothing."""
    with stack("uvicorn", "granian", "uvicorn", workers=1) as there:
        with Load(there) as load:
            for server in there.servers[:2]:
                server.kill()
                load.has_done(5)
                server.start()
                load.has_done(5)
        load.check()
        assert [watcher.connections > 1 for watcher in load.watchers] == [True, False]


def test_the_embedded_server_dies_and_comes_back() -> None:
    """Without Redis what it kept for watchers dies with it, and nothing else."""
    with stack("embedded", databases=False) as there:
        [server] = there.servers
        with Load(there) as load:
            for _ in range(2):
                load.has_done(5)
                server.kill()
                load.excuse_frames()
                server.start()
            load.has_done(5)
        load.check()

"""PostgreSQL restarted, crashed, and frozen: clear refusals meanwhile, and everything goes on by itself."""

import signal
import time
from collections.abc import Callable, Iterator

import pytest

from photonranch.tests.drills.load import Load
from testing.cast import ALICE, a_command, at_once
from testing.stack import ServerPart, Stack, eventually, stack

pytestmark = [pytest.mark.drill]

PAGE = {"Origin": "https://page.example"}
# Three refusals one after the other, each after a connection that does not come or a statement's limit
# (20 s), on a machine that has other things to do.
REFUSED_WITHIN_S = 90.0


@pytest.fixture(scope="module")
def there() -> Iterator[Stack]:
    with stack("uvicorn", "granian", workers=1, beat=True) as made:
        yield made


def is_refused_clearly(server: ServerPart) -> None:
    """What needs the database says so, in the forms that the clients know; what does not goes on."""
    began = time.monotonic()
    with server.client(timeout_s=60) as client:
        headers = {**PAGE, "Authorization": f"Bearer {ALICE.token}"}
        command = client.post("/jobs/newjob", json=a_command(), headers=headers)
        assert (command.status_code, command.headers["content-type"]) == (503, "text/plain; charset=utf-8")
        assert command.text == "The database does not answer just now; please try again."
        assert command.headers["access-control-allow-origin"] == "*"

        poll = client.post("/jobs/getnewjobs", json={"site": "saf"})
        assert (poll.status_code, poll.json()) == (503, [])

        page = client.get("/admin/", headers={"Cookie": f"sessionid={'x' * 32}"})
        assert page.status_code == 503
        assert page.text == "The database does not answer just now; please try again."

        assert client.get("/healthz").status_code == 200
        assert (
            client.post("/api/upload", json={"object_name": "saf-x-20300101-1-EX00.txt"}).status_code == 200
        )
    assert time.monotonic() - began < REFUSED_WITHIN_S


def serves_at_once(server: ServerPart) -> None:
    """Each connection that it had is dead, and not one request pays for it."""
    with server.client() as client:
        answers = at_once(20, lambda _: client.get("/logs/recent-logs?site=saf&after_time=1").status_code)
    assert set(answers) == {200}


def fast_restart(there: Stack) -> None:
    there.postgres.stop(signal.SIGINT)


def crash(there: Stack) -> None:
    there.postgres.kill()


@pytest.mark.parametrize("down", [fast_restart, crash])
def test_it_goes_down_and_comes_back(there: Stack, down: Callable[[Stack], None]) -> None:
    with Load(there) as load:
        for server in there.servers:
            serves_at_once(server)
        down(there)
        for server in there.servers:
            is_refused_clearly(server)
        there.postgres.start()
        for server in there.servers:
            eventually(lambda server=server: is_back(server), 10)  # type: ignore[misc]
            serves_at_once(server)
        load.has_done(5)
    all_is_read(there, load)
    load.check()
    # The watcher's socket stayed open all the time.
    assert [watcher.connections for watcher in load.watchers] == [1]
    for part in (*there.servers, *there.workers, there.beat):
        assert part.process
        assert not part.process.ended
    for server in there.servers:
        assert "Traceback" not in server.output


def test_it_stands_still(there: Stack) -> None:
    """Callers are not held for longer than a statement's limit; what was on its way is done once, or not."""
    with Load(there) as load:
        there.postgres.freeze()
        for server in there.servers:
            is_refused_clearly(server)
        there.postgres.thaw()
        for server in there.servers:
            eventually(lambda server=server: is_back(server), 10)  # type: ignore[misc]
        load.has_done(5)
    all_is_read(there, load)
    load.check()
    assert load.book.slowest_s < REFUSED_WITHIN_S
    assert [watcher.connections for watcher in load.watchers] == [1]


def is_back(server: ServerPart) -> bool:
    with server.client() as client:
        return client.get("/logs/recent-logs?site=saf&after_time=1").status_code == 200


def all_is_read(there: Stack, load: Load) -> None:
    """Files that came meanwhile are noted and read later, without anybody's doing."""
    read = "SELECT filename FROM images_upload WHERE state = 'done'"
    eventually(lambda: load.book.uploaded <= {name for (name,) in there.rows(read)}, 240)
    eventually(lambda: there.rows("SELECT filename FROM images_upload WHERE state != 'done'") == [], 60)

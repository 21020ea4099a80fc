"""Redis restarted, with what it kept and without, and frozen: nothing fails that only needs the database."""

from collections.abc import Iterator

import pytest

from photonranch.tests.drills.load import Load
from testing.stack import Stack, eventually, stack

pytestmark = [pytest.mark.drill]

# A write waits for Redis at most twice: to send a frame, and to start a task.
SLOWEST_S = 20.0


@pytest.fixture(scope="module")
def there() -> Iterator[Stack]:
    with stack("uvicorn", "granian", "daphne", workers=1, beat=True) as made:
        yield made


@pytest.mark.parametrize("keeps", [True, False], ids=["with its data", "empty"])
def test_it_dies_and_comes_back(there: Stack, keeps: bool) -> None:
    """Writes succeed meanwhile; their frames come late and not twice; files are read by themselves."""
    with Load(there) as load:
        there.redis.kill()
        load.has_done(5)
        if not keeps:
            there.redis.forget()
        there.redis.start()
        load.has_done(5)
    ends_well(there, load)


def test_it_stands_still(there: Stack) -> None:
    with Load(there) as load:
        there.redis.freeze()
        load.has_done(3)
        there.redis.thaw()
        load.has_done(5)
    ends_well(there, load)


def ends_well(there: Stack, load: Load) -> None:
    refused = [name for name in load.book.done if name.endswith("cut off")]
    assert refused == [], "nothing that these writers do needs Redis"
    assert load.book.slowest_s < SLOWEST_S
    read = "SELECT filename FROM images_upload WHERE state = 'done'"
    eventually(lambda: load.book.uploaded <= {name for (name,) in there.rows(read)}, 240)
    load.check()
    for part in (*there.servers, *there.workers, there.beat):
        assert part.process
        assert not part.process.ended
    # Beat goes on without having been started again; that the worker does, the files show.
    says = "Sending due task resume-files"
    before = there.beat.output.count(says)
    eventually(lambda: there.beat.output.count(says) > before)

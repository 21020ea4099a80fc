"""The clock jumps back by an hour, under load: nothing repeats, nothing stalls, nobody is locked out."""

import re
from pathlib import Path

import pytest

from photonranch.tests.drills.load import Load
from testing.stack import ServerPart, Stack, StackPart, eventually, stack

pytestmark = [pytest.mark.drill]


class Clock:
    """The clock of Python processes that run with `env`; see clock/sitecustomize.py."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "clock"
        self.set_back(0)
        self.env = {
            "PYTHONPATH": str(Path(__file__).parent / "clock"),
            "DRILL_CLOCK": str(self.file),
        }

    def set_back(self, seconds: int) -> None:
        draft = self.file.with_suffix(".draft")
        draft.write_text(str(seconds))
        draft.replace(self.file)


@pytest.fixture
def clock(tmp_path: Path) -> Clock:
    return Clock(tmp_path)


def test_an_hour_back_in_production(clock: Clock) -> None:
    with stack("uvicorn", "granian", workers=1, beat=True, env=clock.env) as there:
        with Load(there) as load:
            load.has_done(5)
            clock.set_back(3600)
            load.has_done(10)
            for part in (*there.servers, there.beat):
                part.kill()
                part.start()
            load.has_done(10)
        read = "SELECT filename FROM images_upload WHERE state = 'done'"
        eventually(lambda: load.book.uploaded <= {name for (name,) in there.rows(read)}, 240)
        load.check()
        commands_keep_their_order(there)
        beat_goes_on(there.beat)


def test_an_hour_back_in_one_process(clock: Clock) -> None:
    with stack("embedded", databases=False, env=clock.env) as there:
        [server] = there.servers
        with Load(there) as load:
            load.has_done(5)
            clock.set_back(3600)
            load.has_done(10)
            server.kill()
            load.excuse_frames()
            server.start()
            load.has_done(10)
        read = "SELECT filename FROM images_upload WHERE state = 'done'"
        eventually(lambda: load.book.uploaded <= {name for (name,) in there.rows(read)}, 240)
        load.check()
        commands_keep_their_order(there)
        before = resumed(server)
        eventually(lambda: resumed(server) > before + 1)


def commands_keep_their_order(there: Stack) -> None:
    """Ids and times of one site's commands grow together, without a tie."""
    rows = there.rows("SELECT timestamp_ms, ulid FROM jobs_job ORDER BY timestamp_ms, ulid")
    times = [at for at, _ in rows]
    assert len(times) == len(set(times)) > 20
    assert [ulid for _, ulid in rows] == sorted(ulid for _, ulid in rows)


def beat_goes_on(beat: StackPart) -> None:
    says = "Sending due task resume-files"
    before = beat.output.count(says)
    eventually(lambda: beat.output.count(says) > before + 1)


def resumed(server: ServerPart) -> float:
    """How often it has looked for files that were left; its own beat says when."""
    with server.client() as client:
        told = client.get("/metrics").text
    found = re.search(r'photonranch_tasks_total{[^}]*"images.tasks.resume"[^}]*} (\S+)', told)
    return float(found[1]) if found else 0.0

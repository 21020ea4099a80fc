"""The child that reads strangers' files: what it may use, how it ends, and that its worker lives on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from images import pictures
from images.childprocess import ROOT, Child, ChildFailed, Children
from images.fitsfile import Unreadable
from images.tests.frames import jpg, packed_fits

# Started as the real one is; its work is what a file might make it do.
EXTRA = """
import os, signal, sys, time
from pathlib import Path
from images import childprocess
answers = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)
childprocess.end_with(0)
childprocess.limit_memory()
hog = []
def eat():
    while True:
        hog.append(bytearray(16 * 1024 * 1024))
def wrong():
    raise KeyError("nobody foresaw this")
work = {
    "pid": os.getpid, "eat": eat, "wrong": wrong, "sleep": lambda: time.sleep(60),
    "spin": lambda: sum(0 for _ in iter(int, 1)),
    "crash": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "environment": lambda: dict(os.environ),
    "print": lambda: print("an odd line"),
    "chatter": lambda: "x" * 1_000_000,
}
childprocess.work_on(work, os.fdopen(0, "rb", buffering=0), answers)
"""


@pytest.fixture
def odd(monkeypatch: pytest.MonkeyPatch) -> Iterator[Children]:
    """Children that do what is asked of them."""
    popen = subprocess.Popen

    def started(command: list[str], **options: Any) -> Any:
        return popen([command[0], "-c", EXTRA], **options)

    monkeypatch.setattr(subprocess, "Popen", started)
    children = Children()
    yield children
    children.end()


def test_it_works(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpg())
    pictures.thumbnail(tmp_path / "a.jpg", tmp_path / "b.jpg")
    pictures.check_jpg(tmp_path / "b.jpg")


def test_the_same_child_is_asked_again(odd: Children) -> None:
    assert odd.run("pid", seconds=5) == odd.run("pid", seconds=5) != os.getpid()


def test_after_many_jobs_a_fresh_one_takes_over(odd: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("images.childprocess.JOBS", 3)
    pids = [odd.run("pid", seconds=5) for _ in range(6)]
    assert pids[0] == pids[2] != pids[3] == pids[5]


def test_many_threads_ask_at_once(odd: Children) -> None:
    with ThreadPoolExecutor(4) as threads:
        pids = list(threads.map(lambda _: odd.run("pid", seconds=20), range(40)))
    assert len(set(pids)) <= 4
    assert len(odd.idle) <= 4


@pytest.mark.parametrize(
    ("work", "said"),
    [
        ("eat", "it takes more than 512 MiB of memory"),
        ("sleep", "it takes longer than 1 s"),
        ("spin", "it takes longer than 1 s"),
        ("crash", r"it made the program that reads it fail \(SIGSEGV\)"),
    ],
)
def test_what_no_check_foresaw_ends_the_child(odd: Children, work: str, said: str) -> None:
    first = odd.run("pid", seconds=5)
    with pytest.raises(Unreadable, match=said):
        odd.run(work, seconds=60 if work == "eat" else 1)
    assert odd.run("pid", seconds=5) != first


@pytest.mark.parametrize(
    ("work", "said"), [("wrong", "KeyError: 'nobody foresaw this'"), ("killed", "ended with -9")]
)
def test_what_is_not_the_file_s_fault(odd: Children, work: str, said: str) -> None:
    with pytest.raises(ChildFailed, match=said):
        odd.run(work, seconds=5)
    assert odd.run("pid", seconds=5)


def test_a_child_that_stands_still_is_ended(odd: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("images.childprocess.LATE_S", 0.2)
    pid = odd.run("pid", seconds=5)
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(Unreadable, match="it takes longer than"):
        odd.run("pid", seconds=0.2)
    assert gone(pid)


def test_one_that_went_home_is_replaced(odd: Children) -> None:
    pid = odd.run("pid", seconds=5)
    [idle] = odd.idle
    stdin: Any = idle.process.stdin
    os.kill(pid, signal.SIGTERM)
    idle.process.wait()
    idle.process.returncode = 0
    assert stdin
    assert odd.run("pid", seconds=5) != pid


def test_it_gets_no_secret(odd: Children, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hush")
    monkeypatch.setenv("DATABASE_URL", "postgres://hush")
    assert not [value for value in odd.run("environment", seconds=5).values() if "hush" in value]


def test_what_it_prints_is_no_answer(odd: Children) -> None:
    assert odd.run("print", seconds=5) is None


def test_an_answer_without_end_is_not_waited_for(odd: Children) -> None:
    with pytest.raises(Unreadable):
        odd.run("chatter", seconds=5)


WORKER = """
import sys, threading
from images.childprocess import children
children.warm_up()
child = children.idle[0]
print(child.process.pid, flush=True)
if sys.argv[1] == "busy":
    # A named pipe that nobody writes to.
    threading.Thread(target=children.run, args=("tiff", sys.argv[2], "/dev/null", "linear"),
                     kwargs={"seconds": 60}).start()
sys.stdin.read()
"""


@pytest.mark.parametrize("how", ["idle", "busy"])
def test_a_killed_worker_leaves_no_child(tmp_path: Path, how: str) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, how, str(pipe)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    with worker:
        assert worker.stdout
        pid = int(worker.stdout.readline())
        # Opened as soon as the child has opened the other end: then it waits for what never comes.
        with pipe.open("wb") if how == "busy" else nullcontext():
            worker.kill()
            wait_for(lambda: gone(pid))


def gone(pid: int) -> bool:
    """Whether that process has ended; whoever is its parent now may not have noticed yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_forked_process_leaves_its_parent_s_children_alone(tmp_path: Path) -> None:
    """As Celery's prefork pool does with whatever its first process had begun."""
    script = """
import os, sys
from images.childprocess import children
def used():
    children.run("check_jpg", sys.argv[1], seconds=20)
    return children.idle[0].process.pid
pid = used()
if not (forked := os.fork()):
    ok = used() != pid
    children.end()
    os._exit(0 if ok else 1)
assert os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]) == 0
assert used() == pid
"""
    (tmp_path / "a.jpg").write_bytes(jpg())
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "a.jpg")], cwd=ROOT, check=True, timeout=60)


def test_one_that_cannot_start_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    popen = subprocess.Popen
    monkeypatch.setattr(
        subprocess, "Popen", lambda command, **options: popen([command[0], "-c", ""], **options)
    )
    with pytest.raises(ChildFailed, match="does not start"):
        Children().run("pid", seconds=5)


def test_its_limit_is_set(tmp_path: Path) -> None:
    """The kernel's word for it, of a child that has done every kind of work."""
    child = Child()
    try:
        (tmp_path / "a.fits.fz").write_bytes(packed_fits())
        answer = child.ask("tiff", [str(tmp_path / "a.fits.fz"), str(tmp_path / "a.tif"), "linear"], 60)
        assert answer == {"result": None}
        limits = Path(f"/proc/{child.process.pid}/limits").read_text()
        [line] = [line for line in limits.splitlines() if line.startswith("Max address space")]
        assert line.split()[3:5] == [str(512 * 1024**2)] * 2
    finally:
        child.end()

"""Work on strangers' files in a child process: what no check foresaw ends the child and not the worker.

A child is a Python of its own, started by `exec` (a fork of a process with threads is not safe) and kept for
the next file: starting one and loading Pillow and numpy takes 0.2 s, astropy another 0.3 s when the first
frame needs it, a question to a running one 0.1 ms beside the 10 ms of a thumbnail. That is why small pictures
are not made in the worker itself, and why each file does not get a child of its own. It may use MEMORY bytes
of addresses (RLIMIT_AS), each piece of work has its time, and after JOBS of them a fresh one takes over. It
gets no secret: nothing of the environment but what Python needs.

Every thread of a worker has a child while it asks, so this serves Celery's processes, its threads and the
embedded worker alike. A child ends with its worker, however that ends: it reads from a pipe that nobody else
holds, and a thread in it watches that pipe while it works. Questions and answers are lines of JSON; what
comes from a child is never unpickled.

`python -m images.childprocess` is the child.
"""

import atexit
import errno
import json
import logging
import os
import resource
import select
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import IO, Any

from images.fitsfile import Unreadable

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent
# Python, numpy, Pillow, tifffile and astropy take 140 MiB of it, the largest frame another 150.
MEMORY = 512 * 1024**2
JOBS = 500
# A child that nobody asks anything for so long goes home.
IDLE_S = 600
# How much longer than its time a child may take to end before it is ended.
LATE_S = 5.0
LONGEST_ANSWER = 64 * 1024
KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH")
# One thread each: another has its own stack and its own heap in the memory that is limited.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}
# What a child dies of that its file is to blame for. (SIGKILL is also what ends it with its service.)
_BLAMED = {signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGXCPU}


class ChildFailed(RuntimeError):
    """The work did not end as foreseen, and its file may not be the reason."""


# --- In the worker -----------------------------------------------------------------------------------------


class Child:
    def __init__(self) -> None:
        kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "images.childprocess"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**kept, **ONE_THREAD},
            # Ctrl-C in a terminal is for the worker, which ends what it has begun.
            start_new_session=True,
        )
        self.jobs = 0

    def ask(self, work: str, arguments: list[str], seconds: float) -> dict[str, Any]:
        """Its answer. Raises Unreadable where the work cost it its life, ChildFailed where something else
        did, BrokenPipeError where it was dead before."""
        self.jobs += 1
        stdin: Any = self.process.stdin
        stdin.write(json.dumps([work, arguments, seconds]).encode() + b"\n")
        stdin.flush()
        try:
            line = self._line(monotonic() + seconds + LATE_S)
        except TimeoutError:
            self.process.kill()
            raise _too_slow(seconds) from None
        if not line:
            raise self._end_of_it(seconds)
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _line(self, until: float) -> bytes:
        """What it writes up to a newline; nothing when it ends before."""
        stdout: Any = self.process.stdout
        readable = select.poll()  # `select` knows no file descriptor above 1023.
        readable.register(stdout, select.POLLIN)
        found = b""
        while not found.endswith(b"\n"):
            if len(found) > LONGEST_ANSWER or not readable.poll(max(0.0, until - monotonic()) * 1000):
                raise TimeoutError
            part = os.read(stdout.fileno(), LONGEST_ANSWER)
            if not part:
                return b""
            found += part
        return found

    def _end_of_it(self, seconds: float) -> Exception:
        ended = -self.process.wait(LATE_S)
        if ended == signal.SIGALRM:
            return _too_slow(seconds)
        if ended in _BLAMED:
            return Unreadable(f"it made the program that reads it fail ({signal.Signals(ended).name})")
        if ended == 0:
            return BrokenPipeError()
        return ChildFailed(f"the process that reads files ended with {-ended}")

    def end(self) -> None:
        """It ends by itself when its pipe is closed."""
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe
            try:
                pipe.close()
            except BrokenPipeError:
                continue
        try:
            self.process.wait(LATE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _too_slow(seconds: float) -> Unreadable:
    return Unreadable(f"it takes longer than {seconds:.0f} s")


class Children:
    """Those that wait for work in this process; one that works belongs to who asked it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.idle: list[Child] = []

    def run(self, work: str, *arguments: object, seconds: float) -> Any:
        """What `work` (a name in WORK) returns for these arguments, as JSON can say it.

        Raises Unreadable, OSError where the disk is full, or ChildFailed.
        """
        texts = [str(each) for each in arguments]
        while True:
            child, was_idle = self._taken()
            try:
                answer = child.ask(work, texts, seconds)
            except BrokenPipeError:
                child.end()
                if was_idle:
                    continue  # It had gone home meanwhile.
                raise ChildFailed("the process that reads files does not start") from None
            except BaseException:
                child.process.kill()
                child.end()
                raise
            self._give_back(child, answer)
            return _result(answer)

    def warm_up(self) -> None:
        """Have a child started, so that the first file does not wait for it."""
        if not self.idle:
            self._give_back(Child(), {})

    def _taken(self) -> tuple[Child, bool]:
        with self.lock:
            if self.idle:
                return self.idle.pop(), True
        return Child(), False

    def _give_back(self, child: Child, answer: dict[str, Any]) -> None:
        if child.jobs >= JOBS or "last" in answer:
            child.end()
            return
        with self.lock:
            self.idle.append(child)

    def end(self) -> None:
        with self.lock:
            ending, self.idle = self.idle, []
        for child in ending:
            child.end()

    def forget(self) -> None:
        """After a fork: they are the parent's."""
        self.lock = threading.Lock()
        for child in self.idle:
            for pipe in (child.process.stdin, child.process.stdout):
                os.close(pipe.fileno())  # type: ignore[union-attr]
            child.process.returncode = 0
        self.idle = []


def _result(answer: dict[str, Any]) -> Any:
    if "unreadable" in answer:
        raise Unreadable(answer["unreadable"])
    if "full" in answer:
        raise OSError(answer["full"], os.strerror(answer["full"]))
    if "failed" in answer:
        raise ChildFailed(answer["failed"])
    return answer["result"]


children = Children()
atexit.register(children.end)
os.register_at_fork(after_in_child=children.forget)


# --- In the child ------------------------------------------------------------------------------------------


def work_on(work: dict[str, Callable[..., Any]], questions: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until nobody asks any more."""
    while select.select([questions], [], [], IDLE_S)[0] and (line := questions.readline()):
        name, arguments, seconds = json.loads(line)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        answer = _answer(work[name], arguments)
        signal.setitimer(signal.ITIMER_REAL, 0)
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()


def _answer(work: Callable[..., Any], arguments: list[str]) -> dict[str, Any]:
    try:
        return {"result": work(*arguments)}
    except Unreadable as reason:
        return {"unreadable": str(reason)}
    except MemoryError:
        # What it had is in pieces: a fresh child is better.
        return {"unreadable": f"it takes more than {MEMORY // 1024**2} MiB of memory", "last": True}
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return {"full": error.errno}
        return _failed(error)
    except Exception as error:
        return _failed(error)


def _failed(error: Exception) -> dict[str, Any]:
    traceback.print_exc()
    return {"failed": f"{type(error).__name__}: {str(error)[:500]}", "last": True}


def limit_memory() -> None:
    """Where the system has no such limit the checks of sizes and the time are what is left."""
    try:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (OSError, ValueError):
        log.warning("the memory of the process that reads files cannot be limited here")


def end_with(pipe: int) -> None:
    """End this process at once when nobody holds the other end of `pipe`."""

    def watch() -> None:
        hung_up = select.poll()
        hung_up.register(pipe, 0)
        hung_up.poll()
        os._exit(0)

    threading.stack_size(256 * 1024)
    threading.Thread(target=watch, daemon=True).start()


def main() -> None:
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # What a library prints is no answer.
    end_with(0)
    from images import conversions, unpacking

    limit_memory()
    work: dict[str, Callable[..., Any]] = {
        "check_jpg": lambda source: conversions.check_jpg(Path(source)),
        "preview": lambda source, target: conversions.preview(Path(source), Path(target)),
        "thumbnail": lambda source, target: conversions.thumbnail(Path(source), Path(target)),
        "tiff": lambda source, target, stretch: conversions.tiff(Path(source), Path(target), stretch),
        "unpack": lambda source, target, packing: unpacking.unpack(Path(source), Path(target), packing),
    }
    # Unbuffered, so that `select` sees every line that is there.
    work_on(work, os.fdopen(0, "rb", buffering=0), answers)


if __name__ == "__main__":
    main()

"""What an outsider's file, or many callers, can cost: pixels, memory, time, disk, threads."""

import asyncio
import bz2
import gzip
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from django.test import AsyncClient

from analysis import child, frames, pool, reading, services, views
from analysis.tests.fields import LARGE, ask, counts, field, look, packed, plain, sent, written
from images.store import LocalStore, store
from images.tests.frames import BASE, folder
from photonranch.errors import Unavailable
from testing.cast import Api, at_once, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]

PLAIN = f"{BASE}-EX00.fits"


class Asked(list[dict[str, Any]]):
    """The questions that children were started for."""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    found, ask_child = Asked(), services._ask

    def asking(stored: Any, question: dict[str, Any]) -> dict[str, Any]:
        found.append(question)
        return ask_child(stored, question)

    monkeypatch.setattr(services, "_ask", asking)
    return found


def claims(width: int, height: int) -> bytes:
    """A header of a frame of that size, and nothing behind it."""
    header = fits.Header(
        [("SIMPLE", True), ("BITPIX", 16), ("NAXIS", 2), ("NAXIS1", width), ("NAXIS2", height)]
    )
    return bytes(header.tostring(), "ascii")


# --- A frame is read once ----------------------------------------------------------------------------------


def test_it_works(api: Api, asked: Asked, kept: Path) -> None:
    """The calls, as the frontend makes them: the file is read for the first of them alone."""
    sent(api, packed(counts(field())))

    look(api, "statistics")
    look(api, "histogram-clipped", clip_percent=0.001)
    look(api, "lineprofile", start={"x": 0, "y": 0}, end={"x": 1, "y": 1})
    assert look(api, "stars")["stars"]["count"] == 40

    assert [question["source"] is None for question in asked] == [False, True, True, True]
    assert len(list(kept.iterdir())) == 1


def test_calls_at_once_for_a_new_frame_read_it_once(monkeypatch: pytest.MonkeyPatch, api: Api) -> None:
    sent(api, packed(counts(field())))
    opened, reading_of = [], LocalStore.reading

    def counted(self: LocalStore, key: str) -> Any:
        opened.append(key)
        return reading_of(self, key)

    monkeypatch.setattr(LocalStore, "reading", counted)
    stored = store().find(f"data/{LARGE}")
    assert stored

    answers = at_once(3, lambda _: services.measure(stored, "statistics", {"region": None}))

    assert answers[0] == answers[1] == answers[2]
    assert opened == [f"data/{LARGE}"]


def test_what_was_removed_meanwhile_is_read_again(api: Api, asked: Asked, kept: Path) -> None:
    """Another process made room between the look and the child."""
    sent(api, packed(counts(field())))
    first = look(api, "statistics")
    place = next(kept.iterdir())
    ask_child = services._ask

    def removing(stored: Any, question: dict[str, Any]) -> dict[str, Any]:
        place.unlink(missing_ok=True)
        return ask_child(stored, question)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(services, "_ask", removing)
        assert look(api, "statistics") == first


def test_old_pixels_make_room(settings: Any, monkeypatch: pytest.MonkeyPatch, kept: Path) -> None:
    kept.mkdir()
    now = time.time()
    for number, age in enumerate((10, 20, 30, 2 * services.KEEP_S)):
        (kept / f"{number}.npy").write_bytes(b"x" * 100)
        os.utime(kept / f"{number}.npy", (now - age, now - age))
    monkeypatch.setattr(services, "KEEP_BYTES", 250)

    services.make_room()

    assert sorted(path.name for path in kept.iterdir()) == ["0.npy", "1.npy"]


# --- Files that cannot be read -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        (PLAIN, claims(100_000, 100_000), "it has 10000000000 pixels, and 160000000 can be analysed"),
        (PLAIN, claims(1000, 1000), "it cannot be read as FITS ("),
        (PLAIN, plain(counts(field()))[:-200_000], "it cannot be read as FITS ("),
        (LARGE, packed(counts(field()))[:40_000], "it cannot be read as FITS ("),
        (PLAIN, b"nothing" * 1000, "it cannot be read as FITS ("),
        (PLAIN, written(fits.PrimaryHDU()), "there is no image in it"),
        (f"{PLAIN}.gz", gzip.compress(bytes(50_000_000)), "it cannot be read as FITS ("),
        (f"{PLAIN}.bz2", bz2.compress(b"SIMPLE  =" + b" " * 50_000_000), "it cannot be read as FITS ("),
        (f"{PLAIN}.gz", gzip.compress(plain(counts(field())))[:-3000], "it cannot be read as FITS ("),
    ],
)
def test_it_is_refused_and_at_once_the_next_time(
    api: Api, asked: Asked, name: str, content: bytes, reason: str
) -> None:
    sent(api, content, name)

    answers = [ask(api, "statistics", name) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert text(answers[0]).startswith(f"{name} cannot be analysed: {reason}")
    assert text(answers[0]) == text(answers[1])
    assert len(asked) == 1


def test_nothing_half_read_is_left(api: Api, kept: Path) -> None:
    sent(api, plain(counts(field()))[:-200_000], PLAIN)
    ask(api, "statistics", PLAIN)

    assert [path.suffix for path in kept.iterdir()] == [".refused"]


def test_no_room_on_the_disk(api: Api, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said so, and is no fault of the file."""
    sent(api, packed(counts(field())))
    with pytest.MonkeyPatch.context() as full:
        full.setattr(services, "_ask", lambda *_: {"full": True})
        answer = ask(api, "statistics")

    assert (answer.status_code, text(answer)[:28]) == (507, "The server has no space left")
    assert look(api, "statistics")["stats"]


def test_the_disk_is_looked_at_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = tmp_path / "source", tmp_path / "target.npy"
    source.write_bytes(packed(counts(field())))
    monkeypatch.setattr(reading, "SPARE_BYTES", 1 << 60)

    question = {
        "decoded": str(target),
        "source": str(source),
        "measure": "statistics",
        "with": {"region": None},
    }
    assert child.answer(question) == {"full": True}
    assert not target.exists()


# --- The child's bounds ------------------------------------------------------------------------------------


def run_child(bounds: str, question: dict[str, Any]) -> "subprocess.CompletedProcess[str]":
    """The child with other bounds than it has."""
    program = f"from analysis import child; {bounds}; child.main()"
    return subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(question),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def question(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "frame.fits").write_bytes(plain(np.zeros((4000, 4000), np.float32)))
    return {
        "decoded": str(tmp_path / "frame.npy"),
        "source": str(tmp_path / "frame.fits"),
        "measure": "statistics",
        "with": {"region": None},
    }


def test_too_much_memory_is_a_refusal(question: dict[str, Any]) -> None:
    ended = run_child("child.MEMORY_BYTES = 256 * 1024**2", question)

    assert json.loads(ended.stdout) == {
        "refused": "it takes more memory than there is for this",
        "lasting": True,
    }


def test_too_much_time_ends_it(question: dict[str, Any]) -> None:
    ended = run_child("child.CPU_S = 0", question)

    assert ended.returncode < 0


def test_a_child_that_was_ended_is_a_refusal(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sent(api, packed(counts(field())))
    with pytest.MonkeyPatch.context() as ending:
        ending.setattr(sys, "executable", "/bin/false")
        first = ask(api, "statistics")

    assert first.status_code == 422
    assert text(first) == f"{LARGE} cannot be analysed: it takes more memory or time than there is for this."
    assert f"data/{LARGE}: analysing ended with 1" in caplog.text
    assert text(ask(api, "statistics")) == text(first)


def test_a_busy_machine_is_no_fault_of_the_file(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    sent(api, packed(counts(field())))
    with pytest.MonkeyPatch.context() as busy:
        busy.setattr(services, "TIME_S", 0.01)
        answer = ask(api, "statistics")

    assert (answer.status_code, text(answer)[:22]) == (503, "The server is too busy")
    assert "took longer than 0.01 s" in caplog.text
    assert look(api, "statistics")["stats"]


def test_nothing_secret_reaches_the_child(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    sent(api, packed(counts(field())))
    started: list[dict[str, str]] = []
    run = subprocess.run

    def noted(*args: Any, **options: Any) -> Any:
        started.append(options["env"])
        return run(*args, **options)

    monkeypatch.setattr(subprocess, "run", noted)

    look(api, "statistics")

    assert [set(env) for env in started] == [{"PATH", "OPENBLAS_NUM_THREADS", "PYTHONDONTWRITEBYTECODE"}]


def test_what_nobody_foresaw_is_500_and_logged(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sent(api, packed(counts(field())))
    monkeypatch.setattr(services, "_ask", lambda *_: 1 / 0)

    assert ask(api, "statistics").status_code == 500
    assert "ZeroDivisionError" in caplog.text


# --- Many callers ------------------------------------------------------------------------------------------


class Slow:
    """Measures nothing until it is told to."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.go_on = threading.Event()

    def __call__(self, *_: Any) -> dict[str, float]:
        self.begun.release()
        assert self.go_on.wait(300)
        return {"max": 1.0}


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    made = Slow()
    monkeypatch.setattr(services, "measure", made)
    return made


async def test_those_who_wait_hold_no_thread(slow: Slow) -> None:
    """Under ASGI: as many as may wait do, one more is sent away, and everybody else is served meanwhile."""
    (folder() / "data").mkdir(parents=True)
    (folder() / "data" / LARGE).write_bytes(b"SIMPLE")
    body = json.dumps({"full_filename": LARGE, "s3_directory": "data"})
    client = AsyncClient()

    def call() -> Any:
        return client.post("/quickanalysis/statistics", body, content_type="application/json")

    waiting = [asyncio.create_task(call()) for _ in range(pool.AT_ONCE + pool.WAITING)]
    try:
        for _ in range(pool.AT_ONCE):
            assert await asyncio.to_thread(slow.begun.acquire, timeout=300)
        await _until(lambda: not pool._places._value)
        refused = await call()
        assert (refused.status_code, text(refused)) == (
            503,
            "Other frames are being analysed just now; please try again in a moment.",
        )
        assert (await client.get("/healthz")).status_code == 200
        assert not any(task.done() for task in waiting)
    finally:
        slow.go_on.set()
    assert [(await task).status_code for task in waiting] == [200] * len(waiting)
    assert (await call()).status_code == 200


def _free_places() -> int:
    value: int = pool._places._value
    return value


async def _until(true: Any) -> None:
    """Tasks that were started get their turn."""
    for _ in range(30_000):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen")


async def test_who_leaves_gives_up_the_place(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder() / "data").mkdir(parents=True)
    (folder() / "data" / LARGE).write_bytes(b"SIMPLE")
    body = json.dumps({"full_filename": LARGE, "s3_directory": "data"})
    client = AsyncClient()

    def call() -> Any:
        return client.post("/quickanalysis/statistics", body, content_type="application/json")

    answer_of, awaited = views.answer_of, []

    async def noted(started: views.Started) -> Any:
        awaited.append(started)
        return await answer_of(started)

    monkeypatch.setattr(views, "answer_of", noted)
    waiting = [asyncio.create_task(call()) for _ in range(pool.AT_ONCE)]
    try:
        for _ in range(pool.AT_ONCE):
            assert await asyncio.to_thread(slow.begun.acquire, timeout=300)
        waiting += [asyncio.create_task(call()) for _ in range(pool.WAITING)]
        await _until(lambda: len(awaited) == pool.AT_ONCE + pool.WAITING)
        assert _free_places() == 0
        last = waiting.pop()
        last.cancel()
        await _until(lambda: _free_places() == 1)
    finally:
        slow.go_on.set()
    assert [(await task).status_code for task in waiting] == [200] * len(waiting)


async def test_who_leaves_before_the_place_is_taken_gives_it_back(
    slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the request is still being read and checked, in a thread that nobody can stop."""
    (folder() / "data").mkdir(parents=True)
    (folder() / "data" / LARGE).write_bytes(b"SIMPLE")
    body = json.dumps({"full_filename": LARGE, "s3_directory": "data"})
    client = AsyncClient()
    find, start = frames.find, pool.start
    checking, go_on, started = threading.Event(), threading.Event(), []

    def held_up(*args: Any) -> Any:
        checking.set()
        assert go_on.wait(300)
        return find(*args)

    def noted(work: Any) -> Any:
        started.append(work)
        return start(work)

    def call() -> Any:
        return client.post("/quickanalysis/statistics", body, content_type="application/json")

    waiting = [asyncio.create_task(call()) for _ in range(pool.AT_ONCE)]
    try:
        for _ in range(pool.AT_ONCE):
            assert await asyncio.to_thread(slow.begun.acquire, timeout=300)
        monkeypatch.setattr(frames, "find", held_up)
        monkeypatch.setattr(pool, "start", noted)
        leaving = asyncio.create_task(call())
        assert await asyncio.to_thread(checking.wait, 300)
        leaving.cancel()
        await _until(leaving.done)
        go_on.set()
        await _until(lambda: started and _free_places() == pool.WAITING)
    finally:
        go_on.set()
        slow.go_on.set()
    assert leaving.cancelled()
    assert [(await task).status_code for task in waiting] == [200] * len(waiting)
    assert not slow.begun.acquire(blocking=False)


def test_a_place_is_free_again_after_a_failure() -> None:
    for _ in range(2 * (pool.AT_ONCE + pool.WAITING)):
        with pytest.raises(ZeroDivisionError):
            pool.start(lambda: 1 / 0).result(300)


def test_too_many_are_refused() -> None:
    released = threading.Event()
    futures = [pool.start(released.wait) for _ in range(pool.AT_ONCE + pool.WAITING)]
    try:
        with pytest.raises(Unavailable):
            pool.start(released.wait)
    finally:
        released.set()
    assert all(future.result(300) for future in futures)

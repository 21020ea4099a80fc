"""Whether a worker is there is asked once for all who want to know."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from images.workers import Workers
from photonranch.celery import app


@pytest.mark.parametrize("alive", [True, False])
def test_it_works(monkeypatch: pytest.MonkeyPatch, alive: bool) -> None:
    monkeypatch.setattr(app.control, "ping", lambda **_: [{"worker": {}}] if alive else [])
    assert Workers().answer() is alive


def test_a_broker_that_does_not_answer_is_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: Any) -> None:
        raise OSError("refused")

    monkeypatch.setattr(app.control, "ping", fail)
    assert Workers().answer() is False


def test_many_who_ask_at_once_share_one_question(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    all_there = threading.Barrier(8)

    def ping(**_: Any) -> list[Any]:
        asked.append(1)
        return [{"worker": {}}]

    monkeypatch.setattr(app.control, "ping", ping)
    workers = Workers()

    def ask(_: int) -> bool:
        all_there.wait()
        return workers.answer()

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(ask, range(8))) == [True] * 8
    assert asked == [1]


def test_the_answer_does_not_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.control, "ping", lambda **_: [])
    now = [100.0]
    monkeypatch.setattr("images.workers.monotonic", lambda: now[0])
    workers = Workers()
    assert workers.answer() is False
    monkeypatch.setattr(app.control, "ping", lambda **_: [{"worker": {}}])
    now[0] += 1.9
    assert workers.answer() is False
    now[0] += 0.2
    assert workers.answer() is True

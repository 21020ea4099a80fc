"""Frames that Redis did not take at once: sent later, in order, once."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from streams import retry_queue as retry_queue_module
from streams import services
from streams.layers import NotSent
from streams.metrics import metrics
from streams.retry_queue import retry_queue
from streams.services import send
from testing.parts import eventually


class Broker:
    """A layer that takes frames when it is told to. `deaf`: it takes them, and nobody hears its answer."""

    def __init__(self) -> None:
        self.answers = threading.Event()
        self.deaf = False
        self.taken: list[tuple[str, bytes]] = []
        self.tokens: set[str] = set()

    def publish(self, site: str, body: bytes, token: str = "") -> int:
        token = token or f"token {len(self.tokens)}"
        if (self.answers.is_set() or self.deaf) and token not in self.tokens:
            self.tokens.add(token)
            self.taken.append((site, body))
        if not self.answers.is_set():
            raise NotSent("no answer", token)
        return 1


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    layer = Broker()
    monkeypatch.setattr(services, "get_channel_layer", lambda: layer)
    monkeypatch.setattr(retry_queue_module, "AGAIN_S", 0.01)
    yield layer
    retry_queue.clear()


def say(*numbers: int) -> None:
    for number in numbers:
        send("saf", str(number).encode())


def taken(broker: Broker) -> list[int]:
    return [int(body) for _, body in broker.taken]


def test_it_works(broker: Broker) -> None:
    say(1, 2, 3)
    assert taken(broker) == []
    assert metrics.unsent == 3

    broker.answers.set()
    eventually(lambda: taken(broker) == [1, 2, 3], 10)
    eventually(lambda: not retry_queue.frames, 10)
    say(4)
    assert taken(broker) == [1, 2, 3, 4]
    assert (metrics.unsent, metrics.lost) == (3, 0)


def test_nothing_overtakes_what_waits(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry_queue_module, "AGAIN_S", 0.5)
    say(1)
    broker.answers.set()
    say(2, 3)

    assert taken(broker) == []
    eventually(lambda: taken(broker) == [1, 2, 3], 10)


def test_a_frame_whose_answer_did_not_come_is_not_sent_twice(broker: Broker) -> None:
    broker.deaf = True
    say(1)
    assert taken(broker) == [1]

    broker.answers.set()
    eventually(lambda: not retry_queue.frames, 10)
    assert taken(broker) == [1]


def test_there_are_bounds(broker: Broker, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """The oldest go first, and are counted."""
    monkeypatch.setattr(retry_queue_module, "MAX_FRAMES", 3)
    say(1, 2, 3, 4, 5)
    assert metrics.lost == 2
    monkeypatch.setattr(retry_queue_module, "MAX_BYTES", 1)
    say(6)
    assert metrics.lost == 5
    assert len(retry_queue.frames) == 1

    settings.STREAM_BACKLOG_S = 0
    eventually(lambda: not retry_queue.frames, 10)
    assert metrics.lost == 6
    assert taken(broker) == []

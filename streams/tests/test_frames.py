"""Frames and their ids."""

import json
from typing import Any
from unittest.mock import patch

import pytest
import time_machine

from streams import frames, layers
from streams.frames import encode
from streams.layers import InProcessLayer

BODY = encode("saf", "testing", None)
NOW_US = 1_795_215_496_123_456


def test_it_works(layer: Any) -> None:
    number = layer.publish("saf", encode("saf", "jobs", {"ulid": "x", "π": [1.0, None]}))

    [frame] = _kept(layer)
    assert frame.text.startswith(f'{{"id":{number},"topic":"jobs","site":"saf","data":')
    assert json.loads(frame.text) == {
        "id": number,
        "topic": "jobs",
        "site": "saf",
        "data": {"ulid": "x", "π": [1.0, None]},
    }
    assert (frame.site, frame.id, frame.after) == ("saf", number, 0)


def test_ids_are_the_time_in_microseconds(layer: Any) -> None:
    before = frames.now_us()
    number = layer.publish("saf", BODY)

    # Redis has a clock of its own; both are this machine's here.
    assert before - 1_000_000 < number < frames.now_us() + 1_000_000
    assert number < 2**53


def test_ids_grow_and_each_names_the_one_before(layer: Any) -> None:
    numbers = [layer.publish("saf", BODY) for _ in range(200)]

    assert numbers == sorted(set(numbers))
    kept = _kept(layer)
    assert [frame.id for frame in kept] == numbers
    assert [frame.after for frame in kept] == [0, *numbers[:-1]]


def test_sites_are_numbered_apart(layer: Any) -> None:
    first = layer.publish("saf", BODY)
    layer.publish("mrc1", BODY)
    second = layer.publish("saf", BODY)

    assert [(frame.id, frame.after) for frame in _kept(layer)] == [(first, 0), (second, first)]


def test_ids_grow_while_the_clock_stands_still_and_jumps_back() -> None:
    layer = InProcessLayer()
    with patch.object(layers, "now_us", return_value=NOW_US):
        still = [layer.publish("saf", BODY) for _ in range(3)]
    with patch.object(layers, "now_us", return_value=NOW_US - 3_600_000_000):
        back = layer.publish("saf", BODY)
    with patch.object(layers, "now_us", return_value=NOW_US + 10):
        on = layer.publish("saf", BODY)

    assert [*still, back, on] == [NOW_US, NOW_US + 1, NOW_US + 2, NOW_US + 3, NOW_US + 10]


def test_ids_of_a_restarted_server_exceed_the_old_ones() -> None:
    old = [InProcessLayer().publish("saf", BODY) for _ in range(3)]

    assert InProcessLayer().publish("saf", BODY) > max(old)


def test_sites_of_which_nothing_recent_is_kept_are_forgotten() -> None:
    layer = InProcessLayer()
    with time_machine.travel("2026-11-21 00:00", tick=False) as clock:
        old = layer.publish("anybody.may.name.a.site", BODY)
        clock.shift(3599)
        layer.publish("saf", BODY)
        clock.shift(62)
        layer.publish("saf", BODY)
        assert list(layer.kept) == ["saf"]

        clock.move_to("2026-11-20 00:00")
        assert layer.publish("anybody.may.name.a.site", BODY) > old


def test_a_frame_is_strict_json(layer: Any) -> None:
    layer.publish("saf", encode("saf", "testing", {"a": float("nan"), "b": 2**70, "c": "\ud800"}))

    [frame] = _kept(layer)
    assert json.loads(frame.text, parse_constant=pytest.fail)["data"]["a"] is None


def _kept(layer: Any) -> list[frames.StreamFrame]:
    """Read synchronously, each in an event loop of its own."""
    import asyncio

    async def read() -> list[frames.StreamFrame]:
        try:
            found: list[frames.StreamFrame] = await layer.replay("saf", 0)
            return found
        finally:
            await layer.release()

    return asyncio.run(read())

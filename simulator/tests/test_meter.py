"""Requests counted: rates, percentiles, failures."""

import pytest

from simulator.meter import Meter


def test_it_works() -> None:
    meter = Meter()
    for milliseconds in range(1, 101):
        meter.add("GET /x", milliseconds / 1000)
    meter.add("GET /y", 0.5, "503")

    assert meter.total.requests == 101
    assert meter.total.percentile(50) == pytest.approx(0.051, rel=0.06)
    assert meter.total.percentile(99) == pytest.approx(0.1, rel=0.06)
    assert meter.total.percentile(100) == pytest.approx(0.5, rel=0.06)
    assert meter.total.line().endswith(" 1 failed")
    assert "        1  GET /y: 503" in meter.summary().splitlines()


def test_a_look_counts_from_the_last_one() -> None:
    meter = Meter()
    meter.add("GET /x", 0.001)

    assert meter.look().requests == 1
    assert meter.look().requests == 0
    assert meter.total.requests == 1


def test_nothing_is_counted_at_first() -> None:
    assert Meter().total.percentile(99) == 0


def test_it_does_not_grow_with_what_it_counts() -> None:
    meter = Meter()
    for number in range(20_000):
        meter.add("GET /x", number / 1000)

    assert len(meter.total.latencies) < 300

"""Angles as people and programs write them."""

import pytest

from sitecfg.angles import sexagesimal


def test_it_works() -> None:
    assert sexagesimal("05:30:00") == 5.5
    assert sexagesimal("-05 23 28") == pytest.approx(-5.391111, abs=1e-6)


@pytest.mark.parametrize(
    "written",
    [
        "5h30m0s",
        "05 30 00.0",
        "5:30",
        "5 30",
        "5d30m00s",
        "5° 30′ 0″",
        "+05:30:00.",
        "5:30.0",
        "05:29:60",
        " 5h 30m ",
    ],
)
def test_forms(written: str) -> None:
    assert sexagesimal(written) == 5.5


@pytest.mark.parametrize("written", ["-0:30:00", "−00 30 00", "- 00 30 00.00", "–0d30m"])
def test_minus_zero_degrees_are_below_zero(written: str) -> None:
    assert sexagesimal(written) == -0.5


@pytest.mark.parametrize(
    "written",
    [
        "",
        "5",
        "5.5",
        "up",
        "5:60:00",
        "5:30:61",
        "5:30.5:10",
        "5:30:00:00",
        "1234:00:00",
        "5:-30",
        "5" * 50 + ":30",
    ],
)
def test_what_is_none(written: str) -> None:
    assert sexagesimal(written) is None

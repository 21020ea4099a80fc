"""What the browser works out by itself must be what the server says: the same cases put to both."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from console import sun
from console.sun import Point
from photonranch.lenient_json import loads
from sky.night_events import sun_moon_position
from testing.browser import Browse

pytestmark = [pytest.mark.browser, pytest.mark.live]

CASES: Any = loads(Path(__file__).with_name("verdicts.json").read_bytes())


def test_verdicts(browse: Browse) -> None:
    page = browse("/sign-in")
    found = page.evaluate(
        """async (cases) => {
            const verdicts = await import("/static/console/js/verdicts.js");
            const {age} = await import("/static/console/js/time.js");
            const list = ({text, tone, why, at}) => [text, tone, why, at];
            return {
                online: cases.online.map((each) => list(verdicts.online(each.kind, each.heard, cases.now))),
                roof: cases.roof.map((each) => list(verdicts.roof(each.part, cases.now))),
                weather: cases.weather.map((each) => list(verdicts.weather(each.part, cases.now))),
                holders: cases.holders.map((each) =>
                    verdicts.holders(each.events, cases.now).map((event) => event.event_id)),
                age: cases.age.map((each) => age(cases.now - each.seconds * 1000, cases.now)),
            };
        }""",
        CASES,
    )

    assert found == {name: [case["is"] for case in CASES[name]] for name in found}


def test_the_sun(browse: Browse) -> None:
    """The browser's formula is an approximation: good to a hundredth of a degree or two."""
    moments = [
        datetime(year, month, 7, 3 * month % 24, tzinfo=UTC)
        for year in (2026, 2040)
        for month in range(1, 13)
    ]
    page = browse("/sign-in")
    found = page.evaluate(
        """async (moments) => {
            const {subsolar} = await import("/static/console/js/sun.js");
            return moments.map((at) => subsolar(at)).map((at) => [at.latitude, at.longitude]);
        }""",
        [moment.timestamp() * 1000 for moment in moments],
    )

    for moment, (latitude, longitude) in zip(moments, found, strict=True):
        exact = sun_moon_position(moment)
        assert latitude == pytest.approx(exact.sun_latitude, abs=0.02)
        assert longitude == pytest.approx(exact.sun_longitude, abs=0.03)


@pytest.mark.parametrize("zenith", [Point(23.4, 10), Point(-20, -170), Point(0.5, 179), Point(-3, 0)])
@pytest.mark.parametrize("below", [0.0, -6.0, -18.0])
def test_the_night(browse: Browse, zenith: Point, below: float) -> None:
    page = browse("/sign-in")
    found = page.evaluate(
        """async ([latitude, longitude, below]) => {
            const {darkness, altitude} = await import("/static/console/js/sun.js");
            return [darkness({latitude, longitude}, below), altitude({latitude, longitude}, 35.5, -105.9)];
        }""",
        [*zenith, below],
    )

    assert _rounded(found[0]) == _rounded(sun.darkness(zenith, below))
    assert found[1] == pytest.approx(sun.altitude(zenith, Point(35.5, -105.9)))


def _rounded(path: str) -> list[int]:
    """To half a unit: the two round a nought's sign and a five in their own ways."""
    return [
        round(float(each) * 2) for each in path.replace("M", " ").replace("L", " ").replace("Z", " ").split()
    ]

"""GET /api/sky/{site}.svg: the drawing holds what the night holds."""

import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
import time_machine

from sitecfg import services
from sitecfg.models import Night
from sitecfg.picture import picture as draw
from sitecfg.places import Position
from sitecfg.tests.cast import put_both, wema_configuration
from sky import night_events
from testing.cast import Api, text

pytestmark = pytest.mark.django_db

SVG = "{http://www.w3.org/2000/svg}"
EVENING = datetime(2026, 11, 21, 2, tzinfo=UTC)


def drawn(api: Api, site: str = "saf", when: datetime = EVENING) -> ET.Element:
    answer = api.get(f"/api/sky/{site}.svg", {"when": when.timestamp()})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/svg+xml; charset=utf-8"
    return ET.fromstring(answer.content)


def words(picture: ET.Element) -> list[str]:
    return [words_of(element) for element in picture.iter(f"{SVG}text")]


def words_of(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def numbers(picture: ET.Element, tag: str, kind: str, key: str) -> list[float]:
    return [float(e.attrib[key]) for e in picture.iter(f"{SVG}{tag}") if kind in e.attrib["class"].split()]


def test_it_works(api: Api) -> None:
    put_both()
    picture = drawn(api)

    said = words(picture)
    assert "saf · night of Friday 20 November 2026" in said
    assert any(line.startswith("35.5543° N 105.8702° W · America/Denver · moon 8") for line in said)
    events = [line for line in said if any(name in line for name in night_events.EVENT_NAMES)]
    assert len(events) == len(night_events.EVENT_NAMES)
    assert "16:50:42 Sun Set" in events  # local time
    assert "Sunrise 06:48:18" in events


def test_everything_stays_on_the_paper_and_nothing_overlaps(api: Api) -> None:
    put_both()
    picture = drawn(api)
    width, height = (float(picture.attrib[key]) for key in ("width", "height"))

    for element in picture.iter():
        for key in ("x", "x1", "x2", "cx"):
            assert 0 <= float(element.attrib.get(key, 0)) <= width
        for key in ("y", "y1", "y2", "cy"):
            assert 0 <= float(element.attrib.get(key, 0)) <= height
        for point in element.attrib.get("points", "").split():
            x, y = map(float, point.split(","))
            assert 58 <= x <= 1182
            assert 108 <= y <= 458
    rows = sorted(numbers(picture, "text", "event", "y"))
    assert all(b - a == 17 for a, b in pairwise(rows))


def test_the_bands_follow_the_twilights(api: Api) -> None:
    put_both()
    picture = drawn(api)
    labels = [e for e in picture.iter(f"{SVG}text") if e.get("class") == "event"]
    dots = zip(picture.iter(f"{SVG}circle"), labels, strict=True)
    dusk = next(float(dot.attrib["cx"]) for dot, label in dots if words_of(label).endswith(" Astro Dark"))

    nights = [e for e in picture.iter(f"{SVG}rect") if e.get("class") == "night" and e.get("y") == "108"]
    assert len(nights) == 1
    assert float(nights[0].attrib["x"]) == pytest.approx(dusk, abs=1.5)


def test_now_is_marked_in_its_own_night_only(api: Api) -> None:
    put_both()
    with time_machine.travel(EVENING, tick=False):
        assert "now" in words(drawn(api))
        assert "now" not in words(drawn(api, when=datetime(2026, 1, 1, tzinfo=UTC)))


@pytest.mark.parametrize("when", [datetime(2026, 6, 21, tzinfo=UTC), datetime(2026, 12, 21, tzinfo=UTC)])
@pytest.mark.parametrize("latitude", [69.65, -89.9, 90, 0])
def test_the_far_north_and_south(api: Api, latitude: float, when: datetime) -> None:
    place = wema_configuration(wema_name="far", latitude=latitude, TZ_database_name="Asia/Kathmandu")
    services.put_configuration("far", place)
    assert drawn(api, "far", when).tag == f"{SVG}svg"


def test_names_are_escaped(api: Api) -> None:
    """Nothing that a site says of itself becomes markup: an SVG can hold scripts."""
    start, end = datetime(2026, 11, 20, 19, tzinfo=UTC), datetime(2026, 11, 21, 19, tzinfo=UTC)
    events: dict[str, Any] = {"<script>": night_events.tai_julian_day(EVENING)}
    night = Night(site="x", date=start.date(), start=start, end=end, events=events)
    svg = draw(Position("<b>", 35, -105, 0, "America/Denver"), night, EVENING)

    assert "<script>" not in svg
    assert "<b>" not in svg
    ET.fromstring(svg)


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/api/sky/mrc1.svg", 404, "There is no site 'mrc1'."),
        ("/api/sky/saf.svg?when=noon", 400, "when: must be a number."),
        ("/api/sky/saf.svg?when=9e9", 400, "when: Sun and moon are known"),
    ],
)
def test_errors(api: Api, path: str, status: int, says: str) -> None:
    put_both()
    answer = api.get(path)
    assert answer.status_code == status
    assert text(answer).startswith(says)

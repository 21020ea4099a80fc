"""GET /api/events/moon/rise-set-illum."""

from datetime import UTC, datetime

import pytest

from sitecfg.serializers import iso
from sky import night_events
from testing.cast import Api, text

WINDOW = {
    "lat": "35.554298",
    "lng": "-105.870197",
    "start": "2026-11-01T00:00:00Z",
    "end": "2026-12-02T00:00:00Z",
}
PATH = "/api/events/moon/rise-set-illum"


def test_it_works(api: Api) -> None:
    answer = api.get(PATH, WINDOW)

    assert answer.status_code == 200
    expected = night_events.moon_times(
        35.554298, -105.870197, datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 2, tzinfo=UTC)
    )
    assert [moon["rise"] for moon in answer.json()] == [iso(moon.rise) for moon in expected]
    assert len(answer.json()) >= 28
    for moon in answer.json():
        assert set(moon) == {"rise", "transit", "set", "illumination"}
        assert moon["rise"] < moon["transit"] < moon["set"]
        assert isinstance(moon["illumination"], float)
        assert 0 <= moon["illumination"] <= 1


def test_no_pass_is_an_empty_list(api: Api) -> None:
    assert api.get(PATH, {**WINDOW, "end": "2026-11-01T01:00:00Z"}).json() == []


@pytest.mark.parametrize("start", ["2026-11-01T00:00:00", "2026-11-01", "2026-10-31T18:00:00-06:00"])
def test_other_ways_of_writing_the_time(api: Api, start: str) -> None:
    assert api.get(PATH, {**WINDOW, "start": start}).json() == api.get(PATH, WINDOW).json()


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ({"start": "yesterday"}, 404, "start: 'yesterday' is not a date"),
        ({"end": "2026-13-01T00:00:00Z"}, 404, "end: "),
        ({"start": "0001-01-01T00:00:00+14:00"}, 404, "start: "),
        ({"lat": "95"}, 404, "The latitude must be"),
        ({"end": "2026-10-01T00:00:00Z"}, 404, "The window must end after it starts"),
        ({"end": "2126-10-01T00:00:00Z"}, 404, "Sun and moon are known"),
        ({"lat": "north"}, 400, "lat: must be a number."),
        ({"lng": ""}, 400, "lng: must be a number."),
    ],
)
def test_errors(api: Api, change: dict[str, str], status: int, says: str) -> None:
    answer = api.get(PATH, {**WINDOW, **change})

    assert answer.status_code == status
    assert text(answer).startswith(says)


@pytest.mark.parametrize("key", ["lat", "lng", "start", "end"])
def test_a_missing_key_is_named(api: Api, key: str) -> None:
    answer = api.get(PATH, {name: value for name, value in WINDOW.items() if name != key})

    assert (answer.status_code, text(answer)) == (400, f"{key}: this key is missing.")

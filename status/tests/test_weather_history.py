"""GET /status/{site}/weather/history: what the weather was."""

import time
from typing import Any

import pytest

from conftest import Published
from sitecfg.services import put_configuration
from status import services, tasks
from status.models import WeatherSample
from testing.cast import SITE, WEMA, Api, text

pytestmark = pytest.mark.django_db

MINUTE_S = 60
NOW_S = 1_795_215_480  # a whole minute


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> "Clock":
    return Clock(monkeypatch)


class Clock:
    """The server's clock, in seconds after NOW_S."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now: float = NOW_S
        monkeypatch.setattr("status.services.time.time_ns", lambda: int(self.now * 1e9))
        monkeypatch.setattr("status.services.time.time", lambda: self.now)
        monkeypatch.setattr("status.views.time.time", lambda: self.now)

    def at(self, seconds: float) -> None:
        self.now = NOW_S + seconds


def post(api: Api, site: str = WEMA, instance: str = "observing_conditions1", **values: Any) -> None:
    named = {NAMES.get(name, name): value for name, value in values.items()}
    status = {"observing_conditions": {instance: named}}
    assert api.post(f"/status/{site}/status", {"statusType": "weather", "status": status}).status_code == 200


NAMES = {"humidity": "humidity_%", "wind": "wind_m/s", "cloud_cover": "cloud_cover_%"}


def history(api: Api, site: str = WEMA, **query: Any) -> Any:
    answer = api.get(f"/status/{site}/weather/history", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_it_works(api: Api, published: Published, clock: Clock) -> None:
    post(api, temperature_C=11.5, humidity=40, wx_ok="Yes")
    clock.at(MINUTE_S)
    post(api, temperature_C="11.25", dewpoint_C=-2)

    found = history(api)
    assert found["measured_by"] == WEMA
    assert found["timestamps_ms"] == [NOW_S * 1000, (NOW_S + MINUTE_S) * 1000]
    assert found["columns"] == {
        "temperature": [11.5, 11.25],
        "dewpoint": [None, -2],
        "humidity": [40, None],
        "wind": [None, None],
        "sky_temperature": [None, None],
        "sky_brightness": [None, None],
        "cloud_cover": [None, None],
        "rain_rate": [None, None],
    }


def test_there_is_one_row_a_minute(api: Api, published: Published, clock: Clock) -> None:
    for second in range(0, 60, 10):
        clock.at(second)
        post(api, temperature_C=second)
    post(api, wind=3)

    row = WeatherSample.objects.get()
    assert (row.temperature, row.wind) == (50, 3)


def test_what_was_not_reported_now_is_not_measured_now(api: Api, published: Published, clock: Clock) -> None:
    """After a failed reading a site says only that nobody knows; the old numbers stay in its document."""
    post(api, temperature_C=11.5)
    clock.at(MINUTE_S)
    post(api, wx_ok="Unknown")

    assert history(api)["columns"]["temperature"] == [11.5]


def test_an_observatory_shows_what_its_wema_measured(api: Api, published: Published, clock: Clock) -> None:
    put_configuration(SITE, {"instance_type": "obs", "wema_name": WEMA})
    post(api, temperature_C=11.5)
    clock.at(150)
    post(api, SITE, temperature_C=11.5)

    assert WeatherSample.objects.count() == 1, "a copy is not measured again"
    found = history(api, SITE)
    assert (found["site"], found["measured_by"]) == (SITE, WEMA)
    assert found["timestamps_ms"] == [NOW_S * 1000]


def test_a_site_with_a_station_of_its_own_shows_that(api: Api, published: Published, clock: Clock) -> None:
    put_configuration(SITE, {"instance_type": "obs", "wema_name": WEMA})
    post(api, SITE, temperature_C=9)

    assert history(api, SITE)["measured_by"] == SITE
    assert history(api, WEMA)["timestamps_ms"] == []


@pytest.mark.parametrize("value", [None, True, "n/a", "", "unknown", "NaN", "1e400", 1e9, [1], {"a": 1}])
def test_what_is_no_measurement_is_left_out(api: Api, published: Published, clock: Clock, value: Any) -> None:
    post(api, cloud_cover=value, humidity=40)

    assert history(api)["columns"]["cloud_cover"] == [None]


def test_nothing_is_kept_of_a_post_without_measurements(api: Api, published: Published) -> None:
    post(api, wx_ok="No", rain_rate="n/a")
    api.post(f"/status/{WEMA}/status", {"statusType": "weather", "status": {"observing_conditions": None}})
    api.post(
        f"/status/{WEMA}/status", {"statusType": "weather", "status": {"observing_conditions": {"a": 1}}}
    )

    assert not WeatherSample.objects.exists()


def test_of_several_stations_the_first_that_says_so(api: Api, published: Published, clock: Clock) -> None:
    conditions = {"one": {"temperature_C": "n/a"}, "two": {"temperature_C": 5}, "three": {"temperature_C": 6}}
    body = {"statusType": "weather", "status": {"observing_conditions": conditions}}
    api.post(f"/status/{WEMA}/status", body)

    assert history(api)["columns"]["temperature"] == [5]


def test_a_measured_sky_brightness_goes_before_a_calculated_one(
    api: Api, published: Published, clock: Clock
) -> None:
    post(api, calc_sky_mpsas=20.5)
    clock.at(MINUTE_S)
    post(api, calc_sky_mpsas=20.5, meas_sky_mpsas=21.5)

    assert history(api)["columns"]["sky_brightness"] == [20.5, 21.5]


def test_other_types_are_no_weather(api: Api, published: Published) -> None:
    status = {"observing_conditions": {"observing_conditions1": {"temperature_C": 1}}}
    api.post(f"/status/{SITE}/status", {"statusType": "device", "status": status})

    assert not WeatherSample.objects.exists()


def test_so_many_hours_back(api: Api, published: Published, clock: Clock) -> None:
    for hour in (-47, -23, -1):
        clock.at(hour * 3600)
        post(api, temperature_C=hour)
    clock.at(0)

    assert history(api)["columns"]["temperature"] == [-23, -1]
    assert history(api, hours=2)["columns"]["temperature"] == [-1]
    assert history(api, hours="48")["columns"]["temperature"] == [-47, -23, -1]


@pytest.mark.parametrize("hours", ["0", "-1", "48.1", "a day"])
def test_hours_that_are_none(api: Api, hours: str) -> None:
    answer = api.get(f"/status/{WEMA}/weather/history", {"hours": hours})

    assert answer.status_code == 400
    assert text(answer).startswith("hours: ")


def test_two_days_are_kept(api: Api, published: Published, clock: Clock) -> None:
    clock.at(-49 * 3600)
    post(api, temperature_C=1)
    clock.at(-47 * 3600)
    post(api, temperature_C=2)
    clock.at(0)

    tasks.expire()

    assert [row.temperature for row in WeatherSample.objects.all()] == [2]


def test_clearing_the_status_forgets_no_weather(api: Api, published: Published) -> None:
    """It is what was measured, whatever devices there are now."""
    post(api, temperature_C=1)
    services.clear(WEMA)

    assert WeatherSample.objects.exists()
    assert history(api)["columns"]["temperature"] == [1]
    assert abs(history(api)["timestamps_ms"][0] / 1000 - time.time()) < 120

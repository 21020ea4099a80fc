"""Weather that a station could have measured: bounded, in units that agree, the same for the same seed."""

import json
from itertools import pairwise
from typing import Any

import pytest

from simulator.place import Place
from simulator.weather import HOUR_S, Reading, Weather, document, fine_night, forecast, objections
from sitecfg import demo

CONFIGURATION: dict[str, Any] = json.loads((demo.FOLDER / "safw.json").read_text())
PLACE = Place.of(CONFIGURATION)


def days(count: int, seed: int = 1) -> list[Reading]:
    """A reading for every quarter of an hour of so many days; the sun is up from six to eighteen."""
    weather = Weather(PLACE, seed)
    hours = [quarter / 4 for quarter in range(count * 96)]
    return [weather.advance(HOUR_S / 4, hour % 24, 90 - abs(hour % 24 - 12) * 15) for hour in hours]


def test_it_works() -> None:
    said = document(days(1)[0], [])

    assert said["wx_ok"] == "Yes"
    assert json.loads(json.dumps(said)) == said
    assert {"temperature_C", "humidity_%", "wind_m/s", "rain_rate", "meas_sky_mpsas"} <= said.keys()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_month_stays_within_what_happens_on_earth(seed: int) -> None:
    for reading in days(30, seed):
        assert -30 < reading.temperature < 45
        assert reading.dewpoint < reading.temperature
        assert 0 < reading.humidity <= 100
        assert 0 <= reading.cloud <= 100
        assert 0 < reading.wind < 40
        assert 0 <= reading.rain < 5
        # 2187 m above the sea.
        assert 740 < reading.pressure < 810
        assert reading.sky_temperature < reading.temperature
        assert 2 < reading.sky_magnitude < 22


def test_it_wanders_slowly() -> None:
    readings = days(10)
    steps = [abs(after.temperature - before.temperature) for before, after in pairwise(readings)]

    assert max(steps) < 4
    assert max(r.temperature for r in readings) - min(r.temperature for r in readings) > 10


def test_the_same_seed_gives_the_same_weather() -> None:
    assert days(2, seed=7) == days(2, seed=7)
    assert days(2, seed=7) != days(2, seed=8)


def test_most_nights_are_fit_for_observing_and_not_all() -> None:
    fit = [not objections(reading, CONFIGURATION) for reading in days(60)]

    assert 0.4 < sum(fit) / len(fit) < 0.98


def test_the_limits_of_the_configuration_decide() -> None:
    reading = Reading(10, 780, 9, 93, 60, 18, 4, -30)

    against = objections(reading, CONFIGURATION)

    assert {"rain", "humidity", "wind", "dew point", "cloud cover"} <= set(against)
    assert document(reading, against)["wx_ok"] == "No"
    assert "wind" not in objections(reading, {**CONFIGURATION, "windspeed_limit_on": False})


def test_a_forecast_has_an_entry_for_each_hour() -> None:
    hours = ["2026-07-11T23:00:00Z", "2026-07-12T00:00:00Z"]

    found = forecast(days(1)[0], hours)

    assert [entry["utc_long_form"] for entry in found] == hours
    assert [entry["utc_clock_hour"] for entry in found] == [23, 0]
    assert all(1 <= entry["weather_quality_number"] <= 5 for entry in found)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_fine_night_is_one_whatever_the_weather_is(seed: int) -> None:
    for reading in days(30, seed):
        fine = fine_night(reading)
        assert objections(fine, CONFIGURATION) == []
        assert fine.sky_magnitude > 20
        assert fine.dewpoint < fine.temperature
        assert 0 < fine.humidity <= 100

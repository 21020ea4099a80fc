"""A WEMA's program: what it posts, when it opens the roof, and whom it obeys."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from simulator.clock import Clock
from simulator.configuration import demo_site
from simulator.tests.standin import SPEED, Standin, a_job, at_work, path_of, wema
from simulator.weather import Reading
from simulator.wema import Wema

FINE_NIGHT = Reading(10, 780, -5, 30, 5, 2, 0, -40)


def statuses(standin: Standin, name: str) -> list[Any]:
    bodies = standin.bodies("/status/safw/status")
    return [body["status"] for body in bodies if body["statusType"] == name]


async def test_it_works() -> None:
    standin = Standin()
    names = {"weather", "enclosure", "wema_settings", "forecast", "owm_report"}
    async with at_work(wema(standin)):
        await standin.until(
            lambda: {body["statusType"] for body in standin.bodies("/status/safw/status")} >= names
        )

    assert standin.bodies("/api/safw/config")[0]["latitude"] == 35.554298
    enclosure = statuses(standin, "enclosure")[0]["enclosure"]["enclosure1"]
    assert {
        "shutter_status",
        "enclosure_mode",
        "shut_reason_daytime",
        "enclosure_is_open",
    } <= enclosure.keys()
    weather = statuses(standin, "weather")[0]["observing_conditions"]["observing_conditions1"]
    assert weather["wx_ok"] in ("Yes", "No")
    # Two levels, not three: the server must leave these as they are.
    settings = statuses(standin, "wema_settings")[0]["wema_settings"]
    assert len(settings) > 35
    assert not any(isinstance(value, dict) for value in settings.values())
    forecast = statuses(standin, "forecast")[0]["forecast"]
    assert len(forecast) == 48
    assert datetime.fromisoformat(forecast[0]["utc_long_form"]) <= datetime.now(UTC)
    # JSON in a text, and its path without a slash at the end.
    assert isinstance(statuses(standin, "owm_report")[0]["owm_report"], str)
    assert any(request.url.path == "/status/safw/status" for request in standin.requests)
    assert any(request.url.path == "/status/safw/status/" for request in standin.requests)


def with_reading(**changes: Any) -> Wema:
    program = wema(Standin())
    program.reading, program.hold_s, program.against = replace(FINE_NIGHT, **changes), 0.0, []
    return program


async def test_the_roof_opens_in_a_fine_night_and_no_other_time() -> None:
    assert await with_reading()._may_open()
    assert not await with_reading(sun_altitude=30)._may_open()


async def test_bad_weather_keeps_the_roof_shut_and_for_a_while_after() -> None:
    program = with_reading()
    program.against = ["rain"]
    assert not await program._may_open()
    program.against, program.hold_s = [], 60.0
    assert not await program._may_open()
    program.hold_s = 0.0
    assert await program._may_open()


COMMANDS: list[tuple[str, dict[str, Any], str, Any]] = [
    ("open", {}, "wanted", "open"),
    ("close", {}, "wanted", "closed"),
    ("force_roof_state", {"force_roof_state": "closed"}, "wanted", "closed"),
    ("set_enclosure_mode", {"enclosure_mode": "Shutdown"}, "mode", "Shutdown"),
    ("set_observing_mode", {"observing_mode": "inactive"}, "observing", False),
]


@pytest.mark.parametrize(("action", "parameters", "field", "value"), COMMANDS)
async def test_it_obeys(action: str, parameters: dict[str, Any], field: str, value: Any) -> None:
    standin = Standin()
    program = wema(standin)
    async with at_work(program):
        await standin.until(lambda: statuses(standin, "wema_settings"))
        standin.jobs = [a_job("whatever", action, required_params=parameters)]
        assert await standin.state(standin.jobs[0]["ulid"], "COMPLETE") == ["COMPLETE"]

    assert getattr(program, field) == value


async def test_who_does_not_observe_says_so() -> None:
    program = with_reading()
    program.observing = False

    assert program._enclosure()["enclosure"]["enclosure1"]["shutter_status"] == "Closed/NoObs"


async def test_under_a_simulated_sky_the_roof_stands_open_and_all_that_is_reported_agrees() -> None:
    standin = Standin()
    simulated = True
    program = Wema(demo_site(), standin.client(), Clock(SPEED), lambda: simulated)
    async with at_work(program):
        await standin.until(lambda: statuses(standin, "enclosure") and statuses(standin, "weather"))
        first = statuses(standin, "enclosure")[0]["enclosure"]["enclosure1"]
        weather = statuses(standin, "weather")[0]["observing_conditions"]["observing_conditions1"]
        # People still decide.
        standin.jobs = [a_job("enclosure", "close")]
        await standin.state(standin.jobs[0]["ulid"], "COMPLETE")
        await standin.until(lambda: shutters(standin)[-1] == "Closed")

    assert (first["shutter_status"], first["enclosure_mode"]) == ("Open", "Simulated")
    assert first["enclosure_is_open"] is True
    assert not any(value for key, value in first.items() if key.startswith("shut_reason"))
    assert weather["wx_ok"] == "Yes"
    assert weather["calc_sky_mpsas"] > 20
    # Nothing else was reported before the command: no roof that opens or closes by itself.
    assert set(shutters(standin)) == {"Open", "Closed"}


async def test_a_sky_that_is_not_simulated_any_more_closes_the_roof_by_day() -> None:
    standin = Standin()
    program = Wema(demo_site(), standin.client(), Clock(SPEED), lambda: False)
    program.shutter = "Open"
    program.reading, program.against = replace(FINE_NIGHT, sun_altitude=40), []

    await program._mind_the_roof()

    assert shutters(standin) == ["Closing", "Closed"]


def shutters(standin: Standin) -> list[str]:
    return [status["enclosure"]["enclosure1"]["shutter_status"] for status in statuses(standin, "enclosure")]


async def test_what_it_does_not_know_fails() -> None:
    standin = Standin()
    async with at_work(wema(standin)):
        await standin.until(lambda: statuses(standin, "wema_settings"))
        standin.jobs = [a_job("enclosure", "make_coffee")]
        assert await standin.state(standin.jobs[0]["ulid"], "FAILED") == ["FAILED"]


async def test_new_limits_are_shown() -> None:
    standin = Standin()
    values = {"rain": {"status": "on", "warning_level": 1, "danger_level": 2}, "clouds": {"status": "off"}}
    async with at_work(wema(standin)):
        await standin.until(lambda: statuses(standin, "wema_settings"))
        standin.jobs = [a_job("", "set_weather_values", required_params={"weather_values": values})]
        await standin.state(standin.jobs[0]["ulid"], "COMPLETE")
        await standin.until(lambda: shown(standin)["rain_limit_danger_level"] == 2)

    assert shown(standin)["rain_limit_on"] is True
    assert shown(standin)["cloud_limit_on"] is False


def shown(standin: Standin) -> dict[str, Any]:
    found: dict[str, Any] = statuses(standin, "wema_settings")[-1]["wema_settings"]
    return found


async def test_from_dawn_on_it_asks_whether_the_flats_are_done() -> None:
    standin = Standin()
    program = wema(standin)
    program.reading, program.hold_s, program.against = replace(FINE_NIGHT, sun_altitude=-5.0), 0.0, []
    settings = {"morning_flats_done": False}
    standin.answers["/status/saf/obs_settings"] = lambda: httpx.Response(
        200, json={"status": {"obs_settings": settings}}
    )
    assert not await program._flats_are_done()
    settings["morning_flats_done"] = True
    assert await program._flats_are_done()
    standin.answers["/status/saf/obs_settings"] = lambda: httpx.Response(404, json={})
    assert await program._flats_are_done()
    assert {path_of(request) for request in standin.requests} == {"/status/saf/obs_settings"}


async def test_a_new_night_brings_a_new_configuration() -> None:
    standin = Standin()
    program = wema(standin)
    await program.mind_the_date()
    assert standin.bodies("/api/safw/config") == []
    program.night -= timedelta(days=1)
    await program.mind_the_date()
    await program.mind_the_date()

    assert len(standin.bodies("/api/safw/config")) == 1

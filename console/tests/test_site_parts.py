"""The smaller parts of a site's page: the queue's words, the forms of commands, the sky, the weather."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from conftest import Published
from console.site import commands, queue, sky, weather
from console.site.facts import level_of
from jobs import services as jobs
from jobs import states
from photonranch.auth.callers import Caller
from sitecfg import demo
from sitecfg.models import Site
from sitecfg.places import NoPlace, Position
from sitecfg.services import put_configuration
from status.models import WeatherSample
from testing.cast import SITE, WEMA, a_command

ADMIN = Caller("user", "ada", "Ada", ("admin",))

# --- The queue ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("UNREAD", ("waiting", "")),
        ("RECEIVED", ("fetched", "busy")),
        ("EXPOSING", ("exposing", "busy")),
        ("SLEWING_TO_TARGET", ("slewing to target", "busy")),
        ("COMPLETE", ("done", "good")),
        ("complete", ("done", "good")),
        ("CANCELED", ("cancelled", "bad")),
        ("EXPIRED", ("expired", "bad")),
        ("FAILED", ("failed", "bad")),
    ],
)
def test_the_word_for_a_state(status: str, word: tuple[str, str]) -> None:
    assert queue.word(status) == word


def test_every_state_that_the_jobs_know_has_a_word() -> None:
    assert set(queue.WORDS) == set(states.STAGE)


def test_what_was_asked_for_in_a_line() -> None:
    required = {"time": "10", "image_type": "light", "smartstack": True, "substack": False}
    optional = {"count": 3, "filter": "w", "area": [], "object_name": "", "bin": '"optimal"', "hint": "x"}

    assert queue.details(required, optional) == "time 10, image type light, count 3, filter w"
    assert queue.details({}, {}) == ""
    assert len(queue.details({"script": "x" * 500}, {})) < 60


@pytest.mark.parametrize(
    ("said", "seconds"),
    [(30, 30), ("12.5", 12.5), (-1, None), ("-1", None), ("", None), (None, None), ({}, None)],
)
def test_estimates(said: Any, seconds: float | None) -> None:
    assert queue.estimate(said) == seconds


@pytest.mark.django_db
def test_when_a_job_will_be_done(published: Published) -> None:
    before = datetime.now(UTC).timestamp() * 1000
    put_configuration(SITE, {})
    first, second = (jobs.create_job(ADMIN, a_command()) for _ in range(2))
    jobs.report(SITE, first.ulid, status="EXPOSING", estimate=90)
    jobs.report(SITE, first.ulid, estimate=60)
    jobs.report(SITE, second.ulid, status="EXPOSING", estimate=60)
    jobs.report(SITE, second.ulid, status="COMPLETE", estimate=60)

    newest, oldest = queue.rows(SITE)

    assert (newest["ulid"], newest["word"], newest["ends_ms"]) == (second.ulid, "done", None)
    assert before + 60_000 <= oldest["ends_ms"] < before + 90_000


# --- Commands ----------------------------------------------------------------------------------------------


def demo_site(code: str = SITE, **changes: Any) -> Site:
    config = json.loads((demo.FOLDER / f"{code}.json").read_text())
    from sitecfg.configuration import read

    known = read(code, {**config, **changes})
    return Site(code=code, kind=known.kind, devices=known.devices, configuration={**config, **changes})


def by_label(panels: list[commands.Panel]) -> dict[str, commands.Command]:
    return {command.label: command for panel in panels for command in (*panel.forms, *panel.buttons)}


def test_the_forms_of_an_observatory() -> None:
    panels = commands.panels(demo_site(), demo_site(WEMA))

    assert [(panel.name, panel.site) for panel in panels] == [
        ("camera", SITE),
        ("mount", SITE),
        ("optics", SITE),
        ("enclosure", WEMA),
    ]
    expose = by_label(panels)["Expose"]
    assert expose.instances == ("camera_1_1",)
    fields = {field.name: field for field in expose.fields}
    assert fields["optional.filter"].value == "w"
    assert fields["optional.filter"].choices[:3] == ("air", "w", "PL")
    assert fields["optional.area"].choices[0] == "Full"
    assert fields["required.time"].most == "360.0"


def test_every_form_is_a_command_that_the_site_takes() -> None:
    """None would be refused for a device that the configuration does not have."""
    from jobs.commands import check

    site = demo_site()
    for panel in commands.panels(site, None):
        for command in (*panel.forms, *panel.buttons, commands.CANCEL_ALL):
            for instance in command.instances:
                check(site, command.device, instance, command.action, command.required)


def test_a_wema_has_its_roof_alone() -> None:
    (panel,) = commands.panels(demo_site(WEMA), None)

    assert {command.label for command in (*panel.forms, *panel.buttons)} == {
        "Set the mode",
        "Open the roof",
        "Close the roof",
    }
    assert all(command.question for command in (*panel.forms, *panel.buttons))


def test_what_is_hard_to_undo_is_asked_first() -> None:
    found = by_label(commands.panels(demo_site(), demo_site(WEMA)))

    assert commands.CANCEL_ALL.question
    assert {label for label, command in found.items() if command.question} == {
        "Park",
        "Set the mode",
        "Open the roof",
        "Close the roof",
    }


@pytest.mark.parametrize(
    "odd",
    [
        {"camera": {"camera_1_1": None}},
        {"camera": {"camera_1_1": {"settings": [1]}}},
        {"filter_wheel": {"filter_wheel1": {"settings": {"filter_data": "w", "default_filter": 7}}}},
        {"filter_wheel": {"filter_wheel1": {"settings": {"filter_data": [[], [3], None, ["w"], "HA"]}}}},
        {"defaults": None},
        {"defaults": {"camera": ["x"]}},
    ],
    ids=str,
)
def test_odd_configurations_are_read_leniently(odd: dict[str, Any]) -> None:
    assert "Expose" in by_label(commands.panels(demo_site(**odd), None))


def test_names_of_filters() -> None:
    wheel = {"filter_wheel1": {"settings": {"filter_data": [[], [3], None, ["w"], "HA", ["w"]]}}}
    found = by_label(commands.panels(demo_site(filter_wheel=wheel), None))

    assert found["Set the filter"].fields[0].choices == ("w", "HA")


# --- The sky -----------------------------------------------------------------------------------------------

SANTA_FE = Position("saf", 35.554298, -105.870197, 2187, "America/Denver")
MIDNIGHT = datetime(2026, 11, 21, 7, tzinfo=UTC)


@pytest.mark.django_db
def test_tonight() -> None:
    put_configuration(
        SITE, {"latitude": 35.554298, "longitude": -105.870197, "TZ_database_name": "America/Denver"}
    )

    night = sky.tonight(SANTA_FE, MIDNIGHT)

    assert (night["start"], night["end"]) == (MIDNIGHT - timedelta(hours=12), MIDNIGHT + timedelta(hours=12))
    assert night["now"] == 50
    kinds = [band["kind"] for band in night["bands"]]
    half = ["civil", "nautical", "astronomical"]
    assert kinds == [*half, "night", *reversed(half)]
    assert sum(band["width"] for band in night["bands"]) == pytest.approx(58, abs=0.3), (
        "sun below the horizon for 14 of 24 hours"
    )
    assert [hour["utc"] for hour in night["hours"][:3]] == ["20", "22", "00"]
    assert [hour["local"] for hour in night["hours"][:3]] == ["13", "15", "17"]
    by_name = {event["name"]: event for event in night["events"]}
    assert by_name["Sun Set"]["state"] == "past"
    assert by_name["Sun Set"]["local"] == "16:50"
    assert by_name["Sunrise"]["state"] == "coming"
    assert [event["state"] for event in night["events"]].count("next") == 1
    assert night["observing"]["x"] == by_name["Observing Begins"]["x"]


@pytest.mark.django_db
def test_a_night_of_midnight_sun_has_no_dark() -> None:
    where = Position("far", 78.2, 15.6, 0, "Arctic/Longyearbyen")
    put_configuration("far", {"latitude": 78.2, "longitude": 15.6, "TZ_database_name": "Arctic/Longyearbyen"})

    night = sky.tonight(where, datetime(2026, 6, 21, tzinfo=UTC))

    assert night["bands"] == []
    assert night["observing"] is None


def test_a_site_that_is_nowhere() -> None:
    with pytest.raises(NoPlace):
        sky.tonight(Position("x", None, None, None, ""), MIDNIGHT)


# --- The weather -------------------------------------------------------------------------------------------


def test_the_weather_in_numbers() -> None:
    samples = [
        WeatherSample(site="saf", minute=n, temperature=value, rain_rate=None)
        for n, value in enumerate([1.25, -3.0, None, 2.0, None])
    ]

    assert weather.table(samples) == [
        {
            "column": "temperature",
            "name": "Temperature: air",
            "unit": "°C",
            "now": "2.0",
            "least": "−3.0",
            "most": "2.0",
        }
    ]
    assert weather.table([]) == []


def test_every_column_that_is_kept_is_drawn() -> None:
    from status.documents import WEATHER

    assert [curve.column for plot in weather.PLOTS for curve in plot.curves] == list(WEATHER)


# --- Messages ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "level"),
    [("INFO", "info"), ("Warning", "warning"), ("critical", "critical"), ("loud", "info"), ("", "info")],
)
def test_levels(said: str, level: str) -> None:
    assert level_of(said) == level

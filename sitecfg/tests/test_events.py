"""GET /api/events and /api/events/range."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine

from sitecfg import services
from sitecfg.tests.cast import obs_configuration, put_both, wema_configuration
from sky import night_events
from sky.night_events import Place
from testing.cast import Api, text

pytestmark = pytest.mark.django_db

SAF = Place(35.554298, -105.870197, "America/Denver")
EVENING = datetime(2026, 11, 21, 2, tzinfo=UTC)


def block(when: datetime, place: Place = SAF) -> dict[str, float]:
    return night_events.night_events(place, *night_events.night_block(place, when))


def test_it_works(api: Api) -> None:
    put_both()

    answer = api.get("/api/events", {"site": "saf", "when": EVENING.timestamp()})

    assert answer.status_code == 200
    assert answer.json() == block(EVENING)
    assert set(answer.json()) == set(night_events.EVENT_NAMES)
    assert all(isinstance(day, float) for day in answer.json().values())


def test_without_a_time_it_is_tonight(api: Api) -> None:
    put_both()
    with time_machine.travel(EVENING, tick=False):
        assert api.get("/api/events?site=saf").json() == block(EVENING)


def test_a_body_says_the_same_as_a_query(api: Api) -> None:
    """The documentation lists the parameters as the request's body."""
    put_both()
    body = {"site": "saf", "when": EVENING.timestamp()}

    assert api.send("GET", "/api/events", body).json() == block(EVENING)


def test_the_block_changes_at_local_noon(api: Api) -> None:
    put_both()
    noon = datetime(2026, 11, 20, 19, tzinfo=UTC)

    before = api.get("/api/events", {"site": "saf", "when": noon.timestamp() - 1}).json()
    at_noon = api.get("/api/events", {"site": "saf", "when": noon.timestamp()}).json()

    assert at_noon["Sun Set"] - before["Sun Set"] == pytest.approx(1, abs=0.01)


def test_a_code_in_capitals_is_found(api: Api) -> None:
    put_both()
    assert api.get("/api/events", {"site": "SAF", "when": EVENING.timestamp()}).json() == block(EVENING)


def test_what_does_not_happen_is_left_out(api: Api) -> None:
    """69.65° N at midsummer: the sun does not set."""
    tromso = {"latitude": 69.65, "longitude": 18.96, "TZ_database_name": "Europe/Oslo"}
    services.put_configuration("tro", wema_configuration(wema_name="tro", **tromso))
    answer = api.get("/api/events", {"site": "tro", "when": datetime(2026, 6, 21, tzinfo=UTC).timestamp()})

    assert answer.status_code == 200
    assert set(answer.json()) <= {"Moon Rise", "Moon Set"}


# --- Where the site stands ---------------------------------------------------------------------------------


def test_a_site_s_own_place_comes_before_its_wema_s(api: Api) -> None:
    services.put_configuration("safw", wema_configuration())
    services.put_configuration("saf", obs_configuration(latitude=-30, longitude="10.5"))

    answer = api.get("/api/events", {"site": "saf", "when": EVENING.timestamp()})

    assert answer.json() == block(EVENING, Place(-30, 10.5, "America/Denver"))


@pytest.mark.parametrize("ambient", [10.0, [10.0] * 12, None, "warm"])
def test_reference_values_may_be_anything(api: Api, ambient: Any) -> None:
    services.put_configuration(
        "safw", wema_configuration(reference_ambient=ambient, reference_pressure=ambient)
    )
    assert api.get("/api/events", {"site": "safw", "when": EVENING.timestamp()}).json() == block(EVENING)


def test_a_wema_that_comes_later_gives_the_place(api: Api) -> None:
    services.put_configuration("saf", obs_configuration())
    assert api.get("/api/events?site=saf").status_code == 500
    services.put_configuration("safw", wema_configuration())
    assert api.get("/api/events?site=saf").status_code == 200


# --- The documented errors ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ({}, 400, "site: this key is missing."),
        ({"site": ""}, 400, "site: must not be empty."),
        ({"site": "mrc1"}, 500, "There is no site 'mrc1'."),
        ({"site": "saf", "when": "tonight"}, 400, "when: must be a number."),
        ({"site": "saf", "when": "1e20"}, 400, "when: is not a time that a calendar holds."),
        ({"site": "saf", "when": "4e9"}, 400, "when: Sun and moon are known from 1900-01-02 to 2053-09-30"),
    ],
)
def test_errors(api: Api, query: dict[str, str], status: int, says: str) -> None:
    put_both()
    answer = api.get("/api/events", query)

    assert answer.status_code == status
    assert text(answer).startswith(says)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"TZ_database_name": "America/Santa_Fe"}, "'America/Santa_Fe' is not in the IANA"),
        ({"TZ_database_name": "../../etc/passwd"}, "is not in the IANA"),
        (
            {"TZ_database_name": None},
            "Neither the configuration of saf nor its WEMA's has: TZ_",
        ),
        ({"latitude": None, "longitude": "west"}, "has: latitude, longitude."),
        ({"latitude": 95}, "The configuration of saf: The latitude must be a number of degrees"),
    ],
)
def test_a_place_that_cannot_be_is_said(api: Api, change: dict[str, Any], says: str) -> None:
    services.put_configuration("safw", wema_configuration(**change))
    services.put_configuration("saf", obs_configuration())

    answer = api.get("/api/events?site=saf")
    assert answer.status_code == 500
    assert says in text(answer)

    answer = api.get("/api/events/range?site=saf&start=2026-11-20")
    assert answer.status_code == 404
    assert says in text(answer)


# --- Many nights -------------------------------------------------------------------------------------------


def test_range(api: Api) -> None:
    put_both()

    answer = api.get("/api/events/range", {"site": "saf", "start": "2026-10-31", "nights": 3})

    assert answer.status_code == 200
    expected = night_events.nights(SAF, date(2026, 10, 31), 3)
    assert [night["events"] for night in answer.json()] == [night.events for night in expected]
    # The clocks change in this night: it lasts 25 hours, from one local noon to the next.
    assert {key: answer.json()[0][key] for key in ("date", "start", "end")} == {
        "date": "2026-10-31",
        "start": "2026-10-31T18:00:00Z",
        "end": "2026-11-01T19:00:00Z",
    }


def test_range_is_a_fortnight_unless_asked_and_at_most_400(api: Api) -> None:
    put_both()
    assert len(api.get("/api/events/range?site=saf&start=2026-11-20").json()) == 14
    assert len(api.get("/api/events/range?site=saf&start=2026-11-20&nights=400").json()) == 400


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"start": None}, "start: this key is missing."),
        ({"start": "20.11.2026"}, "start: must be a day such as 2026-11-20."),
        ({"start": "2053-09-29"}, "start: Sun and moon are known"),
        ({"nights": "0"}, "nights: must be a whole number from 1 to 400."),
        ({"nights": "401"}, "nights: must be"),
        ({"nights": "1.5"}, "nights: must be"),
        ({"nights": "many"}, "nights: must be a number."),
    ],
)
def test_range_names_what_is_wrong(api: Api, change: dict[str, str | None], says: str) -> None:
    put_both()
    query = {"site": "saf", "start": "2026-11-20", "nights": "5", **change}

    answer = api.get("/api/events/range", {key: value for key, value in query.items() if value is not None})

    assert answer.status_code == 400
    assert text(answer).startswith(says)


def test_range_of_an_unknown_site(api: Api) -> None:
    answer = api.get("/api/events/range?site=mrc1&start=2026-11-20")
    assert (answer.status_code, text(answer)) == (404, "There is no site 'mrc1'.")

"""What the telescopes' and the WEMAs' programs do with an answer, call by call, and that they survive ours.

Each test is named after a row about status of the failure matrix (observatory.md, section 2), and reads the
answer as that program does.
"""

from typing import Any

import pytest
from django.db import OperationalError

from conftest import Published
from status.models import Status
from testing.cast import Api

pytestmark = pytest.mark.django_db

ENCLOSURE = {
    "shutter_status": "Open",
    "enclosure_mode": "Automatic",
    "dome_azimuth": 0.0,
    "dome_slewing": False,
    "enclosure_synchronized": True,
    "inside_temperature C": "n/a",
}


def post(api: Api, site: str, status_type: str, status: dict[str, Any]) -> Any:
    return api.post(f"/status/{site}/status/", {"statusType": status_type, "status": status})


@pytest.fixture
def database_down(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> Any:
        raise OperationalError("down")

    monkeypatch.setattr(Status.objects.all().__class__, "of_type", fails)


def test_get_enclosure_obs_4495(api: Api, published: Published) -> None:
    """The obs takes `["val"]` of every key of enclosure1, also after partial and odd posts."""
    post(api, "safw", "enclosure", {"enclosure": {"enclosure1": ENCLOSURE}})
    post(api, "safw", "enclosure", {"enclosure": {"enclosure1": {"end_wall": None, "odd": {"a": {"b": 1}}}}})
    post(api, "safw", "enclosure", {"enclosure": {"enclosure1": {}}, "timestamp": 1})

    answer = api.get("/status/safw/enclosure/")
    enclosure = answer.json()["status"]["enclosure"]["enclosure1"]
    values = {key: leaf["val"] for key, leaf in enclosure.items()}
    assert values == {**ENCLOSURE, "end_wall": None, "odd": {"a": {"b": 1}}}


def test_get_enclosure_obs_4495_without_any_is_an_object(api: Api) -> None:
    answer = api.get("/status/safw/enclosure/")

    assert (answer.status_code, answer.json()) == (200, {})


def test_get_enclosure_mount_1440(api: Api, published: Published) -> None:
    """Dome sites need a number and two values, from the path without a slash, at every reading of a slew."""
    post(api, "safw", "enclosure", {"enclosure": {"enclosure1": ENCLOSURE}})

    for azimuth in (10.5, 20):
        post(api, "safw", "enclosure", {"enclosure": {"enclosure1": {"dome_azimuth": azimuth}}})
        enclosure = api.get("/status/safw/enclosure").json()["status"]["enclosure"]["enclosure1"]
        assert enclosure["dome_azimuth"]["val"] == azimuth
        assert enclosure["shutter_status"]["val"] == "Open"
        assert enclosure["dome_slewing"]["val"] is False


def test_get_weather_obs_4585(api: Api, published: Published) -> None:
    """Every key has its `["val"]`; a station that is null is read as "Unknown", and does not stay so."""
    station = {
        "pressure_mbar": 790.1,
        "temperature_C": 11,
        "cloud_cover_%": "unknown",
        "solar_flux_w/m^2": None,
    }
    post(api, "safw", "weather", {"observing_conditions": {"observing_conditions1": None}})
    answer = api.get("/status/safw/weather/")
    assert answer.json()["status"]["observing_conditions"]["observing_conditions1"] is None

    post(api, "safw", "weather", {"observing_conditions": {"observing_conditions1": station}})
    found = api.get("/status/safw/weather/").json()["status"]["observing_conditions"]["observing_conditions1"]
    assert {key: leaf["val"] for key, leaf in found.items()} == station


def test_get_obs_settings_wema_1010(api: Api, published: Published) -> None:
    """Two levels, bare: the WEMA reads a boolean and a number."""
    settings = {"morning_flats_done": False, "timedottime_of_last_upload": 1752262800.12}
    post(api, "saf", "obs_settings", {"obs_settings": settings})

    answer = api.get("/status/saf/obs_settings/")
    assert answer.status_code == 200
    assert answer.json()["status"]["obs_settings"] == settings


@pytest.mark.parametrize("posted", [None, {}, {"obs_settings": {}}, {"obs_settings": None}, {"other": 1}])
def test_get_obs_settings_wema_1010_without_any_is_never_200(
    api: Api, published: Published, posted: dict[str, Any] | None
) -> None:
    """A 200 without settings ends the WEMA's main loop; any other code counts as "flats not done"."""
    if posted is not None:
        post(api, "saf", "obs_settings", posted)

    answer = api.get("/status/saf/obs_settings/")
    assert answer.status_code == 404
    assert answer.json() == {"message": "saf never sent obs_settings."}


def test_get_obs_settings_wema_1010_without_a_database_is_not_200(api: Api, database_down: None) -> None:
    assert api.get("/status/saf/obs_settings/").status_code == 503


def test_status_post_obs_153(api: Api, published: Published) -> None:
    """The answer is ignored. It is short: a telescope on a thin line posts several times a second."""
    large = {"camera": {f"camera{number}": {"status": "x" * 100} for number in range(100)}}
    post(api, "saf", "device", large)
    answer = post(api, "saf", "device", {"mount": {"eastpier": {"is_slewing": True}}})

    assert answer.status_code == 200
    assert len(answer.content) < 200


def test_status_post_obs_153_is_not_saved_by_halves(
    api: Api, published: Published, database_down: None
) -> None:
    answer = post(api, "saf", "device", {"a": 1})

    assert answer.status_code == 503
    assert not published


def test_status_post_wema_72(api: Api, published: Published) -> None:
    """`.ok` is all it looks at, for each type that it posts, with and without a slash."""
    for status_type in ("enclosure", "weather", "wema_settings", "owm_report"):
        assert post(api, "safw", status_type, {status_type: {"a": 1}}).status_code == 200
    body = {"statusType": "forecast", "status": {"forecast": []}}
    assert api.post("/status/safw/status", body).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/status/nobody/device",
        "/status/nobody/weather",
        "/status/nobody/enclosure",
        "/status/nobody/forecast",
        "/status/nobody/obs_settings",
        "/status/nobody/complete_status",
        "/status/nobody/clear_all_status",
        "/status/allopenstatus",
        "/status/phase_status/nobody",
        "/status/lastseen",
    ],
)
def test_nothing_answers_null(api: Api, path: str) -> None:
    answer = api.get(path)

    assert isinstance(answer.json(), dict | list)

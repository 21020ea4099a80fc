"""GET /status/{site}/{type}."""

from typing import Any

import pytest

from conftest import Published
from status import services
from testing.cast import Api, text

pytestmark = pytest.mark.django_db


def test_it_works(api: Api, published: Published) -> None:
    services.report("safw", "enclosure", {"enclosure": {"enclosure1": {"shutter_status": "Open/NoObs"}}})

    answer = api.get("/status/safw/enclosure")
    assert answer.status_code == 200
    assert answer.json() == published.of("sitestatus")[0]
    assert answer.json()["site"] == "safw"
    assert answer.json()["statusType"] == "enclosure"
    leaf = answer.json()["status"]["enclosure"]["enclosure1"]["shutter_status"]
    assert leaf == {"val": "Open/NoObs", "timestamp": answer.json()["server_timestamp_ms"]}


@pytest.mark.parametrize("path", ["/status/safw/weather", "/status/safw/weather/", "/status//safw/weather/"])
def test_every_form_of_the_path_is_the_same(api: Api, published: Published, path: str) -> None:
    services.report("safw", "weather", {"observing_conditions": {}})

    assert api.get(path).json()["statusType"] == "weather"


@pytest.mark.parametrize("status_type", ["device", "weather", "wema_settings", "forecast", "anything"])
def test_what_was_never_sent_is_an_empty_object(api: Api, status_type: str) -> None:
    answer = api.get(f"/status/saf/{status_type}")

    assert (answer.status_code, answer.json()) == (200, {})


def test_the_report_of_the_weather_service_stays_the_text_it_is(api: Api, published: Published) -> None:
    services.report("safw", "owm_report", {"owm_report": '["line 1", "line 2"]'})

    assert api.get("/status/safw/owm_report").json()["status"] == {"owm_report": '["line 1", "line 2"]'}


@pytest.mark.parametrize(
    ("status_type", "status"),
    [
        ("weather", {"observing_conditions": {}}),
        ("enclosure", {"enclosure": {}}),
        ("wema_settings", {"wema_settings": {}}),
        ("forecast", {"forecast": []}),
    ],
)
def test_the_keys_that_pages_need_are_there(
    api: Api, published: Published, status_type: str, status: dict[str, Any]
) -> None:
    key = next(iter(status))
    services.report("safw", status_type, {key: None})

    assert api.get(f"/status/safw/{status_type}").json()["status"] == status


def test_a_name_that_cannot_be_a_site_is_refused(api: Api) -> None:
    answer = api.get("/status/a%20b/device")

    assert answer.status_code == 400
    assert text(answer) == "site: is not a site code."

"""GET /status/{site}/complete_status."""

from typing import Any

import pytest

from conftest import Published
from sitecfg.models import Site
from status import services
from testing.cast import Api

pytestmark = pytest.mark.django_db

OPEN = {"enclosure": {"enclosure1": {"shutter_status": "Open"}}}
CLOSED = {"enclosure": {"enclosure1": {"shutter_status": "Closed"}}}


@pytest.fixture
def network() -> None:
    Site.objects.create(code="safw", kind=Site.Kind.WEMA, wema="safw")
    Site.objects.create(code="saf", kind=Site.Kind.OBS, wema="safw")


def complete(api: Api, site: str = "saf") -> Any:
    answer = api.get(f"/status/{site}/complete_status")
    assert answer.status_code == 200
    return answer.json()


def test_it_works(api: Api, published: Published) -> None:
    device = services.report("saf", "device", {"mount": {"eastpier": {"altitude": 41.5}}})
    settings = services.report("saf", "obs_settings", {"obs_settings": {"sun_safety_mode": True}})

    assert complete(api) == {
        "site": "saf",
        "statusType": "combined",
        "latest_status_timestamp_ms": max(device.server_timestamp_ms, settings.server_timestamp_ms),
        "status_age_timestamps_ms": {
            "device": device.server_timestamp_ms,
            "obs_settings": settings.server_timestamp_ms,
        },
        "status": {
            "mount": device.document["mount"],
            "obs_settings": {"sun_safety_mode": True},
            "observing_conditions": {},
            "enclosure": {},
        },
    }


def test_a_site_without_any_has_the_whole_shape(api: Api) -> None:
    assert complete(api, "new1") == {
        "site": "new1",
        "statusType": "combined",
        "latest_status_timestamp_ms": 0,
        "status_age_timestamps_ms": {},
        "status": {},
    }


def test_what_was_posted_as_null_does_not_break_the_page(api: Api, published: Published) -> None:
    services.report("saf", "weather", {"observing_conditions": None})

    assert complete(api)["status"]["observing_conditions"] == {}


def test_an_observatory_is_shown_its_wema_s_weather_and_enclosure(
    api: Api, published: Published, network: None
) -> None:
    services.report("safw", "enclosure", OPEN)
    services.report("safw", "weather", {"observing_conditions": {"observing_conditions1": {"wx_ok": "Yes"}}})
    services.report("safw", "wema_settings", {"wema_settings": {"rain_limit_on": True}})
    services.report("other", "weather", {"observing_conditions": {"observing_conditions1": {"wx_ok": "No"}}})

    shown = complete(api)
    assert shown["status"]["enclosure"]["enclosure1"]["shutter_status"]["val"] == "Open"
    assert shown["status"]["observing_conditions"]["observing_conditions1"]["wx_ok"]["val"] == "Yes"
    assert set(shown["status_age_timestamps_ms"]) == {"enclosure", "weather"}
    assert "wema_settings" not in shown["status"]


def test_its_own_word_goes_before_the_wema_s(api: Api, published: Published, network: None) -> None:
    own = services.report("saf", "enclosure", OPEN)
    services.report("safw", "enclosure", CLOSED)

    shown = complete(api)
    assert shown["status"]["enclosure"]["enclosure1"]["shutter_status"]["val"] == "Open"
    assert shown["status_age_timestamps_ms"] == {"enclosure": own.server_timestamp_ms}


def test_it_is_one_query(
    api: Api, published: Published, network: None, django_assert_num_queries: Any
) -> None:
    for status_type in ("device", "weather", "enclosure"):
        services.report("saf", status_type, {})
    with django_assert_num_queries(1):
        complete(api)

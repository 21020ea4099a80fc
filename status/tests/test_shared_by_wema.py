"""A WEMA's weather and enclosure, and the observatories below it that repeat them."""

from typing import Any

import pytest

from conftest import Published
from sitecfg.models import Site
from status import services
from testing.cast import Api

pytestmark = pytest.mark.django_db

WEATHER = {"observing_conditions": {"observing_conditions1": {"wx_ok": "Yes", "wind_m/s": 3}}}


@pytest.fixture(autouse=True)
def network(db: None) -> None:
    Site.objects.create(code="safw", kind=Site.Kind.WEMA, wema="safw")
    Site.objects.create(code="saf", kind=Site.Kind.OBS, wema="safw")
    Site.objects.create(code="saf2", kind=Site.Kind.OBS, wema="safw")
    Site.objects.create(code="mrc1", kind=Site.Kind.OBS, wema="mrc")


def leaf(api: Api, site: str, key: str) -> Any:
    status = api.get(f"/status/{site}/weather").json()["status"]
    return status["observing_conditions"]["observing_conditions1"][key]


def test_it_works(api: Api, published: Published) -> None:
    api.post("/status/safw/status/", {"statusType": "weather", "status": WEATHER})

    assert [frame["site"] for frame in published] == ["safw", "saf", "saf2"]
    stored = api.get("/status/safw/weather").json()
    assert [frame["data"] for frame in published] == [stored, stored, stored]


def test_its_settings_are_its_own(published: Published) -> None:
    services.report("safw", "wema_settings", {"wema_settings": {"rain_limit_on": True}})
    services.report("saf", "weather", WEATHER)

    assert [frame["site"] for frame in published] == ["safw", "saf"]


def test_a_repeated_measurement_keeps_the_time_at_which_it_was_made(api: Api, published: Published) -> None:
    measured = services.report("safw", "weather", WEATHER)
    services.report("saf", "weather", WEATHER)

    assert leaf(api, "saf", "wind_m/s") == {"val": 3, "timestamp": measured.server_timestamp_ms}


def test_after_a_failed_reading_old_measurements_look_old(api: Api, published: Published) -> None:
    measured = services.report("safw", "weather", WEATHER)
    services.report("saf", "weather", WEATHER)
    failed = services.report(
        "saf", "weather", {"observing_conditions": {"observing_conditions1": {"wx_ok": "Unknown"}}}
    )

    assert leaf(api, "saf", "wx_ok") == {"val": "Unknown", "timestamp": failed.server_timestamp_ms}
    assert leaf(api, "saf", "wind_m/s")["timestamp"] == measured.server_timestamp_ms


def test_an_observatory_s_own_word_is_new(api: Api, published: Published) -> None:
    services.report("safw", "enclosure", {"enclosure": {"enclosure1": {"shutter_status": "Closed"}}})
    said = services.report("saf", "enclosure", {"enclosure": {"enclosure1": {"shutter_status": "Sim. Open"}}})

    shown = api.get("/status/saf/enclosure").json()["status"]["enclosure"]["enclosure1"]
    assert shown["shutter_status"] == {"val": "Sim. Open", "timestamp": said.server_timestamp_ms}

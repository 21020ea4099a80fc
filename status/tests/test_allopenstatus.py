"""GET /status/allopenstatus."""

from typing import Any

import pytest

from conftest import Published
from status import services
from status.models import Status
from testing.cast import Api

pytestmark = pytest.mark.django_db


def conditions(**values: Any) -> dict[str, Any]:
    return {"observing_conditions": {"observing_conditions1": values}}


def test_it_works(api: Api, published: Published) -> None:
    services.report("saf", "device", {"a": 1})
    services.report("saf", "weather", conditions(wx_ok="Yes"))
    services.report("mrc1", "enclosure", {})
    Status.objects.filter(site="mrc1").update(
        server_timestamp_ms=Status.objects.get(site="mrc1").server_timestamp_ms - 3_600_500
    )

    shown = api.get("/status/allopenstatus").json()
    assert set(shown) == {"saf", "mrc1"}
    assert shown["mrc1"]["enclosure"]["status_age_s"] in range(3600, 3700)
    assert set(shown["saf"]) == {"device", "weather", "wx_ok"}
    assert shown["saf"]["wx_ok"] is True
    assert isinstance(shown["saf"]["device"]["status_age_s"], int)


def test_nothing_known_is_an_empty_object(api: Api) -> None:
    assert api.get("/status/allopenstatus/").json() == {}


@pytest.mark.parametrize(
    ("value", "ok"), [("yes", True), (True, True), ("true", True), ("No", False), ("Unknown", False)]
)
def test_wx_ok_is_a_boolean(api: Api, published: Published, value: Any, ok: bool) -> None:
    services.report("saf", "weather", conditions(wx_ok=value))

    assert api.get("/status/allopenstatus").json()["saf"]["wx_ok"] is ok


def test_it_follows_the_last_weather(api: Api, published: Published) -> None:
    services.report("saf", "weather", conditions(wx_ok="Yes"))
    services.report("saf", "weather", conditions(rain=0))
    assert api.get("/status/allopenstatus").json()["saf"]["wx_ok"] is True

    services.report("saf", "weather", conditions(wx_ok="No"))
    assert api.get("/status/allopenstatus").json()["saf"]["wx_ok"] is False


def test_two_hundred_sites_are_one_query(api: Api, django_assert_num_queries: Any) -> None:
    Status.objects.bulk_create(
        Status(site=f"site{number}", status_type=status_type, server_timestamp_ms=number)
        for number in range(200)
        for status_type in ("device", "weather", "enclosure")
    )
    with django_assert_num_queries(1) as queries:
        assert len(api.get("/status/allopenstatus").json()) == 200
    assert '"document"' not in queries.captured_queries[0]["sql"]

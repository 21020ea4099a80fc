"""POST /status/{site}/status."""

import json
from typing import Any

import pytest

from conftest import Published
from status import services
from status.models import Status
from testing.cast import ADMIN, Api, text

pytestmark = pytest.mark.django_db

MOUNT = {"mount": {"eastpier": {"altitude": 41.5, "is_slewing": True}}, "send_heartbeat": False}


def post(api: Api, status: Any, status_type: Any = "device", site: str = "saf") -> Any:
    return api.post(f"/status/{site}/status", {"statusType": status_type, "status": status})


def test_it_works(api: Api, published: Published) -> None:
    answer = post(api, MOUNT)

    assert answer.status_code == 200
    kept = Status.objects.get()
    assert answer.json() == {
        "site": "saf",
        "statusType": "device",
        "server_timestamp_ms": kept.server_timestamp_ms,
    }
    when = kept.server_timestamp_ms
    assert kept.document == {
        "mount": {
            "eastpier": {
                "altitude": {"val": 41.5, "timestamp": when},
                "is_slewing": {"val": True, "timestamp": when},
            }
        },
        "send_heartbeat": False,
    }
    assert published.of("sitestatus") == [{**answer.json(), "status": kept.document}]
    assert published[0]["site"] == "saf"


def test_the_whole_merged_document_is_pushed(api: Api, published: Published) -> None:
    post(api, MOUNT)
    post(api, {"mount": {"eastpier": {"altitude": 42.0}}, "focuser": {"focuser": {"comp": None}}})

    first, second = (frame["status"] for frame in published.of("sitestatus"))
    assert second["mount"]["eastpier"]["altitude"]["val"] == 42.0
    assert second["mount"]["eastpier"]["is_slewing"] == first["mount"]["eastpier"]["is_slewing"]
    assert second["focuser"]["focuser"]["comp"]["val"] is None
    assert second["send_heartbeat"] is False


@pytest.mark.parametrize("path", ["/status/saf/status", "/status/saf/status/", "/status//saf/status/"])
def test_every_form_of_the_path_is_the_same(api: Api, published: Published, path: str) -> None:
    assert api.post(path, {"statusType": "device", "status": MOUNT}).status_code == 200
    assert Status.objects.get().site == "saf"


def test_later_posts_have_later_times_whatever_the_clock_does(
    api: Api, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([2_000_000_000, 2_000_000_000, 1_000_000_000])
    monkeypatch.setattr("status.services.time.time_ns", lambda: next(clock))

    times = [post(api, MOUNT).json()["server_timestamp_ms"] for _ in range(3)]
    assert times == [2000, 2001, 2002]


def test_values_pass_through_as_they_came(api: Api, published: Published) -> None:
    values = {
        "altitude": "-0.002",
        "airmass": " >> 5 ",
        "position": 4037.0,
        "count": 4037,
        "large": 123456789012345678901234567890,
        "empty": "",
        "sky": "✓ \U0001f52d",
        "lightning_strike_radius km": "n/a",
        "photometric extinction k'": None,
        "list": [1, "1", {"a": {"b": ""}}],
    }
    post(api, {"mount": {"eastpier": values}})
    post(api, {"screen": {}})

    shown = api.get("/status/saf/device").json()["status"]["mount"]["eastpier"]
    assert json.dumps({key: leaf["val"] for key, leaf in shown.items()}) == json.dumps(values)


def test_what_json_does_not_know_is_null(api: Api, published: Published) -> None:
    status = b'{"focuser": {"focuser": {"focus_temperature": NaN}}, "x": -Infinity}'
    body = b'{"statusType": "device", "status": ' + status + b"}"

    assert api.post("/status/saf/status", body).status_code == 200
    document = Status.objects.get().document
    assert document["focuser"]["focuser"]["focus_temperature"]["val"] is None
    assert document["x"] is None


def test_types_and_sites_are_kept_apart(api: Api, published: Published) -> None:
    post(api, {"a": 1}, "device")
    post(api, {"b": 1}, "deviceStatus")
    post(api, {"c": 1}, "device", site="SAF")

    kept = {(status.site, status.status_type): status.document for status in Status.objects.all()}
    assert kept == {
        ("saf", "device"): {"a": 1},
        ("saf", "deviceStatus"): {"b": 1},
        ("SAF", "device"): {"c": 1},
    }


@pytest.mark.parametrize("status_type", ["weather", "enclosure", "obs_settings", "wema_settings"])
def test_pushed_documents_hold_the_key_that_the_page_needs(
    api: Api, published: Published, status_type: str
) -> None:
    needed = "observing_conditions" if status_type == "weather" else status_type
    post(api, {"other": 1}, status_type)
    post(api, {needed: None}, status_type)

    assert [frame["status"][needed] for frame in published.of("sitestatus")] == [{}, {}]
    assert published.of("sitestatus")[0]["status"]["other"] == 1


def test_an_hourly_forecast_is_joined_with_the_last_one(api: Api, published: Published) -> None:
    later = [{"utc_long_form": "2100-07-11T06:00:00Z", "weather_quality_number": 5}]
    first = {"utc_long_form": "2100-07-11T05:00:00Z", "weather_quality_number": 1}
    post(api, {"forecast": [first, {**later[0], "weather_quality_number": 1}]}, "forecast")
    post(api, {"forecast": later}, "forecast")

    assert published.of("sitestatus")[-1]["status"] == {"forecast": [first, *later]}


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"statusType": None}, "statusType"),
        ({"statusType": ""}, "statusType"),
        ({"statusType": {}}, "statusType"),
        ({"statusType": "a/b"}, "statusType"),
        ({"statusType": "complete_status"}, "statusType"),
        ({"statusType": "x" * 101}, "statusType"),
        ({"status": None}, "status"),
        ({"status": "Open"}, "status"),
        ({"status": []}, "status"),
        ({"statusType": "forecast"}, "status.forecast"),
        ({"statusType": "forecast", "status": {"forecast": {}}}, "status.forecast"),
    ],
)
def test_bad_input_names_the_field(
    api: Api, published: Published, change: dict[str, object], names: str
) -> None:
    answer = api.post("/status/saf/status", {"statusType": "device", "status": MOUNT, **change})

    assert answer.status_code == 400
    assert text(answer).startswith(f"{names}: ")
    assert not published
    assert not Status.objects.exists()


@pytest.mark.parametrize("body", [b"[]", b"not json", b"{"])
def test_a_body_that_is_no_object_changes_nothing(api: Api, published: Published, body: bytes) -> None:
    post(api, MOUNT)
    answer = api.post("/status/saf/status", body)

    assert answer.status_code == 400
    assert "mount" in Status.objects.get().document


def test_what_is_nested_as_deeply_as_anything_may_be_is_kept(api: Api, published: Published) -> None:
    body = b'{"statusType": "device", "status": ' + b'{"a": ' * 195 + b"1" + b"}" * 196
    assert api.post("/status/saf/status", body).status_code == 200
    assert api.post("/status/saf/status", body).status_code == 200

    assert api.get("/status/saf/device").content.count(b'"a"') == 195


@pytest.mark.parametrize("site", ["%20", "a b", "x" * 41, "..%2fetc"])
def test_a_path_without_a_site_code_is_refused(api: Api, published: Published, site: str) -> None:
    assert post(api, MOUNT, site=site).status_code in (400, 404)
    assert not Status.objects.exists()


def test_a_document_cannot_grow_for_ever(
    api: Api, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_BYTES", 300)
    assert post(api, {"a": {"b": {"one": "x" * 100}}}).status_code == 200
    answer = post(api, {"a": {"b": {"two": "x" * 200}}})

    assert answer.status_code == 413
    assert text(answer).startswith("status: ")
    assert list(Status.objects.get().document["a"]["b"]) == ["one"]
    assert len(published) == 1


def test_a_row_that_keeps_vanishing_is_not_waited_for_for_ever(
    api: Api, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Status.objects.all().__class__, "bulk_create", lambda *_, **__: [])

    assert post(api, MOUNT).status_code == 503


def test_strict_mode_needs_a_key(api: Api, published: Published, settings: Any) -> None:
    settings.REQUIRE_SITE_KEYS = True

    assert post(api, MOUNT).status_code == 401
    body = {"statusType": "device", "status": MOUNT}
    assert api.post("/status/saf/status", body, as_=ADMIN).status_code == 200


def test_two_queries_and_no_more(api: Api, published: Published, django_assert_num_queries: Any) -> None:
    post(api, MOUNT)
    with django_assert_num_queries(4):  # and a savepoint set and released, as the test is a transaction
        post(api, MOUNT)

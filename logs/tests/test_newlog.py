"""POST /logs/newlog."""

import pytest

from conftest import Published
from logs.levels import DOCUMENTED
from logs.models import LogMessage
from testing.cast import Api, text

pytestmark = pytest.mark.django_db

BODY = {
    "site": "saf",
    "log_message": "Slewing.\nTracking.",
    "log_level": "INFO",
    "timestamp": 1752262800.1234567,
}


def test_it_works(api: Api, published: Published) -> None:
    answer = api.post("/logs/newlog", BODY)

    assert answer.status_code == 200
    kept = LogMessage.objects.get()
    assert (kept.site, kept.message, kept.log_level) == ("saf", "Slewing.\nTracking.", "INFO")
    assert kept.timestamp == 1752262800.1234567
    assert published.of("userstatus") == [answer.json()]
    assert answer.json() == {
        "site": "saf",
        "message": "Slewing.\nTracking.",
        "log_level": "INFO",
        "timestamp": "1752262800",
        "timestamp_ms": 1752262800123.457,
    }


@pytest.mark.parametrize(
    ("sent", "timestamp", "timestamp_ms"),
    [
        (1604514063, "1604514063", 1604514063000),
        ("1604514063", "1604514063", 1604514063000),
        (1604514063.25, "1604514063", 1604514063250),
        (1604514063.999999, "1604514063", 1604514063999.999),
        (0.5, "0", 500),
        # The clock of a computer whose battery is empty.
        (-0.5, "-1", -500),
        # The last second that a calendar holds.
        (253402300799, "253402300799", 253402300799000),
    ],
)
def test_the_time_is_the_documented_text_and_in_full_beside_it(
    api: Api, published: Published, sent: float | str, timestamp: str, timestamp_ms: float
) -> None:
    api.post("/logs/newlog", {**BODY, "log_message": "x", "timestamp": sent})

    message = {"message": "x", "log_level": "INFO", "timestamp": timestamp, "timestamp_ms": timestamp_ms}
    assert published.of("userstatus") == [{**message, "site": "saf"}]
    assert api.get("/logs/recent-logs", {"site": "saf", "after_time": -10}).json() == [message]


def test_messages_of_one_second_are_all_kept_and_pushed_in_order(api: Api, published: Published) -> None:
    said = [f"line {number}" for number in range(5)]
    for line in said:
        api.post("/logs/newlog", {**BODY, "log_message": line, "timestamp": 1752262800})

    assert [message["message"] for message in published.of("userstatus")] == said
    recent = api.get("/logs/recent-logs", {"site": "saf", "after_time": 1752262799}).json()
    assert [message["message"] for message in recent] == said[::-1]


def test_the_level_is_info_unless_given(api: Api, published: Published) -> None:
    api.post("/logs/newlog", {"site": "saf", "log_message": "hello", "timestamp": 1})
    api.post("/logs/newlog", {"site": "saf", "log_message": "hello", "timestamp": 2, "log_level": None})

    assert [message["log_level"] for message in published.of("userstatus")] == ["info", "info"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("WARN", "warning"),
        ("warn", "warning"),
        (" Warn ", "warning"),
        ("ERR", "error"),
        ("CRIT", "critical"),
        ("FATAL", "critical"),
        ("TRACE", "debug"),
    ],
)
def test_a_short_name_of_a_level_becomes_the_documented_one(
    api: Api, published: Published, sent: str, kept: str
) -> None:
    """The web frontend shows what it does not know as info: a telescope's WARN would look like no warning."""
    answer = api.post("/logs/newlog", {**BODY, "log_level": sent})

    [recent] = api.get("/logs/recent-logs", {"site": "saf", "after_time": 0}).json()
    pushed = published.of("userstatus")[0]
    assert [answer.json()["log_level"], recent["log_level"], pushed["log_level"]] == [kept] * 3


@pytest.mark.parametrize("level", [*DOCUMENTED, *(name.upper() for name in DOCUMENTED), "Warning", "loud"])
def test_documented_levels_and_unknown_ones_stay_as_they_came(
    api: Api, published: Published, level: str
) -> None:
    api.post("/logs/newlog", {**BODY, "log_level": level})

    assert LogMessage.objects.get().log_level == level


@pytest.mark.parametrize("timestamp", [b"", b', "timestamp": NaN', b', "timestamp": null'])
def test_without_a_time_it_is_now(api: Api, published: Published, timestamp: bytes) -> None:
    answer = api.post("/logs/newlog", b'{"site": "saf", "log_message": "x"' + timestamp + b"}")

    assert answer.status_code == 200
    kept = LogMessage.objects.get()
    assert kept.timestamp == pytest.approx(kept.received_at.timestamp())


def test_text_keeps_every_character(api: Api, published: Published) -> None:
    message = " π ≈ 3.14159 \t \U0001f52d ✓ \r\n "
    api.post("/logs/newlog", {**BODY, "log_message": message})

    assert LogMessage.objects.get().message == message


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"site": None}, "site"),
        ({"site": "../etc"}, "site"),
        ({"log_message": None}, "log_message"),
        ({"log_message": ["a"]}, "log_message"),
        ({"timestamp": "yesterday"}, "timestamp"),
        ({"timestamp": True}, "timestamp"),
        ({"log_level": {}}, "log_level"),
    ],
)
def test_bad_input_names_the_field(
    api: Api, published: Published, change: dict[str, object], names: str
) -> None:
    answer = api.post("/logs/newlog", {**BODY, **change})

    assert answer.status_code == 400
    assert text(answer).startswith(f"{names}: ")
    assert not published
    assert not LogMessage.objects.exists()

"""GET /logs/recent-logs."""

import time

import pytest

from logs import services
from logs.models import LogMessage
from testing.cast import Api, text

pytestmark = pytest.mark.django_db


def test_it_works(api: Api) -> None:
    services.add("saf", "older", timestamp=1000)
    services.add("saf", "newer", log_level="warning", timestamp=1000.5)
    services.add("mrc", "elsewhere", timestamp=1001)

    answer = api.get("/logs/recent-logs", {"site": "saf", "after_time": 999})

    assert answer.json() == [
        {"message": "newer", "log_level": "warning", "timestamp": "1000", "timestamp_ms": 1000500},
        {"message": "older", "log_level": "info", "timestamp": "1000", "timestamp_ms": 1000000},
    ]


def test_messages_of_one_second_are_in_the_order_of_its_fractions(api: Api) -> None:
    for fraction in (0.5, 0.25, 0.75):
        services.add("saf", str(fraction), timestamp=1604514063 + fraction)

    found = api.get("/logs/recent-logs", {"site": "saf", "after_time": 1604514062}).json()
    assert [(message["message"], message["timestamp"]) for message in found] == [
        ("0.75", "1604514063"),
        ("0.5", "1604514063"),
        ("0.25", "1604514063"),
    ]


def test_after_time_itself_is_left_out(api: Api) -> None:
    services.add("saf", "then", timestamp=1000)

    assert api.get("/logs/recent-logs", {"site": "saf", "after_time": 1000}).json() == []
    assert len(api.get("/logs/recent-logs", {"site": "saf", "after_time": "999.5"}).json()) == 1


def test_without_a_time_it_is_the_last_day(api: Api) -> None:
    services.add("saf", "yesterday", timestamp=time.time() - 2 * 86_400)
    services.add("saf", "now")

    assert [message["message"] for message in api.get("/logs/recent-logs", {"site": "saf"}).json()] == ["now"]


def test_of_too_many_the_newest_are_answered(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LogMessage.objects.all().__class__, "MOST", 3)
    for second in range(5):
        services.add("saf", str(second), timestamp=second)

    found = api.get("/logs/recent-logs", {"site": "saf", "after_time": -1}).json()
    assert [message["message"] for message in found] == ["4", "3", "2"]


@pytest.mark.parametrize(
    ("query", "names"), [({}, "site"), ({"site": "saf", "after_time": "now"}, "after_time")]
)
def test_bad_input_names_the_field(api: Api, query: dict[str, str], names: str) -> None:
    answer = api.get("/logs/recent-logs", query)

    assert answer.status_code == 400
    assert text(answer).startswith(f"{names}: ")

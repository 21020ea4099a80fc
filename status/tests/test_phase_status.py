"""POST /status/phase_status and GET /status/phase_status/{site}."""

import time

import pytest

from conftest import Published
from status import services, tasks
from status.models import Phase
from testing.cast import Api, text

pytestmark = pytest.mark.django_db


def say(api: Api, message: str, site: str = "saf") -> None:
    assert api.post("/status/phase_status", {"site": site, "message": message}).status_code == 200


def test_it_works(api: Api, published: Published) -> None:
    before = time.time()
    answer = api.post("/status/phase_status", {"site": "saf", "message": "Taking flats"})

    assert (answer.status_code, text(answer)) == (200, "The phase status is saved.")
    shown = api.get("/status/phase_status/saf", {"max_age_seconds": 3600}).json()
    assert shown == published.of("phase_status")
    assert shown[0]["message"] == "Taking flats"
    assert shown[0]["site"] == "saf"
    assert before <= shown[0]["timestamp"] <= time.time()


def test_the_newest_three_newest_first(api: Api, published: Published) -> None:
    for number in range(5):
        say(api, f"phase {number}")
    say(api, "elsewhere", site="mrc1")

    shown = api.get("/status/phase_status/saf/").json()
    assert [phase["message"] for phase in shown] == ["phase 4", "phase 3", "phase 2"]


def test_older_than_asked_for_is_left_out(api: Api, published: Published) -> None:
    say(api, "old")
    Phase.objects.update(timestamp=time.time() - 3700)
    say(api, "new")

    def messages(**query: int) -> list[str]:
        return [phase["message"] for phase in api.get("/status/phase_status/saf", query).json()]

    assert messages() == ["new"]
    assert messages(max_age_seconds=3600) == ["new"]
    assert messages(max_age_seconds=7200) == ["new", "old"]


def test_two_of_one_instant_are_both_kept(
    api: Api, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    monkeypatch.setattr("status.services.time.time", lambda: now)
    say(api, "first")
    say(api, "second")

    shown = api.get("/status/phase_status/saf").json()
    assert [phase["message"] for phase in shown] == ["second", "first"]


def test_nothing_said_is_an_empty_list(api: Api) -> None:
    assert api.get("/status/phase_status/saf").json() == []


@pytest.mark.parametrize(
    ("body", "names"),
    [({"message": "x"}, "site"), ({"site": "a b", "message": "x"}, "site"), ({"site": "saf"}, "message")],
)
def test_bad_input_names_the_field(api: Api, body: dict[str, str], names: str) -> None:
    answer = api.post("/status/phase_status", body)

    assert answer.status_code == 400
    assert text(answer).startswith(f"{names}: ")


def test_a_bad_age_names_the_field(api: Api) -> None:
    answer = api.get("/status/phase_status/saf", {"max_age_seconds": "old"})

    assert (answer.status_code, text(answer)) == (400, "max_age_seconds: must be a number.")


def test_after_a_week_they_are_removed(published: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "BATCH", 2)
    for number in range(5):
        services.say_phase("saf", str(number))
    Phase.objects.update(timestamp=time.time() - 7.01 * 86_400)
    services.say_phase("saf", "young")

    tasks.expire()

    assert [phase.message for phase in Phase.objects.all()] == ["young"]


def test_a_site_may_have_any_name_but_this(api: Api, published: Published) -> None:
    body = {"statusType": "device", "status": {"a": 1}}

    assert api.post("/status/allopenstatus/status", body).status_code == 200
    assert api.get("/status/allopenstatus/device").json()["status"] == {"a": 1}
    assert api.post("/status/phase_status/status", body).status_code == 405

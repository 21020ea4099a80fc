"""GET, POST and DELETE /api/nightlog/{site}."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from conftest import Published
from sitecfg import services, tasks
from sitecfg.models import NightNote
from testing.cast import Api, Person, at_once, text

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)
PATH = "/api/nightlog/saf"
# As the frontend sends it.
DATA = {
    "site": "saf",
    "username": "Ada",
    "userid": "auth0|ada",
    "message": "Clouds after midnight.\n☁",
    "ttl_hours": 48,
    "selected_image": {
        "base_filename": "saf-sq001-20261120-00000001",
        "exposure_time": 30.0,
        "nothing": None,
    },
}


def test_it_works(api: Api, admin: Person) -> None:
    with time_machine.travel(NOW, tick=False):
        answer = api.post(PATH, {"note_data": DATA}, as_=admin)

        assert answer.status_code == 200
        assert api.get(PATH).json() == {
            "site": "saf",
            "created_timestamp": int(NOW.timestamp()),
            "ttl_timestamp_seconds": int(NOW.timestamp()) + 48 * 3600,
            "note_data": DATA,
        }
        assert answer.json() == api.get(PATH).json()


def test_none_there(api: Api) -> None:
    answer = api.get(PATH)
    assert (answer.status_code, answer.content) == (204, b"")


def test_a_new_note_replaces_the_old(api: Api, alice: Person, bob: Person) -> None:
    api.post(PATH, {"note_data": DATA}, as_=alice)
    api.post(PATH, {"note_data": {"message": "second"}}, as_=bob)
    api.post("/api/nightlog/mrc1", {"note_data": {"message": "elsewhere"}}, as_=bob)

    assert api.get(PATH).json()["note_data"] == {"message": "second", "username": "Bob"}
    assert NightNote.objects.get(site="saf").author == bob.user_id


def test_delete(api: Api, alice: Person) -> None:
    api.post(PATH, {"note_data": DATA}, as_=alice)

    for _ in range(2):
        answer = api.delete(PATH, as_=alice)
        assert (answer.status_code, answer.content) == (204, b"")
    assert api.get(PATH).status_code == 204


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_writing_needs_a_user(api: Api, alice: Person, method: str) -> None:
    api.post(PATH, {"note_data": DATA}, as_=alice)
    for shown in ("", "Bearer undefined", "Bearer a.b.c"):
        answer = api.send(method, PATH, {"note_data": {"message": "forged"}}, Authorization=shown)
        assert answer.status_code == 401
        assert answer.json() == {"message": "Unauthorized"}
    assert api.get(PATH).json()["note_data"] == DATA


@pytest.mark.parametrize(
    ("given", "hours"),
    [
        ({}, 48),
        ({"ttl_hours": None}, 48),
        ({"ttl_hours": ""}, 48),
        ({"ttl_hours": "12"}, 12),
        ({"ttl_hours": 0.5}, 0.5),
    ],
)
def test_how_long_it_stays(api: Api, alice: Person, given: dict[str, Any], hours: float) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        api.post(PATH, {"note_data": {"message": "x", **given}}, as_=alice)
        clock.shift(timedelta(hours=hours, seconds=-1))
        assert api.get(PATH).status_code == 200
        tasks.expire_notes()
        assert NightNote.objects.exists()
        clock.shift(timedelta(seconds=1))
        assert api.get(PATH).status_code == 204
        tasks.expire_notes()
        assert not NightNote.objects.exists()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("Just a text.", {"username": "Alice", "message": "Just a text."}),
        ('{"message": "in a text", "username": "A"}', {"username": "A", "message": "in a text"}),
        ("[1]", {"username": "Alice", "message": "[1]"}),
    ],
)
def test_a_text_is_the_message(api: Api, alice: Person, sent: str, kept: dict[str, str]) -> None:
    """As the documentation describes `note_data`."""
    assert api.post(PATH, {"note_data": sent}, as_=alice).status_code == 200
    assert api.get(PATH).json()["note_data"] == kept


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "note_data: this key is missing."),
        ({"note_data": 5}, "note_data: must be a JSON object or text."),
        ({"note_data": {"ttl_hours": "long"}}, "note_data.ttl_hours: must be a number."),
        ({"note_data": {"ttl_hours": 0}}, "note_data.ttl_hours: must be more than 0"),
        ({"note_data": {"ttl_hours": -1}}, "note_data.ttl_hours: must be more than 0"),
        ({"note_data": {"ttl_hours": 1e12}}, "note_data.ttl_hours: must be more than 0"),
    ],
)
def test_bad_input_names_the_field(api: Api, alice: Person, body: dict[str, Any], says: str) -> None:
    answer = api.post(PATH, body, as_=alice)

    assert answer.status_code == 400
    assert text(answer).startswith(says)
    assert api.get(PATH).status_code == 204


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_stays_whole() -> None:
    at_once(6, lambda n: services.write_note("saf", {"by": n}, hours=1, author=str(n)))

    kept = NightNote.objects.get()
    assert kept.note_data == {"by": int(kept.author)}


def test_whoever_watches_hears_of_it(api: Api, alice: Person, published: Published) -> None:
    put_up = api.post(PATH, {"note_data": DATA}, as_=alice).json()
    api.delete(PATH, as_=alice)
    api.delete(PATH, as_=alice)

    assert published.of("nightlog") == [put_up, {"site": "saf", "note_data": None}]

"""Control rooms at RemoteHQ, against a stand-in that checks what it is sent."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import urllib3
from django.utils import timezone
from pytest_django import Settings

from sitecfg import providers, rooms
from sitecfg.models import ControlRoom
from sitecfg.providers import RoomFailure
from sitecfg.tests.standin import TOKEN, RemoteHQServer, remotehq
from testing.cast import Api, Person, at_once, text

pytestmark = pytest.mark.django_db

ROOM = "/api/control_room/saf"
APP = {
    "id": "com.remotehq.app.cloudbrowser",
    "permissionMode": "editable",
    "autoStart": True,
    "config": {
        "url": "https://ranch.example/cr/saf",
        "region": "us-west-1",
        "kioskModeEnabled": True,
        "incognitoModeEnabled": False,
    },
}


@pytest.fixture
def server(settings: Settings) -> Iterator[RemoteHQServer]:
    with remotehq() as server:
        settings.REMOTEHQ_URL = server.url
        settings.REMOTEHQ_TOKEN = TOKEN
        settings.PUBLIC_URL = "https://ranch.example"
        yield server
        assert server.wrong == []
    providers._outside.cache_clear()


def test_it_works(api: Api, server: RemoteHQServer) -> None:
    answer = api.get(ROOM)

    assert answer.status_code == 200
    [slug] = server.rooms
    assert answer.json() == {
        "site": "saf",
        "slug": slug,
        "room_id": f"id-{slug}",
        "url": f"https://rooms.example/{slug}",
        "config": APP,
        "is_deleted": False,
    }
    assert server.calls == [
        ("DELETE", "/rooms/control-room-saf", None),
        (
            "POST",
            "/rooms",
            {
                "name": "control-room-saf",
                "allowGuestAccess": True,
                "videoConferenceEnabled": True,
                "imageURL": "https://photonranch.org/favicon.ico",
                "type": "collaboration",
            },
        ),
        ("PUT", f"/rooms/{slug}/room-app-config", APP),
    ]


def test_the_same_room_is_given_again(api: Api, server: RemoteHQServer) -> None:
    first = api.get(ROOM).json()
    calls = len(server.calls)

    assert api.get(ROOM).json() == first
    assert len(server.calls) == calls


def test_restart(api: Api, server: RemoteHQServer) -> None:
    answer = api.get(f"{ROOM}/restart")
    assert (answer.status_code, text(answer)) == (404, "no control room found for site saf")
    slug = api.get(ROOM).json()["slug"]
    server.calls.clear()

    answer = api.get(f"{ROOM}/restart")

    assert (answer.status_code, text(answer)) == (200, "control room restarted successfully")
    assert server.calls == [("PUT", f"/rooms/{slug}/room-app-config", APP)]


def test_delete(api: Api, server: RemoteHQServer) -> None:
    answer = api.delete(ROOM)
    assert (answer.status_code, text(answer)) == (200, "no such room found")
    api.get(ROOM)

    answer = api.delete(ROOM)

    assert (answer.status_code, text(answer)) == (200, "room has been deleted")
    assert server.rooms == {}
    assert not ControlRoom.objects.exists()


# --- When RemoteHQ is in trouble ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "trouble", [(500, b"oops"), (201, b"[]"), (201, b"<html>"), (401, b'{"error": "x"}')]
)
def test_a_room_that_is_not_made_leaves_nothing_behind(
    api: Api, server: RemoteHQServer, trouble: tuple[int, bytes]
) -> None:
    server.instead["POST", "/rooms"] = trouble

    answer = api.get(ROOM)
    assert (answer.status_code, text(answer)) == (500, "failed to get room")
    assert not ControlRoom.objects.exists()

    server.instead.clear()
    assert api.get(ROOM).status_code == 200


def test_a_restart_that_fails(api: Api, server: RemoteHQServer) -> None:
    made = api.get(ROOM).json()
    server.instead["PUT", f"/rooms/{made['slug']}/room-app-config"] = (500, b"{}")

    answer = api.get(f"{ROOM}/restart")

    assert answer.status_code == 500
    assert answer.json() == {"message": "Problem modifying room config", "site": "saf", "room_data": made}


def test_a_room_that_remotehq_does_not_remove_is_forgotten_all_the_same(
    api: Api, server: RemoteHQServer
) -> None:
    made = api.get(ROOM).json()
    server.instead["DELETE", f"/rooms/{made['slug']}"] = (500, b"{}")

    assert text(api.delete(ROOM)) == "room has been deleted"
    assert not ControlRoom.objects.exists()
    api.get(ROOM)  # making the next one removes the last by its name
    assert len(server.rooms) == 1


def test_remotehq_does_not_answer(
    api: Api, alice: Person, settings: Settings, server: RemoteHQServer
) -> None:
    server.hold.clear()
    slow = urllib3.PoolManager(timeout=0.05, retries=False)
    providers._outside.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(providers, "_outside", lambda: slow)
        assert text(api.get(ROOM)) == "failed to get room"
        answer = api.post("/api/new_remotehq_browser", {}, as_=alice)
    assert answer.status_code == 503
    assert text(answer) == "RemoteHQ does not answer just now; please try again."
    assert not ControlRoom.objects.exists()


# --- Two at once -------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_many_who_ask_at_once_all_get_one_room(server: RemoteHQServer) -> None:
    made = at_once(8, lambda _: rooms.room_of("saf"))

    assert len({room.slug for room in made}) == 1
    assert server.paths().count("POST /rooms") == 1


def test_who_waits_takes_over_when_the_maker_fails(server: RemoteHQServer) -> None:
    now = timezone.now()
    ControlRoom.objects.create(site="saf", provider="remotehq", claimed_at=now, restarted_at=now)
    waited: list[float] = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            ControlRoom.objects.all().delete()  # as the maker does when RemoteHQ refuses

    assert rooms.room_of("saf", pause).url.startswith("https://rooms.example/")
    assert len(waited) == 3


def never(seconds: float) -> None:
    pytest.fail("it waited")


def test_a_maker_that_died_does_not_block_the_room(server: RemoteHQServer) -> None:
    then = timezone.now() - timedelta(minutes=1)
    ControlRoom.objects.create(site="saf", provider="remotehq", claimed_at=then, restarted_at=then)

    assert rooms.room_of("saf", pause=never).url


def test_waiting_has_an_end(server: RemoteHQServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "WAIT_S", 0)
    now = timezone.now()
    ControlRoom.objects.create(site="saf", provider="remotehq", claimed_at=now, restarted_at=now)

    with pytest.raises(RoomFailure):
        rooms.room_of("saf", pause=lambda _: None)


def test_a_room_of_another_provider_is_replaced(api: Api, server: RemoteHQServer, settings: Settings) -> None:
    url, settings.REMOTEHQ_URL = settings.REMOTEHQ_URL, None
    assert api.get(ROOM).json()["url"].startswith("https://meet.jit.si/")
    settings.REMOTEHQ_URL = url

    assert api.get(ROOM).json()["url"].startswith("https://rooms.example/")


# --- A browser in the cloud --------------------------------------------------------------------------------


def test_a_browser(api: Api, alice: Person, server: RemoteHQServer) -> None:
    answer = api.post("/api/new_remotehq_browser", {}, as_=alice)

    assert answer.status_code == 200
    assert answer.json() == {
        "data": {"instanceURN": "urn:1", "embedURL": "https://embed.example/1"},
        "error": None,
    }
    [(_, _, sent)] = server.calls
    assert sent == {
        "kioskModeEnabled": False,
        "incognitoModeEnabled": False,
        "browserURL": "https://ranch.example",
        "resolution": "medium",
        "region": "us-east-1",
    }


def test_a_browser_as_asked_for(api: Api, alice: Person, server: RemoteHQServer) -> None:
    body = {"initial_url": "https://example.org/x", "resolution": "high"}
    api.post("/api/new_remotehq_browser", body, as_=alice)

    [(_, _, sent)] = server.calls
    assert (sent["browserURL"], sent["resolution"]) == ("https://example.org/x", "high")


def test_whatever_remotehq_says_is_passed_on(api: Api, alice: Person, server: RemoteHQServer) -> None:
    server.instead["POST", "/cb"] = (402, b'{"error": "too many instances"}')
    answer = api.post("/api/new_remotehq_browser", {}, as_=alice)
    assert (answer.status_code, answer.json()) == (200, {"error": "too many instances"})


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"resolution": "8k"}, "resolution: must be one of: low, medium, high, mobile."),
        ({"initial_url": "javascript:alert(1)"}, "initial_url: must be a URL"),
    ],
)
def test_a_browser_names_what_is_wrong(
    api: Api, alice: Person, server: RemoteHQServer, body: dict[str, Any], says: str
) -> None:
    answer = api.post("/api/new_remotehq_browser", body, as_=alice)
    assert answer.status_code == 400
    assert text(answer).startswith(says)
    assert server.calls == []


def test_a_browser_needs_a_user(api: Api, server: RemoteHQServer) -> None:
    assert api.post("/api/new_remotehq_browser", {}).json() == {"message": "Unauthorized"}
    assert server.calls == []

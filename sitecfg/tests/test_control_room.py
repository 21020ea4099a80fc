"""Control rooms on Jitsi (the default), who may open them, and the restart in the afternoon."""

import importlib
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from photonranch import settings as module
from sitecfg import keys, rooms, tasks
from sitecfg.models import ControlRoom
from sitecfg.providers import Jitsi, RoomFailure
from sitecfg.tests.cast import put_both
from testing.cast import Api, Person, at_once, text

pytestmark = pytest.mark.django_db

ROOM = "/api/control_room/saf"


def test_it_works(api: Api, settings: Settings) -> None:
    settings.JITSI_URL = "https://jitsi.example/"

    room = api.get(ROOM).json()

    assert room["url"] == f"https://jitsi.example/{room['slug']}"
    assert room["slug"].startswith("photonranch-saf-")
    assert (room["site"], room["room_id"]) == ("saf", room["slug"])
    assert (room["config"], room["is_deleted"]) == ({}, False)
    assert api.get(ROOM).json() == room


def test_rooms_cannot_be_guessed(api: Api) -> None:
    one, other = (api.get(f"/api/control_room/{site}").json()["slug"] for site in ("saf", "mrc1"))
    assert one.removeprefix("photonranch-saf") != other.removeprefix("photonranch-mrc1")
    assert len(one.rpartition("-")[2]) == 16


def test_restart_keeps_the_address(api: Api) -> None:
    assert api.get(f"{ROOM}/restart").status_code == 404
    room = api.get(ROOM).json()

    assert text(api.get(f"{ROOM}/restart")) == "control room restarted successfully"
    assert api.get(ROOM).json() == room


def test_delete(api: Api) -> None:
    assert text(api.delete(ROOM)) == "no such room found"
    first = api.get(ROOM).json()
    assert text(api.delete(ROOM)) == "room has been deleted"
    assert api.get(ROOM).json()["slug"] != first["slug"]


def test_head_changes_nothing(api: Api) -> None:
    for path in (ROOM, f"{ROOM}/restart"):
        assert api.send("HEAD", path).status_code == 405
    assert not ControlRoom.objects.exists()


def test_there_is_no_cloud_browser_and_that_is_said(api: Api, alice: Person) -> None:
    answer = api.post("/api/new_remotehq_browser", {}, as_=alice)
    assert answer.status_code == 404
    assert "Jitsi here, which has no cloud browser" in text(answer)


@pytest.mark.parametrize("path", ["/api/control_room/.x", "/api/control_room/.x/restart"])
def test_what_is_no_site_code(api: Api, path: str) -> None:
    assert text(api.get(path)) == "site: '.x' is not a site code."


@pytest.mark.django_db(transaction=True)
def test_of_many_who_ask_at_once_all_get_one_room() -> None:
    assert len({room.url for room in at_once(8, lambda _: rooms.room_of("saf"))}) == 1


def test_strict_mode(api: Api, settings: Settings, alice: Person) -> None:
    """Whoever is known may open a room; others find the one that is there."""
    settings.REQUIRE_SITE_KEYS = True
    shown = f"Bearer {keys.make('site', 'saf')[1]}"
    assert api.get(ROOM).status_code == 401
    assert api.send("GET", "/api/control_room/mrc1", Authorization=shown).status_code == 403
    assert not ControlRoom.objects.exists()

    room = api.get(ROOM, as_=alice).json()
    assert api.get(ROOM).json() == room
    assert api.get(f"{ROOM}/restart").status_code == 401
    assert api.get(f"{ROOM}/restart", as_=alice).status_code == 200
    assert api.delete(ROOM).status_code == 401
    assert api.delete(ROOM, as_=alice).status_code == 401
    assert api.send("DELETE", ROOM, Authorization=shown).status_code == 200


def test_half_a_configuration_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REMOTEHQ_URL", "https://api.remotehq.com/v1")
    with pytest.raises(ImproperlyConfigured, match="set both or neither"):
        importlib.reload(module)
    monkeypatch.undo()
    importlib.reload(module)


# --- In the afternoon --------------------------------------------------------------------------------------

THREE = datetime(2026, 11, 20, 22, tzinfo=UTC)  # 15:00 in Denver


@pytest.mark.parametrize(
    ("now", "afternoon"),
    [
        (THREE, THREE),
        (THREE - timedelta(seconds=1), THREE - timedelta(days=1)),
        (THREE + timedelta(hours=23, minutes=59), THREE),
        # The clocks go back on 1 November: 15:00 is 21:00 UTC the day before, and 22:00 UTC after it.
        (datetime(2026, 11, 1, 21, 59, tzinfo=UTC), datetime(2026, 10, 31, 21, tzinfo=UTC)),
        (datetime(2026, 11, 1, 22, tzinfo=UTC), datetime(2026, 11, 1, 22, tzinfo=UTC)),
    ],
)
def test_the_last_afternoon(now: datetime, afternoon: datetime) -> None:
    put_both()
    assert rooms.last_afternoon("saf", now) == afternoon


def test_a_site_whose_zone_nobody_knows_goes_by_utc() -> None:
    assert rooms.last_afternoon("mrc1", THREE) == datetime(2026, 11, 20, 15, tzinfo=UTC)


class Restarted(list[str]):
    fail = False

    def restart(self, site: str, slug: str) -> dict[str, object]:
        if self.fail:
            raise RoomFailure("down")
        self.append(site)
        return {}


@pytest.fixture
def restarted(monkeypatch: pytest.MonkeyPatch) -> Restarted:
    seen = Restarted()
    monkeypatch.setattr(Jitsi, "restart", lambda _, site, slug: seen.restart(site, slug))
    return seen


def test_each_room_is_restarted_once_after_three_o_clock_of_its_site(restarted: Restarted) -> None:
    put_both()
    with time_machine.travel(THREE - timedelta(hours=2), tick=False) as clock:
        rooms.room_of("saf")
        rooms.room_of("mrc1")  # by UTC: its afternoon is over
        tasks.restart_control_rooms()
        assert restarted == []
        clock.move_to(THREE)
        tasks.restart_control_rooms()
        tasks.restart_control_rooms()
        assert restarted == ["saf"]
        clock.shift(timedelta(days=3))  # late is as good as on time
        tasks.restart_control_rooms()
        assert sorted(restarted) == ["mrc1", "saf", "saf"]


def test_a_restart_that_fails_is_tried_again(restarted: Restarted) -> None:
    put_both()
    with time_machine.travel(THREE - timedelta(hours=1), tick=False) as clock:
        rooms.room_of("saf")
        clock.move_to(THREE)
        restarted.fail = True
        assert rooms.restart_due() == 0
        restarted.fail = False
        clock.shift(timedelta(minutes=5))
        assert rooms.restart_due() == 1

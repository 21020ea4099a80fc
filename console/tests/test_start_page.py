"""The admin's start page: the numbers that an operator asks for, and nothing of what one may not see."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conftest import Published
from console import start_page
from images.models import StoredVolume, Upload
from jobs import services as jobs
from logs import services as logs
from photonranch.auth.callers import Caller
from pipe import services as pipe
from sitecfg.models import Site
from status.models import LastSeen
from testing.cast import ALICE, Api, a_command, an_event
from testing.rows import ROWS, fill
from testing.staff import staff, superuser

pytestmark = pytest.mark.django_db

GROWING = ("sitecfg.site", "jobs.job", "logs.logmessage", "images.upload", "pipe.item", "status.lastseen")


def tiles(client: Client) -> dict[str, start_page.Tile]:
    sections: Any = client.get("/admin/").context["sections"]
    return {tile.title: tile for section in sections for tile in section.tiles}


def silent(client: Client) -> list[str]:
    return [site.code for site in client.get("/admin/").context["sections"][0].silent]


def test_it_works(published: Published) -> None:
    shown = tiles(superuser())

    assert shown["Sites online"].value == "0 of 0"
    assert (shown["Jobs waiting"].value, shown["Jobs waiting"].note) == ("0", "all fetched")
    assert shown["Storage used"].note == "not measured yet"
    assert "%" in shown["Disk free"].note


def test_sites_online_and_who_is_not(published: Published) -> None:
    now = timezone.now()
    for code, seconds in (("saf", 10), ("mrc1", 400), ("eco1", 90_000)):
        Site.objects.create(code=code, kind="obs")
        LastSeen.objects.create(site=code, endpoint="getnewjobs", at=now - timedelta(seconds=seconds))
        LastSeen.objects.create(site=code, endpoint="newlog", at=now - timedelta(days=30))
    Site.objects.create(code="new", kind="obs")
    LastSeen.objects.create(site="elsewhere", endpoint="newlog", at=now)
    client = superuser()

    online = tiles(client)["Sites online"]
    assert (online.value, online.tone) == ("1 of 4", "bad")
    assert silent(client) == ["mrc1", "eco1", "new"]
    page = client.get("/admin/").content.decode()
    assert "never heard" in page
    LastSeen.objects.update(at=now)
    LastSeen.objects.create(site="new", endpoint="newlog", at=now)
    assert tiles(client)["Sites online"].tone == "good"


def test_jobs_waiting_and_their_age(published: Published) -> None:
    jobs.create_job(Caller("user", "alice"), a_command())
    client = superuser()

    assert tiles(client)["Jobs waiting"].value == "1"
    assert tiles(client)["Jobs waiting"].tone == ""
    ROWS["jobs.job"](0).save()
    late = tiles(client)["Jobs waiting"]
    assert (late.value, late.note, late.tone) == ("2", "the oldest from 12 h ago", "wait")
    assert client.get(late.path).context["cl"].result_count == 2


def test_what_else_an_operator_asks_for(published: Published) -> None:
    now = timezone.now()
    for hours in (1, 30):
        upload = ROWS["images.upload"](hours)
        upload.state, upload.uploaded_at = Upload.State.FAILED, now - timedelta(hours=hours)
        upload.save()
    StoredVolume.objects.create(
        directory="data", site="saf", files=3, size_bytes=5 * 1024**3, measured_at=now
    )
    logs.add("saf", "dome stuck", log_level="ERROR")
    pipe.create_queue("work")
    pipe.enqueue("work", [pipe.NewItem(1), pipe.NewItem(2)])
    pipe.take("work", lease_s=60)
    pipe.set_status("pipe-1", "online", {})
    Api().post("/calendar/newevent", an_event(now - timedelta(minutes=1)), as_=ALICE)

    shown = {title: tile.value for title, tile in tiles(superuser()).items()}

    expected = {
        "Failed ingests": "1", "Storage used": "5.0 GB", "Errors in the log": "1", "Items waiting": "1",
        "Leased": "1", "Dead": "0", "Stale machines": "0", "Reservations now": "1", "Files to be read": "0",
    }  # fmt: skip
    assert {title: shown[title] for title in expected} == expected


def test_every_number_leads_to_its_list(published: Published) -> None:
    client = superuser()

    for tile in tiles(client).values():
        assert client.get(tile.path).status_code == 200, tile


def test_who_may_see_little_sees_little(published: Published) -> None:
    assert set(tiles(staff("jobs.view_job"))) == {"Jobs waiting"}
    assert tiles(staff(name="nobody")) == {}


def test_it_asks_no_more_where_there_is_more(published: Published) -> None:
    client = superuser()
    asked = []
    for count in (1, 30):
        for label in GROWING:
            fill(label, count)
        with CaptureQueriesContext(connection) as queries:
            client.get("/admin/")
        asked.append(len(queries))

    assert asked[0] == asked[1] <= 25


def test_a_store_elsewhere_has_no_disk(published: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    class Elsewhere:
        local = False

    monkeypatch.setattr("console.start_page.store", Elsewhere)

    assert "Disk free" not in tiles(superuser())

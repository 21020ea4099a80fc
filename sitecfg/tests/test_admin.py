"""The admin: versions shown and restored, keys made, shown once and revoked."""

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.test import Client

from photonranch.auth.credentials import identify
from photonranch.errors import NotSignedIn
from sitecfg import keys, rooms, services, tasks
from sitecfg.models import Configuration, Night, NightNote, Site, SiteKey
from sitecfg.tests.cast import obs_configuration, put_both, wema_configuration

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("ada", password="x"))
    return client


def act(client: Client, model: str, action: str, *chosen: Any) -> str:
    form = {"action": action, "_selected_action": [row.pk for row in chosen], "confirmed": "yes"}
    return client.post(f"/admin/sitecfg/{model}/", form, follow=True).content.decode()


def test_a_version_is_shown_and_restored(staff: Client) -> None:
    services.put_configuration("saf", obs_configuration(name="<Main OTA>"), by="auth0|bob")
    services.put_configuration("saf", wema_configuration())
    first = Configuration.objects.earliest("pk")

    shown = staff.get("/admin/sitecfg/configuration/").content.decode()
    assert "auth0|bob" in shown
    page = staff.get(f"/admin/sitecfg/configuration/{first.pk}/change/").content.decode()
    assert "&lt;Main OTA&gt;" in page
    assert "is again as it was put" in act(staff, "configuration", "restore", first)

    assert Site.objects.get().configuration == obs_configuration(name="<Main OTA>")
    newest = Configuration.objects.newest("saf")
    assert newest is not None
    assert newest.put_by == "ada"


def test_a_deleted_site_is_restored_from_before(staff: Client) -> None:
    services.put_configuration("saf", obs_configuration())
    services.delete_configuration("saf")
    before, deleted = Configuration.objects.order_by("pk")

    assert "there is nothing to restore" in act(staff, "configuration", "restore", deleted)
    assert "Choose one version." in act(staff, "configuration", "restore", before, deleted)
    assert not Site.objects.exists()
    act(staff, "configuration", "restore", before)
    assert Site.objects.get().configuration == obs_configuration()


def test_restoring_needs_the_permission() -> None:
    services.put_configuration("saf", {"v": 1})
    services.put_configuration("saf", {"v": 2})
    looker = User.objects.create_user("bob", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_configuration"))
    client = Client()
    client.force_login(looker)

    act(client, "configuration", "restore", Configuration.objects.earliest("pk"))

    assert Site.objects.get().configuration == {"v": 2}


def test_a_key_is_made_and_shown_once(staff: Client) -> None:
    form = {"scope": "site", "site": "saf", "note": "the mount's computer"}
    page = staff.post("/admin/sitecfg/sitekey/add/", form, follow=True).content.decode()

    found = re.findall(r"prk_[\w-]{43}", page)
    assert len(set(found)) == 1
    assert identify(f"Bearer {found[0]}").site == "saf"
    kept = SiteKey.objects.get()
    assert (kept.note, kept.made_by) == ("the mount's computer", "ada")
    again = staff.get("/admin/sitecfg/sitekey/").content.decode()
    assert found[0] not in again
    assert kept.start in again


@pytest.mark.parametrize("form", [{"scope": "site", "site": ""}, {"scope": "pipe", "site": "saf"}])
def test_a_key_that_makes_no_sense_is_not_made(staff: Client, form: dict[str, str]) -> None:
    answer = staff.post("/admin/sitecfg/sitekey/add/", form)
    assert answer.status_code == 200
    assert not SiteKey.objects.exists()


def test_a_key_is_revoked_and_stays_in_the_list(staff: Client) -> None:
    row, key = keys.make("site", "saf")

    assert "1 refused from now on." in act(staff, "sitekey", "revoke", row)

    with pytest.raises(NotSignedIn):
        identify(f"Bearer {key}")
    assert row.start in staff.get("/admin/sitecfg/sitekey/").content.decode()


@pytest.mark.parametrize(
    "page", ["site/", "site/saf/change/", "night/", "nightnote/", "controlroom/", "configuration/"]
)
def test_every_page_opens(staff: Client, page: str) -> None:
    put_both()
    tasks.compute_nights()
    services.write_note("saf", {"message": "x"}, hours=1, author="ada")
    rooms.room_of("saf")

    assert staff.get(f"/admin/sitecfg/{page}").status_code == 200


def test_what_cannot_be_undone_asks_first(staff: Client) -> None:
    row, key = keys.make("site", "saf")
    form = {"action": "revoke", "_selected_action": [row.pk]}

    assert "a machine needs a new key" in staff.post("/admin/sitecfg/sitekey/", form).content.decode()

    assert identify(f"Bearer {key}").site == "saf"


def test_revoking_twice_says_so(staff: Client) -> None:
    row, _ = keys.make("site", "saf")
    other, _ = keys.make("pipe")
    act(staff, "sitekey", "revoke", row)
    first = SiteKey.objects.get(pk=row.pk).revoked_at

    assert "1 refused from now on. 1 had been revoked before." in act(staff, "sitekey", "revoke", row, other)
    assert SiteKey.objects.get(pk=row.pk).revoked_at == first


def test_a_site_is_removed_through_its_service_and_can_be_restored(staff: Client) -> None:
    put_both()

    assert "1 site deleted." in act(staff, "site", "remove_chosen", Site.objects.get(code="saf"))

    newest = Configuration.objects.newest("saf")
    assert newest is not None
    assert (newest.configuration, newest.put_by) == (None, "ada")
    act(staff, "configuration", "restore", Configuration.objects.filter(site="saf").earliest("pk"))
    assert Site.objects.filter(code="saf").exists()


def test_nights_are_computed_ahead_on_demand(staff: Client) -> None:
    put_both()
    services.put_configuration("nowhere", {"instance_type": "obs"})

    said = act(staff, "site", "compute_nights", *Site.objects.all())

    assert "Nights of 2 sites computed. 1 site without a place: none." in said
    assert Night.objects.filter(site="saf").count() > 10


def test_a_note_is_taken_down(staff: Client) -> None:
    note = services.write_note("saf", {"message": "clouds"}, hours=1, author="ada")

    assert "1 night log note deleted." in act(staff, "nightnote", "remove_chosen", note)
    assert not NightNote.objects.exists()


def test_a_room_begins_afresh_and_is_given_up(staff: Client) -> None:
    room = rooms.room_of("saf")

    assert "1 room began afresh." in act(staff, "controlroom", "restart", room)
    assert "1 control room deleted." in act(staff, "controlroom", "remove_chosen", room)
    assert rooms.existing_room("saf") is None


def test_the_audit_says_who_did_what(staff: Client) -> None:
    row, _ = keys.make("site", "saf")
    act(staff, "sitekey", "revoke", row)

    page = staff.get("/admin/admin/logentry/").content.decode()

    assert "Revoke" in page
    assert f"/admin/sitecfg/sitekey/{row.pk}/change/" in page
    entry = LogEntry.objects.get()
    assert staff.post(f"/admin/admin/logentry/{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    assert staff.post(f"/admin/admin/logentry/{entry.pk}/change/", {}).status_code == 403

"""What a site key opens, and that a wrong one opens nothing."""

import base64
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from conftest import Published
from photonranch.auth.callers import Caller
from photonranch.auth.credentials import identify
from photonranch.errors import NotSignedIn
from sitecfg import keys
from sitecfg.models import Configuration, SiteKey
from sitecfg.tests.cast import obs_configuration
from testing.cast import Api, Person

pytestmark = pytest.mark.django_db

LOG = {"site": "saf", "log_message": "hello"}
FRAME = {"site": "saf", "topic": "testing", "data": {}}


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def key_for(site: str = "saf", scope: str = "site") -> str:
    return keys.make(scope, site)[1]


def test_it_works(api: Api, settings: Settings, published: Published) -> None:
    settings.REQUIRE_SITE_KEYS = True
    key = key_for("saf")

    for credential in (f"Bearer {key}", basic("saf", key)):
        answer = api.send("POST", "/logs/newlog", LOG, Authorization=credential)
        assert answer.status_code == 200
    assert len(published.of("userstatus")) == 2


def test_only_its_hash_and_its_first_characters_are_kept() -> None:
    row, key = keys.make("site", "saf", note="the mount's computer", by="ada")

    assert len(key) == 47
    assert row.start == key[:12]
    kept = SiteKey.objects.values().get()
    assert not any(key in str(value) for value in kept.values())
    assert (kept["note"], kept["made_by"], kept["last_used_at"]) == ("the mount's computer", "ada", None)


def test_who_it_is() -> None:
    row, key = keys.make("site", "saf")

    assert identify(f"Bearer {key}") == Caller("site", site="saf", key=row.start)
    assert identify(f"Bearer {key}").signature == f"key {row.start}…"
    assert identify(f"bearer  {key_for('', 'pipe')} ").kind == "pipe"
    assert identify(basic("datastream", key_for("", "datastream"))).kind == "datastream"


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    "shown",
    [
        "Bearer prk_wrong",
        "Bearer x",
        "Basic",
        "Basic !!!",
        "Basic c2Fm",
        "Digest a=b",
        "prk_wrong",
        "wrong key",
        "saf",
    ],
)
def test_a_wrong_one_is_always_refused(api: Api, settings: Settings, strict: bool, shown: str) -> None:
    settings.REQUIRE_SITE_KEYS = strict
    key_for("saf")

    for method, path, body in (("POST", "/logs/newlog", LOG), ("GET", "/api/all/config", None)):
        answer = api.send(method, path, body, Authorization=shown)
        assert answer.status_code == 401
        assert answer.json() == {"message": "Unauthorized"}


@pytest.mark.parametrize(("user", "right"), [("saf", True), ("mrc1", False), ("", False), ("SAF", False)])
def test_basic_needs_the_site_as_user(user: str, right: bool) -> None:
    shown = basic(user, key_for("saf"))
    if right:
        assert identify(shown).site == "saf"
    else:
        with pytest.raises(NotSignedIn):
            identify(shown)


def test_the_public_calls_stay_public(api: Api, settings: Settings) -> None:
    settings.REQUIRE_SITE_KEYS = True
    for shown in ("", "Bearer undefined", f"Bearer {key_for('saf')}"):
        assert api.send("GET", "/api/all/config", Authorization=shown).status_code == 200


@pytest.mark.parametrize("strict", [False, True])
def test_one_site_s_key_does_not_write_for_another(api: Api, settings: Settings, strict: bool) -> None:
    settings.REQUIRE_SITE_KEYS = strict
    shown = f"Bearer {key_for('saf')}"

    refused = api.send("PUT", "/api/mrc1/config", obs_configuration(), Authorization=shown)

    assert refused.status_code == 403
    assert refused.json() == {"message": "This key belongs to saf; it does not write for mrc1."}
    assert api.send("PUT", "/api/saf/config", obs_configuration(), Authorization=shown).status_code == 200
    assert api.get("/api/mrc1/config").status_code == 404


@pytest.mark.parametrize("scope", ["pipe", "datastream"])
def test_a_key_of_another_kind_does_not_write_for_a_site(api: Api, scope: str) -> None:
    answer = api.send("POST", "/logs/newlog", LOG, Authorization=f"Bearer {key_for('', scope)}")

    assert answer.status_code == 403


def test_in_strict_mode_nobody_writes_without(
    api: Api, settings: Settings, alice: Person, admin: Person, published: Published
) -> None:
    settings.REQUIRE_SITE_KEYS = True

    assert api.post("/logs/newlog", LOG).json() == {"message": "Unauthorized"}
    assert api.post("/logs/newlog", LOG, as_=alice).status_code == 401
    assert not published
    assert api.post("/logs/newlog", LOG, as_=admin).status_code == 200


def test_a_poll_without_a_key_gets_a_list_that_harms_nobody(api: Api, settings: Settings) -> None:
    settings.REQUIRE_SITE_KEYS = True
    for shown in ("", "Bearer prk_wrong", f"Bearer {key_for('mrc1')}"):
        answer = api.send("POST", "/jobs/getnewjobs", {"site": "saf"}, Authorization=shown)
        assert answer.status_code in (401, 403)
        assert answer.json() == []


def test_a_key_is_no_user(api: Api, alice: Person) -> None:
    shown = f"Bearer {key_for('saf')}"
    assert api.send("POST", "/api/nightlog/saf", {"note_data": "x"}, Authorization=shown).status_code == 401
    assert api.send("POST", "/jobs/newjob", {}, Authorization=shown).status_code == 401


# --- The datastream ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    ("scope", "site", "status"), [("datastream", "", 200), ("site", "saf", 403), ("pipe", "", 403)]
)
def test_sending_takes_a_key_of_the_datastream(
    api: Api,
    settings: Settings,
    published: Published,
    strict: bool,
    scope: str,
    site: str,
    status: int,
) -> None:
    settings.REQUIRE_SITE_KEYS = strict
    answer = api.send("POST", "/datastream/send", FRAME, Authorization=f"Bearer {key_for(site, scope)}")

    assert answer.status_code == status
    assert len(published) == (status == 200)


def test_sending_takes_an_admin_and_no_other(api: Api, alice: Person, admin: Person) -> None:
    assert api.post("/datastream/send", FRAME).status_code == 401
    assert api.post("/datastream/send", FRAME, as_=alice).status_code == 401
    assert api.post("/datastream/send", FRAME, as_=admin).status_code == 200


# --- Revoked, used -----------------------------------------------------------------------------------------


def test_revoked_is_wrong() -> None:
    row, key = keys.make("site", "saf")
    identify(f"Bearer {key}")
    keys.revoke(row)

    with pytest.raises(NotSignedIn):
        identify(f"Bearer {key}")
    row.refresh_from_db()
    first = row.revoked_at
    keys.revoke(row)
    row.refresh_from_db()
    assert row.revoked_at == first is not None


def test_the_last_use_costs_no_write_per_request(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    row, key = keys.make("site", "saf")
    start = timezone.now()
    with time_machine.travel(start, tick=False) as clock:
        with django_assert_num_queries(2):
            identify(f"Bearer {key}")
        clock.shift(timedelta(minutes=9, seconds=59))
        with django_assert_num_queries(1):
            identify(f"Bearer {key}")
        row.refresh_from_db()
        assert row.last_used_at == start
        clock.shift(timedelta(seconds=1))
        with django_assert_num_queries(2):
            identify(f"Bearer {key}")
    row.refresh_from_db()
    assert row.last_used_at == start + timedelta(minutes=10)


@pytest.mark.parametrize(("scope", "site"), [("site", ""), ("pipe", "saf"), ("datastream", "saf")])
def test_the_database_keeps_a_key_s_scope_and_site_together(scope: str, site: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        keys.make(scope, site)


def test_the_version_says_which_key_put_it(api: Api) -> None:
    row, key = keys.make("site", "saf")
    api.send("PUT", "/api/saf/config", {"a": 1}, Authorization=f"Bearer {key}")

    newest: Any = Configuration.objects.newest("saf")
    assert newest.put_by == f"key {row.start}…"

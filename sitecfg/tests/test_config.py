"""GET, PUT and DELETE /api/{site}/config, GET /api/all/config."""

import json
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sitecfg import services
from sitecfg.models import Configuration, Site
from sitecfg.tests.cast import obs_configuration, wema_configuration
from testing.cast import ALICE, Api, Person, at_once

pytestmark = pytest.mark.django_db

KEPT = {"ResponseMetadata": {"HTTPStatusCode": 200}}


def test_it_works(api: Api) -> None:
    answer = api.put("/api/saf/config", obs_configuration())

    assert (answer.status_code, answer.json()) == (200, KEPT)
    got = api.get("/api/saf/config")
    assert got.status_code == 200
    assert got.json() == {"site": "saf", "configuration": obs_configuration()}


def test_all(api: Api) -> None:
    assert api.get("/api/all/config").json() == {}
    api.put("/api/saf/config", obs_configuration())
    api.put("/api/safw/config", wema_configuration())

    assert api.get("/api/all/config").json() == {"saf": obs_configuration(), "safw": wema_configuration()}


@pytest.mark.parametrize("path", ["/api/saf/config/", "/api//saf/config", "/api/saf//config//"])
def test_every_way_of_writing_the_path(api: Api, path: str) -> None:
    assert api.put(path, obs_configuration()).json() == KEPT
    assert api.get(path).json()["configuration"] == obs_configuration()


def test_numbers_stay_as_they_were_written(api: Api) -> None:
    text = (
        b'{"a": 1, "b": 1.0, "c": -45.0, "d": 1e300, "e": -0.0, "f": 12345678901234567890123, "g": "1",'
        b' "h": true, "i": 0.1, "j": 2461365.0511466903, "": null, "location _pole_monitor": "", "36.5": 39}'
    )
    api.put("/api/saf/config", text)

    got = api.get("/api/saf/config").json()["configuration"]
    assert {key: repr(value) for key, value in got.items()} == {
        key: repr(value) for key, value in json.loads(text).items()
    }


plain_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab °'\"#\\", max_size=5), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.text("xyz %_", max_size=4), plain_json, max_size=4))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_put_comes_back(api: Api, configuration: dict[str, Any]) -> None:
    assert api.put("/api/saf/config", configuration).status_code == 200
    got = api.get("/api/saf/config").json()["configuration"]
    assert json.dumps(got, sort_keys=True) == json.dumps(configuration, sort_keys=True)


def test_nan_becomes_null(api: Api) -> None:
    api.put("/api/saf/config", b'{"temperature": NaN, "limit": -Infinity}')

    assert api.get("/api/saf/config").json()["configuration"] == {"temperature": None, "limit": None}


@pytest.mark.parametrize(
    "body", [b"", b"  ", b"null", b"[]", b'"saf"', b"17", b"true", b"{", b"site=saf", b'{"a":1}{"b":2}']
)
def test_a_body_that_is_no_object_changes_nothing(api: Api, body: bytes) -> None:
    api.put("/api/saf/config", obs_configuration())

    answer = api.put("/api/saf/config", body)

    assert answer.status_code == 400
    assert set(answer.json()) == {"message"}
    assert api.get("/api/saf/config").json()["configuration"] == obs_configuration()
    assert Configuration.objects.count() == 1


def test_an_empty_object_is_an_object(api: Api) -> None:
    assert api.put("/api/saf/config", b" { }\n").json() == KEPT
    assert api.get("/api/saf/config").json()["configuration"] == {}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_unknown_site_is_a_404_in_an_object(api: Api, method: str) -> None:
    answer = api.send(method, "/api/mrc1/config")

    assert answer.status_code == 404
    assert answer.json() == {"message": "There is no site 'mrc1'."}


def test_an_address_with_a_nul_makes_no_site(api: Api) -> None:
    assert api.put("/api/s%00f/config", obs_configuration()).status_code == 400
    assert not Site.objects.exists()


@pytest.mark.parametrize("code", [".saf", "s%20f", "x" * 41])
def test_what_is_no_code_makes_no_site(api: Api, code: str) -> None:
    answer = api.put(f"/api/{code}/config", obs_configuration())

    assert answer.status_code == 400
    assert "site" in answer.json()["message"]
    assert not Site.objects.exists()


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_other_methods_are_refused_in_an_object(api: Api, method: str) -> None:
    answer = api.send(method, "/api/saf/config", {})

    assert answer.status_code == 405
    assert answer.json() == {"message": f"{method} is not served here."}
    assert answer["Allow"] == "GET, PUT, DELETE, HEAD, OPTIONS"


def test_trouble_is_answered_with_an_object(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients parse what comes and end when it is not JSON."""

    def broken(*_: Any) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(services, "put_configuration", broken)
    api.client.raise_request_exception = False
    answer = api.put("/api/saf/config", {})

    assert answer.status_code == 500
    assert answer.json() == {"message": "Internal server error"}


def test_delete(api: Api) -> None:
    api.put("/api/saf/config", obs_configuration())

    answer = api.delete("/api/saf/config")

    assert (answer.status_code, answer.json()) == (200, KEPT)
    assert api.get("/api/saf/config").status_code == 404
    assert api.get("/api/all/config").json() == {}


# --- Versions ----------------------------------------------------------------------------------------------


def versions() -> list[tuple[str, Any, str]]:
    return list(Configuration.objects.order_by("pk").values_list("site", "configuration", "put_by"))


def test_every_version_is_kept_with_who(api: Api, alice: Person) -> None:
    api.put("/api/saf/config", {"v": 1})
    api.put("/api/saf/config", {"v": 1.0}, as_=alice)
    api.delete("/api/saf/config", as_=alice)
    api.put("/api/saf/config", {"v": 3})

    assert repr(versions()) == repr(
        [
            ("saf", {"v": 1}, ""),
            ("saf", {"v": 1.0}, ALICE.user_id),
            ("saf", None, ALICE.user_id),
            ("saf", {"v": 3}, ""),
        ]
    )


def test_putting_the_same_again_makes_no_version(api: Api) -> None:
    for _ in range(3):
        assert api.put("/api/saf/config", obs_configuration()).json() == KEPT

    assert len(versions()) == 1


def test_an_earlier_version_can_be_restored(api: Api) -> None:
    api.put("/api/saf/config", obs_configuration())
    api.put("/api/saf/config", wema_configuration())
    first = Configuration.objects.earliest("pk")

    services.restore(first, "auth0|ada")

    assert api.get("/api/saf/config").json()["configuration"] == obs_configuration()
    assert Site.objects.get().kind == "obs"
    newest = Configuration.objects.newest("saf")
    assert newest is not None
    assert (newest.put_by, newest.configuration) == ("auth0|ada", obs_configuration())


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_the_newest_version_is_what_the_site_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "_send_to_worker", lambda code: None)

    at_once(8, lambda number: services.put_configuration("saf", {"by": number}))

    newest = Configuration.objects.newest("saf")
    assert newest is not None
    assert Site.objects.get().configuration == newest.configuration
    assert len(versions()) == 8


def test_the_configuration_is_not_loaded_for_other_questions() -> None:
    services.put_configuration("saf", obs_configuration())
    with connection.execute_wrapper(_refuse_configurations):
        assert Site.objects.light().get(code="saf").wema == "safw"


def _refuse_configurations(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    assert '"configuration"' not in sql
    return execute(sql, params, many, context)

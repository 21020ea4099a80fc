"""GET /status/{site}/clear_all_status."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import get_resolver
from pytest_django import Settings

from conftest import Published
from photonranch.tests.api.test_openapi import routes
from status import services
from status.models import Status
from testing.cast import ADMIN, ALICE, Api, Person

pytestmark = pytest.mark.django_db

PATH = "/status/saf/clear_all_status"


@pytest.fixture(autouse=True)
def known(published: Published) -> None:
    services.report("saf", "device", {"a": 1})
    services.report("saf", "weather", {"b": 1})
    services.report("mrc1", "device", {"c": 1})


def clear(api: Api, headers: dict[str, str], as_: Person | None = None) -> Any:
    return api.send("GET", PATH, None, as_, **headers)


def sites() -> set[str]:
    return set(Status.objects.values_list("site", flat=True))


@pytest.mark.parametrize("path", [PATH, PATH + "/"])
def test_it_works(api: Api, path: str) -> None:
    answer = api.get(path)

    assert answer.status_code == 200
    assert answer.json() == {"message": "All status of saf is cleared."}
    assert sites() == {"mrc1"}
    assert api.get("/status/saf/complete_status").json()["status"] == {}


OTHER_PAGES = [
    {"Origin": "https://elsewhere.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Referer": "https://elsewhere.example/page"},
    {"Referer": "http://[half"},
    {"Origin": "http://[half"},
]


@pytest.mark.parametrize("headers", OTHER_PAGES)
def test_a_page_of_another_origin_may_not(api: Api, headers: dict[str, str]) -> None:
    answer = clear(api, headers)

    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})
    assert clear(api, headers, ALICE).status_code == 401
    assert sites() == {"saf", "mrc1"}


@pytest.mark.parametrize("headers", OTHER_PAGES)
def test_nor_in_the_name_of_an_admin_who_is_signed_in(
    api: Api, admin_user: User, headers: dict[str, str]
) -> None:
    api.client.force_login(admin_user)

    assert clear(api, headers).status_code == 401
    assert sites() == {"saf", "mrc1"}


SAME_ORIGIN: list[dict[str, str]] = [
    {},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "http://testserver"},
]


@pytest.mark.parametrize("headers", SAME_ORIGIN)
@pytest.mark.parametrize("path", [PATH, "/api/control_room/saf", "/api/control_room/saf/restart"])
def test_in_strict_mode_a_session_counts_for_no_get_that_changes_something(
    api: Api, admin_user: User, settings: Settings, path: str, headers: dict[str, str]
) -> None:
    """A link leads there from a mail, too: such a call takes a token or the site's key."""
    settings.REQUIRE_SITE_KEYS = True
    api.client.force_login(admin_user)

    assert api.send("GET", path, None, None, **headers).status_code == 401
    assert sites() == {"saf", "mrc1"}
    assert api.send("GET", path, None, ADMIN, **headers).status_code != 401


def test_every_get_that_changes_something_is_among_them() -> None:
    """A view that names GET among what changes something takes no session."""
    views = [view for _, view in routes(get_resolver().url_patterns) if "GET" in getattr(view, "changes", ())]

    assert {view.__name__ for view in views} >= {"ClearAllStatusView", "RestartView"}
    assert not [view for view in views if view.session_counts]


@pytest.mark.parametrize("headers", OTHER_PAGES)
def test_an_admin_may_from_anywhere(api: Api, headers: dict[str, str]) -> None:
    assert clear(api, headers, ADMIN).status_code == 200
    assert sites() == {"mrc1"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://testserver"},
        {"Sec-Fetch-Site": "same-origin", "Referer": "http://testserver/admin/"},
        {"Sec-Fetch-Site": "none"},
    ],
)
def test_the_own_pages_and_the_address_bar_may(api: Api, headers: dict[str, str]) -> None:
    assert clear(api, headers).status_code == 200
    assert sites() == {"mrc1"}


def test_asking_for_the_head_only_clears_nothing(api: Api) -> None:
    assert api.send("HEAD", PATH).status_code == 405
    assert sites() == {"saf", "mrc1"}

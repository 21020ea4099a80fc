"""A signed-in browser session counts as its user, on pages of the same origin only."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from pytest_django import DjangoAssertNumQueries, Settings

from testing.cast import BOB, SITE, Api, a_command

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]

HERE = "http://testserver"


@pytest.fixture
def carol(api: Api) -> User:
    """A user of Django's own, signed in in the browser that `api` plays."""
    user = User.objects.create_user("carol", first_name="Carol", last_name="C.")
    api.client.force_login(user)
    return user


def ask(api: Api, method: str = "POST", **headers: str) -> Any:
    """A call that needs a user, as a page makes it."""
    return api.send(method, "/jobs/newjob", a_command(), as_=None, **headers)


@pytest.mark.usefixtures("carol")
def test_it_works(api: Api) -> None:
    answer = ask(api, Origin=HERE)

    assert answer.status_code == 200
    job = answer.json()
    assert (job["user_id"], job["user_name"], job["user_roles"]) == ("carol", "Carol C.", [])


@pytest.mark.usefixtures("carol")
@pytest.mark.parametrize("header", ["Bearer undefined", "Bearer null", "Bearer", "bearer undefined"])
def test_a_frontend_without_a_token_means_its_session(api: Api, header: str) -> None:
    assert ask(api, Origin=HERE, Authorization=header).json()["user_id"] == "carol"


@pytest.mark.usefixtures("carol")
def test_a_token_wins_over_the_session(api: Api) -> None:
    assert ask(api, Origin=HERE, Authorization=f"Bearer {BOB.token}").json()["user_id"] == "auth0|bob"
    assert ask(api, Origin=HERE, Authorization="Bearer a.b.c").status_code == 401


@pytest.mark.usefixtures("carol")
@pytest.mark.parametrize(
    ("headers", "counts"),
    [
        ({"Origin": "http://testserver"}, True),
        ({"Origin": "http://TESTSERVER"}, True),
        ({"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({}, False),
        ({"Origin": "https://testserver"}, False),
        ({"Origin": "http://testserver:8000"}, False),
        ({"Origin": "http://testserver.evil.example"}, False),
        ({"Origin": "http://evil.example/testserver"}, False),
        ({"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}, False),
        ({"Origin": "http://evil.example", "Referer": "http://testserver/"}, False),
        ({"Origin": "http://evil.example", "X-Forwarded-Host": "evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": ""}, False),
        ({"Origin": "://"}, False),
        ({"Origin": "http://["}, False),
        ({"Sec-Fetch-Site": "same-origin", "Referer": "http://testserver/sites/saf"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Referer": "http://evil.example/"}, False),
        ({"Sec-Fetch-Site": "same-origin", "Referer": "http://["}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "Same-Origin, cross-site"}, False),
    ],
    ids=str,
)
def test_which_pages_may_write_in_a_visitors_name(api: Api, headers: dict[str, str], counts: bool) -> None:
    assert ask(api, **headers).status_code == (200 if counts else 401)


@pytest.mark.usefixtures("carol")
def test_a_page_behind_a_proxy_that_speaks_tls_is_the_same_origin(api: Api, settings: Settings) -> None:
    settings.PUBLIC_URL = "https://ranch.example.org/"

    assert ask(api, Origin="https://ranch.example.org").status_code == 200
    assert ask(api, Origin="http://ranch.example.org").status_code == 401
    assert ask(api, Origin="https://ranch.example.org.evil.example").status_code == 401


def test_nobody_is_signed_in_by_a_made_up_cookie(api: Api) -> None:
    assert ask(api, Origin=HERE, Cookie="sessionid=0123456789abcdef0123456789abcdef").status_code == 401


def test_an_inactive_user_is_nobody(api: Api, carol: User) -> None:
    User.objects.update(is_active=False)

    assert ask(api, Origin=HERE).status_code == 401


def test_a_removed_user_is_nobody(api: Api, carol: User) -> None:
    carol.delete()

    assert ask(api, Origin=HERE).status_code == 401


def test_groups_are_roles_and_a_superuser_is_admin(api: Api, carol: User) -> None:
    carol.groups.add(Group.objects.create(name="editor"))
    assert ask(api, Origin=HERE).json()["user_roles"] == ["editor"]

    User.objects.update(is_superuser=True)
    assert ask(api, Origin=HERE).json()["user_roles"] == ["editor", "admin"]


def test_staff_alone_is_no_admin(api: Api, carol: User) -> None:
    User.objects.update(is_staff=True)
    frame = {"site": SITE, "topic": "t", "data": 1}

    assert api.send("POST", "/datastream/send", frame, Origin=HERE).status_code == 401


def test_programs_cost_no_query_for_a_session(
    api: Api, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """They send no cookie: nobody is looked up."""
    with django_assert_num_queries(1):
        api.get("/logs/recent-logs", {"site": SITE})

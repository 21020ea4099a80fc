"""Passwords cannot be tried out: after some wrong ones a name is closed, to that address."""

import pytest
from django.conf import settings as here
from django.contrib.auth.models import User
from django.test import AsyncClient, Client, RequestFactory
from pytest_django import Settings

from photonranch.api.middleware import client_address

pytestmark = pytest.mark.django_db

RIGHT, WRONG = "correct horse battery", "battery horse correct"


@pytest.fixture(autouse=True)
def _ada(settings: Settings) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    User.objects.create_superuser("ada", password=RIGHT)
    User.objects.create_superuser("bo", password=RIGHT)


def try_to(client: Client, password: str, name: str = "ada", address: str = "203.0.113.7") -> int:
    form = {"username": name, "password": password, "next": "/admin/"}
    status: int = client.post("/admin/login/", form, REMOTE_ADDR=address).status_code
    return status


def test_it_works(client: Client) -> None:
    assert try_to(client, RIGHT) == 302


def test_after_some_wrong_ones_the_right_one_does_not_help(client: Client) -> None:
    answers = [try_to(client, WRONG) for _ in range(3)]

    assert answers[:2] == [200, 200]
    assert try_to(client, RIGHT) == 429
    assert try_to(client, RIGHT, name="bo") == 302
    assert try_to(Client(), RIGHT, address="203.0.113.8") == 302


def test_the_right_one_forgets_the_wrong_ones(client: Client) -> None:
    for _ in range(2):
        try_to(client, WRONG)
        try_to(client, WRONG)
        assert try_to(client, RIGHT) == 302


@pytest.mark.django_db(transaction=True)
async def test_under_asgi_too(async_client: AsyncClient) -> None:
    form = {"username": "ada", "password": WRONG}
    for _ in range(3):
        await async_client.post("/admin/login/", form)

    answer = await async_client.post("/admin/login/", {**form, "password": RIGHT})

    assert answer.status_code == 429


def test_nothing_is_kept_in_the_database(client: Client) -> None:
    from axes.models import AccessAttempt, AccessLog

    try_to(client, WRONG)

    assert (AccessAttempt.objects.count(), AccessLog.objects.count()) == (0, 0)


def test_a_real_server_closes_after_ten_wrong_ones() -> None:
    assert here.AXES_COOLOFF_TIME.total_seconds() == 900


@pytest.mark.parametrize(
    ("trust", "forwarded", "address"),
    [
        (False, "198.51.100.1", "127.0.0.1"),
        (True, "198.51.100.1", "198.51.100.1"),
        (True, "10.0.0.1, 198.51.100.1", "198.51.100.1"),
        (True, "", "127.0.0.1"),
    ],
)
def test_where_a_client_is(
    rf: RequestFactory, settings: Settings, trust: bool, forwarded: str, address: str
) -> None:
    settings.TRUST_PROXY = trust
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}

    assert client_address(rf.get("/", headers=headers)) == address

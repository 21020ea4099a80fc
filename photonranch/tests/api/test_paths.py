"""`/x`, `/x/` and `//x/` are one path; nothing ever redirects a client."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from photonranch.api.middleware import SERVICES, plain_path
from testing.cast import Api, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]

LOG = {"site": "saf", "log_message": "hello"}


@pytest.mark.parametrize("path", ["/logs/newlog", "/logs/newlog/", "//logs/newlog/", "///logs//newlog///"])
def test_it_works(api: Api, path: str) -> None:
    answer = api.post(path, LOG)

    assert answer.status_code == 200
    assert answer.json()["message"] == "hello"


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("/api//upload/", "/api/upload"),
        ("//api/upload", "/api/upload"),
        ("/jobs/newjob", "/jobs/newjob"),
        ("/api/fitsheader/placeholder image/", "/api/fitsheader/placeholder image"),
        ("/healthz/", "/healthz"),
        ("/logs/", "/logs"),
        ("/", "/"),
        ("//", "//"),
        ("", ""),
        ("/admin/", "/admin/"),
        ("/admin//auth/", "/admin//auth/"),
        ("/static/admin/", "/static/admin/"),
        ("//example.org/", "//example.org/"),
    ],
)
def test_the_plain_path(path: str, plain: str) -> None:
    assert plain_path(path) == plain
    assert plain_path(plain) == plain


EVERY_WAY_TO_MISS = [
    "//",
    "/nothing",
    "/nothing/",
    "//example.org/%2e%2e",
    "/logs",
    "/logs/",
    "/logs/newlog/x",
    "/logs/newlo",
    "/LOGS/newlog",
    "/datastream",
    "/static/../settings.py",
    "/static/",
    "/.well-known/",
    *(f"/{service}/no-such-thing/" for service in sorted(SERVICES)),
]


@pytest.mark.parametrize("path", ["/api", "/api/", "//api//"])
def test_operators_ping_the_api(api: Api, path: str) -> None:
    answer = api.send("GET", path)

    assert (answer.status_code, text(answer)) == (200, "This is the Photon Ranch API; see /api/docs.")


METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"]


@pytest.mark.parametrize("path", EVERY_WAY_TO_MISS)
def test_an_unknown_path_is_a_404_and_nothing_redirects(api: Api, path: str) -> None:
    for method in METHODS:
        answer = api.send(method, path)

        assert answer.status_code == 404, method
        assert "Location" not in answer
        assert answer.content == b"" if method == "HEAD" else answer.json() == {"message": "Not Found"}


@pytest.mark.parametrize("path", ["/logs/newlog", "/logs/newlog/", "//jobs/newjob", "/logs/recent-logs/"])
def test_no_method_redirects(api: Api, path: str) -> None:
    for method in METHODS:
        assert not 300 <= api.send(method, path).status_code < 400, method


def test_a_browser_that_asks_for_https_is_not_redirected(api: Api) -> None:
    answer = api.send(
        "GET", "/healthz", None, None, **{"Upgrade-Insecure-Requests": "1", "X-Forwarded-Proto": "https"}
    )

    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/logs/recent-logs?site=saf%00", "/logs/x?site=saf&x=%00", "/logs/%00"])
def test_nul_is_part_of_no_address(api: Api, path: str) -> None:
    answer = api.send("GET", path, Origin="https://example.org")

    assert answer.status_code == 400
    assert "%00" in text(answer)
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_a_percent_sign_before_zeros_is_no_nul(api: Api) -> None:
    assert api.send("GET", "/logs/recent-logs?site=saf&x=%2500").status_code == 200


def test_the_admin_keeps_its_own_manners(client: Client) -> None:
    answer: Any = client.get("/admin/")
    assert (answer.status_code, answer["Location"]) == (302, "/admin/login/?next=/admin/")

    client.force_login(User.objects.create_superuser("ada"))
    assert client.get("/admin/").status_code == 200
    assert b"<html" in client.get("/admin/logs/logmessage/").content


def test_staff_need_not_type_the_slash(client: Client) -> None:
    answer: Any = client.get("/admin")

    assert (answer.status_code, answer["Location"]) == (302, "/admin/")

"""Cross-origin calls work from any origin, errors and preflights included."""

import pytest
from pytest_django import Settings

from testing.cast import Api, Person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]

LOG = {"site": "saf", "log_message": "hello"}


@pytest.mark.parametrize(
    "origin", ["https://www.photonranch.org", "http://localhost:8080", "null", "file://"]
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "GET"])
@pytest.mark.parametrize("path", ["/logs/newlog", "//logs/newlog/", "/jobs/newjob", "/api/not/there/yet"])
def test_it_works(api: Api, path: str, method: str, origin: str) -> None:
    answer = api.send(
        "OPTIONS",
        path,
        as_=None,
        Origin=origin,
        **{
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert method in answer["Access-Control-Allow-Methods"].split(", ")
    assert {"authorization", "content-type"} <= set(answer["Access-Control-Allow-Headers"].split(", "))


def test_a_preflight_needs_no_token_even_in_strict_mode(api: Api, settings: Settings) -> None:
    settings.REQUIRE_SITE_KEYS = True
    answer = api.send(
        "OPTIONS",
        "/jobs/newjob",
        as_=None,
        Origin="https://x.org",
        **{"Access-Control-Request-Method": "POST"},
    )

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"),
    [
        ("POST", "/logs/newlog", LOG, {}, 200),
        ("POST", "/logs/newlog", b"{", {}, 400),
        ("POST", "/logs/newlog", {}, {}, 400),
        ("POST", "/logs/newlog", LOG, {"Host": "evil.example"}, 400),
        ("POST", "/jobs/newjob", {}, {}, 401),
        ("POST", "/logs/newlog", LOG, {"Authorization": "Bearer nonsense"}, 401),
        ("GET", "/nothing", None, {}, 404),
        ("POST", "/jobs/updatejobstatus", {"site": "saf", "ulid": "none"}, {}, 404),
        ("GET", "/logs/newlog", None, {}, 405),
        ("POST", "/logs/newlog", {"x": "x" * 6_000_000}, {}, 413),
    ],
)
def test_answers_and_errors_can_be_read_by_any_page(
    api: Api, method: str, path: str, body: object, headers: dict[str, str], status: int
) -> None:
    answer = api.send(method, path, body, as_=None, Origin="https://www.photonranch.org", **headers)

    assert answer.status_code == status
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer


@pytest.mark.parametrize(("error", "path", "status"), [(RuntimeError, "logs.services.add", 500)])
def test_so_can_what_nobody_foresaw(
    api: Api, monkeypatch: pytest.MonkeyPatch, error: type[Exception], path: str, status: int
) -> None:
    def fails(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr(path, fails)
    api.client.raise_request_exception = False

    answer = api.send("POST", "/logs/newlog", LOG, Origin="https://www.photonranch.org")

    assert answer.status_code == status
    assert answer["Access-Control-Allow-Origin"] == "*"


def test_a_broken_origin_is_nobodys_problem(api: Api, alice: Person) -> None:
    assert api.send("POST", "/logs/newlog", LOG, as_=alice, Origin="http://[").status_code == 200


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://page.example"}])
def test_an_answer_is_said_to_depend_on_the_origin_whether_or_not_there_is_one(
    api: Api, headers: dict[str, str]
) -> None:
    answer = api.send("POST", "/logs/newlog", LOG, as_=None, **headers)
    page = api.send("GET", "/", as_=None, **headers)

    assert answer["Vary"].lower() == "origin"
    # A page's answer depends on more.
    assert {"origin", "cookie"} <= {name.strip().lower() for name in page["Vary"].split(",")}
    assert answer.has_header("Access-Control-Allow-Origin") == bool(headers)

"""Errors: one plain sentence or `{"message": …}`; never HTML, never `detail`, never a trace."""

import logging
from typing import Any, ClassVar

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import InterfaceError, OperationalError, connection
from django.http import Http404
from django.http.request import UnreadablePostError
from pytest_django import Settings
from redis.exceptions import ConnectionError as RedisConnectionError
from rest_framework import exceptions

from photonranch.api.validation import first_sentence
from photonranch.errors import Conflict, Forbidden, NotFound, NotSignedIn, Unauthorized
from testing.cast import Api, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published")]

LOG = {"site": "saf", "log_message": "hello"}
POLL = {"site": "saf"}


@pytest.fixture(autouse=True)
def _answers_not_exceptions(api: Api) -> None:
    """As a server does; Django's test client would raise what a view raised."""
    api.client.raise_request_exception = False


def raising(error: BaseException) -> Any:
    def raises(*args: Any, **kwargs: Any) -> Any:
        raise error

    return raises


def test_it_works(api: Api) -> None:
    answer = api.post("/logs/newlog", {})

    assert (answer.status_code, text(answer)) == (400, "site: this key is missing.")


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (NotFound("No such job."), 404, "No such job."),
        (Unauthorized("Someone else has a reservation."), 401, "Someone else has a reservation."),
        (Forbidden("Not yours."), 403, "Not yours."),
        (Conflict("There already."), 409, "There already."),
        (exceptions.ValidationError({"a": [{}, {"b": ["is odd."]}]}), 400, "a.b: is odd."),
        (exceptions.Throttled(), 429, "Request was throttled."),
        (exceptions.PermissionDenied("Not you."), 403, "Not you."),
        (UnreadablePostError(), 400, "The body ended before it was complete."),
        (OperationalError("x"), 503, "The database does not answer just now; please try again."),
        (InterfaceError("x"), 503, "The database does not answer just now; please try again."),
        (RedisConnectionError("x"), 503, "A part of the server does not answer just now; please try again."),
    ],
)
def test_as_a_sentence(
    api: Api, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, says: str
) -> None:
    monkeypatch.setattr("logs.services.add", raising(error))

    answer = api.post("/logs/newlog", LOG)

    assert answer.status_code == status
    assert text(answer) == says


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (NotSignedIn(), 401, "Unauthorized"),
        (NotFound("No such project.", as_object=True), 404, "No such project."),
        (Http404("secret"), 404, "Not Found"),
        (PermissionDenied("secret"), 403, "Forbidden"),
        (SuspiciousOperation("secret"), 400, "Bad Request"),
        (RuntimeError("secret"), 500, "Internal server error"),
        (KeyError("secret"), 500, "Internal server error"),
        (RecursionError("secret"), 500, "Internal server error"),
    ],
)
def test_as_an_object(
    api: Api, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int, says: str
) -> None:
    monkeypatch.setattr("logs.services.add", raising(error))

    answer = api.post("/logs/newlog", LOG)

    assert answer.status_code == status
    assert answer["Content-Type"] == "application/json"
    assert answer.json() == {"message": says}


def test_what_nobody_foresaw_is_logged_with_its_trace(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("logs.services.add", raising(RuntimeError("the disk is full")))

    with caplog.at_level(logging.ERROR):
        answer = api.post("/logs/newlog", LOG)

    assert answer.status_code == 500
    assert b"disk" not in answer.content
    assert "the disk is full" in caplog.text
    assert "Traceback" in caplog.text


def test_an_error_outside_of_views_has_no_trace_either(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("photonranch.api.middleware.plain_path", raising(RuntimeError("secret")))

    answer = api.post("/logs/newlog", LOG)

    assert (answer.status_code, answer.json()) == (500, {"message": "Internal server error"})


def test_a_database_that_does_not_answer_is_a_503(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    with connection.execute_wrapper(raising(OperationalError("connection refused: secret"))):
        answer = api.get("/logs/recent-logs", {"site": "saf"})

    assert answer.status_code == 503
    assert text(answer) == "The database does not answer just now; please try again."
    assert "connection refused" in caplog.text


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/logs/newlog", "GET", "POST, OPTIONS"),
        ("/logs/newlog", "DELETE", "POST, OPTIONS"),
        ("/logs/recent-logs", "POST", "GET, HEAD, OPTIONS"),
        ("/jobs/getnewjobs", "GET", "POST, OPTIONS"),
        ("/jobs/getnewjobs", "BREW", "POST, OPTIONS"),
        ("/healthz", "POST", "GET, HEAD, OPTIONS"),
        ("/.well-known/jwks.json", "PUT", "GET, HEAD, OPTIONS"),
        ("/api/schema", "POST", "GET, HEAD, OPTIONS"),
        ("/api/docs", "DELETE", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_method_that_is_not_served_is_a_405(api: Api, path: str, method: str, allowed: str) -> None:
    answer = api.send(method, path)

    assert answer.status_code == 405
    assert text(answer) == f"{method} is not served here."
    assert answer["Allow"] == allowed


def test_a_401_says_how_to_sign_in_without_a_popup(api: Api) -> None:
    answer = api.post("/jobs/newjob", {})

    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("host", ["evil.example", "a b", "x" * 300, "localhost:port", "[::1"])
def test_a_wrong_host_header_is_a_400_that_names_the_setting(api: Api, host: str) -> None:
    answer = api.send("POST", "/logs/newlog", LOG, Host=host)

    assert answer.status_code == 400
    assert answer.json() == {
        "message": "This server does not go by the host name of this request (ALLOWED_HOSTS)."
    }


@pytest.mark.parametrize("path", ["/api/schema", "/api/schema?format=html", "/api/docs?format=xml"])
def test_the_documentation_has_the_same_manners(api: Api, path: str) -> None:
    answer = api.send("GET", path, Accept="image/png")

    assert answer.status_code in (404, 406)
    assert b"detail" not in answer.content
    assert b"<" not in answer.content


class TestHarmlessBody:
    """getnewjobs: its clients act on the type of the body, and an empty list harms nobody."""

    path: ClassVar = "/jobs/getnewjobs"

    @pytest.mark.parametrize(
        ("error", "status"),
        [(RuntimeError("x"), 503), (OperationalError("x"), 503), (NotSignedIn(), 401), (Conflict("x"), 409)],
    )
    def test_it_works(self, api: Api, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int) -> None:
        monkeypatch.setattr("jobs.services.claim_unread", raising(error))

        answer = api.post(self.path, POLL)

        assert (answer.status_code, answer.json()) == (status, [])

    def test_the_reason_is_logged(
        self, api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr("jobs.services.claim_unread", raising(RuntimeError("the reason")))

        api.post(self.path, POLL)

        assert "the reason" in caplog.text

    def test_a_database_that_does_not_answer(self, api: Api) -> None:
        with connection.execute_wrapper(raising(OperationalError("gone"))):
            answer = api.post(self.path, POLL)

        assert (answer.status_code, answer.json()) == (503, [])

    def test_a_body_too_large(self, api: Api, settings: Settings) -> None:
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 5
        answer = api.post(self.path, POLL)

        assert (answer.status_code, answer.json()) == (413, [])

    def test_strict_mode(self, api: Api, settings: Settings) -> None:
        settings.REQUIRE_SITE_KEYS = True
        answer = api.post(self.path, POLL)

        assert (answer.status_code, answer.json()) == (401, [])

    def test_the_callers_mistake_is_still_named(self, api: Api) -> None:
        assert text(api.post(self.path, {})) == "site: this key is missing."


@pytest.mark.parametrize(
    ("detail", "says"),
    [
        ({"site": ["this key is missing."]}, "site: this key is missing."),
        ({"events": [{}, {"start": ["is no time."]}]}, "events.start: is no time."),
        ({"non_field_errors": ["end is before start."]}, "end is before start."),
        ({"a": {"non_field_errors": ["is odd."]}}, "a: is odd."),
        (["just so"], "just so"),
        ({"a": []}, "a: not valid"),
        ("text", "text"),
    ],
)
def test_the_first_problem_names_its_field(detail: Any, says: str) -> None:
    assert first_sentence(detail) == says


def test_a_query_of_too_many_parameters_is_told_so(api: Api) -> None:
    answer = api.get("/logs/recent-logs?" + "a=1&" * 1500)

    assert answer.status_code == 400
    assert answer.json() == {"message": "The query has more than 1000 parameters."}

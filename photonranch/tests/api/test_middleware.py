"""What programs call goes around the pages' middleware; pages pass all of it; under WSGI and ASGI alike."""

from typing import Any

import pytest
from asgiref import testing
from django.contrib.auth.models import User
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, RequestFactory
from django.urls import Resolver404

from photonranch.api.middleware import beyond, is_service, pages_only, plain_path

pytestmark = pytest.mark.django_db

ApplicationCommunicator: Any = testing.ApplicationCommunicator


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("/logs/newlog", "/logs/newlog"),
        ("/logs/newlog/", "/logs/newlog"),
        ("//logs//newlog//", "/logs/newlog"),
        ("/api//upload/", "/api/upload"),
        ("/status/saf/status/", "/status/saf/status"),
        ("/admin/", "/admin/"),
        ("//admin//", "//admin//"),
        ("/", "/"),
        ("//", "//"),
        ("", ""),
    ],
)
def test_paths_of_services_are_one_path(path: str, plain: str) -> None:
    assert plain_path(path) == plain


@pytest.mark.parametrize("path", ["/logsx/newlog", "/admin/logs/", "/static/api/x"])
def test_only_the_first_part_says_whose_path_it_is(path: str) -> None:
    assert not is_service(path)


def test_a_service_s_answer_carries_no_page_s_headers(client: Client) -> None:
    answer = client.get("/logs/recent-logs?site=saf")

    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "X-Frame-Options" not in answer
    assert not answer.cookies


def test_a_page_has_them_all(client: Client) -> None:
    answer = client.get("/admin/login/")

    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "csrftoken" in answer.cookies


def test_a_page_checks_csrf(db: None) -> None:
    User.objects.create_superuser("ada", password="correct horse")
    strict = Client(enforce_csrf_checks=True)

    refused = strict.post("/admin/login/", {"username": "ada", "password": "correct horse"})

    assert refused.status_code == 403


@pytest.mark.django_db(transaction=True)
async def test_under_asgi_too(async_client: AsyncClient) -> None:
    page = await async_client.get("/admin/login/")
    assert page["X-Frame-Options"] == "DENY"
    assert "csrftoken" in page.cookies
    answer = await async_client.get("/logs//recent-logs/?site=saf")
    assert (answer.status_code, answer.json()) == (200, [])
    assert "X-Frame-Options" not in answer


@pytest.mark.django_db(transaction=True)
async def test_under_asgi_a_page_checks_csrf_too() -> None:
    strict = AsyncClient(enforce_csrf_checks=True)

    assert (await strict.post("/admin/login/", {"username": "ada"})).status_code == 403


@pytest.mark.parametrize(
    "path", ["/static/admin/css/base.css", "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui.css"]
)
async def test_static_files_come_whole_under_asgi(path: str, async_client: AsyncClient) -> None:
    answer = await async_client.get(path)

    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/css")
    assert len(answer.content) == int(answer["Content-Length"]) > 1000


async def test_a_static_file_that_the_browser_has_is_not_sent_again(async_client: AsyncClient) -> None:
    path = "/static/admin/css/base.css"
    first = await async_client.get(path)
    again = await async_client.get(path, headers={"If-Modified-Since": first["Last-Modified"]})

    assert (again.status_code, again.content) == (304, b"")


async def ask(application: Any, path: str) -> tuple[int, bytes]:
    scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "path": path, "raw_path": path.encode(),
        "query_string": b"site=saf", "headers": [(b"host", b"localhost")], "asgi": {"version": "3.0"},
    }  # fmt: skip
    communicator = ApplicationCommunicator(application, scope)
    await communicator.send_input({"type": "http.request", "body": b""})
    start = await communicator.receive_output(10)
    body = await communicator.receive_output(10)
    await communicator.wait(10)
    return start["status"], body["body"]


@pytest.mark.django_db(transaction=True)
async def test_requests_share_threads_and_leave_them_fit(settings: Any) -> None:
    settings.REQUEST_THREADS = 2
    from photonranch.servers.handlers import PooledHandler

    handler = PooledHandler()
    answers = [await ask(handler, "/logs/recent-logs") for _ in range(8)]

    assert answers == [(200, b"[]")] * 8
    assert len(handler.threads._threads) <= 2
    handler.close()


def test_a_program_s_request_goes_past_all_of_the_pages_middleware_at_once() -> None:
    """As Django builds the chain: each wrapped in a function that turns exceptions into answers."""
    passed: list[str] = []

    def noting(name: str) -> type[Any]:
        class Noting:
            def __init__(self, get_response: Any) -> None:
                self.get_response = get_response

            def __call__(self, request: HttpRequest) -> Any:
                passed.append(name)
                return self.get_response(request)

        return pages_only(Noting)

    def core(request: HttpRequest) -> HttpResponse:
        return HttpResponse("core")

    handler: Any = convert_exception_to_response(core)
    for name in ("inner", "middle", "outer"):
        handler = convert_exception_to_response(noting(name)(handler))

    request: Any = HttpRequest()
    request.is_service = False
    assert handler(request).content == b"core"
    assert passed == ["outer", "middle", "inner"]
    request.is_service = True
    assert handler(request).content == b"core"
    assert len(passed) == 3
    assert beyond(handler).__wrapped__ is core  # type: ignore[attr-defined]


def test_a_path_is_looked_up_once_unless_part_of_it_varies(rf: RequestFactory) -> None:
    from photonranch.servers.handlers import KnownPaths

    handler = KnownPaths()
    first, again = rf.post("/jobs/getnewjobs"), rf.post("/jobs/getnewjobs")
    assert handler.resolve_request(first) is handler.resolve_request(again) is again.resolver_match

    for site in ("saf", "mrc"):
        assert handler.resolve_request(rf.get(f"/status/{site}/complete_status")).kwargs == {"site": site}
    with pytest.raises(Resolver404):
        handler.resolve_request(rf.get("/not/there"))
    assert handler.known.keys() == {"/jobs/getnewjobs"}

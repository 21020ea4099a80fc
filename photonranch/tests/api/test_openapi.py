"""The API's documentation: true, complete, and readable without the internet."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
import yaml
from django.core import signals
from django.db import close_old_connections
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.validation import validate_schema
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case

from photonranch.api.middleware import SERVICES
from photonranch.api.views import ApiView
from photonranch.wsgi import application
from testing.cast import ADMIN, Api

# Said in words elsewhere: the documentation itself.
# The documentation itself, and a door that speaks Amazon's protocol, documented by Amazon.
NOT_IN_IT = {"/api/schema", "/api/docs", "/sqs", "/sqs/{account}/{queue}"}


@pytest.fixture
def document(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(api.get("/api/schema").content)
    return found


@pytest.fixture
def kept_connection(db: None) -> Iterator[None]:
    """As Django's own test client does: a request must not close the connection that the test is in."""
    signals.request_started.disconnect(close_old_connections)
    signals.request_finished.disconnect(close_old_connections)
    yield
    signals.request_started.connect(close_old_connections)
    signals.request_finished.connect(close_old_connections)


def routes(patterns: list[Any], prefix: str = "/") -> Iterator[tuple[str, Any]]:
    """Every path of the URL conf, as the documentation writes it, and its view."""
    for pattern in patterns:
        path = prefix + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path, getattr(pattern.callback, "cls", pattern.callback)


def of_the_api() -> dict[str, Any]:
    found = dict(routes(get_resolver().url_patterns))
    return {path: view for path, view in found.items() if path.split("/")[1] in SERVICES}


def test_it_works(document: dict[str, Any]) -> None:
    validate: Any = validate_schema
    validate(document)
    assert "post" in document["paths"]["/jobs/newjob"]


def test_every_path_of_the_api_is_documented(document: dict[str, Any]) -> None:
    served = {path for path, view in of_the_api().items() if getattr(view, "schema", "") is not None}

    assert served - set(document["paths"]) - NOT_IN_IT == set()
    assert set(document["paths"]) <= served


# A queue may be named so: what is documented for all queues is served here for that one too.
BESIDES = {"/api/pipe/queue/{queue_name}/dequeue": {"get", "delete"}}


def test_every_method_is_documented(document: dict[str, Any]) -> None:
    for path, view in of_the_api().items():
        if path in document["paths"]:
            served = {method for method in view.http_method_names if hasattr(view, method)}
            served -= BESIDES.get(path, set())
            assert set(document["paths"][path]) - {"parameters"} == served - {"options", "head"}, path


def test_every_call_says_what_it_does(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for method, call in methods.items():
            assert call.get("summary"), f"{method} {path}"
            assert call.get("tags"), f"{method} {path}"
            assert call["responses"], f"{method} {path}"


def test_every_view_of_the_api_stands_on_the_edge() -> None:
    """Or says at its place why not: the documentation's own two, and the doors that speak other protocols."""
    others = {path for path, view in of_the_api().items() if not issubclass(_class(view), ApiView)}

    assert others <= NOT_IN_IT


def _class(view: Any) -> type:
    return view if isinstance(view, type) else object


@pytest.mark.usefixtures("kept_connection")
def test_the_page_needs_no_other_host(api: Api) -> None:
    page = api.get("/api/docs").content.decode()

    assert "swagger-ui" in page
    assert re.findall(r"""(?:src|href|url)\s*[=:(]\s*["']?(?:https?:)?//[^"')\s]+""", page) == []
    loaded = re.findall(r"""(?:src|href)=["']([^"']+\.(?:js|css|png))["']""", page)
    assert len(loaded) >= 3
    for path in loaded:
        answer = api.get(path)
        answer.close()
        assert answer.status_code == 200, path


def test_the_page_names_the_way_to_sign_in(document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"]["userToken"]["scheme"] == "bearer"
    assert document["paths"]["/jobs/newjob"]["post"]["security"] == [{"userToken": []}]
    machines: list[dict[str, list[str]]] = [{"key": []}, {"keyInUrl": []}, {"userToken": []}, {}]
    assert document["paths"]["/logs/newlog"]["post"]["security"] == machines
    assert "security" not in document["paths"]["/logs/recent-logs"]["get"]


schema = schemathesis.openapi.from_wsgi("/api/schema", application)


@pytest.mark.usefixtures("kept_connection")
@schema.parametrize()
@settings(
    max_examples=25,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_nothing_that_is_sent_makes_the_server_fail(case: Case[Any]) -> None:
    """Whatever the documentation allows and what it does not, as nobody and as an admin."""
    for headers in ({}, {"Authorization": f"Bearer {ADMIN.token}"}):
        answer = case.call(headers=headers)
        documented = str(answer.status_code) in case.operation.definition.raw["responses"]
        assert answer.status_code < 500 or documented
        # What answers when nobody foresaw it; a documented 500 says something else.
        assert b"Internal server error" not in answer.content
        assert b"<html" not in answer.content.lower()
        assert b'"detail"' not in answer.content

"""What pages may load: nothing of elsewhere, no script that stands in a page."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from photonranch.api import csp
from testing.cast import Api


def policy(response: Any) -> dict[str, list[str]]:
    directives = [part.split() for part in response["Content-Security-Policy"].split("; ")]
    return {name: sources for name, *sources in directives}


def of(path: str) -> dict[str, list[str]]:
    response = HttpResponse()
    csp.add(RequestFactory().get(path), response)
    return policy(response)


def test_it_works() -> None:
    found = of("/pipe")

    assert found["default-src"] == ["'self'"]
    assert found["frame-ancestors"] == found["base-uri"] == found["object-src"] == ["'none'"]
    assert "script-src" not in found
    assert "unsafe" not in str(found)


def test_pictures_and_calls_may_go_to_the_store_of_files(settings: Settings) -> None:
    settings.S3_BUCKET, settings.S3_ENDPOINT_URL = "frames", "https://minio.example.org:9000"
    settings.CSP_SOURCES = ["https://tiles.example.org"]

    found = of("/pipe")

    store = ["https://minio.example.org:9000", "https://frames.minio.example.org:9000"]
    assert found["img-src"] == ["'self'", "data:", "blob:", *store, "https://tiles.example.org"]
    assert found["connect-src"][:3] == ["'self'", "ws://testserver", "wss://testserver"]
    assert set(store) < set(found["connect-src"])
    assert found["default-src"] == ["'self'"]


@pytest.mark.django_db
def test_the_admin_has_its_own(client: Client) -> None:
    client.force_login(User.objects.create_superuser("ada"))

    for path in ("/admin/", "/admin/login/", "/admin/jobs/job/"):
        found = policy(client.get(path))
        assert found["script-src"] == ["'self'", "'unsafe-eval'"]
        assert found["frame-ancestors"] == ["'none'"]


def test_the_documentation_has_no_script_in_its_page(api: Api) -> None:
    page = api.get("/api/docs")

    assert "script-src" not in policy(page)
    assert re.findall(r"<script(?![^>]*\bsrc=)", page.content.decode()) == []
    script = re.search(r'src="(/api/docs\?script=[^"]*)"', page.content.decode())
    assert script
    answer = api.get(script[1])
    assert answer["Content-Type"].startswith("application/javascript")
    assert b"SwaggerUIBundle" in answer.content


def test_what_programs_are_answered_has_none(api: Api) -> None:
    assert "Content-Security-Policy" not in api.get("/healthz")
    assert "Content-Security-Policy" not in api.get("/nothing")


def test_a_page_s_own_policy_stays() -> None:
    response = HttpResponse(headers={"Content-Security-Policy": "default-src 'none'"})
    csp.add(RequestFactory().get("/pipe"), response)

    assert response["Content-Security-Policy"] == "default-src 'none'"


def test_it_may_only_report(settings: Settings) -> None:
    settings.CSP_REPORT_ONLY = True
    response = HttpResponse()
    csp.add(RequestFactory().get("/pipe"), response)

    assert "Content-Security-Policy" not in response
    assert "default-src" in response["Content-Security-Policy-Report-Only"]


def test_a_page_with_a_script_in_it_names_that_one() -> None:
    response = HttpResponse()
    request = RequestFactory().get("/api/product/x")
    csp.with_nonce(request, response, "n0nce")
    csp.add(request, response)

    assert policy(response)["script-src"] == ["'self'", "'nonce-n0nce'"]
    assert policy(response)["img-src"][0] == "'self'"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/", "/pipe", "/sign-in"])
def test_the_pages_of_the_console_have_it(client: Client, settings: Settings, path: str) -> None:
    settings.CSP_SOURCES = ["https://tiles.example.org"]

    found = policy(client.get(path))

    assert found["img-src"][-1] == "https://tiles.example.org"
    assert "script-src" not in found

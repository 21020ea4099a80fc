"""A production server: does not start when it would be insecure; `check --deploy` has nothing to say."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as here
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from pytest_django import Settings

from photonranch.conf.checks import guards_are_there, https_is_used_everywhere
from photonranch.tests.conf.test_settings import started  # noqa: F401  (a fixture)

KEY = "q8Zt3vXw-5Lr7NcYk1Jb_9HsDf2GmPa4RuEe6TiOo0WxCvBnMz8KjLhQpUyIgSd"
SECURE = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": KEY,
    "ALLOWED_HOSTS": "ranch.example.org",
    "PUBLIC_URL": "https://ranch.example.org",
    "TRUST_PROXY": "1",
}


def test_it_works(started: Any) -> None:  # noqa: F811
    found = started(**SECURE)

    assert found["SESSION_COOKIE_SECURE"] is found["CSRF_COOKIE_SECURE"] is True
    assert found["SECURE_SSL_REDIRECT"] is True
    assert found["SECURE_HSTS_SECONDS"] == 31_536_000
    assert found["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")
    assert (found["DEMO"], found["LOG_FORMAT"], found["ACCESS_LOG"]) == (False, "JSON", True)


def test_a_laptop_needs_none_of_it(started: Any) -> None:  # noqa: F811
    found = started()

    assert found["PRODUCTION"] is found["SECURE_SSL_REDIRECT"] is False
    assert found["SECURE_HSTS_SECONDS"] == 0
    assert "SECURE_PROXY_SSL_HEADER" not in found
    assert (found["DEMO"], found["LOG_FORMAT"], found["ACCESS_LOG"]) == (True, "TEXT", False)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DEBUG", "1", "DEBUG is 1"),
        ("SECRET_KEY", "", "SECRET_KEY is not set"),
        ("SECRET_KEY", "short", "SECRET_KEY can be guessed"),
        ("SECRET_KEY", "ab" * 40, "SECRET_KEY can be guessed"),
        ("SECRET_KEY", "django-insecure-" + KEY, "SECRET_KEY can be guessed"),
        ("SECRET_KEY", "change-me-" + KEY, "SECRET_KEY can be guessed"),
        ("ALLOWED_HOSTS", "", "ALLOWED_HOSTS is not set"),
        ("ALLOWED_HOSTS", "ranch.example.org,*", r"ALLOWED_HOSTS holds a \*"),
        ("PUBLIC_URL", "", "PUBLIC_URL must start with https"),
        ("PUBLIC_URL", "http://ranch.example.org", "PUBLIC_URL must start with https"),
        ("TRUST_PROXY", "", "TRUST_PROXY is not set"),
    ],
)
def test_an_insecure_setting_stops_the_start_with_a_sentence(
    started: Any,  # noqa: F811
    name: str,
    value: str,
    says: str,
) -> None:
    with pytest.raises(ImproperlyConfigured, match=rf"^{says}.*\.$") as refusal:
        started(**{**SECURE, name: value})

    assert not value or value not in str(refusal.value) or len(value) < 2


def run(folder: Path, *arguments: str, **changes: str) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, "VAR_DIR": str(folder), **SECURE, **changes}
    line = [sys.executable, "manage.py", *arguments]
    return subprocess.run(line, cwd=here.BASE_DIR, env=env, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("trust_proxy", ["0", "1"])
def test_check_deploy_is_clean(tmp_path: Path, trust_proxy: str) -> None:
    done = run(tmp_path, "check", "--deploy", "--fail-level", "DEBUG", TRUST_PROXY=trust_proxy)

    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_an_operator_reads_one_sentence_and_the_server_does_not_start(tmp_path: Path) -> None:
    done = run(tmp_path, "serve", "--port=0", SECRET_KEY="")

    assert done.returncode == 1
    assert done.stderr.startswith("The server is not set up right: SECRET_KEY is not set:")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "keys").exists()


def test_check_deploy_says_what_is_not_production(tmp_path: Path) -> None:
    done = run(tmp_path, "check", "--deploy", ENVIRONMENT="", PUBLIC_URL="http://ranch.local")

    assert "photonranch.W001" in done.stderr
    assert "security.W012" in done.stderr or "security.W010" in done.stderr


def test_a_guard_that_is_missing_is_noticed(settings: Settings) -> None:
    assert guards_are_there() == []
    settings.MIDDLEWARE = [path for path in settings.MIDDLEWARE if "Csrf" not in path and "Axes" not in path]

    assert [each.msg for each in guards_are_there()] == [
        "No middleware in MIDDLEWARE is a CsrfViewMiddleware.",
        "No middleware in MIDDLEWARE is a AxesMiddleware.",
    ]


def test_what_is_asked_without_tls_is_noticed(settings: Settings) -> None:
    assert https_is_used_everywhere() == []
    settings.AUTH_ISSUER = "http://issuer.example.org/"

    assert [each.id for each in https_is_used_everywhere()] == ["photonranch.W002"]


# --- What a browser is told --------------------------------------------------------------------------------


@pytest.fixture
def secure(settings: Settings) -> Client:
    """As behind a proxy that speaks TLS."""
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    return Client()


@pytest.mark.django_db
def test_a_page_over_tls(secure: Client) -> None:
    page = secure.get("/admin/login/", headers={"X-Forwarded-Proto": "https"})

    assert page.status_code == 200
    assert page["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert page["Referrer-Policy"] == "same-origin"
    assert page["Cross-Origin-Opener-Policy"] == "same-origin"
    cookie = page.cookies["csrftoken"]
    assert (cookie["secure"], cookie["samesite"]) == (True, "Lax")


@pytest.mark.django_db
def test_a_page_without_tls_is_sent_there_and_programs_are_not(secure: Client) -> None:
    page = secure.get("/admin/login/")

    assert (page.status_code, page["Location"]) == (301, "https://testserver/admin/login/")
    assert secure.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_without_trust_nobody_is_believed(client: Client, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True

    assert client.get("/admin/login/", headers={"X-Forwarded-Proto": "https"}).status_code == 301

"""The settings as a whole: defaults that run, and wrong values that stop the start."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.apps import apps
from django.conf import settings as here
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from photonranch import settings as module

VARIABLES = [
    "ACCESS_LOG",
    "ALLOWED_HOSTS",
    "AUTH_AUDIENCE",
    "AUTH_ISSUER",
    "AUTH_JWKS_URL",
    "AUTH_PUBLIC_KEY",
    "CSP_REPORT_ONLY",
    "CSP_SOURCES",
    "DATABASE_POOL",
    "DATABASE_URL",
    "DEBUG",
    "DEMO",
    "ENVIRONMENT",
    "HOST",
    "HSTS_SECONDS",
    "HSTS_SUBDOMAINS",
    "LOG_FORMAT",
    "LOG_LEVEL",
    "METRICS_TOKEN",
    "OCS_PORTAL_SITES",
    "OCS_PORTAL_TOKEN",
    "OCS_PORTAL_URL",
    "OPEN_PROJECT_WRITES",
    "PORT",
    "PUBLIC_URL",
    "REDIS_URL",
    "REQUIRE_SITE_KEYS",
    "RESERVATION_MAX_DAYS",
    "RESERVATION_MAX_HOURS",
    "SECRET_KEY",
    "SQS_ACCESS_KEY_ID",
    "SQS_SECRET_ACCESS_KEY",
    "TRUST_PROXY",
]


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The settings of a server that starts with these variables and no others."""

    def start(**variables: str) -> dict[str, Any]:
        for name in VARIABLES:
            monkeypatch.setenv(name, variables.pop(name, ""))
        monkeypatch.setenv("VAR_DIR", variables.pop("VAR_DIR", str(tmp_path / "var")))
        assert not variables
        return runpy.run_path(module.__file__)

    return start


def test_it_works(started: Any, tmp_path: Path) -> None:
    found = started()

    assert found["DATABASES"]["default"]["NAME"] == str(tmp_path / "var" / "photonranch.sqlite3")
    assert found["DATABASES"]["default"]["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert (found["HOST"], found["PORT"], found["DEBUG"], found["DEMO"]) == ("127.0.0.1", 8000, False, True)
    assert found["AUTH_AUDIENCE"] == "master"
    assert len(found["SECRET_KEY"]) > 50
    assert started()["SECRET_KEY"] == found["SECRET_KEY"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", "maybe"),
        ("DEMO", "2"),
        ("REQUIRE_SITE_KEYS", "strict"),
        ("OPEN_PROJECT_WRITES", "?"),
        ("RESERVATION_MAX_DAYS", "0"),
        ("RESERVATION_MAX_HOURS", "a day"),
        ("PORT", "http"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PUBLIC_URL", "ranch.example.org"),
        ("PUBLIC_URL", "https://"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("DATABASE_URL", "postgres://localhost"),
        ("DATABASE_POOL", "0"),
        ("REDIS_URL", "localhost:6379"),
        ("REDIS_URL", "redis://localhost:port"),
        ("AUTH_ISSUER", "tenant.auth0.com"),
        ("AUTH_JWKS_URL", "file:///etc/passwd"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_FORMAT", "xml"),
        ("ENVIRONMENT", "prod"),
        ("HSTS_SECONDS", "a year"),
        ("TRUST_PROXY", "nginx"),
        ("VAR_DIR", "/dev/null/var"),
        ("SQS_ACCESS_KEY_ID", "alone"),
        ("SQS_SECRET_ACCESS_KEY", "alone"),
        ("OCS_PORTAL_URL", "observe.example.org"),
        ("OCS_PORTAL_SITES", "mrc1"),
        ("OCS_PORTAL_TOKEN", "alone"),
    ],
)
def test_a_wrong_value_stops_the_start_and_names_the_variable(started: Any, name: str, value: str) -> None:
    if name in ("DATABASE_POOL",):
        variables = {"DATABASE_URL": "postgres://localhost/x", name: value}
    else:
        variables = {name: value}

    with pytest.raises(ImproperlyConfigured, match=rf"\b{name}\b.*\.$"):
        started(**variables)


def test_two_sources_of_keys_are_one_too_many(started: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match="AUTH_JWKS_URL or AUTH_PUBLIC_KEY"):
        started(AUTH_JWKS_URL="https://x.example/keys", AUTH_PUBLIC_KEY="x")


def test_options_in_the_databases_url_are_kept(started: Any) -> None:
    found = started(DATABASE_URL="postgres://u:p@h/n?sslmode=require", DATABASE_POOL="3")

    options = found["DATABASES"]["default"]["OPTIONS"]
    assert options["sslmode"] == "require"
    assert options["pool"]["max_size"] == 3


def test_a_public_url_opens_the_server_to_its_name(started: Any) -> None:
    found = started(PUBLIC_URL="https://ranch.example.org:8443", ALLOWED_HOSTS="a.example")

    assert found["ALLOWED_HOSTS"] == ["a.example", "ranch.example.org"]
    assert found["CSRF_TRUSTED_ORIGINS"] == ["https://ranch.example.org:8443"]
    assert (found["SESSION_COOKIE_SECURE"], found["CSRF_COOKIE_SECURE"]) == (True, True)
    assert started(PUBLIC_URL="http://ranch.local")["SESSION_COOKIE_SECURE"] is False


def test_with_redis_everything_shared_lies_there(started: Any) -> None:
    found = started(REDIS_URL="redis://localhost:6379/3")

    assert found["CACHES"]["default"]["LOCATION"] == "redis://localhost:6379/3"
    assert found["CHANNEL_LAYERS"]["default"]["CONFIG"]["hosts"] == ["redis://localhost:6379/3"]
    assert found["CELERY_BROKER_URL"] == "redis://localhost:6379/3"


def test_a_redis_behind_a_socket_file_is_celery_s_too(started: Any) -> None:
    found = started(REDIS_URL="unix:///run/redis/redis.sock?db=3")

    assert found["CELERY_BROKER_URL"] == "redis+socket:///run/redis/redis.sock?virtual_host=3"


def test_a_key_on_one_line_is_put_on_several(started: Any) -> None:
    assert (
        started(AUTH_PUBLIC_KEY="-----A-----\\nB\\n-----C-----")["AUTH_PUBLIC_KEY"]
        == "-----A-----\nB\n-----C-----"
    )


def an_elliptic_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()


@pytest.mark.parametrize(
    ("pem", "says"),
    [
        ("no key", "AUTH_PUBLIC_KEY is neither"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "AUTH_PUBLIC_KEY is neither"),
        ("-----BEGIN PUBLIC KEY-----\n?\n-----END PUBLIC KEY-----", "AUTH_PUBLIC_KEY is neither"),
        (an_elliptic_key(), "AUTH_PUBLIC_KEY must hold an RSA key"),
    ],
    ids=["text", "half a certificate", "half a key", "elliptic"],
)
def test_a_key_that_is_none_stops_the_start(settings: Settings, pem: str, says: str) -> None:
    settings.AUTH_PUBLIC_KEY = pem

    with pytest.raises(ImproperlyConfigured, match=says):
        apps.get_app_config("photonranch").ready()


@pytest.mark.parametrize("command", ["serve", "token", "migrate"])
def test_an_operator_reads_one_sentence(tmp_path: Path, command: str) -> None:
    env = {**os.environ, "VAR_DIR": str(tmp_path), "DEBUG": "perhaps"}
    line = [sys.executable, "manage.py", command]
    done = subprocess.run(line, cwd=here.BASE_DIR, env=env, capture_output=True, text=True, timeout=60)

    assert done.returncode == 1
    assert done.stderr == "The server is not set up right: DEBUG is 'perhaps'; it takes 1 or 0.\n"
    assert done.stdout == ""

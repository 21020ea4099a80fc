"""What a production server refuses to start with (ENVIRONMENT=production): each has its sentence.

Settings that are merely unwise are left to `manage.py check --deploy`.
"""

from collections.abc import Sequence

from django.core.exceptions import ImproperlyConfigured

SECRET_LENGTH = 50
SECRET_LETTERS = 10
# How keys begin that somebody meant to replace.
PLACEHOLDERS = ("django-insecure", "change", "secret", "replace", "insecure", "example")
MAKE_ONE = "python -c 'import secrets; print(secrets.token_urlsafe(50))' makes one"


def refuse_insecure(
    *, debug: bool, secret_key: str, allowed_hosts: Sequence[str], public_url: str | None, trust_proxy: str
) -> None:
    """The values as the environment gives them, without defaults; raises ImproperlyConfigured."""
    if debug:
        raise ImproperlyConfigured("DEBUG is 1: in production it would show code and settings to strangers.")
    refuse_secret(secret_key)
    if not allowed_hosts:
        raise ImproperlyConfigured(
            "ALLOWED_HOSTS is not set: in production name the hosts that this server goes by, with commas."
        )
    if any(host == "*" or host.startswith("*") for host in allowed_hosts):
        raise ImproperlyConfigured("ALLOWED_HOSTS holds a *: in production every host has to be named.")
    if not (public_url or "").startswith("https://"):
        raise ImproperlyConfigured(
            "PUBLIC_URL must start with https:// in production: tokens and cookies travel with every request."
        )
    if not trust_proxy:
        raise ImproperlyConfigured(
            "TRUST_PROXY is not set: in production say 1 when only a proxy reaches this server (what it says "
            "about clients is believed), or 0 when the server itself speaks TLS."
        )


def refuse_secret(secret_key: str) -> None:
    if not secret_key:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set: in production all processes and machines share one that you keep; "
            f"{MAKE_ONE}."
        )
    known = secret_key.lower().startswith(PLACEHOLDERS)
    if known or len(secret_key) < SECRET_LENGTH or len(set(secret_key)) < SECRET_LETTERS:
        raise ImproperlyConfigured(
            f"SECRET_KEY can be guessed: it takes {SECRET_LENGTH} random characters in production; "
            f"{MAKE_ONE}."
        )

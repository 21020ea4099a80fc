"""What `manage.py check --deploy` says beyond Django's own checks."""

from typing import Any

from axes.middleware import AxesMiddleware
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.security import SecurityMiddleware
from django.utils.module_loading import import_string

GUARDS = (SecurityMiddleware, CsrfViewMiddleware, XFrameOptionsMiddleware, AxesMiddleware)


@register(Tags.security)
def guards_are_there(**_: Any) -> list[CheckMessage]:
    """Django looks for its middleware by name, and ours have other names: so we look ourselves."""
    installed = [import_string(path) for path in settings.MIDDLEWARE]
    return [
        Error(
            f"No middleware in MIDDLEWARE is a {guard.__name__}.",
            hint="photonranch.api.middleware has one, which the paths of programs go around.",
            id="photonranch.E001",
        )
        for guard in GUARDS
        if not any(isinstance(each, type) and issubclass(each, guard) for each in installed)
    ]


@register(Tags.security, deploy=True)
def says_that_it_is_production(**_: Any) -> list[CheckMessage]:
    if settings.PRODUCTION:
        return []
    return [
        Warning(
            "ENVIRONMENT is not production: insecure settings would not stop the start.",
            hint="Set ENVIRONMENT=production where others reach the server; see docs/operations.md.",
            id="photonranch.W001",
        )
    ]


@register(Tags.security, deploy=True)
def https_is_used_everywhere(**_: Any) -> list[CheckMessage]:
    """What the server itself asks, it asks over TLS, unless it asks its own machine."""
    warnings: list[CheckMessage] = []
    for name in ("AUTH_ISSUER", "AUTH_JWKS_URL", "REMOTEHQ_URL", "OCS_PORTAL_URL"):
        value = str(getattr(settings, name) or "")
        if value.startswith("http://"):
            warnings.append(
                Warning(
                    f"{name} is asked without TLS: whoever is on the line can answer in its place.",
                    hint=f"Give {name} an address that starts with https://.",
                    id="photonranch.W002",
                )
            )
    return warnings

"""A browser that is signed in, and whether a page of this very origin makes the call."""

from importlib import import_module
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.http import HttpRequest
from rest_framework.request import Request

from photonranch.auth.callers import ANONYMOUS, Caller


def _session_caller(user: AbstractBaseUser | AnonymousUser | None) -> Caller:
    if not isinstance(user, User) or not user.is_active:
        return ANONYMOUS
    roles = [group.name for group in user.groups.all()]
    if user.is_superuser and "admin" not in roles:
        roles.append("admin")
    return Caller("user", user.username, user.get_full_name() or user.username, tuple(roles))


def session_user_of(request: HttpRequest) -> AbstractBaseUser | AnonymousUser | None:
    """The browser's signed-in user, when the page that calls came from this very origin.

    A cookie travels with requests that other sites' pages make; the browser says where a request comes from
    in headers that a page cannot set (Fetch Metadata, Origin and Referer).
    """
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if key is None or comes_from_another_page(request):
        return None
    # What programs call goes around Django's session middleware.
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    return get_user(request)


def _same_origin(request: HttpRequest) -> bool:
    origin = request.META.get("HTTP_ORIGIN")
    if origin is not None:
        return origin.lower() in _own_origins(request)
    where = request.META.get("HTTP_SEC_FETCH_SITE")
    return where == "same-origin" or (where in (None, "none") and request.method in ("GET", "HEAD"))


def _own_origins(request: HttpRequest | Request) -> list[str]:
    own = [f"{request.scheme}://{request.get_host()}"]
    if settings.PUBLIC_URL:
        # Behind a proxy that speaks TLS the request itself looks like plain HTTP.
        own.append("{0.scheme}://{0.netloc}".format(urlsplit(settings.PUBLIC_URL)))
    return [each.lower() for each in own]


def comes_from_page(request: HttpRequest | Request) -> bool:
    """Whether a page in a browser makes this call, of whatever origin: programs send neither header."""
    return "HTTP_ORIGIN" in request.META or "HTTP_SEC_FETCH_SITE" in request.META


def comes_from_another_page(request: HttpRequest | Request) -> bool:
    """Whether a page of another origin makes this call, be it by a link, an image or a script.

    A browser that sends neither Fetch Metadata nor an Origin with a plain GET still names the page it is on.
    """
    try:
        page = urlsplit(request.META.get("HTTP_REFERER", ""))
        origin = f"{page.scheme}://{page.netloc}".lower()
        elsewhere = bool(page.netloc) and origin not in _own_origins(request)
        return elsewhere or not _same_origin(getattr(request, "_request", request))
    except ValueError:  # no address at all: nothing that speaks for the caller
        return True

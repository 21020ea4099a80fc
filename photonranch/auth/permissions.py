"""The questions that views ask before they do something: may this caller?"""

from typing import cast

from django.conf import settings
from rest_framework.request import Request

from photonranch.auth.callers import Caller
from photonranch.errors import Forbidden, NotSignedIn, Unauthorized
from photonranch.excerpts import excerpt


def caller_of(request: Request) -> Caller:
    return cast(Caller, request.user)


def user_of(request: Request) -> Caller:
    """The signed-in user; raises NotSignedIn."""
    caller = caller_of(request)
    if caller.kind != "user":
        raise NotSignedIn
    return caller


def user_or_site_of(request: Request) -> Caller:
    """The signed-in user, or a site by its key; raises NotSignedIn. What a site may change is its own."""
    caller = caller_of(request)
    return caller if caller.kind == "site" else user_of(request)


def admin_of(request: Request) -> Caller:
    """The signed-in user, who must have the role admin."""
    caller = user_of(request)
    if not caller.is_admin:
        raise Unauthorized("This needs the role admin.")
    return caller


def site_writer(request: Request, site: str, *, users_too: bool = False) -> Caller:
    """Whoever may write for `site` where no user is needed: everybody, as documented.

    In strict mode only the site's own key and admins (with `users_too` every signed-in user). In either mode
    the key of another site, or of another kind, opens nothing.
    """
    caller = caller_of(request)
    keep_to_own_site(caller, site)
    return _strictly(caller, "site", users_too=users_too)


def keep_to_own_site(caller: Caller, site: str) -> None:
    """Raises Forbidden for the key of another site than `site`."""
    if caller.kind == "site" and caller.site != site:
        raise Forbidden(f"This key belongs to {caller.site}; it does not write for {excerpt(site)}.")


def site_keeper(request: Request, site: str) -> Caller:
    """An admin, or `site` itself by its key, strict mode or not; raises NotSignedIn."""
    caller = site_writer(request, site)  # which refuses the key of another site
    if caller.is_admin or caller.kind not in ("anonymous", "user"):
        return caller
    raise NotSignedIn


def pipe_writer(request: Request, *, sites_too: bool = False) -> Caller:
    """The same for PIPE's queues and machines; `sites_too`: sites may as well, as they enqueue their work."""
    caller = caller_of(request)
    return _strictly(caller, "site" if sites_too and caller.kind == "site" else "pipe")


def datastream_writer(request: Request) -> Caller:
    """Whoever may send frames to any site's watchers: an admin or a key of the datastream, in either mode."""
    caller = caller_of(request)
    if caller.kind == "datastream" or caller.is_admin:
        return caller
    if caller.kind in ("anonymous", "user"):
        return admin_of(request)
    raise Forbidden("This key does not open the datastream.")


def known_caller(request: Request) -> Caller:
    """In strict mode, somebody: the first door of every call that changes something, see `api.ApiView`."""
    caller = caller_of(request)
    if settings.REQUIRE_SITE_KEYS and not caller.is_authenticated:
        raise NotSignedIn
    return caller


def _strictly(caller: Caller, kind: str, *, users_too: bool = False) -> Caller:
    """Strict mode is decided here, for every write that needs no user."""
    if caller.kind not in ("anonymous", "user", kind):
        raise Forbidden(f"A key of this kind ({caller.kind}) does not open this.")
    if not settings.REQUIRE_SITE_KEYS or caller.kind == kind or caller.is_admin:
        return caller
    if caller.kind == "user":
        if users_too:
            return caller
        raise Unauthorized("This needs the site's key or the role admin.")
    raise NotSignedIn

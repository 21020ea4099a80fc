"""From what a request shows (a token, a key, a session) to the caller it belongs to."""

import base64
import binascii
import logging
import time
from typing import Any, cast

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from photonranch.auth.callers import ANONYMOUS, Caller
from photonranch.auth.sessions import _session_caller, session_user_of
from photonranch.auth.tokens import BadToken, roles_of, verify
from photonranch.errors import NotSignedIn
from photonranch.excerpts import quoted

log = logging.getLogger(__name__)

NO_TOKEN = {"", "undefined", "null"}


# A token that was just verified is not verified again for this long: checking a signature takes as long as
# all the rest of a small request. Short, so that a key that its issuer withdrew stops counting soon.
KNOWN_FOR_S = 30.0


KNOWN_TOKENS = 10_000


_known_tokens: dict[str, tuple["Caller", float]] = {}


def identify(authorization: str, session_user: AbstractBaseUser | AnonymousUser | None = None) -> Caller:
    """Who sent this `Authorization` header (or, without one, this browser session).

    A token that does not count makes its bearer anonymous: public endpoints serve it, the others answer 401.
    Any other credential that is wrong is refused: it was meant to open something. A site's key comes as
    Bearer, or as Basic (RFC 7617) with the site as the user, which URLs can hold.
    """
    scheme, _, credential = authorization.strip().partition(" ")
    credential = credential.strip()
    match scheme.lower():
        case "bearer" if credential not in NO_TOKEN:
            return _bearer_of_token(credential) if credential.count(".") == 2 else _bearer_of_key(credential)
        case "" | "bearer":
            return _session_caller(session_user)
        case "basic":
            return _basic(credential)
    raise NotSignedIn


def _bearer_of_token(token: str) -> Caller:
    known = _known_tokens.get(token)
    if known is not None and time.time() < known[1]:
        return known[0]
    try:
        claims = verify(token)
    except BadToken as problem:
        log.info("token refused: %s", problem)
        return Caller(rejected=str(problem))
    name = claims.get("nickname") or claims.get("name") or ""
    caller = Caller("user", str(claims["sub"]), str(name), tuple(roles_of(claims, token)))
    if len(_known_tokens) >= KNOWN_TOKENS:
        _known_tokens.clear()
    _known_tokens[token] = (caller, min(float(claims["exp"]), time.time() + KNOWN_FOR_S))
    return caller


def forget_tokens() -> None:
    """Verify every token anew from here on."""
    _known_tokens.clear()


def _bearer_of_key(key: str, holder: str | None = None) -> Caller:
    """The machine that a site key belongs to; `holder`, where it is said, must be the key's own.

    Raises NotSignedIn: a key that is wrong or revoked is refused everywhere, in strict mode or not.
    """
    from sitecfg import keys  # its models need this module's settings to be loaded first

    row = keys.find(key)
    if row is None or holder not in (None, row.holder):
        log.info("key refused: %s", "unknown or revoked" if row is None else f"shown as {quoted(holder)}")
        raise NotSignedIn
    return Caller(cast(Any, row.scope), site=row.site, key=row.start)


def _basic(credential: str) -> Caller:
    try:
        holder, _, key = base64.b64decode(credential, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise NotSignedIn from None
    return _bearer_of_key(key, holder)


def holds_token(authorization: str) -> bool:
    """Whether there is a credential in the header; the web frontend sends `Bearer undefined` for none."""
    scheme, _, credential = authorization.strip().partition(" ")
    return scheme.lower() not in ("", "bearer") or credential.strip() not in NO_TOKEN


class CallerAuthentication(BaseAuthentication):
    """DRF's door to `identify`: `request.user` is a Caller on every request."""

    def authenticate(self, request: Request) -> tuple[Caller, None]:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        caller = identify(header, None if holds_token(header) else session_user_of(request._request))
        # For the line in the log: what kind of caller, never who.
        request._request.caller_kind = caller.kind  # type: ignore[attr-defined]
        return caller, None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def without_session(request: Request) -> None:
    """Whoever shows neither token nor key is nobody from here on, whatever the browser's cookie says."""
    if not holds_token(request.META.get("HTTP_AUTHORIZATION", "")):
        request.user = cast(Any, ANONYMOUS)
        request._request.caller_kind = ANONYMOUS.kind  # type: ignore[attr-defined]

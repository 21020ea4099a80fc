"""Who is calling: a token, a browser session, a site's key, or nobody; one function for HTTP and sockets.

Identity comes from the credential alone. What a body says of itself (`user_id`, `user_roles`) is a claim
and grants nothing. Tokens are JWTs signed with RS256 (RFC 7519, RFC 7518 section 3.3); no other algorithm
is ever tried, so neither `none` nor an HMAC made with the public key can pass.
"""

import base64
import binascii
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urlsplit

import jwt
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from photonranch.env import kept_once
from photonranch.errors import Forbidden, NotSignedIn, Unauthorized
from photonranch.excerpts import excerpt, quoted
from photonranch.issuer import published_keys, roles_by_userinfo, roles_in

log = logging.getLogger(__name__)

ALGORITHM = "RS256"
OWN_KEY_ID = "own"
LEEWAY_S = 10
# The largest real one has some 1,500 characters.
MAX_TOKEN = 16_384
NO_TOKEN = {"", "undefined", "null"}
# A token that was just verified is not verified again for this long: checking a signature takes as long as
# all the rest of a small request. Short, so that a key that its issuer withdrew stops counting soon.
KNOWN_FOR_S = 30.0
KNOWN_TOKENS = 10_000
_known_tokens: dict[str, tuple["Caller", float]] = {}


class BadToken(Exception):
    """A token that does not count; the text says why, for the log."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sent a request.

    `kind` is "user" for a person (token or session), "site", "pipe" or "datastream" for a machine that showed
    such a key, and "anonymous" for everybody else. `site` is the site that a site's key belongs to, `key` the
    first characters of any key. `rejected` says why a credential that came along did not count.
    """

    kind: Literal["anonymous", "user", "site", "pipe", "datastream"] = "anonymous"
    user_id: str = ""
    user_name: str = ""
    roles: tuple[str, ...] = ()
    site: str = ""
    key: str = ""
    rejected: str = ""

    @property
    def is_authenticated(self) -> bool:
        return self.kind != "anonymous"

    @property
    def is_admin(self) -> bool:
        return "admin" in self.roles

    @property
    def is_scheduler(self) -> bool:
        """A program that plans for all: what it puts into the calendar may lie over people's time."""
        return "scheduler" in self.roles

    @property
    def signature(self) -> str:
        """What a record says of who did something; empty for nobody."""
        return self.user_id or (f"key {self.key}…" if self.key else "")


ANONYMOUS = Caller()


# --- The questions views ask -------------------------------------------------------------------------------


def caller_of(request: Request) -> Caller:
    return cast(Caller, request.user)


def user_of(request: Request) -> Caller:
    """The signed-in user; raises NotSignedIn."""
    caller = caller_of(request)
    if caller.kind != "user":
        raise NotSignedIn
    return caller


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
    if caller.kind == "site" and caller.site != site:
        raise Forbidden(f"This key belongs to {caller.site}; it does not write for {excerpt(site)}.")
    return _strictly(caller, "site", users_too=users_too)


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


# --- The one function --------------------------------------------------------------------------------------


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


def _session_caller(user: AbstractBaseUser | AnonymousUser | None) -> Caller:
    if not isinstance(user, User) or not user.is_active:
        return ANONYMOUS
    roles = [group.name for group in user.groups.all()]
    if user.is_superuser and "admin" not in roles:
        roles.append("admin")
    return Caller("user", user.username, user.get_full_name() or user.username, tuple(roles))


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


# --- Tokens ------------------------------------------------------------------------------------------------


def verify(token: str) -> dict[str, Any]:
    """The claims of a token whose signature, times, audience and issuer are right; raises BadToken."""
    if len(token) > MAX_TOKEN:
        raise BadToken("it is too long")
    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") != ALGORITHM:
            raise BadToken(f"algorithm {quoted(header.get('alg'))}")
        claims = jwt.decode(
            token,
            verification_key(header.get("kid")),
            algorithms=[ALGORITHM],
            audience=settings.AUTH_AUDIENCE,
            issuer=expected_issuers(),
            leeway=LEEWAY_S,
            options={"require": ["exp", "sub", "aud"]},
        )
    except (jwt.InvalidTokenError, ValueError) as error:
        raise BadToken(excerpt(error)) from None
    if not claims["sub"]:
        raise BadToken("it names nobody")
    return claims


def expected_issuers() -> list[str] | None:
    """What `iss` may be; None when the operator gave a key and no issuer.

    Auth0's issuers end in a slash and its domains do not: an operator may write either.
    """
    if settings.AUTH_ISSUER:
        bare = str(settings.AUTH_ISSUER).rstrip("/")
        return [bare, f"{bare}/"]
    return [own_issuer()] if uses_own_issuer() else None


def own_issuer() -> str:
    return f"{str(settings.PUBLIC_URL).rstrip('/')}/" if settings.PUBLIC_URL else "photonranch"


def uses_own_issuer() -> bool:
    return not (settings.AUTH_ISSUER or settings.AUTH_JWKS_URL or settings.AUTH_PUBLIC_KEY)


def verification_key(key_id: str | None) -> Any:
    """The public key that a token naming `key_id` must be signed with."""
    if settings.AUTH_PUBLIC_KEY:
        return public_key_from_pem(settings.AUTH_PUBLIC_KEY)
    if uses_own_issuer():
        if key_id not in (None, OWN_KEY_ID):
            raise BadToken(f"unknown key id {quoted(key_id)}")
        return own_key().public_key()
    url = settings.AUTH_JWKS_URL or f"{str(settings.AUTH_ISSUER).rstrip('/')}/.well-known/jwks.json"
    key = published_keys(url).key(key_id)
    if key is None:
        raise BadToken(f"unknown key id {quoted(key_id)}")
    return key


@lru_cache(maxsize=4)
def public_key_from_pem(text: str) -> rsa.RSAPublicKey:
    """An RSA public key from PEM text: a public key, or the certificate that holds one."""
    pem = text.encode()
    try:
        if b"BEGIN CERTIFICATE" in pem:
            key = x509.load_pem_x509_certificate(pem).public_key()
        else:
            key = cast(Any, serialization.load_pem_public_key(pem))
    except (ValueError, UnsupportedAlgorithm):
        raise ImproperlyConfigured("AUTH_PUBLIC_KEY is neither a PEM public key nor a certificate.") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise ImproperlyConfigured("AUTH_PUBLIC_KEY must hold an RSA key: tokens are signed with RS256.")
    return key


def roles_of(claims: dict[str, Any], token: str) -> list[str]:
    """The roles in the token, or the issuer's word on them when the token has none."""
    if settings.AUTH_ROLES_CLAIM in claims or not settings.AUTH_ISSUER:
        return roles_in(claims)
    return roles_by_userinfo(token, claims)


# --- The server's own issuer -------------------------------------------------------------------------------


def own_key() -> rsa.RSAPrivateKey:
    """The private key of this server's own issuer; made at the first start, readable by its owner only."""
    return _private_key_in(settings.AUTH_OWN_KEY)


@lru_cache(maxsize=4)
def _private_key_in(path: Path) -> rsa.RSAPrivateKey:
    pem = kept_once(path, _new_private_key).encode()
    return cast(rsa.RSAPrivateKey, serialization.load_pem_private_key(pem, password=None))


def _new_private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def issue_token(user_id: str, roles: Iterable[str] = (), *, name: str = "", lifetime: timedelta) -> str:
    """A token of this server's own issuer, as the web frontend's identity provider would make it."""
    now = int(time.time())
    claims = {
        "iss": own_issuer(),
        "aud": settings.AUTH_AUDIENCE,
        "sub": user_id,
        "nickname": name or user_id,
        "iat": now,
        "exp": now + int(lifetime.total_seconds()),
        settings.AUTH_ROLES_CLAIM: {"roles": list(roles)},
    }
    return jwt.encode(claims, own_key(), algorithm=ALGORITHM, headers={"kid": OWN_KEY_ID})


def own_keys_published() -> dict[str, Any]:
    """The own issuer's public key as a JWK set, for other services that check the same tokens."""
    key = jwt.algorithms.RSAAlgorithm.to_jwk(own_key().public_key(), as_dict=True)
    return {"keys": [{**key, "kid": OWN_KEY_ID, "use": "sig", "alg": ALGORITHM}]}

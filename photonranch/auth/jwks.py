"""Public keys (JWKS, RFC 7517) and users' roles (`/userinfo`), asked of an issuer of tokens elsewhere.

It stands on the path of every request with a token, so it is asked rarely, never waited for longer than
OUTSIDE_TIMEOUT_S, and what it said last is good for a while when it does not answer.
"""

import hashlib
import json
import logging
import time
from contextlib import closing
from functools import lru_cache
from threading import Lock
from typing import Any, cast

import jwt
import urllib3
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.conf import settings
from django.core.cache import cache

from photonranch.bounded_http import TooLong, read_in_time
from photonranch.errors import Unavailable

log = logging.getLogger(__name__)

OUTSIDE_TIMEOUT_S = 3.0
OUTSIDE_BYTES = 1024 * 1024
KEYS_KEPT_S = 3600.0
KEYS_KEPT_IN_OUTAGE_S = 24 * 3600.0
# An unknown key id asks for the keys again, at most this often: a flood of made-up ids must not become a
# flood of requests to the issuer.
KEYS_REFRESH_S = 30.0
RETRY_S = 5.0
ROLES_RETRY_S = 30.0


class IssuerError(Exception):
    """The issuer did not answer, not in time, or not what it should; the text is for the log."""


@lru_cache(maxsize=1)
def _outside() -> urllib3.PoolManager:
    return urllib3.PoolManager(timeout=urllib3.Timeout(total=OUTSIDE_TIMEOUT_S), retries=False)


def _get(url: str, headers: dict[str, str] | None) -> urllib3.BaseHTTPResponse:
    return _outside().request("GET", url, headers=headers, preload_content=False, redirect=False)


def ask(url: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
    """The JSON object at `url`; raises IssuerError.

    A redirect is not followed: a token may be in the headers.
    """
    deadline = time.monotonic() + OUTSIDE_TIMEOUT_S
    try:
        with closing(_get(url, headers)) as answer:
            if answer.status != 200:
                raise IssuerError(f"{url} answers {answer.status}")
            document = json.loads(read_in_time(answer, deadline, OUTSIDE_BYTES))
    except TooLong:
        raise IssuerError(f"{url} answers too slowly or too much") from None
    except (urllib3.exceptions.HTTPError, ValueError, RecursionError) as error:
        raise IssuerError(f"{url}: {type(error).__name__}") from None
    if not isinstance(document, dict):
        raise IssuerError(f"{url} answers no JSON object")
    return document


# --- Keys --------------------------------------------------------------------------------------------------


class PublishedKeys:
    """The RSA keys at a JWKS address (RFC 7517), fetched when one is needed."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.keys: dict[str | None, RSAPublicKey] = {}
        self.fetched_at = float("-inf")
        self.ask_again_at = float("-inf")
        self.lock = Lock()

    def key(self, key_id: str | None) -> RSAPublicKey | None:
        """The key of that name, None when the issuer has none; raises Unavailable when it cannot be asked."""
        if self._wants_to_ask(key_id):
            with self.lock:
                # Whoever waited for the lock finds what the one before fetched.
                if self._wants_to_ask(key_id):
                    self._fetch()
        if self._age() > KEYS_KEPT_IN_OUTAGE_S:
            raise Unavailable("The issuer of your token cannot be reached just now; please try again.")
        return self.keys.get(key_id)

    def _age(self) -> float:
        return time.monotonic() - self.fetched_at

    def _wants_to_ask(self, key_id: str | None) -> bool:
        return (
            key_id not in self.keys or self._age() > KEYS_KEPT_S
        ) and time.monotonic() >= self.ask_again_at

    def _fetch(self) -> None:
        try:
            self.keys = rsa_keys_in(ask(self.url))
        except IssuerError as problem:
            log.warning("the token issuer's keys cannot be fetched: %s", problem)
            self.ask_again_at = time.monotonic() + RETRY_S
        else:
            self.fetched_at = time.monotonic()
            self.ask_again_at = self.fetched_at + KEYS_REFRESH_S


def rsa_keys_in(jwks: dict[str, Any]) -> dict[str | None, RSAPublicKey]:
    """Key id -> key, for the keys of a JWK set that can have signed with RS256.

    Raises IssuerError for none.
    """
    published = jwks.get("keys")
    keys: dict[str | None, RSAPublicKey] = {}
    for jwk in published if isinstance(published, list) else []:
        if not isinstance(jwk, dict) or jwk.get("kty") != "RSA" or jwk.get("use", "sig") != "sig":
            continue
        try:
            key = jwt.PyJWK(jwk, algorithm="RS256")
        except (jwt.PyJWTError, ValueError, TypeError) as problem:
            log.warning("a key of the token issuer is left out: %s", problem)
            continue
        if isinstance(key.key, RSAPublicKey):
            keys[key.key_id] = key.key
    if not keys:
        raise IssuerError("there is no RSA key among them")
    return keys


@lru_cache(maxsize=4)
def published_keys(url: str) -> PublishedKeys:
    return PublishedKeys(url)


# --- Roles -------------------------------------------------------------------------------------------------


def roles_in(claims: dict[str, Any]) -> list[str]:
    """The roles that a token, or a user's information, names."""
    metadata = claims.get(settings.AUTH_ROLES_CLAIM)
    roles = metadata.get("roles") if isinstance(metadata, dict) else None
    return [role for role in roles if isinstance(role, str)] if isinstance(roles, list) else []


def roles_by_userinfo(token: str, claims: dict[str, Any]) -> list[str]:
    """Roles from the issuer's `/userinfo` (OpenID Connect Core 5.3), which hold until the token ends.

    Without an answer the user has no roles, for half a minute: nobody becomes admin by an outage.
    """
    kept_as = f"userinfo:{hashlib.sha256(token.encode()).hexdigest()}"
    roles = cache.get(kept_as)
    if roles is not None:
        return cast(list[str], roles)
    url = f"{str(settings.AUTH_ISSUER).rstrip('/')}/userinfo"
    try:
        userinfo = ask(url, {"Authorization": f"Bearer {token}"})
    except IssuerError as problem:
        log.warning("no word on a user's roles: %s", problem)
        userinfo = {}
    if userinfo.get("sub") != claims["sub"]:
        # `add`: of several requests at once, one may have had an answer.
        cache.add(kept_as, [], ROLES_RETRY_S)
        return cast(list[str], cache.get(kept_as, []))
    roles = roles_in(userinfo)
    cache.set(kept_as, roles, max(1.0, float(claims["exp"]) - time.time()))
    return roles

"""JSON web tokens (RFC 7519): verified, and issued by this server's own issuer.

They are signed with RS256 (RFC 7518, section 3.3); no other algorithm is ever tried, so neither `none` nor an
HMAC made with the public key can pass.
"""

import logging
import time
from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import jwt
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from photonranch.auth.jwks import published_keys, roles_by_userinfo, roles_in
from photonranch.conf.env import kept_once
from photonranch.excerpts import excerpt, quoted

log = logging.getLogger(__name__)

ALGORITHM = "RS256"


OWN_KEY_ID = "own"


LEEWAY_S = 10


# The largest real one has some 1,500 characters.
MAX_TOKEN = 16_384


class BadToken(Exception):
    """A token that does not count; the text says why, for the log."""


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

"""What browsers are told that a page may load and do (Content Security Policy, level 3).

A page may have its own policy: what a view sets stays. A page with a script in it asks for `with_nonce`.
"""

from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse

HEADER = "Content-Security-Policy"
REPORT_ONLY = "Content-Security-Policy-Report-Only"

Policy = dict[str, list[str]]

# Path -> what its pages need besides; the longest that fits counts.
NEEDS: dict[str, Policy] = {
    # Unfold's Alpine makes functions of attributes, and puts styles on elements.
    "/admin/": {"script-src": ["'self'", "'unsafe-eval'"], "style-src": ["'self'", "'unsafe-inline'"]},
    # Swagger's page has a style in it, and its pictures in its styles.
    "/api/docs": {"style-src": ["'self'", "'unsafe-inline'"]},
}


def add(path: str, response: HttpResponse) -> None:
    """Put the policy of the page at `path` on `response`, if it has none."""
    if HEADER not in response.headers and REPORT_ONLY not in response.headers:
        response.headers[_header()] = _of(next((start for start in NEEDS if path.startswith(start)), ""))


def with_nonce(response: HttpResponse, nonce: str) -> None:
    """For a page whose script and style stand in it, each with this nonce, made for this answer alone."""
    own = ["'self'", f"'nonce-{nonce}'"]
    response.headers[_header()] = _text({**_everywhere(), "script-src": own, "style-src": own})


def _header() -> str:
    return REPORT_ONLY if settings.CSP_REPORT_ONLY else HEADER


@lru_cache(maxsize=16)
def _of(start: str) -> str:
    return _text({**_everywhere(), **NEEDS.get(start, {})})


def forget() -> None:
    """The settings have changed (tests change them)."""
    _of.cache_clear()


def _everywhere() -> Policy:
    elsewhere = [*_store(), *settings.CSP_SOURCES]
    return {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:", *elsewhere],
        "connect-src": ["'self'", *_sockets(), *elsewhere],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }


def _sockets() -> list[str]:
    """For browsers to which 'self' is no websocket."""
    if not settings.PUBLIC_URL:
        return []
    public = urlsplit(settings.PUBLIC_URL)
    return [f"{'wss' if public.scheme == 'https' else 'ws'}://{public.netloc}"]


def _store() -> list[str]:
    """Where pictures come from when an object store hands them out, in both styles of its addresses."""
    if not settings.S3_BUCKET:
        return []
    if not settings.S3_ENDPOINT_URL:
        return [f"https://{settings.S3_BUCKET}.s3.amazonaws.com", "https://*.amazonaws.com"]
    store = urlsplit(settings.S3_ENDPOINT_URL)
    return [f"{store.scheme}://{store.netloc}", f"{store.scheme}://{settings.S3_BUCKET}.{store.netloc}"]


def _text(policy: Policy) -> str:
    return "; ".join(f"{directive} {' '.join(sources)}" for directive, sources in policy.items())

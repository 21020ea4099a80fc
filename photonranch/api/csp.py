"""The Content Security Policy (level 3) of every page: what browsers let it load and do.

A page may have its own policy: what a view sets stays. A page with a script in it asks for `with_nonce`.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse

HEADER = "Content-Security-Policy"
REPORT_ONLY = "Content-Security-Policy-Report-Only"

Policy = dict[str, list[str]]

# How a path begins -> what its pages need besides.
NEEDS: dict[str, Policy] = {
    # Unfold's Alpine makes functions of attributes, and puts styles on elements.
    "/admin/": {"script-src": ["'self'", "'unsafe-eval'"], "style-src": ["'self'", "'unsafe-inline'"]},
    # Swagger's page has a style in it, and its pictures in its styles.
    "/api/docs": {"style-src": ["'self'", "'unsafe-inline'"]},
}


def add(request: HttpRequest, response: HttpResponse) -> None:
    """Put the policy of the page on `response`, if it has none."""
    if HEADER not in response.headers and REPORT_ONLY not in response.headers:
        needs = next((needs for start, needs in NEEDS.items() if request.path_info.startswith(start)), {})
        response.headers[_header()] = _text({**_everywhere(request.get_host()), **needs})


def with_nonce(request: HttpRequest, response: HttpResponse, nonce: str) -> None:
    """For a page whose script and style stand in it, each with this nonce, made for this answer alone."""
    own = ["'self'", f"'nonce-{nonce}'"]
    policy = {**_everywhere(request.get_host()), "script-src": own, "style-src": own}
    response.headers[_header()] = _text(policy)


def _header() -> str:
    return REPORT_ONLY if settings.CSP_REPORT_ONLY else HEADER


def _everywhere(host: str) -> Policy:
    elsewhere = [*_store(), *settings.CSP_SOURCES]
    return {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:", *elsewhere],
        # Older browsers do not count sockets as 'self'.
        "connect-src": ["'self'", f"ws://{host}", f"wss://{host}", *elsewhere],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }


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

"""What every page of the console is: rendered on the server, and closed to whatever other hosts offer."""

from typing import Any
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.generic import TemplateView

from images.store import base_url, store
from photonranch.auth import Caller, identify


def secured(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """`response` with a policy that lets the browser run and load nothing but what this server has.

    The sockets are named too: older browsers do not count them as "self". Pictures, and the FITS files
    that the viewer reads, may lie in an object storage of their own.
    """
    host = request.get_host()
    link = urlsplit(store().link("data/x", base_url(request)))
    files = f"{link.scheme}://{link.netloc}"
    policy = {
        "default-src": "'self'",
        "img-src": f"'self' data: blob: {files}",
        "connect-src": f"'self' ws://{host} wss://{host} {files}",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    response.headers["Content-Security-Policy"] = "; ".join(map(" ".join, policy.items()))
    # A page shows who is signed in, and what is true now.
    patch_cache_control(response, private=True, no_cache=True)
    return response


class Page(TemplateView):
    """A page. What is not there is told on a page, too."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = super().dispatch(request, *args, **kwargs)
        except Http404 as missing:
            response = render(request, "console/not_found.html", {"reason": str(missing)}, status=404)
        return secured(request, response)

    @property
    def caller(self) -> Caller:
        """Whoever looks, as the REST calls of this page will know them."""
        return identify("", self.request.user)

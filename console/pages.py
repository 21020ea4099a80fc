"""What every page of the console is: rendered on the server, and closed to whatever other hosts offer."""

from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.generic import TemplateView

from photonranch.auth.callers import Caller
from photonranch.auth.credentials import identify


def secured(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """`response`, which no cache keeps: a page shows who is signed in, and what is true now.

    What it may load, photonranch.api.csp says of all pages alike.
    """
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

"""Signing in and out, with the accounts that the admin keeps."""

from typing import Any

from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from console.pages import secured


class SignInPage(LoginView):
    """Django's own form; `next` leads back, and never to another host."""

    template_name = "console/sign_in.html"
    next_page = "/"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return secured(request, super().dispatch(request, *args, **kwargs))


class SignOutPage(LogoutView):
    """POST only: a link on another page signs nobody out."""

    http_method_names = ["post", "options"]
    next_page = "/"

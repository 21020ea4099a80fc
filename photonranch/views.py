"""What belongs to the server and to no app: is it alive, which keys sign its tokens."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from photonranch import auth
from photonranch.api import sentence


def healthz(request: HttpRequest) -> HttpResponse:
    """200 as soon as the server serves."""
    return sentence("ok")


def own_keys(request: HttpRequest) -> HttpResponse:
    """The keys of this server's own issuer, as a JWK set."""
    return JsonResponse(auth.own_keys_published())

"""Request bodies: read once, within a bound, as JSON whatever their Content-Type says."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from photonranch.errors import (
    BadRequest,
    TooLarge,
)
from photonranch.lenient_json import Json, NotJson, loads

# What is still read of a body that is refused, so that the refusal arrives.
READ_ON_PIECES = 512  # 32 MiB


class JsonParser(BaseParser):
    """What DRF and OpenAPI know of the form of bodies; `BodyRequest` reads them."""

    media_type = "application/json"


def _whole_body(request: HttpRequest) -> bytes:
    limit: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if not request.META.get("CONTENT_LENGTH") and not hasattr(request, "_body"):
        # It comes in chunks, and Django knows no bound for those.
        text = request.read(limit + 1)
        if len(text) > limit:
            raise TooLarge(f"The body is larger than {limit} bytes.")
        return text
    try:
        return request.body
    except RequestDataTooBig:
        _read_on(request)
        raise TooLarge(f"The body is larger than {limit} bytes.") from None


def _read_on(request: HttpRequest) -> None:
    """Under WSGI the body is still on its way: a client whose line is cut never reads why."""
    for _ in range(READ_ON_PIECES):
        if not request.read(65_536):
            return


def read_json(text: bytes) -> Json:
    if not text.strip():
        return {}
    try:
        return loads(text)
    except NotJson:
        raise BadRequest("The body is not JSON.") from None


class OnlyJson(BaseContentNegotiation):
    """Whatever the headers ask for or claim: JSON in, JSON out."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class BodyRequest(Request):
    """Every body is read as JSON, once: one that comes in chunks too, which DRF takes for none."""

    _json: Json = NotImplemented
    _caller: Any = None

    def __init__(self, request: HttpRequest, **options: Any) -> None:
        super().__init__(request, **options)
        # Read often; DRF passes them on only after it has looked for them in vain.
        self.method, self.META = request.method, request.META

    @property
    def user(self) -> Any:
        """Who is calling (auth.Caller); DRF's own property looks in three places whenever it is read."""
        return super().user if self._caller is None else self._caller

    @user.setter
    def user(self, value: Any) -> None:
        self._caller = self._user = self._request.user = value

    @property
    def data(self) -> Json:
        if self._json is NotImplemented:
            self._json = read_json(_whole_body(self._request))
        return self._json


# It knows nothing of the request that it is asked about: one does for all.
_NEGOTIATOR = OnlyJson()


def body_of(request: Request) -> dict[str, Json]:
    """The request's body, which must be a JSON object."""
    data = request.data
    if not isinstance(data, dict):
        raise BadRequest("The body must be a JSON object.")
    return data

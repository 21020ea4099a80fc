"""Files going out: one file in the form that is asked for, many in a zip, and the links to both."""

import secrets
from datetime import timedelta
from typing import Any, cast

from django.conf import settings
from django.core.signing import BadSignature as BadSigning
from django.core.signing import Signer
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request

from images import names, serializers
from images.delivery import deliver
from images.errors import Unusable
from images.models import Product
from images.services import products
from images.store import URL_PREFIX, BadSignature, LocalStore, NotStored, base_url, check_link, store
from images.waiting import waits
from images.workers import workers
from photonranch.api import csp
from photonranch.api.bodies import body_of
from photonranch.api.openapi import BAD_REQUEST
from photonranch.api.rendering import sentence
from photonranch.api.validation import validated
from photonranch.api.views import ApiView
from photonranch.errors import ApiError, Forbidden, NotFound, Unavailable
from photonranch.excerpts import excerpt

# The web frontend takes no link to a zip that does not contain this.
FRONTEND_LITERAL = "https://photonranch-001.s3.amazonaws.com"
# Conversions take some tenths of a second: worth a thread where a request is one.
CONVERSION_WAIT_WSGI_S = 5.0
# Before anybody is told that no worker is there, one gets this long to take the work.
GRACE = timedelta(seconds=3)

_signer = Signer(salt="images.product")


# --- Ordering ----------------------------------------------------------------------------------------------


class DownloadView(ApiView):
    # It asks for what there is; that something may be made of it on the way changes nothing.
    changes = frozenset()

    @extend_schema(
        tags=["images"],
        summary="A link to one file",
        request=serializers.DownloadRequest,
        responses={
            (200, "text/plain"): OpenApiResponse(OpenApiTypes.STR, description="The URL, as bare text."),
            400: BAD_REQUEST,
            403: OpenApiResponse(OpenApiTypes.STR, description="No such directory."),
            404: OpenApiResponse(OpenApiTypes.STR, description="No such file."),
            422: OpenApiResponse(OpenApiTypes.STR, description="The file cannot be converted: why."),
            503: OpenApiResponse(OpenApiTypes.STR, description="No worker is running to convert it."),
        },
        examples=[
            OpenApiExample(
                "a stretched picture",
                value={
                    "s3_directory": "data",
                    "object_name": "saf-sq003ms-20260711-00000012-EX00.fits.fz",
                    "image_type": "tif",
                    "stretch": "arcsinh",
                },
                request_only=True,
            )
        ],
        auth=[],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """`fits` unpacks a packed FITS, `tif` makes a stretched TIFF of it; otherwise the file comes as it is
        stored. Made once, kept 48 hours. Of `EX00` and `EX01` the one that exists is taken."""
        body = validated(serializers.DownloadRequest, body_of(request))
        if body["s3_directory"] not in names.DIRECTORIES:
            raise Forbidden(f"s3_directory: must be one of {', '.join(names.DIRECTORIES)}.")
        stored = products.find_file(body["s3_directory"], body["object_name"])
        name = stored.key.rpartition("/")[2]
        base = base_url(request._request)
        stretch = body["stretch"] if body["image_type"] in ("tif", "tiff") else None
        if not stretch and not (body["image_type"] == "fits" and names.is_packed(name)):
            return sentence(store().link(stored.key, base, save_as=name))
        if stretch and not names.is_fits(name):
            raise Unusable(f"object_name: {excerpt(name)} is not a FITS file, which a TIFF is made of.")
        return Ordered(products.converted(stored, stretch), base, _file_link).answer()


class DownloadZipView(ApiView):
    # It asks for what there is; that something may be made of it on the way changes nothing.
    changes = frozenset()

    @extend_schema(
        tags=["images"],
        summary="A link to a zip of many frames",
        request=serializers.ZipRequest,
        responses={
            200: OpenApiResponse(OpenApiTypes.OBJECT, description='`{"message": url}`'),
            400: BAD_REQUEST,
            404: OpenApiResponse(OpenApiTypes.STR, description="No images match the query."),
            503: OpenApiResponse(OpenApiTypes.STR, description="No worker is running to build it."),
            504: OpenApiResponse(OpenApiTypes.STR, description="More files than one archive may hold."),
        },
        examples=[
            OpenApiExample(
                "an hour",
                value={
                    "site": "saf",
                    "start_timestamp_s": 1795129200,
                    "end_timestamp_s": 1795132800,
                    "fits_size": "small",
                },
                request_only=True,
            )
        ],
        auth=[],
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Answers when the zip is ready, or after 20 seconds; the link then shows how far it is (programs get
        202 with `{state, done, total}`). The same question finds the same file for 48 hours."""
        body = validated(serializers.ZipRequest, body_of(request))
        product = products.zipped(
            body["site"], body["start_timestamp_s"], body["end_timestamp_s"], body["fits_size"]
        )
        return Ordered(product, base_url(request._request), _zip_message).answer()


class Ordered:
    """The answer about a product: with its link, or what is wrong with it."""

    def __init__(self, product: Product, base: str, said: Any) -> None:
        self.product = product
        self.base = base
        self.said = said

    def answer(self) -> HttpResponseBase:
        """To be given when the product is finished; see `images.waiting`."""
        try:
            check(self.product)
        except ApiError as error:
            return sentence(error.sentence, error.status)
        response: HttpResponse = self.said(self.product, self.base)
        if self.product.state in Product.UNFINISHED:
            waiting = cast(Any, response)
            waiting.product_id = self.product.pk
            waiting.when_finished = self.look_again
        return response

    def look_again(self) -> HttpResponseBase:
        self.product.refresh_from_db(fields=["state", "reason", "done", "touched_at"])
        return self.answer()


def check(product: Product) -> None:
    """Raises Unusable for one that failed or was refused, Unavailable for one that cannot be made now."""
    if product.state in (Product.State.FAILED, Product.State.REFUSED):
        refusal = Unavailable if product.reason == products.NOT_NOW else Unusable
        raise refusal(f"{product.filename} cannot be made: {product.reason}.")
    waits_long = product.created_at < timezone.now() - GRACE
    if product.state == Product.State.WAITING and waits_long and not workers.answer():
        raise Unavailable("No worker is running to make this file; please try again later.")


def _file_link(product: Product, base: str) -> HttpResponse:
    if product.state == Product.State.READY:
        return sentence(store().link(product.file_key, base, save_as=product.filename))
    return sentence(product_link(product, base))


def _zip_message(product: Product, base: str) -> HttpResponse:
    link = product_link(product, base)
    if settings.FRONTEND_ZIP_LITERAL:
        link += f"&origin={FRONTEND_LITERAL}"
    return JsonResponse({"message": link})


def product_link(product: Product, base: str) -> str:
    path = reverse("product", args=[product.pk, product.filename])
    return f"{base}{path}?signature={_signer.signature(product.pk)}"


download = waits(DownloadView, settings.ZIP_WAIT_S, CONVERSION_WAIT_WSGI_S)
downloadzip = waits(DownloadZipView, settings.ZIP_WAIT_S)


# --- Handing out -------------------------------------------------------------------------------------------


class ProductView(ApiView):
    @extend_schema(
        tags=["images"],
        summary="A file that was ordered, or how far it is",
        parameters=[
            OpenApiParameter("signature", str, required=True),
            OpenApiParameter("state", str, description="Anything: only tell how far it is."),
        ],
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            202: OpenApiResponse(
                OpenApiTypes.OBJECT, description="`{state, done, total}` in bytes; browsers get a page."
            ),
            403: OpenApiResponse(OpenApiTypes.STR, description="The signature is not for this."),
            404: OpenApiResponse(OpenApiTypes.STR, description="It has expired."),
            503: OpenApiResponse(OpenApiTypes.STR, description="No worker is running to make it."),
        },
        auth=[],
    )
    def get(self, request: Request, product_id: str, filename: str) -> HttpResponseBase:
        """A browser's page starts the download by itself when the file is ready."""
        _check_product_link(product_id, request.query_params.get("signature", ""))
        product = Product.objects.filter(pk=product_id).defer("recipe").first()
        if product is None:
            raise NotFound("This file has expired; please ask for it again.")
        check(product)
        ready = product.state == Product.State.READY
        if "state" in request.query_params:
            return JsonResponse(products.progress(product), status=200 if ready else 202)
        if ready:
            return _hand_out(request._request, product)
        if "text/html" in request.headers.get("Accept", ""):
            return _progress_page(request._request, product)
        response = JsonResponse(products.progress(product), status=202)
        response["Retry-After"] = "1"
        return response


def _progress_page(request: HttpRequest, product: Product) -> HttpResponse:
    """Whole in one answer: it may be shown under a host name that serves nothing but the archive's paths."""
    nonce = secrets.token_urlsafe(16)
    page = render_to_string("images/progress.html", {"product": product, "nonce": nonce})
    response = HttpResponse(page, status=202)
    csp.with_nonce(request, response, nonce)
    return response


def _check_product_link(product_id: str, signature: str) -> None:
    try:
        _signer.unsign(f"{product_id}:{signature}")
    except BadSigning:
        raise Forbidden("The signature is not valid for this.") from None


def _hand_out(request: HttpRequest, product: Product) -> HttpResponseBase:
    where = store()
    if not isinstance(where, LocalStore):
        return HttpResponseRedirect(where.link(product.file_key, base_url(request), save_as=product.filename))
    try:
        path = where.path(product.file_key)
        return deliver(request, path, product.file_key, save_as=product.filename, name=product.filename)
    except (LookupError, FileNotFoundError):
        raise NotFound("This file has expired; please ask for it again.") from None


class FileView(ApiView):
    """The files of the store in a folder, to whoever holds a signed link."""

    authentication_classes = []

    @extend_schema(
        tags=["images"],
        summary="A stored file, by a signed link",
        parameters=[
            OpenApiParameter("expires", int, required=True),
            OpenApiParameter("signature", str, required=True),
            OpenApiParameter("save_as", str),
        ],
        responses={
            (200, "application/octet-stream"): OpenApiTypes.BINARY,
            (206, "application/octet-stream"): OpenApiTypes.BINARY,
            304: None,
            403: OpenApiResponse(OpenApiTypes.STR, description="The signature is not for this, or expired."),
            404: OpenApiResponse(OpenApiTypes.STR, description="It is not there any more."),
        },
        auth=[],
    )
    def get(self, request: Request, key: str) -> HttpResponseBase:
        """Ranges and conditional requests are served."""
        query = request.query_params
        save_as = query.get("save_as", "")
        key = key.removeprefix(URL_PREFIX)
        try:
            check_link(key, save_as, query.get("expires", ""), query.get("signature", ""))
        except BadSignature as problem:
            raise Forbidden(str(problem)) from None
        where = store()
        try:
            if not isinstance(where, LocalStore):
                raise NotStored(key)
            path = where.path(key)
            return deliver(request._request, path, key, save_as=save_as, name=key.rpartition("/")[2])
        except LookupError:
            raise NotFound("The file is not there any more.") from None

"""Files coming in: a form to post to, the posting itself, and object stores' notifications."""

import logging
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.db import Error as DatabaseError
from django.http.multipartparser import MultiPartParserError
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework.request import Request

from images import events, names, serializers
from images.services import uploads
from images.store import (
    BadSignature,
    LocalStore,
    Stored,
    base_url,
    check_upload,
    most_of_a_form,
    scratch,
    store,
)
from photonranch.api.bodies import body_of
from photonranch.api.openapi import BAD_REQUEST, BY_KEY
from photonranch.api.rendering import Response
from photonranch.api.validation import validated
from photonranch.api.views import ApiView
from photonranch.auth.permissions import site_writer
from photonranch.errors import BadRequest, Forbidden, NotFound, TooLarge
from photonranch.excerpts import excerpt

log = logging.getLogger(__name__)


class UploadView(ApiView):
    @extend_schema(
        tags=["images"],
        summary="Ask where to post a file",
        request=serializers.UploadRequest,
        responses={
            200: serializers.UploadForm,
            400: BAD_REQUEST,
            403: OpenApiResponse(OpenApiTypes.STR, description="No such directory or channel."),
        },
        examples=[
            OpenApiExample(
                "a telescope's picture",
                value={"object_name": "saf-sq003ms-20260711-00000012-EX10.jpg", "s3_directory": "data"},
                request_only=True,
            )
        ],
        auth=BY_KEY,
    )
    def post(self, request: Request) -> Response:
        """Post the file to `url`, as multipart/form-data, with `fields` before the part `file`: 204.

        Uses neither database nor network, so it answers when nothing else does.
        """
        body = validated(serializers.UploadRequest, body_of(request))
        name = body["object_name"]
        key = uploads.key_for(body["s3_directory"], name, body["info_channel"])
        site_writer(request, names.site_of(name))
        return Response(store().upload_form(key, base_url(request._request)))


class IncomingFile(UploadedFile[bytes]):
    """A file on its way in, on the store's own disk: keeping it is a rename. Removed when nobody keeps it."""

    def temporary_file_path(self) -> str:
        return str(self.file.name)  # type: ignore[union-attr]

    def close(self) -> None:
        with suppress(FileNotFoundError):
            super().close()


class ToDisk(FileUploadHandler):
    """Streams the one file of a form to disk, whatever its size, and stops at the limit."""

    file: "IO[bytes] | None" = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.file is not None:
            raise BadRequest("Only one part of the form may be a file.")
        self.written = 0
        self.file = tempfile.NamedTemporaryFile(dir=scratch(), suffix=".upload")  # noqa: SIM115

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        assert self.file is not None
        self.written += len(raw_data)
        if self.written > settings.UPLOAD_MAX_BYTES:
            raise TooLarge(f"The file is larger than {settings.UPLOAD_MAX_BYTES} bytes.")
        self.file.write(raw_data)

    def discard(self) -> None:
        """Remove what came of a file that nobody keeps."""
        if self.file is not None:
            self.file.close()

    def file_complete(self, file_size: int) -> IncomingFile:
        assert self.file is not None
        self.file.flush()
        self.file.seek(0)
        return IncomingFile(self.file, self.file_name, size=file_size)


class UploadFileView(ApiView):
    """What S3 is with a presigned POST, for the store in a folder. The signature is the credential."""

    authentication_classes = []
    # Closed by the signature, in strict mode or not: `upload` gave it to somebody who may.
    changes = frozenset()

    @extend_schema(
        tags=["images"],
        summary="Post a file, with the fields that `upload` gave",
        request={
            "multipart/form-data": {
                "type": "object",
                "properties": {
                    "key": {"type": "string"},
                    "expires": {"type": "string"},
                    "signature": {"type": "string"},
                    "file": {"type": "string", "format": "binary"},
                },
                "required": ["key", "expires", "signature", "file"],
            }
        },
        responses={
            204: None,
            400: BAD_REQUEST,
            403: OpenApiResponse(OpenApiTypes.STR, description="The signature is not for this, or expired."),
            413: OpenApiResponse(OpenApiTypes.STR, description="Larger than UPLOAD_MAX_BYTES."),
        },
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """The part's own file name does not matter; the same post again replaces the file by itself."""
        local = store()
        if not isinstance(local, LocalStore):
            raise NotFound("Files are posted to the object store here.")
        fields, file = _form(request)
        with closing(file):
            key = fields.get("key", "")
            try:
                check_upload(key, fields.get("expires", ""), fields.get("signature", ""))
            except BadSignature as problem:
                raise Forbidden(str(problem)) from None
            local.put(key, Path(file.temporary_file_path()))
        try:
            uploads.received(Stored(key, file.size or 0, timezone.now()))
        except DatabaseError:
            # The file is safe, and a telescope counts any answer as success.
            log.error("%s came, and cannot be noted just now", key)
            uploads.note_later(key)
        return Response(status=204)


def _form(request: Request) -> tuple[dict[str, str], IncomingFile]:
    """The plain parts, and the one file, of a multipart body."""
    plain = request._request
    length = plain.META.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and int(length) > most_of_a_form():
        raise TooLarge(f"The file is larger than {settings.UPLOAD_MAX_BYTES} bytes.")
    if not (plain.content_type or "").startswith("multipart/form-data"):
        raise BadRequest("The body must be multipart/form-data.")
    disk = ToDisk(plain)
    plain.upload_handlers = [disk]
    try:
        fields, files = plain.POST, plain.FILES
    except MultiPartParserError as problem:
        disk.discard()
        raise BadRequest(f"The body is not multipart/form-data: {excerpt(problem)}.") from None
    except BaseException:
        disk.discard()
        raise
    file = files.get("file")
    if not isinstance(file, IncomingFile):
        disk.discard()
        raise BadRequest("file: this part is missing.")
    return {name: str(value) for name, value in fields.items()}, file


class StoreEventsView(ApiView):
    """Where an object store tells that files have come."""

    authentication_classes = []
    # Closed by its own token, in strict mode or not.
    changes = frozenset()

    @extend_schema(
        tags=["images"],
        summary="An object store's notification of new files",
        request=OpenApiTypes.OBJECT,
        responses={
            204: None,
            400: BAD_REQUEST,
            403: OpenApiResponse(OpenApiTypes.STR, description="The token is wrong."),
        },
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """S3 event records, as MinIO's webhook or AWS through SNS post them; the token as `Bearer` or
        `?token=`.

        At least once is enough: what was announced twice is read once, what was never announced is found by
        the sweep.
        """
        _check_token(request)
        body = body_of(request)
        if address := events.confirmation(body):
            log.warning("confirm the subscription of this server to the bucket's events: %s", address)
            return Response(status=204)
        try:
            for stored in events.created(body, settings.S3_BUCKET):
                uploads.announced(stored)
        except events.NotAnEvent as problem:
            raise BadRequest(str(problem)) from None
        return Response(status=204)


def _check_token(request: Request) -> None:
    expected = settings.S3_EVENTS_TOKEN
    header = request.headers.get("Authorization", "")
    given = header.removeprefix("Bearer ").strip() or request.query_params.get("token", "")
    if not expected or not constant_time_compare(given, expected):
        raise Forbidden("The token is not the one in S3_EVENTS_TOKEN.")

"""The store of files: Django's storage in a folder or in S3, with signed uploads and downloads for both.

A store knows keys (`data/saf-…-EX10.jpg`) and nothing of frames. Uploads follow the protocol of S3's
presigned POST, downloads that of its presigned GET (Signature Version 4); the local store signs with the
server's secret key (django.core.signing). Links end at a full day, so the same file has the same link for a
day and a browser finds it in its cache.
"""

import hmac
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Protocol
from urllib.parse import quote

from botocore.auth import SIGV4_TIMESTAMP, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import FileSystemStorage, storages
from django.core.signing import b64_encode
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

from images.kinds import kind_of

DAY_S = 86_400
# A link works for the rest of its day and this many days more; SigV4 allows 7 days in all.
LINK_DAYS = 6
UPLOAD_URL = "/api/upload/file"
# What a multipart body may have besides the file: the fields and the parts' own headers.
FORM_BYTES = 64 * 1024
FILE_URL = "/api/file/"
# Frames' addresses have one hyphen before the site: the frontend orders sites by `url.split('-')[3]`, the
# date.
URL_PREFIX = "ptr-"


class NotStored(LookupError):
    """No file at that key."""


def most_of_a_form() -> int:
    """Bytes of the largest body that UPLOAD_URL takes: a file, and the form around it."""
    return int(settings.UPLOAD_MAX_BYTES) + FORM_BYTES


@dataclass(frozen=True, slots=True)
class Stored:
    key: str
    size: int
    modified: datetime


class Store(Protocol):
    """What the archive asks of a store. Keys are checked by whoever makes them (`images.names`)."""

    local: bool

    def upload_form(self, key: str, base_url: str) -> dict[str, Any]:
        """`{url, fields}`: where and with which fields a file may be posted to `key`."""

    def link(self, key: str, base_url: str, *, save_as: str = "") -> str:
        """A URL that hands out the file to whoever holds it; `save_as`: as a download of that name."""

    def find(self, key: str) -> Stored | None: ...

    def walk(self, directory: str) -> Iterator[Stored]:
        """Every file under `directory`, in no order, without holding the list in memory."""

    def put(self, key: str, path: Path) -> None:
        """Move the file at `path` to `key`, replacing what is there: whole or not at all."""

    def delete(self, key: str) -> None:
        """Remove `key`; nothing happens when it is not there."""

    def reading(self, key: str) -> Any:
        """A context with the path of a local file that holds `key`'s bytes; raises NotStored."""


def store() -> Store:
    backend = storages["default"]
    if isinstance(backend, FileSystemStorage):
        return LocalStore(backend)
    return S3Store(backend)


def base_url(request: HttpRequest) -> str:
    """Scheme and host by which the caller reaches this server."""
    return str(settings.PUBLIC_URL or f"{request.scheme}://{request.get_host()}").rstrip("/")


def scratch() -> Path:
    """A folder for files in the making: on the local store's own disk, so that moving them in is a rename."""
    folder = Path(settings.INCOMING_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def draft() -> Iterator[Path]:
    """A fresh path to write to; what is still there at the end is removed."""
    handle, name = tempfile.mkstemp(dir=scratch(), suffix=".draft")
    os.close(handle)
    try:
        yield Path(name)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)


def attachment(filename: str) -> str:
    return f"attachment; filename=\"{filename}\"; filename*=UTF-8''{quote(filename)}"


def day_of(now: float) -> int:
    return int(now // DAY_S) * DAY_S


# --- In a folder -------------------------------------------------------------------------------------------


class BadSignature(ValueError):
    """The signature is not for this, or its time is over; the text says which."""


@lru_cache(maxsize=8)
def _signing_key(purpose: str, secret_key: str) -> bytes:
    return salted_hmac(f"images.{purpose}", "", secret=secret_key, algorithm="sha256").digest()


def _signature(purpose: str, *parts: object) -> str:
    """Base64 of an HMAC-SHA256. Django's Signer derives its key anew each time: for the two thousand links of
    a long list a third of the answer's time."""
    text = "\n".join(map(str, parts)).encode()
    return b64_encode(hmac.digest(_signing_key(purpose, settings.SECRET_KEY), text, "sha256")).decode()


def _check(purpose: str, signature: str, expires: str, *parts: object) -> None:
    if not constant_time_compare(signature, _signature(purpose, *parts, expires)):
        raise BadSignature("The signature is not valid for this.")
    if time.time() > int(expires):
        raise BadSignature("The signature has expired.")


def check_upload(key: str, expires: str, signature: str) -> None:
    """Whether a local upload form was signed for this key; raises BadSignature."""
    _check("upload", signature, expires, key)


def check_link(key: str, save_as: str, expires: str, signature: str) -> None:
    """Whether a local link was signed for this file and name; raises BadSignature."""
    _check("file", signature, expires, key, save_as)


class LocalStore:
    local = True

    def __init__(self, backend: FileSystemStorage) -> None:
        self.backend = backend

    def upload_form(self, key: str, base_url: str) -> dict[str, Any]:
        expires = int(time.time()) + settings.UPLOAD_LINK_S
        signature = _signature("upload", key, expires)
        fields = {"key": key, "expires": str(expires), "signature": signature}
        return {"url": base_url + UPLOAD_URL, "fields": fields}

    def link(self, key: str, base_url: str, *, save_as: str = "") -> str:
        expires = day_of(time.time()) + (LINK_DAYS + 1) * DAY_S
        query = f"expires={expires}&signature={_signature('file', key, save_as, expires)}"
        if save_as:
            query += f"&save_as={quote(save_as)}"
        return f"{base_url}{FILE_URL}{URL_PREFIX}{quote(key)}?{query}"

    def path(self, key: str) -> Path:
        try:
            return Path(self.backend.path(key))
        except SuspiciousFileOperation:
            raise NotStored(key) from None

    def find(self, key: str) -> Stored | None:
        try:
            about = self.path(key).stat()
        except (FileNotFoundError, NotADirectoryError, NotStored):
            return None
        return Stored(key, about.st_size, datetime.fromtimestamp(about.st_mtime, UTC))

    def walk(self, directory: str) -> Iterator[Stored]:
        root = Path(self.backend.location)
        folders = [root / directory]
        while folders:
            with suppress(FileNotFoundError), os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(Path(entry.path))
                    elif entry.is_file(follow_symlinks=False):
                        about = entry.stat()
                        key = Path(entry.path).relative_to(root).as_posix()
                        yield Stored(key, about.st_size, datetime.fromtimestamp(about.st_mtime, UTC))

    def put(self, key: str, path: Path) -> None:
        target = self.path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.chmod(path, 0o644)  # a proxy hands it out, under a user of its own
        try:
            os.replace(path, target)
        except OSError:  # another disk: copied beside its place first, because a copy is not there at once
            beside = target.with_name(f".{target.name}.{os.getpid()}.{time.monotonic_ns()}")
            shutil.copy(path, beside)
            os.replace(beside, target)

    def delete(self, key: str) -> None:
        with suppress(FileNotFoundError):
            self.path(key).unlink()

    @contextmanager
    def reading(self, key: str) -> Iterator[Path]:
        path = self.path(key)
        if not path.is_file():
            raise NotStored(key)
        yield path


# --- In S3 -------------------------------------------------------------------------------------------------


class DatedQueryAuth(S3SigV4QueryAuth):
    """Signs a link as of a given moment instead of now: asked for again that day, it is the same link."""

    def __init__(self, credentials: Any, region: str, expires_s: int, at: datetime) -> None:
        super().__init__(credentials, "s3", region, expires=expires_s)
        self.at = at

    def add_auth(self, request: Any) -> None:
        request.context["timestamp"] = self.at.strftime(SIGV4_TIMESTAMP)
        self._modify_request_before_signing(request)
        to_sign = self.string_to_sign(request, self.canonical_request(request))
        self._inject_signature_to_request(request, self.signature(to_sign, request))


_client_lock = Lock()


def _client_of(backend: Any) -> Any:
    """One client for all threads: django-storages makes one for each, and under ASGI a request is a thread;
    making one takes 100 ms.
    """
    with _client_lock:
        if not hasattr(backend, "shared_client"):
            backend.shared_client = backend.connection.meta.client
        return backend.shared_client


@lru_cache(maxsize=4)
def _bucket_url(client: Any, bucket: str) -> str:
    """The address that links of this bucket begin with, in the style (path or host) of this endpoint."""
    url: str = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    return url.partition("?")[0].removesuffix("k")


class S3Store:
    """django-storages keeps bucket, client and options; the signing is botocore's."""

    local = False

    def __init__(self, backend: Any) -> None:
        self.backend = backend
        self.bucket = str(backend.bucket_name)

    @property
    def client(self) -> Any:
        return _client_of(self.backend)

    def upload_form(self, key: str, base_url: str) -> dict[str, Any]:
        form: dict[str, Any] = self.client.generate_presigned_post(
            self.bucket,
            key,
            Conditions=[["content-length-range", 0, settings.UPLOAD_MAX_BYTES]],
            ExpiresIn=settings.UPLOAD_LINK_S,
        )
        return form

    def link(self, key: str, base_url: str, *, save_as: str = "") -> str:
        day = datetime.fromtimestamp(day_of(time.time()), UTC)
        client = self.client
        credentials = client._request_signer._credentials
        signer = DatedQueryAuth(credentials, client.meta.region_name, (LINK_DAYS + 1) * DAY_S, day)
        # Telescopes post files without a type, or with any.
        content_type, shown = kind_of(key)
        params = {"response-content-type": content_type}
        if save_as or not shown:
            params["response-content-disposition"] = attachment(save_as or key.rpartition("/")[2])
        request: Any = AWSRequest(
            method="GET", url=_bucket_url(client, self.bucket) + quote(key), params=params
        )
        signer.add_auth(request)
        return str(request.url)

    def find(self, key: str) -> Stored | None:
        from botocore.exceptions import ClientError

        try:
            about = self.client.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in (403, 404):
                return None
            raise
        return Stored(key, int(about["ContentLength"]), about["LastModified"])

    def walk(self, directory: str) -> Iterator[Stored]:
        pages = self.client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.bucket, Prefix=f"{directory}/"):
            for item in page.get("Contents", ()):
                yield Stored(item["Key"], int(item["Size"]), item["LastModified"])

    def put(self, key: str, path: Path) -> None:
        self.client.upload_file(str(path), self.bucket, key, ExtraArgs={"ContentType": kind_of(key)[0]})

    def delete(self, key: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=key)

    @contextmanager
    def reading(self, key: str) -> Iterator[Path]:
        if self.find(key) is None:
            raise NotStored(key)
        with draft() as path:
            with path.open("wb") as file:
                self.client.download_fileobj(self.bucket, key, file)
            yield path

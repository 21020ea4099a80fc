"""The archive on an object store: moto's S3 server, spoken to over HTTP as telescopes and browsers do."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlsplit

import boto3
import httpx
import numpy as np
import pytest
import tifffile
import time_machine
from astropy.io import fits
from django.utils import timezone
from moto.server import ThreadedMotoServer

from conftest import Published
from images import events, stretching, tasks
from images.models import Image, Upload
from images.services import upkeep, uploads
from images.store import S3Store, store
from images.tests.frames import BASE, ask, fetch, header_text, jpg, packed_fits, pixels
from testing.cast import Api, text

pytestmark = pytest.mark.django_db

BUCKET = "photonranch-test"
TOKEN = "a-token-of-our-own"
FZ = f"{BASE}-EX00.fits.fz"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def _bucket(endpoint: str, settings: Any, _own_store: None) -> Iterator[None]:
    options = {
        "bucket_name": BUCKET,
        "endpoint_url": endpoint,
        "access_key": "us",
        "secret_key": "our secret",
        "region_name": "us-east-1",
        "signature_version": "s3v4",
        "file_overwrite": True,
    }
    backend = "storages.backends.s3.S3Storage"
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": backend, "OPTIONS": options}}
    settings.S3_BUCKET, settings.S3_EVENTS_TOKEN = BUCKET, TOKEN
    assert isinstance(store(), S3Store)
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id="us",
        aws_secret_access_key="our secret",
        region_name="us-east-1",
    )
    client.create_bucket(Bucket=BUCKET)
    yield
    for item in client.list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        client.delete_object(Bucket=BUCKET, Key=item["Key"])
    client.delete_bucket(Bucket=BUCKET)
    client.close()


def post(api: Api, name: str, content: bytes, directory: str = "data", **more: Any) -> str:
    """Both steps of an upload, the second to the object store itself; the key."""
    form = ask(api, name, directory, **more).json()
    file = {"file": (f"F:/to_AWS/{name}", content)}
    answer = httpx.post(form["url"], data=form["fields"], files=file)
    assert answer.status_code == 204
    return str(form["fields"]["key"])


def announce(api: Api, key: str, size: int = 1, token: str = TOKEN, bucket: str = BUCKET) -> Any:
    """What MinIO posts to a webhook."""
    s3 = {"bucket": {"name": bucket}, "object": {"key": quote_plus(key), "size": size}}
    body = {"EventName": "s3:ObjectCreated:Post", "Key": f"{bucket}/{key}"}
    body["Records"] = [{"eventName": "s3:ObjectCreated:Post", "s3": s3}]  # type: ignore[assignment]
    return api.send("POST", "/api/upload/events", json.dumps(body).encode(), Authorization=f"Bearer {token}")


def send(api: Api, name: str, content: bytes, directory: str = "data", **more: Any) -> None:
    key = post(api, name, content, directory, **more)
    assert announce(api, key, len(content)).status_code == 204


def test_it_works(api: Api, published: Published) -> None:
    send(api, f"{BASE}-EX00.txt", header_text())
    send(api, f"{BASE}-EX10.jpg", jpg(900, 600))

    package = api.get(f"/api/image/{BASE}").json()

    assert httpx.get(package["jpg_url"]).content == jpg(900, 600)
    assert httpx.get(package["jpg_thumbnail_url"]).content[:2] == b"\xff\xd8"
    assert (package["filter_used"], package["exposure_time"]) == ("rp", 30.0)
    assert len(published.of("imagedata")) == 1


def test_downloads(api: Api, published: Published) -> None:
    send(api, FZ, packed_fits())

    link = text(api.post("/api/download", {"object_name": FZ, "image_type": "fits"}))
    file = httpx.get(link)
    assert file.headers["content-disposition"].startswith(f'attachment; filename="{BASE}-EX00.fits"')
    with fits.open(io.BytesIO(file.content)) as hdus:
        assert np.array_equal(hdus[0].data, pixels())
    link = text(api.post("/api/download", {"object_name": FZ, "image_type": "tif", "stretch": "linear"}))
    grey = tifffile.imread(io.BytesIO(httpx.get(link).content))
    assert np.array_equal(grey, stretching.stretched(pixels(), "linear"))
    link = text(api.post("/api/download", {"object_name": FZ, "image_type": "stored"}))
    assert httpx.get(link).content == packed_fits()
    assert api.post("/api/download", {"object_name": "saf-none.fits"}).status_code == 404


def test_a_zip_s_link_leads_to_the_store(api: Api, published: Published) -> None:
    send(api, FZ, packed_fits())
    times = {"start_timestamp_s": "2026-07-11", "end_timestamp_s": "2026-07-12", "fits_size": "best"}

    link = api.post("/api/downloadzip", {"site": "saf", **times}).json()["message"]

    answer = fetch(link)
    assert answer.status_code == 302
    with zipfile.ZipFile(io.BytesIO(httpx.get(answer["Location"]).content)) as archive:
        assert archive.read(FZ) == packed_fits()


def test_an_info_image(api: Api, published: Published) -> None:
    send(api, f"{BASE}-EX10.jpg", jpg(), "info-images", info_channel=3)
    shown = api.get("/api/infoimage/saf/3").json()
    assert httpx.get(shown["jpg_url"]).content == jpg()


def test_the_form_is_signed_for_one_key_and_size(api: Api, settings: Any) -> None:
    import base64

    settings.UPLOAD_MAX_BYTES = 1000
    form = ask(api, f"{BASE}-EX10.jpg").json()

    fields = form["fields"]
    assert fields["x-amz-algorithm"] == "AWS4-HMAC-SHA256"
    policy = json.loads(base64.b64decode(fields["policy"]))
    assert {"key": f"data/{BASE}-EX10.jpg"} in policy["conditions"]
    assert {"bucket": BUCKET} in policy["conditions"]
    assert ["content-length-range", 0, 1000] in policy["conditions"]


def test_links_are_what_botocore_signs_at_that_moment(endpoint: str) -> None:
    key, name = "data/a b+ü.jpg", "a b.jpg"
    midnight = datetime(2026, 11, 21, tzinfo=UTC)
    with time_machine.travel(midnight, tick=False):
        where = store()
        assert isinstance(where, S3Store)
        expected = where.client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": BUCKET,
                "Key": key,
                "ResponseContentType": "image/jpeg",
                "ResponseContentDisposition": f"attachment; filename=\"{name}\"; filename*=UTF-8''a%20b.jpg",
            },
            ExpiresIn=7 * 86_400,
        )
    links = set()
    for hour in (0, 12, 23):
        with time_machine.travel(midnight.replace(hour=hour)):
            links.add(store().link(key, "", save_as=name))

    assert len(links) == 1
    ours, theirs = urlsplit(links.pop()), urlsplit(expected)
    assert ours[:3] == theirs[:3]
    assert parse_qs(ours.query) == parse_qs(theirs.query)


# --- Notifications -----------------------------------------------------------------------------------------


def test_a_notification_that_comes_twice_is_read_once(api: Api, published: Published) -> None:
    key = post(api, f"{BASE}-EX10.jpg", jpg())
    for _ in range(3):
        announce(api, key, len(jpg()))
    # The store also tells of the thumbnail that was made here.
    made = Upload.objects.get(filename=f"{BASE}-EX11.jpg")
    announce(api, made.key, made.size_bytes)

    assert len(published.of("imagedata")) == 1


def test_amazon_s_notifications_come_in_an_envelope(api: Api, published: Published) -> None:
    key = post(api, f"{BASE}-EX10.jpg", jpg())
    s3 = {"bucket": {"name": BUCKET}, "object": {"key": key, "size": len(jpg())}}
    message = json.dumps({"Records": [{"eventName": "ObjectCreated:Post", "s3": s3}]})
    body = json.dumps({"Type": "Notification", "Message": message}).encode()

    assert api.send("POST", f"/api/upload/events?token={TOKEN}", body).status_code == 204
    assert Image.objects.get().jpg == "EX10.jpg"
    confirm = b'{"Type": "SubscriptionConfirmation", "SubscribeURL": "https://sns/confirm"}'
    assert api.send("POST", f"/api/upload/events?token={TOKEN}", confirm).status_code == 204


def test_a_lost_notification_is_found_by_the_sweep(api: Api, published: Published) -> None:
    post(api, f"{BASE}-EX10.jpg", jpg())
    post(api, f"{BASE}-EX10.jpg", jpg(), "info-images", info_channel=2)
    assert not Upload.objects.exists()

    with time_machine.travel(timezone.now() + uploads.SAME_EVENT * 5):
        tasks.sweep()

    assert Image.objects.get().jpg == "EX10.jpg"
    assert api.get("/api/infoimage/saf/2").status_code == 200


@pytest.mark.parametrize("token", ["", "wrong", f"{TOKEN}x"])
def test_a_notification_needs_the_token(api: Api, token: str) -> None:
    assert announce(api, "data/x", token=token).status_code == 403


def test_without_a_token_the_door_is_closed(api: Api, settings: Any) -> None:
    settings.S3_EVENTS_TOKEN = ""
    assert announce(api, "data/x", token="").status_code == 403


@pytest.mark.parametrize(
    "body",
    [{}, {"Records": 1}, {"Records": [{}]}, {"Records": [None]}, {"Type": "Notification", "Message": "x"}],
)
def test_what_is_no_notification_is_a_400(api: Api, body: Any) -> None:
    answer = api.send("POST", f"/api/upload/events?token={TOKEN}", json.dumps(body).encode())
    assert answer.status_code == 400
    assert text(answer)


def test_other_events_buckets_and_places_are_ignored(api: Api) -> None:
    removed = {
        "eventName": "s3:ObjectRemoved:Delete",
        "s3": {"bucket": {"name": BUCKET}, "object": {"key": "x"}},
    }
    assert list(events.created({"Records": [removed]}, BUCKET)) == []
    assert announce(api, f"data/{BASE}-EX10.jpg", bucket="other").status_code == 204
    assert not Upload.objects.exists()


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("secrets/x", "not a place of this archive"),
        ("data/2026/x.fits", "not a place of this archive"),
        ("info-images/7/x.jpg", "the channel must be 1, 2 or 3"),
        ("data/\0\n" + "x" * 900, "not a place of this archive"),
    ],
)
def test_what_is_not_the_archive_s_is_listed_with_the_reason(api: Api, key: str, reason: str) -> None:
    for _ in range(2):
        assert announce(api, key, 12).status_code == 204
    row = Upload.objects.get()
    assert (row.directory, row.state, row.reason, row.size_bytes) == ("elsewhere", "kept", reason, 12)
    assert row.filename == key.replace("\0", "?")[:255]
    assert uploads.read_again([row]) == 0


def test_its_row_can_be_removed_and_its_file_stays(api: Api) -> None:
    client = store().client  # type: ignore[attr-defined]
    client.put_object(Bucket=BUCKET, Key="data/2026/x.fits", Body=b"theirs")
    announce(api, "data/2026/x.fits", 6)
    row = Upload.objects.get()
    client.put_object(Bucket=BUCKET, Key=row.key, Body=b"theirs, too")

    upkeep.remove_upload(row)

    assert not Upload.objects.exists()
    assert [store().find(key) is not None for key in ("data/2026/x.fits", row.key)] == [True, True]


def test_a_bucket_full_of_others_files_fills_no_table(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_ELSEWHERE", 5)
    for number in range(40):
        announce(api, f"backups/{number}")
    assert Upload.objects.count() == 5


def test_expired_files_leave_the_store(api: Api, published: Published) -> None:
    send(api, "saf-sq003ms-20260711-00000001-EF10.jpg", jpg())
    Image.objects.update(expires_at=timezone.now())
    assert upkeep.expire_images() == 1
    assert list(store().walk("data")) == []


def test_the_post_endpoint_is_the_store_s_own(api: Api) -> None:
    answer = api.send("POST", "/api/upload/file", b"")
    assert answer.status_code == 404

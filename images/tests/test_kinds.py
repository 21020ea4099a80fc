"""As what a stored file is handed out: nothing that a browser would run comes as a page of this server."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from conftest import Published
from images.kinds import kind_of
from images.store import LocalStore, S3Store, store
from images.tests.frames import BASE, fetch, jpg, send
from testing.cast import Api

RUNS = [
    "js", "mjs", "html", "htm", "HTML", "xhtml", "shtml", "xht", "svg", "svgz", "xml", "xsl", "rss", "css",
    "pdf", "swf", "json", "wasm", "mht", "hta", "php", "exe", "", "webp", "unknown", "jpg.html", "txt ",
]  # fmt: skip
SHOWN = ["jpg", "JPG", "png", "tif", "fits", "fits.fz", "txt"]

pytestmark = [pytest.mark.django_db]


@pytest.mark.parametrize("ending", RUNS)
def test_what_may_run_is_bytes(ending: str) -> None:
    assert kind_of(f"x.{ending}") == ("application/octet-stream", False)
    assert kind_of(ending) == ("application/octet-stream", False)


@pytest.mark.parametrize("ending", SHOWN)
def test_what_is_pixels_or_text_is_shown(ending: str) -> None:
    content_type, shown = kind_of(f"a.b.{ending}")
    assert shown
    assert content_type.split("/")[0] in ("image", "text") or content_type == "application/fits"


@pytest.mark.parametrize("ending", ["js", "html", "svg", "xml", "xhtml", "pdf"])
@pytest.mark.parametrize("accelerated", ["", "/protected"])
def test_this_server_and_nginx_hand_it_out_as_bytes_to_save(
    api: Api, published: Published, settings: Any, ending: str, accelerated: str
) -> None:
    settings.X_ACCEL_REDIRECT = accelerated
    name = f"{BASE}-EX10.{ending}"
    send(api, name, b"<script>alert(1)</script>", "test")
    where = store()
    assert isinstance(where, LocalStore)

    for save_as in ("", name):
        answer = fetch(where.link(f"test/{name}", "http://testserver", save_as=save_as))
        assert answer.status_code == 200
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"].startswith(f'attachment; filename="{name}"')
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_picture_is_shown(api: Api, published: Published) -> None:
    send(api, f"{BASE}-EX10.jpg", jpg())
    answer = fetch(store().link(f"data/{BASE}-EX10.jpg", "http://testserver"))
    assert (answer["Content-Type"], answer["Content-Disposition"]) == ("image/jpeg", "inline")


@pytest.mark.parametrize("ending", ["js", "html", "svg", "xml"])
def test_the_object_store_is_told_the_same_in_the_link(ending: str) -> None:
    where = S3Store(_Bucket())
    asked = parse_qs(urlsplit(where.link(f"test/x.{ending}", "")).query)
    assert asked["response-content-type"] == ["application/octet-stream"]
    assert asked["response-content-disposition"][0].startswith(f'attachment; filename="x.{ending}"')

    picture = parse_qs(urlsplit(where.link("data/x.jpg", "")).query)
    assert picture["response-content-type"] == ["image/jpeg"]
    assert "response-content-disposition" not in picture


class _Bucket:
    """What django-storages gives: a client that signs, and never asks the network."""

    bucket_name = "frames"

    def __init__(self) -> None:
        self.shared_client = boto3.client(
            "s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
        )


@pytest.mark.parametrize(
    "asked", ["bytes=" + "9" * 5_000 + "-", "bytes=-" + "9" * 5_000, "bytes=0-" + "9" * 5_000]
)
def test_a_range_of_any_length_is_answered(api: Api, published: Published, asked: str) -> None:
    send(api, f"{BASE}-EX10.jpg", jpg())
    link = store().link(f"data/{BASE}-EX10.jpg", "http://testserver")
    assert api.send("GET", link.removeprefix("http://testserver"), None, None, Range=asked).status_code == 200

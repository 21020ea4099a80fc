"""POST /api/download, and what its link hands out."""

import io
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
import tifffile
import time_machine
from astropy.io import fits
from django.utils import timezone

from conftest import Published
from images import pictures, stretching, tasks
from images.childprocess import ChildFailed
from images.models import Product
from images.services import products
from images.tests.conftest import Worker
from images.tests.frames import (
    BASE,
    body,
    fetch,
    folder,
    header_text,
    jpg,
    packed_fits,
    pixels,
    plain_fits,
    send,
)
from images.tests.test_bounds import header_of
from testing.cast import Api, at_once, text

pytestmark = pytest.mark.django_db

FZ = f"{BASE}-EX00.fits.fz"


def download(api: Api, name: str = FZ, **more: Any) -> Any:
    return api.post("/api/download", {"object_name": name, **more})


def unpacked(api: Api) -> Any:
    return download(api, image_type="fits")


def test_it_works(api: Api, published: Published) -> None:
    send(api, FZ, packed_fits())

    answer = download(api, s3_directory="data", image_type="fits")

    assert answer.status_code == 200
    file = fetch(text(answer))
    assert file["Content-Disposition"].startswith(f'attachment; filename="{BASE}-EX00.fits"')
    with fits.open(io.BytesIO(body(file))) as hdus:
        assert np.array_equal(hdus[0].data, pixels())
        assert hdus[0].header["FILTER"] == "rp"


@pytest.mark.parametrize("stretch", ["linear", "arcsinh"])
def test_a_stretched_tiff(api: Api, published: Published, stretch: str) -> None:
    send(api, FZ, packed_fits())

    file = fetch(text(download(api, image_type="tif", stretch=stretch)))

    assert file["Content-Type"] == "image/tiff"
    grey = tifffile.imread(io.BytesIO(body(file)))
    assert np.array_equal(grey, stretching.stretched(pixels(), stretch))


@pytest.mark.parametrize(
    ("name", "content", "more"),
    [
        (f"{BASE}-EX10.jpg", jpg(), {}),
        (f"{BASE}-EX01.fits", plain_fits(), {}),
        (f"{BASE}-EX01.fits", plain_fits(), {"image_type": "fits"}),
        (f"{BASE}-EX00.txt", header_text(), {"image_type": "txt"}),
        (FZ, packed_fits(), {}),
        *(
            (FZ, packed_fits(), {"image_type": other})
            for other in ("stored", "jpg", "txt", "png", "", None, 5, ["fits"])
        ),
    ],
)
def test_as_stored(api: Api, published: Published, name: str, content: bytes, more: Any) -> None:
    send(api, name, content)

    file = fetch(text(download(api, name, **more)))

    assert body(file) == content
    assert file["Content-Disposition"].startswith(f'attachment; filename="{name}"')
    assert not Product.objects.exists()


def test_full_size_stands_in_for_full_size(api: Api, published: Published) -> None:
    """The frontend asks for level 00 whatever the site stores."""
    send(api, f"{BASE}-EX01.fits.fz", packed_fits())
    assert f"{BASE}-EX01.fits" in fetch(text(unpacked(api)))["Content-Disposition"]


def test_an_info_image(api: Api, published: Published) -> None:
    send(api, f"{BASE}-EX10.jpg", jpg(), "info-images", info_channel=3)
    assert body(fetch(text(download(api, f"{BASE}-EX10.jpg", s3_directory="info-images")))) == jpg()


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"s3_directory": "secrets"}, 403, "s3_directory: must be one of"),
        ({"object_name": "saf-none.fits"}, 404, "There is no file saf-none.fits in data."),
        ({"object_name": "../../etc/passwd"}, 404, "There is no file"),
        ({"object_name": None}, 400, "object_name: "),
        ({"stretch": "log"}, 400, "stretch: must be linear or arcsinh."),
        ({"object_name": f"{BASE}-EX10.jpg", "image_type": "tif"}, 422, "object_name: "),
    ],
)
def test_bad_input_names_the_field(
    api: Api, published: Published, change: dict[str, Any], status: int, said: str
) -> None:
    send(api, f"{BASE}-EX10.jpg", jpg())

    answer = api.post("/api/download", {"object_name": FZ, **change})

    assert answer.status_code == status
    assert text(answer).startswith(said)


def test_a_damaged_frame_says_so(api: Api, published: Published) -> None:
    send(api, FZ, packed_fits()[:9000])

    answer = unpacked(api)

    assert answer.status_code == 422
    assert text(answer).startswith(f"{BASE}-EX00.fits cannot be made: cannot be ")


def test_what_was_refused_is_refused_at_once(
    api: Api, published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason is kept with the download; another file of that name, and staff, may try again."""
    send(api, FZ, header_of(60_000, 50_000))
    first = download(api, image_type="tif")
    assert first.status_code == 422
    said = "cannot be made: its 60000 × 50000 pixels are more than the 400,000,000 that are read."
    assert text(first) == f"{BASE}-EX00-arcsinh.tif {said}"

    tried: list[Any] = []
    tiff = pictures.tiff

    def counted(*args: Any) -> None:
        tried.append(args)
        tiff(*args)

    monkeypatch.setattr(pictures, "tiff", counted)
    again = download(api, image_type="tif")
    assert (again.status_code, text(again)) == (422, text(first))
    assert not tried

    product = Product.objects.get()
    assert product.state == Product.State.REFUSED
    assert products.make_again([product.pk]) == 1
    assert len(tried) == 1

    send(api, FZ, packed_fits())
    assert download(api, image_type="tif").status_code == 200


def test_what_failed_for_another_reason_is_tried_again(
    api: Api, published: Published, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(api, FZ, packed_fits())
    worker.idle = True
    download(api, image_type="fits")

    def lost(*_: Any) -> None:
        raise ChildFailed("the process that reads files ended with -9")

    with monkeypatch.context() as patched:
        patched.setattr(pictures, "unpack", lost)
        with pytest.raises(ChildFailed):
            worker.work()
    assert Product.objects.get().state == Product.State.FAILED
    assert download(api, image_type="fits").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_ten_ask_at_once_and_it_is_made_once(
    api: Api, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(api, FZ, packed_fits())
    made: list[str] = []
    unpack = pictures.unpack

    def counted(*args: Any) -> None:
        made.append("once")
        unpack(*args)

    monkeypatch.setattr(pictures, "unpack", counted)

    answers = at_once(10, lambda _: unpacked(Api()))

    assert {answer.status_code for answer in answers} == {200}
    assert made == ["once"]
    # Whoever came while it was made has a link that leads there too.
    for answer in answers:
        assert len(body(fetch(text(answer)))) == len(body(fetch(text(answers[0]))))


def test_it_is_made_again_when_the_frame_was_replaced(api: Api, published: Published) -> None:
    send(api, FZ, packed_fits())
    first = text(unpacked(api))
    assert text(unpacked(api)) == first
    send(api, FZ, packed_fits(pixels(2)))

    with fits.open(io.BytesIO(body(fetch(text(unpacked(api)))))) as hdus:
        assert np.array_equal(hdus[0].data, pixels(2))
    assert Product.objects.count() == 2


def test_it_is_kept_48_hours(api: Api, published: Published) -> None:
    send(api, FZ, packed_fits())
    link = text(unpacked(api))
    with time_machine.travel(timezone.now() + timedelta(hours=47)):
        tasks.expire()
        assert fetch(link).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(hours=48, seconds=1)):
        tasks.expire()
        answer = fetch(link)
        assert (answer.status_code, text(answer)) == (404, "The file is not there any more.")
        assert not Product.objects.exists()
        assert fetch(text(unpacked(api))).status_code == 200
    assert len(list((folder() / "products").iterdir())) == 1


def test_a_killed_worker_s_work_is_taken_over(api: Api, published: Published, worker: Worker) -> None:
    worker.idle = True
    send(api, FZ, packed_fits())
    link = text(unpacked(api))
    Product.objects.update(state=Product.State.BUILDING, claim="of the dead", touched_at=timezone.now())
    worker.work()
    assert fetch(link).status_code == 202, "it may be alive"

    Product.objects.update(touched_at=timezone.now() - timedelta(minutes=3))
    tasks.resume()

    assert fetch(link).status_code == 200


# --- The link ----------------------------------------------------------------------------------------------


def test_ranges(api: Api, published: Published) -> None:
    send(api, f"{BASE}-EX10.jpg", jpg())
    link = text(download(api, f"{BASE}-EX10.jpg"))
    content, size = jpg(), len(jpg())

    for wanted, first, last in (
        ("bytes=0-9", 0, 9),
        ("bytes=5-", 5, size - 1),
        ("bytes=-7", size - 7, size - 1),
        ("bytes=9-99999999", 9, size - 1),
    ):
        part = fetch(link, Range=wanted)
        assert part.status_code == 206
        assert part["Content-Range"] == f"bytes {first}-{last}/{size}"
        assert body(part) == content[first : last + 1]
        assert part["Content-Length"] == str(last - first + 1)
    for wanted in (f"bytes={size}-", "bytes=-0"):
        refused = fetch(link, Range=wanted)
        assert (refused.status_code, refused["Content-Range"]) == (416, f"bytes */{size}")
    for wanted in ("bytes=0-1,4-5", "pages=1-2", "bytes=9-2", "bytes=-", "bytes=a-b"):
        whole = fetch(link, Range=wanted)
        assert (whole.status_code, body(whole)) == (200, content)


def test_conditional_requests(api: Api, published: Published) -> None:
    send(api, f"{BASE}-EX10.jpg", jpg())
    link = text(download(api, f"{BASE}-EX10.jpg"))
    first = fetch(link)
    etag, modified = first["ETag"], first["Last-Modified"]

    assert fetch(link, If_None_Match=etag).status_code == 304
    assert fetch(link, If_Modified_Since=modified).status_code == 304
    assert fetch(link, If_None_Match='"other"').status_code == 200
    assert fetch(link, Range="bytes=0-1", If_Range=etag).status_code == 206
    assert fetch(link, Range="bytes=0-1", If_Range=modified).status_code == 206
    assert fetch(link, Range="bytes=0-1", If_Range='"other"').status_code == 200
    assert fetch(link, If_Match='"other"').status_code == 412


def test_head_has_no_body(api: Api, published: Published) -> None:
    from django.test import Client

    send(api, f"{BASE}-EX10.jpg", jpg())
    link = text(download(api, f"{BASE}-EX10.jpg"))
    answer = Client().head(link.replace("http://testserver", ""))
    assert (answer.content, answer["Content-Length"]) == (b"", str(len(jpg())))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("EX10.jpg", "EX00.txt"),
        ("save_as=saf", "save_as=evil"),
        ("signature=", "signature=x"),
        ("expires=1", "expires=2"),
        ("expires=", "expires=x"),
    ],
)
def test_a_link_is_for_one_file_and_name(api: Api, published: Published, one: str, other: str) -> None:
    send(api, f"{BASE}-EX10.jpg", jpg())
    link = text(download(api, f"{BASE}-EX10.jpg"))
    assert one in link

    answer = fetch(link.replace(one, other, 1))

    assert (answer.status_code, text(answer)) == (403, "The signature is not valid for this.")


def test_a_link_expires(api: Api, published: Published) -> None:
    send(api, f"{BASE}-EX10.jpg", jpg())
    link = text(download(api, f"{BASE}-EX10.jpg"))
    with time_machine.travel(timezone.now() + timedelta(days=6)):
        assert fetch(link).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(days=7, seconds=1)):
        assert fetch(link).status_code == 403


def test_nginx_hands_out_the_bytes(api: Api, published: Published, settings: Any) -> None:
    settings.X_ACCEL_REDIRECT = "/protected"
    send(api, f"{BASE}-EX10.jpg", jpg())

    answer = fetch(text(download(api, f"{BASE}-EX10.jpg")))

    assert answer["X-Accel-Redirect"] == f"/protected/data/{BASE}-EX10.jpg"
    assert answer.content == b""
    assert answer["Content-Disposition"].startswith("attachment")

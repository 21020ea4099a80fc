"""What becomes of files that come in."""

import gzip
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image as Pillow

from conftest import Published
from images import tasks
from images.models import Image, ImageHeader, Upload
from images.services import uploads
from images.tests.conftest import Worker
from images.tests.frames import (
    BASE,
    body,
    fetch,
    folder,
    header_text,
    jpg,
    packed_fits,
    plain_fits,
    send,
    send_frame,
)
from testing.cast import Api, at_once

pytestmark = pytest.mark.django_db


def test_it_works(api: Api, published: Published) -> None:
    send_frame(api)
    send(api, f"{BASE}-EX00.fits.fz", packed_fits())

    image = Image.objects.get()
    assert (image.site, image.instrument, image.data_type) == ("saf", "sq003ms", "EX")
    assert (image.jpg, image.thumbnail, image.fits_large) == ("EX10.jpg", "EX11.jpg", "EX00.fits.fz")
    assert image.capture_date.isoformat() == "2026-07-11T05:12:44.123000+00:00"
    assert (image.right_ascension, image.user_id) == (83.82, "google-oauth2|1124")
    assert image.fits_header.cards["EXPTIME"] == "30.0"
    assert len(published.of("imagedata")) == 3
    assert set(Upload.objects.values_list("state", flat=True)) == {Upload.State.DONE}


def test_the_thumbnail_is_128_pixels_high(api: Api, published: Published) -> None:
    send(api, f"{BASE}-EX10.jpg", jpg(900, 600))

    small = Pillow.open(BytesIO((folder() / "data" / f"{BASE}-EX11.jpg").read_bytes()))
    assert small.size == (192, 128)
    assert len(published.of("imagedata")) == 1
    recent = api.get("/api/recentuploads", {"site": "saf"}).json()
    assert sorted(item["filename"] for item in recent) == [f"data/{BASE}-EX10.jpg", f"data/{BASE}-EX11.jpg"]


@pytest.mark.parametrize(
    ("tail", "content", "column"),
    [
        ("EX10.jpg", jpg(), "jpg"),
        ("EX13.jpg", jpg(), "jpg"),
        ("EX11.jpg", jpg(), "thumbnail"),
        ("EX00.fits.fz", packed_fits(), "fits_large"),
        ("EX01.fits", plain_fits(), "fits_large"),
        ("EX10.fits.fz", packed_fits(), "fits_small"),
        ("EX13.fits.fz", packed_fits(), "fits_small"),
    ],
)
def test_each_level_has_its_flag(
    api: Api, published: Published, tail: str, content: bytes, column: str
) -> None:
    send(api, f"{BASE}-{tail}", content)

    assert getattr(Image.objects.get(), column) == tail


def test_the_header_of_a_file_counts_until_text_comes(api: Api, published: Published) -> None:
    send(api, f"{BASE}-EX00.fits.fz", packed_fits(FILTER="from the file"))
    assert Image.objects.get().filter_used == "from the file"
    assert ImageHeader.objects.get().cards["EXPTIME"] == 30.0

    send(api, f"{BASE}-EX00.txt", header_text(FILTER="from text"))
    send(api, f"{BASE}-EX00.fits.fz", packed_fits(FILTER="from the file"))

    assert Image.objects.get().filter_used == "from text"
    assert ImageHeader.objects.get().cards["EXPTIME"] == "30.0"


def test_a_header_sent_again_replaces_all_that_the_one_before_said(api: Api, published: Published) -> None:
    before = timezone.now() - timedelta(milliseconds=1)
    send(api, f"{BASE}-EX00.txt", header_text(OBJECT="M 42", GAIN=1.5, SMARTSTK="110726051244", SSTKNUM="3"))
    image = Image.objects.get()
    assert (image.object_name, image.capture_date_source) == ("M 42", "header")
    assert image.details == {"instrument": "sq003ms", "gain": 1.5}

    send(api, f"{BASE}-EX00.txt", b"FILTER  = 'up      '".ljust(80))

    image = Image.objects.get()
    assert image.filter_used == "up"
    assert before <= image.capture_date <= timezone.now()
    assert image.capture_date_source == "upload"
    kept = ("base_filename", "site", "instrument", "data_type", "capture_date", "capture_date_source", "id")
    told = {field.name: getattr(image, field.name) for field in Image._meta.concrete_fields}
    assert {name for name, value in told.items() if value and name not in kept} == {"filter_used"}


def test_a_frame_that_leaves_its_stack_lets_another_be_listed(api: Api, published: Published) -> None:
    one, two = stacked(api, 1, 1), stacked(api, 2, 2)
    assert listed() == {two}

    send(api, f"{two}-EX00.txt", header_text(SMARTSTK="no"))

    assert listed() == {one, two}


@pytest.mark.parametrize(
    "tail", ["EX01.FITS", "EX01.fit", "EX00.Fts", "EX00.fits.GZ", "EX01.fits.FZ", "EX00.fz"]
)
def test_a_frame_s_file_may_be_called_in_any_case(api: Api, published: Published, tail: str) -> None:
    content = packed_fits() if tail.lower().endswith("fz") else plain_fits()
    packed = gzip.compress(content) if tail.endswith("GZ") else content
    send(api, f"{BASE}-{tail}", packed)
    send(api, f"{BASE}-EX10.JPEG", jpg())

    image = Image.objects.get()
    assert (image.fits_large, image.jpg, image.thumbnail) == (tail, "EX10.JPEG", "EX11.jpg")
    assert image.filter_used == "rp"
    question = {"object_name": f"{BASE}-{tail}", "image_type": "fits"}
    plain = body(fetch(api.post("/api/download", question).content.decode()))
    assert plain[:6] == b"SIMPLE"
    tiff = fetch(api.post("/api/download", {**question, "image_type": "tif"}).content.decode())
    assert body(tiff)[:2] == b"II"


def test_a_camera_may_have_dashes_and_a_kind_many_letters(api: Api, published: Published) -> None:
    base, tail = "sim-sim-ec003zwo-20260711-00000012", f"{'Exposure' * 6}10.jpg"
    send(api, f"{base}-{tail}", jpg())

    image = Image.objects.get()
    assert (image.base_filename, image.site, image.instrument) == (base, "sim", "sim-ec003zwo")
    assert (image.jpg, image.data_type) == (tail, "Exposure" * 6)
    assert api.get(f"/api/image/{base}").json()["data_type"] == "Exposure" * 6


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (f"saf-sq003ms-20260711-00000012-{'E' * 60}10.jpg", "the last part has at most 60 characters"),
        (f"saf-{'c' * 120}-20260711-00000012-EX10.jpg", "a frame&#x27;s name has at most 120 characters"),
        ("saf-sq003ms-20260711-0000001-EX10.jpg", "a number of 8 digits"),
        ("ARCHIVE_mrc1_bias.fits", "1 parts between hyphens"),
    ],
)
def test_a_name_that_fits_no_rule_is_in_the_admin_with_the_reason(
    api: Api, published: Published, admin_client: Any, name: str, said: str
) -> None:
    assert send(api, name, jpg()).status_code == 204

    assert Upload.objects.get().state == Upload.State.KEPT
    assert said in admin_client.get("/admin/images/upload/").content.decode()
    assert not Image.objects.exists()


def test_a_frame_without_coordinates_or_date_is_kept(api: Api, published: Published) -> None:
    """A focus frame's header has neither."""
    before = timezone.now() - timedelta(milliseconds=1)
    without: dict[str, Any] = {"CRVAL1": None, "CRVAL2": None, "DATE-OBS": None}
    send_frame(api, **without)

    image = Image.objects.get()
    assert (image.right_ascension, image.declination, image.exposure_time) == (None, None, 30.0)
    assert before <= image.capture_date <= timezone.now()


@pytest.mark.parametrize(
    ("tail", "content", "said"),
    [
        ("EX10.jpg", b"not a picture", "not a jpg"),
        ("EX10.jpg", jpg()[:200], "not a jpg"),
        ("EX00.txt", b"no cards", "no FITS header cards"),
        ("EX00.fits.fz", b"x" * 5760, "does not begin with a FITS header"),
        ("EX00.fits.bz2", b"not bz2", "does not begin with a FITS header"),
        ("EX00.fits.bz2", b"BZh91AY damaged", "cannot be read"),
        ("EX00.fits.gz", b"\x1f\x8b damaged", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_recorded_with_the_reason(
    api: Api, published: Published, tail: str, content: bytes, said: str
) -> None:
    send(api, f"{BASE}-{tail}", content)

    upload = Upload.objects.get()
    assert upload.state == Upload.State.FAILED
    assert said in upload.reason
    assert not Image.objects.exists()
    assert not published.of("imagedata")


def test_it_can_be_read_again_from_the_admin(api: Api, published: Published, admin_client: Any) -> None:
    name = f"{BASE}-EX10.jpg"
    send(api, name, b"damaged")
    (folder() / "data" / name).write_bytes(jpg())

    page = admin_client.get("/admin/images/upload/?state=failed")
    assert b"not a jpg" in page.content
    action = {"action": "read_again", "_selected_action": [Upload.objects.get().pk]}
    admin_client.post("/admin/images/upload/", action)

    assert Image.objects.get().jpg == "EX10.jpg"
    assert Upload.objects.get(filename=name).state == Upload.State.DONE


def test_a_file_that_is_gone_is_recorded(api: Api, published: Published, worker: Worker) -> None:
    worker.idle = True
    send(api, f"{BASE}-EX10.jpg", jpg())
    (folder() / "data" / f"{BASE}-EX10.jpg").unlink()
    worker.work()

    assert Upload.objects.get().reason == "the file is not in the store"


def test_the_admin_shows_images(api: Api, published: Published, admin_client: Any) -> None:
    send_frame(api)

    page = admin_client.get(f"/admin/images/image/{Image.objects.get().pk}/change/")

    assert page.status_code == 200
    assert b"<img" in page.content
    for model in ("image", "product", "infoimage"):
        assert admin_client.get(f"/admin/images/{model}/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_files_that_arrive_together_make_one_row(api: Api, worker: Worker) -> None:
    worker.idle = True
    for tail, content in (
        ("EX10.jpg", jpg()),
        ("EX00.txt", header_text()),
        ("EX00.fits.fz", packed_fits()),
        ("EX11.jpg", jpg()),
    ):
        assert send(api, f"{BASE}-{tail}", content).status_code == 204

    at_once(4, lambda number: tasks.ingest(worker.waiting[number][1][0]))

    image = Image.objects.get()
    assert (image.jpg, image.fits_large, image.thumbnail) == ("EX10.jpg", "EX00.fits.fz", "EX11.jpg")
    assert image.filter_used == "rp"


# --- Smart stacks ------------------------------------------------------------------------------------------


def stacked(api: Api, counter: int, number: int | None, stack: str = "110726051244") -> str:
    base = f"saf-sq003ms-20260711-{counter:08d}"
    send_frame(api, base, SMARTSTK=stack, SSTKNUM=None if number is None else str(number))
    return base


def listed() -> set[str]:
    return {image.base_filename for image in Image.objects.shown()}


def test_of_a_smart_stack_the_last_is_listed(api: Api, published: Published) -> None:
    one, two = stacked(api, 1, 1), stacked(api, 2, 2)
    assert listed() == {two}
    three = stacked(api, 3, 10)
    late = stacked(api, 4, 3)
    other = stacked(api, 5, 1, stack="110726060000")
    single = [stacked(api, 6, 1, stack="no"), stacked(api, 7, 2, stack="no"), stacked(api, 8, None)]

    assert listed() == {three, other, *single}
    assert late not in listed()
    assert api.get(f"/api/image/{one}").status_code == 200


def test_the_last_counts_from_its_picture_on(api: Api, published: Published) -> None:
    one = stacked(api, 1, 1)
    two = "saf-sq003ms-20260711-00000002"
    send(api, f"{two}-EX00.txt", header_text(SMARTSTK="110726051244", SSTKNUM="2"))
    assert listed() == {one}

    send(api, f"{two}-EX10.jpg", jpg())
    assert listed() == {two}


@pytest.mark.django_db(transaction=True)
def test_frames_of_one_stack_at_once_leave_one_listed(api: Api, worker: Worker) -> None:
    worker.idle = True
    for number in range(6):
        stacked(api, number, number + 1)

    at_once(len(worker.waiting), lambda number: tasks.ingest(worker.waiting[number][1][0]))

    assert listed() == {"saf-sq003ms-20260711-00000005"}


# --- What was lost -----------------------------------------------------------------------------------------


def test_the_sweep_starts_lost_tasks_again(api: Api, published: Published, worker: Worker) -> None:
    worker.idle = True
    send(api, f"{BASE}-EX10.jpg", jpg())
    worker.waiting.clear()
    worker.idle = False
    assert uploads.sweep() == 0, "it has a moment"
    Upload.objects.update(uploaded_at=timezone.now() - timedelta(minutes=3))

    assert uploads.sweep() == 1
    assert Image.objects.get().jpg == "EX10.jpg"
    assert uploads.sweep() == 0


@pytest.mark.parametrize(
    ("age", "resumed"),
    [
        (timedelta(seconds=20), 0),
        (timedelta(minutes=2), 1),
        (timedelta(minutes=20), 1),
        (timedelta(hours=-1), 1),
    ],
    ids=["just now", "lately", "long ago", "before the clock jumped back"],
)
def test_what_its_worker_did_not_read_is_read_soon(
    api: Api, published: Published, worker: Worker, age: timedelta, resumed: int
) -> None:
    worker.idle = True
    send(api, f"{BASE}-EX10.jpg", jpg())
    worker.waiting.clear()
    worker.idle = False
    Upload.objects.update(uploaded_at=timezone.now() - age)

    assert uploads.resume() == resumed
    assert Image.objects.filter(jpg="EX10.jpg").count() == resumed
    assert uploads.resume() == 0


def test_a_task_that_comes_twice_reads_once(api: Api, published: Published) -> None:
    send(api, f"{BASE}-EX10.jpg", jpg())
    published.clear()

    tasks.ingest(Upload.objects.get(filename=f"{BASE}-EX10.jpg").pk)

    assert published == []


def test_a_file_that_comes_again_while_it_is_read_is_read_again(
    api: Api, published: Published, worker: Worker
) -> None:
    worker.idle = True
    send(api, f"{BASE}-EX10.jpg", jpg())
    stale = Upload.objects.get()
    send(api, f"{BASE}-EX10.jpg", jpg())

    from images.services.ingest import ingest

    ingest(stale)

    assert Upload.objects.get(key=stale.key).state == Upload.State.WAITING

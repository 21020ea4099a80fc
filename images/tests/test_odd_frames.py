"""Files that people's instruments made, each of which went wrong once; sent as telescopes send them.

Each lies in odd_frames/ under a name of the archive. It comes after its frame's jpg, and before it.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from conftest import Published
from images.models import Image, ImageHeader, Upload
from images.tests.frames import body, fetch, header_text, jpg, send
from testing.cast import Api

pytestmark = pytest.mark.django_db

FOLDER = Path(__file__).parent / "odd_frames"
WHEN = datetime(2026, 11, 20, 3, 4, 5, 678000, UTC)


@pytest.fixture(params=["the jpg first", "the jpg last"])
def jpg_first(request: Any) -> bool:
    return bool(request.param == "the jpg first")


def arrive(api: Api, counter: str, *, jpg_first: bool) -> Image:
    """The frame once its file and its jpg are here, in either order."""
    [path] = FOLDER.glob(f"*-{counter}-*")
    base = path.name.rpartition("-")[0]
    files = [(f"{base}-EX10.jpg", jpg()), (path.name, path.read_bytes())]
    for name, content in files if jpg_first else reversed(files):
        assert send(api, name, content).status_code == 204
    assert set(Upload.objects.values_list("state", flat=True)) == {Upload.State.DONE}
    image = Image.objects.get(base_filename=base)
    assert image.listed
    return image


def odd(image: Image) -> list[str]:
    """What its uploads say was odd."""
    told = Upload.objects.of_image(image.base_filename).values_list("mended", flat=True)
    return [sentence for sentences in told for sentence in sentences or []]


def cards(image: Image) -> dict[str, Any]:
    found: dict[str, Any] = ImageHeader.objects.get(image=image).cards
    return found


def test_a_date_beyond_the_years_is_unknown_and_breaks_nothing(
    api: Api, published: Published, admin_client: Any, jpg_first: bool
) -> None:
    before = timezone.now() - timedelta(milliseconds=1)

    image = arrive(api, "90000001", jpg_first=jpg_first)

    assert before <= image.capture_date <= timezone.now()
    assert odd(image) == ["DATE-OBS: '9999-12-31T23:59:59-05:00' is no time that can be believed"]
    base = image.base_filename
    for url in ("latest_images/5", f"image/{base}", "filtered_images?site=saf", f"fitsheader/{base}/"):
        answer = api.get(f"/api/saf/{url}" if url.startswith("latest") else f"/api/{url}")
        assert answer.status_code == 200
    assert api.get(f"/api/image/{base}").json()["capture_date_source"] == "upload"
    assert api.get("/api/latest_image_all_sites").json().keys() == {"saf"}
    for page in ("image/", f"image/{image.pk}/change/", "upload/", "imageheader/"):
        assert admin_client.get(f"/admin/images/{page}").status_code == 200

    send(api, f"{base}-EX10.txt", header_text(**{"DATE-OBS": "2026-11-20T03:04:05.678"}))

    package = api.get(f"/api/image/{base}").json()
    assert (package["capture_date"], package["capture_date_source"]) == (WHEN.timestamp() * 1000, "header")


def test_a_number_beyond_a_double_is_text(api: Api, published: Published, jpg_first: bool) -> None:
    image = arrive(api, "90000003", jpg_first=jpg_first)

    assert (image.capture_date, cards(image)["BIG"]) == (WHEN, "1.0E+400")
    assert odd(image) == ["BIG: 1.0E+400 is beyond what a number holds, and kept as text"]


def test_nul_in_a_value(api: Api, published: Published, jpg_first: bool) -> None:
    image = arrive(api, "90000004", jpg_first=jpg_first)

    assert (image.capture_date, cards(image)["OBSERVER"]) == (WHEN, "ABCD")


def test_a_tab_in_a_card(api: Api, published: Published, jpg_first: bool) -> None:
    image = arrive(api, "90000005", jpg_first=jpg_first)

    assert (image.capture_date, cards(image)["OBSERVER"]) == (WHEN, "A B")


def test_a_letter_outside_ascii(api: Api, published: Published, jpg_first: bool) -> None:
    image = arrive(api, "90000006", jpg_first=jpg_first)

    assert (image.capture_date, cards(image)["OBSERVER"]) == (WHEN, "Ünal")


def test_keywords_in_the_primary_header_and_the_picture_packed_behind_it(
    api: Api, published: Published, jpg_first: bool
) -> None:
    image = arrive(api, "90000008", jpg_first=jpg_first)

    assert image.capture_date == WHEN.replace(microsecond=0)
    assert (image.filter_used, image.exposure_time) == ("rp", 30.0)
    assert image.right_ascension == pytest.approx(83.8220833, abs=1e-6)
    assert image.declination == pytest.approx(-5.3911111, abs=1e-6)
    kept = cards(image)
    assert (kept["NAXIS"], kept["NAXIS1"], kept["BITPIX"], kept["EXTNAME"]) == (2, 32, 16, "SCI")


def test_a_last_block_that_is_short(api: Api, published: Published, jpg_first: bool) -> None:
    image = arrive(api, "90000012", jpg_first=jpg_first)

    assert (image.capture_date, cards(image)["NAXIS1"]) == (WHEN, 50)
    question = {"object_name": f"{image.base_filename}-{image.fits_large}"}
    assert body(fetch(api.post("/api/download", question).content.decode()))[:6] == b"SIMPLE"


def test_a_newline_inside_a_value(api: Api, published: Published, jpg_first: bool) -> None:
    image = arrive(api, "90000013", jpg_first=jpg_first)

    assert (image.right_ascension, image.declination, image.capture_date) == (83.8, -5.4, WHEN)
    assert cards(image)["ORIGIN"] == "CASA 4.7"


def test_a_date_in_the_old_form(api: Api, published: Published, jpg_first: bool) -> None:
    image = arrive(api, "90000015", jpg_first=jpg_first)

    assert (image.capture_date, image.capture_date_source) == (datetime(1999, 11, 20, tzinfo=UTC), "header")


def test_two_pairs_of_coordinates(api: Api, published: Published, jpg_first: bool) -> None:
    image = arrive(api, "90000017", jpg_first=jpg_first)

    assert (image.right_ascension, image.declination) == (83.822083, -5.391111)

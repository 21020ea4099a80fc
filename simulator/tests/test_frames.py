"""A frame's files: names, header text and FITS that say the same."""

import io
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from PIL import Image as Pillow

from simulator.frames import Frame, files, halved, header
from simulator.sky.starfield import Camera, View, expose

CAMERA = Camera(width=240, height=160)
VIEW = View(83.82, -5.39, angle=12)


def a_frame(**changes: Any) -> Frame:
    started = datetime(2026, 7, 11, 5, 12, 44, 123456, UTC)
    known: dict[str, Any] = {
        "site": "saf",
        "wema": "safw",
        "instrument": "sq001",
        "day": "20260710",
        "number": 12,
        "started": started,
        "seconds": 30.0,
        "camera": CAMERA,
        "view": VIEW,
        "altitude": 61.5,
        "azimuth": 180.25,
        "object_name": "M42",
        "user_id": "google-oauth2|1124",
        "user_name": "Alice",
    }
    return Frame(**{**known, **changes})


PIXELS = expose(CAMERA, VIEW, 30, np.random.default_rng(1))


def sent(**changes: Any) -> dict[str, bytes]:
    """Level and extension → content."""
    frame = a_frame(**changes)
    return {name.removeprefix(f"{frame.base}-"): content for name, content in files(frame, PIXELS)}


def test_it_works() -> None:
    names = [name for name, _ in files(a_frame(), PIXELS)]

    base = "saf-sq001-20260710-00000012"
    assert names == [f"{base}-EX{tail}" for tail in ("10.jpg", "00.txt", "10.fits.fz", "00.fits.fz")]


def test_the_text_is_80_byte_cards_that_read_back_as_the_header() -> None:
    text = sent()["EX00.txt"].decode("ascii")

    assert len(text) % 2880 == 0
    assert "\n" not in text
    back = fits.Header.fromstring(text)
    assert back["DATE-OBS"] == "2026-07-11T05:12:44.123"
    assert (back["CRVAL1"], back["CRVAL2"]) == pytest.approx((83.82, -5.39))
    assert (back["SITEID"], back["INSTRUME"], back["DAY-OBS"]) == ("safw", "sq001", "20260710")
    assert back["USERID"] == "googleoauth21124"
    assert back["SIMULATD"] is True
    assert {"ALTITUDE", "AZIMUTH", "AIRMASS", "EXPTIME", "FILTER", "USERNAME", "PIXSCALE"} <= set(back)


@pytest.mark.parametrize("name", ["EX00.fits.fz", "EX10.fits.fz"])
def test_a_packed_frame_unpacks_whole_and_points_where_the_telescope_did(name: str) -> None:
    with fits.open(io.BytesIO(sent()[name]), checksum=True) as hdus:
        image = hdus[1]
        image.verify("exception")
        assert isinstance(image, fits.CompImageHDU)
        expected = PIXELS if name == "EX00.fits.fz" else halved(PIXELS)
        assert np.array_equal(image.data, expected)
        wcs, (rows, columns) = WCS(image.header), image.data.shape
        assert image.header["ORIGNAME"] == "saf-sq001-20260710-00000012-EX00.fits.fz"

    ra, dec = wcs.all_pix2world((columns - 1) / 2, (rows - 1) / 2, 0)

    assert (float(ra), float(dec)) == pytest.approx((83.82, -5.39), abs=1e-6)
    # The corner, too: half the resolution is the same field.
    corner = wcs.all_pix2world(-0.5, -0.5, 0)
    assert np.allclose(corner, WCS(header(a_frame())).all_pix2world(-0.5, -0.5, 0), rtol=0, atol=1e-6)


def test_frames_of_the_closed_camera_claim_no_place_in_the_sky() -> None:
    assert "CTYPE1" not in header(a_frame(image_type="dark"))
    assert header(a_frame(image_type="dark"))["OBSTYPE"] == "DARK"


def test_the_jpg_shows_north_up() -> None:
    lit = np.full((160, 240), 300, np.uint16)
    lit[120:] = 5000
    content = dict(files(a_frame(), lit))["saf-sq001-20260710-00000012-EX10.jpg"]

    with Pillow.open(io.BytesIO(content)) as picture:
        assert picture.format == "JPEG"
        assert picture.width == 900
        rows = np.asarray(picture).mean(axis=1)
    assert rows[10] > 200
    assert rows[-10] < 50


def test_what_expires_is_named_so() -> None:
    assert set(sent(kind="EP")) == {"EP10.jpg", "EP00.txt", "EP10.fits.fz", "EP00.fits.fz"}

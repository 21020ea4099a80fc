"""POST /quickanalysis/statistics: compared with numpy and scipy on the pixels that were written."""

import bz2
import gzip
import json
from typing import Any

import numpy as np
import pytest
import scipy.stats
from astropy.io import fits
from numpy.typing import NDArray

from analysis.tests.fields import ask, counts, field, look, packed, plain, sent, written
from images.tests.frames import BASE, packed_fits, plain_fits
from testing.cast import Api, text

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("published", "no_child")]

PLAIN = f"{BASE}-EX00.fits"


def expected(values: NDArray[Any]) -> dict[str, Any]:
    values = values[np.isfinite(values)].astype(np.float64)
    return {
        "min": values.min(),
        "max": values.max(),
        "median": np.median(values),
        "mean": pytest.approx(values.mean(), rel=1e-9),
        "std": pytest.approx(values.std(), rel=1e-6),
        "mode": scipy.stats.mode(values).mode,
        "median_abs_deviation": scipy.stats.median_abs_deviation(values),
    }


def test_it_works(api: Api) -> None:
    image = counts(field())
    sent(api, packed(image))

    assert look(api, "statistics") == {"stats": expected(image)}


def test_any_page_may_read_the_answer_and_the_refusal(api: Api) -> None:
    sent(api, packed(counts(field())))

    for name, status in ((f"{BASE}-EX00.fits.fz", 200), ("nothing", 404)):
        body = {"full_filename": name, "s3_directory": ""}
        answer = api.client.generic(
            "POST",
            "/quickanalysis/statistics/",
            data=json.dumps(body).encode(),
            headers={"Origin": "https://x.org"},
        )
        assert (answer.status_code, answer["Access-Control-Allow-Origin"]) == (status, "*")


@pytest.mark.parametrize(
    ("corners", "rows", "columns"),
    [
        # Rows are counted from the top: y from 0.1 to 0.2 of 400 rows.
        ((0.2, 0.1, 0.5, 0.2), slice(40, 80), slice(100, 250)),
        # Drawn the other way round.
        ((0.5, 0.2, 0.2, 0.1), slice(40, 80), slice(100, 250)),
        # What the rectangle touches counts whole.
        ((0.2001, 0.1001, 0.4999, 0.1999), slice(40, 80), slice(100, 250)),
        ((0, 0, 1, 1), slice(None), slice(None)),
        ((0.5, 0.5, 0.5, 0.5), slice(200, 201), slice(250, 251)),
        ((1, 1, 1, 1), slice(399, 400), slice(499, 500)),
    ],
)
def test_a_part_of_it(api: Api, corners: tuple[float, ...], rows: slice, columns: slice) -> None:
    image = counts(field())
    sent(api, packed(image))
    subregion = {"shape": "rect", **dict(zip(("x0", "y0", "x1", "y1"), corners, strict=True))}

    assert look(api, "statistics", subregion=subregion)["stats"] == expected(image[rows, columns])


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.uint32])
def test_whole_numbers_of_every_size(api: Api, dtype: Any) -> None:
    image = (field() / 300).astype(dtype)
    image[0, 0] = np.iinfo(dtype).max
    sent(api, plain(image), PLAIN)

    assert look(api, "statistics", PLAIN)["stats"] == expected(image)


def test_physical_values_are_measured(api: Api) -> None:
    """BSCALE and BZERO, as calibrated frames have them, in 16 bits."""
    stored = (field() / 2).astype(np.int16)
    sent(api, plain(stored, BSCALE=0.5, BZERO=100.0), PLAIN)

    assert look(api, "statistics", PLAIN)["stats"] == {
        **expected(stored * 0.5 + 100.0),
        # In single precision, as astropy reads such frames.
        "mode": pytest.approx(scipy.stats.mode(stored.ravel()).mode * 0.5 + 100.0, abs=5),
    }


@pytest.mark.parametrize("how", ["plain", "RICE_1"])
def test_what_is_declared_blank_does_not_count(api: Api, how: str) -> None:
    stored = (field() / 300).astype(np.int32)
    stored[10:20] = -999
    content = plain(stored, BLANK=-999)
    if how != "plain":
        hdu = fits.CompImageHDU(stored, compression_type=how)
        hdu.header["BLANK"] = -999
        content = written(fits.PrimaryHDU(), hdu)
    name = PLAIN if how == "plain" else f"{BASE}-EX00.fits.fz"
    sent(api, content, name)

    values = np.delete(stored, np.s_[10:20], axis=0)
    assert look(api, "statistics", name)["stats"] == expected(values)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_pixels_without_a_value_do_not_count(api: Api, dtype: Any) -> None:
    image = field().astype(dtype)
    image[5], image[6, :9], image[7, :9] = np.nan, np.inf, -np.inf
    sent(api, packed(image, "GZIP_2", quantize_level=0))

    stats = look(api, "statistics")["stats"]

    known = image[np.isfinite(image)].astype(np.float64)
    # Each value occurs once: the mode is where they lie closest.
    assert stats.pop("mode") == pytest.approx(1000, abs=10)
    assert stats == {
        "min": known.min(),
        "max": known.max(),
        "median": pytest.approx(np.median(known), rel=1e-6),
        "mean": pytest.approx(known.mean(), rel=1e-9),
        "std": pytest.approx(known.std(), rel=1e-6),
        "median_abs_deviation": pytest.approx(scipy.stats.median_abs_deviation(known), rel=1e-4),
    }


def test_nothing_but_pixels_without_a_value(api: Api) -> None:
    sent(api, plain(np.full((20, 30), np.nan, np.float32)), PLAIN)

    answer = ask(api, "statistics", PLAIN)

    assert answer.status_code == 422
    assert text(answer) == f"{PLAIN} cannot be analysed: no pixel there has a value."
    # Only this part of it: another question may be answered.
    assert ask(api, "statistics", PLAIN).status_code == 422


@pytest.mark.parametrize("how", ["cube", "packed cube", "extension", "gz", "bz2"])
def test_every_kind_of_file(api: Api, how: str) -> None:
    """Of a cube the first plane, of many parts the first that is an image."""
    image = counts(field())
    cube = np.stack([image, image[::-1] // 2, image // 3])
    content = {
        "cube": lambda: plain(cube),
        "packed cube": lambda: packed(cube),
        "extension": lambda: written(
            fits.PrimaryHDU(),
            fits.BinTableHDU.from_columns([fits.Column("a", "J", array=[1])]),
            fits.ImageHDU(image),
            fits.ImageHDU(image // 2),
        ),
        "gz": lambda: gzip.compress(plain(image)),
        "bz2": lambda: bz2.compress(plain(image)),
    }[how]()
    name = {"packed cube": f"{PLAIN}.fz", "gz": f"{PLAIN}.gz", "bz2": f"{PLAIN}.bz2"}.get(how, PLAIN)
    sent(api, content, name)

    assert look(api, "statistics", name)["stats"] == expected(image)


SCALE = {"FACTOR": ("BSCALE", 2.0), "ZERO": ("BZERO", 100.0)}
# BLANK of a packed frame astropy takes as a number only.
SCALE_AND_BLANK = {**SCALE, "VOID": ("BLANK", -5)}


@pytest.mark.parametrize(
    ("made", "name", "cards", "first_row"),
    [(plain_fits, PLAIN, SCALE_AND_BLANK, 9), (packed_fits, f"{PLAIN}.fz", SCALE, 0)],
    ids=["plain", "packed"],
)
def test_a_scale_written_as_text(
    api: Api, made: Any, name: str, cards: dict[str, tuple[str, float]], first_row: int
) -> None:
    """Some programs write every value between quotes."""
    image = field().astype(np.int32)
    image[:9] = -5
    content = made(image, **{keyword: value for keyword, (_, value) in cards.items()})
    for keyword, (scale, value) in cards.items():
        stated = fits.Card(keyword, value).image.encode()
        assert stated in content
        content = content.replace(stated, fits.Card(scale, str(value)).image.encode())
    sent(api, content, name)

    stats = look(api, "statistics", name)["stats"]

    values = image[first_row:] * 2.0 + 100
    assert (stats["min"], stats["max"]) == (values.min(), values.max())
    assert stats["mean"] == pytest.approx(values.mean())


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"full_filename": None}, "full_filename: this key must not be null."),
        ({"full_filename": ["x"]}, "full_filename: must be text."),
        ({"subregion": []}, "subregion: "),
        ({"subregion": {"x0": 0, "y0": 0, "x1": 1}}, "subregion.y1: this key is missing."),
        (
            {"subregion": {"x0": 0, "y0": 0, "x1": 1.1, "y1": 1}},
            "subregion.x1: must be a number from 0 to 1.",
        ),
        ({"subregion": {"x0": "a", "y0": 0, "x1": 1, "y1": 1}}, "subregion.x0: must be a number."),
        (
            {"subregion": {"shape": "circle", "x0": 0, "y0": 0, "x1": 1, "y1": 1}},
            "subregion.shape: must be rect.",
        ),
    ],
)
def test_bad_input_names_the_field(api: Api, change: dict[str, Any], sentence: str) -> None:
    answer = ask(api, "statistics", **change)

    assert answer.status_code == 400
    assert text(answer).startswith(sentence)


def test_it_needs_nobody_in_strict_mode_either(api: Api, settings: Any) -> None:
    image = counts(field())
    sent(api, packed(image))
    settings.REQUIRE_SITE_KEYS = True

    assert look(api, "statistics")["stats"]["max"] == image.max()

"""The scripts' pure parts, in the browser that runs them: words, angles, FITS files, stretches."""

import io
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from playwright.sync_api import Page

from console.site.status import Item, shown
from console.tests.observatory import at_work
from console.tests.test_site_status import NUMBER
from sky import night_events
from testing.browser import Browse, Live

pytestmark = [pytest.mark.browser, pytest.mark.live]


@pytest.fixture(scope="module")
def server() -> Iterator[Live]:
    with at_work() as live:
        live.send("PUT", "/api/any/config", {"instance_type": "obs"})
        yield live


def run(page: Page, module: str, body: str, *arguments: Any) -> Any:
    """The result of `body`, in which `m` is the module and `a` the arguments."""
    source = f"async (a) => {{ const m = await import('/static/console/js/site/{module}.js'); {body} }}"
    return page.evaluate(source, list(arguments))


# --- Words -------------------------------------------------------------------------------------------------

ITEMS = [
    NUMBER,
    Item("x", "number", "°", 0),
    Item("x", "number", "mag/arcsec²", 2),
    Item("x", "hours"),
    Item("x", "degrees"),
    Item("x"),
]
VALUES: list[Any] = [
    3.44, "3.44", -0.04, -12, 0, 0.5, 1.5, 2.5, -2.5, 1.005, 2.675, 359.99996, -5.391111, 5.588139, 1 - 1e-9,
    -1e-7, 23.99999999, -0.5, "n/a", " >> 5 ", "", None, True, False, "Yes", "1e3", "0x10", "Infinity", "NaN",
    " 7 ", [1, 2], {"a": None, "b": [True]}, "x" * 300, 5.0, 4037.0, 123456789, "−3", "1_000", 1e11, -99999.5,
]  # fmt: skip


def test_the_script_says_what_the_server_says(browse: Browse) -> None:
    page = browse("/sites/any")
    body = "return a.map(([item, value]) => m.shown(item, value, 200));"
    cases = [(item, value) for item in ITEMS for value in VALUES]

    said = run(page, "words", body, *([list(item), value] for item, value in cases))

    assert dict(zip(map(str, cases), said, strict=True)) == {str(case): shown(*case) for case in cases}


# --- Angles ------------------------------------------------------------------------------------------------


def test_angles_as_astronomers_write_them(browse: Browse) -> None:
    page = browse("/sites/any")
    texts = [
        "5 35 17.3",
        "05:35:17.3",
        "5h35m17.3s",
        "5.588139",
        "0",
        "23 59 59.9",
        "24",
        "-1",
        "5 61 0",
        "x",
        "",
    ]
    found = run(page, "angles", "return a.map(m.hours);", *texts)
    assert [None if hours is None else round(hours, 6) for hours in found] == [
        *([5.588139] * 4), 0, 23.999972, None, None, None, None, None,
    ]  # fmt: skip

    texts = ["-5 23 28", "−5°23′28″", "-05:23:28", "-0 30 0", "90", "90.1", "1 2 3 4", "+12.5"]
    found = run(page, "angles", "return a.map(m.degrees);", *texts)
    assert [None if degrees is None else round(degrees, 6) for degrees in found] == [
        *([-5.391111] * 3), -0.5, 90, None, None, 12.5,
    ]  # fmt: skip


def test_how_high_a_target_stands(browse: Browse) -> None:
    """Beside the server's own ephemeris: the sun's place in the sky of Santa Fe, through a day."""
    page = browse("/sites/any")
    place = night_events.Place(35.554298, -105.870197, "America/Denver")
    for hour in range(0, 24, 3):
        when = datetime(2026, 11, 21, hour, tzinfo=UTC)
        under = night_events.sun_moon_position(when)
        (expected, *_) = night_events.altitudes(place, when, when.replace(minute=1)).sun
        # The sun's own hour and declination follow from where it stands in the zenith.
        sidereal = (
            280.46061837
            + 360.98564736629 * ((when - datetime(2000, 1, 1, 12, tzinfo=UTC)).total_seconds() / 86400)
        ) % 360
        ra = ((sidereal + under.sun_longitude) % 360) / 15
        ms = when.timestamp() * 1000
        found = run(
            page, "angles", "return m.altitude(...a);", ra, under.sun_latitude, 35.554298, -105.870197, ms
        )
        assert found == pytest.approx(float(expected), abs=0.1)


# --- FITS --------------------------------------------------------------------------------------------------


def read(page: Page, content: bytes) -> Any:
    """[width, height, the first and the last three values, how many are NaN]; or what is wrong with it."""
    body = """
        const bytes = Uint8Array.from(atob(a[0]), (one) => one.charCodeAt(0));
        try {
            const {width, height, values} = await m.readFits(bytes.buffer);
            const nan = values.filter(Number.isNaN).length;
            const some = [...values.slice(0, 3), ...values.slice(-3)];
            return [width, height, some.map((x) => (Number.isNaN(x) ? null : x)), nan];
        } catch (error) { return error.message; }"""
    return run(page, "fits", body, b64encode(content).decode())


def written(*hdus: Any) -> bytes:
    file = io.BytesIO()
    fits.HDUList(list(hdus)).writeto(file)
    return file.getvalue()


FIELD = np.arange(12).reshape(3, 4)


@pytest.mark.parametrize("kind", ["u1", "i2", "u2", "i4", "f4", "f8"])
def test_every_kind_of_number(browse: Browse, kind: str) -> None:
    page = browse("/sites/any")
    field = (FIELD + (40_000 if kind == "u2" else 0)).astype(kind)

    found = read(page, written(fits.PrimaryHDU(field)))

    assert found == [4, 3, [*field.ravel()[:3].tolist(), *field.ravel()[-3:].tolist()], 0]


def test_the_image_in_an_extension_and_the_first_plane_of_a_cube(browse: Browse) -> None:
    page = browse("/sites/any")
    cube = np.stack([FIELD, FIELD + 100]).astype("i2")
    table = fits.BinTableHDU(np.zeros(70, dtype=[("a", "f8"), ("b", "i4")]))

    found = read(page, written(fits.PrimaryHDU(), table, fits.ImageHDU(cube)))

    assert found == [4, 3, [0, 1, 2, 9, 10, 11], 0]


def test_blank_pixels_are_none(browse: Browse) -> None:
    page = browse("/sites/any")
    hdu = fits.PrimaryHDU(FIELD.astype("i4"))
    hdu.header["BLANK"] = 2
    assert read(page, written(hdu)) == [4, 3, [0, 1, None, 9, 10, 11], 1]

    floats = FIELD.astype("f4")
    floats[0, 0] = np.nan
    assert read(page, written(fits.PrimaryHDU(floats)))[3] == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "There is no image in this file."),
        (b"\xff\xd8 not fits" * 1000, "This is no FITS file."),
        (written(fits.PrimaryHDU()), "There is no image in this file."),
        (written(fits.PrimaryHDU(np.zeros((60, 60), "f8")))[:-9000], "This FITS file ends too early."),
    ],
    ids=["empty", "jpg", "no image", "cut off"],
)
def test_what_is_no_image_is_said(browse: Browse, content: bytes, said: str) -> None:
    page = browse("/sites/any")
    assert read(page, content) == said


# --- Stretches ---------------------------------------------------------------------------------------------


def test_curves_go_from_black_to_white_and_rise(browse: Browse) -> None:
    page = browse("/sites/any")
    body = "return Object.values(m.CURVES).map((curve) => a.map(curve));"

    for values in run(page, "stretch", body, *np.linspace(0, 1, 21).tolist()):
        assert values[0] == 0
        assert values[-1] == pytest.approx(1)
        assert values == sorted(values)


def test_a_stretched_picture(browse: Browse) -> None:
    page = browse("/sites/any")
    body = """
        const values = Float32Array.from(a[0], (value) => value ?? NaN);
        return [...m.stretched({width: 3, height: 2, channels: 1, values}, a[1])];"""
    how = {"black": 100, "white": 300, "curve": "linear", "inverted": False}

    plain = run(page, "stretch", body, [0, 100, 200, 300, 1e9, None], how)
    assert plain[0::4] == plain[1::4] == plain[2::4] == [0, 0, 128, 255, 255, 0]
    assert set(plain[3::4]) == {255}
    turned = run(page, "stretch", body, [0, 100, 200, 300, 1e9, None], {**how, "inverted": True})
    assert turned[0::4] == [255, 255, 127, 0, 0, 255]


def test_automatic_ends_leave_out_the_few(browse: Browse) -> None:
    """A dead pixel and a bright star decide nothing; a picture of one value has ends all the same."""
    page = browse("/sites/any")
    random = np.random.default_rng(1)
    sky_values = random.normal(1000, 10, 9998)
    body = """
        const picture = {values: Float32Array.from(a[0])};
        return m.automatic(m.sample(picture));"""

    black, white = run(page, "stretch", body, [*sky_values.tolist(), 0, 65_000])
    assert 960 < black < 985
    assert 1020 < white < 1045
    assert run(page, "stretch", body, [7, 7, 7]) == [7, 8]
    assert run(page, "stretch", body, []) == [0, 1]


def test_grey_jpgs_have_one_channel(browse: Browse) -> None:
    page = browse("/sites/any")
    body = """
        const {channels, values} = m.fromRgba(2, 1, Uint8ClampedArray.from(a[0]));
        return [channels, [...values]];"""

    assert run(page, "stretch", body, [5, 5, 5, 255, 9, 9, 9, 255]) == [1, [5, 9]]
    assert run(page, "stretch", body, [5, 6, 7, 255, 9, 9, 9, 255]) == [3, [5, 6, 7, 9, 9, 9]]

"""Where a frame looks, out of its WCS or pairs of keywords."""

from typing import Any

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import FK4, BarycentricMeanEcliptic, SkyCoord
from astropy.io import fits
from astropy.time import Time
from astropy.wcs import WCS
from hypothesis import given
from hypothesis import strategies as st

from images import headers
from images.cards import Header
from images.positions import Position, position

ORION = SkyCoord(83.822083 * u.deg, -5.391111 * u.deg)


def where(comments: dict[str, str] | None = None, **cards: Any) -> Position | None:
    header = Header(cards)
    header.comments = comments or {}
    return position(header)


def near(found: Position | None, expected: SkyCoord, arcseconds: float = 0.5) -> bool:
    if found is None:
        return False
    there = SkyCoord(found.right_ascension * u.deg, found.declination * u.deg)
    return bool(there.separation(expected.icrs).arcsec < arcseconds)


def tan(**changes: Any) -> dict[str, Any]:
    return {
        "NAXIS": 2, "NAXIS1": 1000, "NAXIS2": 600, "CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN",
        "CRVAL1": 83.822083, "CRVAL2": -5.391111, "CRPIX1": 500.5, "CRPIX2": 300.5, "CDELT1": -0.001,
        "CDELT2": 0.001, **changes,
    }  # fmt: skip


# --- Pairs of keywords -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ra", "dec"),
    [
        ("RA", "DEC"), ("OBJCTRA", "OBJCTDEC"), ("TELRA", "TELDEC"), ("CENTRA", "CENTDEC"),
        ("RA_OBJ", "DEC_OBJ"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("longitude", "latitude"),
    [
        (83.822083, -5.391111),
        ("83.822083", "-5.391111"),
        ("05:35:17.3", "-05:23:28"),
        ("05 35 17.3", "-05 23 28.0"),
        ("5h35m17.3s", "-5d23m28s"),
        ("05 35.288", "-05 23.467"),
        (-276.177917, -5.391111),
    ],
)
def test_pairs(ra: str, dec: str, longitude: Any, latitude: Any) -> None:
    assert near(where(**{ra: longitude, dec: latitude}), ORION, 2)


@pytest.mark.parametrize(
    "comment", ["[hours] right ascension", "RA (hours)", "[h] RA", "in hrs", "RA, decimal Hours"]
)
def test_decimal_hours_are_said_by_the_comment(comment: str) -> None:
    assert near(where({"RA": comment}, RA=83.822083 / 15, DEC=-5.391111), ORION)


@pytest.mark.parametrize("comment", ["[deg] RA", "", "hhmmss of J2000", "[hms] right ascension"])
def test_decimal_ones_are_degrees_else(comment: str) -> None:
    assert near(where({"RA": comment}, RA=83.822083, DEC=-5.391111), ORION)
    assert where({"RA": comment}, RA=5.5, DEC=1.0) == Position(5.5, 1.0)


def test_rahrs_are_hours() -> None:
    assert near(where(RAHRS=83.822083 / 15, DECDEG=-5.391111), ORION)
    assert near(where(RAHRS="5.588139", DECDEG="-5.391111"), ORION)


def test_both_come_from_one_pair() -> None:
    assert near(where(RA=10.0, OBJCTRA="05 35 17.3", OBJCTDEC="-05 23 28"), ORION, 1)
    assert near(where(RA="x", DEC=1.0, OBJCTRA="05 35 17.3", OBJCTDEC="-05 23 28"), ORION, 1)
    assert near(where(RA=10.0, DEC=95.0, OBJCTRA="05 35 17.3", OBJCTDEC="-05 23 28"), ORION, 1)
    assert where(RA=10.0, OBJCTDEC="-05 23 28") is None
    assert where(RAHRS=5.5, DEC=1.0) is None


def test_their_order() -> None:
    assert where(OBJCTRA="01 00 00", OBJCTDEC="1", RA=20.0, DEC=2.0, TELRA=3, TELDEC=3) == Position(20.0, 2.0)


@pytest.mark.parametrize(
    ("ra", "dec"),
    [
        ("24:30:00", 1),
        (400, 1),
        (10, 91),
        (10, "-90:00:01"),
        ("nan", 1),
        (10, "inf"),
        ("", ""),
        (True, 1),
        ("-1:00:00", 1),
    ],
)
def test_what_is_no_place_is_none(ra: Any, dec: Any) -> None:
    assert where(RA=ra, DEC=dec) is None


def test_an_old_equinox_is_turned_into_icrs() -> None:
    ngc = SkyCoord(FK4(82.5 * u.deg, -5.4 * u.deg, equinox=Time(1950, format="byear")))

    for named in ({"EQUINOX": 1950.0}, {"EQUINOX": "B1950"}, {"RADESYS": "FK4"}, {"EPOCH": 1950}):
        assert near(where(RA=82.5, DEC=-5.4, **named), ngc, 0.01)
    assert where(RA=82.5, DEC=-5.4, EQUINOX=2000) == Position(82.5, -5.4)
    assert where(RA=82.5, DEC=-5.4, EQUINOX="garbage", RADESYS="ICRS") == Position(82.5, -5.4)


def test_now_s_equinox_is_turned_into_icrs() -> None:
    now = SkyCoord(82.5 * u.deg, -5.4 * u.deg, frame="fk5", equinox=Time(2026.9, format="jyear"))

    assert near(where(RA=82.5, DEC=-5.4, EQUINOX=2026.9), now, 0.01)


def test_reference_values_without_types_count_last() -> None:
    assert where(CRVAL1=83.82, CRVAL2=-5.39) == Position(83.82, -5.39)
    assert where(CRVAL1="-10.0", CRVAL2="-5.39") == Position(350.0, -5.39)
    assert where(CRVAL1=83.82, CRVAL2=-5.39, RA=1.0, DEC=2.0) == Position(1.0, 2.0)
    assert where(CRVAL1=0.0, CRVAL2=0.0) is None
    assert where(CRVAL1=1.0, CRVAL2=1.0, CDELT1=1.0) is None
    assert where(CRVAL1=83.82, CRVAL2=-5.39, CTYPE1="LINEAR", CTYPE2="LINEAR") is None
    assert where(CRVAL1=5000.0, CRVAL2=1.0) is None
    assert where(CRVAL1="nothing", CRVAL2=1.0) is None


# --- The WCS -----------------------------------------------------------------------------------------------


def test_the_centre_of_a_frame() -> None:
    found = where(**tan(CRPIX1=1.0, CRPIX2=1.0))

    wcs = WCS(fits.Header(tan(CRPIX1=1.0, CRPIX2=1.0)))
    assert found is not None
    assert found.footprint is not None
    assert near(found, wcs.pixel_to_world(499.5, 299.5), 0.05)
    assert found.pixel_scale == pytest.approx(3.6, rel=1e-6)
    corners = wcs.all_pix2world([(0.5, 0.5), (1000.5, 0.5), (1000.5, 600.5), (0.5, 600.5)], 1)
    assert np.allclose(found.footprint, corners, atol=1e-6)


def test_header_text_says_the_same() -> None:
    made = fits.Header(tan(CRPIX1=1.0, CRPIX2=1.0))

    found = headers.columns(headers.from_text(str(made).encode()))

    expected = where(**tan(CRPIX1=1.0, CRPIX2=1.0))
    assert expected is not None
    assert (found.right_ascension, found.declination) == (expected.right_ascension, expected.declination)
    assert (found.footprint, found.pixel_scale) == (expected.footprint, expected.pixel_scale)


def test_axes_the_other_way_round() -> None:
    turned = tan(
        CTYPE1="DEC--TAN", CTYPE2="RA---TAN", CRVAL1=-5.391111, CRVAL2=83.822083, CDELT1=0.001, CDELT2=-0.001,
        CRPIX1=1.0,
    )  # fmt: skip

    found = where(**turned)

    assert near(
        found, SkyCoord(*reversed(WCS(fits.Header(turned)).all_pix2world(500.5, 300.5, 1)), unit="deg"), 0.05
    )


def test_without_a_size_the_reference_point_counts() -> None:
    without = {keyword: value for keyword, value in tan().items() if not keyword.startswith("NAXIS")}

    assert near(where(**without), ORION, 0.01)
    assert near(
        where(
            **{
                **without,
                "CTYPE1": "DEC--TAN",
                "CTYPE2": "RA---TAN",
                "CRVAL1": -5.391111,
                "CRVAL2": 83.822083,
            }
        ),
        ORION,
        0.01,
    )


def test_galactic_and_ecliptic_become_icrs() -> None:
    galactic = ORION.galactic
    ecliptic = ORION.transform_to(BarycentricMeanEcliptic())
    for kind, lon, lat in (("G", galactic.l.deg, galactic.b.deg), ("E", ecliptic.lon.deg, ecliptic.lat.deg)):
        wcs = tan(CTYPE1=f"{kind}LON-TAN", CTYPE2=f"{kind}LAT-TAN", CRVAL1=lon, CRVAL2=lat)
        assert near(where(**wcs), ORION, 0.1), kind


def test_fk4_becomes_icrs() -> None:
    there = ORION.transform_to(FK4(equinox=Time(1950, format="byear")))

    assert near(where(**tan(CRVAL1=there.ra.deg, CRVAL2=there.dec.deg, EQUINOX=1950.0)), ORION, 0.1)


def test_of_a_cube_the_two_axes_of_the_sky_count() -> None:
    cube: dict[str, Any] = {
        "NAXIS": 3, "NAXIS1": 30, "NAXIS2": 1000, "NAXIS3": 600,
        "CTYPE1": "FREQ", "CRVAL1": 1.4e9, "CDELT1": 1e6, "CRPIX1": 1.0, "CUNIT1": "Hz",
        "CTYPE2": "RA---TAN", "CRVAL2": 83.822083, "CRPIX2": 500.5, "CDELT2": -0.001,
        "CTYPE3": "DEC--TAN", "CRVAL3": -5.391111, "CRPIX3": 300.5, "CDELT3": 0.001,
    }  # fmt: skip

    assert near(where(**cube), ORION, 0.1)


@pytest.mark.parametrize(
    "changes",
    [
        {"CTYPE1": "WAVE", "CTYPE2": "LINEAR"},
        {"CTYPE1": "PIXEL", "CTYPE2": "PIXEL"},
        {"CTYPE1": "HPLN-TAN", "CTYPE2": "HPLT-TAN"},
        {"CTYPE1": "RA---TAN", "CTYPE2": "FREQ"},
        {"CTYPE1": "RA---XXX", "CTYPE2": "DEC--XXX"},
        {"CRVAL1": float("nan")},
        {"CDELT1": 0.0},
        {"CUNIT1": "furlong"},
        {"CTYPE2": "GLAT-TAN"},
        {"RADESYS": "NOWHERE"},
        {"CD1_1": "x"},
        {"CRVAL2": ""},
    ],
)
def test_a_wcs_of_nowhere_leaves_the_pairs(changes: dict[str, Any]) -> None:
    assert where(**tan(**changes)) is None
    assert where(**tan(**changes), RA=10.0, DEC=20.0) == Position(10.0, 20.0)


def test_a_centre_beside_the_sky_is_none() -> None:
    outside = tan(CTYPE1="RA---SIN", CTYPE2="DEC--SIN", CDELT1=-1.0, CDELT2=1.0)

    assert where(**outside) is not None
    assert where(**{**outside, "CRPIX1": 900.0}) is None
    found = where(**outside)
    assert found is not None
    assert found.footprint is None, "the corners are beside it"


@pytest.mark.parametrize(
    "absurd",
    [
        {"WCSAXES": 1_000_000},
        {"NAXIS": 999, "NAXIS1": 10**18, "NAXIS2": 10**18},
        {"A_ORDER": 1_000_000, "B_ORDER": 1_000_000, "A_0_2": 1e-5},
        {"A_ORDER": "9", "B_ORDER": "9"},
        {"A_ORDER": -5, "B_ORDER": 2},
        {"A_ORDER": 1e300},
        {"CPDIS1": "LOOKUP", "CPDIS2": "LOOKUP", "DP1.EXTVER": 1.0},
        {"D2IMDIS1": "Lookup", "D2IM1.EXTVER": 1.0},
        {"PV1_99": 3.0, "PV9_1": 2.0},
        {"CTYPE7": "STOKES"},
        {"CTYPE3": "WAVE-TAB", "PS3_0": "EXT", "PS3_1": "COL"},
        {f"PV{axis}_{term}": 1e-9 for axis in (1, 2) for term in range(100)},
        {"LONPOLE": float("inf"), "LATPOLE": 1e308},
    ],
)
def test_an_absurd_wcs_breaks_nothing(absurd: dict[str, Any]) -> None:
    header = Header({**tan(), **absurd})

    found = position(header)

    assert found is None or (0 <= found.right_ascension < 360 and -90 <= found.declination <= 90)


NUMBERS = st.one_of(st.floats(), st.integers(), st.text(max_size=8), st.booleans())


@given(
    st.dictionaries(
        st.sampled_from([*tan(), "CD1_1", "CD1_2", "PC2_1", "PV2_1", "CROTA2", "EQUINOX", "A_ORDER"]), NUMBERS
    )
)
def test_no_number_breaks_it(changes: dict[str, Any]) -> None:
    found = where(**tan(**changes))

    assert found is None or (0 <= found.right_ascension <= 360 and -90 <= found.declination <= 90)


def test_sip_is_followed() -> None:
    bent = tan(
        CTYPE1="RA---TAN-SIP", CTYPE2="DEC--TAN-SIP", CRPIX1=1.0, CRPIX2=1.0, A_ORDER=2, B_ORDER=2,
        A_2_0=1e-5, B_0_2=-2e-5,
    )  # fmt: skip

    assert near(
        where(**bent), SkyCoord(*WCS(fits.Header(bent)).all_pix2world(500.5, 300.5, 1), unit="deg"), 0.01
    )

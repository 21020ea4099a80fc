"""What the names of files say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images import names


def test_it_works() -> None:
    frame = names.parse("saf-sq003ms-20260711-00000012-EX10.fits.fz")

    assert (frame.site, frame.instrument, frame.date, frame.counter) == (
        "saf",
        "sq003ms",
        "20260711",
        "00000012",
    )
    assert (frame.data_type, frame.level, frame.extension, frame.tail) == ("EX", "10", "fits", "EX10.fits.fz")
    assert frame.base == "saf-sq003ms-20260711-00000012"


@pytest.mark.parametrize("tail", ["e00.fits.bz2", "EP13.JPG", "EF01.txt", "E91.fits"])
def test_other_types_levels_and_packings(tail: str) -> None:
    assert names.parse(f"mrc1-sq101sm-20250711-00000012-{tail}").tail == tail


@pytest.mark.parametrize(
    "name",
    [
        "mrc120250711.token",
        "ARCHIVE_mrc1_bias.fits",
        "saf-sq003ms-20260711-00000012",
        "saf-sq003ms-2026711-00000012-EX10.jpg",
        "saf-sq003ms-20260711-12-EX10.jpg",
        "saf-sq003ms-20260711-00000012-EX1.jpg",
        "saf-sq003ms-20260711-00000012-EX100.jpg",
        "saf-sq003ms-20260711-00000012-10.jpg",
        "saf-sq003ms-20260711-00000012-EX10",
        "saf--20260711-00000012-EX10.jpg",
        "saf---20260711-00000012-EX10.jpg",
        f"saf-{'c' * 100}-20260711-00000012-EX10.jpg",
        f"saf-sq003ms-20260711-00000012-{'E' * 55}10.jpg",
        "-sq003ms-20260711-00000012-EX10.jpg",
        "saf-sq003ms-２０２６０７１１-00000012-EX10.jpg",
        "",
    ],
)
def test_what_is_no_frame_says_why(name: str) -> None:
    with pytest.raises(names.BadName) as problem:
        names.parse(name)
    assert str(problem.value)


@pytest.mark.parametrize("instrument", ["sim-ec003zwo", "20260711-00000012", "a--b", "-a", "sq-003-20260711"])
def test_an_instrument_may_have_dashes(instrument: str) -> None:
    frame = names.parse(f"saf-{instrument}-20260711-00000012-EX10.jpg")

    assert (frame.site, frame.instrument, frame.date, frame.tail) == (
        "saf",
        instrument,
        "20260711",
        "EX10.jpg",
    )


@pytest.mark.parametrize(
    ("tail", "kind", "packing"),
    [
        ("EX00.FITS", "fits", ""),
        ("EX00.fit", "fits", ""),
        ("EX00.FTS", "fits", ""),
        ("EX00.Fits.GZ", "fits", "gz"),
        ("EX00.fits.FZ", "fits", "fz"),
        ("EX00.fz", "fits", "fz"),
        ("EX00.FIT.bz2", "fits", "bz2"),
        ("EX10.JPEG", "jpg", ""),
        ("EX10.Jpg", "jpg", ""),
        ("EX10.TXT", "txt", ""),
        ("EX10.png", "", ""),
    ],
)
def test_what_a_file_is_its_extension_says_in_any_case(tail: str, kind: str, packing: str) -> None:
    name = f"saf-sq003ms-20260711-00000012-{tail}"

    assert (names.parse(name).kind, names.packing_of(name)) == (kind, packing)
    assert names.is_fits(name) == (kind == "fits")
    assert names.is_packed(name) == bool(packing)


@given(st.text(max_size=60))
def test_any_text_is_a_frame_or_not(text: str) -> None:
    try:
        frame = names.parse(text)
    except names.BadName:
        return
    assert f"{frame.base}-{frame.tail}" == text


@given(st.text(max_size=60))
def test_a_safe_name_leaves_no_folder(text: str) -> None:
    if names.is_safe(text):
        assert not set(text) & set("/\\\0\n\r")
        assert ".." not in text
        assert not text.startswith(".")


@pytest.mark.parametrize(
    ("name", "site"),
    [
        ("saf-sq003ms-20260711-00000012-EX10.jpg", "saf"),
        ("mrc120250711.token", "mrc1"),
        ("ARCHIVE_master.fits", ""),
        ("-x.jpg", ""),
    ],
)
def test_whose_name_it_is(name: str, site: str) -> None:
    assert names.site_of(name) == site


def test_keys_lead_back_to_places() -> None:
    for place in (("data", None, "a.jpg"), ("info-images", 2, "a.jpg"), ("test", None, "x.token")):
        assert names.place_of(names.key_of(place[0], place[2], place[1])) == place
    for key in ("secrets/a", "info-images/4/a", "info-images/a", "data/../x", "data/a/b", "data/"):
        with pytest.raises(names.BadName):
            names.place_of(key)


def test_full_size_frames_stand_in_for_each_other() -> None:
    base = "saf-sq003ms-20260711-00000012"
    assert names.alternatives(f"{base}-EX00.fits.fz") == [f"{base}-EX00.fits.fz", f"{base}-EX01.fits.fz"]
    assert names.alternatives(f"{base}-EX10.fits.fz") == [f"{base}-EX10.fits.fz"]
    assert names.alternatives(f"{base}-EX01.FIT") == [f"{base}-EX01.FIT", f"{base}-EX00.FIT"]

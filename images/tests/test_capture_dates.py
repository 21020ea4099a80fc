"""When a frame was taken, in the forms that programs write it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from astropy.time import Time

from images.capture_dates import capture_date
from images.cards import Header

NOW = datetime(2026, 11, 26, tzinfo=UTC)
EXPECTED = datetime(2026, 11, 20, 3, 4, 5, 678000, UTC)


def when(exposure: float | None = None, **cards: Any) -> datetime | None:
    written = {keyword.replace("_", "-"): value for keyword, value in cards.items()}
    return capture_date(Header(written), exposure, NOW)


def test_it_works() -> None:
    assert when(DATE_OBS="2026-11-20T03:04:05.678") == EXPECTED


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-20T03:04:05.678Z",
        "2026-11-20T03:04:05.678+00:00",
        "2026-11-20T05:34:05.678+02:30",
        "2026-11-19T22:04:05.678-05:00",
        "2026-11-19T22:04:05.678-0500",
        "2026-11-19T22:04:05.678-05",
        "2026-11-20 03:04:05.678",
        "2026-11-20  03:04:05.678 UTC",
        "2026/11/20T3:4:5.678",
        "2026/11/20 03:04:05.678",
        " 2026-11-20T03:04:05.6789 ",
        "2026-11-20t03:04:05.678z",
    ],
)
def test_forms_of_an_instant(written: str) -> None:
    assert when(DATE_OBS=written) == EXPECTED


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-19T24:00:00", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2016-12-31T23:59:60", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2026-11-20T03:04:60.5", datetime(2026, 11, 20, 3, 5, 0, 500000, UTC)),
        ("2026-1-5T3:4:5", datetime(2026, 1, 5, 3, 4, 5, tzinfo=UTC)),
        ("2026-11-20T03:04:05.", datetime(2026, 11, 20, 3, 4, 5, tzinfo=UTC)),
        ("2026-11-20T03:04", datetime(2026, 11, 20, 3, 4, tzinfo=UTC)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("20/11/99", datetime(1999, 11, 20, tzinfo=UTC)),
        ("1/2/03", datetime(1903, 2, 1, tzinfo=UTC)),
        ("2024-02-29T00:00:00", datetime(2024, 2, 29, tzinfo=UTC)),
        ("1855-06-01T12:00:00", datetime(1855, 6, 1, 12, tzinfo=UTC)),
    ],
)
def test_odd_but_readable(written: str, expected: datetime) -> None:
    assert when(DATE_OBS=written) == expected


@pytest.mark.parametrize("clock", ["TIME-OBS", "UT", "UTC", "UTSTART", "UTC-OBS"])
@pytest.mark.parametrize("written", ["03:04:05.678", "3:4:5.678", "03:04:05.678Z", "2026-11-20T03:04:05.678"])
def test_a_day_with_its_time_elsewhere(clock: str, written: str) -> None:
    for day in ("2026-11-20", "2026/11/20"):
        assert capture_date(Header({"DATE-OBS": day, clock: written}), None, NOW) == EXPECTED


def test_a_day_in_the_old_form_with_its_time_elsewhere() -> None:
    assert when(DATE_OBS="20/11/99", UT="03:04:05.678") == EXPECTED.replace(year=1999)


def test_a_day_alone_is_made_exact_by_what_else_is_of_that_day() -> None:
    assert when(DATE_OBS="2026-11-20", DATE_BEG="2026-11-20T03:04:05.678") == EXPECTED
    assert when(DATE_OBS="2026-11-20", DATE_BEG="2020-01-01T00:00:00") == datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "cards",
    [
        {"DATE-BEG": "2026-11-20T03:04:05.678"},
        {"DATE-OBS": "", "DATE-BEG": "2026-11-20T03:04:05.678"},
        {"DATE-OBS": "yesterday", "DATE-BEG": "2026-11-20T03:04:05.678"},
        {"DATE-AVG": "2026-11-20T03:04:20.678"},
        {"MJD-OBS": 61364.12784349537},
        {"MJD-OBS": "61364.12784349537"},
        {"JD": 2461364.62784349537},
        {"DATE-OBS": "0001-01-01T00:00:00", "JD": "2461364.62784349537"},
        {"DATE-OBS": "9999-12-31T23:59:59-05:00", "MJD-OBS": 61364.12784349537},
    ],
)
def test_other_keywords(cards: dict[str, Any]) -> None:
    found = when(exposure=30.0, **cards)

    assert found is not None
    assert abs(found - EXPECTED) <= timedelta(milliseconds=1)


@pytest.mark.parametrize(
    "written",
    [
        "", "yesterday", "2026-13-01T00:00:00", "2026-02-30", "2026-11-20T25:00:00", "2026-11-20T24:00:01",
        "2026-11-20T03:61:00", "2026-11-20T03:04:61", "9999-12-31T23:59:59-05:00",
        "0001-01-01T00:00:00+05:00", "0001-01-01T00:00:00", "2026-11-27T00:00:01", "31/02/99",
        "2026-11-20T03:04:05+25:00", "0000-00-00", "99999-01-01", "2026-11-20T03:04:05.678 local",
    ],
)  # fmt: skip
def test_what_cannot_be_believed_is_unknown_and_told(written: str) -> None:
    header = Header({"DATE-OBS": written})

    assert capture_date(header, None, NOW) is None
    assert bool(header.mended.sentences()) == bool(written)


@pytest.mark.parametrize("days", ["0", "x", "1e300", "-1e300", "nan", "9999999"])
def test_days_that_are_none(days: str) -> None:
    assert when(MJD_OBS=days) is None
    assert when(JD=days) is None


def test_a_day_ahead_is_a_wrong_clock_s() -> None:
    assert when(DATE_OBS="2026-11-26T23:59:59") == datetime(2026, 11, 26, 23, 59, 59, tzinfo=UTC)
    assert when(DATE_OBS="2026-11-27T00:00:01") is None


@pytest.mark.parametrize("scale", ["TAI", "TT", "TDB", "TCG", "TCB", "UT1"])
def test_other_scales(scale: str) -> None:
    found = when(DATE_OBS="2026-11-20T03:04:05.678", TIMESYS=scale)

    expected = Time("2026-11-20T03:04:05.678", scale=scale.lower()).utc.to_datetime(UTC)
    assert found is not None
    assert abs(found - expected) <= timedelta(milliseconds=1)


def test_gps_time_and_local_time() -> None:
    assert when(DATE_OBS="2026-11-20T03:04:23.678", TIMESYS="GPS") == EXPECTED
    assert when(DATE_OBS="2026-11-20T03:04:05.678", TIMESYS="LOCAL") is None
    assert when(DATE_OBS="2026-11-20T03:04:05.678", TIMESYS="utc ") == EXPECTED

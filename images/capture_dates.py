"""When a frame was taken: the begin of its exposure, out of the keywords that programs write it with. Pure.

UTC unless the header says otherwise (`TIMESYS`, or a zone in the text). What cannot be read, lies more than a
day ahead, or before photography, says nothing: `0001-01-01` is what an unset clock writes, and a frame of the
year 9999 would lead every list for good.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

from images.cards import Header
from images.values import number

DAY = timedelta(days=1)
# The first photographs of the Moon are of 1840.
EARLIEST = datetime(1800, 1, 1, tzinfo=UTC)
MJD_BEGINS = datetime(1858, 11, 17, tzinfo=UTC)
JD_OF_MJD = 2_400_000.5
CLOCKS = ("TIME-OBS", "UT", "UTC", "UTSTART", "UTC-OBS")
UTC_NAMES = ("", "UTC", "UT", "GMT", "Z")
# What astropy turns into UTC.
SCALES = {"TAI": "tai", "IAT": "tai", "TT": "tt", "TDT": "tt", "ET": "tt", "TDB": "tdb", "TCB": "tcb"}
SCALES |= {"TCG": "tcg", "GPS": "tai", "UT1": "ut1"}
GPS_BEHIND_TAI = timedelta(seconds=19)

_DAY = r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})"
# FITS 4.0, section 4.4.2.1: DD/MM/YY, the form before 2000, is a day of the 1900s.
_OLD_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2})")
_CLOCK = r"(\d{1,2}):(\d{1,2})(?::(\d{1,2}(?:\.\d*)?))?"
_ZONE = r"\s*(Z|UTC?|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?"
_INSTANT = re.compile(rf"{_DAY}(?:(?:[T_]|\s+){_CLOCK}{_ZONE})?", re.IGNORECASE)
_ONLY_CLOCK = re.compile(_CLOCK + _ZONE, re.IGNORECASE)


def capture_date(header: Header, exposure: float | None, now: datetime | None = None) -> datetime | None:
    """When the exposure began, to the millisecond; None when the header does not say it believably."""
    latest = (now or datetime.now(UTC)) + DAY
    day_alone: datetime | None = None
    for keyword, instant, is_day in _written(header, exposure):
        if instant is None or not EARLIEST <= instant <= latest:
            header.mended.add(f"{keyword}: {str(header[keyword])[:40]!r} is no time that can be believed")
        elif is_day:
            day_alone = day_alone or instant
        elif day_alone is None or day_alone <= instant <= day_alone + DAY:
            return _to_millisecond(instant)
    return day_alone


def _to_millisecond(instant: datetime) -> datetime:
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def _written(header: Header, exposure: float | None) -> Iterator[tuple[str, datetime | None, bool]]:
    """Keyword, instant (None: unreadable) and whether it is a day alone, the best keyword first."""
    scale = str(header.get("TIMESYS", "")).strip().upper()
    half = timedelta(seconds=min(exposure or 0.0, 1e8) / 2)
    for keyword, earlier in (("DATE-OBS", timedelta(0)), ("DATE-BEG", timedelta(0)), ("DATE-AVG", half)):
        if str(header.get(keyword, "")).strip():
            instant, is_day = _of_text(header, keyword)
            yield keyword, _utc(instant, scale, earlier), is_day
    for keyword, zero in (("MJD-OBS", 0.0), ("JD", JD_OF_MJD)):
        if str(header.get(keyword, "")).strip():
            days = number(header[keyword])
            yield keyword, _utc(_of_days(days, zero), scale, timedelta(0)), False


def _of_days(days: float | None, zero: float) -> datetime | None:
    """The instant of a Julian day. Zero is what a program writes that does not know it."""
    if not days:
        return None
    try:
        return MJD_BEGINS + timedelta(days=days - zero)
    except OverflowError:
        return None


def _of_text(header: Header, keyword: str) -> tuple[datetime | None, bool]:
    """The instant, and whether it is a day without a time: then `TIME-OBS` and its like have it."""
    written = str(header[keyword]).strip().rstrip(".")
    if old := _OLD_DAY.fullmatch(written):
        written = f"19{old[3]}-{old[2]}-{old[1]}"
    found = _INSTANT.fullmatch(written)
    if not found:
        return None, False
    if found[4] is not None:
        return _instant(*found.groups()), False
    clock = _clock(header) if keyword == "DATE-OBS" else None
    return _instant(*found.groups()[:3], *(clock.groups() if clock else ())), clock is None


def _clock(header: Header) -> re.Match[str] | None:
    for keyword in CLOCKS:
        written = str(header.get(keyword, "")).strip().rstrip(".")
        if found := _ONLY_CLOCK.fullmatch(written) or _time_of_instant(written):
            return found
    return None


def _time_of_instant(written: str) -> re.Match[str] | None:
    """The time of day in a whole instant, which some write into `UTC-OBS` too."""
    _, found, clock = written.partition("T")
    return _ONLY_CLOCK.fullmatch(clock) if found else None


def _instant(
    year: str, month: str, day: str, hour: str = "0", minute: str = "0", second: str | None = None,
    zone: str | None = None,
) -> datetime | None:  # fmt: skip
    """`24:00:00` is the next day's begin, a second 60 the begin of the next minute."""
    seconds = float(second or 0)
    if int(hour) > 24 or int(minute) > 59 or seconds >= 61 or (int(hour) == 24 and (int(minute) or seconds)):
        return None
    since = timedelta(hours=int(hour), minutes=int(minute), microseconds=round(seconds * 1e6))
    try:
        return (datetime(int(year), int(month), int(day), tzinfo=_zone(zone)) + since).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _zone(written: str | None) -> timezone:
    if (written or "").upper() in UTC_NAMES:
        return UTC
    digits = str(written).replace(":", "")
    ahead = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5] or 0))
    return timezone(-ahead if digits[0] == "-" else ahead)


def _utc(instant: datetime | None, scale: str, earlier: timedelta) -> datetime | None:
    """The instant in UTC, of one in the scale that `TIMESYS` names, less what the keyword is later."""
    if instant is None:
        return None
    try:
        instant = instant - earlier
        return instant if scale in UTC_NAMES else _of_scale(instant, scale)
    except OverflowError:
        return None


def _of_scale(instant: datetime, scale: str) -> datetime | None:
    """None for a scale that has no place in UTC (`LOCAL`)."""
    if scale not in SCALES:
        return None
    from astropy.time import Time

    from images.astropy_offline import quiet

    quiet()
    if scale == "GPS":
        instant += GPS_BEHIND_TAI
    try:
        found: datetime = Time(instant.replace(tzinfo=None), scale=SCALES[scale]).utc.to_datetime(UTC)
    except (ValueError, IndexError):
        return None
    return found

"""A site's status in groups: which values are shown, under which names, in which unit, and when stale.

The same table serves the page as it is first rendered and the script that keeps it up to date
(static/console/js/site/status.js): `as_json` hands it over.
"""

import re
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, NamedTuple

from console import verdicts
from console.verdicts import Verdict
from photonranch.lenient_json import Json, dumps
from status.documents import Document, is_leaf
from status.models import Status

# What the network's web page takes for old as well.
STALE_MS: Final = 300_000
LONGEST: Final = 200
NOTHING: Final = "–"
NUMBER: Final = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
LARGEST: Final = 1e12


class Item(NamedTuple):
    """One value. `kind`: text, number (with `decimals`), hours (of right ascension), degrees (° ′ ″)."""

    label: str
    kind: str = "text"
    unit: str = ""
    decimals: int = 1


class Group(NamedTuple):
    title: str
    items: dict[str, Item]


def _number(label: str, unit: str = "", decimals: int = 1) -> Item:
    return Item(label, "number", unit, decimals)


# Type of device -> what is known of its values. Whatever else a site sends is shown under its own name.
GROUPS: Final[dict[str, Group]] = {
    "mount": Group(
        "Mount",
        {
            "right_ascension": Item("Right ascension", "hours"),
            "declination": Item("Declination", "degrees"),
            "altitude": _number("Altitude", "°"),
            "azimuth": _number("Azimuth", "°"),
            "airmass": _number("Airmass", decimals=2),
            "hour_angle": _number("Hour angle", "h", 2),
            "sidereal_time": Item("Sidereal time", "hours"),
            "is_tracking": Item("Tracking"),
            "is_slewing": Item("Slewing"),
            "is_parked": Item("Parked"),
            "message": Item("Message"),
        },
    ),
    "camera": Group(
        "Camera", {"status": Item("State"), "darkslide": Item("Dark slide"), "active_camera": Item("Camera")}
    ),
    "filter_wheel": Group(
        "Filter wheel",
        {
            "filter_name": Item("Filter"),
            "filter_number": _number("Position", decimals=0),
            "filter_offset": _number("Focus offset", "µm", 0),
            "wheel_is_moving": Item("Moving"),
        },
    ),
    "focuser": Group(
        "Focuser",
        {
            "focus_position": _number("Position", "µm", 0),
            "focus_temperature": _number("Temperature", "°C"),
            "filter_offset": _number("Filter offset", "µm", 0),
            "comp": _number("Compensation", "µm/°C", 2),
            "focus_moving": Item("Moving"),
        },
    ),
    "rotator": Group(
        "Rotator",
        {"position_angle": _number("Position angle", "°", 2), "rotator_moving": Item("Moving")},
    ),
    "screen": Group(
        "Screen",
        {
            "dark_setting": Item("State"),
            "bright_setting": _number("Brightness", decimals=0),
            "screen_message": Item("Message"),
        },
    ),
    "selector": Group(
        "Selector",
        {"port": _number("Port", decimals=0), "instrument": Item("Instrument"), "camera": Item("Camera")},
    ),
    "sequencer": Group(
        "Sequencer",
        {"active_script": Item("Script"), "sequencer_busy": Item("Busy"), "message": Item("Message")},
    ),
    "enclosure": Group(
        "Enclosure",
        {
            "shutter_status": Item("Roof"),
            "enclosure_mode": Item("Mode"),
            "enclosure_message": Item("Message"),
            "dome_azimuth": _number("Dome azimuth", "°"),
            "dome_slewing": Item("Dome slewing"),
            "enclosure_synchronized": Item("Dome follows"),
            "enclosure_is_open": Item("Open"),
            "shut_reason_bad_weather": Item("Shut for weather"),
            "shut_reason_daytime": Item("Shut for daylight"),
            "shut_reason_manual_mode": Item("Shut by hand"),
            "inside_temperature C": _number("Inside", "°C"),
            "inside_humidity %": _number("Inside humidity", "%", 0),
        },
    ),
    "observing_conditions": Group(
        "Weather",
        {
            "wx_ok": Item("Good to observe"),
            "open_ok": Item("Good to open"),
            "wx_hold": Item("Hold"),
            "hold_duration": _number("Hold for", "s", 0),
            "temperature_C": _number("Temperature", "°C"),
            "dewpoint_C": _number("Dew point", "°C"),
            "humidity_%": _number("Humidity", "%", 0),
            "wind_m/s": _number("Wind", "m/s"),
            "rain_rate": _number("Rain", "mm/h"),
            "cloud_cover_%": _number("Clouds", "%", 0),
            "sky_temp_C": _number("Sky temperature", "°C"),
            "meas_sky_mpsas": _number("Sky brightness", "mag/arcsec²", 2),
            "calc_sky_mpsas": _number("Calculated brightness", "mag/arcsec²", 2),
            "calc_HSI_lux": _number("Illuminance", "lx", 3),
            "pressure_mbar": _number("Pressure", "hPa", 0),
            "solar_flux_w/m^2": _number("Sunlight", "W/m²", 0),
        },
    ),
    "obs_settings": Group(
        "Observatory settings",
        {
            "scope_in_manual_mode": Item("Manual mode"),
            "admin_owner_commands_only": Item("Admins only"),
            "sun_safety_mode": Item("Sun safety"),
            "moon_safety_mode": Item("Moon safety"),
            "altitude_safety_mode": Item("Altitude safety"),
            "lowest_altitude": _number("Lowest altitude", "°"),
            "daytime_exposure_safety_mode": Item("Daytime exposure safety"),
            "daytime_exposure_time": _number("Longest by day", "s", 2),
            "auto_center_on": Item("Automatic centring"),
            "pointing_reference_on": Item("Pointing reference"),
            "simulating_open_roof": Item("Simulates an open roof"),
        },
    ),
    "wema_settings": Group(
        "Weather and enclosure settings",
        {
            "observing_mode": Item("Mode"),
            "local_weather_active": Item("Own weather station"),
            "OWM_active": Item("Weather report"),
            "keep_roof_open_all_night": Item("Roof stays open"),
            "keep_roof_closed_all_night": Item("Roof stays closed"),
        },
    ),
}
# Documents whose values stand at depth two, without times of their own.
FLAT: Final = ("obs_settings", "wema_settings")
# The telescopes' own clocks: one of them runs at half speed.
SKIPPED: Final = frozenset(["timestamp", "timedottime_of_last_upload"])
# Not shown as groups: they have panels of their own, or none.
NO_GROUPS: Final = frozenset(["forecast", "owm_report"])


class Value(NamedTuple):
    key: str
    label: str
    text: str
    timestamp_ms: int
    stale: bool


class Instance(NamedTuple):
    """The values of one device; the first of them are the known ones, in the table's order."""

    kind: str
    name: str
    title: str
    values: list[Value]
    more: list[Value]
    timestamp_ms: int
    stale: bool


def newest(found: Iterable[Status]) -> Document:
    """All documents as one, with a time at every value; of what several sites say, the newer value."""
    together: Document = {}
    for status in found:
        for kind, instances in status.document.items():
            if kind in NO_GROUPS or not isinstance(instances, dict):
                continue
            devices = {"": instances} if kind in FLAT else instances
            for name, values in devices.items():
                if isinstance(values, dict):
                    leaves = _leaves(values, status.server_timestamp_ms, flat=kind in FLAT)
                    _join(together.setdefault(kind, {}).setdefault(name, {}), leaves)
    return together


def _leaves(values: Document, at_ms: int, *, flat: bool) -> Iterator[tuple[str, Document]]:
    for key, value in values.items():
        if key not in SKIPPED:
            # What looks like a leaf in a flat document is the site's own idea, with a time of its own.
            yield key, value if is_leaf(value) and not flat else {"val": value, "timestamp": at_ms}


def _join(known: Document, leaves: Iterable[tuple[str, Document]]) -> None:
    for key, leaf in leaves:
        before = known.get(key)
        if before is None or before["timestamp"] <= leaf["timestamp"]:
            known[key] = leaf


def instances(document: Document, now_ms: int) -> Iterator[Instance]:
    """Every device with its values, the known types first, in the table's order."""
    order = list(GROUPS)
    kinds = sorted(document, key=lambda kind: (order.index(kind) if kind in GROUPS else len(order), kind))
    for kind in kinds:
        for name, leaves in document[kind].items():
            if leaves:
                yield _instance(kind, name, leaves, now_ms)


def _instance(kind: str, name: str, leaves: Document, now_ms: int) -> Instance:
    group = GROUPS.get(kind)
    known = group.items if group else {}
    values = [_value(key, item, leaves[key], now_ms) for key, item in known.items() if key in leaves]
    more = [_value(key, Item(_named(key)), leaf, now_ms) for key, leaf in leaves.items() if key not in known]
    last = max(leaf["timestamp"] for leaf in leaves.values())
    title = group.title if group else _named(kind)
    return Instance(kind, name, title, values, more, last, now_ms - last > STALE_MS)


def _value(key: str, item: Item, leaf: Document, now_ms: int) -> Value:
    at = leaf["timestamp"]
    return Value(key, item.label, shown(item, leaf["val"]), at, now_ms - at > STALE_MS)


def _named(key: str) -> str:
    text = key.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


# --- Values as text ----------------------------------------------------------------------------------------


def shown(item: Item, value: Json) -> str:
    """A value as people read it. Sites send numbers as text as well, and text where there is no number."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    number = _as_number(value)
    if number is None or item.kind == "text":
        return _as_text(value)
    if item.kind == "hours":
        hours = number % 24
        # What would be rounded to 24h is 0h.
        return sexagesimal(hours if hours < 24 - 0.05 / 3600 else 0, ("h", "m", "s"), 1)
    if item.kind == "degrees":
        return sexagesimal(number, ("°", "′", "″"), 0)
    return with_unit(rounded(number, item.decimals), item.unit)


def rounded(number: float, decimals: int) -> str:
    """Halves go away from zero, as in the script; what rounds to zero has no sign."""
    text = str(Decimal(number).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))
    return text.lstrip("-") if float(text) == 0 else text


def with_unit(text: str, unit: str) -> str:
    """With a typographer's minus, and nothing between an angle and its sign."""
    text = text.replace("-", "−")
    return f"{text}{unit}" if unit == "°" else f"{text} {unit}".rstrip()


def sexagesimal(number: float, units: tuple[str, str, str], decimals: int) -> str:
    """`5h 35m 17.3s`: rounded as a whole, so that no minute has sixty seconds."""
    scale = 10**decimals
    whole = int(abs(number) * 3600 * scale + 0.5)
    minutes, seconds = divmod(whole, 60 * scale)
    large, minutes = divmod(minutes, 60)
    width = 3 + decimals if decimals else 2
    sign = "−" if number < 0 and whole else ""
    return f"{sign}{large}{units[0]} {minutes:02}{units[1]} {seconds / scale:0{width}.{decimals}f}{units[2]}"


def _as_number(value: Json) -> float | None:
    """Written as people write numbers: on what else is one, Python and JavaScript disagree."""
    if isinstance(value, str):
        number = float(value) if NUMBER.fullmatch(value) else None
    else:
        number = float(value) if isinstance(value, int | float) and abs(value) < LARGEST else None
    return number if number is not None and abs(number) < LARGEST else None


def _as_text(value: Json) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        value = int(value)
    text = value if isinstance(value, str) else dumps(value).decode()
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def as_json() -> dict[str, Any]:
    """The table, for the script."""
    return {
        "groups": {
            kind: {
                "title": group.title,
                "items": {key: [*item] for key, item in group.items.items()},
            }
            for kind, group in GROUPS.items()
        },
        "flat": list(FLAT),
        "skipped": sorted(SKIPPED),
        "no_groups": sorted(NO_GROUPS),
        "stale_ms": STALE_MS,
        "longest": LONGEST,
    }


# --- The site at a glance ----------------------------------------------------------------------------------


class Vital(NamedTuple):
    """What one asks first, in the words of the network's page; `text` says when it is stale."""

    name: str
    label: str
    text: str
    tone: str
    why: str


def vitals(kind: str, found: Iterable[Status], document: Document, now_ms: int) -> list[Vital]:
    """Whether the site is there, whether its roof is open, whether the weather is good."""
    return [
        _vital("site", "Site", verdicts.online(kind, heard(found), now_ms), now_ms),
        _vital("roof", "Roof", verdicts.roof(document.get("enclosure"), now_ms), now_ms),
        _vital("weather", "Weather", verdicts.weather(document.get("observing_conditions"), now_ms), now_ms),
    ]


def heard(found: Iterable[Status]) -> dict[str, int]:
    """Status type -> when it last came, from the site or its WEMA, unix ms."""
    return {status.status_type: status.server_timestamp_ms for status in sorted(found, key=_when)}


def _when(status: Status) -> int:
    return status.server_timestamp_ms


def _vital(name: str, label: str, verdict: Verdict, now_ms: int) -> Vital:
    stale = name != "site" and verdict.at is not None and now_ms - verdict.at >= verdicts.FRESH_MS
    tone = "" if verdict.tone == "idle" else verdict.tone
    return Vital(name, label, f"{verdict.text}, stale" if stale else verdict.text, tone, verdict.why)
